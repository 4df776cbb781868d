"""An assessment as text: the whole by environment and worst first, or one asset with its updates and where each fact is from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from patchkeep.cli import show
from patchkeep.cli._words import brief, gist, labels, listing, plural
from patchkeep.domain.call import Cause
from patchkeep.domain.compliance import Compliance, Status, evidence_against
from patchkeep.domain.lifecycle import said
from patchkeep.domain.owners import owners
from patchkeep.domain.severity import GRAVE, gravity
from patchkeep.domain.wording import counted

if TYPE_CHECKING:
    from datetime import datetime

    from patchkeep.domain.asset import Asset, Update
    from patchkeep.work.assess import Assessment

ORDER = (Status.COMPLIANT, Status.NON_COMPLIANT, Status.WAIVED, Status.UNKNOWN)
WORST = (Status.NON_COMPLIANT, Status.UNKNOWN, Status.WAIVED, Status.COMPLIANT)
FEW = 12  # assets that fit a screen beside the summary


def everything(assessment: Assessment, *, most: int) -> None:
    """The summary, the worst `most` assets, and what concerns many at once."""
    _summary(assessment)
    by_weight = sorted(assessment.assets, key=lambda asset: _weight(assessment.verdicts[asset.id], asset))
    listed = [asset for asset in by_weight if assessment.verdicts[asset.id].status != Status.COMPLIANT]
    if most >= len(assessment.assets):
        listed = by_weight
    if listed:
        show.say()
        _worst(assessment, listed[:most])
    if len(listed) > most:
        show.say(f"{len(listed) - most} more (--all)")
    _in_common(assessment)
    gaps = [gap for gap in assessment.snapshot.gaps if gap.cause is not Cause.NO_PLAN]
    for gap in gaps[:1]:
        places = plural(len(gaps), "place")
        show.paragraph(
            f"Not looked at: {places}, such as {gap.target.account or 'the organization'} ({gap.cause}); see `patchkeep doctor`.", hang=2
        )


def _summary(assessment: Assessment) -> None:
    counts: dict[str, Counter[Status]] = {environment.name: Counter() for environment in assessment.policy.environments}
    for asset in assessment.assets:
        counts.setdefault(_environment(assessment, asset), Counter())[assessment.verdicts[asset.id].status] += 1
    counts["all together" if "all" in counts else "all"] = Counter(verdict.status for verdict in assessment.verdicts.values())
    rows = [
        (name, *(found[status] for status in ORDER), found.total(), show.ratio(found[Status.COMPLIANT], found.total()))
        for name, found in counts.items()
    ]
    show.table(("environment", *ORDER, "assets", "compliant"), rows, numbers=(1, 2, 3, 4, 5, 6))


def _environment(assessment: Assessment, asset: Asset) -> str:
    found = assessment.environments.get(asset.id)
    return found.name if found else "(none)"


def _weight(verdict: Compliance, asset: Asset) -> tuple[int, int, int, int, str]:
    severities = [update.severity.lower() for update in asset.updates or ()]
    grave = sum(severity in GRAVE for severity in severities)
    return WORST.index(verdict.status), -severities.count("critical"), -grave, -len(severities), asset.name


def _worst(assessment: Assessment, assets: Iterable[Asset]) -> None:
    names = labels(assessment.assets)
    rows = []
    for asset in assets:
        verdict = assessment.verdicts[asset.id]
        against = evidence_against(asset)
        why = [*against, *_gravest(asset)] if against else [gist(reason) for reason in verdict.reasons]
        rows.append((names[asset.id], verdict.status, show.age(verdict.age), ", ".join(why) if against else "; ".join(why)))
    show.table(("asset", "status", "scanned", "why"), rows, numbers=(2,))


def _gravest(asset: Asset) -> Iterable[str]:
    """How many of the updates are of the worst severity, where that is a grave one."""
    severities = [update.severity for update in asset.updates or ()]
    worst = min(severities, key=gravity, default="")
    if worst.lower() in GRAVE:
        yield f"{severities.count(worst)} {worst}"


def _in_common(assessment: Assessment) -> None:
    """Doubts beside the evidence, and the blind spots: said once for all the assets that they concern."""
    doubts: dict[str, int] = {}
    for asset in assessment.assets:
        if asset.is_node and assessment.verdicts[asset.id].status == Status.NON_COMPLIANT:  # of others each row says it all
            against = evidence_against(asset)
            for reason in {gist(reason) for reason in assessment.verdicts[asset.id].reasons if reason not in against}:
                doubts[reason] = doubts.get(reason, 0) + 1
    blind = [verdict.blind_for.days for verdict in assessment.verdicts.values() if verdict.blind_for]
    if doubts or blind:
        show.say()
    for reason, number in sorted(doubts.items(), key=lambda item: (-item[1], item[0])):
        show.paragraph(f"{number} of the {Status.NON_COMPLIANT}, too: {reason}.", hang=2)
    if blind:
        delay = f"their baseline's approval delay hides updates younger than that, up to {max(blind)} d"
        show.paragraph(f"{plural(len(blind), 'asset')} blind in part: {delay}.", hang=2)


def one(assessment: Assessment, asset: Asset, sources: Mapping[str, str], stood: Sequence[tuple[datetime, Compliance]]) -> None:
    """Everything known of one asset. `stood`: when its status became another, oldest first."""
    verdict = assessment.verdicts[asset.id]
    show.heading(labels(assessment.assets)[asset.id])
    show.pairs(_identity(assessment, asset))
    show.heading(f"\n{verdict.status}")
    for reason in verdict.reasons:
        show.paragraph(f"- {brief(reason)}", hang=2)
    if verdict.blind_for:
        show.paragraph(f"- blind for {verdict.blind_for.days} d: the baseline's approval delay hides younger updates", hang=2)
    for obstacle in asset.obstacles:
        show.paragraph(f"- {brief(obstacle.why)} -> {brief(obstacle.fix)}", hang=2)
    if deferral := assessment.deferrals.get(asset.id):
        show.paragraph(f"- {brief(deferral.sentence)}", hang=2)
    _updates(asset.updates)
    if stood:
        show.heading("\nHow it stood")
        newest = stood[: -FEW - 1 : -1]
        show.table(("since", "status", "why"), [(f"{at:%Y-%m-%d %H:%M}", was.status, gist(was.reasons[0])) for at, was in newest])
    _provenance(assessment, asset, sources)


def _identity(assessment: Assessment, asset: Asset) -> list[tuple[str, object]]:
    owner = owners(assessment.snapshot, assessment.policy)[asset.id]
    return [
        ("id", asset.resource),
        ("where", f"{asset.target.account} {asset.target.region}, {asset.ou or 'root'}"),
        ("environment", _environment(assessment, asset)),
        ("system", asset.os or f"{asset.engine} {asset.version}".strip()),
        ("support", said(asset.support, assessment.now.date())),
        ("owner", f"{owner.shown} ({owner.source})" if owner.source else owner.shown),
    ]


def _updates(updates: tuple[Update, ...] | None) -> None:
    if updates is None:
        show.heading("\nUpdates: not read")
        return
    show.heading(f"\nUpdates that are open: {len(updates)}")
    listed = sorted(updates, key=lambda update: (gravity(update.severity), update.id))
    rows = [(u.title or u.id, u.state, u.severity or "-", _named(u)) for u in listed]
    if not rows:
        return
    columns = ("update", "state", "severity", "class, CVEs")
    if max(len(row[0]) for row in rows) > max(len(row[3]) for row in rows):  # only the last column wraps
        columns, rows = (columns[3], *columns[1:3], columns[0]), [(row[3], *row[1:3], row[0]) for row in rows]
    show.table(columns, rows)


def _named(update: Update) -> str:
    cves = listing(update.cves, 3)
    return f"{update.classification}: {cves}" if update.classification and cves else update.classification or cves


def _contents(asset: Asset) -> Iterator[tuple[str, object]]:
    """What an application's packages were read from, and what that leaves open."""
    if asset.manifests:
        if asset.manifests.files:
            yield "read from", ", ".join(asset.manifests.files)
        yield from (("left open" if asset.inventory else "inventory", brief(why)) for why in asset.manifests.open)


