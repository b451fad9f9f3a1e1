"""The kit, run against this computer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from mlops_cloud.processes.warm.ending import stop_servers
from mlops_cloud.provider.base import ProviderSettings
from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.results.requests import NativeRequest
from mlops_cloud.testing.conformance.base import Conformance
from mlops_cloud.testing.conformance.capabilities import CapabilitiesConformance
from mlops_cloud.testing.conformance.datasets import DatasetsConformance
from mlops_cloud.testing.conformance.jobs import JobsConformance
from mlops_cloud.testing.conformance.models import ModelsConformance
from mlops_cloud.testing.conformance.naming import NamingConformance
from mlops_cloud.testing.conformance.requests import RequestsConformance
from mlops_cloud.testing.conformance.storage import StorageConformance
from mlops_cloud_local.addresses import Home
from mlops_cloud_local.job_table import JobTable
from mlops_cloud_local.provider import create
from mlops_cloud_local.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mlops_cloud.provider.base import Provider
    from mlops_cloud.provider.jobs import Jobs
    from mlops_cloud.results.identity import Ref
    from mlops_cloud.results.jobs import Job
    from mlops_cloud.testing.conformance.jobs_base import Prepare


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the homes of jobs that are started warm lie, beside the servers that they share."""
    folder = tmp_path_factory.mktemp("homes")
    yield folder
    stop_servers(folder / "warm")


class OnThisComputer(Conformance):
    def settings_at(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> ProviderSettings:
        """The profile of these tests in a home."""
        name, value = self.secret
        monkeypatch.setenv("SECRET_OF_THE_HOST", value)
        fields = {"secrets": {name: "env:SECRET_OF_THE_HOST"}, "stop_grace": 2.0}
        return ProviderSettings("local", self.project, str(home), fields)

    @pytest.fixture
    def settings(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProviderSettings:
        return self.settings_at(tmp_path / "local", monkeypatch)

    @pytest.fixture
    def provider(self, settings: ProviderSettings) -> Iterator[Provider]:
        provider = create(settings)
        yield provider
        provider.close()

    @pytest.fixture
    def another(self, settings: ProviderSettings) -> Callable[[], Provider]:
        return lambda: create(settings)


class TestStorage(OnThisComputer, StorageConformance): ...


class TestDatasets(OnThisComputer, DatasetsConformance): ...


class TestJobs(OnThisComputer, JobsConformance):
    interrupted: ClassVar = {"native": {"local": {"limits": {"interrupt_after_seconds": 1.0}}}}


class TestJobsStartedWarm(TestJobs):
    """The same jobs once more, their scripts in copies of one server."""

    @pytest.fixture
    def settings(self, homes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProviderSettings:
        monkeypatch.delenv("MLOPS_CLOUD_WARM_START")
        return self.settings_at(homes / tmp_path.name, monkeypatch)

    @pytest.fixture
    def provider(self, settings: ProviderSettings, homes: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
        # One short job alone would be started cold, were there no server yet.
        monkeypatch.setattr("mlops_cloud_local.job_warmth.Warmth._is_worth_it", lambda *_: True)
        provider = create(settings)
        yield provider
        provider.close()

    def succeeded(self, jobs: Jobs, ref: Ref) -> Job:
        job = super().succeeded(jobs, ref)
        assert job.start == "warm"
        return job


class TestModels(OnThisComputer, ModelsConformance): ...


class TestCapabilities(OnThisComputer, CapabilitiesConformance):
    lacking: ClassVar = {
        Feature.ENDPOINTS: "no server is built yet",
        Feature.MONITORS: "no scheduler is built yet",
    }


class TestNaming(OnThisComputer, NamingConformance): ...


class TestRequests(OnThisComputer, RequestsConformance):
    native: ClassVar = {"limits": {"memory_bytes": 2**30}}
    sdk: ClassVar = ("boto3", "google", "azure", "sklearn", "numpy")

    @pytest.fixture
    def sent(self, settings: ProviderSettings) -> Iterator[Callable[[], Sequence[NativeRequest]]]:
        """The requests that the jobs' rows keep, oldest first."""
        tables = Tables(Home(Path(settings.home)))
        yield lambda: [NativeRequest("local", "run", row.request) for row in reversed([*JobTable(tables).newest(0)])]
        tables.close()

    def test_a_job_runs_in_the_environment_that_was_compiled(self, provider: Provider, prepare: Prepare) -> None:
        assert provider.jobs is not None
        script = (
            "import json, os\nfrom pathlib import Path\n"
            "Path(os.environ['MLOPS_OUTPUT_DIR'], 'seen').write_text(json.dumps(dict(os.environ)))\n"
        )
        spec, context = prepare(script, env={"MODE": "; $(x)\n"}, outputs={"seen": "seen"})
        (request,) = provider.requests(spec, context)
        job = self.succeeded(provider.jobs, provider.jobs.submit(spec, context))
        seen = json.loads(self.read(provider, job.outputs["seen"]))
        changed = {name for name, value in request.body["environment"].items() if seen.get(name) != value}
        assert changed <= {"PATH"}, "the shim puts the job's interpreter first"
