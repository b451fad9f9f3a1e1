"""The installed shim for a job's archive: `python -I -S <this file> <archive> …` saves compiling the archive's own."""

from __future__ import annotations

import os
import sys
from zipimport import zipimporter

# Last, so that nothing installed beside us hides a module of the standard library.
sys.path[:] = [*sys.path[1:], os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]

from mlops_runtime.start import main  # noqa: E402

archive = os.path.abspath(sys.argv[1])
main(archive, zipimporter(archive), sys.argv[2:])
