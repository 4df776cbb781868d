"""What the models of a policy file are made of: the types of single values with their JSON Schema, and the map that holds keys."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler, InstanceOf, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from patchkeep.domain.inplace import OWNERS
from patchkeep.domain.policy import Amount
from patchkeep.domain.severity import RATINGS
from patchkeep.policy import values
from patchkeep.policy.platforms import CLASSIFICATIONS, OPERATING_SYSTEMS, SEVERITIES, classification, operating_system, severity
from patchkeep.policy.recurrence import Schedule, scan_schedule, schedule
from patchkeep.policy.rrule import Recurrence, recurrence


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
Kept = Annotated[timedelta, BeforeValidator(values.kept_for), WithJsonSchema(DURATION)]
Delay = Annotated[timedelta, BeforeValidator(values.approval_delay), WithJsonSchema(DURATION)]
Length = Annotated[timedelta, BeforeValidator(values.window_length), WithJsonSchema(DURATION)]
Count = Annotated[int, BeforeValidator(values.count), WithJsonSchema({"type": "integer", "minimum": 1})]
Share = Annotated[float, BeforeValidator(values.positive_share), WithJsonSchema(SHARE)]
SomeOf = Annotated[InstanceOf[Amount], BeforeValidator(values.amount), WithJsonSchema(AMOUNT)]
AtLeastOne = Annotated[InstanceOf[Amount], BeforeValidator(values.positive_amount), WithJsonSchema(AMOUNT)]
Zone = Annotated[str, BeforeValidator(values.time_zone)]
Moment = Annotated[InstanceOf[date], BeforeValidator(values.moment), WithJsonSchema({"type": "string"})]
At = Annotated[InstanceOf[Schedule], BeforeValidator(schedule), WithJsonSchema({"type": "string"})]
ScanAt = Annotated[InstanceOf[Schedule], BeforeValidator(scan_schedule), WithJsonSchema({"type": "string"})]
Rule = Annotated[InstanceOf[Recurrence], BeforeValidator(recurrence), WithJsonSchema({"type": "string"})]
Days = Annotated[timedelta, BeforeValidator(values.offset), WithJsonSchema({"type": "string", "pattern": "^[0-9]+d$"})]
Os = Annotated[str, BeforeValidator(operating_system), WithJsonSchema({"enum": list(OPERATING_SYSTEMS)})]
Severity = Annotated[str, BeforeValidator(severity), WithJsonSchema({"enum": list(SEVERITIES)})]
Classification = Annotated[str, BeforeValidator(classification), WithJsonSchema({"enum": list(CLASSIFICATIONS)})]
Role = Annotated[str, BeforeValidator(values.role)]
Approver = Annotated[str, BeforeValidator(values.approver)]
Region = Annotated[str, BeforeValidator(values.region)]
Installers = Annotated[str, BeforeValidator(values.one_of("patchkeep", "aws")), WithJsonSchema({"enum": ["patchkeep", "aws"]})]
Kind = Annotated[str, BeforeValidator(values.text), WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9 -]*$"})]
Owned = Annotated[str, BeforeValidator(values.one_of(*OWNERS)), WithJsonSchema({"enum": list(OWNERS)})]
Fallback = Annotated[str, BeforeValidator(values.one_of("account-contact", "none")), WithJsonSchema({"enum": ["account-contact", "none"]})]
CLOCKS = ("release", "disclosed", "first_seen", "kev")
Clock = Annotated[str, BeforeValidator(values.one_of(*CLOCKS)), WithJsonSchema({"enum": list(CLOCKS)})]
SlaName = Annotated[str, BeforeValidator(values.sla_name), WithJsonSchema({"enum": list(RATINGS)})]
Listed = BeforeValidator(values.listed)


class Section(BaseModel):
    """One map of the file. `LATER`: keys of parts that are not here yet, and what they come with."""

    # Building a model takes longer than reading a policy: only the whole file's is built, where nothing is wrong with the file.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    LATER: ClassVar[dict[str, str]] = {}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = handler(core)
        resolved = handler.resolve_ref_schema(found)
        later = {key: {"not": {}, "description": f"Arrives with {feature}."} for key, feature in cls.LATER.items()}
        resolved["properties"] = {**resolved.get("properties", {}), **later}
        return found
