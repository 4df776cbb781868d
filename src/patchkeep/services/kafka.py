"""Kafka clusters of Amazon MSK: versions of Kafka alone, because AWS patches the brokers itself and when it likes.

- kafka:ListClustersV2: which there are, provisioned and serverless, with tags and the revision that every change must name
- kafka:GetCompatibleKafkaVersions, for each provisioned cluster: what it may become
- kafka:ListClusterOperationsV2, kafka:DescribeClusterOperationV2: what a change came to, and why it failed

Developer Guide: "Updating the Apache Kafka version", "Patching"; shapes: botocore's model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Found, Update, UpdateState
from patchkeep.domain.call import Call, Dialogue, Target
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import Apply, ManagedRule, Policy
from patchkeep.domain.progress import Batch, Result
from patchkeep.services import _told
from patchkeep.services._grants import Grant, own
from patchkeep.services._lines import chosen
from patchkeep.services._service import Service
from patchkeep.services._steps import (
    BEGINS_WITHIN,
    DONE,
    UPGRADE,
    VERIFY,
    At,
    Doing,
    Step,
    busy_unless,
    failed,
    orders,
    reached,
    running,
    version_open,
)
from patchkeep.services._versions import ENGINE, of_each_line, order

Row = Mapping[str, Any]

CLUSTER = "kafka cluster"
PRODUCT = "amazon-msk"
LISTED = Call.of("kafka", "list_clusters_v2")
CHANGES_VERSION = "UPDATE_CLUSTER_KAFKA_VERSION"  # OperationType
BY_ITSELF = "AWS patches its brokers by itself, one after another, in no window that could be set"
SERVERLESS = "serverless: AWS keeps it patched, there is nothing to put on"


# --- discovery ------------------------------------------------------------------------------------------------------


def discover(target: Target) -> Dialogue[Found]:
    """All clusters of one account and region; refused versions leave those of their cluster unread."""
    rows = (yield LISTED)["ClusterInfoList"]
    if not rows:
        return Found()
    brokered = [row for row in rows if "Provisioned" in row]
    told = (yield tuple(_asked(row["ClusterArn"]) for row in brokered)) if brokered else ()
    versions = dict(zip((row["ClusterArn"] for row in brokered), told, strict=True))
    assets = [_cluster(target, row, versions.get(row["ClusterArn"])) for row in rows]
    return Found(tuple(assets), _told.gaps_about(assets, told))


def _asked(arn: str) -> Call:
    return Call.of("kafka", "get_compatible_kafka_versions", ClusterArn=arn)


def _cluster(target: Target, row: Row, told: Any) -> Asset:
    """`told`: the answer on its versions; None for a serverless one, which has none."""
    brokers = row.get("Provisioned")
    version = (brokers or {}).get("CurrentBrokerSoftwareInfo", {}).get("KafkaVersion", "")
    compatible = _told.rows(told, "CompatibleKafkaVersions") if brokers else ()
    targets = [one for offer in compatible if offer["SourceVersion"] == version for one in offer.get("TargetVersions", ())]
    return Asset(
        id=row["ClusterArn"],
        kind=CLUSTER,
        target=target,
        name=row["ClusterName"],
        os="",
        tags=Frozen(row.get("Tags", {})),
        updates=tuple(_versions(version, targets)),
        facts=Frozen(brokers=(brokers or {}).get("NumberOfBrokerNodes", 0)),
        unread=_told.unread(compatible_versions=told),
        engine="kafka" if brokers else "",
        version=version,
        product=PRODUCT if brokers else "",
        remarks=tuple(_remarks(brokers, row.get("State", ""))),
    )


def _remarks(brokers: Row | None, state: str) -> Iterator[str]:
    if brokers is None:
        yield SERVERLESS
        return
    yield BY_ITSELF
    if state not in {"ACTIVE", ""}:
        yield f"is {state}: AWS is at work on it"
    wish = brokers.get("CustomerActionStatus", "NONE")
    if wish != "NONE":
        yield f"AWS asks its owner to act ({wish.replace('_', ' ').lower()}): see the cluster in the console"


def _versions(version: str, targets: list[str]) -> Iterator[Update]:
    """The newest of the same line and the newest beyond it; brokers restart one after another."""
    newer = [one for one in targets if order(one) > order(version) > ()]
    for line, wanted in of_each_line(newer, lambda one: order(one)[:1] != order(version)[:1]):
        state = UpdateState.OPTIONAL if line == "major" else UpdateState.MISSING
        yield Update(ENGINE, f"Kafka {wanted}", state, classification=line, version=wanted, disruption=Disruption.FAILOVER)


# --- what is done ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster as it is now. `attempt`: state and error of the version change that began with the batch."""

    status: str
    version: str
    revision: str  # its own, not Kafka's: a change that names another one is refused
    configuration: Frozen  # its own one, which a new version keeps; {} for MSK's default
    attempt: tuple[str, str] | None = None


