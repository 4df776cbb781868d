"""The support plan of an account, as an organization file says it: `support: basic` has no API."""

from __future__ import annotations

from patchkeep.sandbox.operation import AwsError, Request

BASIC = "basic"


def require_plan(request: Request) -> None:
    """Raises SubscriptionRequiredException (AWS Support API Reference, "Common Errors" of its operations)."""
    if request.home.support == BASIC:
        raise AwsError("SubscriptionRequiredException", "Amazon Web Services Premium Support Subscription is required to use this service.")
