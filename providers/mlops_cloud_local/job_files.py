"""Where everything lies in a job's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OUTPUT_FOLDERS = ("model", "output", "checkpoint", "record")


class JobFiles:
    """The names below one job's folder; `log`, `launch.json` and `status.json` there are the supervisor's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = folder / "code" / "job.zip"
        self.inputs = folder / "input"
        self.output = folder / "output"
        self.model = folder / "model"
        self.checkpoint = folder / "checkpoint"
        self.record = folder / "record"
        self.work = folder / "work"
        self.temporary = folder / "tmp"
        self.parameters = folder / "parameters.json"
        self.description = folder / "job.json"
        self.metrics = self.record / "metrics.jsonl"
        self.failure = self.record / "failure.json"
        self.loans = folder / "loans.json"
        self.settled = folder / "settled.json"

    def package(self, number: int) -> Path:
        """One of the further archives on the job's PYTHONPATH."""
        return self.folder / "code" / f"package-{number}.zip"

    @property
    def launched(self) -> bool:
        """Whether the supervisor was called in this folder."""
        return (self.folder / "launch.json").exists()
