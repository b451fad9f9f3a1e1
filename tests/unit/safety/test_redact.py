from __future__ import annotations

import base64
import copy
import json
import pickle
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_cloud.safety.redact import LINE_LIMIT, SecretValue, redact, redactor, terminal

SECRET = 'p@ss "wörd"/+\n'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        SECRET.strip(),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        repr(SECRET),
        f"postgres://me:{quote(SECRET, '')}@host/db",
        f"https://host/?token={quote(SECRET.strip())}",
        f"https://host/?token={quote_plus(SECRET.strip())}",
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_secret_is_masked_in_the_forms_it_travels_in(form: str) -> None:
    masked = redact(f"before {form} after", [SECRET])
    assert "***" in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    for rest in ("wörd", "w%C3%B6rd", "w\\u00f6rd", form.strip('"')):
        assert rest not in masked


def test_the_longer_of_two_secrets_leaves_no_rest() -> None:
    assert redact("tokenlong token", ["token", "tokenlong"]) == "*** ***"
    assert redact("nothing to hide", []) == redact("nothing to hide", [""]) == "nothing to hide"
    assert redact("a.c abc", ["a.c"]) == "*** abc"


def test_each_line_of_a_key_is_masked_but_not_its_punctuation() -> None:
    key = "-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----\n"
    mask = redactor([SecretValue(key)])
    assert [mask(line) for line in ("MIIEvQIBADANBgkq", "x hkiG9w0BAQEFAASC", "-----")] == ["***", "x ***", "-----"]


def test_a_secret_value_hides_itself() -> None:
    secret = SecretValue("hunter22")
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>20}", "%s %r" % (secret, secret), repr([secret])]  # noqa: UP031
    assert "hunter22" not in "".join(shown)
    assert secret.reveal() == "hunter22"
    assert secret == SecretValue("hunter22") == copy.deepcopy(copy.copy(secret))
    assert secret != "hunter22"
    assert len({secret, SecretValue("hunter22"), SecretValue("")}) == 2
    assert not SecretValue("")
    assert not hasattr(secret, "__dict__")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps({"a": [secret]}, protocol)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("plain\ttext é 日本 👍🏽", "plain\ttext é 日本 👍🏽"),
        ("\x1b[31mred\x1b[0m", "\\e[31mred\\e[0m"),
        ("\x1b]0;title\x07", "\\e]0;title\\x07"),
        ("\x9b31m \x9d", "\\x9b31m \\x9d"),
        ("epoch 1\rSUCCEEDED", "epoch 1\\rSUCCEEDED"),
        ("a\r\nb", "a\nb"),
        ("a\x08\x08b\x00\x7f", "a\\x08\\x08b\\x00\\x7f"),
        ("a\u202etxt.exe\u2066", "a\\u202etxt.exe\\u2066"),
        ("a\u2028b\u200b\ufeff", "a\\u2028b\\u200b\\ufeff"),
        ("\udc80", "\\udc80"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_a_line_cannot_command_the_terminal(line: str, expected: str) -> None:
    assert terminal(line) == expected


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.text())
def test_no_text_brings_a_control_character_to_the_terminal(text: str) -> None:
    for character in terminal(text).encode().decode():
        assert character in "\n\t" or ord(character) >= 0x20
        assert not 0x7F <= ord(character) <= 0x9F


def test_a_long_line_is_cut_and_its_length_told() -> None:
    text = "ü" * LINE_LIMIT * 1000 + "\nshort"
    started = time.process_time()
    first, second = terminal(text).split("\n")
    assert time.process_time() - started < 1
    assert len(first.encode()) <= LINE_LIMIT
    assert first.endswith(f"… (a line of {LINE_LIMIT * 1000} characters)")
    assert second == "short"
    assert terminal("x" * LINE_LIMIT) == "x" * LINE_LIMIT
    assert len(terminal("\x1b" * LINE_LIMIT).encode()) <= LINE_LIMIT
