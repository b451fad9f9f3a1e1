"""An evaluation report as one HTML page that needs nothing else: no script, no font, no request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.markup import Markup, clipped, element
from mlops_cloud.analysis.report_charts import figures
from mlops_cloud.analysis.report_confusion import confusion_table
from mlops_cloud.analysis.report_page import facts_list, page, section
from mlops_cloud.analysis.report_reading import champion, confusion, finite, gates, intervals, slices
from mlops_cloud.analysis.report_tables import champion_table, metrics_table, slices_table
from mlops_cloud.analysis.report_wording import count, metric_label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

from mlops_cloud.analysis.report_reading import Gate

_MESSAGE = 400
"""Characters of a gate's message."""


def render(report: Mapping[str, Any]) -> str:
    """The page for a report as JSON holds it; absent parts are left out."""
    title = f"Evaluation of {clipped(report.get('model') or 'a model')}"
    return page(title, _header(report, title), _verdict(report), *_sections(report))


def _header(report: Mapping[str, Any], title: str) -> Markup:
    facts = {
        "Data": report.get("data"),
        "Rows": count(finite(report.get("rows"))),
        "Task": report.get("task"),
        "Target": report.get("target"),
        "Positive class": report.get("positive"),
    }
    return element("header", element("h1", title), facts_list(facts))


def _verdict(report: Mapping[str, Any]) -> Markup:
    found = _all_gates(report)
    missed = [gate for gate in found if not gate.passed]
    if missed or report.get("passed") is False:
        what = f"{len(missed)} of {len(found)} gates missed" if missed else "the report says so"
        return _banner("failed", "✗ Failed", what, missed)
    if not found:
        return _banner("open", "No gates", "nothing was demanded of this model", [])
    return _banner("passed", "✓ Passed", f"every gate kept ({len(found)})", [])


def _banner(style: str, word: str, what: str, missed: Sequence[Gate]) -> Markup:
    reasons = element("ul", *(element("li", clipped(gate.message, _MESSAGE)) for gate in missed)) if missed else ""
    return element("section", element("p", element("strong", word), f": {what}"), reasons, class_=f"verdict {style}")


def _sections(report: Mapping[str, Any]) -> list[Markup]:
    parts = (_metrics(report), _gates(report), _champion(report), _curves(report), _confusion(report), _slices(report))
    return [part for part in parts if part]


def _metrics(report: Mapping[str, Any]) -> Markup | None:
    found = intervals(report)
    note = "The interval holds the middle 95 % of the values over resampled rows. A dashed mark is a gate's limit."
    return section("Metrics", note, metrics_table(found, gates(report))) if found else None


def _gates(report: Mapping[str, Any]) -> Markup | None:
    found = gates(report)
    return section("Gates", "", _gate_list(found)) if found else None


def _champion(report: Mapping[str, Any]) -> Markup | None:
    found = champion(report)
    if found is None:
        return None
    note = f"Compared on the same rows with {clipped(found.model or 'the champion')}."
    return section("Champion", note, champion_table(intervals(report), found), _gate_list(found.gates))


def _curves(report: Mapping[str, Any]) -> Markup | None:
    drawn = figures(report)
    return section("Plots", "", element("div", *drawn, class_="plots")) if drawn else None


def _confusion(report: Mapping[str, Any]) -> Markup | None:
    labels, counts = confusion(report)
    note = "Rows of each true class by the class that the model gave them, with the share of the true class."
    return section("Confusion matrix", note, confusion_table(labels, counts)) if labels else None


def _slices(report: Mapping[str, Any]) -> Markup | None:
    found = slices(report)
    note = "The upright line is the value over all rows; ▲ better and ▼ worse mark intervals that do not contain it."
    return section("Slices", note, slices_table(found, intervals(report))) if found else None


def _all_gates(report: Mapping[str, Any]) -> list[Gate]:
    rival = champion(report)
    return [*gates(report), *(rival.gates if rival else [])]


def _gate_list(found: Sequence[Gate]) -> Markup:
    return element("ul", *map(_gate, found), class_="gates") if found else Markup()


def _gate(gate: Gate) -> Markup:
    style, word = ("passed", "✓ passed") if gate.passed else ("failed", "✗ failed")
    badge, metric = element("span", word, class_=f"badge {style}"), element("b", metric_label(gate.metric))
    return element("li", badge, metric, element("span", clipped(gate.message, _MESSAGE)))
