"""The frame of a page that needs nothing else: no script, no font, no request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.analysis.markup import Markup, clipped, element, joined
from mlops_cloud.analysis.report_style import STYLE

if TYPE_CHECKING:
    from collections.abc import Mapping

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(title: str, *parts: str) -> str:
    """A whole page."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Markup(STYLE)),
    )
    body = element("body", element("main", *parts))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def facts_list(facts: Mapping[str, object]) -> Markup:
    """Names and values side by side; what is empty is left out."""
    given = [
        element("div", element("dt", name), element("dd", clipped(fact)))
        for name, fact in facts.items()
        if fact not in (None, "")
    ]
    return element("dl", *given)


def section(title: str, note: str, *content: str) -> Markup:
    """One card with a heading and perhaps a note below it."""
    explained = element("p", note, class_="note") if note else Markup()
    name = title.lower().replace(" ", "-")
    return element("section", element("h2", title), explained, joined(*content), class_="card", id=name)


def figure(title: str, about: str, drawing: Markup) -> Markup:
    """A drawing with its heading and what it shows."""
    caption = element("figcaption", element("h3", title), element("p", about))
    return element("figure", caption, drawing)
