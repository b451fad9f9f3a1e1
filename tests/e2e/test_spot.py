"""Training on machines that are taken away ends with the very numbers of a training that nobody disturbed.

The script holds at named points until its machine is taken away, so that each test decides where that happens.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc
from mlops_cloud.cli.main import answer
from mlops_cloud.services.job_records import recorded_digests

if TYPE_CHECKING:
    from pathlib import Path

    from mlops_cloud.results.jobs import Job

TRAIN = """
import argparse, csv, os, pickle, random, signal, sys, time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=60)
parser.add_argument("--save-every", type=int, default=10)
parser.add_argument("--lr", type=float, default=0.05)
args = parser.parse_args()

def point(name):
    hold = Path(os.environ["HOLD"], name)
    if hold.exists():
        hold.unlink()
        time.sleep(600)

with open(Path(os.environ["SM_CHANNEL_TRAIN"]) / "rows.csv") as file:
    rows = [[float(text) for text in row] for row in csv.reader(file)]

rng = random.Random(7)
weights, step = [0.0, 0.0, 0.0], 0
checkpoint = Path(os.environ.get("MLOPS_CHECKPOINT_DIR", "checkpoints")) / "last.pkl"
{resume}
{save}
while step < args.steps:
    x1, x2, y = rng.choice(rows)
    error = weights[0] * x1 + weights[1] * x2 + weights[2] - y
    weights = [w - args.lr * error * x for w, x in zip(weights, (x1, x2, 1.0))]
    step += 1
    print(f"[metric] loss={{error ** 2!r}} step={{step}}", flush=True)
    point(f"step-{{step}}")
    if step % args.save_every == 0:
        save()
        point(f"saved-{{step}}")

mse = sum((weights[0] * a + weights[1] * b + weights[2] - y) ** 2 for a, b, y in rows) / len(rows)
Path(os.environ["SM_MODEL_DIR"], "weights.txt").write_text("\\n".join(map(repr, weights)))
print(f"[metric] mse={{mse!r}}", flush=True)
point("end")
"""
RESUME = """
if checkpoint.exists():
    with open(checkpoint, "rb") as file:
        state = pickle.load(file)
    weights, step = state["weights"], state["step"]
    rng.setstate(state["rng"])
    print("resumed from step", step, flush=True)
"""
CAREFUL = """
def save():
    part = checkpoint.with_suffix(".part")
    with open(part, "wb") as file:
        data = pickle.dumps({"weights": weights, "step": step, "rng": rng.getstate()})
        file.write(data[:1000])
        file.flush()
        point(f"save-{step}")
        file.write(data[1000:])
    os.replace(part, checkpoint)
"""
CARELESS = CAREFUL.replace('checkpoint.with_suffix(".part")', "checkpoint").replace(
    "    os.replace(part, checkpoint)\n", ""
)
ON_REQUEST = """
def save():
    pass

def stop(number, frame):
    with open(checkpoint, "wb") as file:
        pickle.dump({"weights": weights, "step": step, "rng": rng.getstate()}, file)
        file.flush()
        time.sleep(0.05)
    sys.exit(1)

signal.signal(signal.SIGTERM, stop)
"""
SCRIPTS = {"careful": CAREFUL, "careless": CARELESS, "on request": ON_REQUEST}
RECIPE = """
recipe: sgd
steps:
  train:
    kind: training
    script: train.py
    inputs: {train: rows.csv}
    env: {HOLD: "HERE"}
    compute: {spot: SPOT, max_runtime: 60s}
    RETRY
