"""HTTP to parameters and answers to HTTP, by botocore's models and moto's parsers and serialisers.

moto's own `Response` classes are not used: they bring moto's backends with them (an operation that we lack would silently be
answered from moto's state), its account lookup (unknown keys land in a default account) and Flask's routing (a third of a small
call's time). Its `moto.core.parse` and `moto.core.serialize` are pure functions of the model, so they are called directly, with
botocore's models unaltered by moto's additions. Refusals are spelt here, because AWS's codes need no shape in the model.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote
from xml.sax.saxutils import escape, quoteattr

from botocore.loaders import Loader
from botocore.model import OperationNotFoundError
from botocore.parsers import ResponseParserError
from botocore.utils import parse_timestamp
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.serialize import EC2Serializer, SerializationContext, get_serializer_class
from werkzeug.datastructures import Headers, MultiDict

from patchkeep.sandbox import cbor
from patchkeep.sandbox.managed.service import services
from patchkeep.sandbox.operation import Answer, AwsError

FORM = "application/x-www-form-urlencoded"
RPC_CBOR = "smithy-rpc-v2-cbor"
CBOR_HEADERS = {"Content-Type": cbor.CONTENT, "smithy-protocol": "rpc-v2-cbor"}
MALFORMED = (RequestParserError, ValueError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One HTTP request as it came in. Header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    raw_path: str = ""  # as it stood in the request line, %2F still in it; "" where nobody needs it

    @property
    def scope(self) -> tuple[str, str, str] | None:
        """Access key, region and service from the Authorization header's (or a presigned URL's) credential scope."""
        text = self.headers.get("authorization", "")
        if "Credential=" in text:
            parts = text.split("Credential=", 1)[1].split(",", 1)[0].strip().split("/")
        else:
            parts = dict(parse_qsl(self.query)).get("X-Amz-Credential", "").split("/")
        return (parts[0], parts[2], parts[3]) if len(parts) == 5 else None  # key/date/region/service/aws4_request

    @property
    def form(self) -> dict[str, str]:
        if self.headers.get("content-type", "").startswith(FORM):
            return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))
        return {}

    @property
    def action(self) -> str:
        """The operation's name as far as the request itself says it: Smithy's path, X-Amz-Target, Action, or method and path."""
        if self.headers.get("smithy-protocol"):
            return self.path.rsplit("/", 1)[-1]  # /service/GraniteServiceVersion20100801/operation/PutMetricData
        target = self.headers.get("x-amz-target")
        return target.rsplit(".", 1)[-1] if target else self.form.get("Action") or f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `delay`: seconds of real time before it leaves; `cut`: the connection breaks in the middle of its body."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: bool = False


@cache
def service_model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of a REST service: {name} in its path is anything without a slash, {name+} anything at all."""

    method: str
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    operation: str


@cache
def _routes(service: str) -> tuple[Route, ...]:
    """Those with fewer parameters come first, as a path without any is no parameter of another."""
    models = [service_model(service).operation_model(name) for name in service_model(service).operation_names]
    models.sort(key=lambda model: model.http["requestUri"].count("{"))
    return tuple(_route(model) for model in models)


def _route(model: OperationModel) -> Route:
    path = model.http["requestUri"].partition("?")[0].rstrip("/")
    parts = re.split(r"\{([^}]+)\}", path)
    names = parts[1::2]
    groups = iter(["(.+)" if name.endswith("+") else "([^/]+)" for name in names])
    pattern = "".join(re.escape(text) + next(groups, "") for text in parts[::2])
    return Route(model.http["method"], re.compile(pattern + "/?"), tuple(name.rstrip("+") for name in names), str(model.name))


def _routed(service: str, arrival: Arrival) -> tuple[str, dict[str, str]]:
    """The operation of a REST service and the parameters that its path carries."""
    path = (arrival.raw_path or quote(arrival.path)).partition("?")[0]
    for route in _routes(service):
        if route.method == arrival.method and (match := route.pattern.fullmatch(path)):
            return route.operation, dict(zip(route.names, map(unquote, match.groups()), strict=True))
    return arrival.action, {}


def operation_of(service: str, arrival: Arrival) -> str:
    return _routed(service, arrival)[0] if service_model(service).protocol == "rest-json" else arrival.action


def queries(service: str) -> bool:
    """Whether it speaks AWS's query protocol, whose services share codes for what none of them understands."""
    return str(service_model(service).protocol) == "query"


def model_of(service: str, operation: str) -> OperationModel | None:
    try:
        model: OperationModel = service_model(service).operation_model(operation)
    except OperationNotFoundError:
        return None
    return model


