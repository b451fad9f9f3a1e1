"""From the parser's events to plain data and positions, with every cap kept on the way.

Nothing recurses over the input and nothing is made before it is counted, so that a hostile text costs no more than
an honest one of the same length.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import yaml

from mlops_cloud.safety.names import shown
from mlops_cloud.safety.yaml_frames import Anchored, Open, OpenMapping, OpenSequence
from mlops_cloud.safety.yaml_scalars import plain_scalar, tagged_scalar
from mlops_cloud.safety.yaml_tree import copied, moved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mlops_cloud.safety.yaml_problems import Problems
    from mlops_cloud.safety.yaml_scalars import Scalar
    from mlops_cloud.safety.yaml_tree import Data, Mark, Tree

MAX_DEPTH = 64
MAX_NODES = 100_000
MAX_ALIASES = 100
MAX_KEY = 1024
# A text counts as one node more for each 100 characters, so that aliases of one long text are counted too.
CHARACTERS_PER_NODE = 100
# libyaml refuses these itself; the parser in Python lets "\\ud800" pass.
_SURROGATE = re.compile("[\ud800-\udfff]")
_CORE = "tag:yaml.org,2002:"


class Event(Protocol):
    """What the parser's events have in common, each its own part of it."""

    start_mark: Mark
    anchor: str | None
    tag: str | None
    implicit: tuple[bool, bool]
    value: str


class Builder:
    """Takes the events of one document one by one; `data` and `tree` hold the result."""

    def __init__(self, text: str, problems: Problems) -> None:
        self._text = text
        self._problems = problems
        self._open: list[Open] = []
        self._anchors: dict[str, Anchored] = {}
        self._aliases = 0
        self._nodes = 0
        self.data: Data = None
        self.tree: Tree | None = None

    def consume(self, events: Iterable[Event]) -> None:
        """Read the events to their end; RecipeError at the first that cannot be gone on from."""
        handlers: dict[type, Callable[..., None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start_mapping,
            yaml.SequenceStartEvent: self._start_sequence,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._start_document,
        }
        for event in events:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)

    def path(self) -> list[str]:
        """Give the keys and indexes that lead to the value being read."""
        return [place for frame in self._open if (place := frame.place()) is not None]

    def path_before(self) -> list[str]:
        """Give the keys and indexes that lead to the value read last: to the `$` of a reference cut at its braces."""
        inner = self._open[-1].last_place() if self._open else None
        outer = [place for frame in self._open[:-1] if (place := frame.place()) is not None]
        return outer if inner in {None, "$"} else [*outer, str(inner)]

    def _fatal(self, mark: Mark, message: str) -> Exception:
        return self._problems.fatal(mark, self.path(), message)

    def _start_document(self, event: Event) -> None:
        if self.tree is not None:
            raise self._fatal(event.start_mark, "a second document starts here; one file holds one document")

    def _count(self, nodes: int, mark: Mark) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._fatal(mark, f"more than {MAX_NODES} values, each alias counted as what it stands for")

    def _scalar(self, event: Event) -> None:
        mark = event.start_mark
        size = 1 + len(event.value) // CHARACTERS_PER_NODE
        self._count(size, mark)
        frame = self._open[-1] if self._open else None
        if type(frame) is OpenMapping and frame.key is None:
            self._key(frame, event)
            return
        value = self._value(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = Anchored(value, mark, size, 0)
        self._add(value, mark, 0)

    def _value(self, event: Event) -> Scalar:
        text: str = event.value
        if not text.isascii() and _SURROGATE.search(text):
            raise self._fatal(event.start_mark, "an escape here is half of a character")
        try:
            if event.tag is None:
                return plain_scalar(text) if event.implicit[0] else text
            if event.tag == "!":
                return text
            return tagged_scalar(text, self._core_tag(event, ("str", "int", "float", "bool", "null")))
        except ValueError as exc:
            raise self._fatal(event.start_mark, str(exc)) from exc

    def _core_tag(self, event: Event, allowed: tuple[str, ...]) -> str:
        tag = str(event.tag)
        if tag.startswith(_CORE) and tag.removeprefix(_CORE) in allowed:
            return tag.removeprefix(_CORE)
        raise self._fatal(
            event.start_mark, f"the tag {shown(tag.replace(_CORE, '!!'))} is not allowed here; leave it out"
        )

    def _key(self, frame: OpenMapping, event: Event) -> None:
        key, mark = event.value, event.start_mark
        if event.anchor is not None or event.tag not in {None, "!", _CORE + "str"}:
            raise self._fatal(mark, "a key must be text, without anchor or tag")
        if event.implicit[0] and key in {"<<", ""}:
            reason = "merge keys (<<) are not read; write the fields out" if key else "there is no key before the ':'"
            raise self._fatal(mark, reason)
        if len(key) > MAX_KEY:
            raise self._fatal(mark, f"a key of {len(key)} characters; {MAX_KEY} are allowed")
        if key in frame.data:
            first = frame.tree.children[key][0].line + 1
            self._problems.add(mark, [*self.path(), key], f"duplicate key {shown(key)} (first at line {first})")
        frame.key, frame.key_mark = key, mark

    def _start_mapping(self, event: Event) -> None:
        self._start(event, "map")
        self._open.append(OpenMapping(event.start_mark, event.anchor, self._nodes - 1))

    def _start_sequence(self, event: Event) -> None:
        self._start(event, "seq")
        self._open.append(OpenSequence(event.start_mark, event.anchor, self._nodes - 1))

    def _start(self, event: Event, kind: str) -> None:
        mark = event.start_mark
        self._refuse_as_key(mark)
        self._count(1, mark)
        if len(self._open) >= MAX_DEPTH:
            raise self._fatal(mark, f"nested deeper than {MAX_DEPTH} levels")
        if event.tag not in {None, "!"}:
            self._core_tag(event, (kind,))

    def _refuse_as_key(self, mark: Mark) -> None:
        frame = self._open[-1] if self._open else None
        if type(frame) is not OpenMapping or frame.key is not None:
            return
        brace = mark.index - 1
        found = self._problems.reference(mark, brace, self.path()) if brace >= 0 else None
        raise found or self._fatal(mark, "a key must be text, not a collection or an alias")

    def _end(self, _event: Event) -> None:
        frame = self._open.pop()
        height = frame.height + 1
        if frame.anchor is not None:
            self._anchors[frame.anchor] = Anchored(frame.data, frame.tree, self._nodes - frame.before, height)
        self._add(frame.data, frame.tree, height)

    def _alias(self, event: Event) -> None:
        mark = event.start_mark
        self._refuse_as_key(mark)
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise self._fatal(mark, f"more than {MAX_ALIASES} aliases")
        anchored = self._anchored(str(event.anchor), mark)
        self._count(anchored.size, mark)
        if len(self._open) + anchored.height > MAX_DEPTH:
            raise self._fatal(mark, f"with this alias nested deeper than {MAX_DEPTH} levels")
        self._add(copied(anchored.data), moved(anchored.tree, mark), anchored.height)

    def _anchored(self, anchor: str, mark: Mark) -> Anchored:
        if any(frame.anchor == anchor for frame in self._open):
            raise self._fatal(mark, f"the alias {shown('*' + anchor)} stands inside what it names")
        if anchor not in self._anchors:
            raise self._fatal(mark, f"the alias {shown('*' + anchor)} names no anchor above it")
        return self._anchors[anchor]

    def _add(self, value: Data, tree: Tree, height: int) -> None:
        if not self._open:
            self.data, self.tree = value, tree
            return
        frame = self._open[-1]
        frame.height = max(frame.height, height)
        frame.add(value, tree)