"""
TIMES = ", ".join(['"700ms"'] * 10)
PROFILE = f'[profiles.risky]\nprovider = "local"\nspot_interruptions = [{TIMES}]\nstop_grace = "2s"\n'


class Laboratory:
    """A recipe of one training, with and without interruptions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hold = folder / "hold"
        self.hold.mkdir()
        (folder / "mlops-cloud.toml").write_text(PROFILE)
        rng = random.Random(3)
        points = [(rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(50)]
        (folder / "rows.csv").write_text("".join(f"{a!r},{b!r},{2 * a - b + 0.5!r}\n" for a, b in points))

    def run(self, save: str, *points: str, spot: bool = True, retry: str = "") -> list[Job]:
        """The jobs that it took, oldest first."""
        (self.folder / "train.py").write_text(TRAIN.format(resume=RESUME, save=save))
        recipe = RECIPE.replace("HERE", str(self.hold)).replace("SPOT", str(spot).lower()).replace("RETRY", retry)
        (self.folder / "recipe.yaml").write_text(recipe)
        for name in points:
            (self.hold / name).touch()
        with self.cloud() as cloud:
            before = {job.name for job in cloud.training.list()}
            mc.Recipe.load(self.folder / "recipe.yaml").run(cloud).raise_for_errors()
            assert list(self.hold.iterdir()) == []
            return [job for job in cloud.training.list() if job.name not in before][::-1]

    def cloud(self) -> mc.Client:
        return mc.connect("risky", project="shop", folder=self.folder)

    def result(self, jobs: list[Job]) -> dict[str, Any]:
        """Everything that can be seen of the last of the jobs, but its times."""
        metrics = [(metric.name, metric.step, metric.value) for metric in jobs[-1].metrics]
        with self.cloud() as cloud:
            digests = recorded_digests(cloud.session, jobs[-1])
            assert cloud.training.get(jobs[-1].name) == jobs[-1]
        return {"metrics": metrics, "final": jobs[-1].latest_metrics(), "model": digests["model"]}


@pytest.fixture
def laboratory(tmp_path: Path) -> Laboratory:
    return Laboratory(tmp_path)


POINTS = [
    ["step-1"],
    ["step-10", "save-10"],
    ["step-25", "saved-30", "save-40"],
    ["save-10", "save-10", "step-59"],
    ["saved-60"],
    ["end"],
]


@pytest.mark.parametrize("points", POINTS, ids="+".join)
def test_the_numbers_are_those_of_a_training_that_nobody_disturbed(laboratory: Laboratory, points: list[str]) -> None:
    calm = laboratory.run(CAREFUL, spot=False)
    assert len(calm) == 1
    jobs = laboratory.run(CAREFUL, *points)
    assert len(jobs) > len(set(points))
    assert {job.failure.cause.value for job in jobs[:-1] if job.failure} == {"spot"}
    result = laboratory.result(jobs)
    assert result == laboratory.result(calm)
    assert [step for _, step, _ in result["metrics"]] == [*range(1, 61), None]


def test_a_script_that_saves_when_it_is_asked_to_stop_loses_nothing(laboratory: Laboratory) -> None:
    calm = laboratory.run(ON_REQUEST, spot=False)
    jobs = laboratory.run(ON_REQUEST, "step-7", "step-23", "step-58")
    assert laboratory.result(jobs) == laboratory.result(calm)
    assert [len(job.metrics) for job in jobs] == [7, 23, 58, 61], "what was measured up to then, nothing of it twice"


def test_a_checkpoint_that_is_torn_costs_a_fresh_start_and_no_wrong_number(laboratory: Laboratory) -> None:
    calm = laboratory.run(CARELESS, spot=False)
    jobs = laboratory.run(CARELESS, "save-30", retry="retry: {times: 10, on: [spot, failed]}")
    assert [job.failure.cause.value if job.failure else "" for job in jobs][-3:] == ["spot", "failed", ""]
    assert jobs[-1].metrics[0].step == 1
    assert laboratory.result(jobs) == laboratory.result(calm)


def test_a_run_tells_of_the_interruptions(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(laboratory.folder)
    laboratory.run(CAREFUL, spot=False)
    recipe = laboratory.folder / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("spot: false", "spot: true"))
    (laboratory.hold / "step-25").touch()
    assert answer(["run", "recipe.yaml", "--profile", "risky", "-o", "json"]) == 0
    told = capsys.readouterr()
    assert "again  attempt 2 of 11: it was interrupted on purpose, as spot machines are, after 700ms" in told.err
    job = json.loads(told.out)["steps"]["train"]["summary"]["job"]
    assert answer(["jobs", "describe", job, "--profile", "risky"]) == 0
    assert "from the checkpoint of sgd-train-" in capsys.readouterr().out


def test_twenty_interruptions_change_nothing(laboratory: Laboratory) -> None:
    calm = laboratory.run(CAREFUL, spot=False)
    (laboratory.folder / "mlops-cloud.toml").write_text(PROFILE.replace(TIMES, ", ".join(['"500ms"'] * 20)))
    retry = "retry: {times: 10, on: [spot]}"
    points = [f"step-{number}" for number in range(3, 60, 6)]
    for name in points:
        (laboratory.hold / name).touch()
    jobs: list[Job] = []
    while not jobs or jobs[-1].failure:
        try:
            jobs += laboratory.run(CAREFUL, retry=retry)
        except mc.JobFailedError:
            with laboratory.cloud() as cloud:
                jobs = list(cloud.training.list())[::-1][1:]
    assert len(jobs) >= len(points) + 1
    assert laboratory.result(jobs) == laboratory.result(calm)
