"""What the fixtures `run_recipe` and `recipe_cloud` are: recipes run for real, in a home of the test's own."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

import mlops_cloud as mc
from mlops_cloud.config.suggestion import did_you_mean
from mlops_cloud.errors import InvalidSpecError, JobFailedError
from mlops_cloud.processes.loopback.mlops_loopback import WANTED
from mlops_cloud.safety.names import slug
from mlops_cloud.testing.network import only_loopback
from mlops_cloud.testing.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlops_cloud.errors import ExitCode, MlopsCloudError
    from mlops_cloud.recipes.run import RunResult
    from mlops_cloud.results.models import ModelVersion
    from mlops_cloud.results.runs import StepState

_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
_NAME_LIMIT = 40
_STOPPING = 60.0  # seconds: the grace of a job that is asked to stop, and then some
OPT_OUT = "allow_network"


class RecipeRun:
    """A run that has ended: what its steps made, as files and numbers."""

    def __init__(self, cloud: mc.Client, result: RunResult, folder: Path) -> None:
        self._cloud = cloud
        self._result = result
        self._folder = folder

    @property
    def status(self) -> str:
        """succeeded, failed, refused or waiting."""
        return self._result.state.status

    @property
    def exit_code(self) -> ExitCode:
        """What the command line would answer."""
        return self._result.exit_code

    @property
    def steps(self) -> dict[str, StepState]:
        """Step -> its status, seconds, error, and `summary` of what it made."""
        return self._result.state.steps

    @property
    def errors(self) -> dict[str, MlopsCloudError]:
        """Step -> its error."""
        return self._result.errors

    def metrics(self, step: str) -> dict[str, float]:
        """Metric -> value, as the step measured them."""
        found = self._step(step).summary.get("metrics", {})
        return {name: entry["value"] if isinstance(entry, dict) else entry for name, entry in found.items()}

    @property
    def model(self) -> ModelVersion:
        """The version that was registered, the last when several were; InvalidSpecError when none was."""
        named = [step.summary["model"] for step in self.steps.values() if "model" in step.summary]
        if not named:
            raise InvalidSpecError("no step of this run registered a model", fix=f"its steps: {self._told()}")
        return self._cloud.models.named(named[-1])

    def open(self, output: str) -> Path:
        """A read-only file or folder with what a step made: `prepare.outputs.table`, `data.splits.test`, `train.model`.

        It is named as other steps refer to it.
        """
        from mlops_cloud.services import artifacts

        step, *path = output.split(".")
        self._step(step)
        value: Any = self._result.outputs.get(step, {})
        for part in path:
            known = value if isinstance(value, dict) else {}
            if part not in known:
                raise InvalidSpecError(f"{output} was not made", fix=did_you_mean(part, known))
            value = known[part]
        if not isinstance(value, str):
            more = f"{output}.{next(iter(value))}" if isinstance(value, dict) and value else "a step's output or model"
            raise InvalidSpecError(f"{output} is no file and no folder", fix=f"name one, e.g. {more}")
        artifact = artifacts.resolve(self._cloud.session, value, self._folder)
        return artifacts.local_path(self._cloud.session, artifact, self._cloud.session.home / "opened" / slug(output))

    def raise_for_errors(self) -> Self:
        """The run itself; the first step's error when one failed."""
        self._result.raise_for_errors()
        return self

    def _step(self, name: str) -> StepState:
        if name not in self.steps:
            raise InvalidSpecError(f"the recipe has no step {name!r}", fix=did_you_mean(name, self.steps))
        return self.steps[name]

    def _told(self) -> str:
        return ", ".join(f"{name} {step.status}" for name, step in self.steps.items())

    def __repr__(self) -> str:
        errors = "".join(f"\nstep {name}: {error}" for name, error in self.errors.items())
        return f"<run of {self._result.state.recipe}, {self.status}: {self._told()}>{errors}"


class RunRecipe:
    """Runs recipes on `local`, whatever profile their targets name."""

    def __init__(self, cloud: mc.Client, folders: Sequence[Path], stack: ExitStack) -> None:
        self._cloud = cloud
        self._folders = folders
        self._stack = stack

    def __call__(
        self,
        path: str | Path = "recipe.yaml",
        *,
        vars: Mapping[str, object] | None = None,  # noqa: A002 - the recipe's own word
        sample: int = 0,
        target: str | None = None,
        set: Mapping[str, object] | None = None,  # noqa: A002 - as --set
        vars_files: Sequence[str | Path] = (),
        parallel: int = 0,
    ) -> RecipeRun:
        """Run a recipe to its end, `sample` rows of every dataset when that is given; a failed step is in the result.

        A path is looked for beside the test's file, then in the working folder. `set` changes single values:
        `{"steps.train.parameters.depth": 4}`. AssertionError names the step and the host when a job tried to reach
        more than this computer.
        """
        __tracebackhide__ = True
        sets = [(place, _text(value)) for place, value in (set or {}).items()]
        recipe = mc.Recipe.load(
            self._found(path), target=target, vars_files=[*map(self._found, vars_files)], variables=vars, sets=sets
        )
        cloud = self._stack.enter_context(self._cloud.rehearsal(sample)) if sample else self._cloud
        result = recipe.run(cloud, parallel=parallel)
        for step, error in result.errors.items():
            if isinstance(error, JobFailedError) and f" {WANTED} " in error.what:
                message = f"step {step}: {error.what}; let this test do so by @pytest.mark.{OPT_OUT}"
                raise AssertionError(message)
        return RecipeRun(cloud, result, recipe.folder)

    def _found(self, path: str | Path) -> Path:
        return next((found for folder in self._folders if (found := folder / path).exists()), Path(path))


@contextmanager
def surroundings(home: Path, *, network: bool) -> Iterator[None]:
    """A home of the test's own, nobody's configuration but the project's, and unless `network`, no way out."""
    configuration = home / "mlops-cloud.toml"
    configuration.touch()
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("MLOPS_") or (not network and name.lower() in _PROXIES):
                patch.delenv(name)
        patch.setenv("MLOPS_CLOUD_HOME", str(home))
        patch.setenv("MLOPS_CLOUD_CONFIG", str(configuration))
        patch.setenv("MLOPS_CLOUD_WARM_START", "off")  # a server of this home would be of use to no other test
        if network:
            yield
            return
        patch.setenv("MLOPS_CLOUD_NETWORK", "loopback")
        with only_loopback() as refused:
            yield
        assert not refused, f"this test {WANTED} {', '.join(dict.fromkeys(refused))}; only loopback is allowed"


@contextmanager
def connected(name: str) -> Iterator[mc.Client]:
    """A client of the profile `local` in a project named after the test; its jobs are gone when the block ends."""
    with mc.connect("local", project=slug(name, _NAME_LIMIT)) as cloud:
        try:
            yield cloud
        finally:
            _end_jobs(cloud)


def _end_jobs(cloud: mc.Client) -> None:
    jobs = cloud.provider.jobs
    if jobs is None:
        raise AssertionError
    running = [ref for ref in jobs.list() if not jobs.get(ref).status.ended]
    for ref in running:
        jobs.cancel(ref)
    until(lambda: all(jobs.get(ref).status.ended for ref in running), _STOPPING)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
