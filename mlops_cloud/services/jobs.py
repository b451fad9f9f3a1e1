"""Training and processing jobs: key, submit once, wait, follow, cancel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_cloud.errors import ConflictError, UnsupportedError
from mlops_cloud.provider.base import require_feature
from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.results.identity import NOWHERE, Key, Uri
from mlops_cloud.results.requests import RequestContext
from mlops_cloud.safety.names import slug
from mlops_cloud.services import artifacts, attempts, job_records, missing_modules
from mlops_cloud.services.attempts import Attempt
from mlops_cloud.services.code import Program, program_of, upload_program
from mlops_cloud.services.creation import create_once
from mlops_cloud.services.entries import fitted
from mlops_cloud.services.environments import resolved_environment
from mlops_cloud.services.keys import Content, key_of
from mlops_cloud.services.locks import Lock, lock_for
from mlops_cloud.services.retries import PROVIDER_ERRORS, Retries
from mlops_cloud.services.source_control import commit_of
from mlops_cloud.services.waiting import SubmittedJob, failed
from mlops_cloud.services.wheels import folder_of, wheels_of
from mlops_cloud.specs.job import TrainingJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.provider.jobs import Jobs
    from mlops_cloud.results.identity import Artifact, Ref
    from mlops_cloud.results.jobs import Job, LogPage
    from mlops_cloud.results.requests import NativeRequest
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.job import JobSpec

# Either a part of the key of its own, or what changes how a job is run but never what it computes.
_NOT_IN_SPEC = {"retry", "metrics", "inputs", "name", "script", "module", "command", "notebook", "code"}


@dataclass(frozen=True, slots=True)
class PreparedJob:
    """A job whose inputs, code and environment are known, and therefore its key."""

    spec: JobSpec
    content: Content
    program: Program
    inputs: dict[str, Artifact]
    lock: Lock
    folder: Path
    requirements_file: str = ""
    """Where its requirements stand, if in a file."""


class JobService:
    """Jobs of one kind: `training` or `processing`."""

    def __init__(self, session: Session, kind: str) -> None:
        self._session = session
        self.kind = kind

    def submit(self, spec: JobSpec, *, folder: Path | str = ".") -> SubmittedJob:
        """Start a job, or find the one that this spec, code and inputs started before."""
        return self.start(self.prepare(spec, Path(folder).resolve()))

    def prepare(
        self,
        spec: JobSpec,
        folder: Path,
        *,
        program: Program | None = None,
    ) -> PreparedJob:
        """Check the spec and find its key; nothing is created."""
        asked = spec.environment.requirements
        environment = resolved_environment(spec.environment, folder, self._session.digests)
        spec = spec.with_changes(environment=environment)
        self.check(spec)
        found = program or program_of(spec, folder, self._session.digests)
        inputs = {port: artifacts.resolve(self._session, source, folder) for port, source in spec.inputs.items()}
        lock = lock_for(self._session, environment, self.kind, spec.name)
        program = fitted(self._session, found, spec, inputs, lock, folder)
        content = self._content(spec, program, inputs, lock)
        file = asked if isinstance(asked, str) else ""
        return PreparedJob(spec, content, program, inputs, lock, folder, file)

    def check(self, spec: JobSpec) -> None:
        """UnsupportedError or InvalidSpecError, before anything is created."""
        provider = self._session.provider
        require_feature(provider, Feature.TRAINING if self.kind == "training" else Feature.PROCESSING)
        refusals = provider.check(spec)
        if refusals:
            lines = [f"{r.field}: {r.reason}" + (f" (nearest: {r.nearest})" if r.nearest else "") for r in refusals]
            raise UnsupportedError(f"{provider.info.name} cannot run job {spec.name!r}", why="; ".join(lines))

    def requests(self, prepared: PreparedJob) -> list[NativeRequest]:
        """What starting would send; pure."""
        known = all(artifact.digest for artifact in prepared.inputs.values())
        key = key_of("jobs", prepared.content) if known else _placeholder(prepared.content)
        packages = (Uri("<analysis archive>"),) if prepared.program.analysis else ()
        wheels = NOWHERE if prepared.lock.there else folder_of(self._session, prepared.lock.digest)
        attempt = Attempt(key, None, attempts.checkpoint_of(self._session, prepared.content, 0))
        context = self._context(prepared, attempt, Uri("<code archive>"), packages, wheels)
        return self._session.provider.requests(prepared.spec, context)

    def start(self, prepared: PreparedJob) -> SubmittedJob:
        """Submit once; a job of the same content that runs or succeeded is adopted, a failed one is tried anew."""
        attempt = attempts.latest(self._session, self._jobs, prepared.content)
        ref, source = attempt.ref, ""
        code, packages = upload_program(self._session, prepared.program)
        if prepared.program.parts()["code"] != prepared.content.parts["code"]:
            raise ConflictError(
                f"the code of job {prepared.spec.name!r} changed while it was started", fix="run it again"
            )
        if ref is None:
            source = attempts.source_of(self._session, attempt)
            for line in missing_modules.advice(prepared):
                self._session.tell("advice", prepared.content.name, line)
            context = self._context(
                prepared, attempt, code, packages, wheels_of(self._session, prepared.lock, prepared.content.name)
            )
            ref = create_once(
                self._session.journal,
                "jobs",
                attempt.key,
                self._jobs.find,
                lambda: self._jobs.submit(prepared.spec, context),
            )
        self._describe(prepared, ref, code, attempts.description(attempt, prepared.spec.effective_retry, source))
        again = partial(self._again, prepared, attempt.number)
        adopted, resumed = attempt.ref is not None, bool(attempt.earlier)
        return SubmittedJob(self._session, ref, adopted, attempt.number, resumed, again)

    def run(self, prepared: PreparedJob) -> Job:
        """Start, follow and wait; started again on the causes that the spec names; JobFailedError."""
        retries = Retries(self._session, prepared.spec)
        while True:
            try:
                started = self.start(prepared)
                self._session.tell("submitted", prepared.content.name, started.name)
                job = self._followed(started)
            except PROVIDER_ERRORS as exc:
                if not retries.after_error(exc):
                    raise
            else:
                if not retries.after(job, started.attempt):
                    return failed(self._session, job)

    def _again(self, prepared: PreparedJob, number: int, job: Job) -> SubmittedJob | None:
        return self.start(prepared) if Retries(self._session, prepared.spec).after(job, number) else None

    def _followed(self, job: SubmittedJob) -> Job:
        self._session.active[job.name] = job
        try:
            if self._session.stopping.is_set():  # between its start and now
                job.cancel()
            return job.follow()
        finally:
            self._session.active.pop(job.name, None)

    def completed(self, content: Content) -> Job | None:
        """The job of this content that succeeded, if there is one and it is still there."""
        attempt = attempts.latest(self._session, self._jobs, content)
        job = self._jobs.get(attempt.ref) if attempt.ref else None
        if job is None or job.status != "succeeded":
            return None
        return job_records.whole(self._session, job) if attempt.earlier else job

    def discard(self, content: Content) -> None:
        """Delete the job of this content, so that it runs anew."""
        attempt = attempts.latest(self._session, self._jobs, content)
        if attempt.ref is not None:
            self._jobs.delete(attempt.ref)
        self._session.provider.storage.delete(attempt.checkpoint)

    def get(self, name: str) -> Job:
        """The job as it is now; NotFoundError."""
        return job_records.job_named(self._session, name)

    def list(self, since: float | None = None) -> Iterator[Job]:
        """Our jobs of this kind, newest first."""
        refs = (ref for ref in self._jobs.list(since) if ref.kind == self.kind)
        return (job_records.whole(self._session, self._jobs.get(ref)) for ref in refs)

    def logs(self, name: str, cursor: str = "") -> LogPage:
        """The next lines of a job's log."""
        return self._jobs.logs(self.get(name).ref, cursor)

    def cancel(self, name: str) -> None:
        """Ask a job to stop; one that has ended is left as it is."""
        self._jobs.cancel(self.get(name).ref)

    def delete(self, name: str) -> None:
        """Remove an ended job and its outputs."""
        self._jobs.delete(self.get(name).ref)

    @property
    def _jobs(self) -> Jobs:
        jobs = self._session.provider.jobs
        if jobs is None:
            raise UnsupportedError(f"{self._session.provider.info.name} runs no jobs")
        return jobs

    def _content(self, spec: JobSpec, program: Program, inputs: dict[str, Artifact], lock: Lock) -> Content:
        provider = self._session.provider
        parts: dict[str, object] = {
            "provider": provider.info.name,
            **program.parts(),
            "spec": {field: value for field, value in spec.content().items() if field not in _NOT_IN_SPEC},
            "inputs": {port: artifact.digest for port, artifact in inputs.items()},
            "lock": lock.text(),
        }
        return Content(self.kind, spec.name, parts)

    def _context(
        self, prepared: PreparedJob, attempt: Attempt, code: Uri, packages: tuple[Uri, ...], wheels: Uri
    ) -> RequestContext:
        return RequestContext(
            attempt.key,
            self._session.project,
            code,
            packages,
            inputs={port: artifact.uri for port, artifact in prepared.inputs.items()},
            tags=dict(self._session.tags),
            wheels=wheels,
            checkpoint=attempt.checkpoint,
            imports=prepared.program.code.libraries,
            attempt=len(attempt.earlier),
        )

    def _describe(self, prepared: PreparedJob, ref: Ref, code: Uri, attempt: dict[str, Any]) -> None:
        if self._session.records.get(job_records.KIND, ref.name) is not None:
            return
        spec = prepared.spec
        self._session.records.create(
            job_records.KIND,
            ref.name,
            {
                "kind": ref.kind,
                "native_id": ref.native_id,
                "content": prepared.content.digest,
                "attempt": attempt,
                "spec": spec.content(),
                "inputs": {port: {"name": a.name, "digest": a.digest} for port, a in prepared.inputs.items()},
                "code": {"digest": prepared.program.code.digest, "uri": code},
                "lock": prepared.lock.requirements(),
                "environment": prepared.lock.summary(),
                "requirements_file": prepared.requirements_file,
                "git": commit_of(prepared.folder),
                "predictor": spec.predictor if isinstance(spec, TrainingJob) else "",
                "trust": spec.trust if isinstance(spec, TrainingJob) else "",
                "folder": str(prepared.folder),
            },
        )


def _placeholder(content: Content) -> Key:
    # Valid in its place, and plainly not the key of anything: what decides the real one is not known yet.
    return Key(content.kind, slug(content.name), "0" * 32)
