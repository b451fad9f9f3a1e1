"""A run that would make nothing is answered from file stats; anything that changed makes the run look properly."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import mlops_cloud as mc
from mlops_cloud.cli.main import answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Bench

UNCHANGED = "nothing changed since run"


@pytest.fixture
def again(bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the recipe by the command line; what it says on stderr."""
    monkeypatch.chdir(bench.folder)
    bench.write("helping.py", "VALUE = 1\n")
    bench.write("prepare.py", "import helping\n" + (bench.folder / "prepare.py").read_text())

    def run(*words: str, code: int = 0) -> str:
        assert answer(["run", "recipe.yaml", "--project", "shop", *words]) == code
        return capsys.readouterr().err

    run()
    return run


def test_the_same_again_is_answered_at_once_with_the_same_table(again: Callable[..., str]) -> None:
    assert UNCHANGED in again()
    assert UNCHANGED in again()


def test_other_flags_are_another_question(again: Callable[..., str]) -> None:
    assert UNCHANGED not in again("--set", "vars.seed=8")
    assert UNCHANGED in again("--set", "vars.seed=8")


@pytest.mark.parametrize("name", ["recipe.yaml", "train.py", "prepare.py", "helping.py"])
def test_a_file_that_was_only_saved_again_is_as_it_was(again: Callable[..., str], bench: Bench, name: str) -> None:
    again()
    path = bench.folder / name
    path.rename(bench.folder / "aside")
    path.write_bytes((bench.folder / "aside").read_bytes())
    assert UNCHANGED not in again()
    (bench.folder / "aside").unlink()
    again()
    path.touch()
    assert UNCHANGED in again()


@pytest.mark.parametrize("name", ["recipe.yaml", "train.py", "prepare.py", "helping.py"])
def test_a_file_that_was_edited_is_looked_at(again: Callable[..., str], bench: Bench, name: str) -> None:
    again()
    bench.write(name, (bench.folder / name).read_text() + "# a remark\n")
    assert UNCHANGED not in again()


def test_an_edit_of_the_same_size_with_its_old_time_is_seen(again: Callable[..., str], bench: Bench) -> None:
    path = bench.folder / "train.py"
    before = path.stat()
    path.write_text(path.read_text().replace("weights", "WEIGHTS"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "train     succeeded" in again()


def test_a_new_module_that_would_be_imported_is_seen(again: Callable[..., str], bench: Bench) -> None:
    bench.write("pathlib.py", "raise SystemExit('shadowed')\n")
    assert "prepare   failed" in again(code=1)


def test_a_new_configuration_file_is_seen(again: Callable[..., str], bench: Bench) -> None:
    bench.write("mlops-cloud.toml", 'project = "other"\n')
    assert UNCHANGED not in again()


def test_a_changed_registry_is_seen(again: Callable[..., str], bench: Bench) -> None:
    with bench.cloud() as cloud:
        cloud.models.alias(cloud.models.named("shop:1"), "other")
    assert UNCHANGED not in again()


def test_a_deleted_job_is_made_again(again: Callable[..., str], bench: Bench) -> None:
    with bench.cloud() as cloud:
        job = next(iter(cloud.training.list()))
        cloud.training.delete(job.name)
    assert "train     succeeded" in again()


def test_a_variable_that_the_recipe_reads_is_seen(
    again: Callable[..., str], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (bench.folder / "recipe.yaml").read_text().replace("{seed: 7}", "{seed: {env: SHOP_SEED}}")
    bench.write("recipe.yaml", text)
    monkeypatch.setenv("SHOP_SEED", "3")
    assert UNCHANGED not in again()
    assert UNCHANGED in again()
    monkeypatch.setenv("SHOP_SEED", "4")
    assert UNCHANGED not in again()


def test_a_run_that_failed_or_waits_leaves_no_trail(again: Callable[..., str], bench: Bench) -> None:
    again("--set", "steps.register.approval=manual", code=4)
    assert UNCHANGED not in again("--set", "steps.register.approval=manual", code=4)


def test_a_damaged_trail_is_no_trail(again: Callable[..., str], own_home: Path) -> None:
    for path in (own_home / "unchanged").iterdir():
        path.write_text("{")
    assert UNCHANGED not in again()
    assert UNCHANGED in again()


def test_the_answer_loads_no_engine(again: Callable[..., str], bench: Bench) -> None:
    program = (
        "import sys\nfrom mlops_cloud.cli.main import answer\n"
        "assert answer(['run', 'recipe.yaml', '--project', 'shop']) == 0\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    again()
    command = [sys.executable, "-c", program]
    subprocess.run(command, cwd=bench.folder, check=True, capture_output=True)
    told = subprocess.run(command, cwd=bench.folder, check=True, capture_output=True, text=True).stderr
    assert UNCHANGED in told
    loaded = set(told.split())
    assert not loaded & {"pydantic", "yaml", "sqlite3", "rich", "pluggy", "numpy", "asyncio", "importlib.metadata"}
    assert mc.__name__ in loaded


def test_a_file_that_was_edited_while_the_run_went_on_is_looked_at(again: Callable[..., str], bench: Bench) -> None:
    # The first training edits its own source, as a person does who goes on working meanwhile.
    source = bench.folder / "train.py"
    first = source.read_text()
    source.write_text(f"{first}\nfrom pathlib import Path\nPath({str(source)!r}).write_text({first!r})\n")
    assert "train     succeeded" in again()
    assert UNCHANGED not in again()
    assert UNCHANGED in again()
