"""State Manager associations: what is to be run where and when, and the runs themselves.

State: `site.kept["ssm.associations"]` id -> Association. An association runs at once when it is made or changed and when new
nodes match its targets, unless `ApplyOnlyAtCronInterval`; then by its schedule. Nodes that are away are passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.ssm.document_content import filled
from patchkeep.sandbox.ssm.document_store import Document, Version, find_document, usable_version
from patchkeep.sandbox.ssm.execution import execute, must_be_emulated
from patchkeep.sandbox.ssm.ids import guid
from patchkeep.sandbox.ssm.orders import Ending, Order
from patchkeep.sandbox.ssm.reach import Line
from patchkeep.sandbox.ssm.schedule import Schedule, parse
from patchkeep.sandbox.ssm.select import matching, reachable

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Node, Site, World

LOOKS_FOR_NEW_TARGETS_EVERY = timedelta(minutes=30)
KEPT_FOR = timedelta(days=30)


@dataclass(slots=True)
class TargetRun:
    """One node's part of an execution."""

    node: str
    status: str  # Pending | InProgress | Success | Failed
    at: datetime
    output: str = ""
    source: str = ""  # the id under which its output would lie
    ended: bool = False


@dataclass(slots=True)
class Execution:
    id: str
    created: datetime
    version: int
    targets: dict[str, TargetRun]

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(run.status for run in self.targets.values()))

    @property
    def status(self) -> str:
        seen = set(self.counts)
        return next((one for one in ("InProgress", "Failed", "Pending") if one in seen), "Success")

    @property
    def changed(self) -> datetime:
        return max((run.at for run in self.targets.values()), default=self.created)


@dataclass(slots=True)
class Association:
    """`asked`: the parameters of CreateAssociation or of the last UpdateAssociation."""

    id: str
    asked: dict[str, Any]
    created: datetime
    changed: datetime
    version: int = 1
    executions: list[Execution] = field(default_factory=list)  # oldest first
    seen: set[str] = field(default_factory=set)
    last: dict[str, TargetRun] = field(default_factory=dict)  # by node
    last_good: dict[str, datetime] = field(default_factory=dict)  # by node

    @property
    def document(self) -> str:
        return str(self.asked["Name"])

    @property
    def label(self) -> str:
        return str(self.asked.get("AssociationName") or "")

    @property
    def targets(self) -> list[dict[str, Any]]:
        node = self.asked.get("InstanceId")
        return [{"Key": "InstanceIds", "Values": [node]}] if node else list(self.asked.get("Targets") or ())

    @property
    def only_at_times(self) -> bool:
        return bool(self.asked.get("ApplyOnlyAtCronInterval"))

    def schedule(self) -> Schedule | None:
        expression = self.asked.get("ScheduleExpression")
        if not expression:
            return None
        offset = int(self.asked.get("ScheduleOffset") or 0)
        return parse(expression, anchor=self.changed, offset=offset, error="InvalidSchedule")


def associations_of(site: Site) -> dict[str, Association]:
    return cast(dict[str, Association], site.kept["ssm.associations"])


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """Runs one version of one association in one account and region."""

    world: World
    site: Site
    association: Association
    version: int

    @property
    def current(self) -> bool:
        """Whether the association is still there and was not changed since."""
        return associations_of(self.site).get(self.association.id) is self.association and self.association.version == self.version

    def begin(self) -> None:
        self._plan_next()
        if not self.association.only_at_times:
            self.run()
            self._watch_later()

    def _plan_next(self) -> None:
        schedule = self.association.schedule()
        coming = schedule.next_after(self.world.clock.now()) if schedule else None
        if coming is not None:
            self.world.clock.at(coming, self._tick)

    def _tick(self) -> None:
        if self.current:
            self.run()
            self._plan_next()

    def _watch_later(self) -> None:
        self.world.clock.after(LOOKS_FOR_NEW_TARGETS_EVERY, self._watch)

    def _watch(self) -> None:
        if not self.current:
            return
        new = [node for node in matching(self.site, self.association.targets) if node.id not in self.association.seen]
        if new:
            self.run(new)
        self._watch_later()

    def run(self, nodes: Iterable[Node] | None = None) -> Execution:
        """Run now on these nodes, or on all that the targets mean."""
        now, association = self.world.clock.now(), self.association
        chosen = list(nodes if nodes is not None else matching(self.site, association.targets))
        association.seen |= {node.id for node in chosen}
        execution = Execution(guid(self.world), now, association.version, {})
        association.executions = [one for one in association.executions if now - one.created <= KEPT_FOR] + [execution]
        document, version = asked_document(self.world, self.site, association.asked)
        parameters = filled(version.content, association.asked.get("Parameters") or {})
        for node in chosen:
            away = not reachable(self.site, node)
            part = TargetRun(node.id, "Pending" if away else "InProgress", now, source=guid(self.world))
            execution.targets[node.id] = association.last[node.id] = part
            if not away:
                line = Line(self.world, self.site, node)
                order = Order(line, document.name, version.content, parameters, (execution.id, "Association"), association.label)
                execute(order, lambda ending, part=part: self._ended(part, ending))  # type: ignore[misc]
        return execution

    def _ended(self, part: TargetRun, ending: Ending) -> None:
        part.status = "Success" if ending.status == "Success" else "Failed"
        part.at, part.output, part.ended = self.world.clock.now(), ending.output or ending.error, True
        if part.status == "Success":
            self.association.last_good[part.node] = part.at


def asked_document(world: World, site: Site, asked: dict[str, Any]) -> tuple[Document, Version]:
    document = find_document(world, site, asked["Name"])
    return document, usable_version(document, site.account, asked.get("DocumentVersion"))


def must_be_possible(world: World, site: Site, association: Association) -> None:
    """Refuse what State Manager would refuse, and what is not emulated."""
    asked = association.asked
    for name in ("CalendarNames", "TargetLocations", "TargetMaps", "AutomationTargetParameterName"):
        if asked.get(name):
            raise AwsError("EmulatorNotImplemented", f"{name} of an association is not emulated.")
    document, version = asked_document(world, site, asked)
    must_be_emulated(document, version, filled(version.content, asked.get("Parameters") or {}))
    if not association.targets:
        raise AwsError("InvalidTarget", "The target is not valid or does not exist: name Targets or an InstanceId.")
    matching(site, association.targets)
    schedule = association.schedule()
    if association.only_at_times and (schedule is None or schedule.form == "rate"):
        raise AwsError("ValidationException", "ApplyOnlyAtCronInterval isn't supported without a cron expression.")
    if asked.get("ScheduleOffset") and not association.only_at_times:
        raise AwsError("ValidationException", "ScheduleOffset needs ApplyOnlyAtCronInterval.")
    if schedule is not None and schedule.form == "cron" and schedule.month not in {"*", "?", "1/1"}:
        raise AwsError("InvalidSchedule", "State Manager doesn't support months in cron expressions for associations.")
    if schedule is not None and schedule.form == "rate" and _interval(schedule) < timedelta(minutes=30):
        raise AwsError("InvalidSchedule", "The rate of an association must be 30 minutes or more.")


def _interval(schedule: Schedule) -> timedelta:
    first = schedule.next_after(schedule.anchor)
    return first - schedule.anchor if first else timedelta()
