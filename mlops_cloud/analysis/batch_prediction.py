"""Predictions for tables of any size: `python -m mlops_cloud.analysis.batch_prediction` in the shim's world.

Reads MLOPS_INPUT_MODEL (a bundle), MLOPS_INPUT_DATA (one table or several), and the parameter `settings` (JSON:
columns, output, probabilities, chunk_rows, target, digests). Keeps whole chunks in MLOPS_CHECKPOINT_DIR, so that the
next attempt goes on behind them. Writes predictions.csv or predictions.parquet, and summary.json.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import sys
import time
import warnings
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis import bundles
from mlops_cloud.analysis.asking import Asker
from mlops_cloud.analysis.cells import widened
from mlops_cloud.analysis.chunks import Chunks, Wanted
from mlops_cloud.analysis.column_kinds import WiderColumnError
from mlops_cloud.analysis.parquet_table import ParquetTable
from mlops_cloud.analysis.prediction_lines import column_names, lines, predicted
from mlops_cloud.analysis.prediction_output import write_output
from mlops_cloud.analysis.prediction_parts import Parts, State
from mlops_cloud.analysis.prediction_tally import Tally
from mlops_cloud.analysis.progress_lines import ProgressLines, say
from mlops_cloud.analysis.read_ahead import read_ahead
from mlops_cloud.analysis.tables import require_column
from mlops_cloud.errors import InvalidSpecError, MlopsCloudError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlops_cloud.analysis.chunks import Chunk
    from mlops_cloud.analysis.column_kinds import Kinds

ALL = "all"
"""`columns: all`: every column of the table stands beside the prediction."""


class BatchPrediction:
    """One model, the tables it predicts, and the checkpoint that its predictions are kept in."""

    def __init__(self, model: Path, data: Path, settings: Mapping[str, Any], checkpoint: Path) -> None:
        self._chunks = Chunks(data)
        self._names = self._chunks.names
        digests = settings.get("digests") or {}
        loaded = bundles.load(model, digests.get("model", ""))
        self._probabilities = bool(settings.get("probabilities"))
        carried = self._carried(settings.get("columns") or ())
        target = settings.get("target") or str((bundles.signature_of(model).get("output") or {}).get("name", ""))
        self._asker = Asker(loaded, self._names, target, carried, probabilities=self._probabilities)
        self._wanted = Wanted(
            self._asker.features, carried, int(settings.get("chunk_rows") or 100_000), self._asker.as_cells
        )
        column_names(carried, ())
        whole = json.dumps([dict(settings), self._chunks.identity], sort_keys=True)
        self._parts = Parts(checkpoint, hashlib.sha256(whole.encode()).hexdigest())
        self._progress = ProgressLines()
        self.kept = 0
        """Rows that an attempt before had predicted."""

    def predict(self) -> State:
        """Predict the rows that are not predicted yet; how far it came."""
        state = self._parts.state()
        self.kept = state.rows
        if state.rows:
            say(f"{state.rows:,} rows are predicted already")
        with warnings.catch_warnings():
            # The columns are in the order that the model was fitted with, whether it or the table names them.
            warnings.filterwarnings("ignore", message=".*feature names.*", category=UserWarning)
            try:
                state = self._from(state, state.kinds or self._chunks.first_kinds(self._wanted))
            except WiderColumnError as exc:
                say(f"{exc}: all rows are looked at, then predicted from the first on")
                self._parts.clear()
                self.kept = 0
                state = self._from(State(), self._chunks.all_kinds(self._wanted))
        if not state.rows:
            raise InvalidSpecError("there are no rows to predict", fix="give a table with rows")
        return state

    def write(self, state: State, target: Path) -> None:
        """The predictions of all rows, in order; what was kept of them is then removed."""
        table = self._chunks.files[0].table
        types = table.types if isinstance(table, ParquetTable) else {}
        carried = {name: types.get(name, "VARCHAR") for name in self._wanted.carried}
        names = column_names(self._wanted.carried, state.classes)
        write_output(self._parts.paths(state.chunks), names, carried, state.kind, target)
        self._parts.clear()

    def _carried(self, columns: Sequence[str] | str) -> list[str]:
        if columns == ALL:
            return list(self._names)
        for name in columns:
            require_column(self._chunks.files[0].table, name, "columns")
        return list(columns)

    def _from(self, state: State, kinds: Kinds) -> State:
        with closing(read_ahead(self._chunks.read(state.place, self._wanted, kinds))) as chunks:
            for chunk in chunks:
                state = self._kept(chunk, state)
                self._progress.tell(state.rows, 100 * self._chunks.share(state.place), state.chunks)
        return state

    def _kept(self, chunk: Chunk, state: State) -> State:
        answers = self._asker.answers_to(chunk, state.rows)
        told = predicted(answers)
        classes = state.classes or (answers.classes if self._probabilities else [])
        column_names(self._wanted.carried, classes)
        tally = Tally(state.tally)
        tally.add(told)
        behind = replace(
            state,
            chunks=state.chunks + 1,
            rows=state.rows + len(told.cells),
            place=chunk.end,
            kinds=chunk.kinds,
            classes=classes,
            kind=widened(state.kind, told.kind) if told.kind else state.kind,
            tally=tally.state(),
        )
        return self._parts.add(lines(chunk.carried, told.cells, answers, classes), behind)


def main() -> int:
    """Predict as the environment says."""
    settings = json.loads(json.loads(Path(os.environ["MLOPS_PARAMETERS"]).read_bytes())["settings"])
    target = Path(os.environ["MLOPS_OUTPUT_DIR"])
    began = time.monotonic()
    try:
        prediction = BatchPrediction(
            Path(os.environ["MLOPS_INPUT_MODEL"]),
            Path(os.environ["MLOPS_INPUT_DATA"]),
            settings,
            Path(os.environ["MLOPS_CHECKPOINT_DIR"]),
        )
        gc.enable()  # what pandas makes of a chunk is freed by it
        state = prediction.predict()
        prediction.write(state, target / f"predictions.{settings.get('output', 'csv')}")
    except MlopsCloudError as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - a job's own output
        return 1
    seconds = time.monotonic() - began
    speed = (state.rows - prediction.kept) / seconds
    summary = {
        "schema": 1,
        "rows": state.rows,
        "kept_rows": prediction.kept,
        "seconds": seconds,
        "rows_per_second": speed,
        "predictions": Tally(state.tally).document(),
    }
    (target / "summary.json").write_text(json.dumps(summary, indent=1, allow_nan=False), encoding="utf-8")
    say(f"[metric] rows={state.rows}\n[metric] percent=100\n[metric] rows_per_second={speed!r}")
    return 0


if __name__ == "__main__":
    gc.disable()  # importing scikit-learn makes many objects and no garbage: looking for it takes 60 ms
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # everything is written; to fold an interpreter with scikit-learn in it takes 0.2 s
