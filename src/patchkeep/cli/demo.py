"""`patchkeep demo`: the whole way on the reference estate, with the very commands that a person would type."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from patchkeep.cli import show
from patchkeep.cli._stage import Stage

if TYPE_CHECKING:
    from patchkeep.domain.progress import Rollout
    from patchkeep.wire import SandboxClock

WEEKS_BEFORE = 3
LOOK_EVERY_DAYS = 3
SHOWN = "170000000007"  # the account of Snowy's whose calls are shown
LIFECYCLES = "lifecycles.json"
SHORT = "\nDeadlines"  # where the report's tables of before and after end


@click.command(epilog="Example: patchkeep demo --dir .demo")
@click.option("--dir", "folder", default=".demo", show_default=True, metavar="DIR", help="Where the demo keeps its files.")
@click.option("--org", default="snowy", show_default=True, metavar="FILE", help="An organization file, or snowy.")
def command(folder: str, org: str) -> None:
    """Watch the whole way on an emulated AWS Organization; no credentials needed.

    Nothing here is AWS: the organization is our own model of it, in virtual time. Everything else is what you would run.
    Takes a minute or two. Exit status 1 when the sandbox's own log shows that a rollout installed twice on a node, or that a call
    was not emulated, or when refused reads make it say what is not true.
    """
    from patchkeep.cli._interrupted import Interrupted, ending_politely
    from patchkeep.wire import (
        SandboxClock,
        read_policy,
        sandbox_environment,
        sandbox_external_id,
        sandbox_grants,
        sandbox_lifecycles,
        sandbox_process,
        sandbox_promises,
    )

    started = time.monotonic()
    place = _prepare(Path(folder))
    secret = {"PATCHKEEP_EXTERNAL_ID": sandbox_external_id(org)}
    try:
        with ending_politely(), sandbox_process(org) as endpoint, _environment(sandbox_environment(endpoint) | secret, place):
            Path(LIFECYCLES).write_text(sandbox_lifecycles(), encoding="utf-8")
            sandbox_grants(endpoint, read_policy("patchkeep.yaml", SandboxClock(endpoint).now()))  # no more than `patchkeep iam` says
            story = Story(SandboxClock(endpoint), endpoint)
            table = story.tell()
            promises = sandbox_promises(endpoint, story.begun)
            held = story.doubt()
    except (KeyboardInterrupt, Interrupted, click.Abort):
        raise Interrupted("The demo was interrupted, and its sandbox has ended. To begin again: patchkeep demo") from None
    _close(place, promises, time.monotonic() - started)
    click.echo(f"\n{table}")
    if promises["repeated installs"] or promises["calls not emulated"] or not promises["installs"] or not held:
        sys.exit(1)


def _close(place: Path, promises: dict[str, int], seconds: float) -> None:
    """What it took, and what the other side says of us."""
    click.secho(f"\nDone in {seconds:.0f} s; peak memory {_peak()}.", bold=True)
    show.paragraph("The sandbox's own log: " + ", ".join(f"{number} {what}" for what, number in promises.items()) + ".")
    show.paragraph(f"Open {place / 'report.html'} in a browser. The policy, plans and database of this demo are in {place}.")
    show.paragraph("Nothing of this was AWS: the numbers below are measured on our own model of it.")


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
    """The sandbox's credentials, its roles' external id and the demo's folder, until the block ends."""
    from patchkeep.wire import signed_in

    with signed_in(variables), chdir(place):
        os.environ.pop("PATCHKEEP_DATABASE_URL", None)
        yield


PRODUCTION = frozenset({"prod-canary", "prod"})


