"""Jobs to come: what a provider may get ready while the jobs before them run."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from mlops_cloud.errors import MlopsCloudError
from mlops_cloud.results.identity import Key
from mlops_cloud.results.requests import RequestContext
from mlops_cloud.safety.names import slug
from mlops_cloud.services.code import program_of, stored_analysis
from mlops_cloud.services.environments import resolved_environment
from mlops_cloud.services.locks import lock_for
from mlops_cloud.specs.batch_prediction import BatchPrediction
from mlops_cloud.specs.evaluation import Evaluation
from mlops_cloud.specs.job import JobSpec, ProcessingJob, TrainingJob

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.base import Spec

_NO_DIGEST = "0" * 32
_OWN = "mlops_cloud"  # a module of ours, whichever: the packages that travel along tell what it needs


def expect(session: Session, specs: Iterable[Spec], folder: Path) -> None:
    """Tell the provider of the jobs of these specs, whose inputs are not known yet; alike ones once."""
    told = set()
    for spec in specs:
        job = _job_of(spec)
        if job is None or session.stopping.is_set():
            continue
        likeness = (job.entry, job.environment, job.compute, tuple(sorted(job.env)))
        if likeness not in told:
            told.add(likeness)
            with suppress(MlopsCloudError):  # the step itself will meet it again, and tell it as its own
                _expect(session, job, folder)


def _job_of(spec: Spec) -> JobSpec | None:
    if isinstance(spec, (Evaluation, BatchPrediction)):
        return ProcessingJob(name=spec.name, module=_OWN, environment=spec.environment, compute=spec.compute)
    return spec if isinstance(spec, JobSpec) else None


def _expect(session: Session, job: JobSpec, folder: Path) -> None:
    environment = resolved_environment(job.environment, folder, session.digests)
    if session.provider.jobs is None or not lock_for(session, environment, _role(job)).there:
        return  # an environment is made for a job that is submitted, not for one that may come
    own = job.module == _OWN
    imports = () if own else program_of(job, folder, session.digests).code.libraries
    packages = (stored_analysis(session),) if own else ()
    key = Key(_role(job), slug(job.name), _NO_DIGEST)
    context = RequestContext(key, session.project, packages=packages, imports=imports)
    session.provider.jobs.expect(job.with_changes(environment=environment), context)


def _role(job: JobSpec) -> Literal["training", "processing"]:
    return "training" if isinstance(job, TrainingJob) else "processing"
