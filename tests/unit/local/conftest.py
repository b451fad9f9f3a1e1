"""A provider on an empty folder, and scripts as its jobs."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from mlops_cloud.provider.base import ProviderSettings
from mlops_cloud.results.identity import Key, Uri
from mlops_cloud.results.requests import RequestContext
from mlops_cloud.specs.job import ProcessingJob
from mlops_cloud.testing.archives import SCRIPT, stored_archive
from mlops_cloud.testing.trees import manifest_of, written
from mlops_cloud.testing.waiting import until
from mlops_cloud_local.provider import create

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mlops_cloud.results.identity import Ref
    from mlops_cloud.results.jobs import Job
    from mlops_cloud_local.provider import LocalProvider

_FIELDS = {"secrets": {"KIT_SECRET": "env:SECRET_OF_THE_HOST"}, "stop_grace": 1.0}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The provider's folder; nothing is there yet."""
    return tmp_path / "home"


@pytest.fixture
def another(home: Path) -> Callable[..., LocalProvider]:
    """Opens one more provider on the same folder; the caller closes it."""

    def opened(**fields: object) -> LocalProvider:
        return create(ProviderSettings("local", "conformance", str(home), {**_FIELDS, **fields}))

    return opened


@pytest.fixture
def provider(another: Callable[..., LocalProvider], monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalProvider]:
    """The provider under test."""
    monkeypatch.setenv("SECRET_OF_THE_HOST", "s3cr3t-of-the-kit")
    opened = another()
    yield opened
    opened.close()


class Scripts:
    """Runs scripts as jobs of one provider."""

    def __init__(self, provider: LocalProvider, folder: Path) -> None:
        self.provider = provider
        self.folder = folder

    def prepared(self, script: str, *, slug: str = "job", **given: Any) -> tuple[ProcessingJob, RequestContext]:
        """Spec and context of a job with a key of its own, or that of `content`."""
        inputs, content = given.pop("inputs", {}), given.pop("content", uuid4().hex)
        spec = ProcessingJob(name=slug, script=SCRIPT, **given)
        code = stored_archive(self.provider.storage, self.folder, script, spec.outputs)
        key = Key("processing", slug, sha256(content.encode()).hexdigest()[:32])
        return spec, RequestContext(key, "tests", code, inputs=inputs)

    def start(self, script: str, **given: Any) -> Ref:
        """A job that was just started."""
        return self.provider.jobs.submit(*self.prepared(script, **given))

    def run(self, script: str, **given: Any) -> Job:
        """A job that has ended."""
        return self.ended(self.start(script, **given))

    def ended(self, ref: Ref) -> Job:
        """The job when it has ended."""
        until(lambda: self.provider.jobs.get(ref).status.ended)
        return self.provider.jobs.get(ref)

    def tree(self, files: dict[str, bytes]) -> Uri:
        """The address of some stored files."""
        folder = written(self.folder / uuid4().hex, files)
        prefix = Uri(f"{self.provider.storage.root}/trees/{folder.name}")
        return self.provider.storage.put_tree(manifest_of(folder), prefix)

    def read(self, uri: Uri) -> bytes:
        """The bytes of an object."""
        with self.provider.storage.open(uri) as stream:
            return stream.read()


@pytest.fixture
def scripts(provider: LocalProvider, tmp_path: Path) -> Scripts:
    """Scripts as jobs of the provider under test."""
    return Scripts(provider, tmp_path / "scripts")
