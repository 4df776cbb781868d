"""The whole check of a policy: deadlines, findings, remarks, and, where a snapshot is at hand, assets and places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from patchkeep.domain.alarm import doubts
from patchkeep.domain.asset import APT
from patchkeep.domain.forecast.deadlines import Assumed, Row, Verdict, rows
from patchkeep.domain.forecast.findings import Finding, findings
from patchkeep.domain.forecast.lanes import lanes
from patchkeep.domain.forecast.pace import Pace
from patchkeep.domain.forecast.seen import Looked, looked
from patchkeep.domain.membership import by_environment
from patchkeep.domain.patchgroups import Borne, borne_groups
from patchkeep.domain.policy import Blast, Installer, Policy
from patchkeep.domain.snapshot import Snapshot
from patchkeep.domain.window import HORIZON, Interval
from patchkeep.domain.wording import lasting

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Forecast:
    """`looked` None: no snapshot was at hand, so no asset was looked at. `notes`: what the numbers don't say by themselves.

    `groups`: the patch groups that machines which were seen bear already.
    """

    until: datetime
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    looked: Looked | None = None
    groups: tuple[Borne, ...] = ()

    @property
    def holds(self) -> bool:
        """Every deadline can be kept, nothing grave was found, and no asset that was seen is in no ring."""
        sound = all(row.verdict is Verdict.FITS for row in self.rows) and not any(finding.grave for finding in self.findings)
        return sound and not (self.looked and self.looked.outside)


def forecast(
    policy: Policy, now: datetime, snapshot: Snapshot | None = None, each_round: timedelta = timedelta(0), regions: Sequence[str] = ()
) -> Forecast:
    """What the policy can and cannot keep in the 400 days from `now`.

    `each_round`: how long one round of `at_once` takes; none: installing takes no time. `regions`: all that AWS has.
    """
    known = Interval(now, now + HORIZON)
    seen = looked(policy, snapshot) if snapshot else None
    assumed = Assumed(each_round, seen.crowd) if seen else Assumed(each_round)
    found = rows(policy, known, assumed)
    return Forecast(
        until=known.end,
        rows=found,
        findings=(*findings(policy, known, _with_machines(policy, snapshot) if snapshot else None), *_empty(seen)),
        notes=(*_notes(policy, known, assumed, regions), *_behind(found), *_alarm(policy, snapshot)),
        looked=seen,
        groups=_groups(policy, snapshot) if snapshot else (),
    )


def _alarm(policy: Policy, snapshot: Snapshot | None) -> Iterator[str]:
    """Where the heartbeat was looked for is where its alarm is made."""
    home = next((one.target for one in snapshot.objects if one.service == "heartbeat"), None) if snapshot else None
    yield from (f"heartbeat: {doubt}" for doubt in doubts(policy.heartbeat, home))


def _with_machines(policy: Policy, snapshot: Snapshot) -> frozenset[str]:
    """Environments in which machines were seen."""
    members, _ = by_environment(policy, (asset for asset in snapshot.assets if asset.is_node))
    return frozenset(name for name, found in members.items() if found)


def _groups(policy: Policy, snapshot: Snapshot) -> tuple[Borne, ...]:
    members, _ = by_environment(policy, snapshot.assets)
    placed = {asset.id: policy.environment(name) for name, found in members.items() for asset in found}
    return borne_groups(policy, placed, snapshot.assets)


def _empty(seen: Looked | None) -> Iterator[Finding]:
    for name in seen.empty_rings if seen else ():
        why = f"ring {name} takes none of the assets that were seen, so it proves nothing for the rings after it"
        yield Finding("empty ring", why, "correct its `select`, or remove it", grave=False)


def _notes(policy: Policy, known: Interval, assumed: Assumed, regions: Sequence[str]) -> Iterator[str]:
    if policy.organization.regions:
        others = sorted(set(regions) - set(policy.organization.regions))
        named = f" ({', '.join(others)})" if others else ""
        yield f"only {', '.join(policy.organization.regions)} is looked at; {len(others)} other regions are not{named}"
    if not policy.slas:
        yield "the policy sets no deadline (`sla`), so none can be breached"
    if any(set(rule.os) & APT for rule in policy.baselines):
        yield "Ubuntu and Debian: AWS delays no approval there and rates no severity, so the rings alone hold an update back"
    if any(sla.severity == "known_exploited" for sla in policy.slas):
        yield "known exploited: there is no emergency way yet, so such an update goes the way of all others: in windows, after bakes"
    if any(environment.installer is Installer.AWS for environment in policy.environments):
        yield "where AWS installs, no ring, bake or freeze holds an update back: its window alone does"
    yield from _not_counted(policy, known, assumed)


def _not_counted(policy: Policy, known: Interval, assumed: Assumed) -> Iterator[str]:
    yield "the worst cases leave out how long people take to begin a rollout and to approve it"
    caps = [name for name, said in (("blast", policy.blast != Blast()), ("apart", policy.apart)) if said]
    if caps and not assumed.crowd.members:
        named = " and ".join(f"`{cap}`" for cap in caps)
        yield f"the worst cases leave out {named}: with fewer under way at once a ring needs more rounds (a snapshot tells)"
    if policy.window_tag and not assumed.crowd.members:
        yield f"the worst cases leave out windows that the tag {policy.window_tag} gives to single assets: `patchkeep discover` sees them"
    yield from _rounds(policy, known, assumed)


def _behind(found: Sequence[Row]) -> Iterator[str]:
    """What a rollout that began just before adds; and each deadline that is kept without it alone, with the ring that is worst."""
    told = [(row, row.behind) for row in reversed(found) if row.behind is not None]
    late = [(row, takes) for row, takes in told if row.verdict is Verdict.FITS and takes > row.allowed]
    if told:
        more = max(takes - row.takes for row, takes in told)
        yield f"behind a rollout that began just before it takes up to {lasting(more)} more{'' if late else ', and what fits still does'}"
    for severity in dict.fromkeys(row.severity for row, _ in reversed(late)):
        row, takes = max(((row, takes) for row, takes in late if row.severity == severity), key=lambda pair: pair[1])
        name = severity.replace("_", " ")
        yield f"{name} then takes {lasting(takes)} to ring {row.ring}, allowed {lasting(row.allowed)}: halt that rollout and plan again"


def _rounds(policy: Policy, known: Interval, assumed: Assumed) -> Iterator[str]:
    """What caps and `at_once` ask of the rings' openings, and which of it is counted."""
    for lane in lanes(policy, known, assumed.crowd):
        if lane.hours > 1:
            yield f"ring {lane.ring} takes {lane.hours} hours to begin, {policy.blast.per_hour} in each (`blast.per_hour`): counted"
        if assumed.each_round:
            if lane.because != Pace().because:
                yield f"ring {lane.ring} takes {lane.rounds} rounds because of {lane.because}: counted"
            continue
        lengths = [end - start for times in lane.openings for start, end in zip(times.starts, times.ends, strict=True)]
        if lane.rounds > 1 and any(lane.windows) and lengths:
            room = sorted(lengths)[len(lengths) // 2] // lane.rounds // MINUTE
            enough = f"one opening is enough if a round takes at most {room} min (--round)"
            yield f"ring {lane.ring} takes {lane.rounds} rounds of {lane.because}; {enough}"
