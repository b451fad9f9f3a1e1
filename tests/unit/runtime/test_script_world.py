"""What a script sees of the world, and how its parameters reach it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

SHOW = "import json, os, sys\nprint(json.dumps([sys.argv, dict(os.environ), os.getcwd(), sys.path]))\n"
HOSTILE = "; $(touch pwned) `id` \" ' \\ \n\tnext --line\r é 漢 ${HOME} $HOME && rm -rf x | cat %s {0}"


def shown(job: Any, *arguments: str) -> tuple[list[str], dict[str, str], str, list[str]]:
    finished = job.run(job.script(SHOW), *arguments)
    assert finished.code == 0, finished.err
    argv, environ, cwd, path = json.loads(finished.out)
    return argv, environ, cwd, path


def test_folders_have_every_platforms_names(job: Any) -> None:
    _, environ, cwd, path = shown(job)
    for name in ("MLOPS_MODEL_DIR", "SM_MODEL_DIR", "AIP_MODEL_DIR"):
        assert environ[name] == job.description["model_dir"]
    for name in ("MLOPS_OUTPUT_DIR", "SM_OUTPUT_DATA_DIR"):
        assert environ[name] == job.description["output_dir"]
    for name in ("MLOPS_CHECKPOINT_DIR", "AIP_CHECKPOINT_DIR"):
        assert environ[name] == job.description["checkpoint_dir"]
    assert environ["AIP_TENSORBOARD_LOG_DIR"].startswith(job.description["output_dir"])
    assert cwd == job.description["work_dir"] == path[0]


def test_what_sagemakers_toolkit_tells(job: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    job.description["inputs"] = {"train": str(tmp_path / "in")}
    job.parameters({"learning-rate": 0.1, "on": True})
    _, environ, *_ = shown(job)
    assert environ["SM_HP_LEARNING-RATE"] == environ["SM_HP_LEARNING_RATE"] == "0.1"
    assert json.loads(environ["SM_USER_ARGS"]) == ["--learning-rate", "0.1", "--on", "true"]
    assert (environ["SM_MODULE_NAME"], environ["SM_USER_ENTRY_POINT"]) == ("train", "train.py")
    assert environ["SM_MODULE_DIR"] == job.description["work_dir"]
    training = json.loads(environ["SM_TRAINING_ENV"])
    assert training["channel_input_dirs"] == {"train": str(tmp_path / "in")}
    assert training["hyperparameters"] == {"learning-rate": 0.1, "on": True}
    assert json.loads(environ["SM_RESOURCE_CONFIG"]) == {"current_host": "algo-1", "hosts": ["algo-1"]}
    assert environ["SM_LOG_LEVEL"] == "20"
    assert environ["SM_NETWORK_INTERFACE_NAME"]
    assert "SM_INPUT_DIR" not in environ, "only a script that names it gets this folder"


def test_sagemakers_input_folder_is_laid_out_for_a_script_that_names_it(job: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_text("x")
    job.description["inputs"] = {"train": str(tmp_path / "in/a.csv")}
    job.parameters({"depth": 4})
    text = "import os, json\nconfig = os.environ['SM_INPUT_CONFIG_DIR']\n"
    text += "print(open(os.environ['SM_INPUT_DIR'] + '/data/train/a.csv').read(), sorted(os.listdir(config)))\n"
    text += "print(json.load(open(config + '/hyperparameters.json')))\n"
    finished = job.run(job.script(text))
    names = "['hyperparameters.json', 'inputdataconfig.json', 'resourceconfig.json']"
    assert finished.out.decode() == f"x {names}\n{{'depth': 4}}\n", finished.err


@pytest.mark.parametrize(
    ("files", "uri", "kind"),
    [(["a.csv"], "a.csv", "csv"), (["a.jsonl", "b.jsonl", ".x"], "*.jsonl", "jsonl"), (["a.csv", "b.txt"], "", "")],
)
def test_vertexs_names_of_a_managed_dataset(job: Any, tmp_path: Path, files: list[str], uri: str, kind: str) -> None:
    (tmp_path / "in").mkdir()
    for name in files:
        (tmp_path / "in" / name).write_text("x")
    job.description["inputs"] = {"training": str(tmp_path / "in"), "test": str(tmp_path / "in"), "other": str(tmp_path)}
    _, environ, *_ = shown(job)
    wanted = f"{tmp_path}/in/{uri}" if uri else None
    assert environ.get("AIP_TRAINING_DATA_URI") == environ.get("AIP_TEST_DATA_URI") == wanted
    assert environ.get("AIP_DATA_FORMAT", "") == kind
    assert json.loads(environ["CLUSTER_SPEC"])["task"] == {"type": "workerpool0", "index": 0}


def test_an_input_is_a_folder_and_a_single_file_is_named_too(job: Any, tmp_path: Path) -> None:
    for name, files in {"one": ["a.csv"], "many": ["a.csv", "b.csv"], "hidden": [".x", "a.csv"], "none": []}.items():
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).write_text("x")
    job.description["inputs"] = {"train": str(tmp_path / "one"), "my-data": str(tmp_path / "many")}
    job.description["inputs"] |= {"h": str(tmp_path / "hidden"), "n": str(tmp_path / "none")}
    _, environ, *_ = shown(job)
    assert environ["MLOPS_INPUT_TRAIN"] == environ["SM_CHANNEL_TRAIN"] == str(tmp_path / "one")
    assert environ["MLOPS_INPUT_TRAIN_FILE"] == str(tmp_path / "one/a.csv")
    assert environ["MLOPS_INPUT_H_FILE"] == str(tmp_path / "hidden/a.csv")
    assert environ["MLOPS_INPUT_MY_DATA"] == environ["SM_CHANNEL_MY_DATA"] == str(tmp_path / "many")
    assert "MLOPS_INPUT_MY_DATA_FILE" not in environ
    assert "MLOPS_INPUT_N_FILE" not in environ
    assert json.loads(environ["SM_CHANNELS"]) == ["h", "my-data", "n", "train"]


def test_two_inputs_of_one_variable_are_refused(job: Any, tmp_path: Path) -> None:
    job.description["inputs"] = {"a-b": str(tmp_path), "a_b": str(tmp_path)}
    assert job.run(job.script("pass")).code == 20
    assert "MLOPS_INPUT_A_B" in job.failure()["message"]


def test_an_input_that_is_not_there_is_named(job: Any, tmp_path: Path) -> None:
    job.description["inputs"] = {"train": str(tmp_path / "gone")}
    assert job.run(job.script("pass")).code == 20
    assert "input train" in job.failure()["message"]


def test_parameters_reach_the_script_byte_for_byte(job: Any) -> None:
    values = {"text": HOSTILE, "depth": 4, "rate": 1e-320, "on": True, "off": False, "list": [1, "b c"], "C": 0.5}
    job.parameters({**values, "nothing": None, "low": -1e-05})
    argv, environ, *_ = shown(job)
    assert argv == [
        "train.py", "--text", HOSTILE, "--depth", "4", "--rate", "1e-320", "--on", "true", "--off", "false",
        "--list", '[1,"b c"]', "--C", "0.5", "--low=-1e-05",
    ]  # fmt: skip
    assert environ["SM_HP_TEXT"] == HOSTILE
    assert environ["SM_HP_DEPTH"] == "4"
    assert json.loads(environ["SM_HPS"]) == {**values, "nothing": None, "low": -1e-05}
    assert json.loads(Path(environ["MLOPS_PARAMETERS"]).read_text("utf-8")) == {
        **values,
        "nothing": None,
        "low": -1e-05,
    }
    assert not list(job.folder.rglob("pwned"))


def test_argparse_reads_what_is_passed(job: Any) -> None:
    job.parameters({"lr": -1e-05, "name": "-x", "depth": 3})
    text = "import argparse\np = argparse.ArgumentParser()\n" + "".join(
        f"p.add_argument('--{name}', type={kind})\n"
        for name, kind in [("lr", "float"), ("name", "str"), ("depth", "int")]
    )
    finished = job.run(job.script(text + "a = p.parse_args()\nassert (a.lr, a.name, a.depth) == (-1e-05, '-x', 3)\n"))
    assert finished.code == 0, finished.err


@pytest.mark.parametrize("value", ["x" * 200_000, "a\0b", "\ud800"])
def test_what_no_process_can_be_given_is_in_the_file(job: Any, value: str) -> None:
    job.parameters({"big": value, "small": 1})
    argv, environ, *_ = shown(job)
    assert argv == ["train.py", "--small", "1"]
    assert "SM_HP_BIG" not in environ
    assert json.loads(Path(environ["MLOPS_PARAMETERS"]).read_text("utf-8"))["big"] == value


def test_a_trials_arguments_win_and_keep_the_type(job: Any) -> None:
    job.parameters({"depth": 4, "code": "7", "rate": 0.5, "kept": "yes"})
    _, environ, *_ = shown(job, "--depth", "6", "--code=12", "--rate", "1e-3", "--new", "--dash")
    assert json.loads(environ["SM_HPS"]) == {"depth": 6, "code": "12", "rate": 0.001, "kept": "yes", "new": "--dash"}


def test_a_stray_argument_is_a_broken_contract(job: Any) -> None:
    assert job.run(job.script("pass"), "stray").code == 20
    assert job.run(job.script("pass"), "--x").code == 20


def test_further_arguments_follow_the_parameters(job: Any) -> None:
    job.parameters({"a": 1})
    job.description["arguments"] = ["--window", "3 4"]
    assert shown(job)[0] == ["train.py", "--a", "1", "--window", "3 4"]


def test_a_script_in_a_subfolder_imports_from_both(job: Any) -> None:
    (job.recipe / "src").mkdir()
    (job.recipe / "src/near.py").write_text("NAME = 'near'\n")
    (job.recipe / "far.py").write_text("NAME = 'far'\n")
    finished = job.run(job.script("import near, far\nprint(near.NAME, far.NAME)\n", "src/train.py"))
    assert finished.out == b"near far\n", finished.err


def test_the_script_runs_in_the_normal_interpreter(job: Any) -> None:
    finished = job.run(job.script("import sys\nprint(sys.flags.isolated, sys.flags.no_site, sys.executable)\n"))
    assert finished.out.decode().split() == ["0", "0", sys.executable]


def test_the_runtime_is_importable_by_both_names_where_nothing_is_installed(job: Any) -> None:
    text = (
        "import mlops_runtime\nfrom mlops_cloud.runtime import log_metric\n"
        "assert log_metric is mlops_runtime.log_metric\nprint(mlops_runtime.__file__)\n"
    )
    finished = job.run(job.command([sys.executable, "-S", "-c", text]))
    assert finished.out.decode().startswith(str(job.folder / "job.zip")), finished.err


def test_the_archive_does_not_hide_an_installed_package(job: Any) -> None:
    finished = job.run(job.script("import mlops_cloud\nprint(mlops_cloud.__version__)\n"))
    assert finished.code == 0, finished.err


def test_secrets_are_set_and_masked_in_the_failure_file(job: Any, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cr3t-token\n")
    job.environ["FROM_STORE"] = "s3cr3t-env"
    job.description["secrets"] = {"DB_URL": "env:FROM_STORE", "TOKEN": f"file:{tmp_path / 'token'}"}
    text = "import os\nassert os.environ['TOKEN'] == 's3cr3t-token'\nraise ValueError(os.environ['DB_URL'])\n"
    assert job.run(job.script(text)).code == 10
    assert job.failure()["message"] == "***"
    assert "s3cr3t" not in json.dumps(job.failure())


def test_a_secret_without_a_source_is_named(job: Any) -> None:
    job.description["secrets"] = {"DB_URL": "env:NOT_THERE"}
    assert job.run(job.script("pass")).code == 20
    assert "secret DB_URL" in job.failure()["message"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("model_dir", "", "model_dir is missing"),
        ("inputs", ["a"], "wrong type"),
        ("colour", 1, "unknown field 'colour'"),
    ],
)
def test_a_wrong_job_file_is_refused(job: Any, field: str, value: object, said: str) -> None:
    job.description[field] = value
    finished = job.run(job.script("pass"))
    assert finished.code == 20
    assert said in finished.err
