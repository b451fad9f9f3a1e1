"""The provider's folder on this computer, and the addresses of what lies in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.results.identity import Uri
from mlops_cloud.safety.names import safe_join, shown

if TYPE_CHECKING:
    from pathlib import Path

ROOT = Uri("local://store")
_JOBS = "jobs"
ENVIRONMENTS = "environments"


class Home:
    """`store/` holds objects, `jobs/` what jobs wrote; both are addressed below `local://store`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.jobs = folder / _JOBS
        self.locks = folder / "locks"
        self.lent = folder / "lent"
        self.carried = folder / "carried"
        self.trash = folder / "trash"
        self.environments = folder / ENVIRONMENTS
        self.warm = folder.parent / "warm"  # of all providers of this computer
        self.satisfied = folder / "satisfied.json"
        self.database = folder / "local.db"

    def path(self, uri: Uri) -> Path:
        """Where the bytes of an address lie, never outside; InvalidSpecError for an address of no such place."""
        top, _, below = _relative(uri).partition("/")
        if top == _JOBS:
            return safe_join(self.jobs, below) if below else self.jobs
        return safe_join(self.store, _relative(uri)) if top else self.store

    def writable_path(self, uri: Uri) -> Path:
        """The same for what may be written or deleted through the store: neither a job's folder nor the root."""
        path = self.path(uri)
        if path == self.store or path.is_relative_to(self.jobs):
            raise InvalidSpecError(
                f"{shown(uri)} cannot be written", why="jobs and the root are not the store's to change"
            )
        return path

    def address(self, path: Path) -> Uri:
        """The address of a path below `store/` or `jobs/`."""
        if path.is_relative_to(self.jobs):
            return Uri("/".join((ROOT, _JOBS, *path.relative_to(self.jobs).parts)))
        return Uri("/".join((ROOT, *path.relative_to(self.store).parts)))


def _relative(uri: Uri) -> str:
    if uri.rstrip("/") == ROOT:
        return ""
    if not uri.startswith(f"{ROOT}/"):
        raise InvalidSpecError(f"{shown(uri)} is not an address of this store", fix=f"such an address begins {ROOT}/")
    return uri[len(ROOT) + 1 :].rstrip("/")
