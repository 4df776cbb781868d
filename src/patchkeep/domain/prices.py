"""AWS's list prices, in US dollars, of what a plan can cost: us-east-1, as of 2026-11, each with the page it stands on.

Other regions have other prices, and agreements differ from lists. A price that is not known is None, and said so: never 0.
"""

from __future__ import annotations

from dataclasses import dataclass

AS_OF = "2026-11"
REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Price:
    """`dollars` for one `unit`; None where no price is known."""

    unit: str
    dollars: float | None
    source: str  # title of the page
    url: str
    as_of: str = AS_OF


_CLOUDWATCH = ("Amazon CloudWatch Pricing", "https://aws.amazon.com/cloudwatch/pricing/")
_SYSTEMS_MANAGER = ("AWS Systems Manager pricing", "https://aws.amazon.com/systems-manager/pricing/")

PRICES = {
    "snapshot": Price("GB-month", 0.05, "Amazon EBS pricing", "https://aws.amazon.com/ebs/pricing/"),
    "advanced on-prem": Price("instance-hour", 0.00695, *_SYSTEMS_MANAGER),
    "alarm": Price("alarm-month", 0.10, *_CLOUDWATCH),  # standard resolution, one metric
    "metric": Price("metric-month", 0.30, *_CLOUDWATCH),  # the first 10,000
    "metric request": Price("request", 0.01 / 1000, *_CLOUDWATCH),  # PutMetricData, beyond the free million
    "api call": Price("call", 0.0, *_SYSTEMS_MANAGER),  # Run Command, Patch Manager, State Manager, standard parameters
}
