"""STS: who am I, and roles that are really checked: existence, trust, external id, session length.

What AWS documents at docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html; every refusal is AccessDenied with one
sentence whatever the reason, as there, so that nobody learns which roles exist.
"""

from __future__ import annotations

import re
from datetime import timedelta

from patchkeep.sandbox.identity import Keys, Session, sessions, unique_id
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.world import Role, World

DEFAULT_SECONDS = 3600
MOST_SECONDS = 3600  # a role's MaxSessionDuration unless someone raises it, and the limit of a chained session
ROLE_ARN = re.compile(r"^arn:aws[a-z-]*:iam::(?P<account>\d{12}):role/(?:[\w+=,.@/-]*/)?(?P<role>[\w+=,.@-]+)$")
ASSUMED = re.compile(r"^arn:aws:sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/(?P<session>.+)$")


@operation("sts", "GetCallerIdentity")
def get_caller_identity(request: Request) -> Answer:
    return {"Account": request.account, "Arn": request.caller, "UserId": _user_id(request.world, request.caller)}


@operation("sts", "AssumeRole")
def assume_role(request: Request) -> Answer:
    """Opens a session in the role's account. Raises AccessDenied, or ValidationError when it is to last too long."""
    account, role = _assumable(request)
    session = _open(request, account, role)
    answer: Answer = {
        "Credentials": {
            "AccessKeyId": session.keys.access_key,
            "SecretAccessKey": session.keys.secret,
            "SessionToken": session.keys.token,
            "Expiration": session.expires,
        },
        "AssumedRoleUser": {"AssumedRoleId": _user_id(request.world, session.arn), "Arn": session.arn},
    }
    return answer | ({"SourceIdentity": session.source_identity} if session.source_identity else {})


def _assumable(request: Request) -> tuple[str, Role]:
    arn = request.params["RoleArn"]
    denied = AwsError("AccessDenied", f"User: {request.caller} is not authorized to perform: sts:AssumeRole on resource: {arn}", 403)
    match = ROLE_ARN.match(arn)
    if match is None:
        raise AwsError("ValidationError", f"{arn} is invalid")
    account = request.world.accounts.get(match["account"])
    role = account.roles.get(match["role"]) if account and not account.suspended else None
    if role is None or not _trusts(role, request):
        raise denied
    if role.external_id is not None and request.params.get("ExternalId") != role.external_id:
        raise denied
    source = _inherited_source(request)
    if source and request.params.get("SourceIdentity", source) != source:
        raise denied
    return match["account"], role


def _trusts(role: Role, request: Request) -> bool:
    """A trust names an account (its id or root ARN), a user, a role, or one session of a role."""
    names = {request.account, f"arn:aws:iam::{request.account}:root", request.caller}
    if assumed := ASSUMED.match(request.caller):
        names.add(f"arn:aws:iam::{assumed['account']}:role/{assumed['role']}")
    return not names.isdisjoint(role.trusted)


def _open(request: Request, account: str, role: Role) -> Session:
    world, params = request.world, request.params
    seconds = params.get("DurationSeconds", DEFAULT_SECONDS)
    if seconds > MOST_SECONDS:
        chained = "the 1 hour session limit for roles assumed by role chaining"
        limit = chained if ASSUMED.match(request.caller) else "the MaxSessionDuration set for this role"
        raise AwsError("ValidationError", f"The requested DurationSeconds exceeds {limit}.")
    number = str(len(sessions(world)))
    keys = Keys(
        "ASIA" + unique_id(world.seed, "session", number),
        unique_id(world.seed, "session-secret", number, length=40),
        unique_id(world.seed, "session-token", number, length=100),
    )
    source = params.get("SourceIdentity") or _inherited_source(request)
    expires = request.now + timedelta(seconds=seconds)
    session = Session(keys, account, role.name, params["RoleSessionName"], source, request.now, expires)
    sessions(world)[keys.access_key] = session
    return session


def _inherited_source(request: Request) -> str | None:
    """A chained session keeps the source identity of the session it came from; AWS refuses to change it."""
    own = [session for session in sessions(request.world).values() if session.arn == request.caller]
    return own[-1].source_identity if own else None


def _user_id(world: World, arn: str) -> str:
    if assumed := ASSUMED.match(arn):
        return f"AROA{unique_id(world.seed, assumed['account'], assumed['role'])}:{assumed['session']}"
    return "AIDA" + unique_id(world.seed, arn)
