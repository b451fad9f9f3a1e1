"""The five steps as each contestant runs them: all of them call the functions of workloads/lifecycle.py."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from environments import OURS, home, program
from measuring import Contestant
from warmth import emptied, kept_warm, short_lived

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WORKLOADS = Path(__file__).with_name("workloads")
QUIET = {
    "DVC_NO_ANALYTICS": "1",
    "KEDRO_DISABLE_TELEMETRY": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "ZENML_ANALYTICS_OPT_IN": "false",
    "DO_NOT_TRACK": "1",
    "USERNAME": "benchmark",
}
_TABLE = """
import sys
from sklearn.datasets import load_breast_cancer
frame = load_breast_cancer(as_frame=True).frame
frame.columns = [name.replace(" ", "_") for name in frame.columns]
frame["diagnosis"] = frame.pop("target").map({0: "malignant", 1: "benign"})
frame.to_csv(sys.argv[1], index=False)
"""


def folder(name: str) -> Path:
    """The contestant's working folder; what it kept from earlier runs is there."""
    found = home() / "work" / name
    found.mkdir(parents=True, exist_ok=True)
    return found


def table() -> Path:
    """The breast-cancer table as CSV."""
    path = folder("data") / "breast-cancer.csv"
    if not path.exists():
        subprocess.run([program(OURS), "-c", _TABLE, path], check=True)
    return path


def plain() -> Contestant:
    """The script without any tool, in our environment."""
    return _script("plain script", OURS, "plain.py", folder("plain"))


def ours_cold() -> Contestant:
    """`mlops-cloud run` with nothing known from before, and every job in an interpreter of its own."""
    contestant = _ours("mlops-cloud run cold", "cold")
    environment = {**contestant.environment, "MLOPS_CLOUD_WARM_START": "off"}
    return replace(contestant, environment=environment, before=partial(emptied, contestant.folder / "home"))


def ours_starting_warm() -> Contestant:
    """`mlops-cloud run` with nothing known from before: the first job that wants a warm server starts it."""
    contestant = _ours("mlops-cloud run", "starting")
    return replace(contestant, before=partial(emptied, contestant.folder / "home"))


def ours_warm() -> Contestant:
    """The same while the warm server of an earlier run is there."""
    return kept_warm(_ours("mlops-cloud run warm", "warm"))


def ours_cached() -> Contestant:
    """`mlops-cloud run` again."""
    return _ours("mlops-cloud run cached")


def ours_touched() -> Contestant:
    """The same after a script was saved unchanged: its content answers."""
    contestant = _ours("mlops-cloud run touched")
    return replace(contestant, before=(contestant.folder / "train.py").touch)


def ours_remarked() -> Contestant:
    """The same after a remark was added to the recipe: nothing but the key of every step can answer."""
    contestant = _ours("mlops-cloud run remarked")
    return replace(contestant, before=lambda: remark(contestant.folder / "recipe.yaml"))


def remark(recipe: Path) -> None:
    """Add a line that means nothing."""
    with recipe.open("a") as stream:
        stream.write("# a remark\n")


def kedro() -> Contestant:
    """Kedro keeps no record of a run."""
    return _script("kedro", "kedro", "run_kedro.py", folder("kedro"))


def dagster() -> Contestant:
    """Dagster, all steps in one process."""
    return _script("dagster", "dagster", "run_dagster.py", folder("dagster"))


def mlflow() -> Contestant:
    """MLflow, one process; it has no cache."""
    return _script("mlflow", "mlflow", "run_mlflow.py", folder("mlflow"))


def zenml_fresh() -> Contestant:
    """ZenML, one process, nothing taken from the cache."""
    return _zenml("zenml", "fresh")


def zenml_cached() -> Contestant:
    """ZenML again."""
    return _zenml("zenml cached")


