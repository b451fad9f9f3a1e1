"""A provider is told of the jobs to come while the first one runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud_local.jobs import LocalJobs

if TYPE_CHECKING:
    from mlops_cloud.results.requests import RequestContext
    from mlops_cloud.specs.job import JobSpec

RECIPE = """
recipe: shop
steps:
  prepare: {kind: processing, script: prepare.py, outputs: {table: t.csv}}
  train: {kind: training, script: train.py, inputs: {train: "${{ steps.prepare.outputs.table }}"}}
  again: {kind: training, script: train.py, parameters: {depth: 3}, after: train}
  gone: {kind: training, script: train.py, compute: {cpu: 1}, when: false}
"""


@pytest.fixture
def expected(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[str, ...]]]:
    """Script and imports of each job that the provider was told of."""
    told: list[tuple[str, tuple[str, ...]]] = []

    def expect(_: LocalJobs, spec: JobSpec, context: RequestContext) -> None:
        told.append((spec.script, context.imports))

    monkeypatch.setattr(LocalJobs, "expect", expect)
    return told


def test_jobs_that_are_alike_are_told_of_once(bench: Any, expected: list[Any]) -> None:
    bench.write("train.py", "try:\n    import numpy\nexcept ImportError:\n    pass\n")
    bench.write("recipe.yaml", RECIPE)
    assert bench.run().exit_code == 0
    assert expected == [("train.py", ("numpy",))]


def test_nothing_is_expected_of_a_run_that_makes_nothing(bench: Any, expected: list[Any]) -> None:
    bench.write("recipe.yaml", RECIPE)
    bench.run()
    expected.clear()
    assert bench.run().exit_code == 0
    assert expected == []


def test_what_cannot_be_expected_is_told_by_its_own_step(bench: Any, expected: list[Any]) -> None:
    bench.write("train.py", "import (\n")
    bench.write("recipe.yaml", RECIPE)
    result = bench.run()
    assert expected == []
    assert result.state.steps["prepare"].status == "succeeded"
    assert "this is not valid Python" in result.state.steps["train"].error