class Story:
    """The steps, each announced, then run as typed."""

    def __init__(self, clock: SandboxClock, endpoint: str) -> None:
        self.clock = clock
        self.endpoint = endpoint
        self.stage = Stage(clock)
        self.begun: list[datetime] = []  # when each rollout after the first began

    def tell(self) -> str:
        """The whole way: three weeks of neglect, then Patchkeep. Returns the table of before and after."""
        self.neglect()
        self.look()
        self.settle()
        self.patch()
        self.prove()
        self.again()
        return self.report()

    def neglect(self) -> None:
        self.stage.say(
            f"{WEEKS_BEFORE} weeks go by in this organization. Every {LOOK_EVERY_DAYS} days Patchkeep looks, and changes nothing."
        )
        for _ in range(WEEKS_BEFORE * 7 // LOOK_EVERY_DAYS):
            seen = self.stage.caught("discover").splitlines()[0]
            click.echo(f"  {self.clock.now():%Y-%m-%d}  {seen.partition(';')[0]}")
            self.days(LOOK_EVERY_DAYS)

    def look(self) -> None:
        self.stage.say("Until when versions are supported: a small sample of endoflife.date stands in for `patchkeep feeds update`.")
        self.stage.run("feeds", "update", "--from", LIFECYCLES)
        self.stage.say("Now look closely: what is there, what could not be seen, and what stands in the way?")
        self.stage.run("discover", "--stats", head=16)
        self.stage.run("assess", "--no-fail")
        self.stage.run("doctor", head=36)
        self.stage.run("who", "openssl<3.0.7", head=12)
        self.stage.say("What comes unasked? Windows, freezes, the dates on which AWS acts by itself, and ends of support, in one calendar.")
        self.stage.run("calendar", head=34)

    def settle(self) -> None:
        self.stage.say("Plan the settings: baselines, groups, a daily scan that never runs by surprise. Nothing is changed yet.")
        self.stage.run("plan", "-o", "settings.json", head=42)
        accounts = {setting["target"]["account"] for setting in _plan_in("settings.json")["settings"]}
        if accounts:
            self.stage.say("The very calls can be read before they are made; one account's, for instance.")
            self.stage.run("plan", "--calls", "--only", f"account={SHOWN if SHOWN in accounts else min(accounts)}", head=14)
        self.stage.say("Apply them. Only what bears Patchkeep's mark is ever touched.")
        self.stage.run("apply", "settings.json", "--yes")

    def patch(self) -> None:
        self.stage.say("A day later all was scanned with the policy's own baselines. Plan again: the settings stand, the rings are filled.")
        self.days(1)
        self.stage.run("discover")
        self.stage.run("plan", "-o", "plan.json", head=36)
        self.stage.run("apply", "plan.json", "--yes")
        self.stage.say("Roll out: ring by ring, inside windows, until a person is needed.")
        self.stage.run("rollout", "start", "plan.json", "--yes", "--wait")
        self.agree("--wait")

    def prove(self) -> None:
        self.stage.say("Done by an API is not patched by evidence: look again, and compare with the plan.")
        self.clock.sleep(timedelta(hours=8))
        self.stage.run("discover")
        self.stage.run("verify", "plan.json")

    def again(self) -> None:
        self.stage.say("Production had to wait for its windows. Meanwhile new updates came out: a second round for the rings before it.")
        self.stage.run("plan", "-o", "next.json", head=4)
        self.stage.run("apply", "next.json", "--yes", head=1)
        self.begun.append(self.clock.now())
        self.stage.run("rollout", "start", "next.json", "--yes", head=2)
        self.agree(besides=PRODUCTION)
        self.stage.say("Without --wait it ends where there is something to wait for; hours later anybody resumes it.")
        self.clock.sleep(timedelta(hours=4))
        self.stage.run("rollout", "resume", self.latest().id)
        self.agree(besides=PRODUCTION)
        self.stage.say("Its staging ring bakes now, and production will ask for approval again. Look once more, and report.")

    def report(self) -> str:
        self.stage.run("discover", quiet=True)
        self.stage.run("report", "--format", "html", "-o", "report.html", "--no-fail")
        return f"{self.stage.caught('report', '--no-fail').partition(SHORT)[0].rstrip()}\n\n{self.remainder()}"

    def remainder(self) -> str:
        """Where the assets that are not compliant stand in the last plan: counted, not claimed."""
        reported = json.loads(self.stage.caught("report", "--format", "json", "--no-fail"))
        planned = _plan_in("next.json")
        open_still = {row["id"] for row in reported["assets"] if row["status"] != "COMPLIANT"}
        barred = {skip["asset"] for skip in planned["skips"] if not skip["reason"].startswith("nothing to do")} & open_still
        waiting = {change["asset"] for ring in planned["rings"] if ring["approvals"] for change in ring["changes"]} & open_still
        wait = "waits" if len(waiting) == 1 else "wait"
        sentence = (
            f"Of the {len(open_still)} assets that are not proven compliant the last plan left out {len(barred)}, each for a reason that "
            f"`patchkeep plan` names; {len(waiting)} {wait} for production's next approval."
        )
        return "\n".join(show.wrapped(sentence, min(show.width(), 100)))

    def doubt(self) -> bool:
        """Whether a look is true when a tenth of its reads is refused, too."""
        from patchkeep.cli._doubt import doubt

        self.stage.say("And when AWS refuses? A last look, a tenth of its reads denied on purpose, held against one without.")
        held, what = doubt(self.clock, self.endpoint)
        show.paragraph(what)
        return held

    def agree(self, *wait: str, besides: frozenset[str] = frozenset()) -> None:
        """Let people agree to ring after ring, as each asks: not the author, and two where nothing can be undone."""
        from patchkeep.wire import sandbox_sign_in

        while (ring := self.waiting()) and ring not in besides:
            self.stage.say(
                f"Ring {ring} waits for people. Alice, of permission set PatchApprovers, agrees; and Bob, where it asks for two."
            )
            for person in ("alice", "bob"):
                if self.waiting() == ring:
                    with _signed_in(sandbox_sign_in(self.endpoint, "PatchApprovers", f"{person}@snowy.example")):
                        self.stage.run("rollout", "approve", self.latest().id, "--ring", ring)
            self.stage.run("rollout", "resume", self.latest().id, *wait)

    def waiting(self) -> str:
        """The ring of the newest rollout that waits for people; "" where none does."""
        from patchkeep.domain.approval import gate
        from patchkeep.wire import house

        with house("patchkeep.yaml", self.clock) as opened:
            rollout = opened.store.rollouts.all()[0]
            plan = opened.store.plans.get(rollout.plan_id)
        if plan is None or rollout.status.final:
            return ""
        rings = zip(plan.rings, rollout.rings, strict=True)
        ring = next((ring for ring, state in rings if not all(member.ended for member in state.members)), None)
        return ring.name if ring and gate(rollout, plan, ring) else ""

    def latest(self) -> Rollout:
        from patchkeep.wire import house

        with house("patchkeep.yaml", self.clock) as opened:
            return opened.store.rollouts.all()[0]

    def days(self, number: int) -> None:
        self.clock.sleep(timedelta(days=number))


def _plan_in(file: str) -> Any:
    """A saved plan, as any program would read it."""
    return json.loads(Path(file).read_text(encoding="utf-8"))["plan"]


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


def _peak() -> str:
    """The largest memory that this process and its children (the sandbox) ever had, in MB."""
    import resource

    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sandbox = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return f"client {own} MB, sandbox {sandbox} MB"
