"""The cloud itself: strict, asynchronous, and unaware of keys, tags and this library."""

from __future__ import annotations

import json
import time
from itertools import count
from threading import RLock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from mlops_cloud.results.requests import NativeRequest
from mlops_cloud_stub.faults import CloudError
from mlops_cloud_stub.keeping_side import ModelServer, ScheduleServer
from mlops_cloud_stub.running_side import JobServer
from mlops_cloud_stub.serving_side import EndpointServer

if TYPE_CHECKING:
    from pathlib import Path


class Cloud:
    """One account: a bucket of files, and servers that make their own ids."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bucket = folder / "bucket"
        self.lock = RLock()
        self.vault: dict[str, str] = {}
        self.sent: list[NativeRequest] = []
        self._ids = count(1)
        self._ahead = 0.0
        self.jobs = JobServer(self)
        self.models = ModelServer(self)
        self.endpoints = EndpointServer(self)
        self.schedules = ScheduleServer(self)

    def now(self) -> float:
        """Seconds since 1970 by the cloud's own clock."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let the clock go on, and everything due happen."""
        with self.lock:
            self._ahead += seconds
            self.schedules.run_due()

    def receive(self, operation: str, body: dict[str, Any]) -> None:
        """Note what somebody sent, as it was on the wire."""
        self.sent.append(NativeRequest("stub", operation, json.loads(json.dumps(body))))

    def new_id(self, kind: str) -> str:
        """An id that nobody can foresee."""
        return f"{kind}-{next(self._ids):06d}-{uuid4().hex[:6]}"

    def path(self, uri: str) -> Path:
        """The file or folder behind an address."""
        scheme, _, path = uri.partition("://bucket/")
        if scheme != "stub" or not path:
            raise CloudError("Invalid", f"{uri!r} is no address of this cloud")
        return self.bucket / path

    def close(self) -> None:
        """Stop everything that runs."""
        self.jobs.close()


_CLOUDS: dict[Path, Cloud] = {}


def cloud_at(folder: Path) -> Cloud:
    """The one cloud of a folder, however many providers speak to it."""
    return _CLOUDS.setdefault(folder, Cloud(folder))