def _provenance(assessment: Assessment, asset: Asset, sources: Mapping[str, str]) -> None:
    """Which operation each fact is from, and when; then what the last scan went by."""
    show.heading("\nWhere this is known from")
    reads = {read.operation: read for read in assessment.snapshot.reads if read.target == asset.target}
    told = {fact: reads[operation].at for fact, operation in sources.items() if operation in reads}
    rows = [(fact, operation, told.get(fact, "")[:16].replace("T", " ") or "not asked") for fact, operation in sources.items()]
    show.table(("fact", "operation", "read at"), rows)
    snapshot = assessment.snapshot
    facts: list[tuple[str, object]] = [("look", f"{snapshot.taken_at:%Y-%m-%d %H:%M}, snapshot {snapshot.id[:12]}")]
    if scan := asset.scan:
        span = show.age(assessment.now - scan.at)
        facts += [
            (scan.operation.lower(), f"{scan.at:%Y-%m-%d %H:%M}, {span} old"),
            ("baseline", f"{scan.baseline_id}{', patch group ' + scan.patch_group if scan.patch_group else ''}"),
            ("patch snapshot", scan.snapshot_id),
        ]
    if asset.inventory:
        age = show.age(assessment.now - asset.inventory.at)
        facts.append(("inventory", f"{asset.inventory.at:%Y-%m-%d %H:%M}, {age} old, {counted(len(asset.inventory.packages), 'package')}"))
    facts += _contents(asset)
    show.say()
    show.pairs(facts)
