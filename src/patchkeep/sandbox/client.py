"""A client of the sandbox's control API, on the standard library alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen


class ControlError(Exception):
    """The control API refused, or was not reached."""


class UnreachableError(ControlError):
    """Nothing that is a sandbox answers there (any more); the text says what came instead."""


@dataclass(frozen=True, slots=True)
class SandboxClient:
    """`endpoint` as in AWS_ENDPOINT_URL: "http://127.0.0.1:4566"."""

    endpoint: str
    timeout: float = 600.0  # seconds; moving the clock may run a week of patching

    def health(self) -> dict[str, Any]:
        return self.call("GET", "/health")

    def now(self) -> datetime:
        return datetime.fromisoformat(self.call("GET", "/clock")["now"])

    def advance(self, by: timedelta) -> datetime:
        """Move virtual time; what is due on the way happens. Returns the new time."""
        return datetime.fromisoformat(self.call("POST", "/clock", {"advance_seconds": by.total_seconds()})["now"])

    def advance_to(self, when: datetime) -> datetime:
        return datetime.fromisoformat(self.call("POST", "/clock", {"to": when.isoformat()})["now"])

    def log(self, since: int = 0, operation: str | None = None) -> list[dict[str, Any]]:
        """Calls the sandbox has seen, oldest first; fields of `world.CallRecord`, `at` as ISO text."""
        query = urlencode({"since": since} | ({"operation": operation} if operation else {}))
        calls: list[dict[str, Any]] = self.call("GET", f"/log?{query}")["calls"]
        return calls

    def log_length(self) -> int:
        """The number to give `log` as `since` in order to see only what comes from now on."""
        return int(self.call("GET", "/log?since=999999999")["next"])

    def credentials(self) -> dict[str, Any]:
        """{"management": id, "keys": {account: {access_key, secret, token}}, "sessions": [...]}."""
        return self.call("GET", "/credentials")

    def environment(self, account: str | None = None) -> dict[str, str]:
        """Environment variables with which any AWS client works as the admin of `account` (management unless given)."""
        known = self.credentials()
        keys = known["keys"][account or known["management"]]
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": keys["access_key"],
            "AWS_SECRET_ACCESS_KEY": keys["secret"],
        }

    def unimplemented(self) -> list[dict[str, str]]:
        """Calls not emulated and answers the sandbox got wrong, together; empty when all is well."""
        found = self.call("GET", "/unimplemented")
        return [*found["unimplemented"], *found["failures"]]

    def ignored(self) -> dict[str, list[str]]:
        """Parameters that were sent and that the sandbox never looked at, by action ("ec2:StopInstances": ["Hibernate"])."""
        found: dict[str, list[str]] = self.call("GET", "/ignored")["ignored"]
        return found

    def refuse(self, account: str, role: str, actions: Iterable[str]) -> None:
        """Take permissions from a role ("ssm:DescribeInstancePatches", "ssm:*"); an empty list gives all back."""
        self.call("POST", "/refuse", {"account": account, "role": role, "actions": list(actions)})

    def give(self, role: str, policies: Iterable[Mapping[str, Any]] | None, account: str | None = None) -> None:
        """Attach IAM policies to a role, in every account that has it or in one; None lets it do everything again."""
        body = {"policies": None if policies is None else list(policies), **({"account": account} if account else {})}
        self.call("PUT", f"/roles/{quote(role)}", body)

    def nodes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "/nodes")["nodes"]
        return found

    def node(self, node_id: str) -> dict[str, Any]:
        return self.call("GET", f"/node/{quote(node_id)}")

    def alter_node(self, node_id: str, **changes: object) -> dict[str, Any]:
        """`state`, `online`, `profile`, `agent_version`, `tags` (None removes a tag)."""
        return self.call("POST", f"/node/{quote(node_id)}", changes)

    def alter_account(self, account: str, **changes: object) -> dict[str, Any]:
        """`suspended`, `regions`, `contacts`, `tags`."""
        return self.call("POST", f"/account/{quote(account)}", changes)

    def add_fault(self, kind: str, **chosen: object) -> dict[str, Any]:
        """Put a fault on ("throttle", share=0.1, seed=7, operations=["Describe*"]) and return it with its `id`.

        Keys: accounts, regions, services, operations, nodes, share, seed, since (spelt `from` in JSON), until, times, seconds, page,
        package. Kinds and what they mean: `sandbox.faults.fault.Kind`. A mistake raises `ControlError` with what to write.
        """
        if "since" in chosen:
            chosen["from"] = chosen.pop("since")
        return self.call("POST", "/faults", {"kind": kind, **chosen})

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are on, each with `hits`, how often it struck, and `last`, what it struck last."""
        found: list[dict[str, Any]] = self.call("GET", "/faults")["faults"]
        return found

    def remove_fault(self, fault_id: str) -> None:
        self.call("DELETE", f"/faults/{quote(fault_id)}")

    def clear_faults(self) -> int:
        """Take all faults off; returns how many there were."""
        return int(self.call("DELETE", "/faults")["removed"])

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Any route of the control API. Raises `ControlError` with the sandbox's sentence, `UnreachableError` where none answers."""
        payload = None if body is None else json.dumps(body, default=str).encode()
        request = Request(f"{self.endpoint}/_sandbox{path}", data=payload, method=method)  # noqa: S310 - the user's own endpoint
        try:
            with urlopen(request, timeout=self.timeout) as response:  # noqa: S310 - as above
                answer: dict[str, Any] = json.load(response)
                return answer
        except HTTPError as error:
            raise _refusal(error) from error
        except (OSError, HTTPException, ValueError) as error:
            raise UnreachableError(_what_came(error)) from error


def _refusal(error: HTTPError) -> ControlError:
    try:
        return ControlError(json.load(error)["message"])
    except (OSError, ValueError, KeyError, TypeError):
        return UnreachableError(f"what answers there is no sandbox: HTTP {error.code}")


def _what_came(error: Exception) -> str:
    match error:
        case URLError(reason=OSError(strerror=str(why))) | OSError(strerror=str(why)):
            return why
        case json.JSONDecodeError():
            return "what answers there is no sandbox"
        case _:
            return str(error) or type(error).__name__
