"""The fixtures for tests of one's own recipes, used as their users do: in a pytest of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mlops_cloud.testing.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["pytester"]

RECIPE = """\
recipe: shop
vars: {seed: 7}
targets: {prod: {profile: aws, vars: {seed: 11}}}
steps:
  prepare: {kind: processing, script: prepare.py, outputs: {table: t.csv}}
  data:
    kind: dataset
    source: ${{ steps.prepare.outputs.table }}
    target: label
    split: {train: 0.5, test: 0.5, method: stratified, seed: "${{ vars.seed }}"}
    expect: {rows: {min: 1000}}
  train:
    kind: training
    script: train.py
    parameters: {seed: "${{ vars.seed }}"}
    inputs: {train: "${{ steps.data.splits.train }}"}
  register: {kind: model, model: "${{ steps.train.model }}", alias: champion}
"""
PREPARE = """\
import os
with open(os.path.join(os.environ["MLOPS_OUTPUT_DIR"], "t.csv"), "w") as stream:
    stream.write("x,label\\n")
    stream.writelines(f"{n},{'ab'[n % 2]}\\n" for n in range(1000))
"""
TRAIN = """\
import os, sys
with open(os.path.join(os.environ["MLOPS_MODEL_DIR"], "model.txt"), "w") as stream:
    stream.write(" ".join(sys.argv[1:]))
rows = len(open(os.environ["MLOPS_INPUT_TRAIN_FILE"]).readlines()) - 1
print(f"[metric] rows={rows}")
"""
AWAY = "10.255.255.1"
LEAVING = f"""
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:  # which sends nothing if it is let
    connection.connect(("{AWAY}", 443))
"""
OF_THE_USER = """\
def test_it(run_recipe):
    result = run_recipe("recipe.yaml", vars={"seed": 3}, sample=50)
    assert result.status == "succeeded"
"""


PLUGIN = ("-p", "mlops_cloud.testing.plugin", "-p", "no:cacheprovider")


@pytest.fixture
def shop(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with a recipe, and a pytest to be started there with our plugin alone."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # it is not to be found a second time
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    files = {"recipe": (".yaml", RECIPE), "prepare": (".py", PREPARE), "train": (".py", TRAIN)}
    for name, (ending, text) in files.items():
        pytester.makefile(ending, **{name: text})
    return pytester


def _run(shop: pytest.Pytester, test: str, *arguments: str) -> pytest.RunResult:
    shop.makepyfile(test_shop=test)
    return shop.runpytest_subprocess(*PLUGIN, *arguments, timeout=120)


def test_a_users_test_passes(shop: pytest.Pytester) -> None:
    done = _run(shop, OF_THE_USER, "-W", "error", "--strict-markers")
    done.assert_outcomes(passed=1)
    written = {path.name for path in shop.path.glob("*") if path.suffix}
    assert written == {"recipe.yaml", "prepare.py", "train.py", "test_shop.py"}


def test_what_a_run_made_is_at_hand(shop: pytest.Pytester, tmp_path: Path) -> None:
    test = """
import pathlib
import pytest
import mlops_cloud as mc
from mlops_cloud.errors import InvalidSpecError, JobFailedError

def test_results(run_recipe, recipe_cloud, recipe_home):
    result = run_recipe("recipe.yaml", sample=50, set={"steps.train.parameters.depth": 4}).raise_for_errors()
    assert list(result.steps) == ["prepare", "data", "train", "register"]
    assert result.steps["data"].summary["rows"] == 50
    assert result.metrics("train") == {"rows": 25}
    assert result.metrics("prepare") == {}
    assert result.open("train.model").joinpath("model.txt").read_text() == "--seed 7 --depth 4"
    assert result.open("prepare.outputs.table").read_text().startswith("x,label")
    assert [path.name for path in result.open("data.splits.test").iterdir()] == ["test.csv"]
    assert (result.model.name, result.model.aliases) == ("rehearsal-shop", ("champion",))
    assert result.exit_code == 0
    assert recipe_home in result.open("train.model").parents
    assert list(recipe_cloud.models.list()) == []
    for wrong in ("trian.model", "train.modle", "data.splits", "train.metrics.rows"):
        with pytest.raises(InvalidSpecError):
            result.open(wrong)

def test_the_whole_recipe(run_recipe, recipe_cloud):
    result = run_recipe(target="prod")
    assert result.metrics("train") == {"rows": 500}
    assert result.open("train.model").joinpath("model.txt").read_text() == "--seed 11"
    assert [version.name for version in recipe_cloud.models.list()] == ["shop"]
    assert recipe_cloud.session.project == "test_the_whole_recipe"
    assert {step.status for step in run_recipe(target="prod").steps.values()} == {"cached"}

def test_a_failure_is_a_result(run_recipe):
    pathlib.Path("train.py").write_text("raise ValueError('no luck')")
    result = run_recipe(sample=50)
    assert (result.status, result.steps["register"].status) == ("failed", "blocked")
    assert "no luck" in repr(result)
    with pytest.raises(JobFailedError, match="no luck"):
        result.raise_for_errors()
    with pytest.raises(InvalidSpecError, match="no step of this run registered a model"):
        result.model

def test_python_uses_the_same_home(recipe_cloud):
    assert mc.Recipe.load("recipe.yaml").plan(recipe_cloud).steps[0].action == "run"
