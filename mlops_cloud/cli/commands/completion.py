"""`mlops-cloud completion`."""

from __future__ import annotations

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    bash: `eval "$(mlops-cloud completion bash)"` in ~/.bashrc; zsh: the same in ~/.zshrc;
    fish: `mlops-cloud completion fish > ~/.config/fish/completions/mlops-cloud.fish`.
    """
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    if script is None:  # the choice above admits only shells that click knows
        raise AssertionError
    click.echo(script(context.find_root().command, {}, "mlops-cloud", "_MLOPS_CLOUD_COMPLETE").source())
