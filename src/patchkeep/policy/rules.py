"""Keys that say what is patched, by whom, how, when and in which order: environments, baselines, windows, freezes, rings and who agrees."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from patchkeep.domain.policy import Amount
from patchkeep.policy.mistakes import Wrong
from patchkeep.policy.rrule import Offset, Recurring
from patchkeep.policy.section import (
    DURATION,
    ONE,
    Account,
    Approver,
    At,
    AtLeastOne,
    Classification,
    Clock,
    Count,
    Days,
    Delay,
    Duration,
    Installers,
    Kind,
    Length,
    Listed,
    Moment,
    Name,
    Or,
    Os,
    Positive,
    Rule,
    Section,
    Severity,
    Share,
    SomeOf,
    Text,
    Unit,
    Zone,
)


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
    patch_group: Name | None = Field(
        None,
        description="The patch group that its nodes bear already; Patchkeep makes one of its own where it is left out.",
        examples=["prod"],
    )


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

    at: At | None = Field(
        None,
        description="When it opens: `Sat 02:00`, `Mon-Fri 02:00`, `Tue#2 02:00` (second Tuesday), `daily 02:00`, `cron(0 2 ? * SAT *)`.",
        examples=['"Sat 02:00"'],
    )
    rrule: Rule | None = Field(
        None,
        description="When it opens, as a recurrence rule of iCalendar; instead of `at`. Not where AWS installs.",
        examples=['"FREQ=MONTHLY;BYDAY=2TU;BYHOUR=3"'],
    )
    offset: Days | None = Field(
        None,
        description="Days by which every opening is put off: Patch Tuesday and 4 days, say. Not where AWS installs.",
        examples=["4d"],
    )
    timezone: Zone = Field("UTC", description="Time zone of `at` and `rrule`; summer time is followed.", examples=["Europe/Berlin"])
    lasts: Length = Field(description="How long it stays open: 1 to 24 hours.", examples=["4h"])
    stop_starting: Duration = Field(timedelta(0), description="Nothing new begins in this last part of it.", examples=["1h"])

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if (self.at is None) == (self.rrule is None):
            both = "A window has `at` or `rrule`, not both." if self.at else "The window does not say when it opens."
            raise Wrong(both, 'Write `at: "Sat 02:00"`, or `rrule: "FREQ=MONTHLY;BYDAY=2TU;BYHOUR=3"`.')
        return self

    @property
    def opens(self) -> Recurring:
        """When it opens, whichever key says so."""
        schedule: Recurring | None = self.at or self.rrule
        if schedule is None:
            raise ValueError("a window without a time is refused as it is read")
        return Offset(schedule, self.offset) if self.offset else schedule


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
    approvers: Annotated[tuple[Approver, ...], Listed, ONE] = Field(
        (),
        alias="from",
        description="Who counts: `aws-sso:PermissionSet`, or the ARN of a role or user; left out: anyone verified.",
        examples=["[aws-sso:PatchApprovers]"],
    )
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
