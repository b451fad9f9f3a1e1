"""A batch prediction as the job that it is: order, resuming, and one clear error for bad input."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

WAITS = """
import time
from pathlib import Path

def load(model_dir):
    return None

def predict(model, rows):
    if rows[0]["x"] >= 30 and Path(__file__).with_name("wait").exists():
        Path(__file__).with_name("waiting").touch()
        time.sleep(60)
    return [row["x"] / 3 for row in rows]
"""


def numbers(count: int) -> str:
    return "x,name\n" + "".join(f"{number},n{number}\n" for number in range(count))


def test_every_row_in_order_behind_one_header(job: Any, predictor: Any, table: Any) -> None:
    code, out, _ = job.run(predictor(), table(numbers(25)), columns=["name"], chunk_rows=4)
    assert code == 0
    assert job.predictions() == "name,prediction\n" + "".join(f"n{x},{2.0 * x!r}\n" for x in range(25))
    assert job.summary()["rows"] == 25
    assert job.summary()["predictions"] == {"missing": 0, "min": 0.0, "mean": 24.0, "max": 48.0}
    assert "[metric] rows=25\n" in out
    assert not list(job.checkpoint.iterdir())


def test_several_files_in_the_order_of_their_names(job: Any, predictor: Any, table: Any) -> None:
    table("x\n3\n4\n", "b.csv")
    table("", "_SUCCESS")
    data = table("x\n1\n2\n", "a.csv")
    assert job.run(predictor(), data, chunk_rows=10)[0] == 0
    assert job.predictions() == "prediction\n2.0\n4.0\n6.0\n8.0\n"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_job_goes_on_and_ends_with_the_same_bytes(
    how: signal.Signals, new_job: Any, predictor: Any, table: Any
) -> None:
    bundle, data = predictor(WAITS), table(numbers(100))
    whole, killed = new_job("whole"), new_job("killed")
    assert whole.run(bundle, data, columns="all", chunk_rows=10)[0] == 0
    mark, waiting = bundle / "code" / "wait", bundle / "code" / "waiting"
    mark.touch()
    with killed.start(bundle, data, columns="all", chunk_rows=10) as process:
        while not waiting.exists():
            assert process.poll() is None
        process.send_signal(how)
    assert process.returncode == -how
    assert not (killed.output / "predictions.csv").exists()
    mark.unlink()
    code, out, _ = killed.run(bundle, data, columns="all", chunk_rows=10)
    assert code == 0
    assert "30 rows are predicted already" in out
    assert (killed.summary()["rows"], killed.summary()["kept_rows"]) == (100, 30)
    assert killed.predictions() == whole.predictions()
    assert killed.summary()["predictions"] == whole.summary()["predictions"]


REFUSES_40 = """
from pathlib import Path

def load(model_dir):
    return None

def predict(model, rows):
    if any(row["x"] == 40 for row in rows) and not Path(__file__).with_name("mended").exists():
        raise ZeroDivisionError("forty")
    return [row["x"] for row in rows]
