"""Placeholders of compiled requests beside the values that were sent in their places."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.results.requests import NativeRequest


def unexplained(requests: Sequence[NativeRequest]) -> list[str]:
    """Placeholders that stand nowhere in the body that needs them, or that no earlier request produces."""
    found: list[str] = []
    produced: set[str] = set()
    for request in requests:
        text = json.dumps(request.body, ensure_ascii=False)
        found += [need for need in request.needs if need not in text or need not in produced]
        produced |= set(request.produces)
    return found


def filled(compiled: Sequence[NativeRequest], sent: Sequence[NativeRequest]) -> list[NativeRequest]:
    """The compiled requests, each placeholder replaced by what was first sent in its place."""
    known: dict[str, str] = {}
    made = []
    for number, request in enumerate(compiled):
        if number < len(sent):
            _learn(request.body, sent[number].body, request.needs, known)
        made.append(replace(request, body=_put(request.body, known)))
    return made


def _learn(compiled: object, sent: object, needs: Sequence[str], known: dict[str, str]) -> None:
    if isinstance(compiled, str) and isinstance(sent, str):
        _learn_text(_put(compiled, known), sent, needs, known)
    elif isinstance(compiled, dict) and isinstance(sent, dict):
        for name in compiled.keys() & sent.keys():
            _learn(compiled[name], sent[name], needs, known)
        _learn_names(compiled, sent, needs, known)
    elif isinstance(compiled, list) and isinstance(sent, list):
        for ours, theirs in zip(compiled, sent, strict=False):
            _learn(ours, theirs, needs, known)


def _learn_text(compiled: str, sent: str, needs: Sequence[str], known: dict[str, str]) -> None:
    for need in needs:
        if need in known or need not in compiled:
            continue
        before, after = compiled.split(need, 1)
        if sent.startswith(before) and sent.endswith(after) and len(sent) > len(before) + len(after):
            known[need] = sent[len(before) : len(sent) - len(after)]


def _learn_names(compiled: dict[str, Any], sent: dict[str, Any], needs: Sequence[str], known: dict[str, str]) -> None:
    # A name that is a placeholder is told from another by the value that belongs to it.
    left = [name for name in sent if name not in compiled and name not in known.values()]
    for name, value in compiled.items():
        if name in needs and name not in known:
            theirs = next((other for other in left if sent[other] == _put(value, known)), None)
            if theirs is not None:
                known[name] = theirs
                left.remove(theirs)


def _put(value: Any, known: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {_put(name, known): _put(item, known) for name, item in value.items()}
    if isinstance(value, list):
        return [_put(item, known) for item in value]
    if isinstance(value, str):
        for need, real in known.items():
            value = value.replace(need, real)
    return value
