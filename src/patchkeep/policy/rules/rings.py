"""Keys that say in which order, how many at once, who must agree and how soon: rings, what is kept apart, approvals, deadlines."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar, Self

from pydantic import Field, StrictBool, model_validator

from patchkeep.domain.policy import Amount
from patchkeep.policy.mistakes import Wrong
from patchkeep.policy.rules.environments import MatchKeys
from patchkeep.policy.section import ONE, Approver, AtLeastOne, Clock, Count, Duration, Listed, Name, Positive, Section, Share, SomeOf, Text


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
