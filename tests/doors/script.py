"""An AWS that says what it is told to: a server on loopback with its replies written down beforehand, and a door that leads to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from threading import Thread
from typing import Any

from botocore.session import Session

from patchkeep.domain.call import Caller, Target
from patchkeep.doors.aws import AwsDoor, Sessions
from patchkeep.doors.aws.sessions import Mode, Roles

ACCOUNT = "111122223333"
HERE = Target(ACCOUNT, "eu-central-1")
HOME = "us-east-1"
NOW = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `broken`: the connection ends without a word; `cut`: in the middle of the body."""

    content: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    text: str | None = None
    broken: bool = False
    cut: bool = False


def refusal(code: str, message: str = "no", status: int = 400) -> Reply:
    return Reply({"__type": code, "message": message}, status)


@dataclass(slots=True)
class Script:
    """Replies in order, the last one for ever; and the requests that came: (operation, parameters)."""

    replies: list[Reply]
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    stop: list[Reply] = field(default_factory=lambda: [refusal("ParameterNotFound")])  # to every look at the stop, apart from the others
    looks: int = 0  # at the stop

    def next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.heard]


@dataclass(slots=True)
class Paused:
    """Passes no time, and remembers how much it should have."""

    slept: list[float] = field(default_factory=list)

    @property
    def long(self) -> list[float]:
        """Without the fractions of a second by which calls of one operation are kept apart."""
        return [seconds for seconds in self.slept if seconds >= 1]

    def __call__(self, duration: timedelta) -> None:
        self.slept.append(duration.total_seconds())


@contextmanager
def told(script: Script) -> Iterator[str]:
    """The endpoint of a server that follows the script."""

    class Told(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            if operation == "GetParameter" and b"/patchkeep/stop" in body:
                script.looks += 1
                reply = script.stop.pop(0) if len(script.stop) > 1 else script.stop[0]
            else:
                script.heard.append((operation, json.loads(body) if operation else {}))
                reply = script.next()
            if reply.broken:
                self.close_connection = True
                return
            content = json.dumps(reply.content).encode() if reply.text is None else reply.text.encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("x-amzn-RequestId", f"request-{len(script.heard)}")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if reply.cut:
                self.close_connection = True
                content = content[: len(content) // 2]
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Its script is the record."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Told)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def door(endpoint: str, paused: Paused | None = None, trace: Any = None) -> AwsDoor:
    """A door to that server, as somebody who needs no role."""
    session = Session()
    session.set_credentials("AKIAEXAMPLE", "secret")
    session.set_config_variable("ignore_configured_endpoint_urls", value=True)
    sessions = Sessions(session, Roles("PatchkeepRead", "PatchkeepWrite"), lambda: NOW)
    sessions._caller = Caller(f"arn:aws:iam::{ACCOUNT}:user/ann", ACCOUNT)
    for mode in Mode:
        for service, region in product(("ssm", "ec2"), (HERE.region, HOME)):
            client = session.create_client(service, region, endpoint_url=endpoint, config=_config(mode))
            sessions._clients[ACCOUNT, region, service, mode] = client
    return AwsDoor(sessions, lambda: NOW, paused or Paused(), trace)


def _config(mode: Mode) -> Any:
    from patchkeep.doors.aws import sessions

    return sessions._CONFIG[mode]
