"""Whatever is wrong, a person gets a sentence or a gap: no traceback, and nothing that was known is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from patchkeep.domain.ledger import Busy
from patchkeep.sandbox import orgfile
from patchkeep.sandbox.dispatch import CHECKS, Sandbox, Step
from patchkeep.sandbox.operation import OPERATIONS, AwsError, Request
from patchkeep.sandbox.server import load_operations
from patchkeep.wire import house
from patchkeep.work.discover import Looking, discover
from tests.e2e.desk import PLAN, POLICY, Desk, small

pytestmark = pytest.mark.http
MANAGEMENT, DEV, PROD = "100000000001", "200000000002", "300000000003"
READ = "PatchkeepRead"


@dataclass(slots=True)
class Faults:
    """What the emulated AWS is to do wrong: refuse by `check`, or answer `odd` in an operation's stead."""

    check: Callable[[Step], None] = lambda _: None
    odd: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    desk: Desk
    faults: Faults


def faulty(faults: Faults) -> Sandbox:
    load_operations()

    def first(step: Step) -> None:
        faults.check(step)

    def answered(name: str) -> Callable[[Request], Any]:
        return lambda request: faults.odd[name] if name in faults.odd else OPERATIONS["ssm", name](request)

    wired = {key: answered(key[1]) if key[0] == "ssm" else perform for key, perform in OPERATIONS.items()}
    return Sandbox(orgfile.load("small"), validate=False, checks=(first, *CHECKS), operations=wired)


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A desk that has looked once, when all was well."""
    faults = Faults()
    with small(tmp_path_factory.mktemp("bad"), faulty(faults)) as desk:
        desk.days(1)
        desk("discover")
        yield Place(desk, faults)


@pytest.fixture
def place(looked: Place) -> Iterator[Place]:
    yield looked
    looked.faults.check = lambda _: None
    looked.faults.odd.clear()
    for account in (DEV, PROD):
        looked.desk.sandbox.refuse(account, READ, [])
        looked.desk.sandbox.alter_account(account, suspended=False)
    looked.desk.write_policy(POLICY)


def gaps(desk: Desk, status: int = 0) -> dict[tuple[str, str], str]:
    """What a new look could not see: (place, cause) -> the answer."""
    seen = desk.json("discover", status=status)["snapshot"]
    assert len(seen["assets"]) == len(desk.sandbox.nodes()), "whatever was seen once stays known"
    return {(f"{gap['target']['account']}/{gap['target']['region']}", gap["cause"]): gap["reason"] for gap in seen["gaps"]}


def assert_unread(desk: Desk, *accounts: str) -> None:
    """Every node there is known to be unread, and none is called compliant: at best what was seen before still speaks against it."""
    rows = desk.json("assess", "--all", "--no-fail")["assets"]
    for row in rows:
        if row["asset"]["target"]["account"] in accounts:
            assert row["asset"]["unread"]
            assert row["compliance"]["status"] == "UNKNOWN"
        else:
            assert not row["asset"]["unread"]


def without(desk: Desk, *names: str) -> Desk:
    return replace(desk, variables={key: value for key, value in desk.variables.items() if key not in names})


# --- who asks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("discover",), ("plan",)])
def test_without_credentials_it_says_how_to_sign_in(place: Place, words: tuple[str, ...]) -> None:
    nobody = without(place.desk, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    said = nobody(*words, status=1)
    assert said.err.startswith("No usable AWS credentials: ")
    assert "aws sso login" in said.err


def test_credentials_that_aws_does_not_know_are_said_to_be_refused(place: Place) -> None:
    stranger = replace(place.desk, variables={**place.desk.variables, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"})
    said = stranger("discover", status=1)
    assert said.err.startswith("AWS does not accept these credentials (InvalidClientTokenId). Sign in with `aws sso login")


def test_a_secret_that_is_not_there_is_named(place: Place) -> None:
    said = without(place.desk, "PATCHKEEP_EXTERNAL_ID")("discover", status=2)
    assert "env:PATCHKEEP_EXTERNAL_ID: the environment variable PATCHKEEP_EXTERNAL_ID is not set" in said.err


def test_a_wrong_external_id_is_a_gap_for_each_member_account(place: Place) -> None:
    other = replace(place.desk, variables={**place.desk.variables, "PATCHKEEP_EXTERNAL_ID": "wrong"})
    found = gaps(other)
    assert set(found) == {(f"{DEV}/", "no role"), (f"{PROD}/", "no role")}
    assert all("sts:AssumeRole" in reason for reason in found.values())
    assert_unread(place.desk, DEV, PROD)
    told = place.desk.json("doctor")
    fixes = {row["fix"] for row in told["rows"] if row["cause"] == "not looked at: no role"}
    assert len(fixes) == 1  # the same for all accounts
    assert "external id" in fixes.pop()
    assert "the external id that env:PATCHKEEP_EXTERNAL_ID gives is not the one that the role asks for" in told["every_account"]


# --- where it looks ---------------------------------------------------------------------------------------------------------


def test_an_account_that_refuses_is_a_gap_and_the_others_go_on(place: Place) -> None:
    place.desk.sandbox.refuse(PROD, READ, ["*"])
    assert set(gaps(place.desk)) == {(f"{PROD}/", "refused")}
    assert_unread(place.desk, PROD)


def test_what_was_unread_is_read_again_when_it_may(place: Place) -> None:
    place.desk.sandbox.refuse(PROD, READ, ["ssm:*"])
    assert gaps(place.desk)
    place.desk.sandbox.refuse(PROD, READ, [])
    assert gaps(place.desk) == {}
    assert_unread(place.desk)


def test_a_suspended_account_is_a_gap(place: Place) -> None:
    place.desk.sandbox.alter_account(PROD, suspended=True)
    assert gaps(place.desk) == {(f"{PROD}/", "suspended"): "account is SUSPENDED"}
    assert_unread(place.desk, PROD)


def test_an_excluded_account_is_left_out_with_its_reason(place: Place) -> None:
    excluding = POLICY.replace(
        "  regions: all-enabled\n", f'  regions: all-enabled\n  exclude: [{{account: "{PROD}", why: "sold in May"}}]\n'
    )
    place.desk.write_policy(excluding)
    assert gaps(place.desk) == {(f"{PROD}/", "excluded"): "excluded by the policy: sold in May"}


def test_a_region_that_is_off_is_a_gap_for_each_account_that_lacks_it(place: Place) -> None:
    place.desk.write_policy(POLICY.replace("regions: all-enabled", "regions: [eu-central-1, us-east-1, eu-north-1]"))
    found = gaps(place.desk)
    assert {where for where, cause in found if cause == "region off"} >= {f"{DEV}/eu-north-1", f"{PROD}/eu-north-1"}
    assert {cause for _, cause in found} == {"region off"}


def test_throttled_reads_are_asked_again(place: Place) -> None:
    refusals = iter(range(2))

    def throttle(step: Step) -> None:
        if step.operation == "DescribeInstanceInformation" and next(refusals, None) is not None:
            raise AwsError("ThrottlingException", "Rate exceeded")

    place.faults.check = throttle
    assert gaps(place.desk) == {}


def test_an_answer_that_is_not_understood_is_a_gap_with_a_traceback_and_exit_status_1(place: Place) -> None:
    place.faults.odd["DescribePatchBaselines"] = {"BaselineIdentities": [{"BaselineName": "an odd one without an id"}]}
    seen = place.desk.json("discover", status=1)["snapshot"]
    (gap, *_) = [gap for gap in seen["gaps"] if gap["cause"] == "answer not understood"]
    assert (gap["service"], gap["reason"], gap["operation"]) == ("baselines", "KeyError: 'BaselineId'", "ssm:DescribePatchGroups")
    assert "Traceback (most recent call last)" in gap["traceback"]
    assert gap["request_id"]
    assert len(seen["assets"]) == len(place.desk.sandbox.nodes())
    said = place.desk("discover", status=1)
    assert "answer not understood" in said.out


def test_sessions_that_run_out_between_two_calls_are_renewed(place: Place) -> None:
    """An hour is all that STS gives: in a long rollout one door outlives many sessions."""
    with place.desk.sitting() as clock, house("patchkeep.yaml", clock) as opened:
        looking = Looking(opened.aws, opened.services, opened.policy, clock)
        for _ in range(3):
            assert discover(looking, lambda *_: None).gaps == ()
            clock.sleep(timedelta(hours=3))
    roles = [one["role"] for one in place.desk.sandbox.credentials()["sessions"][-6:]]
    assert roles == [READ] * 6


# --- what it is given --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [("discover",), ("assess",), ("plan",), ("doctor",), ("report",), ("rollout", "status"), ("who", "openssl")]
)
def test_a_missing_policy_file_is_said_to_be_missing(place: Place, words: tuple[str, ...]) -> None:
    said = place.desk(*words, "--policy", "none.yaml", status=2)
    assert "none.yaml:1:1: There is no such file." in said.sentence


def test_a_policy_with_mistakes_is_told_with_their_places(place: Place) -> None:
    place.desk.write_policy(POLICY.replace("freshness: {scan: 36h", "freshnes: {scan: 36h"))
    said = place.desk("discover", status=2)
    assert "patchkeep.yaml:9:1" in said.err
    assert "freshness" in said.err


@pytest.mark.parametrize("words", [("assess",), ("plan",), ("doctor",), ("who", "openssl"), ("report",)])
def test_before_the_first_look_it_says_to_look_first(
    place: Place, tmp_path_factory: pytest.TempPathFactory, words: tuple[str, ...]
) -> None:
    fresh = tmp_path_factory.mktemp("fresh")
    empty = replace(place.desk, variables={**place.desk.variables, "PATCHKEEP_DATABASE_URL": f"sqlite:///{fresh}/new.db"})
    assert "patchkeep discover" in empty(*words, status=1).sentence


def test_a_rollout_that_is_not_there_is_said_to_be_missing(place: Place) -> None:
    for words in (("resume", "ro-none"), ("status", "ro-none"), ("approve", "ro-none", "--ring", "prod"), ("halt", "ro-none")):
        assert "There is no rollout ro-none" in place.desk("rollout", *words, status=1).sentence


# --- two at once -------------------------------------------------------------------------------------------------------------


def test_two_processes_that_apply_at_once_do_not_both_write(place: Place) -> None:
    """The first is held up by a lock of its own making: a second process is told that it is busy."""
    desk = place.desk
    desk("discover")
    desk("plan", "-o", PLAN, "--no-calls", status=3)
    plan = desk.plan()
    with desk.store() as store, store.ledger.lock(f"apply-{plan.organization_id}"):
        since = desk.sandbox.log_length()
        process = desk.begin("apply", PLAN, "--yes")
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1, out
    assert f"apply-{plan.organization_id} is under way in another process" in err
    assert "Traceback" not in err
    assert [call for call in desk.sandbox.log(since) if "PatchkeepWrite" in call["caller"]] == []


def test_two_processes_that_resume_one_rollout_do_not_both_send(place: Place) -> None:
    desk = place.desk
    desk("discover")
    plan = json.loads(desk("plan", "-o", PLAN, "--no-calls", "--format", "json", status=3).out)["plan"]
    assert plan["rings"]
    desk.try_out("apply", PLAN, "--yes")
    started = desk("rollout", "start", PLAN, "--yes", "--format", "json")
    rollout = json.loads(started.out)["rollout"]["id"]
    with desk.store() as store, store.ledger.lock(f"rollout-{rollout}"):
        since = desk.sandbox.log_length()
        said = desk("rollout", "resume", rollout, status=1)
        with pytest.raises(Busy), store.ledger.lock(f"rollout-{rollout}"):
            pass
    assert f"rollout-{rollout} is under way in another process" in said.err
    assert desk.sent(since) == []
