"""The shape of a policy file: every key, its type and its description. Editors' schema and the reference are made from these models."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    InstanceOf,
    StrictBool,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from patchkeep.domain.policy import Amount
from patchkeep.policy import values
from patchkeep.policy.mistakes import Wrong
from patchkeep.policy.platforms import CLASSIFICATIONS, OPERATING_SYSTEMS, SEVERITIES, classification, operating_system, severity
from patchkeep.policy.recurrence import Schedule, schedule


class Or:
    """In the JSON Schema: this short form is allowed as well."""

    def __init__(self, **short: Any) -> None:
        self.short = short

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [self.short, handler(core)]}


DURATION = {"type": "string", "pattern": "^(now|([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?)$"}
SHARE = {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? ?%$"}
AMOUNT = {
    "anyOf": [
        {"type": "integer", "minimum": 0},
        SHARE,
        {
            "type": "object",
            "properties": {"share": SHARE, "count": {"type": "integer", "minimum": 1}, "at_least": {"type": "integer", "minimum": 1}},
            "additionalProperties": False,
        },
    ]
}
ONE = Or(type="string")

Text = Annotated[str, BeforeValidator(values.text)]
Name = Annotated[str, BeforeValidator(values.name)]
Account = Annotated[str, BeforeValidator(values.account), WithJsonSchema({"type": "string", "pattern": "^[0-9]{12}$"})]
Unit = Annotated[str, BeforeValidator(values.organizational_unit)]
Duration = Annotated[timedelta, BeforeValidator(values.duration), WithJsonSchema(DURATION)]
Positive = Annotated[timedelta, BeforeValidator(values.positive_duration), WithJsonSchema(DURATION)]
Delay = Annotated[timedelta, BeforeValidator(values.approval_delay), WithJsonSchema(DURATION)]
Length = Annotated[timedelta, BeforeValidator(values.window_length), WithJsonSchema(DURATION)]
Count = Annotated[int, BeforeValidator(values.count), WithJsonSchema({"type": "integer", "minimum": 1})]
Share = Annotated[float, BeforeValidator(values.positive_share), WithJsonSchema(SHARE)]
SomeOf = Annotated[InstanceOf[Amount], BeforeValidator(values.amount), WithJsonSchema(AMOUNT)]
AtLeastOne = Annotated[InstanceOf[Amount], BeforeValidator(values.positive_amount), WithJsonSchema(AMOUNT)]
Zone = Annotated[str, BeforeValidator(values.time_zone)]
Moment = Annotated[InstanceOf[date], BeforeValidator(values.moment), WithJsonSchema({"type": "string"})]
At = Annotated[InstanceOf[Schedule], BeforeValidator(schedule), WithJsonSchema({"type": "string"})]
Os = Annotated[str, BeforeValidator(operating_system), WithJsonSchema({"enum": list(OPERATING_SYSTEMS)})]
Severity = Annotated[str, BeforeValidator(severity), WithJsonSchema({"enum": list(SEVERITIES)})]
Classification = Annotated[str, BeforeValidator(classification), WithJsonSchema({"enum": list(CLASSIFICATIONS)})]
Role = Annotated[str, BeforeValidator(values.role)]
Region = Annotated[str, BeforeValidator(values.region)]
Installers = Annotated[str, BeforeValidator(values.one_of("patchkeep", "aws")), WithJsonSchema({"enum": ["patchkeep", "aws"]})]
Kind = Annotated[str, BeforeValidator(values.one_of("node")), WithJsonSchema({"enum": ["node"]})]
CLOCKS = ("release", "disclosed", "first_seen", "kev")
Clock = Annotated[str, BeforeValidator(values.one_of(*CLOCKS)), WithJsonSchema({"enum": list(CLOCKS)})]
SLAS_OF_VENDORS = {"important": "high", "moderate": "medium"}


def _sla(value: Any) -> str:
    if meant := SLAS_OF_VENDORS.get(str(value).lower()):
        raise Wrong(f"Deadlines are not written for {value}.", f"Write `{meant}`; it holds for what vendors call {value}.")
    return values.one_of(*SLAS)(value)


SLAS = ("known_exploited", "critical", "high", "medium", "low")
SlaName = Annotated[str, BeforeValidator(_sla), WithJsonSchema({"enum": list(SLAS)})]
Listed = BeforeValidator(values.listed)


class Section(BaseModel):
    """One map of the file. `LATER`: keys of parts that are not here yet, and what they come with."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    LATER: ClassVar[dict[str, str]] = {}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = handler(core)
        resolved = handler.resolve_ref_schema(found)
        later = {key: {"not": {}, "description": f"Arrives with {feature}."} for key, feature in cls.LATER.items()}
        resolved["properties"] = {**resolved.get("properties", {}), **later}
        return found


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
        description="Where the external id of the member roles is kept: `env:NAME`, `ssm:/path` or `secretsmanager:name`. Never the id itself.",
        examples=["env:PATCHKEEP_EXTERNAL_ID"],
    )
    regions: Annotated[tuple[Region, ...], BeforeValidator(_regions), Or(const="all-enabled")] = Field(
        (), description="`all-enabled`, or a list of regions. Other regions are not looked at, and reported so.", examples=["all-enabled"]
    )
    exclude: tuple[Exclude, ...] = Field((), description="Accounts that are not looked at, each with its reason.")


