"""The page of a tuning: its best trial, drawings and every trial, with nothing but text from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from mlops_cloud.analysis.axes import log_axis_of
from mlops_cloud.analysis.trials_page import render

HOSTILE = "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x1b[2J"


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str, style: str = "") -> list[dict[str, str | None]]:
        return [attrs for found, attrs in self.found if found == tag and (not style or attrs.get("class") == style)]


def trial(number: int, objective: float | None, **parameters: Any) -> dict[str, Any]:
    status = "failed" if objective is None else "succeeded"
    reason = "ValueError: no" if objective is None else ""
    fixed = {"job": f"shop-{number}", "seconds": 1.25, "model": None}
    return {
        "number": number,
        "parameters": parameters,
        "status": status,
        "objective": objective,
        "reason": reason,
    } | fixed


def tuning(*trials: dict[str, Any], **fields: Any) -> dict[str, Any]:
    best = min((each for each in trials if each["status"] == "succeeded"), key=lambda each: each["objective"])
    return {
        "script": "train.py",
        "strategy": "random",
        "metric": "loss",
        "maximize": False,
        "best": best["number"],
        "parameters": best["parameters"],
        "metrics": {"loss": best["objective"], "auc": 0.97},
        "logarithmic": ["rate"],
        "trials": list(trials),
    } | fields


TRIALS = (
    trial(0, 0.5, rate=0.001, kind="a", deep=True),
    trial(1, None, rate=0.1, kind="b", deep=False),
    trial(2, 0.25, rate=0.01, kind="b", deep=True),
    trial(3, 0.75, rate=1.0, kind="a", deep=False)
    | {"status": "cancelled", "reason": "stopped early, after 3 reports"},
)


def test_the_best_trial_stands_out() -> None:
    page = Elements(render(tuning(*TRIALS)))
    assert "Trial 2: loss 0.2500" in page.text
    assert "loss, smaller is better" in page.text
    assert len(page.of("tr", "best")) == 1
    assert len(page.of("tr")) == 5
    assert "ValueError: no" in page.text
    assert "stopped early, after 3 reports" in page.text


def test_every_trial_that_is_worth_something_is_a_dot_in_every_drawing() -> None:
    page = Elements(render(tuning(*TRIALS)))
    assert len(page.of("svg")) == 4, "by trial, and against each of three parameters"
    assert [len(page.of("circle", style)) for style in ("dot", "best", "stopped")] == [4, 4, 4]
    assert "ab" in page.text.replace("loss", ""), "the names of a choice stand below its axis"


def test_the_line_of_the_best_so_far_goes_down_only_where_it_got_better() -> None:
    page = Elements(render(tuning(*TRIALS)))
    (line,) = [attrs["d"] for attrs in page.of("path") if attrs.get("class") == "curve thin"]
    assert line
    heights = [float(each) for each in re.findall(r"V([\d.]+)", line)]
    assert len(set(heights)) == 2
    assert heights == sorted(heights), "down the page is less"


@pytest.mark.parametrize("maximize", [False, True])
def test_one_trial_is_enough(maximize: bool) -> None:
    page = Elements(render(tuning(trial(0, 0.5, rate=0.1), maximize=maximize)))
    assert len(page.of("svg")) == 2


def test_what_comes_from_outside_is_text() -> None:
    trials = [trial(0, 0.5, rate=1.0, kind=HOSTILE), trial(1, None, kind="b") | {"reason": HOSTILE}]
    fields = {"script": HOSTILE, "metric": HOSTILE, "metrics": {HOSTILE: 1.0}, "parameters": {"kind": HOSTILE}}
    html = render(tuning(*trials, **fields))
    page = Elements(html)
    assert not {"script", "img"} & {tag for tag, _ in page.found}
    assert not [name for _, attrs in page.found for name in attrs if name.startswith("on")]
    assert "\u202e" not in html
    assert "\x1b" not in html
    (policy,) = [attrs["content"] for attrs in page.of("meta") if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_a_page_of_very_many_trials_can_still_be_opened() -> None:
    many = [
        trial(number, number / 7 % 1, rate=number % 50 + 1.0, kind=f"kind-{number % 40}") for number in range(10_000)
    ]
    html = render(tuning(*many))
    assert len(html) < 2_000_000
    assert "9,000 more trials are in trials.csv." in html


def test_a_logarithmic_axis_ends_at_powers_of_ten() -> None:
    axis = log_axis_of([0.002, 30])
    assert [round(tick, 9) for tick in axis.ticks] == [0.001, 0.01, 0.1, 1, 10, 100]
    assert [round(axis.share(value), 3) for value in (0.0001, 0.001, 0.1, 100, 1000)] == [0, 0, 0.4, 1, 1]
    wide = log_axis_of([1e-12, 1.0])
    assert len(wide.ticks) <= 6
    assert wide.ticks[-1] >= 1
    assert [round(tick, 9) for tick in log_axis_of([5.0, 5.0]).ticks] == [1, 10]
