"""Keys that say which patches are approved, and when."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, StrictBool

from patchkeep.policy.section import DURATION, ONE, Classification, Delay, Listed, Name, Or, Os, Section, Severity, Text


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
