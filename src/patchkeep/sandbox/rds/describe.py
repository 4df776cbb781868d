"""Instances and clusters as DescribeDBInstances and DescribeDBClusters show them: all engines, as those of DocumentDB and Neptune do too.

("DescribeDBClusters" in the Amazon RDS API Reference: "can also return information for Amazon Neptune DB instances and Amazon DocumentDB
instances"; one asks for one engine with the filter `engine`.)
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from patchkeep.sandbox.managed.answers import chosen, paged
from patchkeep.sandbox.managed.resource import kept, tag_list
from patchkeep.sandbox.operation import Answer, Request, operation
from patchkeep.sandbox.rds.snapshots import PORTS
from patchkeep.sandbox.rds.state import BACKUPS, Cluster, Database, Instance, cluster, instance, replicas, writer_and_readers

LICENSES = {"postgres": "postgresql-license", "aurora-postgresql": "postgresql-license", "neptune": "amazon-license", "docdb": "na"}
LIFECYCLE = "open-source-rds-extended-support"


@operation("rds", "DescribeDBInstances")
def describe_db_instances(request: Request) -> Answer:
    """Raises DBInstanceNotFound for one that is named and not there."""
    name = request.params.get("DBInstanceIdentifier")
    rows = [instance(request, name)] if name else [*kept(request.site, Instance).values()]
    reads = {
        "db-cluster-id": lambda one: [one.cluster, f"{one.arn.rsplit(':', 2)[0]}:cluster:{one.cluster}"],
        "db-instance-id": lambda one: [one.name, one.arn],
        "dbi-resource-id": lambda one: [one.resource_id],
        "engine": lambda one: [one.engine],
    }
    picked = chosen(rows, request.params.get("Filters", ()), reads)
    return paged(request.params, "DBInstances", [shown_instance(request, one) for one in picked])


@operation("rds", "DescribeDBClusters")
def describe_db_clusters(request: Request) -> Answer:
    name = request.params.get("DBClusterIdentifier")
    rows = [cluster(request, name)] if name else [*kept(request.site, Cluster).values()]
    reads = {
        "db-cluster-id": lambda one: [one.name, one.arn],
        "db-cluster-resource-id": lambda one: [one.resource_id],
        "engine": lambda one: [one.engine],
    }
    picked = chosen(rows, request.params.get("Filters", ()), reads)
    return paged(request.params, "DBClusters", [shown_cluster(request, one) for one in picked])


def shown_instance(request: Request, one: Instance) -> dict[str, Any]:
    replicated = {"ReadReplicaSourceDBInstanceIdentifier": one.source, "StatusInfos": _replication(one)} if one.source else {}
    clustered = {"DBClusterIdentifier": one.cluster, "PromotionTier": one.tier} if one.cluster else {"BackupTarget": "region"}
    pending = {"LatestRestorableTime": request.now - timedelta(minutes=5)} if one.backup_days and not one.cluster else {}
    return {
        **_common(request, one),
        "DBInstanceIdentifier": one.name,
        "DBInstanceClass": one.size,
        "DBInstanceStatus": one.status,
        "DBInstanceArn": one.arn,
        "DbiResourceId": one.resource_id,
        "Endpoint": {"Address": _address(one.name, request), "Port": _port(one), "HostedZoneId": "Z1RLNU0EXAMPLE"},
        "InstanceCreateTime": one.made,
        "AvailabilityZone": one.zone,
        "MultiAZ": one.multi_az,
        "AllocatedStorage": 1 if one.cluster else one.storage,
        "StorageType": "aurora" if one.cluster else "gp3",
        "LicenseModel": LICENSES.get(one.engine, "general-public-license"),
        "ReadReplicaDBInstanceIdentifiers": [replica.name for replica in replicas(request.site, one)],
        "CACertificateIdentifier": one.certificate,
        "PubliclyAccessible": False,
        "DbInstancePort": 0,
        "DBParameterGroups": [{"DBParameterGroupName": f"default.{_family(one)}", "ParameterApplyStatus": "in-sync"}],
        "OptionGroupMemberships": [{"OptionGroupName": f"default:{_family(one)}", "Status": "in-sync"}],
        "DBSubnetGroup": _subnets(request),
        "CopyTagsToSnapshot": False,
        "MonitoringInterval": 0,
        "PerformanceInsightsEnabled": False,
        "DBSecurityGroups": [],
        "DomainMemberships": [],
        "AssociatedRoles": [],
        "EnabledCloudwatchLogsExports": [],
        "ProcessorFeatures": [],
        **replicated,
        **clustered,
        **pending,
    }


def _replication(one: Instance) -> list[dict[str, Any]]:
    return [{"StatusType": "read replication", "Normal": True, "Status": "replicating" if one.status == "available" else "stopped"}]


def shown_cluster(request: Request, one: Cluster) -> dict[str, Any]:
    members = [
        {
            "DBInstanceIdentifier": member.name,
            "IsClusterWriter": place == 0,
            "DBClusterParameterGroupStatus": "in-sync",
            "PromotionTier": member.tier,
        }
        for place, member in enumerate(writer_and_readers(request.site, one))
    ]
    return {
        **_common(request, one),
        "DBClusterIdentifier": one.name,
        "DBClusterArn": one.arn,
        "DbClusterResourceId": one.resource_id,
        "Status": one.status,
        "ClusterCreateTime": one.made,
        "DBClusterMembers": members,
        "AvailabilityZones": [request.region + letter for letter in "abc"],
        "AllocatedStorage": 1,
        "DatabaseName": "",
        "EnabledCloudwatchLogsExports": [],
        "DBClusterParameterGroup": f"default.{_family(one)}",
        "DBSubnetGroup": "default",
        "Endpoint": _address(f"{one.name}.cluster-c1axbpgwvdfo", request),
        "ReaderEndpoint": _address(f"{one.name}.cluster-ro-c1axbpgwvdfo", request),
        "Port": _port(one),
        "MultiAZ": len(members) > 1,
        "HostedZoneId": "Z1RLNU0EXAMPLE",
        "EngineMode": "provisioned",
        "EarliestRestorableTime": request.now - timedelta(days=one.backup_days),
        "LatestRestorableTime": request.now - timedelta(minutes=5),
        "ReadReplicaIdentifiers": [],
        "AssociatedRoles": [],
        "CopyTagsToSnapshot": False,
        "CrossAccountClone": False,
        "HttpEndpointEnabled": False,
        "ActivityStreamStatus": "stopped",
        "DomainMemberships": [],
        **({"GlobalClusterIdentifier": one.across} if one.across else {}),
    }


def _common(request: Request, one: Database) -> dict[str, Any]:
    order = {"UpgradeRolloutOrder": "second"}
    lifecycle = {} if one.engine in {"docdb", "neptune"} else {"EngineLifecycleSupport": LIFECYCLE}
    return {
        "Engine": one.engine,
        "EngineVersion": one.version,
        "MasterUsername": "admin",
        "PreferredBackupWindow": BACKUPS,
        "PreferredMaintenanceWindow": str(one.window),
        "BackupRetentionPeriod": one.backup_days,
        "AutoMinorVersionUpgrade": one.auto_minor,
        "PendingModifiedValues": dict(one.pending),
        "StorageEncrypted": True,
        "KmsKeyId": f"arn:aws:kms:{request.region}:{request.account}:key/AKIAIOSFODNN7EXAMPLE",
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-123abc", "Status": "active"}],
        "IAMDatabaseAuthenticationEnabled": False,
        "DeletionProtection": False,
        "TagList": tag_list(one.tags),
        **order,
        **lifecycle,
    }


def _port(one: Database) -> int:
    return PORTS.get(one.engine, 3306)


def _address(name: str, request: Request) -> str:
    return f"{name}.{request.region}.rds.amazonaws.com"


def _family(one: Database) -> str:
    return f"{one.engine}{one.version.split('.')[0]}"


def _subnets(request: Request) -> dict[str, Any]:
    rows = [
        {
            "SubnetIdentifier": f"subnet-0123456{letter}",
            "SubnetAvailabilityZone": {"Name": request.region + letter},
            "SubnetOutpost": {},
            "SubnetStatus": "Active",
        }
        for letter in "abc"
    ]
    return {
        "DBSubnetGroupName": "default",
        "DBSubnetGroupDescription": "default",
        "VpcId": "vpc-6594f31c",
        "SubnetGroupStatus": "Complete",
        "Subnets": rows,
    }
