"""Placeholders of what was compiled, beside what was sent."""

from __future__ import annotations

from typing import Any

from mlops_cloud.results.requests import NativeRequest
from mlops_cloud.testing.placeholders import filled, unexplained


def request(body: dict[str, Any], needs: tuple[str, ...] = (), produces: tuple[str, ...] = ()) -> NativeRequest:
    return NativeRequest("cloud", "do", body, needs, produces)


COMPILED = [
    request({"title": "a"}, produces=("e-0",)),
    request({"endpoint": "e-0", "title": "one"}, ("e-0",), ("d-1",)),
    request({"endpoint": "e-0", "title": "two"}, ("e-0",), ("d-2",)),
    request({"url": "/e-0/traffic", "traffic": {"d-1": 60, "d-2": 40}}, ("e-0", "d-1", "d-2")),
]


def sent(endpoint: str, again: str, traffic: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"title": "a"},
        {"endpoint": endpoint, "title": "one"},
        {"endpoint": again, "title": "two"},
        {"url": f"/{endpoint}/traffic", "traffic": traffic},
    ]


def bodies(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one.body for one in filled(COMPILED, [request(body) for body in given])]


def test_values_take_the_places_of_placeholders() -> None:
    given = sent("e-77", "e-77", {"d-42": 40, "d-41": 60})
    assert bodies(given) == given


def test_a_placeholder_stands_for_one_value() -> None:
    given = sent("e-77", "e-78", {"d-41": 60, "d-42": 40})
    assert bodies(given) == sent("e-77", "e-77", {"d-41": 60, "d-42": 40})


def test_what_is_no_placeholder_stays() -> None:
    assert bodies([{"title": "b"}])[0] == {"title": "a"}
    given = sent("e-77", "e-77", {"d-41": 61, "d-42": 40})
    assert bodies(given)[-1]["traffic"] == {"d-1": 60, "d-42": 40}


def test_less_sent_than_compiled() -> None:
    assert bodies([]) == [one.body for one in COMPILED]


def test_what_needs_no_explanation() -> None:
    assert unexplained(COMPILED) == []
    assert unexplained(COMPILED[1:2]) == ["e-0"]
    assert unexplained([COMPILED[0], request({"endpoint": "x"}, ("e-0",))]) == ["e-0"]
