"""outputs.json: the digests of what a job made, by one rule everywhere."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.durable.hashing import digest_of, file_digest

if TYPE_CHECKING:
    from pathlib import Path

WRITES = """
import os
from pathlib import Path
output, model = Path(os.environ["MLOPS_OUTPUT_DIR"]), Path(os.environ["MLOPS_MODEL_DIR"])
(output / "table.csv").write_text("a,b\\n")
for name in ("parts/b.txt", "parts-of/a.txt", "parts/deep/ä.txt", "parts/deep/empty"):
    (output / name).parent.mkdir(parents=True, exist_ok=True)
    (output / name).write_text(name * (name[-1] != "y"))
(output / "nothing").mkdir(exist_ok=True)
(model / "large").write_bytes(bytes(range(256)) * 10000)
"""
LINKS = """
import os
from pathlib import Path
output = Path(os.environ["MLOPS_OUTPUT_DIR"])
(output / "step-1").write_text("weights")
(output / "last").symlink_to("step-1")
(output / "gone").symlink_to("nothing")
(output / "again").symlink_to(".")
os.mkfifo(output / "pipe")
"""
EMPTY = {"digest": sha256(b"[]").hexdigest()}


def recorded(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "outputs.json").read_text())
    return found


def rows(folder: Path) -> list[list[object]]:
    """A folder as manifests elsewhere describe it."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return [[name, path.stat().st_size, file_digest(path, "sha256")] for name, path in sorted(paths.items())]


def test_the_rule(job: Any) -> None:
    job.outputs = {"table": "table.csv", "parts": "parts/", "nothing": "nothing"}
    assert job.run(job.script(WRITES)).code == 0
    found = recorded(job.folder / "record")
    assert set(found) == {"model", "output", "checkpoint", "table", "parts", "nothing"}
    assert found["table"] == {"digest": sha256(b"a,b\n").hexdigest()}
    texts = [("b.txt", "parts/b.txt"), ("deep/empty", ""), ("deep/ä.txt", "parts/deep/ä.txt")]
    listed = [[path, len(text.encode()), sha256(text.encode()).hexdigest()] for path, text in texts]
    canonical = json.dumps(listed, separators=(",", ":"), ensure_ascii=False).encode()
    assert found["parts"] == {"digest": sha256(canonical).hexdigest()}
    assert found["checkpoint"] == found["nothing"] == EMPTY


def test_the_digests_are_those_of_the_library(job: Any) -> None:
    job.outputs = {"parts": "parts/"}
    job.run(job.script(WRITES))
    found = recorded(job.folder / "record")
    for name, folder in (("model", "model"), ("output", "output"), ("parts", "output/parts")):
        assert found[name] == {"digest": digest_of(rows(job.folder / folder))}


def test_a_job_that_fails_records_none(job: Any) -> None:
    job.outputs = {"table": "nothing.csv"}
    assert job.run(job.script(WRITES)).code == 20
    assert not (job.folder / "record/outputs.json").exists()


def test_a_folder_that_the_script_removed_has_none(job: Any) -> None:
    job.run(job.script("import os\nos.rmdir(os.environ['MLOPS_CHECKPOINT_DIR'])"))
    assert set(recorded(job.folder / "record")) == {"model", "output"}


def test_what_a_platform_puts_into_a_folder_does_not_count(job: Any, tmp_path: Path) -> None:
    """Azure ML's default folders lie in each other, and its record lies in the outputs."""
    job.outputs = {"table": "table.csv"}
    archive = job.script(WRITES + "print('[metric] auc=0.5')")
    assert job.run(archive).code == 0
    names = ("output-dir", "model-dir", "checkpoint-dir")
    arguments = [f"--mlops-{name}={tmp_path}/outputs/{name}" for name in names[1:]]
    nested = job.start_as_is(
        archive, f"--mlops-output-dir={tmp_path}/outputs", *arguments, environ={"AZUREML_RUN_ID": "kit"}
    )
    assert job.finish(nested).code == 0
    assert (tmp_path / "outputs/mlops/metrics.jsonl").exists()
    assert (tmp_path / "outputs/model-dir/large").exists()
    assert recorded(tmp_path / "outputs/mlops") == recorded(job.folder / "record")


def test_running_again_in_the_same_place_gives_the_same(job: Any, tmp_path: Path) -> None:
    (tmp_path / "ml/input/config").mkdir(parents=True)
    archive = job.script(WRITES)
    found = []
    for _ in range(2):
        started = job.start_as_is(archive, environ={"SAGEMAKER_BASE_DIR": str(tmp_path / "ml")})
        assert job.finish(started).code == 0
        found.append(recorded(tmp_path / "ml/output/data/mlops"))
    assert found[0] == found[1]


def test_links_inside_count_as_what_they_show(job: Any) -> None:
    assert job.run(job.script(LINKS)).code == 0
    weights = [len(b"weights"), sha256(b"weights").hexdigest()]
    found = recorded(job.folder / "record")
    assert found["output"] == {"digest": digest_of([["last", *weights], ["step-1", *weights]])}


def test_a_link_to_an_input_counts(job: Any, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.txt").write_text("stored")
    job.description["inputs"] = {"data": str(tmp_path / "data")}
    job.outputs = {"a": "a.txt"}
    job.environ["TMPDIR"] = str(tmp_path / "elsewhere")
    script = (
        "import os\nos.symlink(os.environ['MLOPS_INPUT_DATA'] + '/a.txt', os.environ['MLOPS_OUTPUT_DIR'] + '/a.txt')"
    )
    assert job.run(job.script(script)).code == 0
    assert recorded(job.folder / "record")["a"] == {"digest": sha256(b"stored").hexdigest()}


@pytest.mark.parametrize("target", ["/", "/proc/self/mem", "/dev/zero", "/nothing/there"])
@pytest.mark.parametrize("place", ["all", "deep/all"])
def test_a_link_that_leads_out_is_refused(job: Any, target: str, place: str) -> None:
    job.environ["TMPDIR"] = str(job.folder / "tmp")
    job.outputs = {"deep": "deep"}
    script = (
        "import os\nos.chdir(os.environ['MLOPS_OUTPUT_DIR'])\nos.mkdir('deep')\nopen('deep/x', 'w').close()\n"
        f"os.symlink({target!r}, {place!r})\n"
    )
    assert job.run(job.script(script)).code == 20
    assert job.failure()["message"] == f"output/{place} is a link to {target}: outputs are plain files and folders"
    assert not (job.folder / "record/outputs.json").exists()


def test_a_name_that_is_no_text_is_refused(job: Any) -> None:
    script = "import os\nopen(os.environb[b'MLOPS_OUTPUT_DIR'] + b'/\\xff.csv', 'w').close()"
    assert job.run(job.script(script)).code == 20
    assert "not UTF-8" in job.failure()["message"]
    assert "udcff.csv" in job.failure()["message"]
