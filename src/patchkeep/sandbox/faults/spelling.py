"""How each service spells what a fault makes it say: code, sentence and HTTP status.

Codes: botocore's service models, its `_retry.json` (EC2, Organizations, STS), and the pages "Common errors" of the API references.
"""

from __future__ import annotations

from patchkeep.sandbox.managed.service import services
from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.protocol import queries

_RATE = "Rate exceeded"
_BROKEN = "An internal error occurred."
_BUSY = "The service is unavailable. Please try again shortly."
_TOKEN = "The specified token is not valid, or it has expired."

_THROTTLED = {
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "sts": ("Throttling", _RATE, 400),
    "iam": ("Throttling", _RATE, 400),
    "cloudwatch": ("Throttling", _RATE, 400),
    "monitoring": ("Throttling", _RATE, 400),
    "organizations": ("TooManyRequestsException", "You have sent too many requests in too short a period of time.", 400),
    "account": ("TooManyRequestsException", "Too many requests.", 429),
    "s3": ("SlowDown", "Please reduce your request rate.", 503),
}
_SERVER_ERRORS = {
    "ssm": ("InternalServerError", _BROKEN, 500),
    "ec2": ("InternalError", "An internal error has occurred", 500),
    "organizations": ("ServiceException", "AWS Organizations can't complete your request because of an internal service error.", 500),
    "account": ("InternalServerException", _BROKEN, 500),
    "cloudwatch": ("InternalServiceError", _BROKEN, 500),
    "monitoring": ("InternalServiceError", _BROKEN, 500),
    "s3": ("InternalError", "We encountered an internal error. Please try again.", 500),
}
_UNAVAILABLE = {"ec2": ("Unavailable", "The server is overloaded and can't handle the request.", 503)}
_PAGE_TOKENS = {
    "organizations": ("InvalidInputException", "You provided an invalid value: INVALID_NEXT_TOKEN.", 400),
    "account": ("ValidationException", _TOKEN, 400),
    "iam": ("ValidationError", "Invalid Marker", 400),
}


def throttled(service: str) -> AwsError:
    code = "Throttling" if service in services() and queries(service) else "ThrottlingException"
    return AwsError(*_THROTTLED.get(service, (code, _RATE, 400)))


def server_error(service: str) -> AwsError:
    return AwsError(*_SERVER_ERRORS.get(service, ("InternalFailure", _BROKEN, 500)))


def unavailable(service: str) -> AwsError:
    return AwsError(*_UNAVAILABLE.get(service, ("ServiceUnavailable", _BUSY, 503)))


def token_expired(service: str) -> AwsError:
    return AwsError(*_PAGE_TOKENS.get(service, ("InvalidNextToken", _TOKEN, 400)))
