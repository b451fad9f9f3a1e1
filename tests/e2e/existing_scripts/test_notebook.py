"""A notebook as a training step, in a cached environment with papermill and a kernel."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

import mlops_cloud as mc
from mlops_cloud.recipes.advice import advice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHANGED = "len(rows)"
WAITING = """
import signal, time
def save(*_):
    open(os.environ["MLOPS_CHECKPOINT_DIR"] + "/saved", "w").close()
    raise SystemExit
{handler}
print("waiting", os.getpid())
time.sleep(60)
"""


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def notebook(project: Callable[[str], Any], environments: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The author's notebook; its environment is built once for all tests here."""
    monkeypatch.setenv("MLOPS_CLOUD_HOME", str(environments))
    return project("notebook")


def change_last_line_of_reading(shop: Any, text: str) -> None:
    path = shop.folder / "notebooks/train.ipynb"
    document = json.loads(path.read_text())
    cell = next(cell for cell in document["cells"] if cell["source"][-1] == CHANGED)
    cell["source"][-1] = text
    path.write_text(json.dumps(document))


def waited_for(look: Callable[[], list[str]]) -> list[str]:
    end = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


@pytest.mark.contract
def test_a_notebook_trains(notebook: Any) -> None:
    job = notebook.trained()
    losses = [(metric.step, metric.value) for metric in job.metrics if metric.name == "loss"]
    assert losses == [(0, 0.5), (1, 0.25)]
    assert job.latest_metrics()["rows"] == 60
    kept = json.loads(notebook.files(job, "output")["train.ipynb"])
    (injected,) = [cell for cell in kept["cells"] if "injected-parameters" in cell["metadata"].get("tags", [])]
    assert "learning_rate = 0.5" in "".join(injected["source"])
    with mc.connect("local", project="shop", folder=notebook.folder) as cloud:
        lines = {line.strip() for line in cloud.training.logs(job.name).lines}
    assert {"from the shell", "to stderr"} <= lines


@pytest.mark.contract
def test_a_failing_cell_fails_the_job_with_its_traceback(notebook: Any) -> None:
    error = notebook.run(bad=True).errors["train"]
    assert "IndexError: list index out of range" in str(error)
    assert any("rows[len(rows)]" in line for line in error.log_tail)


@pytest.mark.contract
@pytest.mark.parametrize("handler", ["", "signal.signal(signal.SIGTERM, save)"])
def test_a_stopped_notebook_may_save_and_leaves_no_kernel(notebook: Any, environments: Path, handler: str) -> None:
    change_last_line_of_reading(notebook, WAITING.format(handler=handler))
    with mc.connect("local", project="shop", folder=notebook.folder) as cloud:
        job = cloud.training.submit(notebook.load().steps["train"].bind({}), folder=notebook.folder)
        (said,) = waited_for(lambda: [line for line in job.logs() if line.startswith("waiting")])
        kernel = psutil.Process(int(said.split()[1]))
        began = time.monotonic()
        job.cancel()
        ended = job.follow()
        assert ended.status == "cancelled"
        assert time.monotonic() - began < 8, "it was not killed at the end of its grace"
        kernel.wait(5)
        assert bool(list(environments.rglob("saved"))) == bool(handler)


@pytest.mark.contract
def test_a_kernel_goes_with_the_process_that_asked_for_it(notebook: Any) -> None:
    change_last_line_of_reading(notebook, WAITING.format(handler="signal.signal(signal.SIGTERM, signal.SIG_IGN)"))
    with mc.connect("local", project="shop", folder=notebook.folder) as cloud:
        job = cloud.training.submit(notebook.load().steps["train"].bind({}), folder=notebook.folder)
        (said,) = waited_for(lambda: [line for line in job.logs() if line.startswith("waiting")])
        kernel = psutil.Process(int(said.split()[1]))
        kernel.parent().kill()
        kernel.wait(5)
        assert job.follow().failure.message.endswith("was killed by SIGKILL")


def test_what_only_ipython_understands_hides_no_advice(project: Callable[[str], Any]) -> None:
    shop = project("notebook")
    assert list(advice(shop.load())) == []
    change_last_line_of_reading(shop, 'open("/opt/ml/input/data/train/x.csv")')
    (line,) = advice(shop.load())
    assert line.startswith("steps.train: train.ipynb, code cell 3, has the path /opt/ml/input/data/train/x.csv")
    assert "SM_CHANNEL_TRAIN" in line
