"""From figures to a table: medians, ratios taken within the same round, and the goals."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from measuring import interleaved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from measuring import Contestant, Figures

Kind = Literal["wall", "cpu", "memory"]
_MILLISECONDS = 1000
_WHOLE_FROM = 100


@dataclass(frozen=True, slots=True)
class Goal:
    """What is wanted of one contestant: at most so much, or so many times another's figure of the same round.

    With `less` and `per`, what each of `per` steps more costs than the contestant with fewer.
    """

    text: str
    ours: str
    kind: Kind
    at_most: float
    over: str = ""
    less: str = ""
    per: int = 1
    peers: tuple[str, ...] = ()
    """Contestants of which the best is set beside ours."""

    @property
    def names(self) -> set[str]:
        """The contestants it needs."""
        return {name for name in (self.ours, self.over, self.less) if name}


@dataclass(frozen=True, slots=True)
class Options:
    """The command line that every benchmark shares."""

    rounds: int
    only: frozenset[str]
    json: bool


def options(description: str, names: Sequence[str], rounds: int) -> Options:
    """Read `--rounds`, `--only` and `-o`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=rounds, help="counted rounds, after one to warm up")
    parser.add_argument("--only", default="", help=f"some of the contestants, by comma: {', '.join(names)}")
    parser.add_argument("-o", choices=("table", "json"), default="table", dest="form")
    given = parser.parse_args()
    only = frozenset(filter(None, given.only.split(",")))
    if only - set(names):
        parser.error(f"no contestant is named {', '.join(sorted(only - set(names)))}")
    return Options(given.rounds, only or frozenset(names), given.form == "json")


def compare(title: str, makers: Mapping[str, Callable[[], Contestant]], goals: Sequence[Goal], rounds: int) -> None:
    """Measure the chosen contestants in one interleaved run and print what came out."""
    chosen = options(title, list(makers), rounds)
    figures = interleaved([make() for name, make in makers.items() if name in chosen.only], chosen.rounds)
    print(_document(title, figures, goals) if chosen.json else _page(title, figures, goals))


def ratio(figures: Mapping[str, Sequence[Figures]], one: str, other: str, kind: Kind) -> float:
    """Median over the rounds of one contestant's figure over another's."""
    pairs = zip(_values(figures[one], kind), _values(figures[other], kind), strict=True)
    return statistics.median(ours / others for ours, others in pairs)


def median(taken: Sequence[Figures], kind: Kind) -> float:
    """The median of one kind of figure."""
    return statistics.median(_values(taken, kind))


def _values(taken: Sequence[Figures], kind: Kind) -> list[float]:
    return [getattr(figures, kind) for figures in taken]


def machine() -> str:
    """What was measured on."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"


def _reached(goal: Goal, figures: Mapping[str, Sequence[Figures]]) -> float:
    if goal.over:
        return ratio(figures, goal.ours, goal.over, goal.kind)
    fewer = median(figures[goal.less], goal.kind) if goal.less else 0.0
    return (median(figures[goal.ours], goal.kind) - fewer) / goal.per


def _judged(goals: Sequence[Goal], figures: Mapping[str, Sequence[Figures]]) -> list[tuple[Goal, float]]:
    return [(goal, _reached(goal, figures)) for goal in goals if goal.names <= set(figures)]


def _document(title: str, figures: Mapping[str, Sequence[Figures]], goals: Sequence[Goal]) -> str:
    content = {
        "title": title,
        "machine": machine(),
        "figures": {name: [asdict(each) for each in taken] for name, taken in figures.items()},
        "goals": [{**asdict(goal), "reached": reached} for goal, reached in _judged(goals, figures)],
    }
    return json.dumps(content, indent=1)


def _page(title: str, figures: Mapping[str, Sequence[Figures]], goals: Sequence[Goal]) -> str:
    rounds = len(next(iter(figures.values())))
    lines = [f"### {title}", f"{machine()}; median [min..max] of {rounds} interleaved rounds", ""]
    lines += ["| | wall ms | CPU ms | peak MB |", "|---|---|---|---|"]
    for name, taken in figures.items():
        cells = (_spread(taken, kind) for kind in ("wall", "cpu", "memory"))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    judged = _judged(goals, figures)
    lines += ["", "| wanted | at most | ours | kept | best peer over ours |", "|---|---|---|---|---|"]
    for goal, reached in judged:
        kept = "yes" if reached <= goal.at_most else "NO"
        lines.append(f"| {goal.text} | {goal.at_most:g} | {reached:.3g} | {kept} | {_best(goal, figures)} |")
    return "\n".join(lines)


def _spread(taken: Sequence[Figures], kind: Kind) -> str:
    scale = 1 if kind == "memory" else _MILLISECONDS
    values = [value * scale for value in _values(taken, kind)]
    return f"{_short(statistics.median(values))} [{_short(min(values))}..{_short(max(values))}]"


def _short(value: float) -> str:
    return f"{value:.1f}" if value < _WHOLE_FROM else f"{value:,.0f}"


def _best(goal: Goal, figures: Mapping[str, Sequence[Figures]]) -> str:
    present = [peer for peer in goal.peers if peer in figures]
    if not present:
        return "-"
    best = min(present, key=lambda peer: median(figures[peer], goal.kind))
    return f"{best}: {ratio(figures, best, goal.ours, goal.kind):.2g}"
