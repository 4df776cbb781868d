"""Keys that hold everything back, or tell that nothing moves: the stop, the heartbeat, and caps on what one rollout touches."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from patchkeep.domain.call import home_region
from patchkeep.domain.policy import STOP_PARAMETER, Amount, Blast, Heartbeat
from patchkeep.policy import values
from patchkeep.policy.mistakes import Wrong
from patchkeep.policy.section import AtLeastOne, Count, Positive, Section
from patchkeep.policy.values import spelt

_PARAMETER = re.compile(r"(/[A-Za-z0-9_.-]+){1,15}")
_NAMESPACE = re.compile(r"[A-Za-z0-9_.\-/#][A-Za-z0-9_.\-/#: ]{0,254}")
_TOPIC = re.compile(r"arn:(?P<partition>aws[a-z-]*):sns:(?P<region>[a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_-]{1,256}")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def a_parameter(value: Any) -> str:
    """The name of a parameter of Parameter Store with its path (botocore: ssm PutParameter Name)."""
    found = values.text(value)
    if not _PARAMETER.fullmatch(found) or len(found) > 900:
        raise Wrong(f"{found!r} is no name of a parameter.", f"Write a path of letters, digits and `.-_`, as in `{STOP_PARAMETER}`.")
    if re.match(r"/(aws|ssm)", found, re.IGNORECASE):
        raise Wrong(f"AWS keeps names like {found!r} for itself.", f"Write another, as in `{STOP_PARAMETER}`.")
    return found


def a_namespace(value: Any) -> str:
    """A namespace of CloudWatch metrics; those that begin with "AWS/" are AWS's own (botocore: cloudwatch PutMetricData)."""
    found = values.text(value)
    if not _NAMESPACE.fullmatch(found) or found.startswith("AWS/"):
        raise Wrong(f"{found!r} can be no namespace of ours.", "Write letters, digits and `.-_/#`, not `AWS/` first, as in `Patchkeep`.")
    return found


def a_topic(value: Any) -> str:
    """An SNS topic in the region that the alarm is in: an alarm tells only topics of its own region."""
    found = values.text(value)
    like = "Write it as in `arn:aws:sns:us-east-1:111122223333:oncall`."
    arn = _TOPIC.fullmatch(found)
    if not arn:
        raise Wrong(f"{found!r} is no SNS topic.", like)
    try:
        home = home_region(arn["partition"])
    except ValueError:
        raise Wrong(f"There is no partition {arn['partition']!r}.", like) from None
    if arn["region"] != home:
        raise Wrong(f"The alarm is in {home}, and tells only topics of that region.", f"Make the topic in {home}, in the account you use.")
    return found


class StopKeys(Section):
    """The stop. Every write first reads this parameter, in its account and in the one signed in to; it cannot be switched off."""

    parameter: Annotated[str, BeforeValidator(a_parameter)] = Field(
        STOP_PARAMETER,
        description="Name of the SSM parameter, in the home region (us-east-1). Absent or `go`: writes go; else its text is why not.",
        examples=[STOP_PARAMETER],
    )


class AlarmKeys(Section):
    """The alarm on the heartbeat's absence, in the account signed in to, in the home region."""

    topic: Annotated[str, BeforeValidator(a_topic), WithJsonSchema({"type": "string"})] = Field(
        description="ARN of the SNS topic that it tells.", examples=["arn:aws:sns:us-east-1:111122223333:oncall"]
    )
    after: Positive = Field(timedelta(hours=3), description="Time without a heartbeat until it goes off: a multiple of `every`.")


class HeartbeatKeys(Section):
    """A metric that Patchkeep publishes while it lives, one data point for each finished `discover` and each look of a rollout."""

    namespace: Annotated[str, BeforeValidator(a_namespace)] = Field("Patchkeep", description="Of the metrics in CloudWatch.")
    every: Positive = Field(timedelta(hours=1), description="How often you let `patchkeep discover` run: the alarm's period.")
    alarm: AlarmKeys | None = Field(None, description="The alarm on its absence; without it there is none.")

    @model_validator(mode="after")
    def _as_cloudwatch_counts(self) -> Self:
        """Periods are whole minutes; all together a day, or a week where one is an hour or more (botocore: PutMetricAlarm Period)."""
        after = self.alarm.after if self.alarm else self.every
        if self.every % MINUTE:
            raise Wrong(f"CloudWatch counts in whole minutes, and `every` is {spelt(self.every)}.", "Write it as in `1h`.")
        if after % self.every:
            what = f"`after` ({spelt(after)}) is no multiple of `every` ({spelt(self.every)})."
            raise Wrong(what, f"Write `{spelt(self.every * (after // self.every + 1))}`.")
        longest = timedelta(days=7) if self.every >= HOUR else timedelta(days=1)
        if after > longest:
            raise Wrong(f"An alarm looks back {spelt(longest)} at most where `every` is {spelt(self.every)}.", "Write a shorter `after`.")
        return self

    def read(self) -> Heartbeat:
        alarm = self.alarm
        return Heartbeat(self.namespace, self.every, alarm.topic if alarm else "", alarm.after if alarm else self.every)


class BlastKeys(Section):
    """Caps on what one rollout touches, whatever its rings allow."""

    per_account: AtLeastOne | None = Field(
        None,
        description="How many may be under way at once in one account; a share is of its assets in the ring.",
        examples=["20%"],
    )
    per_hour: Count | None = Field(None, description="How many may begin within any 60 minutes, all rings together.", examples=["200"])

    def read(self) -> Blast:
        cap: Amount | None = self.per_account
        return Blast(cap, self.per_hour)
