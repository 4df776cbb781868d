"""Every service in China and GovCloud: whatever ARN is built there has the partition of the asset that it is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from patchkeep.domain.asset import Found
from patchkeep.domain.call import Call, Target
from patchkeep.domain.frozen import thaw
from patchkeep.permissions.roles import documents
from patchkeep.permissions.statements import Place
from patchkeep.services import By, Service
from tests.permissions.policies import policy as wide
from tests.services.asked import SERVICES, automated, batches_of, courses_of, moments
from tests.services.estates import estate
from tests.services.samples import NOW
from tests.services.talk import HERE, carry

ARN = re.compile(r"arn:[^:\s\"']*:[\w-]*:[\w-]*:")
ELSEWHERE = (Target(HERE.account, "cn-north-1", "aws-cn"), Target(HERE.account, "us-gov-west-1", "aws-us-gov"))
MANAGED = [service for service in SERVICES.values() if service.course]
Answers = Mapping[str, Any]


def moved(value: Any, partition: str, region: str, to: Target) -> Any:
    """The same value with every ARN and region of one partition as another one has them."""
    match value:
        case str():
            return value.replace(f"arn:{partition}:", f"arn:{to.partition}:").replace(region, to.region)
        case Mapping():
            return {moved(key, partition, region, to): moved(one, partition, region, to) for key, one in value.items()}
        case list() | tuple():
            return [moved(one, partition, region, to) for one in value]
        case _:
            return value


def told_in(there: Target, answers: Answers) -> Callable[[Call], Any]:
    """The sample's answers as that partition would give them; samples know the commercial one alone, so they are asked as from there."""

    def answer(call: Call) -> Any:
        found = answers[call.operation]
        params = moved(thaw(call.params), there.partition, there.region, HERE)
        return moved(found(params) if callable(found) else found, HERE.partition, HERE.region, there)

    return answer


def found_in(there: Target, service: Service) -> tuple[Found, list[Call]]:
    assert service.discover
    found, calls = carry(service.discover(there), told_in(there, moments(service)[0]))
    return replace(found, assets=tuple(replace(asset, service=service.name) for asset in found.assets)), calls


def said_in(there: Target, service: Service) -> Iterator[object]:
    """All that a service says and asks of its sample: what it found, its courses, every step of theirs, its settings."""
    found, calls = found_in(there, service)
    yield from (*found.assets, *found.objects, *calls)
    ways = courses_of(service, found.assets)
    yield from (course for _, course in ways)
    for batch in batches_of(service, ways):
        assert batch.target.partition == there.partition
        for answers in moments(service):
            told = told_in(there, answers)
            assert service.prepare
            assert service.adopt
            assert service.check
            started, asked = carry(service.prepare(batch), told)
            yield from (started, *asked, *carry(service.adopt(batch), told), *carry(service.check(batch, NOW), told))
    if service.settings:
        yield from service.settings(estate(*found.objects, policy=automated(service).policy, prod=found.assets))


@pytest.mark.parametrize("there", ELSEWHERE, ids=lambda there: there.partition)
@pytest.mark.parametrize("service", MANAGED, ids=lambda service: service.name)
def test_every_arn_is_of_the_partition_that_the_asset_is_in(service: Service, there: Target) -> None:
    said = [str(one) for one in said_in(there, service)]
    arns = {arn for text in said for arn in ARN.findall(text)}
    assert arns
    assert {arn for arn in arns if not arn.startswith(f"arn:{there.partition}:")} == set()


@pytest.mark.parametrize("by", [By.READ, By.WRITE])
def test_every_grant_reaches_into_the_partition_that_the_role_is_for(by: By) -> None:
    statements = [one for document in documents(wide(), by, Place("aws-cn", HERE.account)) for one in document["Statement"]]
    named = [one["Resource"] if isinstance(one["Resource"], list) else [one["Resource"]] for one in statements]
    arns = {arn for resources in named for arn in resources} - {"*"}
    assert len(arns) > 5
    assert {arn for arn in arns if not arn.startswith("arn:aws-cn:") or "{" in arn} == set()
