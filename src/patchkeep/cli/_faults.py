"""`patchkeep sandbox fault add|list|clear`: make the emulated AWS, or machines in it, fail on purpose."""

from __future__ import annotations

from typing import Any

import click

from patchkeep.cli._options import endpoint_option, format_option

_KINDS = """\b
Of calls:
  throttle         refused for coming too often, by the service's own code
  access-denied    refused for want of a permission
  expired-token    refused because the session ran out
  server-error     HTTP 500
  unavailable      HTTP 503
  slow             answered after --seconds of real time (2)
  cut              the connection breaks in the middle of the answer
  page-token       asking for page --page of a list (2) is refused
  short-pages      lists come in pages of --page rows (5)
\b
Of machines:
  never-back       the agent never answers again after a reboot
  stuck-command    a command begins and never ends
  patch-fails      installing fails (--package NAME: that one alone)
  inventory-lags   inventory is seen --seconds late, in virtual time (0: never)
  patch-state-lags patch states are seen --seconds late (0: never)
  foreign-scan     another tool scans with another baseline every --seconds (3600)
"""


def _share(ctx: click.Context, param: click.Parameter, text: str) -> float:  # noqa: ARG001 - click's signature
    """10% or 0.1."""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise click.BadParameter(f"{text!r} is no share: write 10% or 0.1.")
    return share


@click.group(epilog="Example: patchkeep sandbox fault add throttle --service ssm --share 10%")
def fault() -> None:
    """Make the sandbox fail on purpose: calls, connections, machines."""


@fault.command(
    epilog="Examples:\n\n"
    "patchkeep sandbox fault add throttle --service ssm --share 10% --seed 7\n\n"
    "patchkeep sandbox fault add access-denied --account 200000000002 --operation DescribeInstancePatches\n\n"
    "patchkeep sandbox fault add never-back --node i-0123456789abcdef0",
    help=f"Put a fault on. It stays until it is cleared, or struck --times, or virtual time is --until.\n\n{_KINDS}",
)
@endpoint_option
@click.argument("kind")
@click.option("--account", "accounts", multiple=True, metavar="ID", help="Only there. May be given again, as the next ones.")
@click.option("--region", "regions", multiple=True, metavar="NAME", help="Only there.")
@click.option("--service", "services", multiple=True, metavar="NAME", help="Only calls of ssm, ec2, sts, organizations, account ...")
@click.option("--operation", "operations", multiple=True, metavar="NAME", help="Only these; wildcards allowed: 'Describe*'.")
@click.option("--node", "nodes", multiple=True, metavar="ID", help="Only these machines.")
@click.option("--share", callback=_share, default="100%", show_default=True, help="Of the calls or machines that it may strike.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed strikes the same calls and machines.")
@click.option("--from", "since", metavar="TIME", help="Virtual time from which on it strikes: 2026-09-01T06:00:00Z.")
@click.option("--until", metavar="TIME", help="Virtual time from which on it strikes no more.")
@click.option("--times", type=int, metavar="N", help="It strikes so often, and then no more.")
@click.option("--seconds", type=float, metavar="N", help="How slow, how late, or how often: see above.")
@click.option("--page", type=int, metavar="N", help="See above.")
@click.option("--package", metavar="NAME", help="See above.")
@format_option
def add(endpoint: str, form: str, since: str | None, kind: str, **chosen: Any) -> None:
    from patchkeep.wire import sandbox_at

    asked = {name: value for name, value in {**chosen, "from": since}.items() if value not in (None, ())}
    with sandbox_at(endpoint) as client:
        made = client.add_fault(kind, **asked)
    if form == "json":
        _as_json([made])
    else:
        click.echo(f"{made['id']} is on: {_told(made)}.")


@fault.command("list", epilog="Example: patchkeep sandbox fault list")
@endpoint_option
@format_option
def list_(endpoint: str, form: str) -> None:
    """List the faults that are on, and how often each has struck."""
    from patchkeep.cli import show
    from patchkeep.wire import sandbox_at

    with sandbox_at(endpoint) as client:
        faults = client.faults()
    if form == "json":
        _as_json(faults)
    elif not faults:
        click.echo("No faults are on: put one on with `patchkeep sandbox fault add KIND`.")
    else:
        show.table(["fault", "struck", "what"], [(one["id"], one["hits"], _told(one)) for one in faults], numbers=[1])


@fault.command(epilog="Example: patchkeep sandbox fault clear fault-1")
@endpoint_option
@click.argument("fault_id", metavar="[FAULT]", required=False)
def clear(endpoint: str, fault_id: str | None) -> None:
    """Take one fault off, or all of them. What it did to machines stays done."""
    from patchkeep.wire import sandbox_at

    with sandbox_at(endpoint) as client:
        if fault_id:
            client.remove_fault(fault_id)
            click.echo(f"{fault_id} is off.")
        else:
            number = client.clear_faults()
            click.echo(f"{number} fault{'' if number == 1 else 's'} taken off.")


def _as_json(faults: list[dict[str, Any]]) -> None:
    from patchkeep.cli import show

    show.as_json("sandbox-faults", {"faults": faults})


def _told(fault: dict[str, Any]) -> str:
    """The fault in words: "throttle, 10 % of ssm in 200000000002"."""
    share = f"{fault['share'] * 100:g} % of " if fault["share"] < 1 else ""
    what = [*fault.get("services", ()), *fault.get("operations", ()), *fault.get("nodes", ())]
    where = [*fault.get("accounts", ()), *fault.get("regions", ())]
    told = f"{fault['kind']}, {share}{', '.join(what) or 'everything'}" + (f" in {', '.join(where)}" if where else "")
    extras = (f"{name} {fault[name]}" for name in ("seed", "from", "until", "times", "seconds", "page", "package") if name in fault)
    return ", ".join([told, *extras])
