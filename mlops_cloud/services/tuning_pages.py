"""What a tuning leaves in the store beside its record: its trials as a page and as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from mlops_cloud.analysis.trials_page import render
from mlops_cloud.results.identity import Uri
from mlops_cloud.results.tuning import rows_of

if TYPE_CHECKING:
    from mlops_cloud.results.tuning import Tuning
    from mlops_cloud.services.session import Session


def folder_of(session: Session, name: str) -> Uri:
    """Where the pages of a tuning lie."""
    return Uri(f"{session.provider.storage.root}/tunings/{session.project}/{name}")


def page_of(session: Session, name: str) -> Uri:
    """Where its page lies."""
    return Uri(f"{folder_of(session, name)}/trials.html")


def table_of(session: Session, name: str) -> Uri:
    """Where its trials lie as CSV."""
    return Uri(f"{folder_of(session, name)}/trials.csv")


def publish(session: Session, tuning: Tuning) -> None:
    """Write both, if they are not there."""
    storage = session.provider.storage
    storage.create(tuning.table, _csv(tuning).encode())
    storage.create(tuning.page, render(tuning.document()).encode())


def _csv(tuning: Tuning) -> str:
    head, rows = rows_of(tuning.trials, tuning.metric)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
