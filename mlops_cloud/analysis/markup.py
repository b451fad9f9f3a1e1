"""Elements of HTML and SVG whose text and attributes are always escaped."""

from __future__ import annotations

from html import escape

from mlops_cloud.safety.redact import terminal

_SHAPES = frozenset({"path", "circle", "rect"})
_VOID = frozenset({"meta"})
_MOST_CHARACTERS = 160


class Markup(str):
    """Text that is markup already; any other text becomes harmless inside an element."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str | float | None) -> Markup:
    """One element; `class_` stands for class, `aria_hidden` for aria-hidden, and None leaves an attribute out."""
    written = "".join(_attribute(name, value) for name, value in attributes.items() if value is not None)
    if tag in _SHAPES:
        return Markup(f"<{tag}{written}/>")
    if tag in _VOID:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{joined(*children)}</{tag}>")


def joined(*children: str) -> Markup:
    """Several elements and texts, one after the other."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))


def clipped(text: object, most: int = _MOST_CHARACTERS) -> str:
    """Untrusted text without control or direction characters, cut at so many characters."""
    shown = terminal(str(text)[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def coordinate(value: float) -> str:
    """A length in a drawing, to a tenth."""
    return f"{value:.1f}".removesuffix(".0")


def _attribute(name: str, value: str | float) -> str:
    text = value if isinstance(value, str) else coordinate(value)
    return f' {name.rstrip("_").replace("_", "-")}="{escape(text)}"'
