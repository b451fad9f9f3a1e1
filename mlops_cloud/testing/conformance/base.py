"""What every family's checks stand on: the provider under test, its knobs, keys, archives and stored trees."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar
from uuid import uuid4

import pytest

from mlops_cloud.results.identity import Key, Uri
from mlops_cloud.testing import trees
from mlops_cloud.testing.placeholders import filled
from mlops_cloud.testing.waiting import Value, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mlops_cloud.provider.base import Provider
    from mlops_cloud.provider.capabilities import Feature
    from mlops_cloud.results.identity import Family
    from mlops_cloud.results.requests import NativeRequest


class Conformance:
    """Override `provider`, and `another` where a second object can be opened; set the knobs that differ."""

    deadline: ClassVar[float] = 60.0
    """Seconds that anything asynchronous may take."""
    project: ClassVar[str] = "conformance"
    secret: ClassVar[tuple[str, str]] = ("KIT_SECRET", "s3cr3t-of-the-kit")
    """A secret of the profile under test: name and value."""
    lacking: ClassVar[Mapping[Feature, str]] = {}
    """Rows of the matrix that are neither full nor emulated, each with the provider's own reason."""

    @pytest.fixture
    def provider(self) -> Iterator[Provider]:
        """The provider under test, on an empty account."""
        message = "override the fixture `provider`"
        raise NotImplementedError(message)

    @pytest.fixture
    def another(self) -> Callable[[], Provider]:
        """Opens one more provider object on the same account, as another process would."""
        message = "override the fixture `another`"
        raise NotImplementedError(message)

    @pytest.fixture
    def sent(self, provider: Provider) -> Callable[[], Sequence[NativeRequest]]:
        """Answers with the requests that the provider has sent so far, oldest first, reading ones left out."""
        message = "override the fixture `sent`"
        raise NotImplementedError(message)

    def is_sent(self, compiled: Sequence[NativeRequest], sent: Sequence[NativeRequest]) -> None:
        """Check that what was sent is what was compiled, with values in the places of placeholders."""
        expected = filled(compiled, sent)
        assert [(r.service, r.operation, r.body) for r in sent] == [(r.service, r.operation, r.body) for r in expected]

    def key(self, family: Family, slug: str, content: str = "") -> Key:
        """A key of its own for each content; a random one when none is given."""
        text = content or uuid4().hex
        return Key(family, slug, sha256(f"{family} {slug} {text}".encode()).hexdigest()[:32])

    def until(self, condition: Callable[[], Value]) -> Value:
        """The first true answer within the deadline."""
        return until(condition, self.deadline)

    def prefix(self, provider: Provider, name: str) -> Uri:
        """An address below the provider's root that nobody else uses."""
        assert provider.storage.root, "storage.root is empty"
        return Uri(f"{provider.storage.root.rstrip('/')}/kit/{name}-{uuid4().hex[:8]}")

    def stored(self, provider: Provider, folder: Path, files: Mapping[str, bytes], name: str = "tree") -> Uri:
        """The files, stored as a tree; the address of their folder."""
        manifest = trees.manifest_of(trees.written(folder / f"{name}-{uuid4().hex[:8]}", files))
        return provider.storage.put_tree(manifest, self.prefix(provider, name))

    def read(self, provider: Provider, uri: Uri) -> bytes:
        """The bytes of one object."""
        with provider.storage.open(uri) as stream:
            return stream.read()

    def names_below(self, provider: Provider, prefix: Uri) -> list[str]:
        """The objects below a prefix, relative to it."""
        start = f"{prefix.rstrip('/')}/"
        entries = [entry.uri for entry in provider.storage.list(Uri(start))]
        assert all(uri.startswith(start) for uri in entries), f"list({start!r}) gave addresses outside: {entries}"
        return [uri[len(start) :] for uri in entries]


def matches(pattern: str, name: str) -> bool:
    """Whether the whole name fits."""
    return re.fullmatch(pattern, name) is not None
