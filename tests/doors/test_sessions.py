"""Where the global services are asked: in the home region of the partition that the caller's own configuration names."""

from __future__ import annotations

import pytest
from botocore.session import Session

from patchkeep.domain.call import home_region
from patchkeep.doors.aws import Sessions
from patchkeep.doors.aws.sessions import Roles
from tests.doors.script import NOW


def sessions(region: str | None) -> Sessions:
    session = Session()
    session.set_config_variable("region", region)
    return Sessions(session, Roles("PatchkeepRead", "PatchkeepWrite"), lambda: NOW)


@pytest.mark.parametrize(
    ("region", "partition", "home"),
    [
        (None, "aws", "us-east-1"),
        ("eu-central-1", "aws", "us-east-1"),
        ("cn-north-1", "aws-cn", "cn-northwest-1"),
        ("us-gov-east-1", "aws-us-gov", "us-gov-west-1"),
        ("mars-north-1", "aws", "us-east-1"),
    ],
)
def test_each_partition_has_a_home(region: str | None, partition: str, home: str) -> None:
    made = sessions(region)
    assert (made.partition, made.home_region) == (partition, home)


def test_a_partition_that_nobody_knows_is_said_to_be_unsupported() -> None:
    with pytest.raises(ValueError, match="partition aws-moon is not supported"):
        home_region("aws-moon")
