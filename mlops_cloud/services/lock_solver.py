"""From requirement lines to exact versions and the sha256 of their files, by uv or by pip."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mlops_cloud.errors import IndexUnreachableError, InvalidSpecError
from mlops_cloud.packages.closure import Distribution, applies, closure, full_lock, parsed
from mlops_cloud.packages.requirements import normalised, pin_of, redacted, requirement_lines, with_hashes

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Sequence

    from mlops_cloud.packages.targets import Target
    from mlops_cloud.packages.tools import Finished

_ROUNDS = 8
"""How often pip is asked again for what only another platform needs."""
Pins = dict[str, tuple[str, ...]]
"""`name==version` -> the sha256 of the files that are taken for it."""


@dataclass(frozen=True, slots=True)
class Solver:
    """One question: what these lines come to on a target."""

    lines: tuple[str, ...]
    target: Target
    stopping: threading.Event | None = None

    def pins(self) -> Pins:
        """The whole lock; InvalidSpecError names the lines that cannot be had together."""
        whole = full_lock(self.lines, self.target.markers())
        if whole is not None:
            return whole
        from mlops_cloud.packages import tools

        with TemporaryDirectory() as folder:
            return self._by_uv(Path(folder), tools.uv()) if tools.uv() else self._by_pip(Path(folder))

    def _by_uv(self, folder: Path, uv: Sequence[str]) -> Pins:
        from mlops_cloud.packages import tools

        wanted = folder / "requirements.in"
        wanted.write_text("".join(f"{line}\n" for line in self.lines), encoding="utf-8")
        options = ["--generate-hashes", "--no-header", "--no-annotate", "--quiet", *tools.uv_offline()]
        argv = [*uv, "pip", "compile", str(wanted), *options, *self.target.uv_options()]
        finished = tools.run(argv, self.stopping)
        if finished.code:
            raise self._failed(finished, self.lines)
        pairs = (with_hashes(line) for line in requirement_lines(finished.out, "uv"))
        return {pin_of(line): tuple(sorted(hashes)) for line, hashes in pairs}

    def _by_pip(self, folder: Path) -> Pins:
        # pip compares markers with the interpreter that runs it: what they say elsewhere is worked out here.
        markers = self.target.markers()
        wanted = list(self.lines) if markers is None else _without_markers(self.lines, markers)
        for _ in range(_ROUNDS):
            answer = self._asked_of_pip(folder, wanted)
            whole = closure(self.lines, lambda name: answer[name][0] if name in answer else None, markers)  # noqa: B023
            if not whole.missing:
                return {f"{name}=={answer[name][0].version}": answer[name][1] for name in sorted(whole.found)}
            wanted += whole.missing
        raise InvalidSpecError(
            f"no lock was found for Python {self.target.python} on {self.target.place}",
            why=f"pip does not find what {', '.join(whole.missing)} comes to there",
            fix="install uv, which solves for other platforms by itself",
        )

    def _asked_of_pip(self, folder: Path, wanted: Sequence[str]) -> dict[str, tuple[Distribution, tuple[str, ...]]]:
        from mlops_cloud.packages import tools

        asked, report = folder / "requirements.in", folder / "report.json"
        asked.write_text("".join(f"{line}\n" for line in wanted), encoding="utf-8")
        options = ["--dry-run", "--ignore-installed", "--retries", "2", "--report", str(report)]
        elsewhere = [*self.target.pip_options(), "--target", str(folder / "none")] if self.target.platform else []
        with tools.pip(self.target.interpreter) as pip:
            finished = tools.run([*pip, "install", *options, *elsewhere, "--requirement", str(asked)], self.stopping)
        if finished.code:
            raise self._failed(finished, self.lines)
        return dict(_entry(item) for item in json.loads(report.read_bytes())["install"])

    def _failed(self, finished: Finished, lines: Sequence[str]) -> Exception:
        from mlops_cloud.packages import complaints

        if complaints.unreachable(finished):
            return unreachable_error("the requirements are not locked yet", finished)
        clashing = [redacted(with_hashes(line)[0]) for line in complaints.clashing(finished, lines)]
        where = f"Python {self.target.python} on {self.target.place}"
        return InvalidSpecError(
            f"no lock satisfies these requirements for {where}: {', '.join(clashing)}",
            why=complaints.sentence(finished),
            fix="loosen or mend these lines; `pip index versions NAME` shows the versions that there are",
        )


def unreachable_error(what: str, finished: Finished) -> IndexUnreachableError:
    """The error for an index that cannot be asked; `what` could not be done."""
    from mlops_cloud.packages import complaints

    return IndexUnreachableError(
        f"{what}: no package index answers",
        why=complaints.reason(finished),
        fix="connect to the network, or tell pip where packages are (PIP_INDEX_URL, PIP_FIND_LINKS); then run again",
    )


def _without_markers(lines: Iterable[str], markers: dict[str, str]) -> list[str]:
    wanted = []
    for line in lines:
        requirement = parsed(line)
        if applies(requirement, markers):
            requirement.marker = None
            wanted.append(str(requirement))
    return wanted


def _entry(item: dict[str, Any]) -> tuple[str, tuple[Distribution, tuple[str, ...]]]:
    """One line of pip's report: name -> the distribution, and the sha256 of its file."""
    metadata = item["metadata"]
    name = normalised(metadata["name"])
    hashes = item["download_info"].get("archive_info", {}).get("hashes") or {}
    found = Distribution(name, metadata["version"], tuple(metadata.get("requires_dist") or ()))
    return name, (found, (hashes["sha256"],) if "sha256" in hashes else ())
