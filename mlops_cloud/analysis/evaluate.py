"""An evaluation as a job: `python -m mlops_cloud.analysis.evaluate` in the shim's world.

Reads MLOPS_INPUT_MODEL (a bundle), MLOPS_INPUT_DATA (one table), perhaps MLOPS_INPUT_CHAMPION (a bundle), and the
parameter `settings` (JSON: task, target, positive, slices, gates, seed, resamples, digests).
Writes report.json and report.html.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis import bundles
from mlops_cloud.analysis.bootstrap import measure
from mlops_cloud.analysis.curves import curves
from mlops_cloud.analysis.features import read_rows
from mlops_cloud.analysis.gates import CHAMPION, check_gates, compare, differences
from mlops_cloud.analysis.metrics import confusion_matrix
from mlops_cloud.analysis.report_html import render
from mlops_cloud.analysis.scores import ClassScores
from mlops_cloud.analysis.scoring import score
from mlops_cloud.analysis.slices import measure_slices
from mlops_cloud.errors import InvalidSpecError, MlopsCloudError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlops_cloud.analysis.bootstrap import Measured
    from mlops_cloud.analysis.features import Rows


def evaluate(model: Path, data: Path, settings: Mapping[str, Any], champion: Path | None = None) -> dict[str, Any]:
    """The report on one model: metrics with intervals, slices, gates, the champion on the same rows, curves."""
    slices = list(settings.get("slices") or ())
    rows = read_rows(data, [settings["target"], *slices])
    digests = settings.get("digests") or {}
    scores = score(bundles.load(model, digests.get("model", "")), rows, settings)
    draws = {"seed": int(settings.get("seed", 0)), "resamples": int(settings.get("resamples", 1000))}
    measured = measure(scores, **draws)
    metrics = measured.intervals()
    gates = settings.get("gates") or {}
    checked = [gate.as_json() for gate in check_gates(gates, metrics)]
    rival = _measured_champion(champion, rows, settings, draws)
    compared = [gate.as_json() for gate in compare(gates.get(CHAMPION) or {}, measured, rival)]
    return {
        "schema": 1,
        **{name: settings.get(name) for name in ("task", "target", "model", "data")},
        "positive": scores.positive_class if isinstance(scores, ClassScores) else None,
        "rows": rows.count,
        "metrics": metrics,
        "confusion": _confusion(scores) if isinstance(scores, ClassScores) else None,
        "slices": measure_slices(scores, {name: rows.columns[name] for name in slices}, **draws),
        "gates": checked if rival else [*checked, *compared],
        "champion": _champion(settings, measured, rival, compared) if rival else None,
        "passed": all(gate["passed"] for gate in [*checked, *compared]),
        "curves": curves(scores),
    }


def main() -> int:
    """Evaluate as the environment says; 0 also when a gate was missed, which the report tells."""
    parameters = json.loads(Path(os.environ["MLOPS_PARAMETERS"]).read_bytes())
    champion = os.environ.get("MLOPS_INPUT_CHAMPION")
    try:
        report = evaluate(
            Path(os.environ["MLOPS_INPUT_MODEL"]),
            Path(os.environ["MLOPS_INPUT_DATA"]),
            json.loads(parameters["settings"]),
            Path(champion) if champion else None,
        )
    except MlopsCloudError as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - a job's own output
        return 1
    target = Path(os.environ["MLOPS_OUTPUT_DIR"])
    (target / "report.json").write_text(json.dumps(report, indent=1, allow_nan=False), encoding="utf-8")
    (target / "report.html").write_text(render(report), encoding="utf-8")
    for name, entry in report["metrics"].items():
        print(f"[metric] {name}={entry['value']!r}")  # noqa: T201 - how a job reports
    return 0


def _measured_champion(
    folder: Path | None, rows: Rows, settings: Mapping[str, Any], draws: dict[str, int]
) -> Measured | None:
    if folder is None:
        return None
    loaded = bundles.load(folder, (settings.get("digests") or {}).get("champion", ""))
    try:
        return measure(score(loaded, rows, settings), **draws)
    except InvalidSpecError as exc:
        raise InvalidSpecError(
            f"the champion cannot be measured on these rows: {exc.what}",
            why=exc.why,
            fix="leave gates.champion out until this model is the champion",
        ) from exc


def _champion(
    settings: Mapping[str, Any], model: Measured, rival: Measured, gates: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "model": settings.get("champion") or "champion",
        "metrics": rival.intervals(),
        "differences": differences(model, rival),
        "gates": gates,
    }


def _confusion(scores: ClassScores) -> dict[str, Any]:
    return {"labels": list(scores.classes), "counts": confusion_matrix(scores)}


if __name__ == "__main__":
    # Set before numpy is imported: these tables are too small to share among threads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()  # importing scikit-learn makes many objects and no garbage: looking for it takes 60 ms
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # everything is written; to fold an interpreter with scikit-learn in it takes 0.2 s
