"""`patchkeep sandbox serve|run|advance|fault`: an emulated organization to try everything on, in virtual time; AWS is never asked.

`run` is the one place where a command gets the sandbox's clock and credentials instead of the machine's own.
"""

from __future__ import annotations

import click

from patchkeep.cli._faults import fault
from patchkeep.cli._options import Setup, endpoint_option


@click.group(epilog="Example: patchkeep sandbox serve --org small --port 4566")
def command() -> None:
    """Serve an emulated organization, and work on it in its own virtual time."""


command.add_command(fault)


@command.command(epilog="Example: patchkeep sandbox serve --org snowy --port 4566")
@click.option("--org", default="snowy", show_default=True, metavar="FILE", help="An organization file, or snowy, small or live.")
@click.option("--port", default=4566, show_default=True, help="0: any free one. The endpoint is printed.")
@click.option("--host", default="127.0.0.1", show_default=True)
def serve(org: str, port: int, host: str) -> None:
    """Serve an emulated AWS Organization over HTTP until interrupted. Our own model of AWS: passing against it proves nothing of AWS."""
    from patchkeep.wire import serve_sandbox

    serve_sandbox(org, port, host)


@command.command(
    epilog="Example: patchkeep sandbox run discover --policy policy.yaml",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@endpoint_option
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, required=True)
@click.pass_context
def run(ctx: click.Context, endpoint: str, arguments: tuple[str, ...]) -> None:
    """Run any patchkeep command against a running sandbox: its credentials, its endpoint, its virtual time."""
    from shlex import quote

    from patchkeep.cli import main
    from patchkeep.wire import SandboxClock, sandbox_environment, signed_in

    variables = sandbox_environment(endpoint)
    typed_there = ctx.get_parameter_source("endpoint") is click.core.ParameterSource.COMMANDLINE
    called = f"patchkeep sandbox run{f' --endpoint {quote(endpoint)}' if typed_there else ''}"
    with signed_in(variables):
        main(list(arguments), obj=Setup(SandboxClock(endpoint), called))


@command.command(epilog="Example: patchkeep sandbox advance 1d")
@endpoint_option
@click.argument("duration", metavar="DURATION")
def advance(endpoint: str, duration: str) -> None:
    """Let virtual time pass: 30m, 12h, 7d. What is due on the way happens."""
    from patchkeep.policy.values import duration as read
    from patchkeep.wire import SandboxClock

    clock = SandboxClock(endpoint)
    try:
        span = read(duration)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="DURATION") from error
    clock.sleep(span)
    click.echo(f"{clock.now():%Y-%m-%d %H:%M %Z}")
