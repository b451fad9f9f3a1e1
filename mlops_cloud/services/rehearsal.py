"""A rehearsal: the whole recipe on few rows, apart from everything that is real.

Its runs, records and cached steps lie in a project of their own, and its datasets and models bear names of their own,
so that no alias of a real model ever moves. What stands before any dataset is the same work either way, and is shared.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from mlops_cloud.durable.files import make_private_folder
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.names import check_name
from mlops_cloud.state.journal import Journal
from mlops_cloud.state.records import Records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.services.session import Session

ENDING = "-rehearsal"
"""Of the project."""
BEGINNING = "rehearsal-"
"""Of the name of every dataset and model."""


def rehearsal(session: Session, rows: int) -> Session:
    """The same provider for a rehearsal on at most `rows` rows of every dataset; close its journal too."""
    if rows < 1:
        raise InvalidSpecError(f"a rehearsal on {rows} rows", fix="give a number above 0")
    project = check_name(f"{session.project}{ENDING}", "project")
    home = session.home.parents[1] / project / session.home.name
    if not session.read_only:
        make_private_folder(home)
    return replace(
        session,
        project=project,
        prefix=f"{session.prefix}{BEGINNING}",
        home=home,
        journal=Journal(home / "journal.db"),
        records=Records(session.provider.storage, project),
        known={},
        sample=rows,
    )


@contextmanager
def for_rows(session: Session, rows: int) -> Iterator[Session]:
    """The session of a rehearsal while the block runs, or for 0 rows the session itself."""
    if not rows:
        yield session
        return
    rehearsed = rehearsal(session, rows)
    try:
        yield rehearsed
    finally:
        rehearsed.journal.close()


def listed(session: Session, name: str) -> bool:
    """Whether a list of everything names it: what was made in rehearsals is listed in their project alone."""
    return session.project.endswith(ENDING) or not name.startswith(f"{session.prefix}{BEGINNING}")
