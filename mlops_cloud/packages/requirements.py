"""Requirement lines: what they may say, and what they pin; nothing is imported, since every recipe is read by it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.safety.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[\w\s,.-]*\])?\s*"
    r"(?P<versions>\(?[<>=!~][^;@()]*\)?)?\s*(?P<marker>;.*)?"
)
_PIN = re.compile(r"==\s*(?P<version>[A-Za-z0-9][A-Za-z0-9.+!_-]*)")
_HASH = re.compile(r"\s+--hash[=\s]\s*sha256:([0-9a-fA-F]{64})(?=\s|$)")
_CONTINUED = re.compile(r"\\[ \t]*\r?\n")
_COMMENT = re.compile(r"(^|\s)#.*$")
_OPTION = re.compile(r"(^|\s)--?[A-Za-z]")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")


def requirement_lines(text: str, name: str) -> tuple[str, ...]:
    """The requirements of a file, one text each, with the sha256 that stand behind them and without comments.

    InvalidSpecError for what no index is asked for: options such as -r or --index-url, addresses, paths.
    """
    lines = _CONTINUED.sub(" ", text.removeprefix("\ufeff")).splitlines()
    return checked((bare for line in lines if (bare := _COMMENT.sub("", line).strip())), name)


def checked(lines: Iterable[str], name: str) -> tuple[str, ...]:
    """The lines themselves when each is one requirement; InvalidSpecError names the first that is not."""
    return tuple(_checked(line, name) for line in lines)


def with_hashes(line: str) -> tuple[str, tuple[str, ...]]:
    """A line's requirement, and the sha256 that it allows in lower-case hexadecimal."""
    return _HASH.sub("", f" {line}").strip(), tuple(found.lower() for found in _HASH.findall(f" {line}"))


def name_of(line: str) -> str:
    """The normalised name of the distribution that a line asks for."""
    match = _LINE.match(line)
    return normalised(match["name"]) if match else ""


def pin_of(line: str) -> str:
    """`name==version` when the line allows exactly one version, else an empty text."""
    match = _LINE.fullmatch(with_hashes(line)[0])
    pinned = _PIN.fullmatch((match["versions"] or "").strip()) if match else None
    return f"{normalised(match['name'])}=={pinned['version']}" if match and pinned else ""


def normalised(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def redacted(text: str) -> str:
    """The text without addresses, which may hold credentials."""
    return _ADDRESS.sub("<address>", text)


def _checked(line: str, name: str) -> str:
    if line.startswith("-"):
        raise _refused(line, name, "is an option, not a requirement")
    bare, _ = with_hashes(line)
    if "://" in bare or re.search(r"^[^;]*@", bare):
        raise _refused(line, name, "names an address, not a version", "put the package where pip looks for packages")
    match = _LINE.fullmatch(bare)
    if match is None or _OPTION.search(match["versions"] or ""):
        raise _refused(line, name, "is no requirement", "write name, name>=1.2 or name==1.2.3")
    return line


def _refused(line: str, name: str, what: str, fix: str = "") -> InvalidSpecError:
    fix = fix or "write the requirements out; where pip looks for them is its own configuration"
    return InvalidSpecError(f"{name}: {shown(redacted(line))} {what}", fix=fix)
