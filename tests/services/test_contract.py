"""What holds for every service there is, and for every one that will be added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar

import pytest
from botocore.validate import ParamValidator

from patchkeep import services
from patchkeep.domain.asset import Found
from patchkeep.domain.call import Call, Refused, fill
from patchkeep.domain.frozen import thaw
from patchkeep.domain.setting import Action
from patchkeep.sandbox.validation import violations
from patchkeep.services import Service
from tests.services import managed
from tests.services.asked import (
    SERVICES,
    all_reads,
    all_told,
    answers,
    automated,
    batches,
    courses,
    model,
    organization_calls,
    planned,
    populated,
    reads,
    seen,
    writes,
)
from tests.services.estates import estate
from tests.services.samples import READS
from tests.services.talk import HERE, carry, refused

every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))


class AnyAnswer(dict[str, Any]):
    """Stands in for the ids that AWS would answer with."""

    _IDS: ClassVar = {"WindowId": "mw-0123456789abcdef0", "WindowTargetId": "33333333-3333-3333-3333-333333333333", "DocumentVersion": "3"}

    def __missing__(self, key: str) -> str:
        return self._IDS.get(key, "pb-0123456789abcdef0")


def wrong(call: Call) -> list[str]:
    """What botocore's client and AWS's front end would say against a call."""
    filled = thaw(fill(call, AnyAnswer()).params)
    shape = model(call.service, call.operation).input_shape
    report = ParamValidator().validate(filled, shape) if shape else None
    said = [report.generate_report()] if report and report.has_errors() else []
    return [f"{call.service}:{call.operation}: {one}" for one in (*said, *violations(filled, shape))]


@every_service
def test_every_call_is_one_that_botocore_knows_with_params_it_takes(service: Service) -> None:
    assert [mistake for call in (*reads(service), *writes(service)) for mistake in wrong(call)] == []


def test_the_organization_s_calls_are_right_too() -> None:
    assert [mistake for call in organization_calls() for mistake in wrong(call)] == []


@every_service
def test_looking_makes_reads_only_and_settings_writes_only(service: Service) -> None:
    assert all(call.reads for call in reads(service))
    assert not any(call.reads for call in writes(service))


def test_the_sample_answers_are_such_as_aws_gives() -> None:
    for call, told in all_told():
        sample = told[call.operation](thaw(call.params)) if callable(told[call.operation]) else told[call.operation]
        shape = model(call.service, call.operation).output_shape
        assert [str(one) for one in violations(sample, shape) if not one.missing] == [], call.operation


def test_no_sample_answers_what_nobody_asks() -> None:
    asked = all_reads()
    assert {call.operation for call in asked} >= set(READS)
    for service in SERVICES.values():
        assert {call.operation for call in reads(service)} >= set(managed.answers(service.name)), service.name


@every_service
def test_discovery_yields_well_formed_objects_each_once(service: Service) -> None:
    found, _ = seen(service)
    assert not found.gaps
    if service.discover:
        assert found.assets or found.objects
    for asset in found.assets:
        partition, _, region, account, resource = asset.id.removeprefix("arn:").split(":", 4)
        assert (partition, region, account) == (HERE.partition, HERE.region, HERE.account)
        assert resource == asset.resource or resource.endswith(f"/{asset.resource}")
        assert asset.kind in service.kinds
    assert max(Counter(asset.id for asset in found.assets).values(), default=1) == 1
    assert max(Counter((existing.kind, existing.id) for existing in found.objects).values(), default=1) == 1
    assert all(existing.service == service.name for existing in found.objects)
    assert all(hash(existing) for existing in found.objects), "values that stores and plans keep can be hashed"


def test_an_asset_is_produced_by_one_service_only() -> None:
    ids = Counter(asset.id for service in SERVICES.values() for asset in seen(service)[0].assets)
    assert set(ids.values()) == {1}


@every_service
def test_discovery_sees_the_same_twice(service: Service) -> None:
    assert seen(service)[0] == seen(service)[0]


@every_service
def test_a_look_that_is_refused_is_never_an_empty_one(service: Service) -> None:
    if service.discover:
        with pytest.raises(Refused):
            carry(service.discover(HERE), lambda call: refused(f"{call.service}:{call.operation}"))


@every_service
def test_a_single_refused_read_is_raised_or_becomes_a_gap(service: Service) -> None:
    for operation in sorted({call.operation for call in seen(service)[1]}):
        told = {**answers(service), operation: refused(operation)}
        try:
            found = carry(service.discover(HERE), told)[0] if service.discover else Found()
        except Refused:
            continue
        assert [gap.operation for gap in found.gaps] == [operation]


@every_service
def test_of_two_refused_reads_each_is_told(service: Service) -> None:
    """One of them raised, or each a gap of its own; that of the other must not get lost beside it."""
    for pair in combinations(sorted({call.operation for call in seen(service)[1]}), 2):
        asked, told = _told_of(service, {operation: refused(operation) for operation in pair})
        assert {operation for operation in pair if operation in asked and operation not in told} == set(), pair


def _told_of(service: Service, refusals: Mapping[str, Refused]) -> tuple[set[str], str]:
    """The operations that discovery asks when some are refused, and all that it tells of refusals."""
    asked = set[str]()

    def answer(call: Call) -> Any:
        asked.add(call.operation)
        found = {**answers(service), **refusals}[call.operation]
        return found(thaw(call.params)) if callable(found) else found

    assert service.discover
    try:
        gaps = carry(service.discover(HERE), answer)[0].gaps
    except Refused as refusal:
        gaps = (refusal.gap,)
    return asked, " ".join(f"{gap.operation} {gap.reason}" for gap in gaps)


@every_service
def test_an_empty_estate_needs_no_settings(service: Service) -> None:
    if service.settings:
        assert service.settings(estate()) == ()


@every_service
def test_settings_have_stable_ids_and_name_their_service(service: Service) -> None:
    if service.settings:
        looked_at = automated(service) if service.kinds else populated()
        first, second = service.settings(looked_at), service.settings(looked_at)
        assert first == second
        assert len({setting.id for setting in first}) == len(first) > 0
        assert {setting.service for setting in first} == {service.name}


@every_service
def test_every_setting_has_calls_or_says_why_not(service: Service) -> None:
    for setting in planned(service):
        assert bool(setting.calls) != (setting.action is Action.BLOCKED)
        assert setting.calls or setting.notes


@every_service
def test_what_a_later_call_takes_from_an_earlier_one_is_among_its_answers(service: Service) -> None:
    for setting in planned(service):
        known: dict[str, str] = {}
        for call in setting.calls:
            assert fill(call, known).operation == call.operation  # KeyError where nothing above answers it
            known |= dict.fromkeys(_answered_by(call), "x")


def _answered_by(call: Call) -> Iterator[str]:
    """Names of the strings in an operation's answer, one level deep, as `apply` takes them up."""
    shape = model(call.service, call.operation).output_shape
    for name, member in shape.members.items() if shape else ():
        yield name
        yield from getattr(member, "members", ())


