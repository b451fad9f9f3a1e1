from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.errors import RecipeError
from mlops_cloud.recipes.references import Reference

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mlops_cloud.recipes import Recipe

    Load = Callable[..., Recipe]
    Problems = Callable[..., list[str]]

TRAIN = "  train: {kind: training, script: train.py"


def test_the_designs_own_example_loads(load: Load, example: str, files: Path) -> None:
    recipe = load(example)
    assert recipe.name == "breast-cancer"
    assert recipe.order == ("prepare", "data", "train", "evaluate", "register", "deploy", "smoke", "watch")
    assert recipe.graph["evaluate"] == {"data", "train"}
    assert recipe.steps["evaluate"].needs == ("data", "train")
    assert recipe.steps["smoke"].needs == ("deploy",)
    assert recipe.steps["data"].references == (Reference(("source",), "prepare", ("outputs", "table")),)
    names = {name: step.fields["name"] for name, step in recipe.steps.items()}
    assert names["data"] == names["register"] == names["deploy"] == names["watch"] == "breast-cancer"
    assert names["train"] == "breast-cancer-train"
    assert recipe.folder == files
    assert len(recipe.digest) == 64


def test_defaults_reach_jobs_key_by_key_and_the_step_wins(load: Load) -> None:
    recipe = load(
        """
defaults:
  compute: {cpu: 2, memory: 4Gi}
  env: {A: "1", B: "1"}
  secrets: [TOKEN]
steps:
  train: {kind: training, script: train.py, compute: {cpu: 8}, env: {B: "2"}, secrets: []}
  data: {kind: dataset, source: rows.csv}
  measure: {kind: evaluation, model: churn:1, data: rows.csv, task: regression}
"""
    )
    train: Any = recipe.steps["train"].bind({})
    assert (train.compute.cpu, train.compute.memory) == (8, 4 * 2**30)
    assert train.env == {"A": "1", "B": "2"}
    assert train.secrets == ()
    measure: Any = recipe.steps["measure"].bind({})
    assert measure.compute.cpu == 2


def test_a_target_overlays_anything(load: Load, example: str) -> None:
    recipe = load(example, target="prod")
    assert (recipe.target, recipe.profile) == ("prod", "aws")
    assert recipe.vars == {"seed": 11}
    assert recipe.steps["data"].fields["split"]["seed"] == 11
    assert recipe.steps["register"].fields["approval"] == "manual"
    assert recipe.steps["deploy"].fields["scaling"] == {"min": 2, "max": 6}
    assert recipe.steps["deploy"].fields["capture"] == {"rate": "100%"}


def test_a_target_may_add_a_step_and_defaults(load: Load) -> None:
    recipe = load(
        """
targets:
  prod:
    defaults: {compute: {cpu: 4}}
    steps: {check: {kind: processing, script: smoke.py, after: [train]}}
steps:
  train: {kind: training, script: train.py}
""",
        target="prod",
    )
    assert recipe.order == ("train", "check")
    assert recipe.steps["train"].fields["compute"] == {"cpu": 4}


class TestVars:
    TEXT = f"""
vars: {{n: 7, half: 0.5, yes: true, word: a b, many: [1, 2]}}
targets: {{t: {{vars: {{n: 8}}}}}}
steps:
{TRAIN}, parameters: {{
    n: "${{{{ vars.n }}}}", half: "${{{{vars.half}}}}", yes: "${{{{ vars.yes }}}}", many: "${{{{ vars.many }}}}",
    text: "${{{{ vars.word }}}}-${{{{ vars.n }}}}-${{{{ vars.yes }}}}-${{{{ vars.half }}}}", home: "${{HOME}} $5"}}}}
"""

    def test_one_alone_keeps_its_type_and_inside_a_text_it_is_text(self, load: Load) -> None:
        assert load(self.TEXT).steps["train"].fields["parameters"] == {
            "n": 7,
            "half": 0.5,
            "yes": True,
            "many": [1, 2],
            "text": "a b-7-true-0.5",
            "home": "${HOME} $5",
        }

    def test_flag_over_given_over_target_over_recipe(self, load: Load) -> None:
        assert load(self.TEXT).vars["n"] == 7
        assert load(self.TEXT, target="t").vars["n"] == 8
        assert load(self.TEXT, target="t", variables={"n": 9}).vars["n"] == 9
        assert load(self.TEXT, target="t", variables={"n": 9}, sets=[("vars.n", "10")]).vars["n"] == 10

    def test_the_environment_enters_only_where_declared(self, load: Load, problems: Problems) -> None:
        text = f"vars: {{user: {{env: WHO}}, n: {{env: N, default: 3}}}}\nsteps:\n{TRAIN}}}\n"
        assert load(text, environ={"WHO": "me"}).vars == {"user": "me", "n": 3}
        assert load(text, environ={"WHO": "me", "N": "4"}).vars["n"] == 4
        assert load(text, sets=[("vars.user", "you")]).vars["user"] == "you"
        assert problems(text) == [
            "recipe.yaml:2:14: vars.user: the environment variable WHO is not set; set it, or give --set vars.user=…"
        ]

    def test_a_var_without_a_value_must_be_given(self, load: Load, problems: Problems) -> None:
        text = f"vars: {{n: }}\nsteps:\n{TRAIN}, parameters: {{n: '${{{{ vars.n }}}}'}}}}\n"
        assert problems(text) == ["recipe.yaml:2:11: vars.n: has no value; give one with --set vars.n=…"]
        assert load(text, sets=[("vars.n", "3")]).steps["train"].fields["parameters"] == {"n": 3}


