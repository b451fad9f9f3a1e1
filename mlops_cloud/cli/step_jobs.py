"""The jobs behind the steps of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_cloud.errors import NotFoundError
from mlops_cloud.recipes.steps import content_of
from mlops_cloud.services.job_records import describe

if TYPE_CHECKING:
    from mlops_cloud.client import Client
    from mlops_cloud.results.jobs import Job
    from mlops_cloud.results.runs import RunState

_JOB = "job://"
_TUNING = "tuning://"


def jobs_of(cloud: Client, state: RunState) -> dict[str, Job]:
    """Step -> its job, for the steps that have one."""
    return {name: job for name in state.steps if (job := job_of(cloud, state, name))}


def job_name(cloud: Client, name: str) -> str:
    """The job that `RUN/STEP`, `RECIPE/STEP` or a job's own name stands for; NotFoundError."""
    run, sign, step = name.partition("/")
    if not sign:
        return name
    state = cloud.runs.latest(run) or cloud.runs.get(run)
    if step not in state.steps:
        raise NotFoundError(f"run {state.run} has no step {step!r}", fix=f"its steps: {', '.join(state.steps)}")
    job = job_of(cloud, state, step)
    if job is None:
        raise NotFoundError(f"step {step} of run {state.run} has no job", why=f"it is {state.steps[step].status}")
    return job.name


def running_jobs(cloud: Client, state: RunState) -> list[Job]:
    """The jobs of a run that have not ended; of a step that is a tuning, those of all its trials."""
    jobs = {job.name: job for job in jobs_of(cloud, state).values()}
    names = [step.content for step in state.steps.values() if step.status == "running"]
    contents = [content for name in names if (content := content_of(cloud.session, name))]
    tunings = {content["name"] for content in contents if content["kind"] == "tuning"}
    if tunings:
        jobs |= {job.name: job for job in cloud.training.list() if _name_of(cloud, job) in tunings}
    return [job for job in jobs.values() if not job.status.ended]


def _name_of(cloud: Client, job: Job) -> str:
    return str(describe(cloud.session, job.name)["spec"].get("name", ""))


def job_of(cloud: Client, state: RunState, name: str) -> Job | None:
    """The job of one step, if it has one; of a tuning, that of its best trial."""
    step = state.steps[name]
    if step.made.startswith(_TUNING):
        return cloud.tuning.job(cloud.tuning.get(step.made.removeprefix(_TUNING)))
    if step.made.startswith(_JOB):
        return cloud.processing.get(step.made.removeprefix(_JOB).partition("/")[0])
    return None
