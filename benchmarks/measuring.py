"""One command's wall time, CPU time and peak memory, its whole process tree counted; contestants taken in turn."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_LAUNCHER = Path(__file__).with_name("run_one.py")
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h; kept over exec
_MEGABYTE = 1e6
_TAIL = 3000


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run took."""

    wall: float
    """Seconds until the command itself returned."""
    cpu: float
    """Seconds of user and system time of every process it started, also of those that outlived it."""
    memory: float
    """Peak resident size of the largest process in MB (10^6 bytes)."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A command to measure, and what makes a round of it fair."""

    name: str
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], object] = lambda: None
    """Run before every round, not measured."""
    after: tuple[str, ...] = ()
    """A command that ends what the measured one left running; its own wall time does not count."""
    answer: Callable[[str], Any] | None = None
    """What the command found out, from its standard output: equal for all contestants that have one."""


def interleaved(contestants: Sequence[Contestant], rounds: int) -> dict[str, list[Figures]]:
    """Every contestant once a round, in turn; a first round warms caches and is thrown away."""
    figures: dict[str, list[Figures]] = {contestant.name: [] for contestant in contestants}
    for number in range(rounds + 1):
        answers: dict[str, Any] = {}
        for contestant in contestants:
            contestant.before()
            taken, output = measured(contestant)
            if contestant.answer:
                answers[contestant.name] = contestant.answer(output)
            if number:
                figures[contestant.name].append(taken)
            print(f"round {number} {contestant.name}: {taken.wall:.3f} s, CPU {taken.cpu:.3f} s", file=sys.stderr)
        _require_one_answer(answers)
    return figures


def measured(contestant: Contestant) -> tuple[Figures, str]:
    """One run and its standard output; RuntimeError with the log's end when the command fails."""
    logs = contestant.folder / ".benchmark"
    logs.mkdir(parents=True, exist_ok=True)
    report, out, err = logs / "figures", logs / "stdout", logs / "stderr"
    report.write_text("0\n0\n0\n1\n")
    with out.open("w") as stdout, err.open("w") as stderr:
        subprocess.run(
            (sys.executable, "-I", "-S", str(_LAUNCHER), str(report), *contestant.command),
            cwd=contestant.folder,
            env=environment_of(contestant) | {"BENCHMARK_AFTER": "\n".join(contestant.after)},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            preexec_fn=_adopt_orphans,
            check=False,
        )
    wall, cpu, kibibytes, code = (float(line) for line in report.read_text().split())
    if code:
        logged = f"{out.read_text()[-_TAIL:]}\n{err.read_text()[-_TAIL:]}"
        message = f"{contestant.name} ended with {code:g}:\n{logged}"
        raise RuntimeError(message)
    return Figures(wall, cpu, kibibytes * 1024 / _MEGABYTE), out.read_text()


def environment_of(contestant: Contestant) -> dict[str, str]:
    """The whole environment of its command."""
    # PYTHONDONTWRITEBYTECODE above all: without .pyc files every figure would be the compiler's.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**inherited, **contestant.environment}


def _adopt_orphans() -> None:
    """A process whose parent has gone becomes the launcher's child, so that its time is counted too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _require_one_answer(answers: Mapping[str, Any]) -> None:
    if len({repr(answer) for answer in answers.values()}) > 1:
        message = f"the contestants disagree: {answers}"
        raise AssertionError(message)
