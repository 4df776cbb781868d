"""One estate for all witnesses, and what each of them tells of it; each is asked once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.witness import awscli, custodian
from tests.witness.estate import PLACES, Estate, Place, discovered, patched
from tests.witness.told import Told
from tests.witness.tools import why_not


@pytest.fixture(scope="package")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    with patched(tmp_path_factory.mktemp("estate")) as desk:
        yield discovered(desk)


@pytest.fixture(scope="package")
def found(estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> Mapping[Place, custodian.Found]:
    """What Cloud Custodian finds, by policy."""
    if reason := why_not("c7n"):
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp
    return {(account, region): custodian.custodian(estate.session(account), region, folder("custodian")) for account, region in PLACES}


@pytest.fixture(scope="package")
def by_custodian(found: Mapping[Place, custodian.Found]) -> Mapping[Place, Told]:
    return {place: custodian.told(resources) for place, resources in found.items()}


@pytest.fixture(scope="package")
def cli(estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> Mapping[Place, awscli.AwsCli]:
    home = tmp_path_factory.mktemp("awscli")
    return {(account, region): awscli.AwsCli(estate.keys(account), region, home) for account, region in PLACES}


@pytest.fixture(scope="package")
def by_cli(cli: Mapping[Place, awscli.AwsCli]) -> Mapping[Place, Told]:
    return {place: asked.told() for place, asked in cli.items()}
