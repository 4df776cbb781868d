"""The JSON Schema of a policy file (draft 2020-12), for editors to complete and check keys while a person writes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from patchkeep.domain.policy import Amount
from patchkeep.policy.models import PolicyFile
from patchkeep.policy.recurrence import Schedule
from patchkeep.policy.values import spelt, spelt_amount

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Schema(GenerateJsonSchema):
    """Defaults as a person writes them: `36h`, not ISO 8601."""

    def encode_default(self, dft: Any) -> Any:
        match dft:
            case timedelta():
                return spelt(dft)
            case Amount():
                return spelt_amount(dft)
            case Schedule():
                return dft.aws
            case BaseModel():
                return {}  # each of its keys says its own
            case _:
                return super().encode_default(dft)


def schema() -> dict[str, Any]:
    """The schema as plain dicts. What it allows `load` may still refuse: names and limits are checked across the file there."""
    made = PolicyFile.model_json_schema(by_alias=True, schema_generator=_Schema)
    return {"$schema": DIALECT, **_tidied(made), "title": "Patchkeep policy"}


def _tidied(part: Any) -> Any:
    """Without what only repeats the keys: titles made from names, and null for a key that is left out."""
    match part:
        case {"anyOf": [*choices], **rest} if {"type": "null"} in choices:
            left = [choice for choice in choices if choice != {"type": "null"}]
            single = left[0] if len(left) == 1 else {"anyOf": left}
            return _tidied({**single, **{key: value for key, value in rest.items() if key != "default"}})
        case dict():
            return {key: _tidied(value) for key, value in part.items() if not (key == "title" and isinstance(value, str))}
        case list():
            return [_tidied(each) for each in part]
        case _:
            return part
