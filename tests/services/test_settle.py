"""Settings carried out in the emulated AWS, over HTTP: looked at again, nothing is left to do; a change by hand is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from patchkeep import services
from patchkeep.domain.asset import Found
from patchkeep.domain.call import Call, fill
from patchkeep.domain.frozen import thaw
from patchkeep.domain.policy import Heartbeat
from patchkeep.domain.setting import Action, Estate, Setting
from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.clock import VirtualClock
from patchkeep.sandbox.server import RunningSandbox, serve
from patchkeep.sandbox.world import Account, Node, World
from tests.sandbox.http.conftest import StillAgent, client_for
from tests.services.estates import POLICY, applied, estate, node
from tests.services.talk import HERE, carry

pytestmark = pytest.mark.http
SERVICES = services.load()
NOW = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
WEB, OLD, THEIRS = (f"i-{number:017x}" for number in (1, 2, 3))
RACK = "mi-0123456789abcdef0"


def world() -> World:
    made = World(VirtualClock(NOW), seed=3, organization_id="o-1234567890", management=HERE.account)
    made.accounts[HERE.account] = Account(HERE.account, "web", "aws@example.com", "", regions=(HERE.region,))
    site = made.site(HERE.account, HERE.region)
    for name in (WEB, OLD, THEIRS, RACK):
        tags = {"PatchGroup": "web-team"} if name == THEIRS else {"Name": name}
        site.nodes[name] = Node(name, "debian-12", StillAgent(), tags, registered=NOW)
    return made


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with serve(world()) as running:
        yield running


Ask = Callable[[Call], Any]


@pytest.fixture(scope="module")
def ask(sandbox: RunningSandbox) -> Ask:
    """Makes one call with the account's own key; pages are put together as the door does."""
    known = SandboxClient(sandbox.endpoint).credentials()["keys"][HERE.account]
    keys = {"AccessKeyId": known["access_key"], "SecretAccessKey": known["secret"]}

    @cache
    def client_of(service: str) -> Any:
        return client_for(sandbox.endpoint, service, HERE.region, keys)

    def made(call: Call) -> Any:
        client = client_of(call.service)
        if client.can_paginate(call.operation):
            return client.get_paginator(call.operation).paginate(**thaw(call.params)).build_full_result()
        return client._make_api_call(client.meta.method_to_api_mapping[call.operation], thaw(call.params))

    return made


def look(ask: Ask) -> Found:
    """What all services see."""
    found = (carry(service.discover(HERE), ask)[0] for service in SERVICES.values() if service.discover)
    return Found(objects=tuple(existing for one in found for existing in one.objects))


def plan(before: Estate, ask: Ask) -> tuple[Setting, ...]:
    seen = applied(before, *look(ask).objects)
    ranked = sorted(SERVICES.values(), key=lambda service: service.rank)
    return tuple(setting for service in ranked if service.settings for setting in service.settings(seen))


def carry_out(settings: tuple[Setting, ...], ask: Ask) -> None:
    for setting in settings:
        answers: dict[str, Any] = {}
        for call in setting.calls:
            content = ask(fill(call, answers))
            answers |= content | {k: v for inner in content.values() if isinstance(inner, dict) for k, v in inner.items()}


def wanted() -> Estate:
    return estate(prod=(node(WEB), node(RACK), node(THEIRS)), legacy=(node(OLD),))


def open_settings(settings: tuple[Setting, ...]) -> dict[str, Action]:
    return {f"{setting.kind} {setting.name}": setting.action for setting in settings if setting.action is not Action.BLOCKED}


def test_planning_again_shows_no_change_drift_is_seen_and_all_of_ours_goes_when_nobody_wants_it(ask: Ask) -> None:
    first = plan(wanted(), ask)
    assert {setting.action for setting in first} == {Action.CREATE, Action.BLOCKED}
    assert {setting.service for setting in first} == {"associations", "baselines", "documents", "groups", "heartbeat", "windows"}
    carry_out(first, ask)
    assert open_settings(plan(wanted(), ask)) == {}

    scan = next(existing for existing in look(ask).objects if existing.name == "patchkeep-main-prod-scan")
    kept = {key: scan.fields[key] for key in ("Parameters", "Targets")}
    scanning = {**kept, "ScheduleExpression": "cron(0 9 * * ? *)"}
    ask(Call.of("ssm", "update_association", scanning, AssociationId=scan.id, AssociationName=scan.name))
    ask(Call.of("ec2", "create_tags", Resources=[OLD], Tags=[{"Key": "PatchGroup", "Value": "patchkeep-main-prod"}]))
    drift = plan(wanted(), ask)
    assert set(open_settings(drift)) == {"association patchkeep-main-prod-scan", "patch group tag patchkeep-main-legacy"}
    carry_out(drift, ask)
    assert open_settings(plan(wanted(), ask)) == {}

    unwanted = estate(policy=replace(POLICY, heartbeat=Heartbeat()))
    gone = plan(unwanted, ask)
    assert {setting.action for setting in gone} == {Action.DELETE}
    carry_out(tuple(reversed(gone)), ask)
    assert plan(unwanted, ask) == ()
    tags = {existing.name: existing.fields["Members"] for existing in look(ask).objects if existing.service == "groups"}
    assert tags == {"web-team": (THEIRS,)}, "another's group is where it was"
