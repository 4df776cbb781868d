"""The tutorial, typed line by line against a sandbox of its own: exit statuses and output are what the page says."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from patchkeep.cli import main
from patchkeep.wire import sandbox_process
from tests.docs.pages import ROOT, Typed, blocks, typed

pytestmark = [pytest.mark.http, pytest.mark.slow]
TEXT = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
SERVE = "patchkeep sandbox serve --org small --port 4566"
ROLLOUT = re.compile(r"ro-[0-9a-f]{12}")


@dataclass(slots=True)
class Desk:
    """Where the reader sits. Ids of rollouts differ from run to run: the page's are read as those that were last shown."""

    capsys: pytest.CaptureFixture[str]
    rollout: str = ""
    wrong: list[str] = field(default_factory=list)

    def type(self, step: Typed) -> None:
        words = shlex.split(ROLLOUT.sub(self.rollout, step.line))
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            os.environ[name] = value
            return
        assert words[0] == "patchkeep", step.line
        status = self.run(words[1:])
        captured = self.capsys.readouterr()
        self.rollout = next(iter(ROLLOUT.findall(captured.out)), self.rollout)
        if status != step.status:
            self.wrong.append(f"{step.line}: exit status {status}, not {step.status}: {captured.err[-2000:]}")
        self.wrong += [f"{step.line}: {line!r} is not in its output" for line in step.output if not shown(line, captured.out)]

    @staticmethod
    def run(arguments: list[str]) -> int:
        try:
            main(arguments)
        except SystemExit as ended:
            return ended.code if isinstance(ended.code, int) else 1
        return 0


def shown(line: str, output: str) -> bool:
    """Whether a line of the page stands in the output, however that is wrapped; `…` is any text, a rollout's id any id."""
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in ROLLOUT.sub("…", line).split("…"))
    return re.search(rf"(?<!\S){pattern}(?!\S)", " ".join(output.split())) is not None


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, and the environment as it was afterwards."""
    before = dict(os.environ)
    monkeypatch.chdir(tmp_path)
    os.environ.pop("PATCHKEEP_DATABASE_URL", None)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)


def test_the_tutorial_runs_as_it_is_written(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (policy,) = (block for block in blocks(TEXT) if block.language == "yaml")
    (place / "patchkeep.yaml").write_text(policy.text, encoding="utf-8")
    steps = [step for block in blocks(TEXT) if block.language == "console" for step in typed(block)]
    serve, *others = steps
    assert serve.line == SERVE
    with sandbox_process("small") as endpoint:
        os.environ["PATCHKEEP_SANDBOX"] = endpoint  # the page's port 4566, on a free one
        desk = Desk(capsys)
        for step in others:
            desk.type(step)
    assert not desk.wrong, "\n".join(desk.wrong)
    assert (place / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_line_is_found_whatever_its_spaces_breaks_and_ids() -> None:
    assert shown("dev  4   2", "x\ndev      4 \n    2 \n")
    assert shown("Next: resume ro-7c4d56a3cc55", "Next: resume ro-000000000001")
    assert shown("17 assets; snapshot …", "17 assets; snapshot 0123")
    assert not shown("7 assets; snapshot …", "17 assets; snapshot 0123")
    assert not shown("17 asset", "17 assets")
