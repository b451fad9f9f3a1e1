"""The tracking server inside the shim, spoken to as MLflow's client speaks: its own wire form, by a plain script."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.bundle.archive import Entry, build_archive
from mlops_cloud.bundle.discovery import discover

if TYPE_CHECKING:
    from pathlib import Path

CLIENT = """
import json, os, sys, time, urllib.error, urllib.request

def call(method, path, token=None, raw=None, **fields):
    token = os.environ["MLFLOW_TRACKING_TOKEN"] if token is None else token
    url = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/" + path
    body = raw if raw is not None else json.dumps(fields).encode() if method != "GET" else None
    request = urllib.request.Request(url, body, {"Authorization": "Bearer " + token}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return {"status": error.code, **json.load(error)}

def run(**fields):
    return call("POST", "runs/create", experiment_id="0", **fields)["run"]["info"]["run_id"]

"""


def tracked(job: Any, text: str, folder: Path) -> Any:
    (job.recipe / "train.py").write_text(CLIENT + text)
    entry = Entry("script", "train.py", {}, mlflow="server")
    return job.run(build_archive(entry, discover("train.py", job.recipe), folder / "tracked.zip"))


def test_metrics_are_recorded_as_lines_would_be(job: Any, tmp_path: Path) -> None:
    finished = tracked(
        job,
        """
r = run(run_name="main")
print("[metric] before=1.0", flush=True)
call("POST", "runs/log-metric", run_id=r, key="loss", value=0.1, timestamp=1700000000123, step=3)
values = [("val loss", "NaN"), ("a/b", "Infinity"), ("c", "-Infinity"), ("tiny", 5e-324)]
metrics = [{"key": key, "value": value, "timestamp": "1700000000200", "step": "4"} for key, value in values]
call("POST", "runs/log-batch", run_id=r, metrics=metrics, params=[{"key": "lr", "value": "0.1"}],
     tags=[{"key": "t", "value": "v"}])
call("POST", "runs/log-metric", run_id=r, key="early", value=2, timestamp=1, step=-5)
while not os.path.exists(os.path.join(os.environ["MLOPS_MODEL_DIR"], "../record/metrics.jsonl")):
    time.sleep(0.01)
call("POST", "runs/update", run_id=r, status="FINISHED", end_time=5)
""",
        tmp_path,
    )
    assert finished.code == 0, finished.err
    rows = [row for row in job.metrics() if row["name"] != "before"]
    assert rows == [
        {"name": "loss", "value": 0.1, "step": 3, "time": 1700000000.123},
        {"name": "val_loss", "value": "nan", "step": 4, "time": 1700000000.2},
        {"name": "a/b", "value": "inf", "step": 4, "time": 1700000000.2},
        {"name": "c", "value": "-inf", "step": 4, "time": 1700000000.2},
        {"name": "tiny", "value": 5e-324, "step": 4, "time": 1700000000.2},
        {"name": "early", "value": 2.0, "step": None, "time": 0.001},
    ]
    assert finished.err.count("metric 'val loss' is recorded as val_loss") == 1
    (kept,) = (job.folder / "output/mlflow").glob("*/run.json")
    known = json.loads(kept.read_text())
    assert (known["name"], known["status"], known["parameters"]) == ("main", "FINISHED", {"lr": "0.1"})
    assert known["metrics"]["val loss"] == "NaN"


def test_nested_runs_keep_their_metrics_to_themselves(job: Any, tmp_path: Path) -> None:
    finished = tracked(
        job,
        """
r = run()
child = run(run_name="trial", tags=[{"key": "mlflow.parentRunId", "value": r}])
for step in range(3):
    call("POST", "runs/log-metric", run_id=child, key="loss", value=9 - step, timestamp=1, step=step)
call("POST", "runs/log-metric", run_id=r, key="loss", value=1, timestamp=1, step=0)
history = call("GET", "metrics/get-history?metric_key=loss&run_id=" + child)["metrics"]
print(json.dumps([[m["value"], m["step"]] for m in history]))
found = call("POST", "runs/search", experiment_ids=["0"])["runs"]
print(json.dumps([run["info"]["run_id"] == id for run, id in zip(found, [child, r])]))
print(call("GET", "runs/get?run_id=" + child)["run"]["data"]["metrics"][0]["value"])
""",
        tmp_path,
    )
    assert finished.out.decode().splitlines() == ["[[9.0, 0], [8.0, 1], [7.0, 2]]", "[true, true]", "7.0"], finished.err
    assert [row["value"] for row in job.metrics()] == [1.0]


def test_who_has_no_token_or_sends_nonsense_is_refused(job: Any, tmp_path: Path) -> None:
    finished = tracked(
        job,
        """
import socket, urllib.parse
r = run()
print(call("POST", "runs/log-metric", token="guess", run_id=r, key="x", value=1)["status"])
print(call("POST", "runs/log-metric", raw=b"[" * 100000)["status"])
print(call("POST", "runs/log-metric", raw=b"[1]")["status"])
print(call("POST", "runs/log-metric", run_id="../../x", key="x", value=1)["status"])
print(call("POST", "runs/log-metric", run_id=r, key="x", value="much")["status"])
print(call("POST", "runs/log-metric", run_id=r, key="x", value=1, step=2**63)["status"])
print(call("POST", "runs/log-batch", run_id=r, metrics=[{"key": "good", "value": 1}, {"key": "bad"}])["status"])
print(call("POST", "no/such")["error_code"])
place = urllib.parse.urlsplit(os.environ["MLFLOW_TRACKING_URI"])
with socket.create_connection((place.hostname, place.port)) as wire:
    wire.sendall(b"POST /api/2.0/mlflow/runs/create HTTP/1.1\\r\\nContent-Length: 99999999999\\r\\n\\r\\n")
    print(wire.recv(100).split()[1].decode())
print(place.hostname, call("GET", "experiments/get?experiment_id=0")["experiment"]["name"])
""",
        tmp_path,
    )
    expected = ["401", "400", "400", "404", "400", "400", "400", "NOT_IMPLEMENTED", "429", "127.0.0.1 Default"]
    assert finished.out.decode().splitlines() == expected, finished.err
    assert not (job.folder / "record/metrics.jsonl").exists()


def test_a_changed_parameter_a_logged_model_and_a_registered_one(job: Any, tmp_path: Path) -> None:
    finished = tracked(
        job,
        """
r = run()
assert call("POST", "runs/log-parameter", run_id=r, key="lr", value="1") == {}
assert "lr" in call("POST", "runs/log-parameter", run_id=r, key="lr", value="2")["message"]
model = call("POST", "logged-models", experiment_id="0", name="m", source_run_id=r)["model"]["info"]
ready = call("PATCH", "logged-models/" + model["model_id"], status="LOGGED_MODEL_READY")["model"]["info"]
assert ready["status"] == "LOGGED_MODEL_READY", ready
assert os.path.isdir(model["artifact_uri"][7:])
call("POST", "registered-models/create", name="churn")
assert call("POST", "model-versions/create", name="churn", source="x")["model_version"]["version"] == "1"
""",
        tmp_path,
    )
    assert finished.code == 0, finished.err
    assert "a step of kind model registers" in finished.err


def test_a_stopped_job_keeps_what_was_reported(job: Any, tmp_path: Path) -> None:
    (job.recipe / "train.py").write_text(
        CLIENT + "r = run()\ncall('POST', 'runs/log-metric', run_id=r, key='x', value=1)\n"
        "print('ready', flush=True)\ntime.sleep(60)\n"
    )
    entry = Entry("script", "train.py", {}, mlflow="server")
    process = job.start(build_archive(entry, discover("train.py", job.recipe), tmp_path / "tracked.zip"))
    assert process.stdout.readline() == b"ready\n"
    process.terminate()
    assert job.finish(process).code == 30
    assert [row["name"] for row in job.metrics()] == ["x"]
    assert list((job.folder / "output/mlflow").glob("*/run.json"))


@pytest.mark.parametrize("proxy", ["", "http://10.0.0.1:3128"])
def test_the_client_is_told_where_and_by_no_proxy(job: Any, tmp_path: Path, proxy: str) -> None:
    if proxy:
        job.environ |= {"http_proxy": proxy, "NO_PROXY": "corp"}
    finished = tracked(
        job, "print(os.environ.get('NO_PROXY'), os.environ['MLFLOW_DISABLE_TELEMETRY'], run())", tmp_path
    )
    said = finished.out.decode().split()
    assert said[:2] == ["corp,127.0.0.1" if proxy else "None", "true"]
    assert len(said[2]) == 32
