"""A folder for the PYTHONPATH of processes that may reach only this computer, whatever Python they are run by.

Seen is what goes through Python's own `socket` module, by whatever library, in every Python process that inherits the
environment. Programs and extensions that open connections of their own (curl, gRPC) are not seen.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = str(Path(__file__).parent)
