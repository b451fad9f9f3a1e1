"""Every invalid recipe is refused with file, line, column, field and a way to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlops_cloud.errors import ExitCode, RecipeError
from mlops_cloud.recipes import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Problems = Callable[..., list[str]]

STEP = "steps: {a: {kind: processing, script: prepare.py}}\n"


def step(fields: str) -> str:
    return f"steps:\n  a: {{{fields}}}\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1:1: steps: a recipe has at least one step"),
        ("steps: {}\n", "2:1: steps: a recipe has at least one step"),
        ("steps: [a]\n", "2:8: steps: must be a mapping"),
        ("stpes: {}\n" + STEP, "2:1: stpes: unknown field; did you mean 'steps'?"),
        ("description: [x]\n" + STEP, "2:14: description: must be text, not a value of type list"),
        ("requires: '>=9'\n" + STEP, "2:11: requires: it requires mlops-cloud >=9 and this is 0.1.0"),
        ("vars: 3\n" + STEP, "2:7: vars: must be a mapping"),
        ("vars: {a: {b: 1}}\n" + STEP, "2:11: vars.a: must be a value, or {env: NAME} with default: if wanted"),
        ("vars: {a b: 1}\n" + STEP, "2:13: vars.a b: a var's name is made of letters, digits, _ and -"),
        ("vars: {a: ['${{ vars.b }}']}\n" + STEP, "2:11: vars.a: a var is a plain value; it cannot hold a reference"),
        ("defaults: {computer: {}}\n" + STEP, "2:12: defaults.computer: unknown field; did you mean 'compute'?"),
        (
            "defaults: {compute: {memry: 1}}\n" + STEP,
            "2:22: defaults.compute.memry: unknown field; did you mean 'memory'?",
        ),
        ("targets: {p: {profil: x}}\n" + STEP, "2:15: targets.p.profil: unknown field; did you mean 'profile'?"),
        ("targets: {p: 3}\n" + STEP, "2:14: targets.p: must be a mapping"),
        ("steps: {A: {kind: processing, script: prepare.py}}\n", "2:9: steps.A: 'A' cannot name a step"),
        ("steps: {a: 3}\n", "2:9: steps.a: a step is a mapping that begins with kind:"),
        ("steps: {a: }\n", "2:9: steps.a: a step is a mapping that begins with kind:"),
        ("steps: {a: {script: prepare.py}}\n", "2:9: steps.a: has no kind; one of processing, training"),
        (step("kind: trainin"), "3:13: steps.a.kind: there is no kind 'trainin'; did you mean 'training'?"),
        (step("kind: tunnig"), "3:13: steps.a.kind: there is no kind 'tunnig'; did you mean 'tuning'?"),
        (
            step("kind: processing"),
            "3:3: steps.a: give exactly one of script, module, command and notebook (found none of them)",
        ),
        (step("kind: dataset"), "3:3: steps.a.source: is required: A CSV or Parquet file"),
        (
            step("kind: processing, script: prepare.py, compute: {memory: 4Gib}"),
            "3:63: steps.a.compute.memory: '4Gib' is not a size: write a number and one of k, M, G, T, Ki, Mi, Gi, Ti",
        ),
        (
            step("kind: processing, script: prepare.py, scirpt: x"),
            "3:45: steps.a.scirpt: unknown field; did you mean 'script'?",
        ),
        (
            step("kind: processing, script: prepare.py, compute: {cpu: many}"),
            "3:60: steps.a.compute.cpu: must be a number, not 'many'",
        ),
        (
            step("kind: processing, script: prepare.py, compute: 3"),
            "3:54: steps.a.compute: must be a mapping, not 3",
        ),
        (
            step("kind: processing, script: prepare.py, env: {A: 7}"),
            "3:54: steps.a.env.A: must be text, not 7",
        ),
        (
            step("kind: processing, script: prepare.py, parameters: {a: {b: 1}}"),
            "3:61: steps.a.parameters.a: must be true or false or a whole number or a number or text or a list, not a",
        ),
        (
            step("kind: processing, script: prepare.py, inputs: {a-b: rows.csv}"),
            "3:54: steps.a.inputs.a-b: 'a-b' must be a Python identifier",
        ),
        (
            step("kind: processing, script: prepare.py, outputs: {o: ../x}"),
            "3:3: steps.a: outputs.o: '../x' must be a path below MLOPS_OUTPUT_DIR",
        ),
        (
            step("kind: dataset, source: rows.csv, split: {method: randm, train: 1}"),
            "3:56: steps.a.split.method: must be 'random', 'stratified', 'time' or 'group', not 'randm'",
        ),
        (
            step("kind: dataset, source: rows.csv, expect: {columns: {x: {one_off: [1]}}}"),
            "3:63: steps.a.expect.columns.x.one_off: unknown field; did you mean 'one_of'?",
        ),
        (step("kind: dataset, source: rows.csv, name: ../x"), "3:46: steps.a.name: '../x' cannot name a resource"),
        (step("kind: processing, script: missing.py"), "3:33: steps.a.script: there is no file 'missing.py'"),
        (
            step("kind: processing, script: ../x.py"),
            "3:33: steps.a.script: '../x.py' is not a safe path: it has the part '..'",
        ),
        (step("kind: processing, script: /etc/passwd"), "3:33: steps.a.script: '/etc/passwd' is not a safe path"),
        (step('kind: processing, script: "a\\0b"'), "3:33: steps.a.script: 'a\\x00b' is not a safe path"),
        (step("kind: processing, script: outside.py"), "3:33: steps.a.script: 'outside.py' is not a safe path"),
        (step("kind: processing, script: folder"), "3:33: steps.a.script: there is no file 'folder'"),
        (
            step("kind: training, script: train.py, predictor: no.py"),
            "3:52: steps.a.predictor: there is no file 'no.py'",
        ),
        (step("kind: processing, script: prepare.py, code: [../*]"), "3:52: steps.a.code.0: '../*' is not a safe path"),
        (step("kind: dataset, source: missing.csv"), "3:30: steps.a.source: there is no file 'missing.csv'"),
        (
            step("kind: model, model: missing"),
            "3:27: steps.a.model: 'missing' is no file of the recipe's folder and no version",
        ),
        (
            step("kind: processing, script: prepare.py, inputs: {x: no.csv}"),
            "3:57: steps.a.inputs.x: there is no file 'no.csv'",
        ),
        (
            step("kind: processing, script: prepare.py, environment: {requirements: no.txt}"),
            "3:73: steps.a.environment.requirements: there is no file 'no.txt'",
        ),
        (
            step("kind: processing, script: prepare.py, environment: {requirements: options.txt}"),
            "3:73: steps.a.environment.requirements: options.txt: '-r other.txt' is an option, not a requirement",
        ),
        (
            step("kind: processing, script: prepare.py, environment: {requirements: ['--index-url x']}"),
            "3:74: steps.a.environment.requirements.0: this list: '--index-url x' is an option, not a requirement",
        ),
        (step("kind: processing, script: prepare.py, after: 3"), "3:52: steps.a.after: must be a list of steps"),
        (step("kind: processing, script: prepare.py, after: [b]"), "3:53: steps.a.after.0: there is no step 'b'"),
        (
            step("kind: processing, script: prepare.py, parameters: {x: '${{ vars.n }}'}"),
            "3:61: steps.a.parameters.x: there is no var 'n'; there is none",
        ),
        (
            step("kind: processing, script: prepare.py, parameters: {x: '${{ steps.b.model }}'}"),
            "3:61: steps.a.parameters.x: there is no step 'b'; known: a",
        ),
        (
            step("kind: processing, script: prepare.py, parameters: {x: 'a ${{ vars.n'}"),
            "3:61: steps.a.parameters.x: '${{ vars.n' is not closed by }}",
        ),
        (
            step("kind: processing, script: prepare.py, env: {X: '${{ inputs.n }}'}"),
            "3:54: steps.a.env.X: ${{ inputs.n }} stands only in a command",
        ),
        (step("kind: processing, script: ${{ vars.x }}"), "3:33: steps.a.script: put quotes around"),
        ("steps: &a {x: *a}\n", "2:15: steps.x: the alias '*a' stands inside what it names"),
        (
            "steps: {a: {kind: processing, script: prepare.py}, a: {}}\n",
            "2:52: steps.a: duplicate key 'a' (first at line 2)",
        ),
    ],
)
def test_one_clear_problem(files: Path, problems: Problems, text: str, problem: str) -> None:
    (files / "outside.py").symlink_to("/etc/hosts")
    (files / "folder").mkdir()
    (files / "options.txt").write_text("-r other.txt\n")
    expected = f"recipe.yaml:{problem}"
    assert [line[: len(expected)] for line in problems(text)] == [expected]


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("steps.t.modle", "step t (training) offers no 'modle'; did you mean 'model'?"),
        ("steps.t.outputs.tabel", "step t (training) offers no 'outputs.tabel'; did you mean 'outputs.table'?"),
        ("steps.t", "say what of step t: model, outputs.table, metrics.NAME"),
        ("steps.t.metrics", "step t (training) offers no 'metrics'"),
        ("steps.d.splits.test", "step d (dataset) offers no 'splits.test'; did you mean 'splits.rest'?"),
        ("steps.d.columns.x", "step d (dataset) offers no 'columns.x'"),
        ("steps.t.metrics.auc", "steps.t.metrics.auc is a metric; here an output of a job or"),
        ("steps.x.model", "there is no step 'x'; known: t, d, a"),
    ],
)
def test_a_reference_to_what_is_not_offered(problems: Problems, reference: str, said: str) -> None:
    text = f"""
