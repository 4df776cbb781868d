"""Every call that the services make, learnt by driving their dialogues with answers at hand: for tests, and for the reference page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache

import botocore.session
from botocore.model import OperationModel

from patchkeep import services
from patchkeep.domain.asset import Existing, Found
from patchkeep.domain.call import Call
from patchkeep.domain.progress import Batch
from patchkeep.domain.setting import Estate, Setting
from patchkeep.services import Service, _accounts, heartbeat
from tests.services.estates import estate, node
from tests.services.samples import COMMAND, HYBRID, NOW, READS, RUNNING, STOPPED
from tests.services.talk import HERE, carry

SERVICES = services.load()
STEPS = ("scan", "install", "reboot", "verify")


@cache
def model(call_service: str, operation: str) -> OperationModel:
    """The model of an operation under its method's name; KeyError where botocore has no such method."""
    client = botocore.session.get_session().get_service_model(call_service)
    named = {botocore.xform_name(name): name for name in client.operation_names}
    return client.operation_model(named[operation])


def batch(step: str) -> Batch:
    """Begun before the scan of the samples ended, so that what it left behind is asked for, too."""
    return Batch("pk-0123456789abcdef", "canary", step, HERE, (RUNNING, HYBRID), NOW - timedelta(hours=4), COMMAND)


def seen(service: Service) -> tuple[Found, list[Call]]:
    return carry(service.discover(HERE), READS) if service.discover else (Found(), [])


HOME = Existing("heartbeat", heartbeat.PLACE, HERE, HERE.arn("cloudwatch", "alarm"), "", "")


def populated() -> Estate:
    """Members in both environments, and nothing of ours there yet; the place of the heartbeat was looked at."""
    return estate(HOME, prod=(node(RUNNING), node(HYBRID)), legacy=(node(STOPPED),))


def planned(service: Service) -> Iterator[Setting]:
    """Settings that make, that alter, and that remove: of an empty place, a drifted one, and one that nobody wants."""
    if service.settings is None:
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
    for step in STEPS if service.steps else ():
        if service.again:
            yield from carry(service.again(batch(step)), READS)[1]
        if service.prepare:
            yield from carry(service.prepare(batch(step)), READS)[1]
        if service.adopt:
            yield from carry(service.adopt(batch(step)), READS)[1]
        if service.check:
            yield from carry(service.check(batch(step), NOW), READS)[1]


def writes(service: Service) -> Iterator[Call]:
    for setting in planned(service):
        yield from setting.calls
    for step in STEPS if service.steps else ():
        started = carry(service.prepare(batch(step)), READS)[0] if service.prepare else None
        if started and started.call:
            yield started.call


def organization_calls() -> list[Call]:
    return [*carry(_accounts.organization(), READS)[1], *carry(_accounts.reached(), READS)[1]]


def all_reads() -> list[Call]:
    return [*organization_calls(), *(call for service in SERVICES.values() for call in reads(service))]
