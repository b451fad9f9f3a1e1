"""What should serve, what serves, and what it answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlops_cloud.results.identity import Uri
    from mlops_cloud.specs.endpoint import Endpoint as EndpointSpec


@dataclass(frozen=True, slots=True)
class Deployment:
    """One model version behind an endpoint."""

    name: str
    model: str
    """`model://<name>/<version>`."""
    bundle: Uri
    traffic: int = 100
    """Whole percent of the requests."""
    shadow: int = 0
    """Whole percent of the requests that are copied to it; their answers are thrown away."""
    copies: int = 1
    spec: EndpointSpec | None = None
    """Compute, environment, scaling and native fields it is asked for with; None for defaults, and where observed."""
    status: str = ""
    """pending, ready or failed, where observed."""


@dataclass(frozen=True, slots=True)
class EndpointState:
    """What should serve under a name: all that a request is compiled from."""

    name: str
    deployments: tuple[Deployment, ...]
    capture: float = 0.0
    """Share of the requests that is recorded."""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What serves now, and whether it is what was wanted."""

    name: str
    deployments: tuple[Deployment, ...]
    converged: bool
    pending: tuple[str, ...] = ()
    """The provider's operations that still run."""
    url: str = ""
    key: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """An answer, and who gave it."""

    body: bytes
    content_type: str
    request_id: str
    deployment: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class CaptureSource:
    """Where an endpoint's record of requests lies."""

    format: str
    root: Uri
    partition: str
    """strftime pattern of one partition's name, in UTC."""
