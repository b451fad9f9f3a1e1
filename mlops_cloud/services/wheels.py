"""The wheels of a lock: fetched once, checked, kept by content, and laid out in a folder that any job can mount."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mlops_cloud.durable.files import make_private_folder
from mlops_cloud.durable.hashing import digest_of, file_digest
from mlops_cloud.durable.locks import exclusive
from mlops_cloud.errors import CorruptStateError, NotFoundError, ProviderError
from mlops_cloud.packages.requirements import name_of, normalised
from mlops_cloud.results.identity import NOWHERE, Artifact, Uri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlops_cloud.errors import MlopsCloudError
    from mlops_cloud.packages.tools import Finished
    from mlops_cloud.services.locks import Lock
    from mlops_cloud.services.session import Session

FOLDERS = "wheels"
"""The kind of record that holds what lies in the folder of a lock's wheels."""
WHEELS = "wheel"
"""The kind of record that says where the wheel of one line is kept."""
_PATIENCE = 3600.0  # seconds: somebody else fetches the same gigabytes


def wheels_of(session: Session, lock: Lock, name: str = "") -> Uri:
    """The address of a folder of the lock's wheels; NOWHERE when what a job starts from has them all.

    Nothing is asked of an index once they are stored. IndexUnreachableError, or ProviderError, names the wheels that
    cannot be had; CorruptStateError those whose sha256 is another. `name` is told what takes its time.
    """
    if lock.there or session.read_only:
        return NOWHERE
    folder = folder_of(session, lock.digest)
    known = f"wheels {lock.digest}"
    if known in session.known:
        return folder
    if not _whole(session, lock, folder):
        locks = make_private_folder(session.home / "locks")
        with exclusive(locks / f"wheels-{lock.digest[:12]}.lock", _PATIENCE):
            if not _whole(session, lock, folder):
                _gather(session, lock, folder, name)
    session.known[known] = Artifact(folder, lock.digest)
    return folder


def folder_of(session: Session, digest: str) -> Uri:
    """Where the wheels of a lock lie, by its digest: the last part of the address."""
    return Uri(f"{session.provider.storage.root}/wheels/{digest}")


def wheel_key(lock: Lock, index: int) -> str:
    """The name of the record that says where the wheel of a line is kept: the same for every lock with this line."""
    return digest_of([lock.lines[index], list(lock.hashes[index]), lock.target.python, lock.target.place])[:32]


def _whole(session: Session, lock: Lock, folder: Uri) -> bool:
    record = session.records.get(FOLDERS, lock.digest)
    if record is None:
        return False
    there = {entry.uri.rsplit("/", 1)[1]: entry.size for entry in session.provider.storage.list(folder)}
    return all(there.get(file) == size for file, size in record["files"].items())


def _gather(session: Session, lock: Lock, folder: Uri, name: str) -> None:
    storage = session.provider.storage
    kept = {index: record for index in range(len(lock.lines)) if (record := _kept(session, lock, index))}
    lacking = [index for index in range(len(lock.lines)) if index not in kept]
    if lacking:
        session.tell("environment", name, f"fetching {len(lacking)} of {len(lock.lines)} packages")
        kept |= _fetched(session, lock, lacking)
    for record in kept.values():
        storage.copy(Uri(record["uri"]), Uri(f"{folder}/{record['file']}"))
    session.records.delete(FOLDERS, lock.digest)
    files = {record["file"]: record["size"] for record in kept.values()}
    session.records.create(FOLDERS, lock.digest, {"files": files})
    session.tell("environment", name, f"{lock.digest[:12]} has its {len(lock.lines)} packages")


def _kept(session: Session, lock: Lock, index: int) -> dict[str, Any] | None:
    """The record of a line's wheel, while the wheel itself is still stored."""
    key = wheel_key(lock, index)
    record = session.records.get(WHEELS, key)
    if record is None or next(iter(session.provider.storage.list(Uri(record["uri"]))), None):
        return record
    session.records.delete(WHEELS, key)
    return None


def _fetched(session: Session, lock: Lock, lacking: list[int]) -> dict[int, dict[str, Any]]:
    with TemporaryDirectory(dir=session.home) as temporary:
        folder = Path(temporary)
        # pip takes either a hash for every line of a file, or for none.
        for part in (True, False):
            chosen = [index for index in lacking if bool(lock.hashes[index]) is part]
            if chosen:
                _download(session, lock, chosen, folder)
        files = {normalised(path.name.split("-")[0]): path for path in sorted(folder.glob("*.whl"))}
        missing = [lock.lines[index] for index in lacking if name_of(lock.lines[index]) not in files]
        if missing:
            raise ProviderError(f"no wheel was fetched for {', '.join(missing)}", fix="name another version")
        return {index: _stored(session, lock, index, files[name_of(lock.lines[index])]) for index in lacking}


def _download(session: Session, lock: Lock, chosen: Iterable[int], folder: Path) -> None:
    from mlops_cloud.packages import tools

    wanted = folder / "wanted.txt"
    wanted.write_text("".join(f"{_line(lock, index)}\n" for index in chosen), encoding="utf-8")
    target = lock.target
    where = ["--no-deps", "--retries", "2", "--requirement", str(wanted)]
    # What has no wheel is built here, for here; for elsewhere only wheels will do.
    verb = ["download", "--dest", str(folder)] if target.platform else ["wheel", "--wheel-dir", str(folder)]
    with tools.pip(target.interpreter) as pip:
        finished = tools.run([*pip, *verb, *where, *target.pip_options()], session.stopping)
    if finished.code:
        raise _failed(finished, [lock.lines[index] for index in chosen])


def _line(lock: Lock, index: int) -> str:
    return " ".join((lock.lines[index], *(f"--hash=sha256:{found}" for found in lock.hashes[index])))


def _failed(finished: Finished, lines: list[str]) -> MlopsCloudError:
    from mlops_cloud.packages import complaints
    from mlops_cloud.services.lock_solver import unreachable_error

    names = ", ".join(complaints.clashing(finished, lines))
    if complaints.unreachable(finished):
        return unreachable_error(f"the wheels of {names} are not stored yet", finished)
    why = complaints.sentence(finished)
    if "DO NOT MATCH THE HASHES" in finished.err:
        fix = "find out who changed the file; then lock anew: mlops-cloud environments delete"
        return CorruptStateError(f"what the index has for {names} is not what the lock names", why=why, fix=fix)
    return ProviderError(f"the wheels of {names} cannot be had", why=why, fix="mend the line, or the index")


def _stored(session: Session, lock: Lock, index: int, path: Path) -> dict[str, Any]:
    digest = file_digest(path, "sha256")
    uri = session.provider.storage.put(digest, path)
    record = {"file": path.name, "sha256": digest, "size": path.stat().st_size, "uri": uri, "line": lock.lines[index]}
    key = wheel_key(lock, index)
    if session.records.create(WHEELS, key, record):
        return record
    found = session.records.get(WHEELS, key)
    if found is None:
        raise NotFoundError(f"the wheel of {lock.lines[index]} was forgotten meanwhile", fix="run it again")
    return found
