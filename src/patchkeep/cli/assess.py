"""`patchkeep assess`: judges the last look by the policy file as it is now. Asks AWS nothing and keeps nothing.

The verdicts themselves are decided in `domain/compliance`; here they are counted by environment, or told of one machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from patchkeep.cli._completing import names_of_assets
from patchkeep.cli._options import format_option, opened, policy_option
from patchkeep.cli._seen import asset_called, latest

if TYPE_CHECKING:
    from datetime import datetime

    from patchkeep.domain.asset import Asset
    from patchkeep.domain.compliance import Compliance
    from patchkeep.wire import House
    from patchkeep.work.assess import Assessment


@click.command(epilog="\b\nExamples:\n  patchkeep assess\n  patchkeep assess web-17\n  patchkeep assess --format json --no-fail")
@click.argument("asset", metavar="[ASSET]", required=False, shell_complete=names_of_assets)
@policy_option
@format_option
@click.option("--all", "everything", is_flag=True, help="List every asset, compliant ones too.")
@click.option("--no-fail", is_flag=True, help="Exit 0 whatever was found.")
@click.pass_context
def command(ctx: click.Context, asset: str | None, policy: str, form: str, everything: bool, no_fail: bool) -> None:
    """Judge what was seen by the policy: all of it, or one ASSET (its name, id or ARN) with its updates and where each fact is from.

    COMPLIANT needs a fresh scan with the policy's own baseline and nothing open; what was not read is UNKNOWN.
    Exit status 1 when anything is NON_COMPLIANT or UNKNOWN, unless --no-fail.
    """
    from patchkeep.cli import _assessed, show
    from patchkeep.domain.look import turns

    with opened(ctx, policy) as house:
        assessment = latest(house)
        found = asset_called(assessment, asset) if asset else None
        stood = tuple(turns(house.store.snapshots.changes_of(found.id))) if found else ()
        if form == "json":
            _json(assessment, house, (found,) if found else assessment.assets, stood)
        elif found:
            _assessed.one(assessment, found, house.services[found.service].sources, stood)
        else:
            _assessed.everything(assessment, most=len(assessment.assets) if everything else _assessed.FEW)
            for warning in assessment.warnings:
                show.paragraph(f"warning: {warning}", hang=2)
    good = {"COMPLIANT", "WAIVED"}
    ctx.exit(0 if no_fail or (assessment.verdicts[found.id].status in good if found else assessment.proven) else 1)


def _json(assessment: Assessment, house: House, assets: tuple[Asset, ...], stood: tuple[tuple[datetime, Compliance], ...]) -> None:
    from patchkeep.cli import show

    telling = {asset.service for asset in assessment.assets}
    sources = {name: dict(service.sources) for name, service in house.services.items() if service.sources and name in telling}
    rows = [
        {
            "asset": show.plain(asset),
            "environment": assessment.environments[asset.id].name if asset.id in assessment.environments else None,
            "compliance": show.plain(assessment.verdicts[asset.id]),
        }
        for asset in assets
    ]
    changes = {"changes": [{"at": at, "status": was.status, "reasons": was.reasons} for at, was in stood]} if stood else {}
    head = {"snapshot": assessment.snapshot.id, "at": assessment.now, "warnings": assessment.warnings}
    show.as_json("assess", {**head, "sources": sources, "assets": rows, **changes})
