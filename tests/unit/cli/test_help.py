"""Help costs click and nothing else, and says the same in both places."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from mlops_cloud.cli.main import COMMANDS, answer, root

NAMES = [name for commands in COMMANDS.values() for name in commands]
COUNT = """
import sys
before = set(sys.modules)
from mlops_cloud.cli.main import answer
code = answer(sys.argv[1:])
print("\\n".join(sorted(set(sys.modules) - before)), file=sys.stderr)
sys.exit(code)
"""
# What click itself brings, and what the standard library brings with click's pager and width.
ALLOWED = ("click", "mlops_cloud.cli", "mlops_cloud.version", "mlops_cloud")
COSTLY = {
    "dataclasses",
    "importlib.metadata",
    "asyncio",
    "sqlite3",
    "json",
    "tomllib",
    "hashlib",
    "subprocess",
    "logging",
}


def _loaded(*arguments: str) -> tuple[int, str, set[str]]:
    done = subprocess.run([sys.executable, "-c", COUNT, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, set(done.stderr.split())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["jobs", "--help"], ["run", "--help"], ["init", "-h"]]
)
def test_only_click_is_loaded(arguments: list[str]) -> None:
    code, _, loaded = _loaded(*arguments)
    assert code == 0
    standard = {name for name in loaded if name.partition(".")[0] in sys.stdlib_module_names}
    foreign = {
        name for name in loaded - standard if not (name in ALLOWED or name.startswith(("click.", "mlops_cloud.cli.")))
    }
    assert not foreign
    baseline = _click_loads()
    assert not (standard & COSTLY) - baseline


def _click_loads() -> set[str]:
    script = "import click, sys; print('\\n'.join(sys.modules))"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_line_in_the_list_is_the_commands_own(name: str) -> None:
    with click.Context(root) as context:
        command = root.get_command(context, name)
    assert command is not None
    assert command.name == name
    line = next(lines[name] for lines in COMMANDS.values() if name in lines)
    assert (command.help or "").split("\n")[0] == line


def _leaves(command: click.Command, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            found = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
        return [leaf for name, inner in found if inner for leaf in _leaves(inner, (*path, name))]
    return [(path, command)]


@pytest.mark.parametrize(
    ("path", "command"), _leaves(root, ()), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_has_help_and_the_common_options(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    options = {option for parameter in command.params for option in parameter.opts}
    if path[0] != "completion":
        assert {"--profile", "--project", "-o"} <= options
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help


def test_the_version_is_the_packages_own() -> None:
    import mlops_cloud

    code, out, _ = _loaded("--version")
    assert (code, out) == (0, f"mlops-cloud {mlops_cloud.__version__}\n")


def test_another_system_is_refused_in_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert answer(["--version"]) == 2
    refused = capsys.readouterr()
    assert refused.out == ""
    assert "inside WSL" in refused.err
    assert len(refused.err.splitlines()) == 1
