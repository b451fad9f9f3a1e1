"""Text that may be shown: without secrets, and without what could rewrite the reader's terminal."""

from __future__ import annotations

import binascii
import json
import re
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MASK = "***"
LINE_LIMIT = 8192
# Shorter lines of a key file ("-----", "}") would mask innocent text.
_LINE_OF_SECRET = 8
# C0 but tab and newline, DEL, C1, line separators, the directions of Unicode's annex 9, invisible marks, tags,
# halves of characters.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


class SecretValue:
    """Text that is never printed, formatted, compared in a message or pickled; `reveal` gives it."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """Give the text itself."""
        return self.__text

    def __repr__(self) -> str:
        return "SecretValue('***')"

    def __str__(self) -> str:
        return MASK

    def __format__(self, specification: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretValue) and other.reveal() == self.__text

    def __hash__(self) -> int:
        return hash((SecretValue, self.__text))

    def __copy__(self) -> SecretValue:
        return self

    def __deepcopy__(self, memo: object) -> SecretValue:
        return self

    def __reduce__(self) -> NoReturn:
        message = "a secret is not pickled; hand over its name and resolve it there"
        raise TypeError(message)


def redactor(secrets: Iterable[str | SecretValue]) -> Callable[[str], str]:
    """Make a function that masks secrets in text, also as URLs, JSON and base64 hold them; for many lines."""
    forms = {form for secret in secrets for form in _forms(_revealed(secret))}
    if not forms:
        return str
    # Longest first, so that a secret that begins like another leaves no rest.
    pattern = re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
    return lambda text: pattern.sub(MASK, text)


def redact(text: str, secrets: Iterable[str | SecretValue]) -> str:
    """Mask secrets in one text, also as URLs, JSON and base64 hold them."""
    return redactor(secrets)(text)


def terminal(text: str) -> str:
    """Make untrusted lines printable: control and direction characters escaped, each line cut at 8 KiB."""
    return "\n".join(map(_line, text.split("\n")))


def _revealed(secret: str | SecretValue) -> str:
    return secret.reveal() if isinstance(secret, SecretValue) else secret


def _forms(secret: str) -> set[str]:
    lines = [line.strip() for line in secret.splitlines()] if "\n" in secret else []
    plain = {secret, secret.strip(), *(line for line in lines if len(line) >= _LINE_OF_SECRET)}
    encoded = secret.encode("utf-8", "surrogatepass")
    standard = _base64(encoded)
    coded = {standard, standard.replace("+", "-").replace("/", "_")}
    return {*(form for text in plain for form in (text, *_escaped(text))), *coded} - {""}


def _escaped(text: str) -> tuple[str, ...]:
    quoted = [json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)]
    url = "".join(map(_percent, text.encode("utf-8", "replace")))
    return *quoted, url, url.replace("%2F", "/"), url.replace("%20", "+"), repr(text)[1:-1]


def _percent(byte: int) -> str:
    # As urllib.parse.quote does, whose import costs more than all the rest here.
    character = chr(byte)
    return character if character.isascii() and (character.isalnum() or character in "_.-~") else f"%{byte:02X}"


def _base64(secret: bytes) -> str:
    # The last characters depend on what follows the secret; the others are its own.
    return binascii.b2a_base64(secret, newline=False).decode().rstrip("=") if len(secret) >= _LINE_OF_SECRET else ""


def _line(line: str) -> str:
    kept = line.removesuffix("\r")[:LINE_LIMIT]
    escaped = _CONTROL.sub(_escape, kept)
    content = escaped.encode("utf-8")
    if len(content) <= LINE_LIMIT and len(kept) >= len(line) - 1:
        return escaped
    cut = content[: LINE_LIMIT - 40].decode("utf-8", "ignore")
    return f"{cut}… (a line of {len(line)} characters)"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return {0x0D: "\\r", 0x1B: "\\e"}.get(code, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
