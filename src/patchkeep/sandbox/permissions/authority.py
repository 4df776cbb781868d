"""Whether a role may have what it asks, and AWS's sentence where it may not."""

from __future__ import annotations

from patchkeep.sandbox.managed.service import services
from patchkeep.sandbox.operation import AwsError, Request
from patchkeep.sandbox.permissions.evaluation import Verdict, decide
from patchkeep.sandbox.permissions.needs import Need, needs_of
from patchkeep.sandbox.protocol import queries
from patchkeep.sandbox.world import Role


def authorise(role: Role, service: str, operation: str, request: Request) -> None:
    """Raises AWS's refusal where the role has policies, and one of the request's needs is not met by them."""
    if role.policies is None:
        return
    for need in needs_of(service, operation, request):
        verdict = decide(role.policies, need)
        if verdict is not Verdict.ALLOWED:
            raise refusal(service, request.caller, need, verdict)


def refusal(service: str, caller: str, need: Need, verdict: Verdict) -> AwsError:
    """As AWS words it: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html."""
    why = f"because no identity-based policy allows the {need.action} action"
    if verdict is Verdict.DENIED:
        why = "with an explicit deny in an identity-based policy"
    return denial(service, f"User: {caller} is not authorized to perform: {need.action} on resource: {need.resource} {why}")


def denial(service: str, sentence: str) -> AwsError:
    """A refusal for want of a permission, spelt as each service spells it."""
    match service:
        case "ec2":
            return AwsError("UnauthorizedOperation", f"You are not authorized to perform this operation. {sentence}", 403)
        case "sts" | "iam" | "s3" | "cloudwatch":
            return AwsError("AccessDenied", sentence, 403)
        case managed if managed in services() and queries(managed):
            return AwsError("AccessDenied", sentence, 403)
        case _:
            return AwsError("AccessDeniedException", sentence, 403 if service == "account" else 400)
