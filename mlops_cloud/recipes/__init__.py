"""Recipes: a whole lifecycle in one file, read, planned and run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlops_cloud.recipes.model import Recipe

__all__ = ["Recipe"]


def __getattr__(name: str) -> object:
    if name != "Recipe":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from mlops_cloud.recipes.model import Recipe

    globals()[name] = Recipe
    return Recipe


def __dir__() -> list[str]:
    return sorted(__all__)