class FreshnessKeys(Section):
    """How old an answer may be and still count; older is UNKNOWN."""

    scan: Positive = Field(timedelta(hours=36), description="Patch scans.", examples=["36h"])
    inventory: Positive = Field(timedelta(hours=48), description="Package inventories.", examples=["48h"])


class MatchKeys(Section):
    """Which assets. Every key given must hold; within one key any of its values does."""

    ou: Annotated[tuple[Unit, ...], Listed, ONE] = Field(
        (), description="Path of organizational units; holds for all below it.", examples=["Workloads/Prod"]
    )
    account: Annotated[tuple[Account, ...], Listed, ONE] = Field((), description="Account ids, in quotes.", examples=['"111122223333"'])
    tags: dict[str, Annotated[tuple[Text, ...], Listed, ONE]] = Field(
        {}, description="Tags and the values that count.", examples=["{Environment: [prod, production]}"]
    )
    kind: Annotated[tuple[Kind, ...], Listed, ONE] = Field((), description="Kinds of assets.", examples=["node"])

    @property
    def says_nothing(self) -> bool:
        return not (self.ou or self.account or self.tags or self.kind)


def _match(value: Any) -> Any:
    if value == "all":
        return {}
    if value in ({}, None):
        raise Wrong(
            "This matches nothing in particular.", "Name an `ou`, `account`, `tags` or `kind`; or write `match: all` for every asset."
        )
    if isinstance(value, str):
        raise Wrong(f"{value!r} is no match.", "Write it as in `match: {ou: Workloads/Prod}`, or `match: all`.")
    return value


class EnvironmentKeys(Section):
    """A part of the estate that is patched by the same rules. An asset belongs to one environment; two are an error at run time."""

    match: Annotated[MatchKeys, BeforeValidator(_match), Or(const="all")] = Field(
        description="Which assets belong to it.", examples=["{ou: Workloads/Prod}"]
    )
    installer: Installers | None = Field(
        None, description="Who installs: `patchkeep` in rings, or `aws` by a standing task without gates and freezes."
    )
    window: Name | None = Field(None, description="With installer `aws`: the window in which AWS installs.", examples=["prod-saturday"])


class ApproveKeys(Section):
    """When patches of one classification are approved. `security: 3d` is short for `security: {after: 3d}`."""

    severity: Annotated[tuple[Severity, ...], Listed, ONE] = Field(
        (), description="Severities; all where it is left out.", examples=["[Critical, Important]"]
    )
    after: Delay = Field(timedelta(0), description="Delay after release in whole days, 0 to 360; `now` for none.", examples=["3d"])


class RejectKeys(Section):
    """A patch that is not installed. `docker-ce` is short for `{name: docker-ce}`."""

    name: Text = Field(description="Package or KB number as Patch Manager wants it.", examples=["docker-ce"])
    as_dependency: StrictBool = Field(False, description="Let it in when another package needs it.")


def _delay_alone(value: Any) -> Any:
    return value if isinstance(value, dict) else {"after": value}


