"""`run --junit`: a run as JUnit XML, which every CI system draws: a suite for a run, a case for a step."""

from __future__ import annotations

import errno
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mlops_cloud.cli.failures import message
from mlops_cloud.errors import MlopsCloudError
from mlops_cloud.safety.redact import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from xml.etree.ElementTree import Element  # for its type only: nothing is parsed

    from mlops_cloud.results.runs import RunState, StepState

# The characters of XML 1.0; whatever a job printed, the document is well-formed.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MODE = 0o644


@dataclass(frozen=True, slots=True)
class Case:
    """One step, or the run itself when it could not begin."""

    name: str
    seconds: float = 0.0
    verdict: str = ""
    """failure, error or skipped; empty when it passed."""
    kind: str = ""
    told: str = ""


class JunitReport:
    """Collects what a command runs; a context manager that writes the file however the command ends."""

    def __init__(self, path: Path | None, suite: str) -> None:
        self._path = path
        self._suite = suite
        self._cases: list[Case] = []
        self._properties: dict[str, str] = {}
        self._began = time.gmtime()

    def add(self, state: RunState, errors: Mapping[str, MlopsCloudError], row: str = "") -> None:
        """The steps of one run; `row` tells several runs apart."""
        self._suite = state.recipe
        self._properties[f"run[{row}]" if row else "run"] = state.run
        for name, step in state.steps.items():
            self._cases.append(_case(f"{name}[{row}]" if row else name, step, errors.get(name)))

    def add_error(self, name: str, error: BaseException) -> None:
        """What could not begin, or was interrupted."""
        told = message(error) if isinstance(error, MlopsCloudError) else str(error) or "interrupted"
        self._cases.append(Case(name, 0.0, "error", type(error).__name__, told))

    def add_skipped(self, name: str, why: str) -> None:
        """What was not run at all."""
        self._cases.append(Case(name, 0.0, "skipped", "", why))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.add_error("recipe", error)
        if self._path is not None:
            from mlops_cloud.durable.files import write_atomic

            write_atomic(self._path, self._document(), _MODE)

    def _document(self) -> bytes:
        from xml.etree.ElementTree import Element, SubElement, indent, tostring

        counts = {word: sum(case.verdict == word for case in self._cases) for word in ("failure", "error", "skipped")}
        numbers = {
            "tests": str(len(self._cases)),
            "failures": str(counts["failure"]),
            "errors": str(counts["error"]),
            "time": _seconds(sum(case.seconds for case in self._cases)),
        }
        root = Element("testsuites", {"name": "mlops-cloud", **numbers})
        more = {"skipped": str(counts["skipped"]), "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", self._began)}
        suite = SubElement(root, "testsuite", {"name": _legal(self._suite), **numbers, **more})
        properties = SubElement(suite, "properties")
        for name, value in self._properties.items():
            SubElement(properties, "property", {"name": _legal(name), "value": _legal(value)})
        for case in self._cases:
            self._append(suite, case)
        indent(root)
        whole: bytes = tostring(root, "utf-8", xml_declaration=True)
        return whole + b"\n"

    def _append(self, suite: Element, case: Case) -> None:
        from xml.etree.ElementTree import SubElement

        described = {"name": _legal(case.name), "classname": _legal(self._suite), "time": _seconds(case.seconds)}
        element = SubElement(suite, "testcase", described)
        if not case.verdict:
            SubElement(element, "system-out").text = _legal(case.told)
            return
        first = case.told.partition("\n")[0]
        attributes = {"type": case.kind, "message": _legal(first)} if case.kind else {"message": _legal(first)}
        SubElement(element, case.verdict, attributes).text = _legal(case.told)


def writable_path(text: str) -> Path:
    """The absolute path of a file that can be written, in a folder made for it; OSError before a long run."""
    from tempfile import TemporaryFile

    path = Path(text).absolute()
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no plain file")
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=path.parent):
        return path


def _case(name: str, step: StepState, error: MlopsCloudError | None) -> Case:
    if step.status in ("succeeded", "cached"):
        told = "\n".join([f"{step.status}: {step.made}", *_gates(step)])
        return Case(name, 0.0 if step.status == "cached" else step.seconds, told=told)
    if step.status in ("failed", "refused"):
        told = message(error) if error else step.error
        return Case(name, step.seconds, "failure", type(error).__name__ if error else step.status, told)
    if step.status in ("skipped", "blocked", "paused"):
        return Case(name, 0.0, "skipped", "", f"{step.status}: {step.error}")
    return Case(name, step.seconds, "error", "interrupted", f"interrupted while it was {step.status}")


def _gates(step: StepState) -> Iterator[str]:
    for gate in step.summary.get("gates", []):
        yield f"gate {'passed' if gate['passed'] else 'missed'}: {gate['message']}"


def _legal(text: str) -> str:
    return _ILLEGAL.sub(lambda match: f"\\u{ord(match[0]):04x}", terminal(text))


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
