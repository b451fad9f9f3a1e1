"""Scripts as their authors wrote them for other platforms, each with a recipe, run in a copy of their folder."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import mlops_cloud as mc

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops_cloud.recipes.run import RunResult
    from mlops_cloud.results.jobs import Job

HERE = Path(__file__).parent


@dataclass
class Project:
    """A copy of one author's folder."""

    folder: Path

    def load(self, **variables: Any) -> mc.Recipe:
        return mc.Recipe.load(self.folder / "recipe.yaml", variables=variables)

    def run(self, **variables: Any) -> RunResult:
        with mc.connect("local", project="shop", folder=self.folder) as cloud:
            return self.load(**variables).run(cloud)

    def trained(self, **variables: Any) -> Job:
        """The training job of a run in which every step succeeded."""
        result = self.run(**variables)
        assert result.exit_code == 0, [step.error for step in result.state.steps.values()]
        return self.job(result)

    def job(self, result: RunResult) -> Job:
        with mc.connect("local", project="shop", folder=self.folder) as cloud:
            return cloud.training.get(result.state.steps["train"].summary["job"])

    def files(self, job: Job, place: str) -> dict[str, str]:
        """The files of one of the job's outputs, by their path below it."""
        with mc.connect("local", project="shop", folder=self.folder) as cloud:
            root = cloud.provider.storage.download(job.outputs[place], self.folder / "unused")
        return {
            path.relative_to(root).as_posix(): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()
        }

    def json(self, job: Job, place: str, name: str) -> Any:
        return json.loads(self.files(job, place)[name])


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Project]:
    """The author's folder of that name, with a small table beside its recipe."""

    def made(name: str) -> Project:
        shutil.copytree(HERE / name, tmp_path / name)
        rows = [(n % 10 + 6 * (n % 2), (n * 7) % 5, n % 2) for n in range(60)]
        text = "x1,x2,label\n" + "".join(f"{a},{b},{label}\n" for a, b, label in rows)
        (tmp_path / name / "points.csv").write_text(text)
        return Project(tmp_path / name)

    return made