steps:
  t: {{kind: training, script: train.py, outputs: {{table: t.csv}}}}
  d: {{kind: dataset, source: rows.csv, split: {{train: 90%, parts: {{rest: 10%}}}}}}
  a: {{kind: processing, script: prepare.py, inputs: {{x: "${{{{ {reference} }}}}", y: "${{{{ steps.d.version }}}}"}}}}
"""
    expected = f"recipe.yaml:5:57: steps.a.inputs.x: {said}"
    assert [line[: len(expected)] for line in problems(text)] == [expected]


def test_a_circle_is_named(problems: Problems) -> None:
    text = """
steps:
  first: {kind: processing, script: prepare.py, after: [a]}
  a: {kind: processing, script: prepare.py, inputs: {x: "${{ steps.b.outputs.o }}"}}
  b: {kind: processing, script: prepare.py, after: [c], outputs: {o: o}}
  c: {kind: processing, script: prepare.py, after: [a]}
"""
    said = "recipe.yaml:4:57: steps.a.inputs.x: these steps wait for each other: a -> b -> c -> a"
    assert problems(text) == [said]


def test_a_step_that_needs_itself_is_a_circle(problems: Problems) -> None:
    (problem,) = problems(step("kind: processing, script: prepare.py, after: [a]"))
    assert problem.endswith("these steps wait for each other: a -> a")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("dataset", "source: rows.csv"), ("model", "model: rows.csv"), ("endpoint", "model: churn:1")],
)
def test_two_steps_that_write_one_name(problems: Problems, kind: str, fields: str) -> None:
    text = f"steps:\n  a: {{kind: {kind}, {fields}}}\n  b: {{kind: {kind}, {fields}, name: breast-cancer}}\n"
    (problem,) = problems(text)
    assert f"steps.b.name: step a writes the {kind} 'breast-cancer' already" in problem
    assert problem.startswith("recipe.yaml:4:")


def test_all_problems_are_told_at_once_in_the_order_of_the_file(problems: Problems) -> None:
    text = """
