"""What a request to RDS is about: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html."""

from __future__ import annotations

from collections.abc import Iterator

from patchkeep.sandbox.operation import Request

_KINDS = {
    "DBInstanceIdentifier": "db",
    "DBClusterIdentifier": "cluster",
    "DBSnapshotIdentifier": "snapshot",
    "DBClusterSnapshotIdentifier": "cluster-snapshot",
    "BlueGreenDeploymentIdentifier": "deployment",
    "TargetDBInstanceIdentifier": "db",
}
_ARNS = ("ResourceIdentifier", "ResourceName", "Source")


def arns(operation: str, request: Request) -> Iterator[str]:
    """One for each parameter that names something; a creation of a blue/green deployment is about the deployment too."""
    for parameter, kind in _KINDS.items():
        if name := request.params.get(parameter):
            yield name if name.startswith("arn:") else _own(request, f"{kind}:{name.lower()}")
    for parameter in _ARNS:
        if name := request.params.get(parameter):
            yield name
    if operation == "CreateBlueGreenDeployment":
        yield _own(request, "deployment:*")


def _own(request: Request, path: str) -> str:
    return f"arn:aws:rds:{request.region}:{request.account}:{path}"
