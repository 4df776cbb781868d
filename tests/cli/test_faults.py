"""`patchkeep sandbox fault`, and what is said where the sandbox is gone."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.faults.fault import Kind
from patchkeep.sandbox.server import serve
from tests.cli.shell import call

pytestmark = pytest.mark.http


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with serve(orgfile.load("small")) as running:
        yield running.endpoint


@pytest.fixture(autouse=True)
def at_the_sandbox(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PATCHKEEP_SANDBOX", endpoint)
    monkeypatch.setenv("COLUMNS", "80")
    yield
    SandboxClient(endpoint).clear_faults()


def fault(*words: str) -> str:
    ran = call("sandbox", "fault", *words)
    assert (ran.status, ran.err) == (0, "")
    return ran.out


def test_a_fault_is_put_on_listed_with_what_it_struck_and_taken_off() -> None:
    assert fault("list") == "No faults are on: put one on with `patchkeep sandbox fault add KIND`.\n"
    on = fault("add", "throttle", "--service", "ssm", "--operation", "Describe*", "--share", "10%", "--seed", "7")
    name = on.split()[0]
    assert on == f"{name} is on: throttle, 10 % of ssm, Describe*, seed 7.\n"
    assert fault("list").splitlines()[1].split() == [name, "0", "throttle,", "10", "%", "of", "ssm,", "Describe*,", "seed", "7"]
    fault("add", "slow", "--account", "200000000002", "--seconds", "0.5")
    assert fault("clear", name) == f"{name} is off.\n"
    assert fault("clear") == "1 fault taken off.\n"


def test_programs_read_faults_as_one_document() -> None:
    made = call("sandbox", "fault", "add", "never-back", "--node", "i-1", "--times", "2", "--format", "json").json
    assert (made["format"], made["version"]) == ("patchkeep.sandbox-faults", 1)
    listed = call("sandbox", "fault", "list", "--format", "json").json
    assert listed == made
    (only,) = listed["faults"]
    assert (only["kind"], only["nodes"], only["times"], only["hits"]) == ("never-back", ["i-1"], 2, 0)


def test_help_names_every_kind_with_an_example() -> None:
    shown = fault("add", "--help")
    assert [kind for kind in Kind if f"  {kind} " not in shown] == []
    assert "Examples:" in shown


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("add", "throtle"), 1, "did you mean throttle?"),
        (("add", "throttle", "--share", "20"), 2, "'20' is no share: write 10% or 0.1."),
        (("add", "throttle", "--share", "0%"), 2, "is no share"),
        (("add", "never-back", "--operation", "SendCommand"), 1, "it takes no operations"),
        (("add", "throttle", "--from", "tomorrow"), 1, "from is a time with a zone"),
        (("clear", "fault-99"), 1, "There is no fault 'fault-99'."),
    ],
)
def test_a_mistake_is_a_sentence(words: tuple[str, ...], status: int, sentence: str) -> None:
    ran = call("sandbox", "fault", *words)
    assert ran.status == status
    assert sentence in ran.err


@pytest.mark.parametrize("words", [("fault", "list"), ("advance", "1d"), ("run", "discover"), ("run", "policy", "check")])
def test_a_sandbox_that_is_gone_is_a_sentence_with_the_next_command(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("PATCHKEEP_SANDBOX", f"http://127.0.0.1:{port}")
    ran = call("sandbox", *words)
    assert (ran.status, ran.out) == (1, "")
    assert f"No sandbox answers at http://127.0.0.1:{port} (Connection refused): start one with `patchkeep sandbox serve`" in ran.err


def test_a_sandbox_that_goes_away_under_a_command_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed in while it served; the clock is asked when it does no more."""
    with serve(orgfile.load("small")) as running:
        gone = running.endpoint
    ran = call("report", "--no-fail", endpoint=gone)
    assert ran.status == 1
    assert f"No sandbox answers at {gone}" in ran.err
