"""Every call that the services make, learnt by driving their dialogues with answers at hand: for tests, and for the reference page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache

import botocore.session
from botocore.model import OperationModel

from patchkeep import services
from patchkeep.domain.asset import Asset, Existing, Found
from patchkeep.domain.call import Call
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import Apply, Gate, ManagedRule, Match
from patchkeep.domain.progress import Batch
from patchkeep.domain.setting import Estate, Setting
from patchkeep.domain.window import Interval
from patchkeep.permissions.actions import action, implied
from patchkeep.services import Service, _accounts, _gates, heartbeat
from tests.services import managed
from tests.services.estates import NIGHT, estate, node
from tests.services.samples import COMMAND, HYBRID, NOW, READS, RUNNING, STOPPED
from tests.services.talk import HERE, Answers, carry

SERVICES = services.load()
WEEK = timedelta(days=7)
STEPS = ("scan", "install", "reboot", "verify")


@cache
def model(call_service: str, operation: str) -> OperationModel:
    """The model of an operation under its method's name; KeyError where botocore has no such method."""
    client = botocore.session.get_session().get_service_model(call_service)
    named = {botocore.xform_name(name): name for name in client.operation_names}
    return client.operation_model(named[operation])


def answers(service: Service) -> Answers:
    """What AWS answers to the service's reads; "describe_service_updates" of one isn't that of another."""
    return moments(service)[0]


def moments(service: Service) -> tuple[Answers, ...]:
    """The same at discovery, and later while something of it is changed."""
    return tuple({**READS, **told} for told in managed.moments(service.name))


def batch(step: str) -> Batch:
    """Begun before the scan of the samples ended, so that what it left behind is asked for, too."""
    return Batch("pk-0123456789abcdef", "canary", step, HERE, (RUNNING, HYBRID), NOW - timedelta(hours=4), COMMAND)


RULES = tuple(
    ManagedRule("all", updates=lines, apply=apply, snapshot=snapshot)
    for lines in (("maintenance", "minor"), ("maintenance", "minor", "major"), ("maintenance",))
    for apply in Apply
    for snapshot in (True, False)
)


@cache
def courses(name: str) -> tuple[tuple[Asset, Course], ...]:
    """How the sample's assets would be changed by every kind of rule."""
    return courses_of(SERVICES[name], seen(SERVICES[name])[0].assets)


def courses_of(service: Service, assets: Iterable[Asset]) -> tuple[tuple[Asset, Course], ...]:
    """How these assets, of one account and region, would be changed by every kind of rule."""
    if service.course is None:
        return ()
    there = {asset.id: asset for asset in assets}
    found = ((asset, service.course(asset, rule, there)) for rule in RULES for asset in there.values())
    return tuple(dict.fromkeys((asset, course) for asset, course in found if isinstance(course, Course)))


def change(asset: Asset, course: Course) -> Change:
    """What a plan would make of a course."""
    return Change(
        f"c-{asset.name}",
        asset.id,
        asset.resource,
        asset.name,
        asset.os,
        asset.target,
        "prod",
        course.updates,
        course.steps,
        service=asset.service,
        asks=course.asks,
        disruption=course.disruption,
        undo=course.undo,
        irreversible=course.irreversible,
    )


def batches(service: Service) -> tuple[Batch, ...]:
    """One for each step of each course that its sample leads to, and "undo"."""
    if not service.kinds:
        return tuple(batch(step) for step in STEPS) if service.steps else ()
    return tuple(batches_of(service, courses(service.name)))


def batches_of(service: Service, ways: Iterable[tuple[Asset, Course]]) -> Iterator[Batch]:
    """One for each step of these courses, and "undo"; each once."""
    made: dict[Batch, None] = {}
    for asset, course in ways:
        for step in (*course.steps, *(["undo"] if "undo" in service.steps else [])):
            asks = Frozen({asset.resource: course.asks})
            one = Batch("pk-0123456789abcdef", "canary", step, asset.target, (asset.resource,), NOW, "taken", service.name, asks)
            made[one] = None
    yield from made


def seen(service: Service) -> tuple[Found, list[Call]]:
    found, calls = carry(service.discover(HERE), answers(service)) if service.discover else (Found(), [])
    return replace(found, assets=tuple(replace(asset, service=service.name) for asset in found.assets)), calls


HOME = Existing("heartbeat", heartbeat.PLACE, HERE, HERE.arn("cloudwatch", "alarm"), "", "")


