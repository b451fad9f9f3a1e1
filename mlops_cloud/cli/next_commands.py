"""What to type after a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.results.runs import RunState


@dataclass(frozen=True, slots=True)
class NextCommands:
    """The command lines that go on from a run."""

    again: str
    """Runs the same once more."""
    options: str = ""
    """What every other command needs to find what was made: ` --project churn-rehearsal`."""
    real: str = ""
    """Runs the real thing, after a rehearsal."""

    def after(self, state: RunState) -> Iterator[str]:
        """The lines that make sense after a run that ended so."""
        for name, step in state.steps.items():
            if step.status == "paused":
                yield f"mlops-cloud models approve {step.summary['model']}{self.options}"
            elif step.status == "failed" and step.made:  # else it never had a job
                yield f"mlops-cloud logs {state.run}/{name}{self.options}"
        if state.status != "succeeded":
            yield f"{self.again}    # goes on from here"
        elif self.real:
            yield f"{self.real}    # the real thing"
        else:
            yield from self._looks(state)

    def _looks(self, state: RunState) -> Iterator[str]:
        for step in state.steps.values():
            if "model" in step.summary:
                yield f"mlops-cloud models describe {step.summary['model']}{self.options}"
                yield f"mlops-cloud models download {step.summary['model']} FOLDER{self.options}"
            elif "tuning" in step.summary:
                yield f"mlops-cloud tuning trials {step.summary['tuning']}{self.options}"
        yield f"mlops-cloud runs get {state.run}{self.options}"
