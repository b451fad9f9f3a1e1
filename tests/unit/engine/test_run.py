"""A recipe is run once for each content, goes on where it stood, and records what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import ConflictError, ExitCode, JobFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bench


def statuses(result: object) -> dict[str, str]:
    return {name: step.status for name, step in result.state.steps.items()}  # type: ignore[attr-defined]


def test_a_recipe_makes_a_registered_model(bench: Bench) -> None:
    result = bench.run()
    assert set(statuses(result).values()) == {"succeeded"}
    assert result.exit_code is ExitCode.DONE
    with bench.cloud() as cloud:
        champion = cloud.models.named("shop@champion")
        assert champion.lineage["data"]["train"].startswith("dataset://shop/")
        assert cloud.runs.get(result.state.run).steps["train"].summary["metrics"] == {"loss": 0.25}


def test_a_second_run_makes_nothing(bench: Bench) -> None:
    bench.run()
    second = bench.run()
    assert set(statuses(second).values()) == {"cached"}
    with bench.cloud() as cloud:
        assert len(list(cloud.models.list())) == len(list(cloud.datasets.list())) == 1
        assert len(list(cloud.training.list())) == len(list(cloud.processing.list())) == 1
        assert [state.status for state in cloud.runs.list("shop")] == ["succeeded", "succeeded"]


@pytest.mark.parametrize(
    ("change", "cached"),
    [
        ("train.py", {"prepare", "data"}),
        ("prepare.py", set()),
        ("seed", {"prepare"}),
        ("comment in recipe", {"prepare", "data", "train", "register"}),
        ("line endings", {"prepare", "data", "train", "register"}),
    ],
)
def test_only_what_depends_on_a_change_runs_again(bench: Bench, change: str, cached: set[str]) -> None:
    bench.run()
    variables = {}
    if change.endswith(".py"):
        text = (bench.folder / change).read_text()
        bench.write(change, text.replace("range(20)", "range(22)").replace("weights", "other weights"))
    elif change == "seed":
        variables = {"seed": 8}
    elif change == "line endings":
        (bench.folder / "train.py").write_bytes((bench.folder / "train.py").read_bytes().replace(b"\n", b"\r\n"))
    else:
        bench.write("recipe.yaml", (bench.folder / "recipe.yaml").read_text() + "# a remark\n")
    again = statuses(bench.run(variables=variables))
    assert {name for name, status in again.items() if status == "cached"} == cached


def test_the_same_output_of_changed_code_stops_the_change(bench: Bench) -> None:
    bench.run()
    bench.write("prepare.py", (bench.folder / "prepare.py").read_text() + "# a remark\n")
    again = statuses(bench.run())
    assert again == {"prepare": "succeeded", "data": "cached", "train": "cached", "register": "cached"}


def test_a_failed_step_blocks_what_needs_it_and_the_next_run_goes_on(bench: Bench) -> None:
    good = (bench.folder / "train.py").read_text()
    bench.write("train.py", "print('so far')\nraise SystemExit(3)\n")
    failed = bench.run()
    assert statuses(failed) == {"prepare": "succeeded", "data": "succeeded", "train": "failed", "register": "blocked"}
    assert failed.exit_code is ExitCode.FAILED
    assert ("log", "train", "so far") in bench.events
    assert failed.state.steps["train"].made.startswith("job://shop-train-")
    error = failed.errors["train"]
    assert isinstance(error, JobFailedError)
    assert "so far" in error.log_tail
    bench.write("train.py", good)
    assert statuses(bench.run()) == {
        "prepare": "cached",
        "data": "cached",
        "train": "succeeded",
        "register": "succeeded",
    }


def test_a_broken_expectation_stops_the_recipe(bench: Bench) -> None:
    refused = bench.run(sets=[("steps.data.expect.columns.x.max", "18")])
    assert statuses(refused) == {"prepare": "succeeded", "data": "refused", "train": "blocked", "register": "blocked"}
    assert refused.exit_code is ExitCode.REFUSED
    assert "line 21" in str(refused.errors["data"])


def test_a_recipe_waits_for_approval_and_goes_on(bench: Bench) -> None:
    sets = [("steps.register.approval", "manual")]
    waiting = bench.run(sets=sets)
    assert (waiting.state.status, waiting.exit_code) == ("waiting", ExitCode.WAITING)
    assert "models approve shop:1" in waiting.state.steps["register"].error
    with bench.cloud() as cloud:
        cloud.models.approve(cloud.models.named("shop:1"), by="ada")
    done = bench.run(sets=sets)
    assert done.exit_code is ExitCode.DONE
    with bench.cloud() as cloud:
        assert cloud.models.named("shop@champion").version == 1


def test_steps_that_need_nothing_of_each_other_run_side_by_side(bench: Bench) -> None:
    # Each waits for a file that the other writes: they end only when both run at once.
    script = (
        "import os, pathlib, sys, time\n"
        "own, other = sys.argv[2], sys.argv[4]\n"
        "pathlib.Path(own).touch()\n"
        "end = time.monotonic() + 20\n"
        "while not os.path.exists(other):\n"
        "    assert time.monotonic() < end\n"
        "    time.sleep(0.005)\n"
    )
    bench.write("meet.py", script)
    a, b = str(bench.folder / "a"), str(bench.folder / "b")
    bench.write(
        "recipe.yaml",
        "recipe: meet\nsteps:\n"
        f"  one: {{kind: processing, script: meet.py, parameters: {{own: {a}, other: {b}}}}}\n"
        f"  two: {{kind: processing, script: meet.py, parameters: {{own: {b}, other: {a}}}}}\n",
    )
    assert bench.run().exit_code is ExitCode.DONE


def test_a_step_that_is_skipped_and_one_that_comes_after(bench: Bench) -> None:
    bench.write(
        "recipe.yaml",
        "recipe: order\nvars: {wanted: false}\nsteps:\n"
        "  last: {kind: processing, script: prepare.py, after: [first]}\n"
        "  first: {kind: processing, script: train.py}\n"
        '  never: {kind: processing, script: prepare.py, when: "${{ vars.wanted }}"}\n',
    )
    result = bench.run()
    assert statuses(result) == {"first": "succeeded", "last": "succeeded", "never": "skipped"}
    finished = [subject for kind, subject, _ in bench.events if kind == "finished"]
    assert finished.index("first") < finished.index("last")


def test_one_recipe_runs_once_at_a_time(bench: Bench) -> None:
    from mlops_cloud.durable.locks import exclusive

    with bench.cloud() as cloud:
        lock = cloud.session.home / "locks" / "shop.lock"
    lock.parent.mkdir(exist_ok=True)
    with exclusive(lock), pytest.raises(ConflictError, match="is in use"):
        bench.run()


def test_a_deleted_result_is_made_again(bench: Bench) -> None:
    first = bench.run()
    with bench.cloud() as cloud:
        cloud.training.delete(first.state.steps["train"].made.removeprefix("job://"))
    assert statuses(bench.run())["train"] == "succeeded"


@pytest.mark.parametrize(
    ("pattern", "again"),
    [
        ("local/jobs/shop-train-*/model/model.txt", {"train", "register"}),
        ("local/store/datasets/shop/*/train/train.csv", {"data"}),
        ("local/store/bundles/*/model/model.txt", set()),
    ],
)
def test_a_result_that_was_removed_by_hand_is_made_again(
    bench: Bench, own_home: Path, pattern: str, again: set[str]
) -> None:
    bench.run()
    (lost,) = own_home.glob(pattern)
    lost.unlink()
    made = {name for name, status in statuses(bench.run()).items() if status == "succeeded"}
    assert made <= again
    assert lost.exists()
    with bench.cloud() as cloud:
        cloud.models.download(cloud.models.named("shop@champion"), own_home / "downloaded")


def test_prefix_and_tags_of_a_profile_reach_what_is_made(bench: Bench) -> None:
    bench.write("mlops-cloud.toml", '[profiles.local]\nprovider = "local"\nprefix = "dev-"\ntags = {team = "crm"}\n')
    assert bench.run().exit_code is ExitCode.DONE
    assert {step.status for step in bench.run().state.steps.values()} == {"cached"}
    with bench.cloud() as cloud:
        assert cloud.models.named("dev-shop@champion").lineage["data"]["train"].startswith("dataset://dev-shop/")
    planned = {step.name: step for step in bench.plan(sets=[("steps.train.parameters.depth", "4")]).steps}["train"]
    assert planned.requests[0].body["labels"]["team"] == "crm"
    assert planned.compute == "1 cpu, 2Gi"
