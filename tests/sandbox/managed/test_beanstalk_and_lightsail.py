"""What Beanstalk and Lightsail answer here has the keys of AWS's own examples; what they refuse is refused in their words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from patchkeep.sandbox.identity import user_keys
from patchkeep.sandbox.server import RunningSandbox, serve
from tests.e2e.desk import world_of
from tests.managed.walking import MEMBER, organization
from tests.sandbox.http.conftest import client_for
from tests.sandbox.http.test_examples import keys
from tests.services.pages import outputs, page, parsed

pytestmark = pytest.mark.http

RESOURCES = """
- {kind: beanstalk-environment, name: shop, engine: python-3.11-al2023, version: "4.3.0", settings: {managed: minor}}
- {kind: beanstalk-environment, name: plain, engine: python-3.9-al2023, version: "4.2.0", settings: {health: basic}}
- {kind: lightsail-database, name: shop-db, engine: mysql, version: "8.0.40", settings: {pending: [{action: system-update, after: 3}]}}
- {kind: lightsail-instance, name: blog}
"""
SHOP = {"EnvironmentName": "shop", "ApplicationName": "shop"}
DATABASE = {"relationalDatabaseName": "shop-db"}
CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("elasticbeanstalk", "describe-environments", {}),
    ("elasticbeanstalk", "describe-application-versions", {}),
    ("elasticbeanstalk", "describe-configuration-settings", SHOP),
    ("elasticbeanstalk", "describe-events", {}),
    ("elasticbeanstalk", "update-environment", {"EnvironmentName": "shop", "OptionSettings": []}),
    ("lightsail", "get-relational-databases", {}),
    ("lightsail", "get-relational-database-blueprints", {}),
    ("lightsail", "get-relational-database-events", {**DATABASE, "durationInMinutes": 20160}),
    ("lightsail", "get-relational-database-snapshots", {}),
    ("lightsail", "create-relational-database-snapshot", {**DATABASE, "relationalDatabaseSnapshotName": "another"}),
)
NODE, BRANCH = "Node.js 22 running on 64bit Amazon Linux 2023", "Python 3.9 running on 64bit Amazon Linux 2023"
LEFT_OUT: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    """A week old, so that something has happened to everything."""
    with serve(world_of(organization(RESOURCES))) as sandbox:
        aws(sandbox, "lightsail").create_relational_database_snapshot(
            **DATABASE, relationalDatabaseSnapshotName="one", tags=[{"key": "test", "value": "1"}]
        )
        sandbox.world.clock.advance(sandbox.world.clock.now() + timedelta(days=8))
        yield sandbox


def aws(running: RunningSandbox, service: str) -> Any:
    known = user_keys(running.world, MEMBER)
    secret = {"AccessKeyId": known.access_key, "SecretAccessKey": known.secret}
    return client_for(running.endpoint, service, "eu-central-1", secret)


@pytest.mark.parametrize(("service", "command", "asked"), CALLS)
def test_answers_have_the_keys_of_aws_s_examples(running: RunningSandbox, service: str, command: str, asked: dict[str, Any]) -> None:
    answer = getattr(aws(running, service), command.replace("-", "_"))(**asked)
    expected = {key for literal in outputs(page(service, command).read_text()) for key in keys(parsed(literal), LEFT_OUT)}
    assert expected
    assert expected - set(keys(answer, LEFT_OUT)) == set()


def refusal(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_beanstalk_refuses_in_its_own_words(running: RunningSandbox) -> None:
    client = aws(running, "elasticbeanstalk")
    assert refusal(client.update_environment, EnvironmentName="none")[1] == "No Environment found for EnvironmentName = 'none'."
    other = client.list_platform_versions(Filters=[{"Type": "PlatformName", "Operator": "=", "Values": [NODE]}])["PlatformSummaryList"]
    assert (
        "cannot be updated from branch"
        in refusal(client.update_environment, EnvironmentName="shop", PlatformArn=other[0]["PlatformArn"])[1]
    )
    managed = {"Namespace": "aws:elasticbeanstalk:managedactions", "OptionName": "ManagedActionsEnabled", "Value": "true"}
    code, why = refusal(client.update_environment, EnvironmentName="plain", OptionSettings=[managed])
    assert (code, "enhanced health" in why) == ("ConfigurationValidationException", True)
    assert refusal(client.apply_environment_managed_action, EnvironmentName="plain", ActionId="none")[0] == "InvalidParameterValue"


def test_an_environment_that_is_updating_takes_no_other_order(running: RunningSandbox) -> None:
    client = aws(running, "elasticbeanstalk")
    (row,) = client.describe_environments(EnvironmentNames=["plain"])["Environments"]
    listed = client.list_platform_versions(Filters=[{"Type": "PlatformBranchName", "Operator": "=", "Values": [BRANCH]}])
    older = next(one["PlatformArn"] for one in listed["PlatformSummaryList"] if one["PlatformArn"] != row["PlatformArn"])
    client.update_environment(EnvironmentName="plain", PlatformArn=older)
    assert "Must be Ready" in refusal(client.update_environment, EnvironmentName="plain", PlatformArn=older)[1]
    running.world.clock.advance(running.world.clock.now() + timedelta(hours=1))
    assert client.describe_environments(EnvironmentNames=["plain"])["Environments"][0]["PlatformArn"] == older


def test_lightsail_maintains_its_databases_itself_and_refuses_a_line_too_far(running: RunningSandbox) -> None:
    client = aws(running, "lightsail")
    (row,) = client.get_relational_databases()["relationalDatabases"]
    assert row["engineVersion"] == "8.0.40", "what was pending went first, in the only window so far"
    assert row["pendingMaintenanceActions"] == []
    assert refusal(client.update_relational_database, relationalDatabaseName="none")[0] == "NotFoundException"
    code, why = refusal(client.update_relational_database, **DATABASE, relationalDatabaseBlueprintId="mysql_9_9")
    assert (code, "cannot be updated to blueprint" in why) == ("InvalidInputException", True)
    running.world.clock.advance(running.world.clock.now() + timedelta(days=7))
    assert client.get_relational_databases()["relationalDatabases"][0]["engineVersion"] == "8.0.43"


def test_of_a_bundle_a_range_is_read_and_nothing_else_is_done_to_its_bucket(running: RunningSandbox) -> None:
    s3 = aws(running, "s3")
    (version,) = aws(running, "elasticbeanstalk").describe_application_versions(ApplicationName="shop")["ApplicationVersions"]
    there = {"Bucket": version["SourceBundle"]["S3Bucket"], "Key": version["SourceBundle"]["S3Key"]}
    whole = s3.get_object(**there)["Body"].read()
    end = s3.get_object(**there, Range="bytes=-22")
    assert (whole[:4], end["Body"].read(), end["ContentRange"]) == (
        b"PK\x03\x04",
        whole[-22:],
        f"bytes {len(whole) - 22}-{len(whole) - 1}/{len(whole)}",
    )
    for code, asked in {
        "InvalidRange": {"Range": f"bytes={len(whole)}-"},
        "PreconditionFailed": {"IfMatch": '"another"'},
        "AccessDenied": {"ExpectedBucketOwner": "999999999999"},
        "NoSuchKey": {"Key": "another"},
        "EmulatorNotImplemented": {"VersionId": "1"},
    }.items():
        with pytest.raises(ClientError, match=code):
            s3.get_object(**{**there, **asked})
    with pytest.raises(ClientError, match="EmulatorNotImplemented"):
        s3.delete_object(**there)
