"""Calls of a trace again, in their order, by botocore alone; prints calls, CPU and memory as JSON. A process of its own."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from botocore.session import Session
from memory import peak_mb

SHARE = 5  # every fifth account's calls are repeated


def bare(trace: str) -> dict[str, Any]:
    """Calls of the trace again, by clients of botocore alone, which are made before the clock starts; ours are made while it runs."""
    lines = [json.loads(line) for line in Path(trace).read_text("utf-8").splitlines()]
    asked = [(line["target"], line["operation"], line["params"]) for line in lines if _repeated(line["target"], line["operation"])]
    clients = _bare_clients({(target, operation.partition(":")[0]) for target, operation, _ in asked})
    began, pages = time.process_time(), 0
    for target, operation, params in asked:
        service, _, name = operation.partition(":")
        client, method = clients[target, service]
        pages += _made(client, method[name], {key: value for key, value in params.items() if key != "NextToken" or value})
    return {
        "calls": pages,
        "cpu": round(time.process_time() - began, 2),
        "peak_mb": peak_mb(),
    }


def _repeated(target: str, operation: str) -> bool:
    """A fifth of the accounts, for all have the same mix of calls; without those that ask for accounts and roles."""
    return operation.partition(":")[0] in {"ec2", "ssm"} and int(target.partition("/")[0]) % SHARE == 0


def _bare_clients(places: set[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    session, clients = Session(), {}
    for target, service in sorted(places):
        account, region = target.split("/")
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        client: Any = session.create_client(service, region, **dict(zip(names, (f"ASIA{account}", "s", "t"), strict=True)))
        clients[target, service] = client, {name: method for method, name in client.meta.method_to_api_mapping.items()}
    return clients


def _made(client: Any, method: str, params: dict[str, Any]) -> int:
    if "NextToken" in params or not client.can_paginate(method):
        getattr(client, method)(**params)
        return 1
    return sum(1 for _ in client.get_paginator(method).paginate(**params))


if __name__ == "__main__":
    print(json.dumps(bare(sys.argv[1])))
