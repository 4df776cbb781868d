"""Can the deadlines be kept? The longest that an update of each severity takes to each ring, held against the SLA.

What counts: the approval delay of the baselines, until a scan sees it (at most the time between two scans), every earlier ring with
its waits and bakes, and the wait for an opening of the ring's own windows outside freezes. What does not: how long people take to
approve and to begin a rollout, and, unless it is said how long a round takes, the installing itself. `Row.behind` tells beside it what
another rollout that began just before adds: whoever is in a hurry halts that one, so it breaks no deadline by itself.

Clocks. From `release`, `disclosed` and `kev` all of that counts (an update may be exploited on the day of its release). From
`first_seen` the clock begins when a scan shows the update, which is after the approval delay; but on Windows, where AWS shows
security updates during their delay, the delay counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from patchkeep.domain.asset import APT
from patchkeep.domain.forecast.lanes import Crowd, Lane, Stop, lane_of_aws, lanes, stages, stages_before, stops
from patchkeep.domain.forecast.openings import Stage, Worst, worst
from patchkeep.domain.policy import Approve, BaselineRule, Environment, Installer, Policy, Sla
from patchkeep.domain.severity import rating
from patchkeep.domain.window import Interval

_SECURITY = frozenset({"security", "SecurityUpdates", "CriticalUpdates"})  # a bugfix bears no severity that a deadline counts

NO_CROWD = Crowd()
MOST_STAGES = 100  # beyond, two rollouts one after the other would be calculated for minutes


class Verdict(StrEnum):
    FITS = "fits"
    BREACHES = "breaches"
    NEVER = "can never"


@dataclass(frozen=True, slots=True)
class Row:
    """One ring and one deadline. `takes` is counted as the deadline's clock counts, `from_release` from the update's release.

    `begins` and `arrives`: when the clock starts and stops in the worst case. `arrives` None: not within the time that is known.
    """

    ring: str
    severity: str
    clock: str  # first_seen | release | disclosed | kev
    allowed: timedelta
    verdict: Verdict
    takes: timedelta = timedelta(0)
    begins: datetime | None = None
    arrives: datetime | None = None
    from_release: timedelta | None = None  # None: never, or not within the time that is known
    delay: timedelta = timedelta(0)  # approval delay and time until a scan, as far as the clock counts them
    by: str = ""  # the baseline whose delay it is
    zone: str = "UTC"  # of the window that it waits for last
    way: tuple[Stop, ...] = ()
    why: str = ""  # said where nothing but the policy's words stand in the way
    by_aws: bool = False
    behind: timedelta | None = None  # the same, where another rollout began just before; None: never, not known, or AWS installs

    @property
    def over(self) -> timedelta:
        """By how much it breaches; none where it fits."""
        return max(self.takes - self.allowed, timedelta(0))


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a policy does not say: how long one round of a ring takes (none: not counted), and what a snapshot tells of rings."""

    each_round: timedelta = timedelta(0)
    crowd: Crowd = NO_CROWD


def rows(policy: Policy, known: Interval, assumed: Assumed) -> tuple[Row, ...]:
    """Each ring under each deadline, in the policy's order; then the environments in which AWS installs."""
    way = lanes(policy, known, assumed.crowd)
    found: list[Row] = []
    for number, ring in enumerate(policy.rings):
        names = tuple(e.name for e in policy.environments if e.installer is Installer.PATCHKEEP)
        baselines = _baselines(policy, tuple(name for name in names if not ring.environments or name in ring.environments))
        found += _rows(policy, baselines, _Course(way[: number + 1], known, assumed.each_round, policy.scan_every, before=way))
    for environment in policy.environments:
        if environment.installer is Installer.AWS:
            found += _rows_of_aws(policy, environment, known)
    return tuple(found)


def _baselines(policy: Policy, environments: Sequence[str]) -> tuple[BaselineRule, ...]:
    """Those that rule any of the environments."""
    return tuple(rule for rule in policy.baselines if not rule.environments or set(rule.environments) & set(environments))


