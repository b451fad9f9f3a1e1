"""The two configuration files: the project's, found upward, and the user's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_cloud.config.requires import requirement_fault
from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.filesystem import disk_error
from mlops_cloud.safety.names import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME = "mlops-cloud.toml"
MAX_BYTES = 1 << 20
_FIELDS = {"project": str, "requires": str, "profile": str, "profiles": dict}
_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What one file says."""

    path: Path
    data: dict[str, Any]

    def origin(self, *place: str) -> str:
        """Name a value of this file."""
        return f"{self.path}: {'.'.join(place)}"

    @property
    def profiles(self) -> dict[str, dict[str, Any]]:
        """Profile name -> its settings."""
        profiles: dict[str, dict[str, Any]] = self.data.get("profiles", {})
        return profiles


def config_files(folder: Path, environ: Mapping[str, str]) -> list[ConfigFile]:
    """The files that there are, the project's before the user's; InvalidSpecError for one that is wrong."""
    paths = [project_file(folder), _user_file(environ)]
    return [_read(path) for path in dict.fromkeys(paths) if path is not None]


def project_file(folder: Path) -> Path | None:
    """The nearest mlops-cloud.toml in a folder or above it."""
    start = folder.absolute()
    return next((path for place in (start, *start.parents) if (path := place / FILE_NAME).is_file()), None)


def _user_file(environ: Mapping[str, str]) -> Path | None:
    if named := environ.get("MLOPS_CLOUD_CONFIG"):
        path = Path(named).expanduser().absolute()
        if not path.is_file():
            raise InvalidSpecError(f"there is no file {path}", why="MLOPS_CLOUD_CONFIG names it")
        return path
    import platformdirs

    path = Path(platformdirs.user_config_dir("mlops-cloud")) / FILE_NAME
    return path if path.is_file() else None


def _read(path: Path) -> ConfigFile:
    import tomllib

    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as exc:
        raise disk_error(exc, path, "read") from exc
    if len(content) > MAX_BYTES:
        raise InvalidSpecError(f"{path} is larger than {MAX_BYTES} bytes")
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as exc:
        raise InvalidSpecError(f"{path}: byte {exc.start} is not UTF-8") from exc
    except tomllib.TOMLDecodeError as exc:
        raise InvalidSpecError(_told(path, str(exc)), fix="mend this line of the configuration") from exc
    except RecursionError as exc:
        raise InvalidSpecError(f"{path} is nested too deeply") from exc
    _check(path, data)
    return ConfigFile(path, data)


def _told(path: Path, message: str) -> str:
    place = _PLACE.search(message)
    if place is None:
        return f"{path}: {message}"
    return f"{path}:{place[1]}:{place[2]}: {message[: place.start()]}"


def _check(path: Path, data: dict[str, Any]) -> None:
    for name, value in data.items():
        if name not in _FIELDS:
            raise InvalidSpecError(f"{path}: unknown field {shown(name)}", fix=did_you_mean(name, _FIELDS))
        if not isinstance(value, _FIELDS[name]):
            wanted = "text" if _FIELDS[name] is str else "a table"
            raise InvalidSpecError(f"{path}: {name} must be {wanted}, not {shown(value)}")
    for name, profile in data.get("profiles", {}).items():
        if not isinstance(profile, dict):
            raise InvalidSpecError(f"{path}: profiles.{name} must be a table, not {shown(profile)}")
    if fault := requirement_fault(data.get("requires", ">=0")):
        raise InvalidSpecError(f"{path}: {fault}", fix="install that version of mlops-cloud")
