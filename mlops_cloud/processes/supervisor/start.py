"""Where the supervisor process begins: `python -I -S start.py`, its order on standard input."""

from __future__ import annotations

import os
import sys


def _stand_in(name: str, folder: str) -> None:
    # An empty package of that name: its modules are found, its `__init__` and all that it imports stay unloaded.
    package = type(sys)(name)
    package.__path__ = [folder]
    sys.modules[name] = package


def _detach() -> None:
    # Forked twice: the launcher reaps the first at once, so nobody ever has a zombie supervisor to look after.
    if os.fork():
        os._exit(0)
    os.setsid()


if __name__ == "__main__":
    _detach()
    processes = __file__.rsplit("/", 2)[0]
    _stand_in("mlops_cloud", processes.rpartition("/")[0])
    _stand_in("mlops_cloud.processes", processes)
    from mlops_cloud.processes.supervisor.main import main

    main()
