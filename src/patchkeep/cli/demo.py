"""`patchkeep demo`: the whole way on the reference estate, with the very commands that a person would type."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import click

from patchkeep.cli._options import Setup

WEEKS_BEFORE = 3
LOOK_EVERY_DAYS = 3


@click.command(epilog="Example: patchkeep demo --dir .demo")
@click.option("--dir", "folder", default=".demo", show_default=True, metavar="DIR", help="Where the demo keeps its files.")
@click.option("--org", default="snowy", show_default=True, metavar="FILE", help="An organization file, or snowy.")
def command(folder: str, org: str) -> None:
    """Watch the whole way on an emulated AWS Organization; no credentials needed.

    Nothing here is AWS: the organization is our own model of it, in virtual time. Everything else is what you would run.
    """
    from patchkeep.wire import SandboxClock, sandbox_environment, sandbox_process, sandbox_promises

    started = time.monotonic()
    place = _prepare(Path(folder))
    with sandbox_process(org) as endpoint, _environment(sandbox_environment(endpoint), place):
        story = _Story(SandboxClock(endpoint), endpoint)
        story.tell()
        promises = sandbox_promises(endpoint)
    click.secho(f"\nDone in {time.monotonic() - started:.0f} s; peak memory {_peak()}.", bold=True)
    click.echo("The sandbox's own log: " + ", ".join(f"{number} {what}" for what, number in promises.items()) + ".")
    click.echo(f"Open {place / 'report.html'} in a browser. The files of this demo are in {place}.")
    if promises["repeated installs"] or promises["calls not emulated"]:
        sys.exit(1)


def _prepare(folder: Path) -> Path:
    """An empty folder with the demo's policy. Only a folder that an earlier demo made is emptied."""
    mark = folder / ".patchkeep-demo"
    if folder.exists():
        if not mark.exists() and any(folder.iterdir()):
            raise click.UsageError(f"{folder} is not empty, and no demo made it: name another with --dir.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    mark.touch()
    policy = resources.files("patchkeep.sandbox").joinpath("orgs/snowy-policy.yaml").read_text(encoding="utf-8")
    (folder / "patchkeep.yaml").write_text(policy, encoding="utf-8")
    return folder


@contextmanager
def _environment(variables: dict[str, str], place: Path) -> Iterator[None]:
    """The sandbox's credentials and the demo's folder, until the block ends."""
    before, folder = dict(os.environ), Path.cwd()
    os.environ.update(variables)
    os.environ.pop("PATCHKEEP_DATABASE_URL", None)
    os.environ["PATCHKEEP_EXTERNAL_ID"] = "snowy-patchkeep"
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)


class _Story:
    """The steps, each announced, then run as typed."""

    def __init__(self, clock: object, endpoint: str) -> None:
        self.setup = Setup(clock)  # type: ignore[arg-type]
        self.endpoint = endpoint

    def tell(self) -> None:
        """The whole way: three weeks of neglect, then Patchkeep."""
        self.say(f"{WEEKS_BEFORE} weeks go by in Snowy's organization; every {LOOK_EVERY_DAYS} days Patchkeep only looks.")
        for _ in range(WEEKS_BEFORE * 7 // LOOK_EVERY_DAYS):
            self.run("discover", quiet=True)
            self.days(LOOK_EVERY_DAYS)
        self.say("Now look closely: what is there, what could not be seen, and what stands in the way?")
        self.run("discover", "--stats")
        self.run("assess", "--no-fail", head=10)
        self.run("doctor", head=44)
        self.run("who", "openssl<3.0.7", head=16)
        self.say("Plan the settings: baselines, groups, a daily scan that never runs by surprise. Nothing is changed yet.")
        self.run("plan", "-o", "settings.json", head=40)
        self.say("Apply them. Only what bears Patchkeep's mark is ever touched.")
        self.run("apply", "settings.json", "--yes")
        self.say("A day later all was scanned with the policy's own baselines. Plan again: the settings stand, the rings are filled.")
        self.days(1)
        self.run("discover")
        self.run("plan", "-o", "plan.json", "--no-calls")
        self.run("apply", "plan.json", "--yes")
        self.say("Roll out: ring by ring, inside windows, until a person is needed.")
        self.run("rollout", "start", "plan.json", "--yes", "--wait")
        self.agree()
        self.say("Done by an API is not patched by evidence: look again, compare with the plan, report.")
        self.days(1)
        self.run("discover")
        self.run("verify", "plan.json")
        self.run("report", "--format", "html", "-o", "report.html", "--no-fail")
        self.run("report", "--no-fail")

    def agree(self) -> None:
        """Two rings of production ask for somebody else than the author."""
        from patchkeep.wire import house, sandbox_sign_in

        for ring in ("prod-canary", "prod"):
            clock = self.setup.clock
            assert clock is not None  # noqa: S101 - the demo always has one
            with house("patchkeep.yaml", clock) as opened:
                rollout = opened.store.rollouts.all()[0]
            if rollout.status.final:
                return
            self.say(f"Ring {ring} waits for a person. Alice, of permission set PatchApprovers, agrees.")
            with _signed_in(sandbox_sign_in(self.endpoint, "PatchApprovers", "alice@snowy.example")):
                self.run("rollout", "approve", rollout.id, "--ring", ring)
            self.run("rollout", "resume", rollout.id, "--wait")

    def days(self, number: int) -> None:
        from datetime import timedelta

        assert self.setup.clock is not None  # noqa: S101
        self.setup.clock.sleep(timedelta(days=number))

    def say(self, what: str) -> None:
        click.secho(f"\n# {what}", bold=True)

    def run(self, *arguments: str, quiet: bool = False, head: int = 0) -> None:
        """Run one command as typed; with `head` only its first lines are shown. A status of 2 or a bug ends the demo."""
        import io
        from contextlib import redirect_stdout
        from shlex import join

        from patchkeep.cli import patchkeep

        if not quiet:
            click.secho(f"\n$ patchkeep {join(arguments)}", fg="cyan")
        caught = io.StringIO()
        with redirect_stdout(caught) if quiet or head else _untouched():
            status = patchkeep.main(list(arguments), prog_name="patchkeep", standalone_mode=False, obj=self.setup)
        if head and not quiet:
            _show_head(caught.getvalue(), head)
        if status == 2:
            raise click.ClickException(f"`patchkeep {join(arguments)}` ended with exit status 2")


@contextmanager
def _signed_in(as_whom: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in as_whom}
    os.environ.update(as_whom)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _untouched() -> Iterator[None]:
    yield


def _show_head(text: str, most: int) -> None:
    lines = text.rstrip().splitlines()
    click.echo("\n".join(lines[:most]))
    if len(lines) > most:
        click.echo(f"  … {len(lines) - most} more lines")


def _peak() -> str:
    """The largest memory that this process and its children (the sandbox) ever had, in MB."""
    import resource

    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sandbox = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return f"client {own} MB, sandbox {sandbox} MB"
