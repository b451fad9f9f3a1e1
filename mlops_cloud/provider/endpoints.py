"""Endpoints, declaratively: say what should serve, read back what serves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mlops_cloud.results.endpoints import CaptureSource, Endpoint, EndpointState, Prediction
    from mlops_cloud.results.identity import Key, Ref
    from mlops_cloud.results.jobs import LogPage, Metric


class Endpoints(ABC):
    """The primitives of the endpoints family; canaries and rollbacks are sequences of `apply` above it.

    All but `apply`, `find`, `list` and `delete` raise NotFoundError for a name under which nothing serves.
    """

    @abstractmethod
    def apply(self, wanted: EndpointState, key: Key, last: Endpoint | None) -> Endpoint:
        """One idempotent step towards `wanted`: send at most what can be sent now, return at once."""

    @abstractmethod
    def predict(
        self, name: str, body: bytes, content_type: str, *, request_id: str, deployment: str | None = None
    ) -> Prediction:
        """The answer to one request, with who gave it; NotFoundError for a deployment that is not there, too."""

    @abstractmethod
    def metrics(self, name: str, window: float) -> Iterator[Metric]:
        """Load, latency, errors, cpu, memory and disk of the last `window` seconds: one schema everywhere."""

    @abstractmethod
    def capture(self, name: str) -> CaptureSource:
        """Where the record of its requests lies; UnsupportedError when nothing is recorded."""

    @abstractmethod
    def feedback(self, name: str, labels: Iterable[Mapping[str, object]]) -> None:
        """Store true answers that came later, by prediction id."""

    @abstractmethod
    def get(self, name: str) -> Endpoint:
        """What serves now."""

    @abstractmethod
    def find(self, key: Key) -> Ref | None:
        """The endpoint that an apply with this key made or last changed, if any; None once it is deleted."""

    @abstractmethod
    def list(self) -> Iterator[Ref]:
        """Our endpoints, by name."""

    @abstractmethod
    def logs(self, name: str, cursor: str = "") -> LogPage:
        """The next lines of its servers' logs."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Begin to take it down; one that is not there is no error; `get` raises NotFoundError once it is gone."""
