"""Keys that say what is done about managed resources: which of their updates go on and when, AWS's own automation, and who goes first."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, StrictBool, WithJsonSchema, model_validator

from patchkeep.domain.policy import BASE_IMAGE_AGE, Order
from patchkeep.policy import values
from patchkeep.policy.mistakes import Wrong
from patchkeep.policy.rules.environments import MatchKeys
from patchkeep.policy.section import ONE, Duration, Listed, Name, Positive, Section, Text

LINES = ("maintenance", "minor", "major")
WHEN = ("in-ring", "aws-window")
TRACKS = ("current", "trailing")
LEVELS = ("patch", "minor", "off")
Line = Annotated[str, BeforeValidator(values.one_of(*LINES)), WithJsonSchema({"enum": list(LINES)})]
Limit = Annotated[float, BeforeValidator(values.number), WithJsonSchema({"type": "number"})]
WIDEST = 100  # between min_healthy and max_healthy (API Reference, InstanceMaintenancePolicy)
MOST_ALARMS = 10  # AlarmSpecification
Healthy = Annotated[int, BeforeValidator(values.within(0, 100)), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 100})]
Surplus = Annotated[int, BeforeValidator(values.within(100, 200)), WithJsonSchema({"type": "integer", "minimum": 100, "maximum": 200})]
ImageOwner = Annotated[str, BeforeValidator(values.image_owner), WithJsonSchema({"type": "string", "pattern": "^(amazon|self|[0-9]{12})$"})]
When = Annotated[str, BeforeValidator(values.one_of(*WHEN)), WithJsonSchema({"enum": list(WHEN)})]
Track = Annotated[str, BeforeValidator(values.one_of(*TRACKS)), WithJsonSchema({"enum": list(TRACKS)})]
Level = Annotated[str, BeforeValidator(values.one_of(*LEVELS)), WithJsonSchema({"enum": list(LEVELS)})]


class AutomationKeys(Section):
    """AWS's own automation of a resource. What is left out stays as it is; what a service doesn't have is passed over."""

    window: Name | None = Field(
        None,
        description="Weekly window in which AWS itself maintains it: one of `windows`, put into UTC; where that opens several times a week,"
        " the opening that freezes meet least often.",
        examples=["prod-saturday"],
    )
    auto_minor: StrictBool | None = Field(None, description="AWS puts minor engine versions on by itself, in that window.")
    auto_maintenance: StrictBool | None = Field(
        None, description="OpenSearch: AWS puts optional service software on by itself, in that window.", examples=["true"]
    )
    track: Track | None = Field(None, description="Redshift: the newest release, or the one before it.", examples=["trailing"])
    hold_in_freezes: StrictBool | None = Field(
        None,
        description="Where AWS's next window reaches into a freeze, what AWS does by itself and this rule has on (`auto_minor`,"
        " `auto_maintenance`, `managed_updates`) is off until the freeze ends, and Redshift's maintenance is put off over the freezes of"
        " the next 60 days. `false`: neither.",
        examples=["false"],
    )
    managed_updates: Level | None = Field(
        None, description="Beanstalk: which platform updates AWS puts on by itself, in that window.", examples=["minor"]
    )

    min_healthy: Healthy | None = Field(
        None, description="Auto Scaling: how much of a group stays in service while machines are replaced, in percent.", examples=["90"]
    )
    max_healthy: Surplus | None = Field(
        None, description="Auto Scaling: up to how much a group may grow meanwhile, in percent; with `min_healthy`.", examples=["120"]
    )

    @model_validator(mode="after")
    def _a_range(self) -> Self:
        if (self.min_healthy is None) != (self.max_healthy is None):
            raise Wrong("`min_healthy` and `max_healthy` go together.", "Write both, as in `min_healthy: 90` and `max_healthy: 120`.")
        if self.min_healthy is not None and self.max_healthy is not None and self.max_healthy - self.min_healthy > WIDEST:
            raise Wrong(f"Between `min_healthy` and `max_healthy` AWS allows {WIDEST} at most.", "Raise the one or lower the other.")
        return self

    def given(self) -> dict[str, object]:
        """What the file says, by key."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}