@dataclass(frozen=True, slots=True)
class _Course:
    """A way to one ring, and how long anything may take on it. `scan`: until a scan shows what was approved."""

    way: tuple[Lane, ...]
    known: Interval
    each_round: timedelta
    scan: timedelta
    by_aws: bool = False
    before: tuple[Lane, ...] = ()  # of another rollout, which may have begun just before

    @property
    def stages(self) -> tuple[Stage, ...]:
        return stages(self.way, self.each_round)

    def worst(self, delay: timedelta) -> Worst:
        return worst(self.stages, delay, self.known)

    def behind(self, delay: timedelta) -> timedelta | None:
        """The longest where another rollout began just before: only one is at a time, and its plan takes nothing new."""
        both = (*stages_before(self.before, self.each_round), *self.stages)
        if not self.before or len(both) > MOST_STAGES:
            return None
        found = worst(both, delay, self.known)
        return found.takes if found.arrives else None


def _rows_of_aws(policy: Policy, environment: Environment, known: Interval) -> Iterator[Row]:
    """AWS's own task scans as it installs, so it waits for no scan of ours."""
    course = _Course((lane_of_aws(policy, environment, known),), known, timedelta(0), timedelta(0), by_aws=True)
    yield from _rows(policy, _baselines(policy, (environment.name,)), course)


def _rows(policy: Policy, baselines: Sequence[BaselineRule], course: _Course) -> Iterator[Row]:
    for sla in policy.slas:
        delays = tuple(_delays(baselines, sla))
        if refused := next((rule for rule, delay in delays if delay is None), None):
            yield _unapproved(course, sla, refused)
        else:
            yield _row(policy, course, sla, tuple((rule, delay) for rule, delay in delays if delay is not None))


def _delays(baselines: Sequence[BaselineRule], sla: Sla) -> Iterator[tuple[BaselineRule, timedelta | None]]:
    """How long each baseline holds back security updates of the severity; None: it never lets them in. APT's hold nothing back."""
    for rule in baselines:
        if set(rule.os) <= APT:
            yield rule, timedelta(0)
            continue
        approving = [approve.after for approve in rule.approve if approve.classification in _SECURITY and _rates(approve, sla.severity)]
        yield rule, max(approving, default=None)


def _rates(approve: Approve, severity: str) -> bool:
    """Whether a rule lets the severity in; what is exploited may bear any that the baseline lets in."""
    return not approve.severities or severity == "known_exploited" or severity in map(rating, approve.severities)


def _unapproved(course: _Course, sla: Sla, rule: BaselineRule) -> Row:
    why = f"baseline {rule.name} approves no security update that is {sla.severity.replace('_', ' ')}"
    return Row(course.way[-1].ring, sla.severity, sla.start, sla.within, Verdict.NEVER, why=why, by=rule.name, by_aws=course.by_aws)


def _row(policy: Policy, course: _Course, sla: Sla, delays: Sequence[tuple[BaselineRule, timedelta]]) -> Row:
    whole, slowest = max(((delay, rule.name) for rule, delay in delays), default=(timedelta(0), ""), key=lambda pair: pair[0])
    delay, by = whole + course.scan, slowest if whole else ""
    if sla.start == "first_seen":
        shown = ((held + course.scan, rule.name) for rule, held in delays if held and "windows" in rule.os)
        delay, by = max(shown, default=(timedelta(0), ""), key=lambda pair: pair[0])
    found = course.worst(delay)
    whole_way = found if delay == whole + course.scan else course.worst(whole + course.scan)
    return Row(
        ring=course.way[-1].ring,
        severity=sla.severity,
        clock=sla.start,
        allowed=sla.within,
        verdict=_verdict(found, sla.within, course.known),
        takes=found.takes,
        begins=found.begins,
        arrives=found.arrives,
        from_release=whole_way.takes if whole_way.arrives else None,
        delay=delay,
        by=by,
        zone=_zone(policy, course.way[-1].windows),
        way=stops(course.way, course.each_round, found.begins + delay),
        by_aws=course.by_aws,
        behind=course.behind(delay),
    )


def _verdict(found: Worst, allowed: timedelta, known: Interval) -> Verdict:
    if found.arrives is None and (found.takes > allowed or found.begins == known.start):
        return Verdict.NEVER
    return Verdict.BREACHES if found.takes > allowed else Verdict.FITS


def _zone(policy: Policy, windows: Sequence[str]) -> str:
    """The time zone that a ring's people think in."""
    found = (policy.window(name) for name in windows)
    return next((window.timezone for window in found if window), next((window.timezone for window in policy.windows), "UTC"))
