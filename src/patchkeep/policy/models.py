"""The shape of a whole policy file. Editors' schema, the reference and the reading of a file are made from these models."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from patchkeep.policy import values
from patchkeep.policy.guards import BlastKeys, HeartbeatKeys, StopKeys
from patchkeep.policy.mistakes import Wrong
from patchkeep.policy.recurrence import schedule
from patchkeep.policy.rules import (
    ApartKeys,
    ApprovalKeys,
    BaselineKeys,
    EnvironmentKeys,
    FreezeKeys,
    GateKeys,
    ManagedKeys,
    OrderKeys,
    RingKeys,
    SlaKeys,
    WindowsKeys,
)
from patchkeep.policy.section import (
    ONE,
    Account,
    Fallback,
    Installers,
    Kept,
    Listed,
    Name,
    Or,
    Positive,
    Region,
    Role,
    ScanAt,
    Section,
    SlaName,
    Text,
)


class Roles(Section):
    """Names of the roles in every account, the same everywhere."""

    read: Role = Field("PatchkeepRead", description="Role that looks.")
    write: Role = Field("PatchkeepWrite", description="Role that changes; assumed by `apply` and `rollout` alone.")


class Exclude(Section):
    account: Account = Field(description="Account id, in quotes.", examples=['"111122223333"'])
    why: Text = Field(description="Why it is not looked at; shown in every coverage report.", examples=["sandbox"])


def _regions(value: Any) -> Any:
    if value == "all-enabled":
        return []
    if isinstance(value, str):
        raise Wrong(f"{value!r} is no list of regions.", f"Write `all-enabled`, or a list: `[{value}]`.")
    return values.listed(value)


class OrganizationKeys(Section):
    """How to get into the accounts, and where to look."""

    roles: Roles = Field(Roles.model_construct(), description="Member roles.")
    external_id: Annotated[str, BeforeValidator(values.reference)] = Field(
        "",
        description="Where the member roles' external id is kept, never the id itself: `env:NAME`, `ssm:/path` or `secretsmanager:name`.",
        examples=["env:PATCHKEEP_EXTERNAL_ID"],
    )
    regions: Annotated[tuple[Region, ...], BeforeValidator(_regions), Or(const="all-enabled")] = Field(
        (), description="`all-enabled`, or a list of regions. Other regions are not looked at, and reported so.", examples=["all-enabled"]
    )
    exclude: tuple[Exclude, ...] = Field((), description="Accounts that are not looked at, each with its reason.")
    api_share: Annotated[float, BeforeValidator(values.positive_share)] = Field(
        0.25, description="How much of each documented API rate Patchkeep takes, per account, region and operation.", examples=["25%"]
    )


class FreshnessKeys(Section):
    """How old an answer may be and still count; older is UNKNOWN."""

    scan: Positive = Field(timedelta(hours=36), description="Patch scans.", examples=["36h"])
    inventory: Positive = Field(timedelta(hours=48), description="Package inventories.", examples=["48h"])
    scan_schedule: ScanAt = Field(
        schedule("cron(0 5 * * ? *)"),
        description="When our associations scan, in UTC: `daily 05:00`, or `cron(...)` as AWS takes it for associations.",
        examples=["cron(0 5 * * ? *)"],
    )


class RetentionKeys(Section):
    """How long the database keeps what nothing refers to any more. The ledger and rollouts are kept for ever."""

    snapshots: Kept | None = Field(None, description="Looks and their verdicts; without it, for ever.", examples=["400d"])
    exposures: Kept | None = Field(None, description="Exposure windows that are over; without it, for ever.", examples=["800d"])
    plans: Kept | None = Field(None, description="Plans from which no rollout began; without it, for ever.", examples=["90d"])


class OwnerKeys(Section):
    """Whom an asset belongs to."""

    tag: Text = Field("Owner", description="Name of the tag that says so.", examples=["Owner"])
    fallback: Fallback = Field(
        "account-contact",
        description="Who it is where the tag says nothing: the account's operations or security contact, else its e-mail; or nobody.",
        examples=["account-contact"],
    )


class TemplateKeys(Section):
    """Tools that make resources from templates, and set back what somebody else changes. CloudFormation and common tools are known."""

    tags: Annotated[tuple[Text, ...], Listed, ONE] = Field(
        (), description="Tags with which your own templates mark what they own, whatever their value.", examples=["tf-module"]
    )


class DeferKeys(Section):
    """How long a change may be postponed (`patchkeep defer`)."""

    at_most: Positive = Field(timedelta(days=90), description="From the deferral to its date.", examples=["90d"])


class PolicyFile(Section):
    """A Patchkeep policy."""

    LATER: ClassVar[dict[str, str]] = {
        "emergency": "emergency changes",
        "images": "container images",
        "functions": "Lambda functions",
        "notify": "notifications",
        "frameworks": "compliance frameworks",
        "clusters": "Kubernetes clusters",
    }
    name: Name = Field(
        "default",
        description="Name of the policy; part of the ownership tag on everything made from it, so choose it once.",
        examples=["snowy"],
    )
    organization: OrganizationKeys = Field(OrganizationKeys.model_construct(), description="Accounts, regions and roles.")
    freshness: FreshnessKeys = Field(FreshnessKeys.model_construct(), description="How old facts may be.")
    retention: RetentionKeys = Field(
        RetentionKeys.model_construct(), description="How long the database keeps what `patchkeep db prune` may remove."
    )
    environments: dict[Name, EnvironmentKeys] = Field({}, description="Environments by name; at least one.")
    installer: dict[Name, Installers] = Field(
        {},
        description="Who installs, by environment, and `default`; the same as `installer` inside an environment.",
        examples=["{default: patchkeep}"],
    )
    baselines: dict[Name, BaselineKeys] = Field({}, description="Patch baselines by name.")
    windows: WindowsKeys = Field(WindowsKeys.model_construct(), description="Maintenance windows by name.")
    freezes: tuple[FreezeKeys, ...] = Field((), description="When nothing changes.")
    rings: tuple[RingKeys, ...] = Field((), description="Rings in the order they are patched in.")
    apart: tuple[ApartKeys, ...] = Field((), description="What is not changed together.")
    managed: dict[Name, ManagedKeys] = Field({}, description="What is done about managed resources: databases, caches, domains.")
    gates: dict[Name, GateKeys] = Field({}, description="Metrics that a change waits for.")
    order: tuple[OrderKeys, ...] = Field((), description="Who goes first.")
    blast: BlastKeys = Field(BlastKeys.model_construct(), description="Caps on what one rollout touches.")
    approval: dict[Name, ApprovalKeys] = Field({}, description="Approvals by environment, and for `irreversible` steps.")
    sla: dict[SlaName, SlaKeys] = Field({}, description="Deadlines by severity.")
    defer: DeferKeys = Field(DeferKeys.model_construct(), description="Postponed changes.")
    templates: TemplateKeys = Field(TemplateKeys.model_construct(), description="Templates that own resources.")
    owner: OwnerKeys = Field(OwnerKeys.model_construct(), description="Owners.")
    stop: StopKeys = Field(StopKeys.model_construct(), description="The stop that every write looks at first.")
    heartbeat: HeartbeatKeys | None = Field(None, description="A sign of life whose absence is an alarm; left out: none is published.")
