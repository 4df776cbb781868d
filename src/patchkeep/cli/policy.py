"""`patchkeep policy init|check|schema|explain`: everything about the policy file; AWS is asked nothing, and only `init` writes, the file.

What is wrong with a file is decided in `policy/`, whether its deadlines can be kept in `domain/forecast`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from patchkeep.cli._completing import names_of_assets
from patchkeep.cli._options import FILE, WrongUse, clock_of, format_option, opened, policy_option, save
from patchkeep.cli._seen import asset_called, latest

if TYPE_CHECKING:
    from datetime import timedelta

    from patchkeep.domain.forecast import Forecast
    from patchkeep.domain.policy import Policy
    from patchkeep.policy.explain import Explanation


@click.group(epilog="Example: patchkeep policy init && patchkeep policy check")
def command() -> None:
    """Write, check and explain the policy file."""


@command.command(epilog="Example: patchkeep policy init --policy patchkeep.yaml")
@policy_option
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def init(policy: str, force: bool) -> None:
    """Write a commented policy file to begin with, without asking anything; `patchkeep init` asks five questions first."""
    from patchkeep.cli import show
    from patchkeep.policy.starter import starter

    path = Path(policy)
    if path.exists() and not force:
        raise WrongUse(f"{policy} is there already: name another with --policy, or say --force.")
    save(policy, starter(), "--policy")
    show.say(f"Wrote {policy}. Fill it in.")
    show.following("patchkeep policy check")


@command.command(epilog="\b\nExamples:\n  patchkeep policy check patchkeep.yaml\n  patchkeep policy check --round 20m --format json")
@click.argument("file", metavar="[FILE]", type=FILE, required=False)
@policy_option
@format_option
@click.option(
    "--round", "each_round", metavar="DURATION", default="0m", help="How long a round of `at_once` takes, as in 20m; 0m: not counted."
)
@click.option("--no-assets", is_flag=True, help="Leave the database alone: check the file by itself.")
@click.option("--no-fail", is_flag=True, help="Exit status 0 also where a deadline cannot be kept.")
@click.option("--all", "everything", is_flag=True, help="Name every asset that is in no ring.")
@click.pass_context
def check(
    ctx: click.Context, file: str | None, policy: str, form: str, each_round: str, no_assets: bool, no_fail: bool, everything: bool
) -> None:
    """Say what is wrong with the file, and whether its deadlines can be kept at all. FILE: the same as --policy FILE.

    Every mistake is printed as file:line:column, what is wrong, and what to write. Then the worst case of each ring and deadline:
    approval delay, bakes of earlier rings and the longest wait for an opening in 400 days. With a database at hand, every asset in no
    ring and every place that was not read, too.

    Exit status 0 when all holds; 1 when a deadline cannot be kept, an asset is in no ring or an approval can never be given
    (--no-fail: 0); 2 when the file is wrong.
    """
    from patchkeep.cli import _forecast, show
    from patchkeep.domain.policy import PolicyErrors
    from patchkeep.wire import read_policy

    policy = file or policy
    rounds = _duration(each_round)
    try:
        read = read_policy(policy, clock_of(ctx).now())
    except PolicyErrors as errors:
        if form == "human":
            raise
        show.as_json("policy-check", {"errors": [show.plain(error) for error in errors.errors]})
        ctx.exit(2)
    found = forecast_of(ctx, read, rounds, assets=not no_assets)
    if form == "json":
        show.as_json("policy-check", {"errors": [], **_forecast.document(found)})
    else:
        say_checked(policy, read)
        _forecast.told(found, everything=everything)
    ctx.exit(0 if found.holds or no_fail else 1)


def _duration(text: str) -> timedelta:
    from patchkeep.policy.mistakes import Wrong
    from patchkeep.policy.values import duration

    try:
        return duration(text)
    except Wrong as wrong:
        raise click.BadParameter(str(wrong), param_hint="--round") from wrong


def forecast_of(ctx: click.Context, policy: Policy, each_round: timedelta, *, assets: bool) -> Forecast:
    """The check of a policy that was read, with the newest snapshot where one is at hand."""
    from dataclasses import replace

    from patchkeep.domain.forecast import forecast
    from patchkeep.policy import notes
    from patchkeep.wire import newest_snapshot, regions_of_aws

    regions = regions_of_aws() if policy.organization.regions else ()
    found = forecast(policy, clock_of(ctx).now(), newest_snapshot() if assets else None, each_round, regions)
    return replace(found, notes=(*found.notes, *notes(policy)))


def say_checked(path: str, policy: Policy) -> None:
    """What the file holds, in one line."""
    from patchkeep.cli import show
    from patchkeep.cli._words import plural

    parts = {"environment": policy.environments, "baseline": policy.baselines, "window": policy.windows, "ring": policy.rings}
    show.say(f"{path} is good: {', '.join(plural(len(them), noun) for noun, them in parts.items())}.")


@command.command(epilog="Example: patchkeep policy schema > patchkeep.schema.json")
def schema() -> None:
    """Print the JSON Schema of the policy file, for editors."""
    import json

    from patchkeep.policy.schema import schema as made

    click.echo(json.dumps(made(), indent=2))


@command.command(epilog="Example: patchkeep policy explain web-17")
@click.argument("asset", metavar="ASSET", shell_complete=names_of_assets)
@policy_option
@format_option
@click.pass_context
def explain(ctx: click.Context, asset: str, policy: str, form: str) -> None:
    """Say which environment, baseline, window and ring an asset falls into, and why. ASSET: its name, id or ARN."""
    from patchkeep.cli import show
    from patchkeep.cli._words import brief
    from patchkeep.policy.explain import explain as explained

    with opened(ctx, policy) as house:
        assessment = latest(house)
        found = asset_called(assessment, asset)
        explanation = explained(house.policy, found, house.clock.now(), assessment.patchable)
        verdict = assessment.verdicts[found.id]
    if form == "json":
        show.as_json("explain", {"asset": found.id, "explanation": show.plain(explanation), "compliance": show.plain(verdict)})
        return
    show.heading(f"{found.name} ({found.resource})")
    show.pairs([*_lines(explanation), ("compliance", f"{verdict.status}: {'; '.join(map(brief, verdict.reasons))}")])
    for problem in explanation.problems:
        show.paragraph(f"- {brief(problem)}", hang=2)


def _lines(found: Explanation) -> list[tuple[str, object]]:
    """What holds for the asset, a line each."""
    window = f"{found.window.name}; opens {found.opens:%Y-%m-%d %H:%M %Z}" if found.window and found.opens else ""
    blind = f" (updates younger than {found.blind_for.days} d are not seen)" if found.blind_for else ""
    lines: list[tuple[str, object]] = [
        ("environment", f"{found.environment.name if found.environment else 'none'}: {found.why}"),
        ("baseline", f"{found.baseline.name}{blind}" if found.baseline else "none"),
        ("ring", found.ring or f"none{', of ' + ', '.join(found.candidates) if found.candidates else ''}"),
        ("window", window or (found.window.name if found.window else "any time")),
        ("freeze", found.frozen.name if found.frozen else "none now"),
        ("approvals", ", ".join(f"{approval.people} for {approval.scope}" for approval in found.approvals) or "none"),
        ("SLA", ", ".join(f"{sla.severity} within {sla.within.days} d from {sla.start.replace('_', ' ')}" for sla in found.slas) or "none"),
    ]
    return lines if found.environment else lines[:1]
