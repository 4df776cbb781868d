"""What every managed service must live through: accounts with nothing in them, versions nobody can read, dates that are long gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from patchkeep.domain.asset import UpdateState
from patchkeep.domain.call import Call
from patchkeep.domain.compliance import Status
from patchkeep.domain.frozen import thaw
from patchkeep.domain.offered import offered
from patchkeep.domain.policy import Freshness
from patchkeep.services import Service
from tests.services.asked import SERVICES, batches, batches_of, courses_of, moments
from tests.services.samples import NOW
from tests.services.talk import HERE, carry

FRESH = Freshness()
MANAGED = [service for service in SERVICES.values() if service.course]
every_service = pytest.mark.parametrize("service", MANAGED, ids=lambda service: service.name)
VERSIONS = frozenset(
    {"EngineVersion", "engineVersion", "ClusterVersion", "KafkaVersion", "PlatformVersion", "workgroupVersion", "PendingEngineVersion"}
)
ENGINES = frozenset({"Engine", "engine", "EngineType", "engineType"})
Change = Callable[[str, Any], Any]  # a key of an answer and its value -> the value there is instead


def changed(value: Any, change: Change, key: str = "") -> Any:
    match value:
        case Mapping():
            return {name: changed(one, change, name) for name, one in value.items()}
        case list() | tuple():
            return [changed(one, change, key) for one in value]
        case _:
            return change(key, value)


def told(answers: Mapping[str, Any], change: Change) -> Callable[[Call], Any]:
    def answer(call: Call) -> Any:
        found = answers[call.operation]
        return changed(found(thaw(call.params)) if callable(found) else found, change)

    return answer


def live_through(service: Service, change: Change) -> list[str]:
    """Looked at, and every step asked after, also of plans that were made before: the ids of what was seen. It must raise nothing."""
    assert service.discover
    found, _ = carry(service.discover(HERE), told(moments(service)[0], change))
    for batch in dict.fromkeys((*batches(service), *batches_of(service, courses_of(service, found.assets)))):
        for answers in moments(service):
            assert service.prepare
            assert service.adopt
            assert service.check
            for asked in (service.prepare(batch), service.adopt(batch), service.check(batch, NOW)):
                carry(asked, told(answers, change))
    return [asset.id for asset in found.assets]


def as_it_is(_: str, value: Any) -> Any:
    return value


@every_service
def test_an_empty_account_costs_two_reads_at_most_and_is_no_gap(service: Service) -> None:
    def empty(call: Call) -> dict[str, Any]:
        found = moments(service)[0][call.operation]
        answer = found(thaw(call.params)) if callable(found) else found
        return {key: [] if isinstance(value, list | tuple) else value for key, value in answer.items()}

    assert service.discover
    found, calls = carry(service.discover(HERE), empty)
    assert (found.assets, found.gaps) == ((), ())
    assert len(calls) <= 2


@every_service
@pytest.mark.parametrize("keys", [VERSIONS, ENGINES], ids=["version", "engine"])
@pytest.mark.parametrize("word", ["", "latest", "2026-Q3 (preview)", "v0.0.0-rc.1+build", "٣.٤"])
def test_a_version_or_an_engine_that_nobody_knows_costs_nothing_else(service: Service, word: str, keys: frozenset[str]) -> None:
    def unknown(key: str, value: Any) -> Any:
        return word if isinstance(value, str) and key in keys else value

    assert live_through(service, unknown) == live_through(service, as_it_is)


@pytest.mark.parametrize(("keys", "most"), [(VERSIONS, 10), (ENGINES, 6)], ids=["version", "engine"])
def test_most_services_tell_versions_and_engines_in_their_samples(keys: frozenset[str], most: int) -> None:
    """Else the test above would change nothing, and prove as much."""

    def changes(service: Service) -> bool:
        met = set[str]()

        def noted(key: str, value: Any) -> Any:
            met.add(key)
            return value

        live_through(service, noted)
        return bool(met & keys)

    assert sum(map(changes, MANAGED)) >= most


@every_service
def test_dates_that_are_long_gone_are_dates(service: Service) -> None:
    """A forced date of years ago is still pending where AWS says so, and its asset lacks what was forced."""

    def ago(_: str, value: Any) -> Any:
        return value - timedelta(days=4000) if isinstance(value, datetime) else value

    assert live_through(service, ago) == live_through(service, as_it_is)
    assert service.discover
    for asset in carry(service.discover(HERE), told(moments(service)[0], ago))[0].assets:
        if any(update.state is UpdateState.MISSING for update in asset.updates or ()):
            assert offered(asset, FRESH, NOW, NOW).status is not Status.COMPLIANT
