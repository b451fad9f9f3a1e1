"""`connect()`: one provider in one project, with a service for each resource."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mlops_cloud import plugins
from mlops_cloud.bundle.code import FileDigests
from mlops_cloud.config.home import home as home_folder
from mlops_cloud.config.resolution import resolve
from mlops_cloud.config.validation import validated
from mlops_cloud.durable.files import make_private_folder
from mlops_cloud.provider.base import ProviderSettings
from mlops_cloud.services.session import Session, silent
from mlops_cloud.state.journal import Journal
from mlops_cloud.state.records import Records

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from mlops_cloud.config.profile import Profile
    from mlops_cloud.provider.base import Provider, ProviderInfo
    from mlops_cloud.services.batch_prediction import BatchPredictionService
    from mlops_cloud.services.datasets import DatasetService
    from mlops_cloud.services.evaluation import EvaluationService
    from mlops_cloud.services.jobs import JobService
    from mlops_cloud.services.locked_environments import EnvironmentService
    from mlops_cloud.services.models import ModelService
    from mlops_cloud.services.runs import RunService
    from mlops_cloud.services.session import Listener
    from mlops_cloud.services.tuning import TuningService


class Client:
    """The resources of one profile; use it as a context manager, or close it."""

    def __init__(self, session: Session, profile: Profile) -> None:
        self.session = session
        self.profile = profile

    @property
    def provider(self) -> Provider:
        """The provider itself, for what the services do not offer."""
        return self.session.provider

    @cached_property
    def datasets(self) -> DatasetService:
        """Datasets: create, get, list, open, delete."""
        from mlops_cloud.services.datasets import DatasetService

        return DatasetService(self.session)

    @cached_property
    def training(self) -> JobService:
        """Training jobs: submit, get, list, logs, cancel, delete."""
        from mlops_cloud.services.jobs import JobService

        return JobService(self.session, "training")

    @cached_property
    def processing(self) -> JobService:
        """Processing jobs: submit, get, list, logs, cancel, delete."""
        from mlops_cloud.services.jobs import JobService

        return JobService(self.session, "processing")

    @cached_property
    def tuning(self) -> TuningService:
        """Tunings: run, get, list, trials, best, delete."""
        from mlops_cloud.services.tuning import TuningService

        return TuningService(self.session)

    @cached_property
    def evaluation(self) -> EvaluationService:
        """Evaluations: run, report."""
        from mlops_cloud.services.evaluation import EvaluationService

        return EvaluationService(self.session)

    @cached_property
    def batch(self) -> BatchPredictionService:
        """Batch predictions: run, prepare, completed."""
        from mlops_cloud.services.batch_prediction import BatchPredictionService

        return BatchPredictionService(self.session)

    @cached_property
    def models(self) -> ModelService:
        """The registry: register, get, list, alias, approve, reject, download, retire."""
        from mlops_cloud.services.models import ModelService

        return ModelService(self.session)

    @cached_property
    def environments(self) -> EnvironmentService:
        """Locks of requirements and what is kept of them: list, get, delete."""
        from mlops_cloud.services.locked_environments import EnvironmentService

        return EnvironmentService(self.session)

    @cached_property
    def runs(self) -> RunService:
        """Runs of recipes: list, get, delete."""
        from mlops_cloud.services.runs import RunService

        return RunService(self.session)

    def rehearsal(self, rows: int) -> Client:
        """The same provider for a rehearsal on at most `rows` rows of every dataset, apart from all that is real.

        Its project ends in `-rehearsal`, its datasets and models begin with `rehearsal-`. Close both clients.
        """
        from mlops_cloud.services.rehearsal import rehearsal

        return Client(rehearsal(self.session, rows), self.profile)

    def close(self) -> None:
        """Give back files and connections; jobs go on."""
        self.session.provider.close()
        self.session.journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _repr_html_(self) -> str:
        import html

        name, project = html.escape(self.provider.info.name), html.escape(self.session.project)
        return f"<b>mlops_cloud</b> on {name}, project {project}"


def connect(
    profile: str | None = None,
    *,
    project: str | None = None,
    folder: Path | str = ".",
    listener: Listener = silent,
    read_only: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Client:
    """A client for a profile of `mlops-cloud.toml`, or for a provider's default profile such as `local`.

    A read-only one creates nothing, not even its folders on this computer.
    """
    environ = os.environ if environ is None else environ
    overrides = {"project": project} if project else {}
    resolved = resolve(
        profile,
        folder=Path(folder).resolve(),
        overrides=overrides,
        environ=environ,
        defaults=plugins.default_profiles(),
    )
    home = home_folder(environ)
    info = plugins.provider_info(resolved.provider)
    work = home / "work" / resolved.project / resolved.name
    if not read_only:
        for place in (home, home / info.name, work):
            make_private_folder(place)
    provider = plugins.open_provider(resolved.provider, _settings(resolved, info, home))
    session = Session(
        provider,
        resolved.project,
        resolved.prefix,
        work,
        Journal(work / "journal.db"),
        Records(provider.storage, resolved.project),
        FileDigests(),
        listener,
        read_only,
        resolved.tags,
    )
    return Client(session, resolved)


def _settings(resolved: Profile, info: ProviderInfo, home: Path) -> ProviderSettings:
    fields = validated(resolved, plugins.config_class(info)).model_dump()
    return ProviderSettings(resolved.name, resolved.project, str(home / info.name), fields)
