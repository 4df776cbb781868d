"""The sandbox as an HTTP server: AWS's endpoint for every emulated service on one port, and the control API beside it.

Path of a request: socket -> `application` (WSGI) -> `control` under /_sandbox/, else `dispatch` -> an operation on the world.
Threads only read and write sockets in parallel; the world is touched by one at a time.
"""

from __future__ import annotations

import importlib
import pkgutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.control import PREFIX, answer_control
from patchkeep.sandbox.dispatch import OWNED, Sandbox
from patchkeep.sandbox.live.offers import offered
from patchkeep.sandbox.managed.service import packages
from patchkeep.sandbox.passthrough import forget, read_object
from patchkeep.sandbox.protocol import Arrival, service_model
from patchkeep.sandbox.ssm.estate import furnish
from patchkeep.sandbox.ssm.objects import resolve_with
from patchkeep.sandbox.world import World

LOCALHOST = "127.0.0.1"
OPERATION_MODULES = (
    "patchkeep.sandbox.sts",
    "patchkeep.sandbox.organizations",
    "patchkeep.sandbox.account",
    "patchkeep.sandbox.ec2",
    "patchkeep.sandbox.ssm",
    "patchkeep.sandbox.cloudwatch",
    "patchkeep.sandbox.managed",
    "patchkeep.sandbox.faults",
    "patchkeep.sandbox.permissions",
)

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class KeptAlive(WSGIRequestHandler):
    """HTTP/1.1, so that clients keep their connection; without Nagle's delay; without a line per request on stderr."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The command log has it already."""


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    endpoint: str  # "http://127.0.0.1:40123", what AWS_ENDPOINT_URL takes
    sandbox: Sandbox

    @property
    def world(self) -> World:
        return self.sandbox.world


def load_operations() -> None:
    """Import every module that registers operations or control routes."""
    for name in (*OPERATION_MODULES, *packages()):
        module = importlib.import_module(name)
        for found in pkgutil.walk_packages(getattr(module, "__path__", []), f"{name}."):
            importlib.import_module(found.name)


def application(sandbox: Sandbox) -> Application:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        arrival = _arrival(environ)
        reply = answer_control(sandbox, arrival) if arrival.path.startswith(f"{PREFIX}/") else sandbox.answer(arrival)
        headers = {name: value for name, value in reply.headers.items() if name.lower() != "content-length"}
        headers["Content-Length"] = reply.headers.get("Content-Length", "0") if arrival.method == "HEAD" else str(len(reply.body))
        if reply.delay:
            time.sleep(reply.delay)
        start_response(f"{reply.status} {_phrase(reply.status)}", list(headers.items()))
        if reply.cut:
            return _broken_off(reply.body)
        return [] if arrival.method == "HEAD" else [reply.body]

    return answer


def _broken_off(body: bytes) -> Iterator[bytes]:
    """Half of what Content-Length promised; then the server closes the connection, as it does after a broken pipe."""
    yield body[: len(body) // 2]
    raise ConnectionAbortedError


@contextmanager
def serve(world: World, port: int = 0, *, validate: bool = True) -> Iterator[RunningSandbox]:
    """A sandbox in a thread of this process until the block ends. Port 0: any free one."""
    with serving(Sandbox(world, validate=validate), port) as running:
        yield running


@contextmanager
def serving(sandbox: Sandbox, port: int = 0) -> Iterator[RunningSandbox]:
    """As `serve`, for a sandbox with checks or operations of its own."""
    server = _server(sandbox, LOCALHOST, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox", daemon=True)
    thread.start()
    try:
        yield RunningSandbox(f"http://{LOCALHOST}:{server.server_port}", sandbox)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        forget()


def run(org_file: str | Path, port: int, host: str = LOCALHOST, announce: Callable[[str], None] = print) -> None:
    """Serve the organization of `org_file` ("snowy", "small", "live" or a path) until interrupted; says its endpoint when ready."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that what live machines leave behind is cleaned up
    with offered():
        server = _server(Sandbox(orgfile.load(org_file)), host, port)
        announce(f"http://{host}:{server.server_port}")
        try:
            server.serve_forever()
        finally:
            server.server_close()


def _server(sandbox: Sandbox, host: str, port: int) -> BaseWSGIServer:
    load_operations()
    resolve_with(sandbox.world, read_object)
    furnish(sandbox.world)
    for service in OWNED:
        service_model(service)
    return make_server(host, port, application(sandbox), threaded=True, request_handler=KeptAlive)


def _arrival(environ: dict[str, Any]) -> Arrival:
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    length = environ.get("CONTENT_LENGTH") or 0
    stream = environ["wsgi.input"]
    body = stream.read() if environ.get("wsgi.input_terminated") else stream.read(int(length))
    return Arrival(
        environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/"), environ.get("QUERY_STRING", ""), headers, body, environ.get("RAW_URI", "")
    )


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Status"
