"""What import-linter cannot say: the domain needs the standard library alone, and capabilities don't know each other."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.house.modules import Module, broken, module

ROOMS_OF_STRANGERS = frozenset({"services", "feeds", "formats"})


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every dotted name imported; `from a import b` is a.b, as b may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def foreign_imports_of_the_domain(code: Module) -> Iterator[str]:
    if code.room != "domain":
        return
    for line, name in imports(code.tree):
        top = name.split(".", maxsplit=1)[0]
        if top not in sys.stdlib_module_names and not name.startswith("patchkeep.domain."):
            yield f"{line}: the domain imports {name}, which is not of the standard library"


def acquainted_strangers(code: Module) -> Iterator[str]:
    """A lower-case name taken from the room is a module in it; a capitalised one is what the room itself offers."""
    room, _, own = code.name.partition(".")
    if room not in ROOMS_OF_STRANGERS:
        return
    own = own.split(".", maxsplit=1)[0]
    for line, name in imports(code.tree):
        prefix, _, other = name.partition(f"patchkeep.{room}.")
        other = other.split(".", maxsplit=1)[0]
        if prefix == "" and other.islower() and own and other != own and not other.startswith("_"):
            yield f"{line}: {own} imports {name}; what they share belongs into {room}/_name.py"


def private_rooms_entered(code: Module) -> Iterator[str]:
    """What begins with an underscore is a package's own business; a room names in its __init__ what others may use."""
    for line, name in imports(code.tree):
        parts = name.removeprefix("patchkeep.").split(".") if name.startswith("patchkeep.") else []
        private = next((at for at, part in enumerate(parts) if part.startswith("_") and not part.startswith("__")), None)
        if private is not None and code.name.split(".")[:private] != parts[:private]:
            yield f"{line}: {code.name} imports {name}, which is private to {'.'.join(parts[:private])}"


def test_the_domain_imports_the_standard_library_only() -> None:
    assert broken(foreign_imports_of_the_domain) == []


def test_services_feeds_and_formats_do_not_import_each_other() -> None:
    assert broken(acquainted_strangers) == []


def test_private_modules_are_imported_in_their_own_package_only() -> None:
    assert broken(private_rooms_entered) == []


@pytest.mark.parametrize(
    "text", ["from patchkeep.services._stop import read_stop", "from patchkeep.services import _stop", "import patchkeep.cli._words"]
)
def test_a_private_module_imported_from_elsewhere_is_found(text: str) -> None:
    assert list(private_rooms_entered(module("doors/aws/stop.py", text)))
    assert list(private_rooms_entered(module("services/rds.py" if "services" in text else "cli/plan.py", text))) == []


@pytest.mark.parametrize("text", ["import boto3", "from yaml import load", "from patchkeep.work import plan", "import patchkeep.doors.aws"])
def test_a_foreign_import_in_the_domain_is_found(text: str) -> None:
    assert list(foreign_imports_of_the_domain(module("domain/sample.py", text)))


@pytest.mark.parametrize(
    "text", ["from patchkeep.services import rds", "import patchkeep.services.rds", "from patchkeep.services.rds import x"]
)
@pytest.mark.parametrize("path", ["services/ecr.py", "services/ecr/__init__.py", "services/ecr/deep.py", "services/_shared.py"])
def test_a_service_that_imports_another_is_found(path: str, text: str) -> None:
    assert list(acquainted_strangers(module(path, text)))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("services/ecr.py", "from patchkeep.services._arn import arn"),
        ("services/ecr.py", "from patchkeep.services import _arn"),
        ("services/ecr/__init__.py", "from patchkeep.services.ecr.deep import digest"),
        ("services/ecr.py", "from patchkeep.services import Service"),
        ("services/ecr.py", "from patchkeep.domain.call import Call"),
        ("domain/sample.py", "from patchkeep.domain.call import Call\nimport datetime"),
    ],
)
def test_what_strangers_share_may_be_imported(path: str, text: str) -> None:
    assert list(acquainted_strangers(module(path, text))) == []
    assert list(foreign_imports_of_the_domain(module(path, text))) == []
