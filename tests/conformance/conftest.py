"""The stub stands where another distribution's package would: on the path, outside the wheel."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "stub"))
