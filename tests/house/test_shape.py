"""Sizes and names: what keeps every file readable in one sitting."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.modules import Module, Rule, broken, module

MOST_LINES_OF_A_FUNCTION = 50
MOST_LINES_OF_A_FILE = 300
MOST_PARAMETERS = 5
EMPTY_WORDS_IN_CLASSES = frozenset({"Manager", "Handler", "Helper", "Util", "Utils", "Base", "Abstract", "Processor"})
EMPTY_NAMES = frozenset({"data", "info", "obj"})
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def parameters(function: Function) -> list[ast.arg]:
    arguments = function.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))]


def long_functions(code: Module) -> Iterator[str]:
    for function in functions(code.tree):
        first = function.body[0]
        documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
        docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
        length = (function.end_lineno or 0) - function.lineno + 1 - docstring
        if length > MOST_LINES_OF_A_FUNCTION:
            yield f"{function.lineno}: {function.name} has {length} lines, at most {MOST_LINES_OF_A_FUNCTION}"


def long_files(code: Module) -> Iterator[str]:
    length = len(code.text.splitlines())
    if length > MOST_LINES_OF_A_FILE:
        yield f"{length}: at most {MOST_LINES_OF_A_FILE} lines; split it into a small package"


def many_parameters(code: Module) -> Iterator[str]:
    if code.room == "cli":
        return  # a command's parameters are its options
    for function in functions(code.tree):
        count = sum(parameter.arg not in {"self", "cls"} for parameter in parameters(function))
        if count > MOST_PARAMETERS:
            yield f"{function.lineno}: {function.name} has {count} parameters, at most {MOST_PARAMETERS}"


def words(name: str) -> list[str]:
    """BaselineRule is Baseline and Rule, and not a Base."""
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)


def empty_class_names(code: Module) -> Iterator[str]:
    for node in ast.walk(code.tree):
        if isinstance(node, ast.ClassDef) and not EMPTY_WORDS_IN_CLASSES.isdisjoint(words(node.name)):
            yield f"{node.lineno}: class {node.name}: name it by what it is"


def empty_variable_names(code: Module) -> Iterator[str]:
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in EMPTY_NAMES:
            yield f"{node.lineno}: `{node.id}` says nothing about what it holds"
        if isinstance(node, ast.arg) and node.arg in EMPTY_NAMES:
            yield f"{node.lineno}: parameter `{node.arg}` says nothing about what it holds"


def undocumented_modules(code: Module) -> Iterator[str]:
    if not ast.get_docstring(code.tree):
        yield "1: the module's docstring says what it decides or touches"


def test_functions_are_short() -> None:
    assert broken(long_functions) == []


def test_files_are_short() -> None:
    assert broken(long_files) == []


def test_functions_take_few_parameters() -> None:
    assert broken(many_parameters) == []


def test_classes_are_named_by_what_they_are() -> None:
    assert broken(empty_class_names) == []


def test_variables_are_named_by_what_they_hold() -> None:
    assert broken(empty_variable_names) == []


def test_every_module_says_what_it_decides_or_touches() -> None:
    assert broken(undocumented_modules) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (long_functions, "def f():\n    '''One\n    two.'''\n" + "    pass\n" * 50),
        (long_files, "pass\n" * 301),
        (many_parameters, "def f(a, /, b, *c, d, e, **f): pass"),
        (empty_class_names, "class NodeManager: pass"),
        (empty_class_names, "class _BaseAWSNode: pass"),
        (empty_variable_names, "for data in (): pass"),
        (empty_variable_names, "lambda info: 1"),
        (undocumented_modules, "x = 1"),
    ],
)
def test_each_rule_of_shape_finds_what_breaks_it(rule: Rule, text: str) -> None:
    assert list(rule(module("work/sample.py", text)))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (long_functions, "def f():\n    '''One\n    two.'''\n" + "    pass\n" * 49),
        (many_parameters, "class C:\n    def f(self, a, b, c, d, e): pass"),
        (empty_class_names, "class BaselineRule: pass"),
        (empty_variable_names, "metadata = 1"),
    ],
)
def test_each_rule_of_shape_leaves_its_limit_alone(rule: Rule, text: str) -> None:
    assert list(rule(module("work/sample.py", text))) == []
