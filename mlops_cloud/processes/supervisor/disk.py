"""Whether a disk that the job writes to is full."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing typing costs as much as the whole supervisor
if TYPE_CHECKING:
    from mlops_cloud.processes.supervisor.order import Order

_NEARLY_NOTHING = 64 * 1024


def is_full(job: Order) -> bool:
    """True when the file system of its folder, its working directory or its temporary files has no space left."""
    return any(_no_space(path) for path in (job.folder, job.cwd, job.env.get("TMPDIR", "/tmp")))  # noqa: S108


def _no_space(path: str) -> bool:
    try:
        found = os.statvfs(path)
    except OSError:
        return False
    free = found.f_bfree if os.geteuid() == 0 else found.f_bavail  # what root may still use is no use to others
    return found.f_blocks > 0 and free * found.f_frsize < _NEARLY_NOTHING
