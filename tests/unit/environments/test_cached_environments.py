"""Jobs in an environment that is made of their lock: made once, from stored wheels, whole or not at all."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc
from mlops_cloud.errors import IndexUnreachableError, JobFailedError, ProviderError, UnsupportedError
from mlops_cloud.packages import tools
from mlops_cloud.services.wheels import WHEELS
from mlops_cloud_local import interpreters
from mlops_cloud_local.environments import Environments

if TYPE_CHECKING:
    from pathlib import Path

OTHER = next((minor for minor in interpreters.versions() if minor != interpreters.this_one().minor), "")


def marks(own_home: Path) -> list[Path]:
    return sorted(own_home.glob("local/environments/*/environment.json"))


def test_a_job_gets_what_its_lock_names_and_nothing_else(index: Any, project: Any, own_home: Path) -> None:
    script = "import wheelbase, sys\nprint(wheelbase.VERSION, sys.prefix)\nimport pytest\n"
    with project.cloud() as cloud:
        job = cloud.processing.submit(project.job(["wheeltop"], script), folder=project.folder).follow(60)
    (mark,) = marks(own_home)
    assert job.failure is not None
    assert job.failure.log_tail[0] == f"1.0 {mark.parent}"
    assert job.failure.message == "ModuleNotFoundError: No module named 'pytest'"


def test_the_second_job_asks_no_index(index: Any, project: Any, server: Any, monkeypatch: Any, own_home: Path) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", server.url)
    record, said, _ = project.run(project.job(["wheeltop"]))
    assert said == ["1.0"]
    assert project.told[1:] == ["fetching 2 of 2 packages", f"{record['environment'][12:24]} has its 2 packages"]
    assert server.paths, "the first one did ask"
    (mark,) = marks(own_home)
    made = mark.stat()
    server.paths.clear()
    index.empty()
    again, said, _ = project.run(project.job(["wheeltop"], "import wheelbase\nprint('again', wheelbase.VERSION)\n"))
    assert said == ["again 1.0"]
    assert (server.paths, project.told) == ([], [])
    assert again["environment"] == record["environment"] == f"environment {mark.parent.name[:12]}, 2 packages"
    assert mark.stat().st_mtime_ns == made.st_mtime_ns


def test_jobs_say_when_they_run_in_the_current_interpreter(project: Any) -> None:
    record, _, _ = project.run(project.job(["pytest"], "import pytest\n"))
    assert record["environment"] == "the current interpreter"


def test_a_wheel_that_another_lock_has_is_not_fetched_again(index: Any, project: Any) -> None:
    project.run(project.job(["wheelbase==1.0"], "import wheelbase\n"))
    project.run(project.job(["wheeltop"]))
    assert project.told[1] == "fetching 1 of 2 packages"


def test_many_jobs_make_one_environment(index: Any, project: Any, own_home: Path, monkeypatch: Any) -> None:
    made = []
    make = Environments._make
    monkeypatch.setattr(
        Environments, "_make", lambda self, folder, *rest: (made.append(folder), make(self, folder, *rest))
    )

    def run(number: int) -> list[str]:
        spec = project.job(["wheeltop"]).with_changes(name=f"job-{number}")
        with mc.connect("local", project="shop", folder=project.folder) as cloud:
            job = cloud.processing.submit(spec, folder=project.folder)
            job.wait(60)
            return list(job.logs())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(4))) == [["1.0"]] * 4
    assert len(made) == len(marks(own_home)) == 1


def test_half_an_environment_is_not_believed(index: Any, project: Any, own_home: Path) -> None:
    project.run(project.job(["wheeltop"]))
    (mark,) = marks(own_home)
    mark.unlink()  # as a power cut leaves it
    for module in mark.parent.glob("lib/*/site-packages/wheelbase"):
        shutil.rmtree(module)
    _, said, _ = project.run(project.job(["wheeltop"], "import wheelbase\nprint('whole')\n"))
    assert said == ["whole"]
    assert marks(own_home) == [mark]


def test_an_environment_that_cannot_be_made_leaves_nothing(index: Any, project: Any, own_home: Path) -> None:
    project.run(project.job(["wheelbase==2.0"], "import wheelbase\n"))
    (mark,) = marks(own_home)
    shutil.rmtree(mark.parent)
    for wheel in own_home.glob("local/store/wheels/*/*.whl"):
        wheel.chmod(0o600)
        wheel.write_bytes(b"x" * wheel.stat().st_size)
    with pytest.raises(ProviderError, match=r"environment [0-9a-f]{12} could not be made"):
        project.run(project.job(["wheelbase==2.0"], "import wheelbase\nprint(2)\n"))
    assert list(own_home.glob("local/environments/*")) == []
    with project.cloud() as cloud:
        assert [job.status for job in cloud.processing.list()] == ["succeeded"], "no second job was begun"


def test_a_wheel_that_is_gone_is_named_when_nobody_has_it(
    index: Any, project: Any, own_home: Path, monkeypatch: Any
) -> None:
    project.run(project.job(["wheeltop"]))
    with project.cloud() as cloud:
        records = {name: cloud.session.records.get(WHEELS, name) for name in cloud.session.records.names(WHEELS)}
        (gone,) = (record for record in records.values() if record["line"] == "wheelbase==1.0")
        cloud.provider.storage.delete(gone["uri"])
    for wheel in own_home.glob("local/store/wheels/*/wheelbase-*"):
        wheel.unlink()
    again = project.job(["wheeltop"], "import wheelbase\nprint('again')\n")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(IndexUnreachableError, match=r"the wheels of wheelbase==1\.0 are not stored yet") as caught:
        project.run(again)
    assert "connect to the network" in caught.value.fix
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.folder))
    assert project.run(again)[1] == ["again"]


def test_a_script_that_imports_what_its_lock_lacks_is_told_what_to_add(index: Any, project: Any) -> None:
    (project.folder / "requirements.txt").write_text("wheeltop\n")
    with pytest.raises(JobFailedError, match="No module named 'sklearn'") as caught:
        project.run(project.job("requirements.txt", "import sklearn.linear_model\n"))
    assert caught.value.fix == "add the line `scikit-learn` to requirements.txt"


def test_advice_comes_before_where_the_import_would_succeed_here_only(project: Any) -> None:
    script = "import pytest, iniconfig, json, no_such_module_anywhere\nimport hypothesis\n"
    with pytest.raises(JobFailedError, match="no_such_module_anywhere"):
        project.run(project.job(["pytest"], script))
    (line,) = project.told
    assert "imports hypothesis, which its requirements do not name" in line
    assert "add the line `hypothesis` to environment.requirements" in line


@pytest.mark.skipif(not OTHER, reason="there is one Python on PATH")
def test_a_job_runs_with_another_python(index: Any, project: Any) -> None:
    script = "import sys\nprint('%d.%d' % sys.version_info[:2])\n"
    record, said, _ = project.run(project.job([], script, environment={"python": OTHER}))
    assert said == [OTHER]
    assert OTHER in record["environment"]
    index.add("wheelmark", "1.0", [f"wheelbase<2; python_version == '{OTHER}'"])
    script += "import wheelmark, wheelbase\n"
    record, said, _ = project.run(project.job(["wheelmark"], script, environment={"python": OTHER}))
    assert said == [OTHER]
    assert record["lock"] == "wheelbase==1.0\nwheelmark==1.0\n"


def test_a_python_that_is_not_here_is_refused_with_those_that_are(project: Any) -> None:
    with project.cloud() as cloud, pytest.raises(UnsupportedError) as caught:
        cloud.processing.submit(project.job([], environment={"python": "3.7"}), folder=project.folder)
    assert "environment.python" in caught.value.why
    assert interpreters.this_one().minor in caught.value.why


def test_a_wrapper_that_leads_elsewhere_is_no_python(tmp_path: Path, monkeypatch: Any) -> None:
    wrapper = tmp_path / "python3.9"
    wrapper.write_text(f'#!/bin/sh\nexec {json.dumps(interpreters.this_one().path)} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "uv", list)
    interpreters.found.cache_clear()
    try:
        assert interpreters.found("3.9") is None
    finally:
        interpreters.found.cache_clear()
