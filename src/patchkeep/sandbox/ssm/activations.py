"""Hybrid activations, and hybrid nodes leaving.

State: `site.kept["ssm.activations"]` id -> its row in DescribeActivations.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.ids import guid
from patchkeep.sandbox.ssm.listing import chosen, kept_by, listing
from patchkeep.sandbox.ssm.select import known, managed

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Node, Site

_EXPIRES_AFTER = timedelta(hours=24)  # botocore: the default, and at most 30 days
_AT_MOST = timedelta(days=30)


def _kept(site: Site) -> dict[str, Answer]:
    return cast(dict[str, Answer], site.kept["ssm.activations"])


@operation("ssm", "CreateActivation")
def create_activation(request: Request) -> Answer:
    expires = request.params.get("ExpirationDate") or request.now + _EXPIRES_AFTER
    if not request.now < expires <= request.now + _AT_MOST:
        raise AwsError("ValidationException", "The expiration date must lie within the next 30 days.")
    made = guid(request.world)
    names = ("Description", "DefaultInstanceName", "IamRole", "RegistrationLimit", "Tags")
    shown = {"RegistrationLimit": 1, **chosen(request.params, names)}
    _kept(request.site)[made] = {"ActivationId": made, "ExpirationDate": expires, "CreatedDate": request.now, **shown}
    return {"ActivationId": made, "ActivationCode": f"{request.world.random.getrandbits(100):020x}"[:20]}


@operation("ssm", "DescribeActivations")
def describe_activations(request: Request) -> Answer:
    tests = {
        "ActivationIds": lambda row, values: row["ActivationId"] in values,
        "DefaultInstanceName": lambda row, values: row.get("DefaultInstanceName") in values,
        "IamRole": lambda row, values: row["IamRole"] in values,
    }
    passes = kept_by(request.params.get("Filters") or (), tests, "InvalidFilter")
    rows = [_row(request, row) for row in _kept(request.site).values() if passes(row)]
    return listing(request, "ActivationList", rows, size=(1, 50, 50))


def _row(request: Request, row: Answer) -> Answer:
    used = sum(node.ec2.get("ActivationId") == row["ActivationId"] for node in managed(request.site))
    counted = {"RegistrationsCount": used} if used else {}
    return {**row, **counted, "Expired": row["ExpirationDate"] <= request.now}


@operation("ssm", "DeleteActivation")
def delete_activation(request: Request) -> Answer:
    if _kept(request.site).pop(request.params["ActivationId"], None) is None:
        raise AwsError("InvalidActivation", "The activation is not valid: it might have been deleted.")
    return {}


@operation("ssm", "DeregisterManagedInstance")
def deregister_managed_instance(request: Request) -> Answer:
    _hybrid(request).registered = None
    return {}


@operation("ssm", "UpdateManagedInstanceRole")
def update_managed_instance_role(request: Request) -> Answer:
    _hybrid(request).ec2["IamRole"] = request.params["IamRole"]
    return {}


def _hybrid(request: Request) -> Node:
    node = known(request.site, request.params["InstanceId"])
    if not node.id.startswith("mi-"):
        raise AwsError("InvalidInstanceId", f"{node.id} is not a hybrid node.")
    return node
