"""Modules that code imports and its lock lacks: told before a job fails, and when it has failed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlops_cloud.packages.requirements import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlops_cloud.results.jobs import Failure
    from mlops_cloud.services.jobs import PreparedJob
    from mlops_cloud.services.session import Session

_OURS = ("mlops_cloud", "mlops_runtime")
_MISSING = re.compile(r"ModuleNotFoundError: No module named '([A-Za-z0-9_.]+)'")


def advice(prepared: PreparedJob) -> Iterator[str]:
    """One line for each module that is installed here and named by nothing in the lock."""
    if not prepared.spec.environment.requirements or prepared.lock.problem:
        return
    for module in lacking(prepared.program.code.libraries, prepared.lock.lines):
        yield (
            f"the code imports {module}, which its requirements do not name: on another machine it will not be there; "
            f"{_remedy(module, prepared.requirements_file)}"
        )


def lacking(modules: Iterable[str], lines: Iterable[str]) -> Iterator[str]:
    """The modules that are installed here by nothing that the lock names."""
    from mlops_cloud.packages.modules import distributions_of, is_installed, usual_name

    names = {name_of(line) for line in lines}
    for module in modules:
        # The usual name first: to ask what is installed costs 50 ms.
        if module in _OURS or usual_name(module) in names or not is_installed(module):
            continue
        if names.isdisjoint(distributions_of(module)):
            yield module


def remedy(session: Session, job: str, failure: Failure) -> str:
    """What to add and where, when a job failed for a module that is not there; else an empty text."""
    found = _MISSING.search(failure.message)
    record = session.records.get("jobs", job) if found else None
    if found is None or record is None:
        return ""
    return _remedy(found[1].partition(".")[0], record.get("requirements_file", ""))


def _remedy(module: str, file: str) -> str:
    from mlops_cloud.packages.modules import distributions_of

    name = distributions_of(module)[0]
    return f"add the line `{name}` to {file or 'environment.requirements of this step'}"
