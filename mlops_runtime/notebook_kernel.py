"""A notebook's kernel that ends with the process that asked for it, and tells that its own number.

`python -m mlops_runtime.notebook_kernel <its pid> <file for ours> -f <connection file>`
"""

from __future__ import annotations

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> None:
    """Be killed when the parent goes; elsewhere than on Linux ipykernel itself looks for it every second."""
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it was gone already


if __name__ == "__main__":
    end_with(int(sys.argv.pop(1)))
    with open(sys.argv.pop(1), "w", encoding="utf-8") as file:
        file.write(str(os.getpid()))
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
