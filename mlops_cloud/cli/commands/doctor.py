"""`mlops-cloud doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlops_cloud.cli.options import common_options

if TYPE_CHECKING:
    from mlops_cloud.cli.options import Common


@click.command("doctor")
@common_options
def command(common: Common) -> int:
    """Check what works here and what does not.

    Exits with 1 when something does not.
    """
    from mlops_cloud.cli.answers import answer_list
    from mlops_cloud.cli.diagnosis import findings
    from mlops_cloud.errors import ExitCode

    found = list(findings(common))
    columns = {
        "": lambda finding: "ok" if finding.ok else "NOT OK",
        "subject": lambda finding: finding.subject,
        "finding": lambda finding: finding.message,
        "fix": lambda finding: finding.fix,
    }
    answer_list(common.output, found, columns, lambda finding: finding.subject)
    return ExitCode.DONE if all(finding.ok for finding in found) else ExitCode.FAILED
