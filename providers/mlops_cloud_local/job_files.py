"""Where everything lies in a job's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OUTPUT_FOLDERS = ("model", "output", "checkpoint", "record")


class _Below:
    """A place below the folder, made when it is first asked for: a job is looked at often, for two or three of them."""

    def __init__(self, *parts: str) -> None:
        self._parts = parts

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, files: JobFiles, owner: type) -> Path:
        place = files.folder.joinpath(*self._parts)
        vars(files)[self._name] = place  # it stands before this from now on
        return place


class JobFiles:
    """The names below one job's folder; `log`, `launch.json` and `status.json` there are the supervisor's."""

    archive = _Below("code", "job.zip")
    inputs = _Below("input")
    output = _Below("output")
    model = _Below("model")
    checkpoint = _Below("checkpoint")
    record = _Below("record")
    work = _Below("work")
    temporary = _Below("tmp")
    parameters = _Below("parameters.json")
    description = _Below("job.json")
    metrics = _Below("record", "metrics.jsonl")
    failure = _Below("record", "failure.json")
    refused = _Below("network.txt")
    loans = _Below("loans.json")
    settled = _Below("settled.json")

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def launched(self) -> bool:
        """Whether the supervisor was called in this folder."""
        return (self.folder / "launch.json").exists()