def parse(model: OperationModel, arrival: Arrival) -> dict[str, Any]:
    """The request's parameters by botocore's names and types; times are aware. Raises SerializationException."""
    protocol = spoken(model.service_model, arrival)
    if protocol == RPC_CBOR:
        return _parsed_cbor(arrival)
    in_path: dict[str, str] = {}
    values = MultiDict(arrival.form)
    if protocol == "rest-json":
        in_path, values = _routed(model.service_model.service_name, arrival)[1], MultiDict(parse_qsl(arrival.query, keep_blank_values=True))
    parser = PROTOCOL_PARSERS[protocol](model, timestamp_parser=_aware)
    try:
        parsed: dict[str, Any] | None = parser.parse(
            {
                "method": arrival.method,
                "values": values,
                "headers": Headers(dict(arrival.headers)),
                "body": arrival.body,
                "url_path": arrival.path,
                "url_params": in_path,
            }
        )
    except MALFORMED as error:
        raise AwsError("SerializationException", f"The request cannot be read: {error}") from error
    return parsed or {}


def _parsed_cbor(arrival: Arrival) -> dict[str, Any]:
    try:
        body = gzip.decompress(arrival.body) if arrival.headers.get("content-encoding") == "gzip" else arrival.body
        return dict(cbor.read(body))
    except (*MALFORMED, OSError, ResponseParserError) as error:
        raise AwsError("SerializationException", f"The request cannot be read: {error}") from error


def spoken(model: ServiceModel, arrival: Arrival) -> str:
    """The protocol that a client chose: CloudWatch offers three, and older clients know fewer of them."""
    if str(model.protocol) != RPC_CBOR:
        return str(model.protocol)
    if arrival.headers.get("smithy-protocol"):
        return RPC_CBOR
    return "json" if arrival.headers.get("x-amz-target") else "query"


def _aware(value: str) -> datetime:
    return parse_timestamp(value).astimezone(UTC)


class PlainEc2Xml(EC2Serializer):
    """moto's EC2 serialiser with a plain writer of XML: a page of instances takes half the time that xmltodict needs."""

    def _serialize_body(self, body: Mapping[str, Any]) -> str:
        parts = ['<?xml version="1.0" encoding="UTF-8"?>']
        for name, value in body.items():
            _write(parts, name, value)
        return "".join(parts)


def _write(parts: list[str], name: str, value: Any) -> None:
    """One element; a list is its element repeated, and keys that begin with "@" are attributes."""
    if isinstance(value, list):
        for item in value:
            _write(parts, name, item)
    elif isinstance(value, Mapping):
        attributes = "".join(f" {key[1:]}={quoteattr(str(item))}" for key, item in value.items() if key[0] == "@")
        parts.append(f"<{name}{attributes}>")
        for key, item in value.items():
            if key[0] != "@":
                _write(parts, key, item)
        parts.append(f"</{name}>")
    else:
        parts.append(f"<{name}/>" if value is None else f"<{name}>{escape(str(value))}</{name}>")


def serialise(model: OperationModel, answer: Answer, request_id: str, arrival: Arrival) -> Reply:
    protocol = spoken(model.service_model, arrival)
    if protocol == RPC_CBOR:
        return Reply(200, cbor.write(answer), {**CBOR_HEADERS, "x-amzn-RequestId": request_id})
    serializer_class = PlainEc2Xml if protocol == "ec2" else get_serializer_class(model.service_model.service_name, protocol)
    serialized = serializer_class(model, context=SerializationContext(request_id)).serialize(answer)
    body = serialized["body"]
    headers = {key: str(value) for key, value in serialized["headers"].items()} | {"x-amzn-RequestId": request_id}
    return Reply(int(serialized["status_code"]), body.encode() if isinstance(body, str) else body, headers)


def dialect(service: str, arrival: Arrival) -> str:
    """In which protocol to refuse: that of the service's model when it is one of ours, else what the request looks like."""
    if service in ("ssm", "ec2", "sts", "organizations", "account", "iam", "cloudwatch") or service in services():
        return spoken(service_model(service), arrival)
    if service == "s3":
        return "rest-xml"
    if arrival.headers.get("x-amz-target"):
        return "json"
    return "query" if "Action" in arrival.form else "rest-json"


def refusal(error: AwsError, protocol: str, request_id: str) -> Reply:
    """AWS's refusal as each protocol spells it."""
    code, message = escape(error.code), escape(error.message)
    headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}
    match protocol:
        case "ec2":
            text = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            text += f"<RequestID>{request_id}</RequestID></Response>"
        case "query":
            text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            text += f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        case "rest-xml":
            text = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
        case "smithy-rpc-v2-cbor":
            said = cbor.write({"__type": error.code, "message": error.message})
            return Reply(error.status, said, {**CBOR_HEADERS, "x-amzn-RequestId": request_id})
        case _:
            text = json.dumps({"__type": error.code, "message": error.message})
            headers |= {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": error.code}
    return Reply(error.status, text.encode(), headers)
