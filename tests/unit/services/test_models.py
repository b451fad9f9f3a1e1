from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mlops_cloud as mc
from mlops_cloud.errors import ConflictError, CorruptStateError, InvalidSpecError, NotFoundError
from mlops_cloud.results.identity import Uri

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlops_cloud.services.waiting import SubmittedJob

TRAIN = """
import os
from pathlib import Path
Path(os.environ["MLOPS_MODEL_DIR"], "{name}").write_text("{text}")
"""


@pytest.fixture
def train(
    cloud: mc.Client, write: Callable[[str, str], Path], people: Path, tmp_path: Path
) -> Callable[..., SubmittedJob]:
    data = cloud.datasets.create(mc.Dataset(name="people", source=str(people), target="label"))

    def trained(text: str = "weights", name: str = "model.txt", **fields: object) -> SubmittedJob:
        write("train.py", TRAIN.format(name=name, text=text))
        spec = mc.TrainingJob(name="fit", script="train.py", inputs={"train": data}, parameters={"depth": 3}, **fields)
        job = cloud.training.submit(spec, folder=tmp_path)
        job.wait()
        return job

    return trained


def test_a_version_knows_where_it_comes_from(
    cloud: mc.Client, train: Callable[..., SubmittedJob], tmp_path: Path
) -> None:
    job = train()
    version = cloud.models.register(mc.Model(name="fit", model=job, alias="champion"))
    assert (version.version, version.aliases, version.approval) == (1, ("champion",), "approved")
    assert version.lineage["job"] == job.name
    assert version.lineage["parameters"] == {"depth": 3}
    assert version.lineage["data"]["train"].startswith("dataset://people/")
    bundle = cloud.models.download(version, tmp_path / "bundle")
    assert (bundle.folder / "model/model.txt").read_text() == "weights"
    assert (bundle.folder / "requirements.lock").read_text().count("==") > 5


def test_the_same_model_is_registered_once_and_another_is_the_next(
    cloud: mc.Client, train: Callable[..., SubmittedJob]
) -> None:
    job = train()
    spec = mc.Model(name="fit", model=job, alias="champion")
    assert cloud.models.register(spec).version == cloud.models.register(spec).version == 1
    second = cloud.models.register(mc.Model(name="fit", model=train("better"), alias="champion"))
    assert second.version == 2
    assert cloud.models.named("fit@champion").version == 2
    assert cloud.models.get("fit", 1).aliases == ()


def test_an_alias_waits_for_approval(cloud: mc.Client, train: Callable[..., SubmittedJob]) -> None:
    version = cloud.models.register(mc.Model(name="fit", model=train(), alias="champion", approval="manual"))
    assert (version.approval, version.aliases) == ("pending", ())
    with pytest.raises(NotFoundError):
        cloud.models.named("fit@champion")
    with pytest.raises(ConflictError, match="pending"):
        cloud.models.alias(version, "champion")
    approved = cloud.models.approve(version, reason="looked at it", by="ada")
    assert (approved.approval, approved.aliases) == ("approved", ("champion",))
    assert [(decision.by, decision.reason) for decision in approved.decisions] == [("ada", "looked at it")]
    with pytest.raises(ConflictError, match="champion"):
        cloud.models.reject(approved)


def test_one_changed_byte_is_found_at_every_load(
    cloud: mc.Client, train: Callable[..., SubmittedJob], tmp_path: Path
) -> None:
    version = cloud.models.register(mc.Model(name="fit", model=train()))
    stored = cloud.provider.storage.download(Uri(f"{version.uri}/model/model.txt"), tmp_path / "one")
    stored.chmod(0o600)
    stored.write_text("weighty")
    with pytest.raises(CorruptStateError, match=r"model/model\.txt"):
        cloud.models.download(version, tmp_path / "again")


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "deep.pickle"])
def test_a_pickle_needs_trust(cloud: mc.Client, train: Callable[..., SubmittedJob], name: str) -> None:
    with pytest.raises(InvalidSpecError, match="trust: pickle"):
        cloud.models.register(mc.Model(name="fit", model=train(name=name)))
    assert list(cloud.models.list()) == []
    trusted = train(name=name, trust="pickle")
    assert cloud.models.register(mc.Model(name="fit", model=trusted)).version == 1


def test_a_job_without_a_model_says_so(cloud: mc.Client, write: Callable[[str, str], Path], tmp_path: Path) -> None:
    write("idle.py", "print('nothing')\n")
    job = cloud.training.submit(mc.TrainingJob(name="idle", script="idle.py"), folder=tmp_path)
    job.wait()
    with pytest.raises(InvalidSpecError, match="MLOPS_MODEL_DIR"):
        cloud.models.register(mc.Model(name="idle", model=job))


@pytest.mark.parametrize("reference", ["fit:abc", "model://fit/abc", "fit", "fit:²"])
def test_what_names_no_version_is_said_to(cloud: mc.Client, reference: str) -> None:
    with pytest.raises(InvalidSpecError, match="names no model version"):
        cloud.models.named(reference)


def test_an_evaluation_that_is_no_report_is_refused(cloud: mc.Client, train: Callable[..., SubmittedJob]) -> None:
    with pytest.raises(InvalidSpecError, match="not an evaluation's report"):
        cloud.models.register(mc.Model(name="fit", model=train(), evaluation="report.json"))
