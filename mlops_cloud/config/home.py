"""Where everything that is kept on this computer lies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def home(environ: Mapping[str, str]) -> Path:
    """MLOPS_CLOUD_HOME, else the user's data folder; absolute, not made yet."""
    if named := environ.get("MLOPS_CLOUD_HOME"):
        return Path(named).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("mlops-cloud"))
