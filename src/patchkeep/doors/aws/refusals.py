"""AWS's "no" as a value: which cause an error code stands for, and what to do about it."""

from __future__ import annotations

import traceback

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    InvalidEndpointConfigurationError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from patchkeep.domain.call import Call, Cause, Gap, Target
from patchkeep.permissions.actions import action

# Codes as in the botocore models and "Common errors" of the API references of EC2, SSM, STS and Organizations.
_SPELLINGS: dict[Cause, str] = {
    Cause.REFUSED: "AccessDenied AccessDeniedException UnauthorizedOperation AuthorizationError NotAuthorized",
    Cause.EXPIRED: "ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired",
    Cause.THROTTLED: "Throttling ThrottlingException ThrottledException TooManyRequestsException RequestLimitExceeded RequestThrottled "
    "RequestThrottledException SlowDown TooManyUpdates RateExceeded",
    Cause.UNREACHABLE: "RequestTimeout RequestTimeoutException",
    Cause.REGION_OFF: "OptInRequired RegionDisabledException InvalidClientTokenId UnrecognizedClientException AuthFailure",
}
_CODES = {code: cause for cause, codes in _SPELLINGS.items() for code in codes.split()}
UNSIGNED = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, SSOError, TokenRetrievalError)  # before anything is sent
_NEVER_SENT: dict[type[BotoCoreError], str] = {  # refused by botocore itself, and so it will be next time
    ParamValidationError: "look at what the policy says there (names of roles, regions, tags); else report it, with this sentence",
    InvalidEndpointConfigurationError: "correct AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE>, or unset them",
}
THROTTLED = frozenset(code for code, cause in _CODES.items() if cause is Cause.THROTTLED)


def gap_of(error: ClientError | BotoCoreError | ResponseParserError, target: Target, service: str, call: Call) -> Gap:
    """The gap that an error leaves, with AWS's own words. Raises nothing; an unknown code is UNREACHABLE from a server that failed."""
    operation = operation_name(call)
    if isinstance(error, ResponseParserError):
        why = without_answer(error)
        kept = f"{''.join(traceback.format_tb(error.__traceback__))}{type(error).__name__}: {why}"
        return Gap(target, service, Cause.NOT_UNDERSTOOD, why, operation, fix="look again later", traceback=kept)
    if isinstance(error, ClientError):
        return _answered_no(error, target, service, operation)
    cause = _cause_of(error)
    fix = _NEVER_SENT.get(type(error)) or _fix(cause, operation, target)
    return Gap(target, service, cause, str(error), operation, type(error).__name__, fix=fix)


def without_answer(error: Exception) -> str:
    """What botocore says of an answer that it cannot read: its first line. The answer itself follows there, and may bear secrets."""
    return str(error).partition("\n")[0].rstrip(":")


def _answered_no(error: ClientError, target: Target, service: str, operation: str) -> Gap:
    answer = error.response.get("Error", {})
    code = answer.get("Code", "")
    assuming = error.operation_name == "AssumeRole" and operation != "sts:AssumeRole"
    metadata = error.response.get("ResponseMetadata", {})
    unknown = Cause.UNREACHABLE if metadata.get("HTTPStatusCode", 500) >= 500 else Cause.REFUSED
    cause = Cause.NO_ROLE if assuming else _CODES.get(code, unknown)
    asked = "sts:AssumeRole" if assuming else operation
    fix = _fix(cause, asked, target) if cause is not Cause.REFUSED or code in _CODES else f"see what AWS means by {code}"
    return Gap(target, service, cause, answer.get("Message", "") or code, asked, code, metadata.get("RequestId", ""), fix)


def _cause_of(error: BotoCoreError) -> Cause:
    if type(error) in _NEVER_SENT:
        return Cause.REFUSED
    return Cause.NO_CREDENTIALS if isinstance(error, UNSIGNED) else Cause.UNREACHABLE


def _fix(cause: Cause, operation: str, target: Target) -> str:
    match cause:
        case Cause.REFUSED:
            who = (
                "Patchkeep's role there" if target.account else "whoever runs Patchkeep"
            )  # alike in all accounts, so that it is shown once
            return f"allow {operation} to {who}: `patchkeep iam` prints the policy"
        case Cause.NO_ROLE:
            trust = "trusting this caller with the policy's external id, and allowing sts:SetSourceIdentity"
            return f"make the member role there (`patchkeep export cloudformation`), {trust}"
        case Cause.REGION_OFF:
            return f"enable {target.region} for account {target.account}, or leave it out of organization.regions"
        case Cause.THROTTLED:
            return "look again later, or look at fewer accounts at once"
        case Cause.EXPIRED | Cause.NO_CREDENTIALS:
            return "sign in again"
        case _:
            return "look again later"


def operation_name(call: Call) -> str:
    """The call's name as IAM spells it: "ssm:DescribeInstancePatches", "rds:DescribeDBInstances". KeyError where botocore has none such."""
    return action(call.service, call.operation)
