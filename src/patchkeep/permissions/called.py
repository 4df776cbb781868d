"""Every call that the services can make, read from their code: each stands there as `Call.of("service", "operation", ...)`.

Driving the services with answers at hand shows only the calls that those answers lead to; the code has them all. That both names
are always literals, and that calls are written in the services alone, is held by tests (`tests/permissions/test_called.py`).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import patchkeep.services
from patchkeep.domain.call import Call
from patchkeep.domain.policy import Policy
from patchkeep.services import Grant, Service

Grants = Callable[[Policy], tuple[Grant, ...]]


class NoSource(Exception):  # noqa: N818 - it says what is wrong
    """The code cannot be read, so that nobody can say what it calls."""


@dataclass(frozen=True, slots=True, order=True)
class Called:
    """One operation of AWS that a module's code calls. `module`: its whole dotted name."""

    module: str
    service: str
    operation: str
    passes_role: bool = False  # it names a role for AWS to work with (a parameter that ends in RoleArn)

    @property
    def reads(self) -> bool:
        return Call(self.service, self.operation).reads

    @property
    def capability(self) -> str:
        """The service of ours that makes it: "nodes"; of what services share: "accounts"."""
        return self.module.removeprefix(f"{patchkeep.services.__name__}.").partition(".")[0].removeprefix("_")


@cache
def called(package: ModuleType = patchkeep.services) -> tuple[Called, ...]:
    """All calls in the modules of the services, sorted.

    Raises `NoSource` where Python has no source to show, and ValueError for a call whose names are not literals.
    """
    found = {call for module in _modules(package) for call in _calls_in(module)}
    return tuple(sorted(found))


def of_use(module: str, policy: Policy) -> bool:
    """Whether a policy has any use for a module's calls: services that are asked at home alone, and gates, say so themselves."""
    if (wanted := getattr(importlib.import_module(module), "wanted", None)) is not None:
        return bool(wanted(policy))
    service = _said(module, "SERVICE")
    at_home = getattr(service, "at_home", None)
    return at_home is None or at_home(policy)


def granting(module: str) -> Grants | None:
    """What a module of the services says of the reach of its calls; None where it says nothing."""
    grants: Grants | None = _said(module, "grants")
    return grants


def reach(module: str, policy: Policy) -> tuple[Grant, ...] | None:
    """How far a module's calls reach under a policy; None where it says nothing.

    Managed resources are changed by the policy's rules for them alone: of a service that no rule is for only the reads are left, as its
    resources are looked at all the same.
    """
    grants = granting(module)
    if grants is None:
        return None
    service: Service | None = _said(module, "SERVICE")
    said = grants(policy)
    return tuple(filter(_reads, said)) if service and service.course and not _ruled(service, policy) else said


def _ruled(service: Service, policy: Policy) -> bool:
    """Whether a rule of the policy may take a resource of the service."""
    return any(not rule.match.kinds or set(service.kinds) & set(rule.match.kinds) for rule in policy.managed)


def _reads(grant: Grant) -> bool:
    return all(Call(grant.service, operation).reads for operation in grant.operations)


def _said(module: str, name: str) -> Any:
    """What a module offers under a name, else the package that it is a part of: a service may be a package."""
    own = getattr(importlib.import_module(module), name, None)
    return own if own is not None else getattr(importlib.import_module(module.rpartition(".")[0]), name, None)


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def _calls_in(module: ModuleType) -> Iterator[Called]:
    try:
        tree = ast.parse(inspect.getsource(module))
    except OSError as error:
        raise NoSource(f"The source of {module.__name__} is not there, so its permissions cannot be computed: {error}") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Call.of":
            names = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args[:2]]
            if len(names) < 2 or not all(isinstance(one, str) for one in names):
                raise ValueError(f"{module.__name__}:{node.lineno}: a call names its service and operation as literals")
            yield Called(module.__name__, str(names[0]), str(names[1]), _names_a_role(node))


def _names_a_role(call: ast.Call) -> bool:
    keys = [keyword.arg or "" for keyword in call.keywords]
    keys += [node.value for node in ast.walk(call) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return any(key.endswith("RoleArn") for key in keys)
