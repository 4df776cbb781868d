"""The small languages inside a policy's values: durations, amounts, ids, time zones, moments. Each reader raises `Wrong`."""

from patchkeep.policy.values.amounts import amount, count, number, positive_amount, positive_share, share, spelt_amount, within
from patchkeep.policy.values.names import account, approver, image_owner, name, organizational_unit, reference, region, role, sla_name
from patchkeep.policy.values.texts import listed, one_line, one_of, text
from patchkeep.policy.values.times import (
    approval_delay,
    duration,
    kept_for,
    moment,
    offset,
    positive_duration,
    spelt,
    time_zone,
    window_length,
)

__all__ = [
    "account",
    "amount",
    "approval_delay",
    "approver",
    "count",
    "duration",
    "image_owner",
    "kept_for",
    "listed",
    "moment",
    "name",
    "number",
    "offset",
    "one_line",
    "one_of",
    "organizational_unit",
    "positive_amount",
    "positive_duration",
    "positive_share",
    "reference",
    "region",
    "role",
    "share",
    "sla_name",
    "spelt",
    "spelt_amount",
    "text",
    "time_zone",
    "window_length",
    "within",
]
