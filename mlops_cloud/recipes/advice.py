"""What is not wrong with a recipe, and will be felt later."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.recipes.model import Recipe

_DUMPS = re.compile(r"^[^#\n]*\b(joblib|pickle|cloudpickle|dill)\s*\.\s*dump\b", re.MULTILINE)


def advice(recipe: Recipe) -> Iterator[str]:
    """One line for each script that writes a pickle on a step that does not trust pickles."""
    for step in recipe.steps.values():
        script = recipe.folder / str(step.fields.get("script", ""))
        if step.kind != "training" or step.fields.get("trust") or not script.is_file():
            continue
        found = _DUMPS.search(script.read_text("utf-8", "replace"))
        if found:
            yield (
                f"steps.{step.name}: {script.name} writes a pickle by {found[1]}, which the registry refuses: "
                "save the model by mlops_runtime.save_model(model), or write `trust: pickle` on this step"
            )
