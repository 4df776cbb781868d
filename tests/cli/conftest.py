"""One small organization in a thread, and one whole way through it that all golden tests share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.server import serve
from patchkeep.wire import SandboxClock, sandbox_sign_in
from patchkeep.work.rollout import POLL
from tests.cli.shell import Ran, call

WAY = (
    ("", "sandbox advance 1d"),
    ("discover", "discover --stats"),
    ("assess", "assess"),
    ("assess-all", "assess --all --no-fail"),
    ("assess-one", "assess small-dev-app-007"),
    ("doctor", "doctor"),
    ("doctor-owner", "doctor --group-by owner"),
    ("doctor-all", "doctor --all"),
    ("who-package", "who openssl<3.0.7"),
    ("who-cve", "who CVE-2026-10723"),
    ("plan-settings", "plan -o settings.json"),
    ("plan-calls", "plan --calls --only account=300000000003"),
    ("plan-unsaved", "plan --only ou=Workloads/Dev"),
    ("apply", "apply settings.json --yes"),
    ("", "sandbox advance 1d"),
    ("", "discover"),
    ("plan", "plan -o plan.json"),
    ("", "apply plan.json --yes --format json"),
    ("rollout-interrupted", "interrupted rollout start plan.json --yes --wait"),
    ("rollout-status-running", "rollout status ROLLOUT"),
    ("rollout-resume-interrupted", "rollout resume ROLLOUT --wait"),
    ("rollout-approve-author", "rollout approve ROLLOUT --ring prod-canary"),
    ("rollout-approve", "as-alice rollout approve ROLLOUT --ring prod-canary"),
    ("rollout-pause", "rollout pause ROLLOUT"),
    ("rollout-status", "rollout status"),
    ("rollout-resume", "rollout resume ROLLOUT --wait"),
    ("rollout-status-one", "rollout status ROLLOUT"),
    ("verify-too-early", "verify plan.json"),
    ("", "sandbox advance 1d"),
    ("", "discover"),
    ("verify", "verify plan.json --all"),
    ("report", "report"),
    ("policy-check", "policy check"),
    ("policy-explain", "policy explain small-dev-app-007"),
)
JSON = (
    "discover",
    "assess --no-fail",
    "assess small-dev-app-007 --no-fail",
    "doctor",
    "who openssl",
    "plan",
    "apply plan.json --yes",
    "rollout status",
    "rollout status ROLLOUT",
    "verify plan.json",
    "report --no-fail",
    "policy check",
    "policy explain small-dev-app-007",
)


class InterruptingClock(SandboxClock):
    """Somebody presses Ctrl-C as soon as there is nothing to do but wait for commands."""

    def sleep(self, duration: timedelta) -> None:
        if duration >= POLL:
            raise KeyboardInterrupt
        super().sleep(duration)


@dataclass(frozen=True, slots=True)
class Seat:
    """Where the way is walked: the endpoint of the small organization, a folder with a policy, and what being signed in takes."""

    endpoint: str
    folder: Path
    variables: Mapping[str, str]

    @contextmanager
    def taken(self) -> Iterator[None]:
        """In the folder and signed in until the block ends, and no longer: tests of other folders share this process."""
        with pytest.MonkeyPatch.context() as scene:
            for name, value in self.variables.items():
                scene.setenv(name, value)
            scene.delenv("PATCHKEEP_DATABASE_URL", raising=False)
            scene.chdir(self.folder)
            yield


@pytest.fixture(scope="session")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    folder = tmp_path_factory.mktemp("cli")
    policy = files("patchkeep.sandbox").joinpath("orgs/snowy-policy.yaml").read_text(encoding="utf-8")
    (folder / "patchkeep.yaml").write_text(policy, encoding="utf-8")
    with serve(orgfile.load("small")) as sandbox:
        own = {"PATCHKEEP_EXTERNAL_ID": "patchkeep-small", "COLUMNS": "80", "PATCHKEEP_SANDBOX": sandbox.endpoint}
        yield Seat(sandbox.endpoint, folder, {**own, **SandboxClient(sandbox.endpoint).environment()})


@pytest.fixture
def world(seat: Seat) -> Iterator[str]:
    """The endpoint of the small organization; for this test the process is in a folder with a policy, and signed in."""
    with seat.taken():
        yield seat.endpoint


@pytest.fixture(scope="session")
def way(seat: Seat) -> Mapping[str, Ran]:
    """Every command of the way by its name, and after the last one each document that programs read."""
    ran: dict[str, Ran] = {}
    with seat.taken():
        for name, line in WAY:
            done = _typed(line, seat.endpoint)
            ran[name or line] = done
        for line in JSON:
            if f"{line} --format json" in ran:
                continue  # a day later that plan would be stale
            ran[f"{line} --format json"] = _typed(f"{line} --format json", seat.endpoint)
    return ran


def _typed(line: str, endpoint: str) -> Ran:
    words = line.split()
    if "ROLLOUT" in words:
        newest = call("rollout", "status", "--format", "json", endpoint=endpoint).json["rollouts"][0]["id"]
        words = [newest if word == "ROLLOUT" else word for word in words]
    if words[0] == "interrupted":
        return call(*words[1:], clock=InterruptingClock(endpoint))
    if words[0] != "as-alice":
        return call(*words, endpoint=endpoint)
    with pytest.MonkeyPatch.context() as scene:
        for name, value in sandbox_sign_in(endpoint, "PatchApprovers", "alice@small.example").items():
            scene.setenv(name, value)
        return call(*words[1:], endpoint=endpoint)


@pytest.fixture
def folder(seat: Seat) -> Path:
    """Where the way keeps its files."""
    return seat.folder
