"""A provider: one account and region of a cloud, or this computer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from mlops_cloud.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlops_cloud.provider.capabilities import Capabilities, Feature
    from mlops_cloud.provider.datasets import Datasets
    from mlops_cloud.provider.endpoints import Endpoints
    from mlops_cloud.provider.jobs import Jobs
    from mlops_cloud.provider.models import Models
    from mlops_cloud.provider.monitors import Monitors
    from mlops_cloud.provider.storage import Storage
    from mlops_cloud.results.endpoints import EndpointState
    from mlops_cloud.results.environments import BuiltEnvironment
    from mlops_cloud.results.identity import Ref, Uri
    from mlops_cloud.results.requests import Finding, Image, NativeRequest, Price, Refusal, RequestContext
    from mlops_cloud.specs.base import Spec
    from mlops_cloud.specs.compute import Compute
    from mlops_cloud.specs.environment import Environment


@dataclass(frozen=True, slots=True)
class Naming:
    """What a provider accepts as the name of one kind of resource."""

    shortest: int
    longest: int
    pattern: str
    """A regular expression that the whole name matches."""
    scope: str
    """Within what a name is unique: `account and region`, `project`, `region, across customers`."""
    reusable: bool = True
    """Whether a name can be used again after a delete."""


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """What can be said about a provider without its SDK."""

    name: str
    summary: str
    profile: str
    """Name of the profile it offers without configuration."""
    target: str
    """`module:factory`; the factory takes `ProviderSettings` and returns the Provider."""
    config: str
    """`module:Class` of the pydantic model of its profile's fields; imports no SDK."""
    extra: str
    """What `pip install 'mlops-cloud[…]'` must name to bring what it needs."""
    requires: tuple[str, ...] = ()
    """Import names that must be there."""
    printable: tuple[str, ...] = ()
    """Profile fields that may be shown; everything else is hidden."""
    naming: Mapping[str, Naming] = field(default_factory=dict)
    bills: bool = True
    """Whether what it runs costs money."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """What the core hands to a provider's factory."""

    profile: str
    project: str
    home: str
    """Absolute folder on this computer that is the provider's own."""
    fields: Mapping[str, object] = field(default_factory=dict)
    """The profile's fields, as its config model read them."""


class Provider(ABC):
    """The families a provider has, and what it can say without sending anything.

    A family it lacks stays None and its capability says why.
    """

    info: ClassVar[ProviderInfo]
    capabilities: Capabilities
    storage: Storage
    datasets: Datasets | None = None
    jobs: Jobs | None = None
    models: Models | None = None
    endpoints: Endpoints | None = None
    monitors: Monitors | None = None

    @abstractmethod
    def requests(self, wanted: Spec | EndpointState, context: RequestContext) -> list[NativeRequest]:
        """The native requests that make what is wanted where nothing of it is there, in order: pure, and what is sent.

        For an endpoint, what is wanted is its state; for a monitor, its spec with the job that the context names.
        """

    @abstractmethod
    def check(self, spec: Spec) -> list[Refusal]:
        """What of this spec cannot be had here: pure."""

    @abstractmethod
    def image(self, environment: Environment, role: str) -> Image:
        """What a job (`training`, `processing`) or a server (`serving`) starts from: pure."""

    @abstractmethod
    def price(self, compute: Compute) -> Price | None:
        """What an hour costs; None when no published source says so."""

    @abstractmethod
    def fingerprint(self, environment: Environment) -> str:
        """What a job starts from, as lines: the interpreter or image, and the machine; the lock says what is in it."""

    @abstractmethod
    def diagnose(self) -> Iterator[Finding]:
        """What works and what does not, for `doctor`."""

    @abstractmethod
    def owned(self) -> Iterator[Ref]:
        """Everything that carries our label in this project."""

    def watched(self, places: Sequence[Uri]) -> Sequence[str] | None:  # noqa: ARG002 - for providers on this computer
        """Paths whose unchanged stat proves that neither state nor these places changed; None when one must ask."""
        return None

    def environments(self) -> Iterator[BuiltEnvironment]:
        """What is kept ready for jobs of a lock; nothing where each job installs its own."""
        return iter(())

    def drop_environment(self, lock: str) -> None:  # noqa: B027 - for providers that keep some
        """Remove what is kept of a lock, by its digest; ConflictError while a job runs in it."""

    @abstractmethod
    def close(self) -> None:
        """Give back connections and files; jobs go on."""


def require_feature(provider: Provider, feature: Feature) -> None:
    """UnsupportedError with the provider's own reason when it lacks a feature."""
    support = provider.capabilities[feature]
    if not support.usable:
        name = provider.info.name
        raise UnsupportedError(f"{feature.value} is not available on {name}", why=support.detail, provider=name)