def see(batch: Batch) -> Dialogue[Mapping[str, Cluster | None]]:
    """Found by its name among all, because an ARN that is gone would be refused."""
    (one,) = orders(batch)
    arn = one.asks["arn"]
    rows = (yield Call.of("kafka", "list_clusters_v2", ClusterNameFilter=one.asks["name"]))["ClusterInfoList"]
    row = next((row for row in rows if row["ClusterArn"] == arn), None)
    if row is None or "Provisioned" not in row:
        return {one.resource: None}
    operations = (yield Call.of("kafka", "list_cluster_operations_v2", ClusterArn=arn))["ClusterOperationInfoList"]
    last = _last(operations, batch)
    why = ""
    if last and _has_failed(last["OperationState"]):
        told = yield Call.of("kafka", "describe_cluster_operation_v2", ClusterOperationArn=last["OperationArn"])
        why = told["ClusterOperationInfo"].get("ErrorInfo", {}).get("ErrorString", "")
    return {one.resource: _state(row, (last["OperationState"], why) if last else None)}


def _last(operations: tuple[Row, ...], batch: Batch) -> Row | None:
    """The change of version that began with the batch."""
    since = batch.intended_at.replace(microsecond=0)
    ours = [one for one in operations if one.get("OperationType") == CHANGES_VERSION and one["StartTime"] >= since]
    return max(ours, key=lambda one: one["StartTime"], default=None)


def _state(row: Row, attempt: tuple[str, str] | None) -> Cluster:
    software = row["Provisioned"].get("CurrentBrokerSoftwareInfo", {})
    arn = software.get("ConfigurationArn")
    configuration = Frozen(Arn=arn, Revision=software.get("ConfigurationRevision", 1)) if arn else NOTHING
    return Cluster(row.get("State", ""), software.get("KafkaVersion", ""), row.get("CurrentVersion", ""), configuration, attempt)


def _has_failed(state: str) -> bool:
    return state.endswith("FAILED")


def _update(ready: tuple[At[Cluster], ...]) -> Call:
    at: At[Cluster] = ready[0]
    asked: dict[str, object] = {"ClusterArn": at.order.asks["arn"], "TargetKafkaVersion": at.order.asks["version"]}
    if at.now.configuration:
        asked["ConfigurationInfo"] = at.now.configuration
    return Call.of("kafka", "update_cluster_kafka_version", asked, CurrentVersion=at.now.revision)


def _updated(at: At[Cluster]) -> Result:
    if at.now.attempt and _has_failed(at.now.attempt[0]):
        return failed(f"is still on {at.now.version}: {at.now.attempt[1] or 'AWS gives no reason'}")
    if at.now.status == "ACTIVE" and reached(at):
        return DONE
    if at.now.status == "ACTIVE" and at.now.attempt is None and at.taken_for > BEGINS_WITHIN:
        return failed(f"AWS took the order for {at.order.asks['version']}, but did not begin it")
    return running(f"is {at.now.status}, on {at.now.version}")


UPDATE: Step[Cluster] = Step(
    ends=_updated,
    call=_update,
    done=reached,
    busy=busy_unless("ACTIVE"),
    begun=lambda at: at.now.attempt is not None or bool(reached(at)),
    lasts=True,
)
DOING = Doing(see, {UPGRADE: UPDATE, VERIFY: Step(ends=version_open)})


def course(asset: Asset, rule: ManagedRule, _there: Mapping[str, Asset]) -> Course | str:
    """Kafka's version, one broker after another; there is no way back and no window of AWS's to leave it to."""
    updates = chosen(asset, rule)
    if isinstance(updates, str):
        return updates
    if rule.apply is Apply.AWS_WINDOW:
        return "AWS has no window for versions of Kafka: they go on at once (`apply: in-ring`)"
    (update,) = updates
    asks = Frozen(arn=asset.id, name=asset.name, version=update.version, key=update.key, brokers=asset.facts["brokers"])
    return Course(updates, (UPGRADE, VERIFY), asks, disruption=Disruption.FAILOVER, pins=f"KafkaVersion {update.version}")


def measured(_resource: str, asks: Frozen) -> tuple[str, tuple[dict[str, str], ...]]:
    """Developer Guide, "Metrics for monitoring Standard brokers": of the cluster, and broker by broker."""
    name = str(asks.get("name", ""))
    brokers = ({"Cluster Name": name, "Broker ID": str(number)} for number in range(1, asks.get("brokers", 0) + 1))
    return "AWS/Kafka", ({"Cluster Name": name}, *brokers)


def undo(_: Change) -> str:
    """Developer Guide: "You can't downgrade a cluster to an older version of Apache Kafka"."""
    return "a version of Kafka cannot be taken back"


def grants(_policy: Policy) -> tuple[Grant, ...]:
    """Clusters of the account."""
    return (Grant("ChangeKafka", "kafka", ("update_cluster_kafka_version",), own("kafka", "cluster/*")),)


SERVICE = DOING.carries(
    Service(
        name="kafka",
        kinds=(CLUSTER,),
        sources=Frozen(state="kafka:ListClustersV2", versions="kafka:GetCompatibleKafkaVersions"),
        discover=discover,
        course=course,
        measured=measured,
        undo=undo,
    )
)
