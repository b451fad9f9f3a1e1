"""Jobs in an environment that is made of their lock."""

from __future__ import annotations

from typing import Any


def test_a_job_gets_what_its_lock_names_and_nothing_else(index: Any, project: Any) -> None:
    script = "import wheelbase, sys\nprint(wheelbase.VERSION, sys.prefix)\nimport pytest\n"
    with project.cloud() as cloud:
        job = cloud.processing.submit(project.job(["wheeltop"], script), folder=project.folder)
        ended = job.follow(60)
    print(ended)
    assert ended.failure is not None
    assert "No module named 'pytest'" in ended.failure.message
