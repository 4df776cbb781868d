"""From an HTTP request to an emulated operation and back: authenticate, parse, check, run, validate, serialise, record.

Faults strike first; then `CHECKS` run in order before every operation and refuse by raising `AwsError`.
Whatever is not emulated is refused as `EmulatorNotImplemented` (HTTP 400, which clients do not retry) and remembered; an answer
that AWS's model would not allow is `EmulatorInvalidAnswer`, a bug in an operation `EmulatorFailed` (both HTTP 501, as botocore
retries 500, 502, 503 and 504). Signatures are not checked, only whose key it is.
"""

from __future__ import annotations

import itertools
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from moto.core.model import OperationModel

from patchkeep.sandbox.control import BUGS
from patchkeep.sandbox.faults.board import Seen
from patchkeep.sandbox.faults.calls import Spoiling, strike
from patchkeep.sandbox.identity import ExpiredKeyError, Identity, UnknownKeyError, denied, identify, refused
from patchkeep.sandbox.managed.service import services, signatures
from patchkeep.sandbox.objects import answer_object, lies_here, params_of
from patchkeep.sandbox.operation import OPERATIONS, Answer, AwsError, Operation, Params, Request, pages_of
from patchkeep.sandbox.passthrough import PASSED, operation_passed, pass_through
from patchkeep.sandbox.permissions.authority import authorise
from patchkeep.sandbox.protocol import Arrival, Reply, dialect, model_of, operation_of, parse, queries, refusal, serialise
from patchkeep.sandbox.validation import Violation, violations
from patchkeep.sandbox.watched import Watched
from patchkeep.sandbox.world import CallRecord, World

OWNED = frozenset({"ssm", "ec2", "sts", "organizations", "account", "iam", "cloudwatch"})
SIGNED_AS = {"monitoring": "cloudwatch"}  # by the name in the signature, where it is another than the model's
WITHOUT_REGION = frozenset({"organizations", "account", "iam"})
ANSWERED_ANYWHERE = frozenset({"ec2:DescribeRegions", "sts:GetCallerIdentity", "sts:AssumeRole"})
NOT_IMPLEMENTED, INVALID_ANSWER, FAILED = "EmulatorNotImplemented", "EmulatorInvalidAnswer", "EmulatorFailed"
LOUD_STATUS = 501
HEEDED_BY_CHECKS = frozenset({"DryRun"})


def ours(service: str) -> bool:
    """Whether the sandbox answers for the service: those here from the beginning, and every managed one."""
    return service in OWNED or service in services()


@dataclass(frozen=True, slots=True)
class Step:
    """One authenticated and parsed call, just before its operation runs."""

    service: str
    operation: str
    model: OperationModel
    identity: Identity
    request: Request

    @property
    def action(self) -> str:
        return f"{self.service}:{self.operation}"


Check = Callable[[Step], None]


def check_region(step: Step) -> None:
    """A region that is switched off knows nobody: AWS answers there as to an unknown key."""
    managed = services().get(step.service)
    if step.service in WITHOUT_REGION or step.action in ANSWERED_ANYWHERE or (managed and managed.anywhere):
        return
    if step.request.region not in step.request.home.regions:
        raise UnknownKeyError


def check_parameters(step: Step) -> None:
    wrong = violations(step.request.params, step.model.input_shape)
    if not wrong:
        return
    sentence = f"{len(wrong)} validation error{'s' * (len(wrong) > 1)} detected: {'; '.join(map(str, wrong))}"
    match _likeness(step.service):
        case "ec2" if wrong[0].missing:
            raise AwsError("MissingParameter", f"The request must contain the parameter {wrong[0].path}")
        case "ec2":
            raise AwsError("InvalidParameterValue", str(wrong[0]))
        case "organizations":
            raise AwsError("InvalidInputException", sentence)
        case "sts" | "iam" | "cloudwatch":
            raise AwsError("ValidationError", sentence)
        case _:
            raise AwsError("ValidationException", sentence)


def check_permission(step: Step) -> None:
    if refused(step.identity, step.action):
        raise denied(step.service, step.operation, step.identity.arn, (step.request.account, step.request.region))
    if step.identity.role:
        authorise(step.identity.role, step.service, step.operation, step.request)


def check_dry_run(step: Step) -> None:
    if step.service == "ec2" and step.request.params.get("DryRun"):
        raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


CHECKS: tuple[Check, ...] = (check_region, check_permission, check_parameters, check_dry_run)


