"""A step that does next to nothing: one more than the step before."""

from __future__ import annotations

import os

if __name__ == "__main__":
    before = os.environ.get("MLOPS_INPUT_BEFORE_FILE")
    number = 0
    if before:
        with open(before) as file:  # noqa: PTH123 - nothing is imported that a step does not need
            number = int(file.read())
    with open(os.path.join(os.environ["MLOPS_OUTPUT_DIR"], "number.txt"), "w") as file:  # noqa: PTH118, PTH123
        file.write(str(number + 1))
