"""Names that are safe as file names, labels and URL parts, and paths that cannot leave their root."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError

if TYPE_CHECKING:
    from pathlib import Path

NAME_LIMIT = 63
PATH_LIMIT = 1024
PART_LIMIT = 255
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_UNWANTED = re.compile(r"[^a-z0-9._-]+")
_RUNS = re.compile(r"\.{2,}|-{2,}")


def shown(value: object, limit: int = 80) -> str:
    """Quote a hostile value for a message: control and direction characters escaped, cut at `limit` characters."""
    if not isinstance(value, str):
        return f"a value of type {type(value).__name__}"
    if len(value) <= limit:
        return repr(value)
    return f"{value[:limit]!r}… ({len(value)} characters)"


def slug(text: str, limit: int = NAME_LIMIT) -> str:
    """Turn any text into the nearest legal name of at most `limit` characters."""
    kept = _UNWANTED.sub("-", _ascii(text[: 4 * PATH_LIMIT]).lower())
    joined = _RUNS.sub("-", kept).lstrip("._-")[: min(limit, NAME_LIMIT)].rstrip(".-")
    return joined or "unnamed"[:limit]


def check_name(name: str, what: str) -> str:
    """Return `name` if it is legal; `what` says whose name it is, e.g. "model"."""
    if isinstance(name, str) and _NAME.fullmatch(name) and ".." not in name and name[-1] not in ".-":
        return name
    proposal = f"; for example {slug(name)!r}" if isinstance(name, str) else ""
    raise InvalidSpecError(
        f"{shown(name)} cannot name a {what}",
        why=_fault(name),
        fix=f"use a-z, 0-9, '.', '_' and '-', at most {NAME_LIMIT} characters, first a letter or digit{proposal}",
    )


def safe_join(root: Path, relative: str) -> Path:
    """Join a relative path from outside to `root`, which it can leave neither by its text nor by a symbolic link."""
    fault = path_fault(relative) or _link_fault(root, relative)
    if fault:
        raise InvalidSpecError(
            f"{shown(relative)} is not a safe path", why=fault, fix=f"name a file below {shown(str(root), 200)}"
        )
    return root / relative


def path_fault(relative: str) -> str:
    """Say what makes the text of a relative path unsafe, or nothing."""
    if not relative or len(relative) > PATH_LIMIT:
        return f"it has {len(relative)} characters; 1 to {PATH_LIMIT} are allowed"
    if not relative.isprintable():
        return "it holds a NUL, control, direction or undecodable character"
    if "\\" in relative:
        return "it holds a backslash"
    if relative.startswith("/"):
        return "it is absolute"
    return next((fault for part in relative.split("/") if (fault := _part_fault(part))), "")


def _part_fault(part: str) -> str:
    if part in {"", ".", ".."}:
        return f"it has the part {part!r}"
    if len(part.encode()) > PART_LIMIT:
        return f"one part has more than {PART_LIMIT} bytes"
    return ""


def _link_fault(root: Path, relative: str) -> str:
    path = str(root)
    for part in relative.split("/"):
        path = f"{path}/{part}"
        try:
            mode = os.lstat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return ""  # nothing below it is there either
        except OSError as exc:
            return f"{shown(path, 200)} cannot be looked at: {exc.strerror}"
        if stat.S_ISLNK(mode):
            return f"{shown(path, 200)} is a symbolic link"
    return ""


def _fault(name: object) -> str:
    if not isinstance(name, str):
        return "a name must be text; quote it"
    checks = (
        (not name, "it is empty"),
        (len(name) > NAME_LIMIT, f"it has {len(name)} characters, {NAME_LIMIT} are allowed"),
        ("\0" in name, "it holds a NUL character"),
        ("/" in name or "\\" in name, "it holds a slash"),
        (".." in name, "it holds '..'"),
        (name != name.lower(), "it holds upper-case letters"),
        (any(character.isspace() for character in name), "it holds white space"),
        (not name.isascii(), "it holds characters outside ASCII"),
        (name[:1] in set("._-"), f"it starts with {name[:1]!r}"),
        (name[-1:] in set(".-"), f"it ends with {name[-1:]!r}"),
    )
    return next((fault for wrong, fault in checks if wrong), _unwanted(name))


def _unwanted(name: str) -> str:
    found = _UNWANTED.search(name)
    return f"it holds {found[0][:1]!r}" if found else "it is not of the allowed form"


def _ascii(text: str) -> str:
    if text.isascii():
        return text
    from unicodedata import normalize  # its tables are a megabyte that almost no name needs

    return normalize("NFKD", text).encode("ascii", "ignore").decode()
