"""Dagster: a chain of N ops that do next to nothing, in this process, with its event log in SQLite: N FOLDER."""
# ruff: noqa: ANN001, ANN201 - Dagster takes annotations for types to check at run time

import sys

from dagster import DagsterInstance, job, op


@op
def first():
    """Nothing came before."""
    return 0


@op
def count(before):
    """One more."""
    return before + 1


@job
def chain():
    """N times one more."""
    number = first()
    for step in range(int(sys.argv[1]) - 1):
        number = count.alias(f"count_{step}")(number)


if __name__ == "__main__":
    with DagsterInstance.local_temp(sys.argv[2]) as instance:
        chain.execute_in_process(instance=instance)