def _name_alone(value: Any) -> Any:
    return value if isinstance(value, dict) else {"name": value}


class BaselineKeys(Section):
    """What a patch baseline approves, for some operating systems."""

    LATER: ClassVar[dict[str, str]] = {"sources": "custom repositories", "hooks": "hooks"}
    os: Annotated[tuple[Os, ...], Listed, ONE] = Field(
        description="Operating systems, one AWS baseline each.", examples=["[amazon-linux-2, amazon-linux-2023]"]
    )
    approve: dict[Classification, Annotated[ApproveKeys, BeforeValidator(_delay_alone), Or(**DURATION)]] = Field(
        {}, description="Classifications and when they are approved; at most 10.", examples=["{security: 3d}"]
    )
    reject: tuple[Annotated[RejectKeys, BeforeValidator(_name_alone), ONE], ...] = Field(
        (), description="Patches never installed; at most 50.", examples=["[docker-ce]"]
    )
    approved: Annotated[tuple[Text, ...], Listed, ONE] = Field(
        (), description="Patches approved by id whatever the rules say; at most 50.", examples=["[KB5044277]"]
    )
    environments: Annotated[tuple[Name, ...], Listed, ONE] = Field(
        (), description="Environments it is for; all where it is left out.", examples=["[prod]"]
    )


class WindowKeys(Section):
    """A recurring time in which changes may run."""

    at: At = Field(
        description="When it opens: `Sat 02:00`, `Mon-Fri 02:00`, `Tue#2 02:00` (second Tuesday), `daily 02:00`, or AWS's `cron(0 2 ? * SAT *)`.",
        examples=['"Sat 02:00"'],
    )
    timezone: Zone = Field("UTC", description="Time zone of `at`; summer time is followed.", examples=["Europe/Berlin"])
    lasts: Length = Field(description="How long it stays open: 1 to 24 hours.", examples=["4h"])
    stop_starting: Duration = Field(timedelta(0), description="Nothing new begins in this last part of it.", examples=["1h"])


