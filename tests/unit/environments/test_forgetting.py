"""`mlops-cloud environments`: what is kept, how large it is, and forgetting it; what a plan says of locks."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.cli.main import answer
from mlops_cloud.errors import ConflictError
from mlops_cloud.services.locks import LOCKS
from mlops_cloud.services.wheels import FOLDERS, WHEELS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECIPE = """
recipe: tiny
steps:
  plain: {kind: processing, script: plain.py}
  own: {kind: processing, script: own.py, environment: {requirements: [wheeltop]}}
"""


@pytest.fixture
def ask(project: Any, monkeypatch: Any, capsys: Any) -> Callable[..., tuple[int, str, str]]:
    (project.folder / "recipe.yaml").write_text(RECIPE)
    (project.folder / "plain.py").write_text("print('plain')\n")
    (project.folder / "own.py").write_text("import wheeltop, wheelbase\nprint(wheelbase.VERSION)\n")
    monkeypatch.chdir(project.folder)

    def asked(*words: str) -> tuple[int, str, str]:
        code = answer([*words, "--project", "shop"])
        out, err = capsys.readouterr()
        return code, out, err

    return asked


def zips(own_home: Path) -> list[Path]:
    """The stored objects that are wheels."""
    objects = [path for path in own_home.glob("local/store/objects/**/*") if path.is_file()]
    return [path for path in objects if zipfile.is_zipfile(path) and b"WHEEL" in path.read_bytes()]


def test_what_is_kept_is_listed_with_its_sizes(index: Any, ask: Any) -> None:
    assert ask("run", "recipe.yaml")[0] == 0
    code, out, _ = ask("environments", "list")
    assert code == 0
    (head, row) = [line.split() for line in out.splitlines() if line.strip() and not set(line) <= {"-", " ", "─"}]
    assert head == ["environment", "python", "packages", "wheels", "installed", "requirements"]
    assert row[2] == "2"
    assert row[-1] == "wheeltop"
    code, out, _ = ask("environments", "get", row[0], "-o", "json")
    found = json.loads(out)
    assert found["lines"] == ["wheelbase==1.0", "wheeltop==1.0"]
    assert found["built"][0]["size"] > 0
    assert ask("environments", "get", row[0][:4])[1].splitlines()[0].endswith(row[0])
    assert ask("environments", "get", "zz")[0] == 1


def test_a_forgotten_lock_is_made_anew(index: Any, ask: Any, own_home: Path) -> None:
    assert ask("run", "recipe.yaml")[0] == 0
    (name,) = ask("environments", "list", "-o", "name")[1].split()
    index.add("wheelbase", "1.5")
    assert len(zips(own_home)) == 2
    assert "2 cached" in ask("plan", "recipe.yaml")[1]
    assert ask("environments", "delete", name)[0] == 2, "there is no terminal to ask at"
    assert ask("environments", "delete", name, "--yes")[:2] == (0, f"deleted  {name}\n")
    assert list(own_home.glob("local/environments/*")) == []
    assert list(own_home.glob("local/store/wheels/*/*")) == []
    assert zips(own_home) == []
    assert ask("environments", "list", "-o", "name")[1] == ""
    code, _, err = ask("run", "recipe.yaml")
    assert code == 0
    assert "own    environment  locking 1 requirements" in err
    assert "plain  cached" in err
    code, out, _ = ask("plan", "recipe.yaml", "-o", "json")
    assert json.loads(out)["steps"][1]["lock"] == ["wheelbase==1.5", "wheeltop==1.0"]


def test_what_another_lock_needs_is_kept(index: Any, project: Any) -> None:
    project.run(project.job(["wheelbase==1.0"], "import wheelbase\n"))
    project.run(project.job(["wheeltop"]))
    with project.cloud() as cloud:
        cloud.environments.delete(max(cloud.environments.list(), key=lambda found: len(found.lines)))
        records = cloud.session.records
        assert [len(list(records.names(kind))) for kind in (LOCKS, FOLDERS, WHEELS)] == [1, 1, 1]
    index.empty()
    assert project.run(project.job(["wheelbase==1.0"], "import wheelbase\nprint('still')\n"))[1] == ["still"]


def test_an_environment_in_use_is_kept(index: Any, project: Any) -> None:
    script = "import wheeltop, time\ntime.sleep(60)\n"
    with project.cloud() as cloud:
        job = cloud.processing.submit(project.job(["wheeltop"], script), folder=project.folder)
        (found,) = cloud.environments.list()
        with pytest.raises(ConflictError, match=f"job {job.name} runs in"):
            cloud.environments.delete(found)
        job.cancel()
        job.follow(30)
        assert found.built
        cloud.environments.delete(found)
        assert list(cloud.environments.list()) == []


def test_a_plan_shows_the_lock_of_each_step(index: Any, ask: Any, monkeypatch: Any) -> None:
    code, out, _ = ask("plan", "recipe.yaml")
    assert code == 0
    plain, own = (line.split() for line in out.splitlines() if line.startswith(("plain", "own")))
    assert "here" in plain
    (name,) = (word for word in own if len(word) == 12)
    code, out, _ = ask("plan", "recipe.yaml", "-o", "json")
    step = json.loads(out)["steps"][1]
    assert step["lock"] == ["wheelbase==1.0", "wheeltop==1.0"]
    assert step["environment"] == f"environment {name}, 2 packages"
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    code, out, err = ask("plan", "recipe.yaml")
    assert code == 0
    assert "not yet" in out
    assert "own: not locked yet: no package index answers: " in err
    assert "refused" in err


def test_validate_says_what_will_be_missed_elsewhere(ask: Any, project: Any) -> None:
    (project.folder / "own.py").write_text("import pytest\n")
    (project.folder / "recipe.yaml").write_text(RECIPE.replace("wheeltop", "iniconfig"))
    code, _, err = ask("validate", "recipe.yaml")
    assert code == 0
    assert "recipe.yaml: advice: steps.own: the code imports pytest, which its requirements do not name" in err
