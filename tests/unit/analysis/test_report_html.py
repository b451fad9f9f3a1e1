from __future__ import annotations

import json
import math
from collections import Counter
from html.parser import HTMLParser
from itertools import count
from typing import Any

import pytest

from mlops_cloud.analysis.report_html import render
from mlops_cloud.safety.redact import terminal

_ELEMENTS = """
html head meta title style body main header section h1 h2 h3 p b small span strong ul li dl dt dd div
table thead tbody tr th td figure figcaption svg desc path circle rect text
"""
_ATTRIBUTES = """
lang charset http-equiv content name class id scope tabindex title role aria-labelledby aria-hidden
viewbox d x y cx cy r width height transform
"""
MINUS, DASH, TIMES = "\N{MINUS SIGN}", "\N{EN DASH}", "\N{MULTIPLICATION SIGN}"
PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "</style><iframe src=javascript:alert(1)>",
    "</desc></svg><a href=javascript:alert(1)>",
    "--><![CDATA[<embed>]]><!--",
    "&lt;script&gt;&#60;object&#62;",
    "\x1b]0;owned\x07\u202etxt.exe\x00",
    "<" * 50_000,
]


class Page(HTMLParser):
    """What a browser would find in the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {}
        self.other: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.extend(attrs)
        if tag != "meta":
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def unknown_decl(self, data: str) -> None:
        self.other.append(data)

    def values(self, name: str) -> list[str | None]:
        return [value for found, value in self.attributes if found == name]


def metric(value: float, margin: float = 0.02) -> dict[str, float]:
    return {"value": value, "low": value - margin, "high": value + margin}


def classification() -> dict[str, Any]:
    return {
        "schema": 1,
        "task": "classification",
        "positive": "yes",
        "target": "left",
        "model": "churn@3",
        "data": "dataset://churn/2/test",
        "rows": 1234,
        "metrics": {"accuracy": metric(0.9), "auc": metric(0.95), "log_loss": metric(0.3)},
        "confusion": {"labels": ["no", "yes"], "counts": [[900, 34], [50, 250]]},
        "slices": [
            {"column": "sex", "value": "f", "rows": 600, "metrics": {"accuracy": metric(0.8), "auc": metric(0.95)}},
            {"column": "sex", "value": "m", "rows": 634, "metrics": {"accuracy": metric(0.97)}},
        ],
        "gates": [
            {"metric": "auc", "limit": {"min": 0.9}, "value": 0.95, "passed": True, "message": "auc is as wanted"},
            {"metric": "accuracy", "limit": {"min": 0.92}, "value": 0.9, "passed": False, "message": "below 0.92"},
        ],
        "champion": {
            "model": "churn@2",
            "metrics": {"accuracy": metric(0.91), "log_loss": metric(0.35)},
            "gates": [
                {"metric": "auc", "limit": {"may_lose": 0.1}, "value": 0, "passed": True, "message": "not worse"}
            ],
        },
        "passed": False,
        "curves": {
            "roc": [[0, 0], [0.1, 0.8], [1, 1]],
            "pr": [[1, 0.3], [0.8, 0.9], [0, 1]],
            "calibration": [[0.1, 0.12, 900], [0.9, 0.8, 334]],
        },
    }


def regression() -> dict[str, Any]:
    return {
        "schema": 1,
        "task": "regression",
        "positive": None,
        "model": "price",
        "data": "test.csv",
        "rows": 1000,
        "metrics": {"rmse": metric(53.4, 2), "r2": metric(0.45)},
        "slices": [],
        "gates": [],
        "champion": None,
        "passed": True,
        "curves": {
            "residuals": {"edges": [-2, -1, 0, 1, 2], "counts": [1, 5, 6, 0]},
            "predicted": [[index, index * 1.1] for index in range(1000)],
        },
    }


def with_text(value: Any, text: str) -> Any:
    """The same document with every text, key of a metric and label replaced."""
    if isinstance(value, dict):
        named = value and all(isinstance(entry, dict) and "value" in entry for entry in value.values())
        return {f"{text}{key}" if named else key: with_text(entry, text) for key, entry in value.items()}
    if isinstance(value, list):
        return [with_text(entry, text) for entry in value]
    return text if isinstance(value, str) else value


def test_the_page_of_a_classifier_has_every_part() -> None:
    page = Page(render(classification()))
    assert page.texts["h1"] == ["Evaluation of churn@3"]
    assert page.texts["h2"] == ["Metrics", "Gates", "Champion", "Plots", "Confusion matrix", "Slices"]
    assert page.texts["h3"] == ["ROC curve", "Precision and recall", "Calibration"]
    assert page.texts["dd"] == ["dataset://churn/2/test", "1,234", "classification", "left", "yes"]
    assert page.tags["table"] == 4
    assert page.tags["svg"] == 3 + 3 + 3  # plots, intervals of metrics, bars of slices
    assert page.tags["desc"] == 3 + 3
    assert len([name for name in page.values("id") if name]) == len(set(page.values("id")))


def test_the_verdict_counts_the_gates_and_says_why() -> None:
    page = Page(render(classification()))
    assert page.texts["strong"] == ["✗ Failed"]
    assert "1 of 3 gates missed" in page.texts["section"][0]
    assert "below 0.92" in page.texts["section"][0]
    badges = [text for text in page.texts["span"] if text.startswith(("✓", "✗"))]
    assert badges == ["✓ passed", "✗ failed", "✓ passed"]


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"gates": [], "champion": None, "passed": True}, "No gates"),
        ({"gates": [], "champion": None, "passed": False}, "✗ Failed"),
        ({"gates": [{"metric": "auc", "passed": True}], "champion": None, "passed": True}, "✓ Passed"),
        ({"gates": [{"metric": "auc", "passed": None}], "champion": None, "passed": True}, "✗ Failed"),
        ({"gates": [], "passed": True}, "✓ Passed"),
        ({"gates": [], "champion": {"gates": [{"metric": "auc", "passed": False}]}, "passed": True}, "✗ Failed"),
    ],
)
def test_nothing_but_kept_gates_is_a_pass(change: dict[str, Any], verdict: str) -> None:
    assert Page(render(classification() | change)).texts["strong"] == [verdict]


def test_the_page_of_a_regression_shows_errors_and_at_most_some_hundred_points() -> None:
    page = Page(render(regression()))
    assert page.texts["h2"] == ["Metrics", "Plots"]
    assert page.texts["h3"] == ["Predicted and actual", "Residuals"]
    assert page.tags["rect"] == 4
    assert 200 < page.tags["circle"] <= 500
    assert "400 of 1,000 rows" in page.texts["figcaption"][0]


def test_the_champion_is_judged_in_each_metrics_direction() -> None:
    page = Page(render(classification()))
    differences = [text for text in page.texts["td"] if "better" in text or "worse" in text]
    assert [text.split()[:2] for text in differences[:2]] == [[f"{MINUS}0.0100", "worse"], [f"{MINUS}0.0500", "better"]]


def test_differences_of_the_same_resamples_are_shown_with_their_interval() -> None:
    report = classification()
    report["champion"]["differences"] = {"accuracy": {"value": -0.01, "low": -0.03, "high": 0.02}}
    assert f"{MINUS}0.0100 worse {MINUS}0.0300 to +0.0200" in Page(render(report)).texts["td"]


def test_a_slice_apart_from_all_rows_is_marked_in_words() -> None:
    spoken = [text.strip() for text in Page(render(classification())).texts["span"] if "than over all rows" in text]
    assert spoken == ["worse than over all rows", "better than over all rows"]


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
@pytest.mark.parametrize("report", [classification(), regression()], ids=["classification", "regression"])
def test_no_text_becomes_markup(report: dict[str, Any], payload: str) -> None:
    hostile = with_text(report, payload)
    html = render(hostile)
    page = Page(html)
    assert set(page.tags) <= set(_ELEMENTS.split())
    assert {name for name, _ in page.attributes} <= set(_ATTRIBUTES.split())
    assert page.tags == Page(render(with_text(report, "harmless"))).tags
    assert page.other == []
    assert page.texts["h1"][0].startswith(f"Evaluation of {terminal(payload[:100])}")
    assert len(html) < 300_000
    assert not set("\x00\x07\x1b\u202e") & set(html)


def test_the_page_asks_for_nothing() -> None:
    html = render(classification())
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert policy in Page(html).values("content")
    assert not [word for word in ("http:", "https:", "src=", "href=", "url(", "@import") if word in html]


@pytest.mark.parametrize("report", [classification(), regression()], ids=["classification", "regression"])
def test_any_part_may_be_absent_empty_or_of_another_form(report: dict[str, Any]) -> None:
    for name in report:
        rest = {key: value for key, value in report.items() if key != name}
        for broken in (rest, *(rest | {name: value} for value in (None, {}, [], "text", 7, [None], {"a": None}))):
            assert Page(render(broken)).tags["h1"] == 1
    for name in report["curves"]:
        for value in (None, [], [[1]], [["a", "b"]], [None], {"edges": [1], "counts": [2, 3]}):
            Page(render(report | {"curves": report["curves"] | {name: value}}))
    assert Page(render({})).texts["h1"] == ["Evaluation of a model"]


@pytest.mark.parametrize("every", [1, 3, 100])
@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf, None, 1e308, -1e308, 5e-324, 0, True, "1"])
@pytest.mark.parametrize("report", [classification(), regression()], ids=["classification", "regression"])
def test_odd_numbers_are_drawn_or_left_out(report: dict[str, Any], odd: object, every: int) -> None:
    seen = count()

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: replaced(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [replaced(entry) for entry in value]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return odd if number and next(seen) % every == 0 else value

    page = Page(render(replaced(report)))
    drawn = [value or "" for name, value in page.attributes if name in {"d", "x", "y", "cx", "cy", "r", "height"}]
    assert not [value for value in drawn if "nan" in value or "inf" in value or "e" in value]


def test_numbers_that_are_not_known_are_a_dash() -> None:
    page = Page(render({"metrics": {"auc": {"value": math.nan, "low": None, "high": None}}, "rows": None}))
    assert page.texts["b"] == [DASH]
    assert "95 % interval not known" in page.texts["desc"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.95, "0.9500"),
        (1, "1.000"),
        (53.3712, "53.37"),
        (123456.7, "123,457"),
        (-0.25, f"{MINUS}0.2500"),
        (0, "0"),
        (0.0000123, f"1.23 {TIMES} 10⁻⁵"),
        (1.5e20, f"1.50 {TIMES} 10²⁰"),
    ],
)
def test_numbers_are_readable(value: float, written: str) -> None:
    assert Page(render({"metrics": {"mae": {"value": value}}})).texts["b"] == [written]


@pytest.mark.parametrize(("classes", "shown"), [(40, 40), (300, 40)])
def test_a_large_confusion_matrix_stays_small(classes: int, shown: int) -> None:
    counts = [[row + 1 if row == column else 1 for column in range(classes)] for row in range(classes)]
    html = render({"confusion": {"labels": [f"class {index}" for index in range(classes)], "counts": counts}})
    page = Page(html)
    assert page.tags["td"] == shown * shown
    assert f"class {classes - 1}" in page.texts["th"]
    assert ("class 0" in page.texts["th"]) == (classes == shown)
    assert len(html) < 300_000


def test_very_many_slices_and_points_stay_small() -> None:
    report = classification() | regression()
    metrics = {name: metric(0.5) for name in ("accuracy", "precision", "recall", "f1", "auc", "pr_auc", "log_loss")}
    report["metrics"] = metrics
    report["slices"] = [{"column": "c" * 100, "value": "v" * 1000, "rows": 5, "metrics": metrics} for _ in range(2000)]
    many = [[index / 100_000, index / 100_000, 1] for index in range(100_000)]
    pairs = [point[:2] for point in many]
    bins = {"edges": list(range(5001)), "counts": [1] * 5000}
    report["curves"] = {"roc": pairs, "pr": pairs, "calibration": many, "predicted": pairs, "residuals": bins}
    html = render(report)
    assert "1,800 more slices are in the JSON report." in Page(html).texts["p"]
    assert len(html) < 300_000


def test_the_same_report_gives_the_same_page() -> None:
    assert render(classification()) == render(json.loads(json.dumps(classification())))
