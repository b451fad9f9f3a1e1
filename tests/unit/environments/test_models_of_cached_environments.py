"""A model made in a cached environment is evaluated and used in one with the same packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc

if TYPE_CHECKING:
    from collections.abc import Callable

TRAIN = "import os, wheeltop\nopen(os.environ['MLOPS_MODEL_DIR'] + '/model.txt', 'w').write('half')\n"
PREDICTOR = "def load(folder):\n    return 0.5\n\n\ndef predict(model, rows):\n    return [model for _ in rows]\n"


@pytest.fixture
def trained(index: Any, project: Any) -> Callable[[Any], str]:
    index.add("numpy", "99.0")
    index.add("scikit_learn", "99.0", ["numpy"])
    rows = "".join(f"{number},{'ab'[number % 2]}\n" for number in range(20))
    (project.folder / "rows.csv").write_text(f"x,label\n{rows}")
    (project.folder / "train.py").write_text(TRAIN)
    (project.folder / "predictor.py").write_text(PREDICTOR)

    def train(requirements: Any) -> str:
        spec = mc.TrainingJob(
            name="t", script="train.py", predictor="predictor.py", environment={"requirements": requirements}
        )
        with project.cloud() as cloud:
            return str(cloud.training.submit(spec, folder=project.folder).wait(60).reference())

    return train


def prepared(project: Any, model: str, requirements: Any = ()) -> Any:
    fields = {"model": model, "data": "rows.csv", "target": "label", "task": "classification"}
    spec = mc.Evaluation(name="e", environment={"requirements": requirements}, **fields)
    with project.cloud() as cloud:
        return cloud.evaluation.prepare(spec, project.folder)


def test_an_evaluation_gets_what_the_model_was_trained_with(project: Any, trained: Any) -> None:
    lock = prepared(project, trained(["wheeltop"])).lock
    assert lock.lines == ("numpy==99.0", "scikit-learn==99.0", "wheelbase==1.0", "wheeltop==1.0")
    assert not lock.there


def test_what_the_step_asks_for_comes_in_too(index: Any, project: Any, trained: Any) -> None:
    index.add("plotter", "1.0")
    (project.folder / "requirements.txt").write_text("plotter\nnumpy>=90\n")
    lock = prepared(project, trained(["wheeltop"]), "requirements.txt").lock
    assert {"plotter==1.0", "wheelbase==1.0"} <= set(lock.lines)


def test_a_registered_version_brings_its_lock_along(project: Any, trained: Any) -> None:
    model = trained(["wheeltop"])
    with project.cloud() as cloud:
        version = cloud.models.register(mc.Model(name="m", model=model, alias="champion"))
    for source in ("m@champion", f"m:{version.version}", version.reference()):
        assert "wheelbase==1.0" in prepared(project, source).lock.lines


def test_a_batch_prediction_gets_it_too(project: Any, trained: Any) -> None:
    spec = mc.BatchPrediction(name="b", model=trained(["wheeltop"]), data="rows.csv")
    with project.cloud() as cloud:
        lock = cloud.batch.prepare(spec, project.folder).lock
    assert lock.lines == ("numpy==99.0", "wheelbase==1.0", "wheeltop==1.0")


def test_a_model_of_the_current_interpreter_adds_nothing(index: Any, project: Any, trained: Any) -> None:
    (project.folder / "train.py").write_text(TRAIN.replace(", wheeltop", ""))
    evaluation = prepared(project, trained(()))
    assert evaluation.lock.there
    assert evaluation.spec.environment.requirements == ()
