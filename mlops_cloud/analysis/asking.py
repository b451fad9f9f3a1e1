"""Ask a model for the predictions of chunk after chunk, and find the row that it cannot predict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_cloud.analysis.answers import Answers, label, told
from mlops_cloud.analysis.features import Rows, as_model_input, feature_names
from mlops_cloud.errors import InvalidSpecError, MlopsCloudError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlops_cloud.analysis.bundles import Loaded
    from mlops_cloud.analysis.chunks import Chunk

_FIX = "mend the row or leave it out; the chunks before it are kept in the checkpoint"


class Asker:
    """One model with what it is asked for; InvalidSpecError when the table's columns are not what it takes."""

    def __init__(
        self, loaded: Loaded, names: Sequence[str], target: str, carried: Sequence[str], *, probabilities: bool
    ) -> None:
        self._loaded = loaded
        self._model = loaded.model
        self._probabilities = probabilities
        self.as_cells = loaded.predictor is not None
        if self.as_cells:
            self.features = [name for name in names if name != target]
            return
        _require_a_model(self._model, probabilities=probabilities)
        self.features = feature_names(self._model, Rows({name: [] for name in names}, "the table"), target, carried)
        expected = getattr(self._model, "n_features_in_", None)
        if expected not in (None, len(self.features)):
            raise InvalidSpecError(
                f"the model takes {expected} columns and the table has {len(self.features)}",
                why=f"the model does not name its columns; the table's are {', '.join(self.features[:20])}",
                fix="train it on a frame whose columns have names, or leave the other columns out of the data",
            )

    def answers(self, rows: Rows) -> Answers:
        """One answer a row, with probabilities where they are wanted."""
        if self.as_cells:
            answers = told(self._loaded, rows, self.features)
            if self._probabilities and answers.ranking is None:
                raise InvalidSpecError(
                    "predict() gives no probabilities", fix="answer each row with a dict of class: probability"
                )
            return answers
        table = as_model_input(self._model, rows, self.features)
        given = _one_a_row(self._model.predict(table), rows.count)
        classes = [label(name) for name in getattr(self._model, "classes_", ())]
        if not self._probabilities:
            return Answers(given, classes)
        return Answers(given, classes, self._model.predict_proba(table), probabilities=True)

    def answers_to(self, chunk: Chunk, before: int) -> Answers:
        """The answers to a chunk behind so many rows; InvalidSpecError names the first row that cannot be predicted."""
        try:
            return self.answers(chunk.rows)
        except MlopsCloudError:
            raise
        except MemoryError as exc:
            rows = chunk.rows.count
            raise InvalidSpecError(f"{rows:,} rows at once are too many for memory", fix="lower chunk_rows") from exc
        except Exception as exc:  # whatever a model raises
            first, last, error = self._first_fault(chunk.rows, exc)
            place = (
                f"row {before + first + 1}" if last == first + 1 else f"rows {before + first + 1} to {before + last}"
            )
            reason = (str(error).strip() or "no message").splitlines()[0]
            raise InvalidSpecError(
                f"the model cannot predict {place} ({chunk.rows.name}:{chunk.lines[first]})",
                why=f"{type(error).__name__}: {reason}",
                fix=_FIX,
            ) from exc

    def _first_fault(self, rows: Rows, error: Exception) -> tuple[int, int, Exception]:
        """Halve the rows until one is left; all of them when no half fails by itself."""
        low, high = 0, rows.count
        while high - low > 1:
            middle = (low + high) // 2
            for start, end in ((low, middle), (middle, high)):
                found = self._fault(rows, start, end)
                if found is not None:
                    low, high, error = start, end, found
                    break
            else:
                return low, high, error
        return low, high, error

    def _fault(self, rows: Rows, start: int, end: int) -> Exception | None:
        part = Rows({name: column[start:end] for name, column in rows.columns.items()}, rows.name)
        try:
            self.answers(part)
        except Exception as exc:  # noqa: BLE001 - whatever a model raises
            return exc
        return None


def _require_a_model(model: Any, *, probabilities: bool) -> None:  # noqa: ANN401 - any library's model
    for method in ("predict", *(("predict_proba",) if probabilities else ())):
        if not callable(getattr(model, method, None)):
            raise InvalidSpecError(
                f"a {type(model).__name__} has no {method}()",
                fix="leave probabilities out" if method == "predict_proba" else "register a model that predicts",
            )


def _one_a_row(given: Any, rows: int) -> list[Any]:  # noqa: ANN401 - an array
    import numpy as np

    array = np.asarray(given)
    if array.size != rows:
        raise InvalidSpecError(
            f"the model gave an answer of shape {array.shape} to {rows} rows", fix="use a model with one answer a row"
        )
    answers: list[Any] = array.reshape(rows).tolist()
    return answers
