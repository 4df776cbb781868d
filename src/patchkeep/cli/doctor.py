"""`patchkeep doctor`: reads the last look, and says each reason once with its cure and whom it concerns. AWS is asked for the stop alone.

Which reasons there are is decided in `work/doctor`; here they are only grouped, shortened and shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from patchkeep.cli._options import format_option, opened, policy_option
from patchkeep.cli._seen import latest
from patchkeep.domain.call import Cause
from patchkeep.domain.wording import counted, stated

if TYPE_CHECKING:
    from patchkeep.work.assess import Assessment
    from patchkeep.work.doctor import Group, Row

FEW_NAMES, FEW_KINDS, FEW_OWNERS = 3, 4, 4


@click.command(epilog="Example: patchkeep doctor --group-by owner")
@policy_option
@format_option
@click.option("--group-by", "by", type=click.Choice(["cause", "owner", "account"]), default="cause", show_default=True)
@click.option("--all", "everything", is_flag=True, help="Name every asset, with the whole of each reason.")
@click.pass_context
def command(ctx: click.Context, policy: str, form: str, by: str, everything: bool) -> None:
    """List why things cannot be seen or patched, with cure and owner: first places not looked at, then the cures that free most assets."""
    from patchkeep.cli import _gaps, _stops, show
    from patchkeep.work.doctor import doctor, grouped

    with opened(ctx, policy) as house:
        assessment = latest(house)
        rows = doctor(assessment)
        stops = _stops.standing(house)
    groups = grouped(rows, by)
    likely = _gaps.all_shut(_gaps.shut_out(assessment.snapshot), assessment.policy.organization)
    if form == "json":
        listed = {"rows": [show.plain(row) for row in rows], "groups": [_counted(group) for group in groups]}
        show.as_json("doctor", {"stop": stops, "every_account": likely, **listed})
        return
    _stops.shown(stops)
    if not rows:
        show.say("Nothing stands in the way of what was looked at.")
        return
    show.heading(_hindered(assessment))
    if likely:
        show.paragraph(likely)
    for group in groups:
        show.heading(f"\n{_title(group, by)}")
        _group(group, everything=everything, by=by)
        _worth(group, by)


def _counted(group: Group) -> dict[str, object]:
    return {"group": group.key, "rows": len(group.rows), "assets": group.assets, "frees": group.frees, "stops": group.stops}


def _hindered(assessment: Assessment) -> str:
    unseen = sum(any(obstacle.stops_seeing for obstacle in asset.obstacles) for asset in assessment.assets)
    barred = sum(any(obstacle.stops_patching for obstacle in asset.obstacles) for asset in assessment.assets)
    gaps = sum(gap.service != "contacts" and gap.cause != Cause.NO_PLAN for gap in assessment.snapshot.gaps)
    return (
        f"Of {counted(len(assessment.assets), 'asset')} {unseen} cannot be seen, {barred} cannot be patched by us; "
        f"{stated(gaps, 'place', 'was', 'were')} not looked at."
    )


def _title(group: Group, by: str) -> str:
    """The group, how much it is about, and what that means."""
    means = {"looking": ", so UNKNOWN", "seeing": ", so UNKNOWN", "patching": ", so not patched by us"}.get(group.stops, "")
    return f"{group.key}: {len(group.rows)}{means if by == 'cause' else ''}"


def _worth(group: Group, by: str) -> None:
    """What curing all of it is worth, and whose it is."""
    from patchkeep.cli import show
    from patchkeep.cli._words import listing, plural

    frees = f"cured, it frees {plural(group.frees, 'asset')}" if group.frees else "cured alone, it frees none: each has another reason, too"
    said = [frees] if group.stops in {"seeing", "patching"} else []
    if by != "owner" and group.owners:
        said.append(f"owners: {listing([f'{name} {number}' for name, number in group.owners], FEW_OWNERS)}")
    if said:
        show.paragraph("; ".join(said), indent=2, hang=4)


def _group(group: Group, *, everything: bool, by: str) -> None:
    """Rows of one cause, owner or account: equal reasons once, with the first few names, then the cures."""
    from patchkeep.cli import show
    from patchkeep.cli._words import brief, gist, listing

    if everything:
        for row in group.rows:
            place = f" ({row.account} {row.region or 'all regions'})" if row.account else ""
            show.paragraph(f"{row.name}{place}: {brief(row.why)}", indent=2, hang=6)
    else:
        kinds: dict[str, list[Row]] = {}
        for row in group.rows:
            kinds.setdefault(gist(row.why if by == "cause" else f"{row.cause}: {row.why}"), []).append(row)
        listed = sorted(kinds.items(), key=lambda item: -len(item[1]))
        for why, rows in listed[:FEW_KINDS] if by == "cause" else listed:
            names = [row.name if row.asset else f"{row.name} {row.region}".strip() for row in rows]
            show.paragraph(f"{listing(names, FEW_NAMES)}: {why}", indent=2, hang=4)
        if by == "cause" and len(listed) > FEW_KINDS:
            show.say(f"  and {sum(len(rows) for _, rows in listed[FEW_KINDS:])} more, of other kinds (--all)")
    _fixes(group)


def _fixes(group: Group) -> None:
    """Each cure once; those that differ only in a name once, with their number."""
    from patchkeep.cli import show
    from patchkeep.cli._words import brief, gist, plural

    alike: dict[str, list[str]] = {}
    for fix in dict.fromkeys(brief(row.fix) for row in group.rows if row.fix):
        alike.setdefault(gist(fix), []).append(fix)
    for fixes in alike.values():
        more = f" (and {plural(len(fixes) - 1, 'other')} of its kind)" if len(fixes) > 1 else ""
        show.paragraph(f"-> {fixes[0]}{more}", indent=2, hang=5)
