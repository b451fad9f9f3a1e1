"""ZenML: a chain of N steps that do next to nothing: N [fresh]; `fresh` takes nothing from the cache."""
# No `from __future__ import annotations`: ZenML reads the annotations of a step.

import sys

from zenml import pipeline, step


@step
def count(before: int) -> int:
    """One more."""
    return before + 1


@pipeline
def chain(steps: int) -> None:
    """N times one more."""
    number = 0
    for _ in range(steps):
        number = count(number)


if __name__ == "__main__":
    chain.with_options(enable_cache="fresh" not in sys.argv)(int(sys.argv[1]))
