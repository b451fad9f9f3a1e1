"""The warm servers that there are, and their end; jobs that they started go on."""

from __future__ import annotations

import json
import shutil
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops_cloud.processes.identity import ProcessIdentity
from mlops_cloud.processes.stop import signal_exactly
from mlops_cloud.processes.warm import places
from mlops_cloud.processes.warm.names import ABOUT

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE = 5.0
_PAUSE = 0.005
_FORGOTTEN_AFTER = 3600.0  # seconds without a server, in which its log may still be read


@dataclass(frozen=True, slots=True)
class WarmServer:
    """One server that runs."""

    name: str
    python: str
    imports: tuple[str, ...]
    """What it was told to import, without what every server imports."""
    started: float
    """Seconds since the epoch."""
    process: ProcessIdentity


def servers(home: Path) -> list[WarmServer]:
    """Those that run and belong to this home, oldest first."""
    found = (_about(folder) for folder in places.folders(home) if places.is_alive(folder))
    return sorted((server for server in found if server), key=lambda server: server.started)


def stop_servers(home: Path) -> list[WarmServer]:
    """End all of them, and return when they and what they kept ready are gone; says which there were."""
    running = servers(home)
    for folder in places.folders(home):
        with places.alone(folder, _PATIENCE):
            _stop(folder)
            _forget(folder)
    return running


def forget_the_dead(home: Path, apart: Path) -> None:
    """Remove what servers that left long ago wrote, but for one folder."""
    for folder in places.folders(home):
        if folder == apart or _is_young(folder):
            continue
        with places.alone(folder, 0) as ours:
            if ours and not places.is_alive(folder):
                _forget(folder)


def _stop(folder: Path) -> None:
    server = _about(folder)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not places.is_alive(folder):
            return
        if server:
            signal_exactly(server.process, number)
        deadline = time.monotonic() + _PATIENCE
        while places.is_alive(folder) and time.monotonic() < deadline:
            time.sleep(_PAUSE)


def _forget(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(".lock").unlink(missing_ok=True)


def _is_young(folder: Path) -> bool:
    for path in (folder, folder.with_suffix(".lock")):
        if path.exists():
            return time.time() - path.stat().st_mtime < _FORGOTTEN_AFTER
    return True


def _about(folder: Path) -> WarmServer | None:
    try:
        about = json.loads((folder / ABOUT).read_bytes())
        process = ProcessIdentity(**about["process"])
        return WarmServer(folder.name, about["python"], tuple(about["imports"]), about["started"], process)
    except (OSError, ValueError, KeyError, TypeError):  # it is just starting, or was killed while it started
        return None
