"""Clusters as ListClustersV2 shows them, and where they come from: kind `kafka-cluster` of an organization file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.managed.engines import Engine, engines
from patchkeep.sandbox.managed.resource import Resource, found, keep, kept
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.managed.work import FAILS, SLOW
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation, page

BEHIND = "under-replicated"
TRAITS = frozenset({SLOW, FAILS, BEHIND})
SETTINGS = frozenset({"brokers", "serverless", "configuration", "action"})
AGE = timedelta(days=400)
ACTIONS = ("NONE", "ACTION_RECOMMENDED", "CRITICAL_ACTION_REQUIRED")


@dataclass(slots=True)
class Operation:
    """A change of a cluster, as its operations are listed."""

    arn: str
    type: str
    at: datetime
    source: str
    target: str
    state: str = "UPDATE_IN_PROGRESS"
    ended: datetime | None = None
    why: str = ""


@dataclass(slots=True, kw_only=True)
class Cluster(Resource):
    """`version`: of Kafka, "" for a serverless one. Its revision, which AWS calls its current version, changes with every change."""

    READY: ClassVar[str] = "ACTIVE"
    version: str
    brokers: int = 3
    configuration: str = ""  # ARN of its own one
    action: str = "NONE"
    changes: int = 0
    operations: list[Operation] = field(default_factory=list)  # oldest first

    @property
    def revision(self) -> str:
        return f"K{settled(self.arn, self.changes)[:13].upper()}"

    @property
    def engine(self) -> Engine:
        return engines("kafka")["kraft" if self.version.endswith("kraft") else "zookeeper"]

    def targets(self, now: datetime) -> list[str]:
        source = self.engine.version(self.version, now)
        return [version.number for version in self.engine.targets(source, now)] if source else []


def cluster(request: Request, arn: str) -> Cluster:
    one = found(request.site, arn)
    if not isinstance(one, Cluster):
        raise AwsError("NotFoundException", f"The cluster {arn} does not exist.", 404)
    return one


def arns(_: str, request: Request) -> Iterator[str]:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedstreamingforapachekafka.html."""
    if arn := request.params.get("ClusterArn"):
        yield arn


def measure(request: Request, metric: str, dimensions: Mapping[str, str], _: datetime) -> float | None:
    """OfflinePartitionsCount of a cluster, UnderReplicatedPartitions of each of its brokers; None: no data."""
    one = kept(request.site, Cluster).get(dimensions.get("Cluster Name", ""))
    if one is None or not one.version:
        return None
    behind = 12.0 if BEHIND in one.traits else 0.0
    match metric, dimensions.get("Broker ID"):
        case "OfflinePartitionsCount", None:
            return 0.0
        case "UnderReplicatedPartitions", str(number) if int(number) <= one.brokers:
            return behind if number == "1" else 0.0
        case _:
            return None


@operation("kafka", "ListClustersV2")
def list_clusters_v2(request: Request) -> Answer:
    """Those whose name begins so, of such a type."""
    name, kind = request.params.get("ClusterNameFilter", ""), request.params.get("ClusterTypeFilter")
    rows = [_shown(one) for one in kept(request.site, Cluster).values() if one.name.startswith(name)]
    rows = [row for row in rows if kind in {None, row["ClusterType"]}]
    cut, more = page(rows, request.params, most=100)
    return {"ClusterInfoList": cut, **more}


@operation("kafka", "DescribeClusterV2")
def describe_cluster_v2(request: Request) -> Answer:
    return {"ClusterInfo": _shown(cluster(request, request.params["ClusterArn"]))}


def _shown(one: Cluster) -> dict[str, Any]:
    going_on = [operation.arn for operation in one.operations if operation.ended is None]
    common = {
        **({"ActiveOperationArn": going_on[-1]} if going_on else {}),
        "ClusterType": "PROVISIONED" if one.version else "SERVERLESS",
        "ClusterArn": one.arn,
        "ClusterName": one.name,
        "CreationTime": one.made,
        "CurrentVersion": one.revision,
        "State": one.status,
        "Tags": dict(one.tags),
    }
    if not one.version:
        return {**common, "Serverless": {"VpcConfigs": [{"SubnetIds": ["subnet-0123456a"], "SecurityGroupIds": ["sg-123abc"]}]}}
    return {**common, "Provisioned": _brokers(one)}


def _brokers(one: Cluster) -> dict[str, Any]:
    own = {"ConfigurationArn": one.configuration, "ConfigurationRevision": 1} if one.configuration else {}
    return {
        "BrokerNodeGroupInfo": {
            "BrokerAZDistribution": "DEFAULT",
            "ClientSubnets": ["subnet-0123456a", "subnet-0123456b", "subnet-0123456c"],
            "InstanceType": "kafka.m7g.large",
            "SecurityGroups": ["sg-123abc"],
            "StorageInfo": {"EbsStorageInfo": {"VolumeSize": 100}},
        },
        "CurrentBrokerSoftwareInfo": {"KafkaVersion": one.version, **own},
        "EncryptionInfo": {
            "EncryptionAtRest": {"DataVolumeKMSKeyId": f"{one.arn.partition(':cluster')[0].replace(':kafka:', ':kms:')}:key/a7ca56d5"},
            "EncryptionInTransit": {"ClientBroker": "TLS", "InCluster": True},
        },
        "EnhancedMonitoring": "DEFAULT",
        "OpenMonitoring": {"Prometheus": {"JmxExporter": {"EnabledInBroker": False}, "NodeExporter": {"EnabledInBroker": False}}},
        "NumberOfBrokerNodes": one.brokers,
        "StorageMode": "LOCAL",
        "CustomerActionStatus": one.action,
    }


def plant(planting: Planting) -> None:
    """`serverless: true` has no version; `action`: what AWS asks its owner for; `configuration`: whether it has its own."""
    wish, world, site = planting.declared, planting.world, planting.site
    serverless = bool(wish.settings.get("serverless"))
    offered = [version.number for engine in engines("kafka").values() for version in engine.known(world.clock.now())]
    if serverless and wish.version:
        raise ValueError("a serverless cluster has no version: leave it out")
    if not serverless and wish.version not in offered:
        raise ValueError(f"MSK has no Kafka {wish.version!r}; write one of {', '.join(offered)}")
    action = wish.settings.get("action", "NONE")
    if action not in ACTIONS:
        raise ValueError(f"AWS asks for no action {action!r}; write one of {', '.join(ACTIONS)}")
    place = f"arn:aws:kafka:{site.region}:{site.account}"
    digits = settled(place, wish.name)
    uuid = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}-2"
    one = Cluster(
        name=wish.name,
        arn=f"{place}:cluster/{wish.name}/{uuid}",
        made=world.clock.now() - AGE,
        tags=dict(wish.tags),
        traits=wish.traits,
        version=wish.version,
        brokers=wish.settings.get("brokers", 3),
        configuration=f"{place}:configuration/{wish.name}/{uuid}" if wish.settings.get("configuration") else "",
        action=action,
    )
    keep(site, one)