def test_objects_of_others_are_never_changed_or_removed() -> None:
    for service in SERVICES.values():
        if service.settings is None or service.name == "groups":  # a tag's value bears no owner: tests of its own
            continue
        theirs = tuple(replace(existing, owner="o-another/policy") for existing in seen(service)[0].objects)
        for setting in service.settings(replace(populated(), objects=theirs)):
            assert setting.action in {Action.CREATE, Action.BLOCKED}


@every_service
def test_a_service_that_names_steps_can_begin_find_again_and_end_them(service: Service) -> None:
    offered = (service.prepare, service.handle, service.adopt, service.check)
    assert all(offered) if service.steps else not any(offered)


@every_service
def test_codes_that_say_busy_are_those_that_its_changes_can_be_refused_with(service: Service) -> None:
    if service.busy:
        made = {(call.service, call.operation) for call in writes(service)}
        errors = [shape for one in made for shape in model(*one).error_shapes]
        assert service.busy <= {str(shape.metadata.get("error", {}).get("code", shape.name)) for shape in errors}


@every_service
def test_a_course_names_steps_that_its_service_carries_out(service: Service) -> None:
    for asset, course in courses(service.name):
        assert course.updates
        assert set(course.steps) <= service.steps, asset.name
        assert set(course.updates) <= set(asset.updates or ())
        assert course.together > 0


@every_service
def test_of_what_is_gone_nothing_is_asked(service: Service) -> None:
    """Deleted between plan and start: the member is lost with a sentence, and AWS is told nothing."""
    if not service.kinds or not service.steps or service.prepare is None:
        return
    emptied = {name: _emptied(answer) for name, answer in answers(service).items()}
    for one in batches(service):
        started = carry(service.prepare(one), emptied)[0]
        assert started.call is None
        assert set(started.lost) == set(one.resources), one.step


def _emptied(answer: Any) -> Any:
    """The same answer of a place where nothing is."""

    def told(params: dict[str, Any]) -> dict[str, Any]:
        found = answer(params) if callable(answer) else answer
        return {key: [] if isinstance(value, list | tuple) else value for key, value in found.items()}

    return told


def test_a_service_in_a_new_file_is_there_without_an_edit_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "some_services"
    package.mkdir()
    (package / "__init__.py").touch()
    text = "from patchkeep.services._service import Service\nSERVICE = Service(name={name!r})\n"
    (package / "first.py").write_text(text.format(name="first"))
    (package / "_shared.py").write_text("raise AssertionError('not a service')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(services.load([str(package)], "some_services")) == ["first"]
    (package / "second.py").write_text(text.format(name="second"))
    assert list(services.load([str(package)], "some_services")) == ["first", "second"]


def test_two_services_of_one_name_are_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "twin_services"
    package.mkdir()
    for name in ("__init__", "one", "two"):
        (package / f"{name}.py").write_text("from patchkeep.services._service import Service\nSERVICE = Service(name='same')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ValueError, match="two services are named same"):
        services.load([str(package)], "twin_services")


def test_the_services_of_the_house_are_loaded_by_their_module_s_name() -> None:
    folder = Path(services.__file__).parent
    there = {path.stem for path in folder.iterdir() if not path.name.startswith(("_", "."))}
    assert set(SERVICES) == there