@dataclass(slots=True)
class Sandbox:
    """One world behind HTTP. Operations run one at a time, under `lock`."""

    world: World
    validate: bool = True  # False: answers are not held against the model (faster)
    checks: tuple[Check, ...] = CHECKS
    operations: Mapping[tuple[str, str], Operation] = field(default_factory=lambda: OPERATIONS)
    unimplemented: list[dict[str, str]] = field(default_factory=list)
    failures: list[dict[str, str]] = field(default_factory=list)  # invalid answers and bugs
    ignored: dict[str, set[str]] = field(default_factory=dict)  # by action: parameters that came and were never read
    lock: threading.RLock = field(default_factory=threading.RLock)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def answer(self, arrival: Arrival) -> Reply:
        """AWS's side of one call. Never raises."""
        _, region, signed = arrival.scope or ("", "", "")
        service = SIGNED_AS.get(signed) or signatures().get(signed, signed)
        operation = operation_of(service, arrival) if ours(service) else arrival.action
        entry = Entry(self, arrival, service, operation, region)
        with self.lock:
            request_id = str(UUID(int=next(self._numbers) + (4 << 76) + (8 << 60)))
            try:
                return entry.run(request_id)
            except AwsError as error:
                refused_as = _spelt(error, service)
                self._remember(entry, refused_as)
                entry.record(refused_as.code)
                return refusal(refused_as, dialect(service, arrival), request_id)
            except BUGS as error:
                self.fail(entry.action)
                entry.record(FAILED)
                broken = AwsError(FAILED, f"{entry.action}: {type(error).__name__}: {error}", LOUD_STATUS)
                return refusal(broken, dialect(service, arrival), request_id)

    def fail(self, action: str) -> None:
        """Remember (and print) the bug being handled, so that CI fails on it."""
        traceback.print_exc(file=sys.stderr)
        self.failures.append({"action": action, "what": traceback.format_exc()})

    def _remember(self, entry: Entry, error: AwsError) -> None:
        line = {"action": entry.action, "account": entry.account, "region": entry.region, "what": error.message}
        if error.code == NOT_IMPLEMENTED:
            self.unimplemented.append(line)
        elif error.code == INVALID_ANSWER:
            self.failures.append(line)


@dataclass(slots=True)
class Entry:
    """One call on its way through; knows enough at every point to be written to the log."""

    sandbox: Sandbox
    arrival: Arrival
    service: str
    operation: str
    region: str
    account: str = ""
    caller: str = ""
    params: dict[str, object] = field(default_factory=dict)

    @property
    def action(self) -> str:
        return f"{self.service or 'unsigned'}:{self.operation}"

    def run(self, request_id: str) -> Reply:
        identity = self._authenticate()
        if self.service in PASSED:
            return self._pass(identity)
        model = model_of(self.service, self.operation) if ours(self.service) else None
        function = self.sandbox.operations.get((self.service, self.operation))
        if model is None or function is None:
            raise AwsError(NOT_IMPLEMENTED, f"The sandbox does not emulate {self.action}.")
        self.params = parse(model, self.arrival)
        heeded = Watched(self.params)
        step = Step(self.service, self.operation, model, identity, self._request(identity, self.params))
        spoiling = self._struck()
        for check in self.sandbox.checks:
            check(step)
        with pages_of(spoiling.most_rows):
            answer = function(self._request(identity, heeded))
        if heeded.unread:
            self.sandbox.ignored.setdefault(self.action, set()).update(heeded.unread - HEEDED_BY_CHECKS)
        if self.sandbox.validate:
            self._validate(answer, model)
        reply = serialise(model, answer, request_id, self.arrival)
        self.record(spoiling.mark)
        return spoiling.spoil(reply)

    def _struck(self) -> Spoiling:
        """Raises what a fault makes AWS say."""
        return strike(self.sandbox.world, Seen(self.service, self.operation, self.account, self.region, self.caller, self.params))

    def _request(self, identity: Identity, params: Params) -> Request:
        return Request(self.sandbox.world, identity.account, self.region, identity.arn, params)

    def _pass(self, identity: Identity) -> Reply:
        self.operation, self.params = operation_passed(self.service, self.arrival), params_of(self.arrival)
        spoiling = self._struck()
        if refused(identity, self.action):
            raise AwsError("AccessDenied", f"User: {identity.arn} is not authorized to perform: {self.action}", 403)
        if identity.role:
            authorise(identity.role, self.service, self.operation, self._request(identity, self.params))
        request = self._request(identity, self.params)
        here = lies_here(request)
        reply = answer_object(self.operation, request, self.arrival) if here else pass_through(self.arrival, identity.account)
        self.record(spoiling.mark if reply.status < 400 else str(reply.status))
        return spoiling.spoil(reply)

    def record(self, error: str | None) -> None:
        world = self.sandbox.world
        at = world.clock.now()
        world.log.append(CallRecord(at, self.account, self.region, self.caller, self.service, self.operation, self.params, error))

    def _authenticate(self) -> Identity:
        scope = self.arrival.scope
        if scope is None:
            raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        identity = identify(self.sandbox.world, scope[0], self.arrival.headers.get("x-amz-security-token", ""))
        self.account, self.caller = identity.account, identity.arn
        return identity

    def _validate(self, answer: Answer, model: OperationModel) -> None:
        wrong: list[Violation] = violations(answer, model.output_shape)
        if wrong:
            raise AwsError(INVALID_ANSWER, f"{self.action} answered what AWS cannot: {'; '.join(map(str, wrong))}", LOUD_STATUS)


def _likeness(service: str) -> str:
    """The service whose spelling it shares: managed services that speak the query protocol refuse as STS does."""
    return "sts" if service in services() and queries(service) else service


def _spelt(error: AwsError, service: str) -> AwsError:
    """Unknown and expired keys by each service's own code: EC2 and the query services differ from the JSON ones."""
    match error, _likeness(service):
        case UnknownKeyError(), "ec2":
            return AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
        case ExpiredKeyError(), "ec2":
            return AwsError("RequestExpired", "Request has expired.")
        case UnknownKeyError(), "s3":
            return AwsError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403)
        case ExpiredKeyError(), "s3":
            return AwsError("ExpiredToken", "The provided token has expired.")
        case UnknownKeyError(), "sts" | "iam":
            return error
        case ExpiredKeyError(), "sts" | "iam":
            return AwsError("ExpiredToken", error.message, 403)
        case UnknownKeyError(), _:
            return AwsError("UnrecognizedClientException", error.message)
        case ExpiredKeyError(), _:
            return AwsError("ExpiredTokenException", error.message)
        case _:
            return error
