"""The code a job runs: found, hashed, and packed when it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from mlops_cloud.bundle.archive import CARRIED, Entry, build_archive, own_package_archive
from mlops_cloud.bundle.code import Code, FileDigests, size_and_sha256
from mlops_cloud.bundle.discovery import code_folder, discover, discover_files, discover_module
from mlops_cloud.durable.hashing import digest_of, file_digest
from mlops_cloud.results.identity import Artifact, Uri
from mlops_cloud.safety.names import safe_join

if TYPE_CHECKING:
    from mlops_cloud.services.session import Session
    from mlops_cloud.specs.job import JobSpec

_CODE = "code/"
_ANALYSIS = "our own package that evaluations carry"
_OURS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Program:
    """A job's code and how it is started."""

    entry: Entry
    code: Code
    digests: FileDigests
    analysis: bool = False
    """Our own analysis package travels along."""

    def parts(self) -> dict[str, object]:
        """What of it is part of the cache key."""
        files = {name: self.digests.ask(size_and_sha256, self.code.root / name)[1] for name in self.code.files}
        entry = {"kind": self.entry.kind, "value": self.entry.value, **self.entry.extras()}
        return {"entry": entry, "code": files, **({"analysis": analysis_digest()} if self.analysis else {})}


def program_of(spec: JobSpec, folder: Path, digests: FileDigests) -> Program:
    """What runs, the modules it imports from its folder, and what `code:` adds or is."""
    kind, value = spec.entry
    root = folder if isinstance(spec.code, tuple) else code_folder(folder, spec.code)
    extra = [*(spec.code if isinstance(spec.code, tuple) else ["*"])]
    extra += [predictor] if (predictor := getattr(spec, "predictor", "")) else []
    if kind in ("script", "notebook"):
        code = discover(str(value), root, extra, digests)
        return Program(Entry("notebook" if kind == "notebook" else "script", code.entry, spec.outputs), code, digests)
    if kind == "module":
        code = discover_module(str(value), root, extra, digests)
        return Program(Entry("module", str(value), spec.outputs), code, digests)
    command = value if isinstance(value, str) else list(value)
    return Program(Entry("command", command, spec.outputs), discover_files(root, extra, digests), digests)


def analysis_program(module: str, outputs: dict[str, str]) -> Program:
    """One of our own jobs: a module of the analysis package, and none of the user's code."""
    nothing = Code(_OURS, "", (), digest_of([]))
    return Program(Entry("module", module, outputs), nothing, FileDigests(), analysis=True)


def upload_program(session: Session, program: Program) -> tuple[Uri, tuple[Uri, ...]]:
    """The addresses of the program's archive, and of the packages that travel along."""
    return _stored_archive(session, program), (stored_analysis(session),) if program.analysis else ()


def stored_analysis(session: Session) -> Uri:
    """The address of our own package that evaluations carry; stored once in a process."""
    known = session.known.get(_ANALYSIS)
    if known is None:
        with TemporaryDirectory(dir=session.home) as folder:
            package = own_package_archive(Path(folder) / "analysis.zip")
            uri = session.provider.storage.put(package.digest, package.path)
        known = session.known[_ANALYSIS] = Artifact(uri, package.digest)
    return known.uri


def _stored_archive(session: Session, program: Program) -> Uri:
    # Trials, and many a chain of steps, run the same program again and again.
    name = f"the archive of {digest_of([program.parts(), dict(program.entry.outputs)])}"
    known = session.known.get(name)
    if known is None:
        with TemporaryDirectory(dir=session.home) as folder:
            archive = build_archive(program.entry, program.code, Path(folder) / "job.zip")
            uri = session.provider.storage.put(archive.digest, archive.path)
        known = session.known[name] = Artifact(uri, archive.digest)
    return known.uri


@cache
def analysis_digest() -> str:
    """Digest of what our own jobs carry of this package: a new version of it measures anew."""
    files = sorted(file for part in CARRIED for file in [_OURS / part, *(_OURS / part).rglob("*.py")] if file.is_file())
    return digest_of([[file.relative_to(_OURS).as_posix(), file_digest(file, "sha256")] for file in files])


def unpacked_code(session: Session, description: dict[str, Any], folder: Path) -> dict[str, Path]:
    """The user's code as a job ran it, for a bundle that needs code to load its model: name -> file."""
    if not description["predictor"] and description["trust"] != "pickle":
        return {}
    archive = session.provider.storage.download(Uri(description["code"]["uri"]), folder / "archive")
    files = {}
    with ZipFile(_only_file(archive)) as packed:
        for name in packed.namelist():
            if name.startswith(_CODE) and not name.endswith("/"):
                target = safe_join(folder, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(packed.read(name))
                files[name.removeprefix(_CODE)] = target
    return files


def _only_file(path: Path) -> Path:
    return path if path.is_file() else next(entry for entry in path.rglob("*") if entry.is_file())
