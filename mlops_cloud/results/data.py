"""What a dataset version is made of."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from mlops_cloud.errors import CorruptStateError, NotFoundError
from mlops_cloud.results.identity import Artifact, Uri

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a manifest."""

    path: str
    """Relative, with forward slashes."""
    size: int
    """Bytes."""
    digest: str
    """Hex; sha256 in a bundle, the chunked blake3 identity in a dataset."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    type: str
    """integer, number, boolean, text or timestamp."""
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class TableDescription:
    """What a dataset's table holds."""

    rows: int
    columns: tuple[Column, ...]
    target: str = ""
    splits: dict[str, int] = field(default_factory=dict)
    """Split -> rows; empty when the table is not divided."""

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return asdict(self) | {"columns": [asdict(column) for column in self.columns]}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> TableDescription:
        """A description that was kept as plain JSON; CorruptStateError when it is none."""
        try:
            columns = tuple(Column(**column) for column in plain["columns"])
            return cls(int(plain["rows"]), columns, str(plain["target"]), dict(plain["splits"]))
        except (KeyError, TypeError, ValueError) as exc:
            raise CorruptStateError("the description of a dataset version cannot be read", why=repr(exc)) from exc


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of a tree, sorted by path, and where their bytes are now."""

    files: tuple[FileEntry, ...]
    root: Path
    """Folder that holds the files until they are stored."""
    digest: str
    """sha256 of the canonical JSON of the sorted [path, size, digest] of the files, and of the description if any."""
    description: TableDescription | None = None
    """What a dataset's table holds; None for every other tree."""

    def plain_description(self) -> dict[str, Any]:
        """The description as plain JSON; empty when there is none."""
        return self.description.to_json() if self.description else {}


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """One immutable version of a dataset."""

    name: str
    version: str
    """The first 16 hex of `digest`."""
    digest: str
    uri: Uri
    rows: int
    columns: tuple[Column, ...]
    target: str
    splits: dict[str, int]
    """Split -> rows; empty when the dataset is not divided."""
    files: tuple[FileEntry, ...]
    created: float
    """Seconds since 1970, UTC."""
    key: str = ""

    def reference(self) -> str:
        """`dataset://<name>/<version>`: all the rows."""
        return f"dataset://{self.name}/{self.version}"

    def split(self, name: str) -> str:
        """The reference of one split; NotFoundError when the dataset has none of that name."""
        if name not in self.splits:
            have = ", ".join(self.splits) or "none"
            raise NotFoundError(f"dataset {self.name}:{self.version} has no split {name!r}", fix=f"its splits: {have}")
        return f"{self.reference()}/{name}"

    def _repr_html_(self) -> str:
        from mlops_cloud.results.notebook import facts

        splits = ", ".join(f"{name} {rows}" for name, rows in self.splits.items())
        columns = ", ".join(f"{column.name} ({column.type})" for column in self.columns[:20])
        name = ("dataset", f"{self.name}:{self.version}")
        return facts([name, ("rows", self.rows), ("splits", splits), ("target", self.target), ("columns", columns)])

    def artifact(self, split: str = "") -> Artifact:
        """Folder and digest of one split, or of all the rows."""
        folder = split or "all"
        digests = [entry.digest for entry in self.files if entry.path.split("/")[0] == folder]
        digest = digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()
        return Artifact(Uri(f"{self.uri}/{folder}"), digest, self.split(split) if split else self.reference())
