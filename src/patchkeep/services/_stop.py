"""The question that comes before every write: does a parameter in the account say stop (RULES 15)? `doors/aws/stop.py` asks it.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
"""

from __future__ import annotations

from patchkeep.domain.call import Call
from patchkeep.domain.policy import Policy
from patchkeep.services._grants import By, Grant, own


def read_stop(parameter: str) -> Call:
    """The read of the parameter under its name, "/patchkeep/stop"."""
    return Call.of("ssm", "get_parameter", Name=parameter)


def grants(policy: Policy) -> tuple[Grant, ...]:
    """The one parameter: to the write role in the account written to, and to whoever runs Patchkeep in their own.

    Also to a caller who only looks: `doctor` says whether a stop stands.
    """
    there = own("ssm", f"parameter/{policy.stop_parameter.lstrip('/')}")
    return tuple(Grant("ReadStop", "ssm", ("get_parameter",), there, by=by, at_home=True) for by in (By.WRITE, By.CALLER))
