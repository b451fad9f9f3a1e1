"""Libraries that were imported before the script: as fresh as a cold one's, but for the time of their import."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_cloud_local.job_warmth import AFTERWARDS, TABULAR

NUMBERS = "import numpy\nprint(numpy.random.rand(), numpy.random.default_rng().random())"
WARNINGS = (
    "import warnings\nimport numpy, pandas\nimport sklearn.pipeline, sklearn.linear_model, sklearn.ensemble, joblib\n"
    "for entry in warnings.filters:\n    print(entry)\n"
)
FIT = """
import joblib, numpy, pandas, threadpoolctl, warnings
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from mlops_cloud.runtime import log_metric, save_model

random = numpy.random.default_rng(3)
rows = pandas.DataFrame(random.normal(size=(400, 5)), columns=list("abcde"))
classes = (rows.a + rows.b * rows.c > 0).astype(int)
forest = RandomForestClassifier(20, n_jobs=2, random_state=0).fit(rows, classes)
boosted = HistGradientBoostingClassifier(max_iter=20).fit(rows, classes)
for name, model in (("forest", forest), ("boosted", boosted), ("line", LogisticRegression().fit(rows, classes))):
    log_metric(name, model.score(rows, classes))
log_metric("norm", float(numpy.linalg.norm(random.normal(size=(400, 400)) @ random.normal(size=(400, 400)))))
print(cross_val_score(LogisticRegression(), rows, classes, n_jobs=2))
print(sorted((pool["user_api"], pool["num_threads"]) for pool in threadpoolctl.threadpool_info()))
print(joblib.cpu_count(), rows.describe().loc["mean"].tolist())
numpy.polyfit([1, 1], [1, 1], 2)
save_model(forest)
"""


def test_random_numbers_are_each_jobs_own(bench: Any) -> None:
    bench.preload = ("numpy", "numpy.random")
    first, second = (bench.run(NUMBERS) for _ in range(2))
    assert (first.start, second.start) == ("warm", "warm")
    assert not set(first.log.split()) & set(second.log.split())


@pytest.mark.uses_sklearn
def test_fits_on_several_threads_are_the_same_once_and_again(bench: Any) -> None:
    """OpenMP, BLAS and joblib's processes start in each copy; had they ever run in the server, these would hang."""
    bench.preload = (*TABULAR, *AFTERWARDS)
    first = bench.both(FIT, OMP_NUM_THREADS="2")
    assert "('openmp', 2)" in first.log
    second = bench.run(FIT, OMP_NUM_THREADS="2")
    assert (second.start, second.told()) == ("warm", first.told())
    one = bench.run(FIT, OMP_NUM_THREADS="1")
    assert "('openmp', 1)" in one.log
    assert one.metrics[:-1] == first.metrics[:-1]


@pytest.mark.uses_sklearn
def test_warnings_are_filtered_as_after_the_imports(bench: Any) -> None:
    bench.preload = (*TABULAR, *AFTERWARDS)
    bench.both(WARNINGS, OMP_NUM_THREADS="2")
