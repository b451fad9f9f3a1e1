"""Where a warm server begins, `python start.py <folder> <idle seconds> <module> …`; and where its scripts run.

A script runs from here, and from no deeper, so that it finds nothing of ours between itself and its end.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    import runpy

    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.remove(here)
    processes = here.rsplit("/", 2)[0]
    product = processes.rpartition("/")[0]
    cold = runpy.run_path(f"{processes}/supervisor/start.py")
    cold["detach"]()
    cold["stand_in"]("mlops_runtime", f"{product.rpartition('/')[0]}/mlops_runtime")
    cold["stand_in"]("mlops_cloud", product)
    cold["stand_in"]("mlops_cloud.processes", processes)
    from mlops_cloud.processes.warm.server.keeper import keep

    turn = keep(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
    uncaught = None
    try:
        turn.call(*turn.arguments)
    except BaseException as error:  # noqa: BLE001 - whatever a script raises ends its interpreter
        uncaught = error
    turn.end(uncaught)
