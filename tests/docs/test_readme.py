"""The README's commands, typed as they stand there: its look at "your own AWS" in shells of their own, and the demo once whole."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.dispatch import Sandbox
from patchkeep.sandbox.server import serving
from patchkeep.wire import sandbox_sign_in
from tests.docs.pages import ROOT, Block, Typed, blocks, typed
from tests.e2e.desk import world_of

pytestmark = [pytest.mark.http, pytest.mark.slow]
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
MANAGEMENT = "100000000001"
REFUSALS = {"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"}


def part(heading: str) -> str:
    """The page's text below a heading that begins so, up to the next one."""
    return re.split(r"^## ", PAGE.split(f"\n## {heading}", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def lines(block: Block) -> Iterator[Typed]:
    """Lines as `typed` gives them, those that go on after a backslash in one; the exit status is what the line's comment says."""
    for raw in block.text.replace("\\\n", " ").splitlines():
        said = re.search(r"#.*exit status (\d)", raw)
        for each in typed(Block("sh", raw)):
            yield Typed(each.line, status=int(said[1]) if said else 0)


@dataclass(slots=True)
class Terminal:
    """A folder in which lines are typed, each into a bash of its own that knows the exports before it."""

    folder: Path
    variables: dict[str, str]
    exports: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def type(self, step: Typed) -> None:
        line = step.line
        if line.startswith("export "):
            self.exports.append(line)
            return
        if line.startswith("make "):  # patchkeep is installed already: that there is such a target is what can be tried
            line = f"make --directory {ROOT} --dry-run {line.partition('&&')[0].split()[1]}"
        if line.startswith("aws "):  # CloudFormation is not emulated: the AWS CLI checks all of it, and sends nothing
            line += " --generate-cli-skeleton output"
        began = time.monotonic()
        status, text = self._run("\n".join([*self.exports, line]))
        self.seconds += time.monotonic() - began
        self.said[step.line] = text
        if status != step.status:
            self.wrong.append(f"{step.line}: exit status {status}, not {step.status}: {text[-2000:]}")

    def _run(self, script: str) -> tuple[int, str]:
        """Somebody who answers every question with the enter key."""
        ours, theirs = pty.openpty()
        try:
            os.write(ours, b"\n" * 12)
            done = subprocess.run(
                ["bash", "-c", script],
                stdin=theirs,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                cwd=self.folder,
                env=self.variables,
            )
        finally:
            os.close(ours)
            os.close(theirs)
        return done.returncode, done.stdout


def organization(external_id: str) -> str:
    """The small organization, its roles asking for this external id, in the present: nobody injects the sandbox's clock here."""
    text = resources.files("patchkeep.sandbox").joinpath("orgs/small.yaml").read_text(encoding="utf-8")
    now = datetime.now(UTC).replace(microsecond=0)
    changed, number = re.subn(r"(?m)^(  external_id): .*$", rf"\1: {external_id}", text)
    changed, again = re.subn(r"(?m)^(  starts): .*$", rf"\1: {now:%Y-%m-%dT%H:%M:%SZ}", changed)
    assert number == again == 1
    return changed


def profile(endpoint: str) -> tuple[str, str]:
    """An AWS configuration in which `management` is somebody signed in there; and the role that they signed in with."""
    keys = sandbox_sign_in(endpoint, "PatchAuthors", "ann@small.example")
    role = next(one["role"] for one in SandboxClient(endpoint).credentials()["sessions"] if "PatchAuthors" in one["role"])
    rows = [f"endpoint_url = {endpoint}", "region = eu-central-1", *(f"{name.lower()} = {value}" for name, value in keys.items())]
    return "\n".join(["[profile management]", *rows, ""]), role


@contextmanager
def terminal(folder: Path, endpoint: str) -> Iterator[tuple[Terminal, str]]:
    text, role = profile(endpoint)
    (folder / "aws-config").write_text(text, encoding="utf-8")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PATCHKEEP_", "COLUMNS"))}
    variables |= {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "AWS_CONFIG_FILE": str(folder / "aws-config")}
    yield Terminal(folder, variables), role


def made(template: dict[str, Any], account: str) -> list[Any]:
    """The read role's policies as CloudFormation would make them in an account."""

    def filled(value: Any) -> Any:
        match value:
            case {"Fn::Sub": str(text)}:
                return text.replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", account)
            case dict():
                return {key: filled(each) for key, each in value.items()}
            case list():
                return [filled(each) for each in value]
            case _:
                return value

    role = next(one for one in template["Resources"].values() if one.get("Properties", {}).get("RoleName") == "PatchkeepRead")
    inline = [one["PolicyDocument"] for one in role["Properties"].get("Policies", ())]
    managed = [one["Properties"]["PolicyDocument"] for key, one in template["Resources"].items() if key.startswith("ReadPolicy")]
    found: list[Any] = filled([*inline, *managed])
    return found


def make_roles(at: Terminal, sandbox: SandboxClient, signed_in: str) -> None:
    """What CloudFormation and an administrator make of the two files that the page's commands wrote."""
    template = json.loads((at.folder / "roles.json").read_text(encoding="utf-8"))
    for account in ("200000000002", "300000000003"):
        sandbox.give("PatchkeepRead", made(template, account), account)
    caller = json.loads((at.folder / "caller.json").read_text(encoding="utf-8"))
    sandbox.give(signed_in, [caller], MANAGEMENT)
    sandbox.give("PatchkeepWrite", [])


def test_ones_own_aws_is_looked_at_as_the_readme_says(tmp_path: Path, record_testsuite_property: Callable[[str, object], None]) -> None:
    before, look = part("Against your own AWS").split("3. **Look.**")
    external_id = re.search(r"PATCHKEEP_EXTERNAL_ID=(\S+)", before)
    assert external_id
    with serving(Sandbox(world_of(organization(external_id[1])))) as running, terminal(tmp_path, running.endpoint) as (at, role):
        sandbox = SandboxClient(running.endpoint)
        began = sandbox.now()
        for step in (step for block in blocks(before) if block.language == "sh" for step in lines(block)):
            at.type(step)
        assert at.wrong == []
        make_roles(at, sandbox, role)
        for step in (step for block in blocks(look) if block.language == "sh" for step in lines(block)):
            at.type(step)
        assert at.wrong == []
        log = sandbox.log()
        assert sandbox.unimplemented() == []
        assert sandbox.now() == began, "something waited"
    record_testsuite_property("seconds of the readme's own commands", round(at.seconds, 1))
    assert [(call["operation"], call["caller"]) for call in log if (call["error"] or "") in REFUSALS] == []
    assert {call["operation"] for call in log if not call["operation"].startswith(("Describe", "List", "Get"))} == {"AssumeRole"}
    assert len([call for call in log if ":assumed-role/PatchkeepRead/" in call["caller"]]) > 20
    assert "17 assets in 3 accounts" in at.said["patchkeep discover --stats"]
    assert "in no ring" not in at.said["patchkeep policy check"]
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert {file.name for file in (tmp_path / "modules" / "patchkeep-roles").iterdir()} == {"main.tf", "variables.tf", "outputs.tf"}


def test_a_readers_steps_are_few_enough_for_five_minutes() -> None:
    steps = [step for block in blocks(part("Against your own AWS")) if block.language == "sh" for step in lines(block)]
    assert 10 < len(steps) <= 20
    assert [step.line for step in steps if step.status] == ["patchkeep who 'openssl<3.0.7'"]


class TestDemo:
    """A class, so that xdist (--dist loadscope) runs it beside the others of this file."""

    def test_the_demo_keeps_what_it_promises(self, tmp_path: Path) -> None:
        """As `make demo` calls it, in another folder than the repository's."""
        recipe = re.search(r"^demo:.*\n\t@(\S+) (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert recipe
        assert recipe[1] == ".venv/bin/patchkeep"
        done = subprocess.run([BIN / "patchkeep", *recipe[2].split()], cwd=tmp_path, capture_output=True, text=True, check=False)
        said = " ".join(done.stdout.split())
        assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-2000:]}"
        promised = re.search(r"The sandbox's own log: (\d+) installs, (\d+) repeated installs, (\d+) calls not emulated", said)
        assert promised, said[-3000:]
        assert int(promised[1]) > 100
        assert (promised[2], promised[3]) == ("0", "0")
        assert "Traceback" not in done.stdout + done.stderr
        drift = re.search(r"Open updates +(\d+) +(\d+) +down (\d+) %", said)
        assert drift, said[-3000:]
        assert int(drift[2]) < int(drift[1]) // 2
        assert (tmp_path / ".demo" / "report.html").is_file()
