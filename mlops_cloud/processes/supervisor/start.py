"""Where the supervisor process begins: `python -I -S start.py`, its order on standard input."""

from __future__ import annotations

import os
import sys


def stand_in(name: str, folder: str) -> None:
    """Make an empty package: its modules are found, its `__init__` and all that it imports stay unloaded."""
    package = type(sys)(name)
    package.__path__ = [folder]
    sys.modules[name] = package


def detach() -> None:
    """Go on in a session of our own; the launcher reaps our parent, so nobody ever has a zombie to look after."""
    if os.fork():
        os._exit(0)
    os.setsid()


if __name__ == "__main__":
    detach()
    processes = __file__.rsplit("/", 2)[0]
    stand_in("mlops_cloud", processes.rpartition("/")[0])
    stand_in("mlops_cloud.processes", processes)
    from mlops_cloud.processes.supervisor.main import main

    main()
