"""Optuna in this process: N trials of a 5 ms objective: sqlite|journal|memory N FOLDER."""
# ruff: noqa: TID253 - what a user of Optuna would write

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import optuna
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend


def objective(trial: optuna.Trial) -> float:
    """How far two numbers are from the best ones."""
    x = trial.suggest_float("x", 0, 1)
    rate = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    trial.suggest_categorical("kind", ["a", "b"])
    time.sleep(0.005)
    return (x - 0.3) ** 2 + rate


def storage(kind: str, folder: Path) -> BaseStorage | str | None:
    """An empty storage."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if kind == "journal":
        return JournalStorage(JournalFileBackend(str(folder / "journal.log")))
    return f"sqlite:///{folder}/study.db" if kind == "sqlite" else None


if __name__ == "__main__":
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kept = storage(sys.argv[1], Path(sys.argv[3]))
    study = optuna.create_study(storage=kept, sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=int(sys.argv[2]))