vars: {n: {env: MISSING}}
defaults: {compute: {memry: 4Gi}}
steps:
  a: {kind: processing, script: no.py, inputs: {x: "${{ steps.c.model }}"}, parameters: {n: "${{ vars.n }}"}}
  b: {kind: trainin}
  c: {kind: processing, script: prepare.py, comput: {}}
"""
    places = [line.split(" ")[1] for line in problems(text, sets=[("vars.m", "1")])]
    expected = ["vars.m:", "vars.n:", "defaults.compute.memry:", "steps.a.script:", "steps.a.inputs.x:"]
    assert places == [*expected, "steps.b.kind:", "steps.c.comput:"]


def test_a_problem_of_a_target_names_its_place_in_the_target(problems: Problems) -> None:
    text = "targets: {prod: {steps: {a: {compute: {cpu: -1}}, aa: {env: {}}}}}\n" + STEP
    first, second = problems(text, target="prod")
    assert first == "recipe.yaml:2:45: targets.prod.steps.a.compute.cpu: should be greater than 0, not -1"
    assert second.startswith("recipe.yaml:2:51: targets.prod.steps.aa: is no step of the recipe")
    assert second.endswith("did you mean 'a'?")
    assert problems(text, target="prd") == ["recipe.yaml:2:1: targets: there is no target 'prd'; did you mean 'prod'?"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "1:1: the recipe is empty: begin with `recipe: NAME`"),
        (b"- a\n", "1:1: a recipe is a mapping: begin with `recipe: NAME`"),
        (b"steps: {a: {kind: model, model: 'c:1'}}\n", "1:1: the recipe's own name is missing"),
        (
            b"recipe: Not Legal\nsteps: {a: {kind: model, model: 'c:1'}}\n",
            "1:9: recipe: 'Not Legal' cannot name a recipe",
        ),
        (
            b"recipe: 7\nsteps: {a: {kind: model, model: 'c:1'}}\n",
            "1:9: recipe: a value of type int cannot name a recipe",
        ),
        (b"recipe: \xff\n", "1:9: this byte is not UTF-8"),
    ],
)
def test_a_file_that_is_no_recipe(files: Path, content: bytes, said: str) -> None:
    (files / "recipe.yaml").write_bytes(content)
    with pytest.raises(RecipeError) as caught:
        Recipe.load("recipe.yaml")
    assert caught.value.problems[0].startswith(f"recipe.yaml:{said}")
    assert caught.value.exit_code is ExitCode.INVALID


def test_a_file_that_is_not_there(files: Path) -> None:
    with pytest.raises(RecipeError, match=r"missing\.yaml:1:1: cannot be read: No such file"):
        Recipe.load(files / "missing.yaml")


def test_hundreds_of_problems_are_cut(problems: Problems) -> None:
    text = "steps:\n" + "".join(f"  s{n}: {{kind: nothing}}\n" for n in range(300))
    found = problems(text)
    assert len(found) == 51
    assert found[-1] == "… and 250 more"