class TestFlags:
    TEXT = f"vars: {{seed: 7}}\nsteps:\n{TRAIN}, parameters: {{C: 1}}}}\n"

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("0.5", 0.5),
            ("true", True),
            ("no", "no"),
            ("'7'", "7"),
            ("[1, 2]", [1, 2]),
            ("a; $(b)\nc: d", "a; $(b)\nc: d"),
        ],
    )
    def test_values_are_read_as_yaml_reads_them(self, load: Load, text: str, value: object) -> None:
        recipe = load(self.TEXT, sets=[("steps.train.parameters.C", text)])
        assert recipe.steps["train"].fields["parameters"] == {"C": value}

    def test_they_may_set_what_the_recipe_leaves_out(self, load: Load) -> None:
        sets = [("steps.train.compute.cpu", "4"), ("defaults.env.A", "x"), ("steps.train.compute.memory", "1Gi")]
        recipe = load(self.TEXT, sets=sets)
        assert recipe.steps["train"].fields["compute"] == {"cpu": 4, "memory": "1Gi"}
        assert recipe.steps["train"].fields["env"] == {"A": "x"}

    @pytest.mark.parametrize(
        ("place", "text", "said"),
        [
            (
                "steps.train.compute.memry",
                "1",
                "--set steps.train.compute.memry: unknown field; did you mean 'memory'?",
            ),
            ("steps.train.compute.cpu", "x", "--set steps.train.compute.cpu: must be a number, not 'x'"),
            ("steps.trian.script", "x", "--set steps.trian: there is no such step; did you mean 'train'?"),
            ("vars.sed", "1", "--set vars.sed: the recipe declares no var of this name; did you mean 'seed'?"),
            ("var.seed", "1", "--set var.seed: nothing is set at 'var'; did you mean 'vars'?"),
            ("vars", "1", "--set vars: write vars.NAME=VALUE"),
            ("steps.train", "1", "--set steps.train: write steps.STEP.FIELD=VALUE"),
            ("vars.seed", "[1", "--set vars.seed: value:1:1: 1: a bracket"),
            ("vars.seed", "${{ vars.seed }}", "--set vars.seed: a var is a plain value; it cannot hold a reference"),
        ],
    )
    def test_a_wrong_one_is_named(self, problems: Problems, place: str, text: str, said: str) -> None:
        (problem,) = problems(self.TEXT, sets=[(place, text)])
        assert problem.startswith(said)


class TestWhen:
    TEXT = """
vars: {deploy: false}
steps:
  prepare: {kind: processing, script: prepare.py, outputs: {table: t.csv}, when: "${{ vars.deploy }}"}
  train: {kind: training, script: train.py, inputs: {rows: "${{ steps.prepare.outputs.table }}"}}
  register: {kind: model, model: "${{ steps.train.model }}"}
  clean: {kind: processing, script: smoke.py, after: [prepare]}
"""

    def test_false_skips_the_step_and_those_that_take_its_results(self, load: Load) -> None:
        steps = load(self.TEXT).steps
        assert {name: step.skipped for name, step in steps.items()} == {
            "prepare": "when: is false",
            "train": "it needs prepare, which is skipped",
            "register": "it needs train, which is skipped",
            "clean": "",
        }
        assert steps["clean"].needs == ()

    def test_true_skips_none(self, load: Load) -> None:
        recipe = load(self.TEXT, variables={"deploy": True})
        assert all(step.enabled for step in recipe.steps.values())
        assert recipe.graph["clean"] == {"prepare"}

    def test_anything_else_is_refused(self, problems: Problems) -> None:
        said = "recipe.yaml:4:82: steps.prepare.when: must be true, false or a var that is, not 'maybe'"
        assert problems(self.TEXT, variables={"deploy": "maybe"}) == [said]