"""
    done = _run(shop, test)
    done.assert_outcomes(passed=4)


@pytest.mark.parametrize("script", [LEAVING, f"try:\n    exec({LEAVING!r})\nexcept BaseException: pass\n" + TRAIN])
def test_a_script_that_leaves_this_computer_fails_the_test(shop: pytest.Pytester, script: str) -> None:
    shop.makepyfile(train=script)
    done = _run(shop, "def test_it(run_recipe):\n    run_recipe(sample=50)\n")
    done.assert_outcomes(failed=1)
    told = [line for line in done.outlines if line.startswith("E ")]
    assert "step train: " in told[0]
    assert f"wanted to reach {AWAY} port 443" in told[0]
    assert "allow_network" in told[0]


def test_loopback_works_between_the_test_and_its_jobs(shop: pytest.Pytester) -> None:
    reach = "import socket, sys\nsocket.create_connection(('localhost', int(sys.argv[sys.argv.index('--seed') + 1])))\n"
    shop.makepyfile(train=reach + TRAIN)
    test = """
import socket

def test_it(run_recipe):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
        run_recipe(vars={"seed": server.getsockname()[1]}).raise_for_errors()
"""
    _run(shop, test).assert_outcomes(passed=1)


def test_the_test_itself_stays_on_this_computer_too(shop: pytest.Pytester) -> None:
    test = f"""
import contextlib
import pytest

def leave():
{"".join(f"    {line}{chr(10)}" for line in LEAVING.strip().splitlines())}

def test_leaving(recipe_cloud):
    leave()

def test_leaving_unseen(run_recipe):
    with contextlib.suppress(BaseException):
        leave()

@pytest.mark.allow_network
def test_allowed(run_recipe):
    with contextlib.suppress(OSError):
        leave()

def test_without_our_fixtures():
    with contextlib.suppress(OSError):
        leave()
"""
    done = _run(shop, test)
    done.assert_outcomes(passed=3, failed=1, errors=2)
    done.stdout.fnmatch_lines([f"E *this test wanted to reach {AWAY} port 443; only loopback is allowed"])


def test_proxies_and_the_users_settings_stay_outside(shop: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    monkeypatch.setenv("MLOPS_CLOUD_PROJECT", "real")
    shop.makefile(".toml", users='profile = "aws"\n')
    monkeypatch.setenv("MLOPS_CLOUD_CONFIG", str(shop.path / "users.toml"))
    look = "import os\nassert not [name for name in os.environ if 'proxy' in name.lower()]\n"
    shop.makepyfile(train=look + TRAIN)
    test = f"""
import pytest
{look}
def test_it(run_recipe, recipe_cloud):
    {look.replace(chr(10), chr(10) + "    ")}
    assert recipe_cloud.session.project == "test_it"
    run_recipe(sample=20).raise_for_errors()

@pytest.mark.allow_network
def test_allowed(recipe_home):
    assert os.environ["HTTPS_PROXY"]

def test_others():
    assert os.environ["HTTPS_PROXY"] and os.environ["MLOPS_CLOUD_PROJECT"] == "real"
""".replace(look, "import os\n", 1)
    _run(shop, test).assert_outcomes(passed=3)


def test_no_process_outlives_its_test(shop: pytest.Pytester) -> None:
    shop.makepyfile(hang="import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n")
    test = """
import mlops_cloud as mc
from mlops_cloud.testing.waiting import until

def test_it(recipe_cloud):
    job = recipe_cloud.processing.submit(mc.ProcessingJob(name="hang", script="hang.py"))
    open("pid", "w").write(until(lambda: next(job.logs(), "")))
"""
    _run(shop, test).assert_outcomes(passed=1)
    pid = int((shop.path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_interrupted_test_leaves_no_process(shop: pytest.Pytester) -> None:
    place = shop.path / "pid"
    shop.makepyfile(train=f"import os, time\nopen({str(place)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n")
    shop.makepyfile(test_shop=OF_THE_USER)
    command = [sys.executable, "-m", "pytest", "-q", *PLUGIN]
    # A test run in the background of a shell inherits an ignored SIGINT, and would hand it on.
    usual = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    with subprocess.Popen(command, cwd=shop.path, stdout=subprocess.PIPE, **usual) as running:  # type: ignore[call-overload]
        try:
            pid = int(until(lambda: place.exists() and place.read_text()))
        finally:
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=60)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_recipes_are_found_beside_the_test_or_in_the_working_folder(shop: pytest.Pytester) -> None:
    below = shop.mkdir("tests")
    below.joinpath("small.yaml").write_text("recipe: small\nsteps: {go: {kind: processing, script: go.py}}\n")
    below.joinpath("go.py").touch()
    below.joinpath("test_both.py").write_text(
        "import pytest\nfrom mlops_cloud.errors import RecipeError\n"
        "def test_it(run_recipe):\n"
        "    assert list(run_recipe('small.yaml').steps) == ['go']\n"
        "    assert list(run_recipe('recipe.yaml', sample=20).steps)[0] == 'prepare'\n"
        "    with pytest.raises(RecipeError, match='none.yaml'):\n"
        "        run_recipe('none.yaml')\n"
    )
    shop.runpytest_subprocess(*PLUGIN, "tests").assert_outcomes(passed=1)
