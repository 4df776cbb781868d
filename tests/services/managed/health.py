"""What AWS Health answers an account with a paid plan: a planned end of a lifecycle with two resources, and a reboot without a date."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

STARTS = datetime(2027, 2, 28, tzinfo=UTC)
ENDING = "arn:aws:health:eu-central-1::event/RDS/AWS_RDS_PLANNED_LIFECYCLE_EVENT/AWS_RDS_PLANNED_LIFECYCLE_EVENT_1"
REBOOT = "arn:aws:health:eu-central-1::event/EC2/AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED/AWS_EC2_INSTANCE_REBOOT_2"


def event(arn: str, **more: Any) -> dict[str, Any]:
    _, service, code, _ = arn.split("/")
    kind = {"service": service, "eventTypeCode": code, "eventTypeCategory": "scheduledChange", "eventScopeCode": "ACCOUNT_SPECIFIC"}
    return {"arn": arn, "region": "eu-central-1", "statusCode": "upcoming", **kind, **more}


def entity(event_arn: str, name: str) -> dict[str, Any]:
    return {"eventArn": event_arn, "entityValue": name, "entityArn": f"{event_arn}/{name}", "awsAccountId": "111122223333"}


READS: dict[str, Any] = {
    "describe_events": {"events": [event(ENDING, startTime=STARTS, actionability="ACTION_REQUIRED"), event(REBOOT)]},
    "describe_affected_entities": {"entities": [entity(ENDING, "orders"), entity(ENDING, "billing"), entity(REBOOT, "i-1")]},
}