"""


def test_a_row_that_cannot_be_predicted_is_named_and_those_before_are_kept(
    job: Any, predictor: Any, table: Any
) -> None:
    bundle, data = predictor(REFUSES_40), table(numbers(100))
    code, _, err = job.run(bundle, data, chunk_rows=16)
    assert code == 1
    assert err.startswith("the model cannot predict row 41 (rows.csv:42)\n  why: ZeroDivisionError: forty\n")
    (bundle / "code" / "mended").touch()
    _, out, _ = job.run(bundle, data, chunk_rows=16)
    assert "32 rows are predicted already" in out
    assert job.predictions().split() == ["prediction", *map(str, range(100))]


def test_what_another_prediction_left_is_not_gone_on_from(job: Any, predictor: Any, table: Any) -> None:
    bundle, data = predictor(REFUSES_40), table(numbers(100))
    assert job.run(bundle, data, chunk_rows=16)[0] == 1
    _, out, _ = job.run(bundle, table(numbers(30), folder="other"), chunk_rows=16)
    assert "already" not in out
    assert job.summary()["rows"] == 30


@pytest.mark.parametrize("harm", ["progress", "part"])
def test_a_broken_checkpoint_costs_time_and_no_row(harm: str, job: Any, predictor: Any, table: Any) -> None:
    bundle, data = predictor(REFUSES_40), table(numbers(100))
    assert job.run(bundle, data, chunk_rows=16)[0] == 1
    if harm == "progress":
        (job.checkpoint / "progress.json").write_text('{"identity"')
    else:
        (job.checkpoint / "part-000001.csv").write_text("7\n" * 16)
    (bundle / "code" / "mended").touch()
    _, out, _ = job.run(bundle, data, chunk_rows=16)
    assert "already" not in out
    assert job.predictions().split() == ["prediction", *map(str, range(100))]


def test_a_column_that_turns_out_to_be_text_is_text_from_the_first_row_on(job: Any, predictor: Any, table: Any) -> None:
    tells = "load = print\n\ndef predict(model, rows):\n    return [repr(row['code']) for row in rows]\n"
    rows = [*range(12_000), "007a"]
    code, out, _ = job.run(predictor(tells), table("code\n" + "".join(f"{row}\n" for row in rows)), chunk_rows=5000)
    assert code == 0
    assert "column 'code' began as integer and holds text too" in out
    assert job.predictions().splitlines()[1:] == [repr(str(row)) for row in rows]


def test_probabilities_of_the_classes_that_predict_names(job: Any, predictor: Any, table: Any) -> None:
    shares = "load = print\n\ndef predict(model, rows):\n    return [{'a': 1 - r['x'], 'b': r['x']} for r in rows]\n"
    assert job.run(predictor(shares), table("x\n0.25\n0.75\n"), probabilities=True, chunk_rows=1)[0] == 0
    assert job.predictions() == "prediction,probability_a,probability_b\na,0.75,0.25\nb,0.25,0.75\n"
    assert job.summary()["predictions"]["counts"] == {"a": 1, "b": 1}


def answering(what: str) -> str:
    return f"load = print\n\ndef predict(model, rows):\n    return {what}\n"


@pytest.mark.parametrize(
    ("text", "code", "settings", "told"),
    [
        ("x\n", None, {}, "there are no rows to predict"),
        ("", None, {}, "the file is empty"),
        ("x\n1\n2,3\n", None, {}, "rows.csv:3: the row has 2 fields, the header has 1"),
        ("x\n1\n", None, {"columns": ["z"]}, "columns: rows.csv has no column 'z'"),
        ("y\n1\n", None, {}, "the model cannot predict row 1 (rows.csv:2)\n  why: KeyError: 'x'"),
        ("x\n1\nabc\n", None, {}, "the model cannot predict row 1"),
        ("prediction,x\na,1\n", None, {"columns": "all"}, "columns: 'prediction' would stand there twice"),
        ("x\n1\n", answering("[1, 2]"), {}, "predict() gave 2 answers to 1 rows"),
        ("x\n1\n", answering("[[1]]"), {}, "predict() answers with a list"),
        ("x\n1\n", answering("[1]"), {"probabilities": True}, "predict() gives no probabilities"),
        ("x\n1\n", "load = 3\n", {}, "predictor.py has no function load()"),
        (b"x\n\xff\n", None, {}, "rows.csv:2: byte 0xff is not UTF-8"),
        (b"\x1f\x8b00", None, {}, "is no table\n  why: it is gzip"),
    ],
)
def test_bad_input_is_one_clear_error(
    text: str | bytes, code: str | None, settings: dict[str, Any], told: str, job: Any, predictor: Any, table: Any
) -> None:
    status, _, err = job.run(predictor(code) if code else predictor(), table(text), **settings)
    assert status == 1
    assert told in err
    assert "Traceback" not in err
    assert not (job.output / "predictions.csv").exists()


def test_a_bundle_without_a_model_is_refused(job: Any, tmp_path: Path, table: Any) -> None:
    (tmp_path / "empty" / "model").mkdir(parents=True)
    assert "0 models that load without a predictor" in job.run(tmp_path / "empty", table("x\n1\n"))[2]


def test_a_bundle_that_is_not_what_was_registered_is_refused(job: Any, predictor: Any, table: Any) -> None:
    _, _, err = job.run(predictor(), table("x\n1\n"), digests={"model": "0" * 64})
    assert "is not what was registered" in err


def test_files_with_other_columns_are_refused(job: Any, predictor: Any, table: Any) -> None:
    table("y\n3\n", "b.csv")
    _, _, err = job.run(predictor(), table("x\n1\n", "a.csv"))
    assert err.startswith("b.csv has other columns or another form than a.csv")


def test_cells_are_carried_as_they_are_written(job: Any, predictor: Any, table: Any) -> None:
    text = 'x,note\n1,NA\n2,"a, ""b"""\n3,\n4,"two\nlines"\n5, 007 \n'
    assert job.run(predictor(), table(text), columns=["note"], chunk_rows=2)[0] == 0
    expected = 'note,prediction\nNA,2.0\n"a, ""b""",4.0\n,6.0\n"two\nlines",8.0\n 007 ,10.0\n'
    assert job.predictions() == expected


def test_a_missing_prediction_is_an_empty_cell_and_still_a_row(job: Any, predictor: Any, table: Any) -> None:
    code = answering("[float('nan') if row['x'] == 2 else row['x'] / 2 for row in rows]")
    assert job.run(predictor(code), table("x\n1\n2\n3\n"))[0] == 0
    assert job.predictions() == 'prediction\n0.5\n""\n1.5\n'
    assert job.summary()["predictions"] == {"missing": 1, "min": 0.5, "mean": 1.0, "max": 1.5}


def test_progress_names_its_kinds_so_that_it_can_be_read(job: Any, predictor: Any, table: Any) -> None:
    job.run(predictor(REFUSES_40), table(numbers(100)), chunk_rows=16)
    kept = json.loads((job.checkpoint / "progress.json").read_text())
    assert kept["state"]["rows"] == 32
    assert kept["state"]["kinds"] == {"x": "integer", "name": "text"}
