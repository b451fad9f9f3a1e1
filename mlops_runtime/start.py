"""The shim: from an archive on a platform to the user's script in its one world, and to an exit code.

Exit codes: 0 done, 10 the script failed, 20 a broken contract, 30 asked to stop.
"""

from __future__ import annotations

import json
import os
import sys

from mlops_runtime import failure, output_digests, sagemaker_names
from mlops_runtime.arguments import parse
from mlops_runtime.command import argv_for, through_a_shell
from mlops_runtime.context import BadContractError
from mlops_runtime.environment import environment_of
from mlops_runtime.extract import Archive
from mlops_runtime.metrics import MetricsFile
from mlops_runtime.outputs import check
from mlops_runtime.parameters import merged, only_in_file
from mlops_runtime.process import Process, Stop, spawned
from mlops_runtime.worlds import context_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from mlops_runtime.context import Context
    from mlops_runtime.extract import Loader
    from mlops_runtime.process import Begin, Ended
    from mlops_runtime.tracking.server import TrackingServer

DONE, SCRIPT_FAILED, BAD_CONTRACT, STOPPED = 0, 10, 20, 30
_GRACE = "10"  # seconds between the request to stop and the kill


def main(archive: str, loader: Loader, argv: List[str], begin: Begin = spawned) -> None:
    """Run the job that the archive holds, its script begun by `begin`; end this process with the shim's exit code."""
    code = Job(archive, loader, begin).run(argv)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # nothing is left to clean up, and an interpreter takes its time to fold


class Job:
    """One run of one archive."""

    def __init__(self, archive: str, loader: Loader, begin: Begin) -> None:
        self._archive = archive
        self._loader = loader
        self._begin = begin
        self._context: Optional[Context] = None
        self._secrets: List[str] = []
        self._tracking: Optional[TrackingServer] = None

    def run(self, argv: List[str]) -> int:
        """The exit code; every outcome but success leaves a failure file."""
        try:
            stop = Stop(_grace())
            return self._run(argv, stop)
        except (BadContractError, OSError) as error:
            self._fail(failure.record_of("contract", str(error)))
        except Exception as error:  # noqa: BLE001 - whatever a platform may hand us, it ends in this exit code
            import traceback

            self._fail(failure.record_of("contract", repr(error), traceback=traceback.format_exc()))
        return BAD_CONTRACT

    def _run(self, argv: List[str], stop: Stop) -> int:
        arguments = parse(argv)
        self._context = context = context_of(os.environ, arguments)
        archive = Archive(self._archive, self._loader)
        parameters = merged(context.parameters_file, context.overrides, arguments.parameters)
        for name in only_in_file(parameters):
            _say("parameter %s cannot be an argument: read it from the file MLOPS_PARAMETERS" % name)
        parameters_file = _prepare(context, parameters)
        asks_for_inputs = archive.unpack_code(context.work_dir, "SM_INPUT_")
        os.chdir(context.work_dir)
        if context.wheels:
            _install(context, stop)
        environment = environment_of(
            context,
            parameters,
            os.environ,
            archive=archive.path,
            entry=archive.entry,
            parameters_file=parameters_file,
        )
        if asks_for_inputs:
            environment.update(
                sagemaker_names.lay_out_inputs(os.path.join(context.work_dir, ".mlops", "input"), context, environment)
            )
        self._secrets = [environment[name] for name in context.secrets]
        self._mlflow(archive.entry, context, environment)
        command = argv_for(archive.entry, context, parameters, context.python or sys.executable)
        ended = self._execute(command, environment, stop)
        if self._tracking is not None:
            self._tracking.close()
        if stop.asked:
            self._fail(_stopped(stop.asked, ended))
            return STOPPED
        if ended is None or ended.exit_code != 0:
            self._fail(_failed(archive.entry, ended))
            return SCRIPT_FAILED
        declared = archive.entry.get("outputs", {})
        check(declared, context.output_dir)
        output_digests.record(context, declared)
        return DONE

    def _execute(self, command: List[str], environment: Dict[str, str], stop: Stop) -> Optional[Ended]:
        if stop.asked or self._context is None:
            return None
        os.environ["PATH"] = environment.get("PATH", os.defpath)  # a command is looked up where the script would
        metrics = MetricsFile(self._context.metrics_file)
        process = Process(command, environment, metrics, group=through_a_shell(command), begin=self._begin)
        stop.forward_to(process.tell)
        return process.wait(stop)

    def _mlflow(self, entry: Dict[str, Any], context: Context, environment: Dict[str, str]) -> None:
        """Let `import mlflow` report to this job, as the entry asks: the real client, or a module of ours."""
        kind = entry.get("mlflow")
        if kind == "server":
            from mlops_runtime.tracking.server import TrackingServer

            self._tracking = TrackingServer(os.path.join(context.output_dir, "mlflow"), context.metrics_file, _say)
            environment.update(self._tracking.variables(environment))
        elif kind == "stand-in":
            standin = os.path.join(self._archive, "mlops_runtime", "standin")
            environment["PYTHONPATH"] += os.pathsep + standin

    def _fail(self, record: Dict[str, Any]) -> None:
        _say(record["message"])
        if self._context is None:
            return
        try:
            failure.write(self._context, record, self._secrets)
        except OSError as error:
            _say("cannot write the failure file: %s" % error)


