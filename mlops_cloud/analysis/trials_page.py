"""A tuning as one HTML page that needs nothing else: the best trial, pictures, and every trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.markup import Markup, clipped, element, joined
from mlops_cloud.analysis.report_page import facts_list, page, section
from mlops_cloud.analysis.report_reading import finite
from mlops_cloud.analysis.report_tables import table
from mlops_cloud.analysis.report_wording import count, metric_label, number
from mlops_cloud.analysis.trials_charts import Point, figures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Trial = Mapping[str, Any]

_MOST_ROWS = 1000
_REASON = 200
"""Characters of the reason why a trial failed."""
_WORDS = {"succeeded": "", "cancelled": "stopped", "failed": "failed"}


def render(tuning: Mapping[str, Any]) -> str:
    """The page for a tuning as JSON holds it."""
    title = f"Tuning of {clipped(tuning['script'])}"
    trials: Sequence[Trial] = tuning["trials"]
    best = next(trial for trial in trials if trial["number"] == tuning["best"])
    drawn = figures(_points(trials, best), tuning["metric"], tuning["logarithmic"], maximize=tuning["maximize"])
    pictures = section("Pictures", "", element("div", *drawn, class_="plots"))
    return page(title, _header(tuning, title), _best(tuning, best), pictures, _trials(tuning, trials, best))


def _header(tuning: Mapping[str, Any], title: str) -> Markup:
    counted = [trial["status"] for trial in tuning["trials"]]
    facts = {
        "Strategy": tuning["strategy"],
        "Metric": f"{clipped(tuning['metric'])}, {'larger' if tuning['maximize'] else 'smaller'} is better",
        "Trials": count(len(counted)),
        "Stopped early": counted.count("cancelled") or "",
        "Failed": counted.count("failed") or "",
    }
    return element("header", element("h1", title), facts_list(facts))


def _best(tuning: Mapping[str, Any], best: Trial) -> Markup:
    what = f"Trial {best['number']}: {metric_label(tuning['metric'])} {number(finite(best['objective']))}"
    others = {name: number(finite(value)) for name, value in tuning["metrics"].items() if name != tuning["metric"]}
    facts = facts_list({**tuning["parameters"], **others})
    return element("section", element("p", element("strong", what)), facts, class_="verdict passed")


def _points(trials: Sequence[Trial], best: Trial) -> list[Point]:
    styles = {"succeeded": "dot", "cancelled": "stopped"}
    return [
        Point(trial["number"], objective, trial["parameters"], "best" if trial is best else styles[trial["status"]])
        for trial in trials
        if (objective := finite(trial["objective"])) is not None
    ]


def _trials(tuning: Mapping[str, Any], trials: Sequence[Trial], best: Trial) -> Markup:
    shown = trials[:_MOST_ROWS]
    names = list(dict.fromkeys(name for trial in shown for name in trial["parameters"]))
    rows = [_row(trial, names, best=trial is best) for trial in shown]
    heads = ["Trial", metric_label(tuning["metric"]), *map(clipped, names), "Seconds", "Job"]
    left = len(trials) - len(shown)
    more = element("p", f"{count(left)} more trials are in trials.csv.", class_="note") if left else Markup()
    return section("Trials", "", table(heads, rows, "trials"), more)


def _row(trial: Trial, names: Sequence[str], *, best: bool) -> Markup:
    status = _WORDS[trial["status"]]
    word = element("span", status, class_="badge failed") if status == "failed" else element("small", status)
    value = joined(number(finite(trial["objective"])), " ", word if status else "")
    reason = element("small", clipped(trial["reason"], _REASON)) if trial["reason"] else Markup()
    parameters = (element("td", clipped(trial["parameters"].get(name, ""))) for name in names)
    seconds = finite(trial["seconds"])
    return element(
        "tr",
        element("th", str(trial["number"]), scope="row"),
        element("td", value, reason),
        *parameters,
        element("td", "" if seconds is None else f"{seconds:.1f}"),
        element("td", clipped(trial["job"])),
        class_="best" if best else None,
    )
