"""Warm starts in a benchmark: a server that is started in the measured run, or one that is there before it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from environments import OURS, program
from measuring import environment_of

if TYPE_CHECKING:
    from measuring import Contestant

_SERVERS = "warm"


def short_lived(contestant: Contestant) -> Contestant:
    """A contestant of ours whose warm servers are stopped after each run, when its wall time is taken already."""
    return replace(contestant, after=(str(program(OURS, "mlops-cloud")), "warm", "stop"))


def kept_warm(contestant: Contestant) -> Contestant:
    """A contestant of ours whose warm servers run when it is measured, and nothing else is known from before.

    They are no children of the measured command, so neither is what they start: only its wall time is complete.
    """
    home = Path(contestant.environment["MLOPS_CLOUD_HOME"])

    def warmed() -> None:
        emptied(home, but=_SERVERS)
        done = subprocess.run(
            contestant.command,
            cwd=contestant.folder,
            env=environment_of(contestant),
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            message = f"{contestant.name} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
            raise RuntimeError(message)
        emptied(home, but=_SERVERS)

    return replace(contestant, before=warmed, after=())


def emptied(home: Path, but: str = "") -> None:
    """Forget everything that ours keeps on this computer, but one folder."""
    for entry in home.iterdir() if home.is_dir() else ():
        if entry.name != but:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
