"""`patchkeep completion`: prints the script by which a shell completes our commands; it touches nothing."""

from __future__ import annotations

import click


@click.command(epilog='Example: eval "$(patchkeep completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print what makes a shell complete patchkeep's commands and options.

    bash (4.4 or newer), in ~/.bashrc: eval "$(patchkeep completion bash)"

    zsh, in ~/.zshrc: eval "$(patchkeep completion zsh)"

    fish: patchkeep completion fish > ~/.config/fish/completions/patchkeep.fish
    """
    from click.shell_completion import get_completion_class

    from patchkeep.cli import patchkeep

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows the three
    made = kind(patchkeep, {}, "patchkeep", "_PATCHKEEP_COMPLETE")
    click.echo(made.source_template % made.source_vars())
