"""A line for each running step, redrawn at a terminal: how long it runs, and its last metric."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from mlops_cloud.cli.progress import Progress
from mlops_cloud.cli.quantities import lasted, number
from mlops_cloud.safety.redact import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from mlops_cloud.services.session import Event

_METRICS_SHOWN = 3


class LiveProgress(Progress):
    """Use it as a context manager; what has ended scrolls up above the live lines."""

    def __init__(self, steps: Sequence[str], *, follow: bool) -> None:
        from rich.console import Console
        from rich.live import Live

        super().__init__(steps, follow=follow)
        self._running: dict[str, float] = {}
        self._metrics: dict[str, dict[str, str]] = {}
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
        elif event.kind == "metric":
            latest = self._metrics.setdefault(step, {})
            latest.pop(event.text, None)
            latest[event.text] = number(event.value)

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
            latest = list(self._metrics.get(step, {}).items())[-_METRICS_SHOWN:]
            told = terminal("  ".join(f"{name} {value}" for name, value in latest))
            drawn.add_row(Spinner("dots"), step.ljust(self.width), lasted(time.monotonic() - began), told)
        return drawn
