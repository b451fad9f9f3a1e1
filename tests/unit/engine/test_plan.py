"""A plan says what would run and why, with the native requests, and writes nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mlops_cloud.provider.capabilities import Feature, Support

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from conftest import Bench


def files_below(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


def test_a_plan_of_nothing_made_yet(bench: Bench, own_home: Path) -> None:
    before = files_below(own_home) + files_below(bench.folder)
    planned = {step.name: step for step in bench.plan().steps}
    assert [step.action for step in planned.values()] == ["run"] * 4
    assert planned["data"].reason == "prepare runs before it"
    request = planned["train"].requests[0]
    assert request.body["argv"]
    assert request.body["limits"]
    json.dumps(request.body)
    assert files_below(own_home) + files_below(bench.folder) == before


def test_a_plan_after_a_run_and_after_a_change(bench: Bench) -> None:
    bench.run()
    assert not bench.plan().changes
    bench.write("train.py", (bench.folder / "train.py").read_text() + "# a remark\n")
    steps = {step.name: step for step in bench.plan().steps}
    actions = {name: step.action for name, step in steps.items()}
    assert actions == {"prepare": "cached", "data": "cached", "train": "run", "register": "run"}
    assert steps["train"].reason.startswith("changed: code.train.py:")
    assert steps["register"].reason == "train runs before it"


def test_the_planned_request_is_the_one_that_is_sent(bench: Bench) -> None:
    sent = {step.name: step.requests for step in bench.plan().steps}["prepare"][0]
    result = bench.run()
    assert f"job://{sent.body['name']}" == result.state.steps["prepare"].made


def test_what_the_provider_cannot_do_is_refused_in_the_plan(bench: Bench) -> None:
    plan = bench.plan(sets=[("steps.train.compute.gpu", "8")])
    refused = {step.name: step for step in plan.steps}["train"]
    assert plan.refused
    assert refused.action == "refused"
    assert "gpu" in refused.reason


def test_a_family_that_is_not_there_yet_is_refused_with_its_reason(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlops_cloud_local.provider import LocalProvider

    class Lacking(dict):  # type: ignore[type-arg]
        def __missing__(self, feature: Feature) -> Support:
            return Support.not_yet("nobody built it")

    monkeypatch.setattr(LocalProvider, "capabilities", Lacking())
    assert "nobody built it" in bench.plan().steps[0].reason
