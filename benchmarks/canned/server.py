"""Serve the pretend organization on loopback until the process is ended.

    python benchmarks/canned/server.py --nodes 20000

A process of its own, so that its CPU and memory are nobody else's. It counts calls and answers GET / with the counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qsl

sys.path.insert(0, str(Path(__file__).parents[1]))

from canned.answers import answer
from canned.fleet import Fleet

HEAD = b"HTTP/1.1 %d OK\r\nContent-Type: %s\r\nx-amzn-RequestId: r-1\r\nContent-Length: %d\r\n\r\n"
JSON, XML = b"application/x-amz-json-1.1", b"text/xml"


class Connection(asyncio.Protocol):
    """One client's connection: requests come one after the other, each answered before the next."""

    def __init__(self, fleet: Fleet, counted: Counter[str]) -> None:
        self._fleet, self._counted = fleet, counted
        self._got = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return
        first, *lines = bytes(self._got[:end]).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        whole = end + 4 + int(headers.get("content-length", 0))
        if len(self._got) < whole:
            return
        body = bytes(self._got[end + 4 : whole])
        del self._got[:whole]
        status, kind, content = self._reply(first, headers, body)
        assert isinstance(self._transport, asyncio.WriteTransport)  # noqa: S101 - a stream's is
        self._transport.writelines([HEAD % (status, kind, len(content)), content])

    def _reply(self, first: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, bytes]:
        if first.startswith("GET"):
            return 200, JSON, json.dumps(self._counted).encode()
        operation, asked, kind = _read(first, headers, body)
        self._counted[operation] += 1
        account, region = _place(headers.get("authorization", ""))
        try:
            return 200, kind, answer(self._fleet, account or self._fleet.account_ids[0], region, operation, asked)
        except KeyError as error:
            return 400, kind, json.dumps({"__type": "NotPlayed", "message": f"{operation}: {error}"}).encode()


def _read(first: str, headers: dict[str, str], body: bytes) -> tuple[str, dict[str, object], bytes]:
    """The operation, its parameters, and in which format to answer."""
    if target := headers.get("x-amz-target"):
        return target.rpartition(".")[2], json.loads(body), JSON
    if "json" in headers.get("content-type", "") or "lternateContact" in first:
        path = first.split(" ")[1].strip("/")
        return path[:1].upper() + path[1:], json.loads(body or b"{}"), JSON
    asked = dict(parse_qsl(body.decode()))
    return asked["Action"], asked, XML


def _place(authorization: str) -> tuple[str, str]:
    """Account and region that a signature names: keys of member accounts hold their account's number."""
    scope = authorization.partition("Credential=")[2].split(",")[0].split("/")
    key, region = (scope[0], scope[2]) if len(scope) > 2 else ("", "")
    return key.removeprefix("ASIA") if key.startswith("ASIA") else "", region


async def serve(fleet: Fleet) -> None:
    counted: Counter[str] = Counter()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(fleet, counted), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=20_000)
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--packages", type=int, default=400)
    said = parser.parse_args()
    asyncio.run(serve(Fleet(said.nodes, said.accounts, said.packages)))


if __name__ == "__main__":
    main()
