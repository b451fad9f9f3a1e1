"""What pip or uv said when they failed, in our words: which requirements clash, or that no index answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlops_cloud.packages.requirements import name_of, normalised, redacted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlops_cloud.packages.tools import Finished

_LONGEST = 1500
_CLASH = re.compile(r"The conflict is caused by:\n(.*?)\n\s*\n", re.DOTALL)
_UNSOLVED = re.compile(r"No solution found|because these package versions have conflicting dependencies")
_UNREACHABLE = re.compile(
    r"after connection broken by|Max retries exceeded|Could not fetch URL|Name or service not known|"
    r"Temporary failure in name resolution|Failed to fetch|error sending request|dns error|"
    r"(?:401|403|407|5\d\d) (?:Client |Server )?Error|[Nn]etwork (?:is unreachable|connectivity is disabled)"
)
_REASON = re.compile(
    r"\[Errno -?\d+\] [A-Za-z ]+|(?:401|403|407|5\d\d) (?:Client |Server )?Error|[Cc]onnection refused|"
    r"(?:[Rr]ead |[Cc]onnect )?timed out|dns error|[Nn]etwork connectivity is disabled"
)
_HOST = re.compile(r"host='[^']*'")
_NOISE = re.compile(r"ResolutionImpossible|for help visit|^\s*$|\[notice\]|^Looking in ")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def unreachable(finished: Finished) -> bool:
    """Whether an index could not be asked, which explains whatever else was said."""
    said = finished.out + finished.err
    return _UNSOLVED.search(said) is None and _UNREACHABLE.search(said) is not None


def reason(finished: Finished) -> str:
    """Why an index could not be asked, in a few words and without its address."""
    words = _REASON.findall(finished.out + finished.err)
    return words[-1].strip() if words else sentence(finished)


def sentence(finished: Finished) -> str:
    """The tool's own words on one line, without addresses."""
    clash = _CLASH.search(finished.out + "\n\n")
    lines = clash[1].splitlines() if clash else _last_words(finished.err or finished.out)
    text = "; ".join(line.strip() for line in lines)
    return _HOST.sub("host=<address>", redacted(text))[:_LONGEST]


def clashing(finished: Finished, lines: Iterable[str]) -> list[str]:
    """The requirement lines that the tool's words name; all of them when it names none."""
    lines = list(lines)
    said = sentence(finished) + " " + " ".join(_last_words(finished.err))
    named = {normalised(word) for word in _NAME.findall(re.sub(r"[<>=!~].*?(?=[\s,;]|$)", " ", said))}
    return [line for line in lines if name_of(line) in named] or lines


def _last_words(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if not _NOISE.search(line)]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return errors or [line.removeprefix("error: ").strip().removeprefix("cause: ") for line in lines[-12:]]
