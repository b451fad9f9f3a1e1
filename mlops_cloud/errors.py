"""Every error a caller can meet, by what the caller can do about it.

MlopsCloudError
├── InvalidSpecError            mend the spec, the recipe, the configuration or the data     exit 2
│   └── RecipeError             the same, each problem with file:line:column
├── UnsupportedError            choose another provider or spec; nothing was created         exit 2
├── ProviderNotInstalledError   install the extra that the message names                     exit 2
├── NotFoundError               it is not there                                              exit 1
├── AlreadyExistsError          it is there already and differs
├── ConflictError               somebody else changed it meanwhile, or it is in use
├── NotAuthenticatedError       sign in, then run again
├── PermissionDeniedError       ask for the right that the message names
├── QuotaExceededError          ask for quota, or for less
├── ThrottledError              wait, then try again (retryable)
├── DeadlineExceededError       it took longer than allowed
├── JobFailedError              the job's own code failed; its cause and last lines are attached
├── CorruptStateError           stored bytes are not those that were written
├── ProviderError               the provider failed in a way the table of codes does not know
│   └── IndexUnreachableError   no package index answers: connect, then run again
└── RefusedError                a check said no                                              exit 3
    ├── ExpectationError        rows of a dataset broke its expectations
    └── GateError               a metric missed its gate
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class ExitCode(IntEnum):
    """What the command line answers to its shell."""

    DONE = 0
    FAILED = 1
    INVALID = 2
    REFUSED = 3
    WAITING = 4
    CHANGES = 5
    INTERRUPTED = 130


class MlopsCloudError(Exception):
    """The base of all our errors: what happened, why, and how to mend it."""

    exit_code: ExitCode = ExitCode.FAILED
    retryable: bool = False

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        fix: str = "",
        provider: str = "",
        code: str = "",
        request_id: str = "",
        log_tail: Sequence[str] = (),
    ) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix
        self.provider = provider
        self.code = code
        self.request_id = request_id
        self.log_tail = tuple(log_tail)

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        if self.provider:
            native = " ".join(part for part in (self.code, self.request_id and f"request {self.request_id}") if part)
            lines.append(f"  provider: {self.provider}" + (f" ({native})" if native else ""))
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        # The default would call the class with `args` alone and lose every keyword.
        return (_rebuilt, (type(self), self.what), self.__dict__)


def _rebuilt(kind: type[MlopsCloudError], what: str) -> MlopsCloudError:
    error = kind.__new__(kind)
    Exception.__init__(error, what)
    return error


class InvalidSpecError(MlopsCloudError):
    """The request itself is wrong; nothing was created."""

    exit_code = ExitCode.INVALID


class RecipeError(InvalidSpecError):
    """A recipe is wrong: `problems` holds one line each, `file:line:column: field: message`."""

    def __init__(self, problems: Sequence[str], *, fix: str = "") -> None:
        super().__init__("\n".join(problems), fix=fix)
        self.problems = tuple(problems)


class UnsupportedError(MlopsCloudError):
    """This provider cannot do this; nothing was created."""

    exit_code = ExitCode.INVALID


class ProviderNotInstalledError(MlopsCloudError):
    """A package is missing; `fix` is the pip line that brings it."""

    exit_code = ExitCode.INVALID


class NotFoundError(MlopsCloudError):
    """What was named is not there."""


class AlreadyExistsError(MlopsCloudError):
    """What should be made is there already, with other content."""


class ConflictError(MlopsCloudError):
    """Somebody else changed it meanwhile, or something still uses it."""


class NotAuthenticatedError(MlopsCloudError):
    """The provider does not know who is asking."""


class PermissionDeniedError(MlopsCloudError):
    """The provider knows who is asking and refuses."""


class QuotaExceededError(MlopsCloudError):
    """A limit of the account, the region or this computer is reached."""


class ThrottledError(MlopsCloudError):
    """Too many requests; the same one will pass later."""

    retryable = True


class DeadlineExceededError(MlopsCloudError):
    """It took longer than the caller allowed."""


class JobFailedError(MlopsCloudError):
    """The job's own code failed; `log_tail` holds its last lines."""


class CorruptStateError(MlopsCloudError):
    """Stored bytes are not the bytes that were written."""


class ProviderError(MlopsCloudError):
    """The provider failed in a way our table of codes does not know."""


class IndexUnreachableError(ProviderError):
    """No package index answers, and what is wanted of one is not stored yet."""


class RefusedError(MlopsCloudError):
    """A check that the caller asked for said no."""

    exit_code = ExitCode.REFUSED


class ExpectationError(RefusedError):
    """Rows of a dataset broke its expectations; the message shows them."""


class GateError(RefusedError):
    """A metric missed its gate; the message shows value and limit."""
