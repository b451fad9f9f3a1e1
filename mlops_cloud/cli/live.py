"""A line for each running step, redrawn at a terminal: how long it runs, and its last metric."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from mlops_cloud.cli.progress import Progress
from mlops_cloud.cli.quantities import lasted, number
from mlops_cloud.safety.redact import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType
    from rich.table import Table

    from mlops_cloud.services.session import Event

_METRICS_SHOWN = 3
_BAR = 24
"""Characters."""


class LiveProgress(Progress):
    """Use it as a context manager; what has ended scrolls up above the live lines."""

    def __init__(self, steps: Sequence[str], *, follow: bool) -> None:
        from rich.console import Console
        from rich.live import Live

        super().__init__(steps, follow=follow)
        self._running: dict[str, float] = {}
        self._metrics: dict[str, dict[str, str]] = {}
        self._parts: dict[str, Event] = {}
        self._console = Console(stderr=True, highlight=False)
        self._live = Live(console=self._console, get_renderable=self._drawn, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.stop()

    def update(self, event: Event) -> None:
        """Start, note a metric, or end one line."""
        if not self._live.is_started:  # not before the first event: a question may be asked until then
            self._live.start()
        step = event.subject
        if event.kind == "started":
            self._running[step] = time.monotonic()
        elif event.kind == "finished":
            self._running.pop(step, None)
        elif event.kind == "progress":
            self._parts[step] = event
        elif event.kind == "metric":
            latest = self._metrics.setdefault(step, {})
            latest.pop(event.text, None)
            latest[event.text] = number(event.value)

    def is_far(self, event: Event) -> bool:  # noqa: ARG002 - the signature of what it overrides
        """Never: a bar says it."""
        return False

    def write(self, line: str) -> None:
        """A finished line, above the live ones; a step that has only started is among those."""
        from rich.text import Text

        if not line.endswith("  running"):
            self._console.print(Text(line))

    def _drawn(self) -> Table:
        from rich.spinner import Spinner
        from rich.table import Table

        drawn = Table.grid(padding=(0, 2))
        for step, began in list(self._running.items()):
            drawn.add_row(Spinner("dots"), step.ljust(self.width), lasted(time.monotonic() - began), *self._told(step))
        return drawn

    def _told(self, step: str) -> list[RenderableType]:
        """A bar where it is known how much there is to do, else the last metrics."""
        from rich.progress_bar import ProgressBar

        part = self._parts.get(step)
        if part is not None:
            return [terminal(part.text), ProgressBar(1.0, part.value or 0.0, width=_BAR)]
        latest = list(self._metrics.get(step, {}).items())[-_METRICS_SHOWN:]
        return [terminal("  ".join(f"{name} {value}" for name, value in latest))]
