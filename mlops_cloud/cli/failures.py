"""Tell what went wrong, in one way, and say it in the exit code."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING

import click

from mlops_cloud.errors import ExitCode, MlopsCloudError, RecipeError
from mlops_cloud.safety.redact import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

TRACEBACK = "MLOPS_CLOUD_TRACEBACK"


def told(exc: Exception) -> int:
    """Write the failure to stderr; the exit code."""
    if isinstance(exc, click.Abort):
        return _interrupted(exc)
    if isinstance(exc, click.ClickException):
        exc.show()
        return exc.exit_code
    if os.environ.get(TRACEBACK):
        click.echo(terminal("".join(traceback.format_exception(exc))), err=True)
    if isinstance(exc, MlopsCloudError):
        click.echo(message(exc), err=True)
        return exc.exit_code
    click.echo(_unexpected(exc), err=True)
    return ExitCode.FAILED


def message(exc: MlopsCloudError) -> str:
    """What happened, why, how to mend it, and a failed job's last lines; safe for a terminal."""
    lines = [*_body(exc)]
    if tail := _tail(exc):
        lines += ["  its last lines:", *(f"    | {line}" for line in tail)]
    return terminal("\n".join(lines))


def _body(exc: MlopsCloudError) -> Iterator[str]:
    yield exc.what if isinstance(exc, RecipeError) else f"error: {exc.what}"
    for word, text in (("why", exc.why), ("fix", exc.fix), ("provider", _origin(exc))):
        if text:
            yield f"  {word}: " + text.strip().replace("\n", "\n       ")


def _tail(exc: MlopsCloudError) -> list[str]:
    lines, why = list(exc.log_tail), exc.why.strip().splitlines()
    # A traceback that ends the log was told as the reason already.
    return lines[: -len(why)] if why and lines[-len(why) :] == why else lines


def _origin(exc: MlopsCloudError) -> str:
    parts = (exc.provider, exc.provider and exc.code, exc.provider and exc.request_id)
    return " ".join(part for part in parts if part)


def _interrupted(exc: click.Abort) -> int:
    notes = getattr(exc.__cause__, "__notes__", [])
    click.echo("\n".join(["interrupted", *notes]), err=True)
    return ExitCode.INTERRUPTED


def _unexpected(exc: Exception) -> str:
    if os.environ.get(TRACEBACK):
        return "error: this is a mistake in mlops-cloud; please report the traceback above"
    first = terminal(str(exc)).split("\n")[0]
    return (
        f"error: {type(exc).__name__}: {first}\n"
        f"  fix: this is a mistake in mlops-cloud; run it again with {TRACEBACK}=1 and report the traceback"
    )
