"""What a run tells while it goes on: plain lines on stderr, and at a terminal a live line for each step."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.quantities import lasted
from mlops_cloud.safety.redact import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlops_cloud.recipes.model import Recipe
    from mlops_cloud.services.session import Event, Listener

LINES_SHOWN = 1000
"""Output lines of one step that `--follow` shows; the whole log is kept on disk."""


class Progress:
    """Turns events into lines; safe to call from several threads, and never a reason for a run to stop."""

    def __init__(self, steps: Sequence[str], *, follow: bool) -> None:
        self.width = max(map(len, steps), default=0)
        self._follow = follow
        self._shown: dict[str, int] = {}
        self._tenths: dict[str, int] = {}
        self._lock = Lock()
        self._closed = False

    def __call__(self, event: Event) -> None:
        """Tell one event."""
        with self._lock:
            self.update(event)
            line = self._line(event)
            if line and not self._closed:
                self._write(line)

    def update(self, event: Event) -> None:
        """Take note of an event before its line is written."""

    def is_far(self, event: Event) -> bool:
        """Whether a part of a step is worth a line of its own: each tenth of the whole is."""
        tenth, before = int((event.value or 0.0) * 10), self._tenths.get(event.subject, 0)
        self._tenths[event.subject] = max(tenth, before)
        return tenth > before

    def write(self, line: str) -> None:
        """Put one finished line where progress goes."""
        click.echo(line, err=True)

    def _write(self, line: str) -> None:
        try:
            self.write(line)
        except OSError:  # nobody reads any more
            self._closed = True

    def _line(self, event: Event) -> str:
        if event.kind == "log":
            return self._log_line(event) if self._follow else ""
        if event.kind == "progress" and not self.is_far(event):
            return ""
        told = {
            "started": "running",
            "finished": f"{event.text}  {'' if event.text == 'cached' else lasted(event.value or None)}",
            "retried": f"again  {event.text}",
            "progress": event.text,
            "environment": f"environment  {event.text}",
            "advice": f"advice  {event.text}",
        }.get(event.kind)
        return terminal(f"{event.subject.ljust(self.width)}  {told}").rstrip() if told else ""

    def _log_line(self, event: Event) -> str:
        step = event.subject
        self._shown[step] = shown = self._shown.get(step, 0) + 1
        if shown > LINES_SHOWN + 1:
            return ""
        text = f"… more than {LINES_SHOWN} lines; all of them: mlops-cloud logs RUN/{step}"
        return terminal(f"{step.ljust(self.width)} | {event.text if shown <= LINES_SHOWN else text}")


@contextmanager
def progress(recipe: Recipe, *, follow: bool) -> Iterator[Listener]:
    """A listener that draws at a terminal and writes plain lines elsewhere."""
    if not sys.stderr.isatty():
        yield Progress(recipe.order, follow=follow)
        return
    from mlops_cloud.cli.live import LiveProgress

    with LiveProgress(recipe.order, follow=follow) as listener:
        yield listener
