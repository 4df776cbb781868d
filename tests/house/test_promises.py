"""Promises that code could break silently: no swallowed errors, no dispatch by built names, nothing left undone or pretended."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.modules import Module, Rule, broken, module

# Where a broad `except` may stand, how often, and why.
BROAD_EXCEPTS = {
    "doors/aws": (1, "an answer that a service cannot digest is a Gap: one odd account must not end the scan"),
    "worker": (1, "the outermost loop logs and takes the next task"),
}
UNDONE = re.compile(r"\b(TODO|FIXME|XXX)\b|\braise NotImplementedError\b")  # catching a library's own is honest


def dispatch_by_built_name(code: Module) -> Iterator[str]:
    """A `getattr` that is called, or made on a client, with a name that only exists at run time."""
    if code.path.startswith("doors/aws"):
        return
    called = {node.func for node in ast.walk(code.tree) if isinstance(node, ast.Call)}
    for node in ast.walk(code.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr"):
            continue
        owner, name, *_ = node.args
        on_a_client = "client" in ast.unparse(owner).lower()
        if not isinstance(name, ast.Constant) and (node in called or on_a_client):
            yield f"{node.lineno}: getattr by a name built at run time is for doors/aws.py alone"


def broad_excepts(code: Module) -> Iterator[str]:
    allowed = next((times for path, (times, _why) in BROAD_EXCEPTS.items() if code.path.startswith(path)), 0)
    lines = [node.lineno for node in ast.walk(code.tree) if isinstance(node, ast.ExceptHandler | ast.Call) and _is_broad(node)]
    yield from (f"{line}: this catches bugs as well as errors" for line in lines[allowed:])


def _is_broad(node: ast.ExceptHandler | ast.Call) -> bool:
    match node:
        case ast.ExceptHandler(type=None):
            return True
        case ast.ExceptHandler(type=caught) if caught is not None:
            return _names_everything(caught)
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=caught):
            return any(map(_names_everything, caught))
        case _:
            return False


def _names_everything(caught: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id in {"Exception", "BaseException"} for node in ast.walk(caught))


def undone_work(code: Module) -> Iterator[str]:
    for number, line in enumerate(code.text.splitlines(), start=1):
        if found := UNDONE.search(line):
            yield f"{number}: {found.group()}"


def patched_code_under_test(code: Module) -> Iterator[str]:
    """`monkeypatch.setenv` and `chdir` set the scene; replacing our own functions tests the replacement."""
    for node in ast.walk(code.tree):
        match node:
            case ast.Attribute(attr="setattr" | "setitem", value=ast.Name(id="monkeypatch")):
                yield f"{node.lineno}: monkeypatch.{node.attr}"
            case ast.Attribute(attr="patch", value=ast.Name(id="mock" | "mocker")) | ast.ImportFrom(module="unittest.mock"):
                yield f"{node.lineno}: patches what it should test"
            case ast.Import(names=names) if any(alias.name.startswith("unittest.mock") for alias in names):
                yield f"{node.lineno}: imports unittest.mock"


def test_only_the_door_to_aws_calls_a_client_by_a_name_built_at_run_time() -> None:
    assert broken(dispatch_by_built_name) == []


def test_a_broad_except_stands_only_where_it_is_allowed() -> None:
    assert broken(broad_excepts) == []


def test_nothing_is_left_undone() -> None:
    assert broken(undone_work) == []


def test_tests_do_not_patch_what_they_test() -> None:
    assert broken(patched_code_under_test, "tests") == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (dispatch_by_built_name, "getattr(self, 'do_' + verb)()"),
        (dispatch_by_built_name, "method = getattr(ssm_client, name)"),
        (broad_excepts, "try: f()\nexcept: pass"),
        (broad_excepts, "try: f()\nexcept (ValueError, Exception): pass"),
        (broad_excepts, "with contextlib.suppress(Exception): f()"),
        (undone_work, "raise NotImplementedError"),
        (undone_work, "pass  # TODO: later"),
        (patched_code_under_test, "monkeypatch .setattr(work, 'plan', fake)"),
        (patched_code_under_test, "from unittest.mock import patch"),
        (patched_code_under_test, "import unittest.mock"),
        (patched_code_under_test, "mock .patch('patchkeep.work.plan')"),
    ],
)
def test_each_promise_finds_what_breaks_it(rule: Rule, text: str) -> None:
    assert list(rule(module("work/sample.py", text)))


def test_one_broad_except_more_than_allowed_is_found() -> None:
    once = "try: f()\nexcept Exception: pass\n"
    assert list(broad_excepts(module("doors/aws.py", once))) == []
    assert list(broad_excepts(module("doors/aws.py", once * 2)))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (dispatch_by_built_name, "values = [getattr(asset, field.name) for field in fields(asset)]"),
        (dispatch_by_built_name, "getattr(stream, 'isatty', None)()"),
        (broad_excepts, "try: f()\nexcept ValueError: pass"),
        (undone_work, "try: f()\nexcept NotImplementedError: pass"),
        (patched_code_under_test, "monkeypatch.setenv('COLUMNS', '80')"),
    ],
)
def test_each_promise_leaves_honest_code_alone(rule: Rule, text: str) -> None:
    assert list(rule(module("work/sample.py", text))) == []
