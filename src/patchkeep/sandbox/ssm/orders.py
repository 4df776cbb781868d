"""An order: one document to be carried out on one node, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from patchkeep.sandbox.ssm.reach import Line


@dataclass(frozen=True, slots=True)
class Order:
    """`parameters` are filled with the document's defaults. `execution`: id and type of what asks. `label`: its name."""

    line: Line
    document: str
    content: Mapping[str, Any]
    parameters: Mapping[str, list[str]]
    execution: tuple[str, str]
    label: str = ""

    def first(self, name: str) -> str:
        values = self.parameters.get(name) or [""]
        return values[0]


@dataclass(frozen=True, slots=True)
class Ending:
    """`status` as in an invocation's StatusDetails: Success | Failed | ExecutionTimedOut."""

    status: str
    code: int
    output: str = ""
    error: str = ""


TIMED_OUT = Ending("ExecutionTimedOut", -1)
Finish = Callable[[Ending], None]
