"""The known word that a misspelt one was meant to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.safety.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LISTED = 20
# difflib compares every pair: a hostile word of a megabyte would take seconds.
MAX_LENGTH = 100


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give `did you mean 'x'?` when one of the known words is near, else a list of them."""
    words = list(known)
    if near := nearest(word, words):
        return f"did you mean {near!r}?"
    listed = ", ".join(shown(each, 63)[1:-1] for each in words[:MAX_LISTED])
    return f"known: {listed}{', …' if len(words) > MAX_LISTED else ''}" if words else "there is none"


def nearest(word: str, known: Iterable[str]) -> str:
    """Give the known word most like this one, or nothing."""
    import difflib

    found = difflib.get_close_matches(word[:MAX_LENGTH], list(known), n=1, cutoff=0.6)
    return found[0] if found else ""