def populated() -> Estate:
    """Members in both environments, and nothing of ours there yet; the place of the heartbeat was looked at."""
    return estate(HOME, prod=(node(RUNNING), node(HYBRID)), legacy=(node(STOPPED),))


def automated(service: Service) -> Estate:
    """The sample's managed resources in one environment, with a rule that says how all of their automation is to be."""
    found = seen(service)[0]
    opens = NOW + timedelta(days=1)
    night = replace(NIGHT, intervals=tuple(Interval(opens + week * WEEK, opens + week * WEEK + timedelta(hours=4)) for week in range(4)))
    automatic = {"auto_minor": True, "track": "trailing", "hold_in_freezes": True, "managed_updates": "minor"}
    wanted = Frozen(automatic, window="night", min_healthy=90, max_healthy=120)
    policy = replace(populated().policy, windows=(night,), managed=(ManagedRule("all", settings=wanted, in_place=True),))
    return estate(*found.objects, policy=policy, prod=found.assets)


def planned(service: Service) -> Iterator[Setting]:
    """Settings that make, that alter, and that remove: of an empty place, a drifted one, and one that nobody wants."""
    if service.settings is None:
        return
    if service.kinds:
        yield from service.settings(automated(service))
        return
    yield from service.settings(populated())
    objects = tuple(replace(existing, owner=populated().ownership) for existing in seen(service)[0].objects)
    yield from service.settings(replace(populated(), objects=objects))
    nobody = estate(*objects)
    yield from service.settings(nobody)
    yield from service.settings(replace(nobody, policy=replace(nobody.policy, environments=(), heartbeat=None)))
    renamed = {setting.name: setting for setting in service.settings(populated())}
    drifted = tuple(replace(existing, name=name) for existing, name in zip(objects, renamed, strict=False))
    yield from service.settings(replace(populated(), objects=drifted))


def reads(service: Service) -> Iterator[Call]:
    yield from seen(service)[1]
    yield from inside(service)
    yield from in_rollouts(service)


def inside(service: Service) -> Iterator[Call]:
    """What is read where the policy's rule has `read_code`."""
    if service.inside:
        for asset in seen(service)[0].assets:
            yield from carry(service.inside(asset), answers(service))[1]


def in_rollouts(service: Service) -> Iterator[Call]:
    """What is read while its changes are carried out."""
    for told in moments(service):
        yield from _at_moment(service, told)


def _at_moment(service: Service, told: Answers) -> Iterator[Call]:
    for one in batches(service):
        if service.again:
            yield from carry(service.again(one), told)[1]
        if service.prepare:
            yield from carry(service.prepare(one), told)[1]
        if service.adopt:
            yield from carry(service.adopt(one), told)[1]
        if service.check:
            yield from carry(service.check(one, NOW), told)[1]


def writes(service: Service) -> Iterator[Call]:
    for setting in planned(service):
        yield from setting.calls
    for told in moments(service):
        for one in batches(service):
            started = carry(service.prepare(one), told)[0] if service.prepare else None
            if started and started.call:
                yield started.call


def actions(calls: Iterable[Call]) -> set[str]:
    """IAM's names of calls, and of what else they imply."""
    made = {(call.service, call.operation) for call in calls}
    return {action(*one) for call in made for one in (call, *implied(*call))}


def organization_calls() -> list[Call]:
    return [*carry(_accounts.organization(), READS)[1], *carry(_accounts.reached(), READS)[1]]


def gate_calls() -> list[Call]:
    """What a gate on a metric asks."""
    gate = Gate("busy", "CPUUtilization", Match(), 80)
    asked = Batch("pk-0123456789abcdef", "canary", "upgrade", HERE, ("db:orders",), NOW, service="rds")
    return carry(_gates.shut(SERVICES["rds"], asked, {"db:orders": (gate,)}), READS)[1]


def all_told() -> list[tuple[Call, Answers]]:
    """Every read, with the answers that it is asked among. What only a later moment leads to has none in the first one."""
    asked: list[tuple[Call, Answers]] = [(call, READS) for call in (*organization_calls(), *gate_calls())]
    for service in SERVICES.values():
        asked += [(call, answers(service)) for call in (*seen(service)[1], *inside(service))]
        asked += [(call, told) for told in moments(service) for call in _at_moment(service, told)]
    return asked


def all_reads() -> list[Call]:
    return [call for call, _ in all_told()]