def _say(message: str) -> None:
    print("[mlops] " + message.replace("\n", "\n  "), file=sys.stderr, flush=True)


def _grace() -> float:
    text = os.environ.get("MLOPS_STOP_GRACE", _GRACE)
    try:
        return float(text)
    except ValueError as error:
        raise BadContractError("MLOPS_STOP_GRACE is no number of seconds: %r" % text) from error


def _prepare(context: Context, parameters: Dict[str, Any]) -> str:
    if not context.work_dir:
        context.work_dir = os.path.join(os.environ.get("TMPDIR", "/tmp"), "mlops-" + os.urandom(8).hex())  # noqa: S108
    for folder in (context.model_dir, context.output_dir, context.checkpoint_dir):
        os.makedirs(folder, exist_ok=True)
    own = os.path.join(context.work_dir, ".mlops")
    os.makedirs(own, mode=0o700, exist_ok=True)
    path = os.path.join(own, "parameters.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(parameters, file, indent=1)
    return path


def _install(context: Context, stop: Stop) -> None:
    from mlops_runtime import wheels

    context.installed = os.path.join(context.work_dir, ".mlops", "packages")
    python = context.python or sys.executable
    wheels.install(context.wheels, context.installed, python, MetricsFile(context.metrics_file), stop)


def _failed(entry: Dict[str, Any], ended: Optional[Ended]) -> Dict[str, Any]:
    assert ended is not None  # noqa: S101
    traceback, kind, message = failure.traceback_of(ended.errors.text())
    name = _signal_name(ended.signal)
    what = "was killed by %s" % name if name else "exited with code %s" % ended.exit_code
    called = entry["value"] if entry["kind"] != "command" else "the command"
    said = failure.last_words(ended.errors.text())
    return failure.record_of(
        "script",
        message if kind else "%s %s%s" % (called, what, ": " + said if said else ""),
        exit_code=ended.exit_code,
        signal=name or None,
        error_type=kind,
        traceback=traceback,
        log_tail=failure.last_lines(ended.log.text()),
    )


def _stopped(name: str, ended: Optional[Ended]) -> Dict[str, Any]:
    if ended is None:
        return failure.record_of("stopped", "asked to stop by %s before the script started" % name)
    return failure.record_of(
        "stopped",
        "asked to stop by %s" % name,
        exit_code=ended.exit_code,
        signal=_signal_name(ended.signal) or None,
        log_tail=failure.last_lines(ended.log.text()),
    )


def _signal_name(number: int) -> str:
    import signal

    try:
        return signal.Signals(number).name if number else ""
    except ValueError:
        return "signal %d" % number
