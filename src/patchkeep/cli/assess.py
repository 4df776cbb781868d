"""`patchkeep assess`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from patchkeep.cli._options import format_option, opened, policy_option
from patchkeep.cli._seen import latest

if TYPE_CHECKING:
    from patchkeep.work.assess import Assessment

ORDER = ("COMPLIANT", "NON_COMPLIANT", "WAIVED", "UNKNOWN")


@click.command(epilog="Example: patchkeep assess --all --format json")
@policy_option
@format_option
@click.option("--all", "everything", is_flag=True, help="List compliant assets, too.")
@click.option("--no-fail", is_flag=True, help="Exit 0 whatever was found.")
@click.pass_context
def command(ctx: click.Context, policy: str, form: str, everything: bool, no_fail: bool) -> None:
    """Judge what was seen by the policy.

    COMPLIANT needs a fresh scan with the policy's own baseline and nothing open; what was not read is UNKNOWN.
    Exit status 1 when anything is NON_COMPLIANT or UNKNOWN, unless --no-fail.
    """
    with opened(ctx, policy) as house:
        assessment = latest(house)
        if form == "json":
            _json(assessment, {service.name: dict(service.sources) for service in house.services.values() if service.sources})
        else:
            _human(assessment, everything=everything)
    ctx.exit(0 if no_fail or assessment.proven else 1)


def _json(assessment: Assessment, sources: dict[str, dict[str, str]]) -> None:
    from patchkeep.cli import show

    assets = [
        {
            "asset": show.plain(asset),
            "environment": assessment.environments[asset.id].name if asset.id in assessment.environments else None,
            "compliance": show.plain(assessment.verdicts[asset.id]),
        }
        for asset in assessment.assets
    ]
    show.as_json("assess", {"snapshot": assessment.snapshot.id, "at": assessment.now, "sources": sources, "assets": assets})


def _human(assessment: Assessment, *, everything: bool) -> None:
    from patchkeep.cli import show

    counts: dict[str, Counter[str]] = {}
    for asset in assessment.assets:
        name = assessment.environments[asset.id].name if asset.id in assessment.environments else "(no environment)"
        counts.setdefault(name, Counter())[str(assessment.verdicts[asset.id].status)] += 1
    rows = [
        (name, *(c[status] for status in ORDER), c.total(), show.ratio(c["COMPLIANT"], c.total())) for name, c in sorted(counts.items())
    ]
    show.table(("environment", *ORDER, "assets", "compliant"), rows, numbers=(1, 2, 3, 4, 5, 6))
    show.say()
    shown = [(asset, assessment.verdicts[asset.id]) for asset in assessment.assets]
    shown = [(asset, verdict) for asset, verdict in shown if everything or verdict.status != "COMPLIANT"]
    lines = [(asset.name, v.status, show.age(v.age), "; ".join(v.reasons) + _blind(v.blind_for.days)) for asset, v in shown]
    show.table(("asset", "status", "scanned", "why"), lines)


def _blind(days: int) -> str:
    return f" (blind for {days} d: the baseline's approval delay)" if days else ""
