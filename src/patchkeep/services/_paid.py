"""What AWS tells only accounts with a paid support plan: without one it refuses with one code, and that is no fault of ours.

AWS Health API Reference and AWS Support API Reference: "you must have a Business, Enterprise On-Ramp, or Enterprise Support plan ... If you
call [it] from an account that doesn't have ..., the SubscriptionRequiredException error message appears".
"""

from __future__ import annotations

from dataclasses import replace

from patchkeep.domain.asset import Found
from patchkeep.domain.call import Cause, Refused

CODE = "SubscriptionRequiredException"


def without_a_plan(refused: Refused, what: str) -> Found:
    """The one gap of an account without a plan, which hides no asset. Raises any other refusal again."""
    if refused.gap.code != CODE:
        raise refused
    reason = f"{what} answers only accounts with a paid support plan, and this one has none"
    fix = "look at the account's own dashboard in the console, or have a plan that includes it (Business Support+ or higher)"
    return Found(gaps=(replace(refused.gap, cause=Cause.NO_PLAN, reason=reason, fix=fix),))
