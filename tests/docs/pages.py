"""The documentation as the tests read it: pages, their links, and the commands in their fenced blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = (*(ROOT / name for name in TOP), *sorted((ROOT / "docs").rglob("*.md")))
SHELLS = frozenset({"sh", "console"})

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<to>[^)\s]+)\)")
_COMMENT = re.compile(r"\s+#\s.*$")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block, without the indentation of its fence."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A line that a person types, and what the page says comes back: lines of output, and the exit status."""

    line: str
    output: tuple[str, ...] = ()
    status: int = 0


def blocks(text: str) -> Iterator[Block]:
    for found in _FENCE.finditer(text):
        lines = (line.removeprefix(found["indent"]) for line in found["text"].splitlines())
        yield Block(found["language"], "\n".join(lines))


def links(text: str) -> list[str]:
    """Targets of all links outside fenced blocks."""
    return [found["to"] for found in _LINK.finditer(_FENCE.sub("", text))]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def typed(block: Block) -> Iterator[Typed]:
    """Lines of a shell block; in a `console` one `$ ` begins them and output follows, `$ echo $?` tells the status of the one before."""
    if block.language == "sh":
        yield from (Typed(line) for raw in block.text.splitlines() if (line := _COMMENT.sub("", raw).strip()) and line[0] != "#")
        return
    last: Typed | None = None
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        line, *output = part.splitlines()
        if line == "echo $?" and last is not None:
            last = Typed(last.line, last.output, int(output[0]))
            continue
        if last is not None:
            yield last
        last = Typed(_COMMENT.sub("", line).strip(), tuple(each for each in output if each.strip()))
    if last is not None:
        yield last


def commands(text: str) -> Iterator[str]:
    """Every `patchkeep ...` line of a page's shell blocks; lines joined by && count one by one."""
    for block in blocks(text):
        for each in typed(block) if block.language in SHELLS else ():
            yield from (part.strip() for part in re.split(r"&&|;|\|", each.line) if part.strip().startswith("patchkeep "))
