"""References left unquoted inside flow braces, which YAML takes for its own."""

from __future__ import annotations

import re

_BODY = re.compile(r"\{\{[ \t]*([^{}\n]*?)[ \t]*(?:\}\}|\}|$)", re.MULTILINE)
_BEFORE = re.compile(r"[^\s,\[\]{}\"']*$")
_AFTER = re.compile(r"[^\s,\[\]{}\"']*")


def unquoted_reference(text: str, brace: int) -> tuple[int, str] | None:
    """Tell where the value around the `{{` at index `brace` starts, and what to write instead of it."""
    body = _BODY.match(text, brace)
    if body is None or not body[1]:
        return None
    line_start = text.rfind("\n", 0, brace) + 1
    before = _BEFORE.search(text, max(line_start, brace - 200), brace)
    after = _AFTER.match(text, body.end(), body.end() + 200)
    prefix = before[0] if before else ""
    suffix = after[0].rstrip(":") if after and body[0].endswith("}}") else ""
    quoted = f'"{prefix.removesuffix("$")}${{{{ {body[1][:100]} }}}}{suffix}"'
    return brace - len(prefix), f"put quotes around {quoted}: unquoted braces inside {{ }} or [ ] belong to YAML"
