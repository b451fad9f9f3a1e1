"""What the stand-in for mlflow says of what it lacks."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

_REMEDY = "this job's packages have no mlflow, and its stand-in has no %s: write mlflow-skinny into the requirements"
_SAYING = "mlflow is not among this job's packages: %s does nothing here; write mlflow-skinny into the requirements"
_PACKAGE = "mlflow."
_said: List[str] = []


def remedy(name: str) -> str:
    """How to get what is not here."""
    return _REMEDY % name


def say_nothing_is_done(name: str) -> None:
    """Tell once that a call has no effect."""
    say_once(_SAYING % name)


def say_once(text: str) -> None:
    """Tell it on stderr unless it was told before."""
    if text not in _said:
        _said.append(text)
        print("[mlops] " + text, file=sys.stderr, flush=True)


class NoSubmodules:
    """A finder, asked last for a module that nobody found."""

    @staticmethod
    def find_spec(name: str, *_given: object) -> None:
        """Nothing, or the remedy for a module of MLflow's."""
        if name.startswith(_PACKAGE):
            raise ModuleNotFoundError(remedy(name), name=name)
