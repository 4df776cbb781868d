"""From a file's sound entries to the policy that decisions are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import (
    Amount,
    Apart,
    Apply,
    Approval,
    Approve,
    BaselineRule,
    Environment,
    Exclusion,
    Freshness,
    Gate,
    ImageRule,
    Installer,
    ManagedRule,
    Organization,
    Policy,
    PolicyError,
    Reject,
    Retention,
    RingRule,
    Sla,
)
from patchkeep.domain.window import Freeze, MaintenanceWindow
from patchkeep.policy.checks import installers
from patchkeep.policy.freezes import between
from patchkeep.policy.guards import BlastKeys, HeartbeatKeys, StopKeys
from patchkeep.policy.mistakes import Wrong
from patchkeep.policy.models import DeferKeys, FreshnessKeys, OrganizationKeys, OwnerKeys, RetentionKeys, TemplateKeys
from patchkeep.policy.recurrence import expand, longest_gap
from patchkeep.policy.rules import (
    ApartKeys,
    ApprovalKeys,
    BaselineKeys,
    EnvironmentKeys,
    FreezeKeys,
    GateKeys,
    ManagedKeys,
    OrderKeys,
    RingKeys,
    SlaKeys,
    WindowKeys,
)
from patchkeep.policy.structure import Entry, Shape


def policy(shape: Shape, digest: str, windows: tuple[MaintenanceWindow, ...], freezes: tuple[Freeze, ...]) -> Policy:
    """The whole policy of a document without errors."""
    tree = shape.document.tree
    freshness, owner = shape.whole("freshness", FreshnessKeys), shape.whole("owner", OwnerKeys)
    return Policy(
        name=tree.get("name", "default"),
        hash=digest,
        organization=_organization(shape.whole("organization", OrganizationKeys)),
        retention=Retention(**dict(shape.whole("retention", RetentionKeys))),
        freshness=Freshness(freshness.scan, freshness.inventory),
        environments=tuple(_environments(shape)),
        baselines=tuple(_baseline(shape, entry) for entry in shape.entries("baselines", BaselineKeys)),
        windows=windows,
        window_tag=tree.get("windows", {}).get("by_tag", ""),
        freezes=freezes,
        rings=tuple(_ring(shape, entry) for entry in shape.entries("rings", RingKeys)),
        apart=tuple(Apart(e.keys.same_tag or "", Frozen(e.keys.tags), e.keys.at_once) for e in shape.entries("apart", ApartKeys)),
        managed=tuple(_managed(shape, entry) for entry in shape.entries("managed", ManagedKeys)),
        gates=tuple(
            Gate(e.key, e.keys.metric, e.keys.of.read(), e.keys.above, int(e.keys.over.total_seconds()))
            for e in shape.entries("gates", GateKeys)
        ),
        order=tuple(entry.keys.read() for entry in shape.entries("order", OrderKeys)),
        approvals=tuple(
            Approval(e.key, e.keys.people, e.keys.approvers, e.keys.not_author) for e in shape.entries("approval", ApprovalKeys)
        ),
        slas=tuple(Sla(e.key, e.keys.within, e.keys.start) for e in shape.entries("sla", SlaKeys)),
        defer_at_most=shape.whole("defer", DeferKeys).at_most,
        owner_tag=owner.tag,
        template_tags=shape.whole("templates", TemplateKeys).tags,
        owner_fallback=owner.fallback == "account-contact",
        scan_schedule=freshness.scan_schedule.aws,
        scan_every=longest_gap(freshness.scan_schedule),
        blast=shape.whole("blast", BlastKeys).read(),
        stop_parameter=shape.whole("stop", StopKeys).parameter,
        heartbeat=shape.whole("heartbeat", HeartbeatKeys).read() if tree.get("heartbeat") is not None else None,
    )


def _organization(keys: OrganizationKeys) -> Organization:
    return Organization(
        read_role=keys.roles.read,
        write_role=keys.roles.write,
        external_id=keys.external_id,
        regions=keys.regions,
        exclude=tuple(Exclusion(each.account, each.why) for each in keys.exclude),
        api_share=keys.api_share,
    )


def _environments(shape: Shape) -> Iterator[Environment]:
    who = installers(shape)
    for entry in shape.entries("environments", EnvironmentKeys):
        keys = entry.keys
        yield Environment(
            name=entry.key,
            match=keys.match.read(),
            installer=Installer(who[entry.key]),
            window=keys.window or "",
            patch_group=keys.patch_group or "",
            in_place=keys.in_place,
            place=shape.document.key(entry.loc),
        )


def _baseline(shape: Shape, entry: Entry[BaselineKeys]) -> BaselineRule:
    keys = entry.keys
    return BaselineRule(
        name=entry.key,
        os=keys.os,
        approve=tuple(Approve(name, each.severity, each.after) for name, each in keys.approve.items()),
        reject=tuple(Reject(each.name, each.as_dependency) for each in keys.reject),
        approved=keys.approved,
        environments=keys.environments,
        place=shape.document.key(entry.loc),
    )


def _managed(shape: Shape, entry: Entry[ManagedKeys]) -> ManagedRule:
    keys = entry.keys
    return ManagedRule(
        name=entry.key,
        match=keys.match.read(),
        environments=keys.env,
        updates=keys.updates,
        apply=Apply.AWS_WINDOW if keys.apply == "aws-window" else Apply.IN_RING,
        snapshot=keys.snapshot,
        in_place=keys.in_place,
        images=tuple(ImageRule(image.name, image.owner, image.min_age) for image in keys.images),
        alarms=keys.alarms,
        read_code=keys.read_code,
        settings=Frozen(keys.settings.given()),
        place=shape.document.key(entry.loc),
    )


def _ring(shape: Shape, entry: Entry[RingKeys]) -> RingRule:
    keys = entry.keys
    sized = keys.share is not None or keys.count is not None
    return RingRule(
        name=keys.name,
        environments=keys.select.env,
        match=keys.select.read(),
        size=Amount(count=keys.count, share=keys.share) if sized else None,
        at_once=keys.at_once,
        may_fail=keys.may_fail,
        bake=keys.bake,
        window=keys.window or "",
        place=shape.document.place(entry.loc),
    )


def windows(shape: Shape, now: datetime) -> Iterator[MaintenanceWindow | PolicyError]:
    """Each window with its openings; an error for one that never opens or overlaps itself."""
    for entry in shape.entries("windows", WindowKeys):
        keys = entry.keys
        try:
            intervals = expand(keys.opens, keys.timezone, keys.lasts, now)
        except Wrong as wrong:
            yield PolicyError(shape.document.place((*entry.loc, "at" if keys.at else "rrule")), wrong.what, wrong.fix)
            continue
        yield MaintenanceWindow(entry.key, intervals, keys.stop_starting, keys.opens.aws, keys.timezone, keys.lasts)


def freezes(shape: Shape, calendars: Mapping[str, str | None], now: datetime) -> Iterator[Freeze | PolicyError]:
    """Each freeze with its times; an error for one that ends before it begins, or a calendar that cannot be read."""
    for entry in shape.entries("freezes", FreezeKeys):
        key = "calendar" if entry.keys.calendar else "to"
        try:
            yield from _freeze(entry.keys, calendars, now)
        except Wrong as wrong:
            yield PolicyError(shape.document.place((*entry.loc, key)), wrong.what, wrong.fix)


def _freeze(keys: FreezeKeys, calendars: Mapping[str, str | None], now: datetime) -> Iterator[Freeze]:
    if keys.calendar:
        from patchkeep.policy.calendars import of_calendar  # noqa: PLC0415 - takes longer to load than the rest of a policy to read

        calendar = calendars.get(keys.calendar)
        if calendar is None:
            raise Wrong(f"The calendar {keys.calendar} is not there.", "Put the file beside the policy, or correct its name.")
        yield from of_calendar(calendar, keys.timezone, now)
    elif keys.start and keys.end:
        yield Freeze(keys.name or "freeze", (between(keys.start, keys.end, keys.timezone),))
