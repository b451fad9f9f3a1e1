"""What a provider can do, as data with reasons: refused before anything is created."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Level = Literal["full", "emulated", "partial", "not_yet", "never"]


class Feature(StrEnum):
    """What a provider may or may not do: the resources of the lifecycle (`ROWS`), then what belongs to one of them."""

    DATASETS = "datasets"
    TRAINING = "training"
    PROCESSING = "processing"
    TUNING = "tuning"
    BATCH_PREDICTION = "batch prediction"
    EVALUATION = "evaluation"
    MODELS = "models"
    ENDPOINTS = "endpoints"
    MONITORS = "monitors"
    RECIPES = "recipes"
    NATIVE_TUNING = "tuning, native engine"
    NATIVE_BATCH = "batch prediction, native engine"
    NATIVE_MONITORS = "monitors, native engine"
    SPOT = "jobs on spot machines"
    GPU = "jobs on accelerators"
    SEVERAL_INSTANCES = "jobs on several machines"
    IMAGES = "jobs in a container image"
    MEMORY_LIMIT = "memory limit of a job"
    TIME_LIMIT = "time limit of a job"
    SECRETS = "secrets of a job"
    DELETE_JOBS = "deleting jobs"
    ALIASES = "model aliases"
    APPROVALS = "model approvals"
    RETIRE = "retiring models"
    PRICES = "prices"


ROWS = (
    Feature.DATASETS, Feature.TRAINING, Feature.PROCESSING, Feature.TUNING, Feature.BATCH_PREDICTION,
    Feature.EVALUATION, Feature.MODELS, Feature.ENDPOINTS, Feature.MONITORS, Feature.RECIPES,
)  # fmt: skip
"""The resources of the lifecycle: a finished provider is full or emulated on each."""


@dataclass(frozen=True, slots=True)
class Support:
    """How well one feature is supported, and why not better."""

    level: Level
    detail: str = ""

    @classmethod
    def full(cls) -> Support:
        """The provider does it by itself."""
        return cls("full")

    @classmethod
    def emulated(cls, how: str) -> Support:
        """It works, by our own services over the provider's primitives."""
        return cls("emulated", how)

    @classmethod
    def partial(cls, what: str) -> Support:
        """It works with the restriction that `what` states."""
        return cls("partial", what)

    @classmethod
    def not_yet(cls, reason: str) -> Support:
        """It could work and is not built."""
        return cls("not_yet", reason)

    @classmethod
    def never(cls, reason: str) -> Support:
        """The provider cannot do it."""
        return cls("never", reason)

    @property
    def usable(self) -> bool:
        """Whether asking for it works at all."""
        return self.level in ("full", "emulated", "partial")


class Capabilities(Mapping[Feature, Support]):
    """Every feature with its support; one that is not declared is a programming error."""

    def __init__(self, declared: Mapping[Feature, Support]) -> None:
        missing = [feature.value for feature in Feature if feature not in declared]
        if missing:
            message = f"capabilities not declared: {', '.join(missing)}"
            raise TypeError(message)
        unexplained = [f.value for f, support in declared.items() if support.level != "full" and not support.detail]
        if unexplained:
            message = f"support without a reason: {', '.join(unexplained)}"
            raise TypeError(message)
        self._declared = dict(declared)

    def __getitem__(self, feature: Feature) -> Support:
        return self._declared[feature]

    def __iter__(self) -> Iterator[Feature]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)