class WindowsKeys(Section):
    """Windows by name."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, WindowKeys] = Field(init=False)
    by_tag: Text | None = Field(None, description="Name of a tag whose value on an asset names its window.", examples=["PatchWindow"])


class FreezeKeys(Section):
    """A time in which nothing changes: dates written here, or every event of an iCalendar file."""

    LATER: ClassVar[dict[str, str]] = {"except": "emergency changes"}
    name: Text | None = Field(None, description="What it is called in reports.", examples=["year-end"])
    start: Moment | None = Field(None, alias="from", description="First day, or moment.", examples=["2026-12-18"])
    end: Moment | None = Field(
        None, alias="to", description="Last day, which is frozen too; or the moment it ends.", examples=["2027-01-04"]
    )
    timezone: Zone = Field("UTC", description="Of dates and moments without a zone.", examples=["Europe/Berlin"])
    calendar: Text | None = Field(None, description="An iCalendar file, beside the policy file.", examples=["freezes.ics"])

    @model_validator(mode="after")
    def _dates_or_calendar(self) -> Self:
        if self.calendar and (self.start or self.end):
            raise Wrong("A freeze has dates or a calendar, not both.", "Make two freezes of it.")
        if not self.calendar and not (self.name and self.start and self.end):
            raise Wrong(
                "A freeze needs `name`, `from` and `to`, or `calendar`.",
                "Write it as in `{name: year-end, from: 2026-12-18, to: 2027-01-04}`.",
            )
        return self


class SelectKeys(MatchKeys):
    """Which assets a ring draws from; all where nothing is named."""

    env: Annotated[tuple[Name, ...], Listed, ONE] = Field((), description="Environments.", examples=["dev"])


class RingKeys(Section):
    """One slice of the fleet; rings are patched in the order they stand in. An asset is in the first ring that takes it."""

    LATER: ClassVar[dict[str, str]] = {
        "gates": "gates on alarms and health",
        "wake": "waking stopped instances",
        "snapshot": "snapshots before patching",
    }
    name: Name = Field(description="What it is called.", examples=["canary"])
    select: SelectKeys = Field(SelectKeys.model_construct(), description="Which assets it draws from.", examples=["{env: dev}"])
    share: Share | None = Field(
        None, description="Takes this share of what it draws from, at least one; always the same assets.", examples=["5%"]
    )
    count: Count | None = Field(None, description="Takes so many, always the same.", examples=["5"])
    rest: StrictBool | None = Field(None, description="Takes all that earlier rings left; the same as naming neither `share` nor `count`.")
    at_once: AtLeastOne = Field(Amount(share=1.0), description="How many change at the same time; at least one.", examples=["10%"])
    may_fail: SomeOf = Field(Amount(count=0), description="How many may fail before the rollout halts; rounded down.", examples=["2%"])
    bake: Duration = Field(timedelta(0), description="Time to wait after it before the next ring begins.", examples=["1d"])
    window: Name | None = Field(
        None,
        description="Window in which it may change; without one, and without a tag that names one: any time.",
        examples=["prod-saturday"],
    )

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        given = [key for key, value in (("share", self.share), ("count", self.count), ("rest", self.rest)) if value is not None]
        if len(given) > 1:
            raise Wrong(f"A ring takes either {' or '.join(f'`{key}`' for key in given)}.", "Keep one of them.")
        if self.rest is False:
            raise Wrong("`rest: false` says nothing about how many.", "Write `share` or `count`, or remove it.")
        return self


class ApartKeys(Section):
    """Assets that are not changed together."""

    same_tag: Text | None = Field(None, description="Those that share this tag's value.", examples=["Cluster"])
    tags: dict[str, Annotated[tuple[Text, ...], Listed, ONE]] = Field(
        {}, description="Those that bear these tags.", examples=["{Role: domain-controller}"]
    )
    at_once: Count = Field(1, description="How many of them at a time.", examples=["1"])

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if bool(self.same_tag) == bool(self.tags):
            raise Wrong("Keeping apart needs either `same_tag` or `tags`.", "Write it as in `{same_tag: Cluster, at_once: 1}`.")
        return self


class ApprovalKeys(Section):
    """Who must agree before a ring of this environment begins."""

    people: Count = Field(1, description="How many different people.", examples=["1"])
    approvers: Annotated[tuple[Text, ...], Listed, ONE] = Field(
        (), alias="from", description="Who counts: `aws-sso:PermissionSet`, or the ARN of a role or user; anyone verified where it is left out.",
        examples=["[aws-sso:PatchApprovers]"],
    )  # fmt: skip
    not_author: StrictBool = Field(False, description="Whoever made the plan does not count.")


class SlaKeys(Section):
    """Time allowed until an update is installed."""

    within: Positive = Field(description="Time allowed.", examples=["14d"])
    start: Clock = Field(
        "first_seen",
        alias="from",
        description="When the clock starts. Today only `first_seen` can be measured; others show UNKNOWN until their feed exists.",
        examples=["first_seen"],
    )


class OwnerKeys(Section):
    """Whom an asset belongs to."""

    LATER: ClassVar[dict[str, str]] = {"fallback": "notifications"}
    tag: Text = Field("Owner", description="Name of the tag that says so.", examples=["Owner"])


class PolicyFile(Section):
    """A Patchkeep policy."""

    LATER: ClassVar[dict[str, str]] = {
        "gates": "gates on alarms and health",
        "emergency": "emergency changes",
        "images": "container images",
        "functions": "Lambda functions",
        "notify": "notifications",
        "frameworks": "compliance frameworks",
        "databases": "databases",
        "clusters": "Kubernetes clusters",
    }
    name: Name = Field(
        "default",
        description="Name of the policy; part of the ownership tag on everything made from it, so choose it once.",
        examples=["snowy"],
    )
    organization: OrganizationKeys = Field(OrganizationKeys.model_construct(), description="Accounts, regions and roles.")
    freshness: FreshnessKeys = Field(FreshnessKeys.model_construct(), description="How old facts may be.")
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
    approval: dict[Name, ApprovalKeys] = Field({}, description="Approvals by environment, and for `irreversible` steps.")
    sla: dict[SlaName, SlaKeys] = Field({}, description="Deadlines by severity.")
    owner: OwnerKeys = Field(OwnerKeys.model_construct(), description="Owners.")