class TestBind:
    def test_references_become_what_other_steps_made(self, load: Load, example: str) -> None:
        steps = load(example).steps
        data: Any = steps["data"].bind({"prepare": {"outputs": {"table": "job://p-1/table"}}})
        assert data.source == "job://p-1/table"
        outputs = {"train": {"model": "job://t-1/model"}, "data": {"splits": {"test": "dataset://c/1/test"}}}
        evaluation: Any = steps["evaluate"].bind(outputs)
        assert (evaluation.model, evaluation.data) == ("job://t-1/model", "dataset://c/1/test")

    def test_a_metric_keeps_its_type(self, load: Load) -> None:
        recipe = load(
            f"steps:\n{TRAIN}}}\n"
            "  next: {kind: processing, script: smoke.py, parameters: {auc: '${{ steps.train.metrics.val.auc }}'},\n"
            "    compute: {cpu: '${{ steps.train.metrics.cpu }}'}}\n"
        )
        spec: Any = recipe.steps["next"].bind({"train": {"metrics": {"val.auc": 0.5, "cpu": 3}}})
        assert (spec.parameters, spec.compute.cpu) == ({"auc": 0.5}, 3)
        with pytest.raises(
            RecipeError, match=r"recipe.yaml:5:20: steps.next.compute.cpu: should be greater than 0, not -1"
        ):
            recipe.steps["next"].bind({"train": {"metrics": {"val.auc": 0.5, "cpu": -1}}})

    def test_what_was_not_made_is_named_with_what_was(self, load: Load) -> None:
        recipe = load(
            f"steps:\n{TRAIN}}}\n"
            "  next: {kind: processing, script: smoke.py, env: {A: '${{ steps.train.metrics.acu }}'}}\n"
        )
        with pytest.raises(RecipeError, match=r"steps.train.metrics.acu was not made; did you mean 'auc'\?"):
            recipe.steps["next"].bind({"train": {"metrics": {"auc": 0.5}}})

    def test_a_text_with_shell_characters_stays_as_it_is(self, load: Load) -> None:
        hostile = "; $(touch x) `y`\n'\"${HOME}"
        recipe = load(
            f"vars: {{x: a}}\nsteps:\n{TRAIN}, parameters: {{p: '${{{{ vars.x }}}}'}}}}\n", variables={"x": hostile}
        )
        spec: Any = recipe.steps["train"].bind({})
        assert spec.parameters == {"p": hostile}


class TestCommand:
    def test_the_jobs_own_references_are_left_and_vars_are_quoted_for_the_shell(self, load: Load) -> None:
        recipe = load(
            """
vars: {word: "a; b"}
steps:
  go:
    kind: processing
    command: python x.py ${{ inputs.rows }} ${{outputs.table}} --n ${{ parameters.n }} ${{ vars.word }} ${HOME}
    inputs: {rows: rows.csv}
    outputs: {table: t.csv}
    parameters: {n: 3}
  list: {kind: processing, command: [echo, "${{ vars.word }}", "${{outputs.output}}"]}
"""
        )
        go: Any = recipe.steps["go"].bind({})
        expected = "python x.py ${{ inputs.rows }} ${{outputs.table}} --n ${{ parameters.n }} 'a; b' ${HOME}"
        assert go.command == expected
        listed: Any = recipe.steps["list"].bind({})
        assert listed.command == ("echo", "a; b", "${{outputs.output}}")

    def test_a_parameter_may_be_called_an_input_as_in_azure_ml(self, load: Load) -> None:
        text = "{kind: processing, command: 'x ${{inputs.learning-rate}}', parameters: {learning-rate: 0.1}}"
        step: Any = load(f"steps: {{go: {text}}}").steps["go"].bind({})
        assert step.command == "x ${{inputs.learning-rate}}"
        assert step.parameters == {"learning-rate": 0.1}

    @pytest.mark.parametrize(
        ("inside", "said"),
        [
            ("inputs.row", "the step has no inputs.row; did you mean 'rows'?"),
            (
                "steps.other.model",
                "what another step made is taken by inputs: or parameters:, here as ${{ inputs.NAME }}",
            ),
            ("vars.x", "there is no var 'x'; there is none"),
            ("env.x", "'${{ env.x }}' is no reference"),
            ("1 + 1", "'${{ 1 + 1 }}' is no reference"),
            ("", "'${{  }}' is no reference"),
        ],
    )
    def test_a_wrong_reference_is_refused(self, problems: Problems, inside: str, said: str) -> None:
        text = f"steps:\n  go: {{kind: processing, command: 'x ${{{{ {inside} }}}}', inputs: {{rows: rows.csv}}}}\n"
        (problem,) = problems(text)
        assert problem.startswith(f"recipe.yaml:3:35: steps.go.command: {said}")


def test_five_hundred_steps_load_fast(load: Load) -> None:
    steps = ["  s0: {kind: processing, script: prepare.py, outputs: {table: t.csv}}"]
    steps += [
        f"  s{n}:\n    kind: processing\n    script: prepare.py\n    outputs: {{table: t.csv}}\n"
        f"    inputs: {{before: '${{{{ steps.s{n - 1}.outputs.table }}}}'}}"
        for n in range(1, 500)
    ]
    text = "defaults: {compute: {cpu: 2, memory: 4Gi}}\nsteps:\n" + "\n".join(steps) + "\n"
    load(f"steps:\n{TRAIN}}}\n")
    began = time.process_time()
    recipe = load(text)
    seconds = time.process_time() - began
    assert recipe.order == tuple(f"s{n}" for n in range(500))
    assert seconds < 0.5  # 0.05 s where it was measured
