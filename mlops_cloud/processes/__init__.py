"""Jobs on this computer: start, watch, limit, stop and find again a tree of processes, with only its folder."""

from __future__ import annotations

from mlops_cloud.processes.identity import ProcessIdentity, is_alive
from mlops_cloud.processes.launch import Launch, launch, memory_mode
from mlops_cloud.processes.log import read_log, tail
from mlops_cloud.processes.status import ProcessStatus, observe
from mlops_cloud.processes.stop import request_stop, stop
from mlops_cloud.processes.wait import wait

__all__ = [
    "Launch",
    "ProcessIdentity",
    "ProcessStatus",
    "is_alive",
    "launch",
    "memory_mode",
    "observe",
    "read_log",
    "request_stop",
    "stop",
    "tail",
    "wait",
]
