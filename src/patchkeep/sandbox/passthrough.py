"""Services that moto answers from its own state, named one by one: S3, for files that patch runs read and write.

Everything that is neither emulated by us nor named here is refused by dispatch; moto never answers for a service that we own.
"""

from __future__ import annotations

import io
import re
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from moto.core.request import Request
from moto.core.routing import get_service_router
from werkzeug.exceptions import HTTPException

from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.protocol import Arrival, Reply
from patchkeep.sandbox.ssm.objects import FetchError

if TYPE_CHECKING:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

PASSED = frozenset({"s3"})
PATH_STYLE = re.compile(r"s3[.-]?[a-z0-9-]*\.amazonaws\.com")
VIRTUAL_HOSTED = re.compile(r"(?P<bucket>[a-z0-9.-]+)\.s3[.-]?[a-z0-9-]*\.amazonaws\.com")


def operation_passed(service: str, arrival: Arrival) -> str:
    """The operation's name by the service's model, for the log and for permissions. Raises `EmulatorNotImplemented`."""
    try:
        model, _ = get_service_router(service).match(Request(_environ(arrival, "")))
    except HTTPException as error:
        raise AwsError("EmulatorNotImplemented", f"{arrival.method} {arrival.path} is no operation of {service}.") from error
    return str(model.name)


def pass_through(arrival: Arrival, account: str) -> Reply:
    """The answer of moto itself, in the state of `account`. Raises `EmulatorNotImplemented` where moto has none."""
    collected: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
        collected.update(status=int(status.split(" ", 1)[0]), headers=dict(headers))

    try:
        body = b"".join(_moto()(_environ(arrival, account), start_response))
    except RuntimeError as error:  # how moto says that it lacks an operation
        raise AwsError("EmulatorNotImplemented", f"moto does not emulate {arrival.action}: {error}") from error
    return Reply(collected["status"], body, collected["headers"])


def read_object(url: str) -> bytes:
    """What stands at an S3 address: "s3://bucket/key", path-style or virtual-hosted https. Nobody's permission is asked.

    Raises `FetchError`, as a node finds it, for another kind of address or where nothing is.
    """
    parts = urlsplit(url)
    bucket, key = parts.netloc, parts.path.lstrip("/")
    if parts.scheme == "https" and PATH_STYLE.fullmatch(parts.netloc):
        bucket, _, key = key.partition("/")
    elif parts.scheme == "https" and (hosted := VIRTUAL_HOSTED.fullmatch(parts.netloc)):
        bucket = hosted["bucket"]
    elif parts.scheme != "s3":
        raise FetchError(f"Unable to download {url}: the sandbox's nodes reach S3 alone.")
    signed = {"host": "127.0.0.1", "authorization": "AWS4-HMAC-SHA256 Credential=NODE/20260101/us-east-1/s3/aws4_request, Signature=0"}
    reply = pass_through(Arrival("GET", f"/{bucket}/{unquote(key)}", "", signed, b""), "000000000000")
    if reply.status != HTTPStatus.OK:
        raise FetchError(f"Unable to download {url}: HTTP {reply.status}.")
    return reply.body


def forget() -> None:
    """Empty what moto keeps for the whole process, so that the next sandbox begins without buckets."""
    if _moto.cache_info().currsize:
        from moto.backends import get_backend  # noqa: PLC0415 - as in `_moto`

        get_backend("s3").reset()


@cache
def _moto() -> DomainDispatcherApplication:
    """Imported at the first call, because moto's server takes a second to load and most runs never touch it."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415

    class Memoised(DomainDispatcherApplication):
        """moto lists its own package directory to find the backend of a host; once per host is enough."""

        get_backend_for_host = cache(DomainDispatcherApplication.get_backend_for_host)

    return Memoised(create_backend_app)


def _environ(arrival: Arrival, account: str) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": arrival.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": arrival.path,
        "QUERY_STRING": arrival.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(arrival.body)),
        "CONTENT_TYPE": arrival.headers.get("content-type", ""),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(arrival.body),
        "wsgi.errors": io.StringIO(),
    }
    skipped = {"content-length", "content-type", "transfer-encoding", "x-moto-account-id"}
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in arrival.headers.items() if name not in skipped}
    return environ | headers | {"HTTP_X_MOTO_ACCOUNT_ID": account}