class ImageKeys(Section):
    """Machine images that are approved for Auto Scaling groups: all that is said of one must hold."""

    name: Text = Field("*", description="Name of the image; * and ? as EC2 has them.", examples=["al2023-ami-2023.*-x86_64"])
    owner: ImageOwner = Field(
        "",
        description="`amazon`, `self` (the group's own account) or an account id; the owner of the image in use where it is left out.",
        examples=["amazon"],
    )
    min_age: Duration = Field(BASE_IMAGE_AGE, description="How long it has been out at least.", examples=["7d"])


class ManagedKeys(Section):
    """What is done about some managed resources. The first rule that takes a resource holds for it; one that none takes is left alone."""

    match: MatchKeys = Field(MatchKeys.model_construct(), description="Which resources.", examples=["{kind: [db instance, db cluster]}"])
    env: Annotated[tuple[Name, ...], Listed, ONE] = Field((), description="Environments; all where it is left out.", examples=["prod"])
    updates: Annotated[tuple[Line, ...], Listed, ONE] = Field(
        (), description="Which updates go on; none where it is left out.", examples=["[maintenance, minor]"]
    )
    apply: When = Field(
        "in-ring",
        description="`in-ring`: now, when its ring's turn has come; `aws-window`: agreed with AWS for its own next window.",
        examples=["in-ring"],
    )
    snapshot: StrictBool = Field(True, description="Take a snapshot before what cannot be undone, where the service has them.")
    in_place: StrictBool = Field(
        False,
        description="Also versions that a template (CloudFormation, Terraform) pins; change them there, too, or it sets them back.",
    )
    images: tuple[ImageKeys, ...] = Field(
        (),
        description="Machine images that are approved, for Auto Scaling groups. Where it is left out: those with the owner and the name"
        " of the image in use, but for the numbers in it, when they have been out for 7 days.",
        examples=['[{owner: amazon, name: "al2023-ami-2023.*-x86_64"}]'],
    )
    alarms: Annotated[tuple[Text, ...], Listed, ONE] = Field(
        (), description="CloudWatch alarms that stop the replacement of a group's machines; 10 at most.", examples=["web-errors"]
    )
    read_code: StrictBool = Field(
        False,
        description="Beanstalk: read which dependencies an application version names, from the manifests in its source bundle. Needs"
        " s3:GetObject, which the read role is granted only where a rule says so.",
        examples=["true"],
    )
    settings: AutomationKeys = Field(AutomationKeys.model_construct(), description="AWS's own automation.", examples=["{auto_minor: true}"])

    @model_validator(mode="after")
    def _few_alarms(self) -> Self:
        if len(self.alarms) > MOST_ALARMS:
            raise Wrong(f"AWS watches {MOST_ALARMS} alarms at most while it replaces machines.", "Put them into a composite alarm.")
        return self


class GateKeys(Section):
    """A metric that keeps a resource waiting, an hour at most, before a change of it begins. Without data the gate is shut."""

    metric: Text = Field(description="Name of the metric in CloudWatch, of the resource itself.", examples=["EngineCPUUtilization"])
    of: MatchKeys = Field(MatchKeys.model_construct(), description="Which resources.", examples=["{kind: [db instance]}"])
    above: Limit = Field(description="The highest one-minute average that is let pass.", examples=["80"])
    over: Positive = Field(timedelta(minutes=5), description="How far back is looked.", examples=["5m"])


class OrderKeys(Section):
    """Of resources that belong together, some are changed before others."""

    first: MatchKeys = Field(description="Those that go first.", examples=["{kind: [db instance]}"])
    then: MatchKeys = Field(description="Those that follow when the first are done.", examples=["{kind: [beanstalk environment]}"])
    same_tag: Text | None = Field(
        None,
        description="They belong together where this tag has one value; without it, all of one account and region.",
        examples=["App"],
    )

    @model_validator(mode="after")
    def _two_sides(self) -> Self:
        if self.first == self.then:
            raise Wrong("`first` and `then` match the same.", "Name the kinds or tags that go first, and those that follow.")
        return self

    def read(self) -> Order:
        """As decisions take it."""
        return Order(self.first.read(), self.then.read(), self.same_tag or "")