def metaflow() -> Contestant:
    """Metaflow, every step its own process."""
    place = folder("metaflow")
    environment = {
        "PYTHONPATH": str(WORKLOADS),
        "METAFLOW_USER": "benchmark",
        "BENCHMARK_CSV": str(table()),
        "BENCHMARK_FOLDER": str(place / "out"),
    }
    command = (str(program("metaflow")), str(WORKLOADS / "run_metaflow.py"), "run")
    return Contestant("metaflow", command, place, {**QUIET, **environment}, answer=_kept_by(place / "out"))


def dvc_fresh() -> Contestant:
    """`dvc repro --force`, every stage its own process."""
    return _dvc("dvc", "--force")


def dvc_cached() -> Contestant:
    """`dvc repro` again."""
    return _dvc("dvc cached")


def dvc_folder(name: str, stages: Mapping[str, object]) -> Path:
    """A DVC project with these stages."""
    place = folder(name)
    if not (place / ".dvc").exists():
        subprocess.run(["git", "init", "--quiet"], cwd=place, check=True)
        subprocess.run([program("dvc", "dvc"), "init", "--quiet"], cwd=place, check=True)
    (place / "dvc.yaml").write_text(json.dumps({"stages": stages}, indent=1))
    return place


def zenml_folder() -> Path:
    """A ZenML repository that holds the scripts, since ZenML refuses those outside."""
    place = folder("zenml")
    if not (place / ".zen").exists():
        command = (str(program("zenml", "zenml")), "init")
        subprocess.run(command, cwd=place, env={**os.environ, **zenml_environment(place)}, check=True)
    for script in ("lifecycle.py", "run_zenml.py", "count_zenml.py"):
        shutil.copy(WORKLOADS / script, place)
    return place


def zenml_environment(place: Path) -> dict[str, str]:
    """Everything ZenML keeps lies in the folder."""
    return {**QUIET, "ZENML_CONFIG_PATH": str(place / "config"), "AUTO_OPEN_DASHBOARD": "false"}


def _ours(name: str, place_name: str = "") -> Contestant:
    place = folder(f"{OURS}-{place_name}" if place_name else OURS)
    for source in (*(WORKLOADS / "five_steps").iterdir(), WORKLOADS / "lifecycle.py", table()):
        if source.is_file():
            shutil.copy(source, place)
    command = (str(program(OURS, "mlops-cloud")), "run", "recipe.yaml", "-o", "json")
    environment = {"MLOPS_CLOUD_HOME": str(place / "home")}
    return short_lived(Contestant(name, command, place, environment, answer=_accuracy_of_run))


def _accuracy_of_run(output: str) -> float:
    return float(json.loads(output)["steps"]["evaluate"]["summary"]["metrics"]["accuracy"]["value"])


def _script(
    name: str, environment: str, script: str, place: Path, *words: str, scripts: Path = WORKLOADS
) -> Contestant:
    out = place / "out"
    out.mkdir(exist_ok=True)
    command = (str(program(environment)), str(scripts / script), str(table()), str(out), *words)
    return Contestant(name, command, place, zenml_environment(place), answer=_kept_by(out))


def _kept_by(out: Path) -> Callable[[str], float]:
    return lambda _: float(json.loads((out / "metrics.json").read_text())["accuracy"])


def _zenml(name: str, *words: str) -> Contestant:
    place = zenml_folder()
    return _script(name, "zenml", "run_zenml.py", place, *words, scripts=place)


def _dvc(name: str, *words: str) -> Contestant:
    python, script = program("dvc"), WORKLOADS / "dvc_stage.py"
    needs = {
        "load": "",
        "split": "table.pkl",
        "train": "parts.pkl",
        "evaluate": "model.pkl",
        "register": "accuracy.pkl",
    }
    makes = {"load": "table.pkl", "split": "parts.pkl", "train": "model.pkl", "evaluate": "accuracy.pkl"}
    stages = {
        stage: {
            "cmd": f"{python} {script} {stage} {table()}",
            "deps": [str(script), need or str(table())],
            "outs": [makes.get(stage, "registered")],
        }
        for stage, need in needs.items()
    }
    place = dvc_folder("dvc", stages)
    command = (str(program("dvc", "dvc")), "repro", *words)
    return Contestant(name, command, place, QUIET, answer=_kept_by(place / "registered"))
