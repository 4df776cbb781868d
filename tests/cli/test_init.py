"""Five questions, or the same as options: the policy that comes of them is sound, keeps its deadlines, and is never written over."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.forecast import forecast
from patchkeep.domain.policy import Policy
from patchkeep.policy import load
from patchkeep.policy.starter import Wishes, starter
from tests.cli.shell import Ran, call

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Person(io.StringIO):
    """Somebody at a terminal, who types these lines."""

    def isatty(self) -> bool:
        return True


class Typing(Protocol):
    def __call__(self, *lines: str, person: bool = True) -> None: ...


@pytest.fixture
def typed() -> Iterator[Typing]:
    """Sets what stands on standard input, until the test ends."""
    before = sys.stdin

    def typing(*lines: str, person: bool = True) -> None:
        text = "".join(f"{line}\n" for line in lines)
        sys.stdin = Person(text) if person else io.StringIO(text)

    yield typing
    sys.stdin = before


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PATCHKEEP_DATABASE_URL", raising=False)
    return tmp_path


def written(path: str = "patchkeep.yaml") -> Policy:
    return load(Path(path).read_text("utf-8"), path, NOW)


def test_with_yes_nothing_is_asked_and_the_policy_keeps_its_deadlines() -> None:
    ran = call("init", "--yes")
    assert (ran.status, ran.err) == (0, "")
    assert [environment.name for environment in written().environments] == ["dev", "staging", "prod"]
    assert forecast(written(), NOW).holds
    assert ran.out.endswith("Next: patchkeep export cloudformation -o roles.json\nthen: patchkeep discover\nthen: patchkeep policy check\n")
    assert "`patchkeep export terraform --dir roles`" in ran.out
    assert all(len(line) <= 80 for line in ran.out.splitlines())


def test_a_person_answers_five_questions_and_enter_takes_the_default(typed: Typing) -> None:
    answers = ("tag", "Stage", "test,live=production", "critical=10d", "", "Europe/Berlin", "aws-sso:Patchers", "20%")
    typed(*answers)
    ran = call("init", "-o", "mine.yaml")
    found = written("mine.yaml")
    assert ran.status == 0
    assert [dict(environment.match.tags) for environment in found.environments] == [{"Stage": ("test",)}, {"Stage": ("production",)}]
    assert [(sla.severity, sla.within) for sla in found.slas] == [("critical", timedelta(days=10))]
    assert found.windows[0].timezone == "Europe/Berlin"
    assert found.approvals[0].approvers == ("aws-sso:Patchers",)
    assert found.rings[0].size is not None
    assert found.rings[0].size.share == pytest.approx(0.2)
    assert "then: patchkeep discover --policy mine.yaml\n" in ran.out
    assert [f"{number} of 5: " in ran.err for number in range(1, 6)] == [True] * 5


def test_a_wrong_answer_is_told_and_asked_again(typed: Typing) -> None:
    typed("unit", "dev", "dev=Dev", "critical", "critical=14d", "Caturday 02:00", "Sat 02:00", "Berlin", "UTC", "", "5", "5%")
    ran = call("init")
    assert ran.status == 0
    for told in (
        "'dev' has no unit.",
        "'critical' says no time.",
        "'Caturday' is no weekday.",
        "Did you mean `Europe/Berlin`?",
        "'5' is no share",
    ):
        assert told in ran.err


def test_without_a_terminal_the_options_are_named(typed: Typing, folder: Path) -> None:
    typed(person=False)
    ran = call("init")
    assert ran.status == 2
    assert "Say --yes for the defaults, or all of --environments, --deadlines" in ran.err
    assert list(folder.iterdir()) == []


def test_without_a_terminal_all_options_are_enough(typed: Typing) -> None:
    typed(person=False)
    options = ("--environments", "prod=Prod", "--deadlines", "high=30d", "--window", "Sat,Sun 01:00", "--timezone", "UTC")
    ran = call("init", *options, "--approvers", "anybody", "--share", "10%")
    assert (ran.status, ran.err) == (0, "")


def test_a_file_that_is_there_is_never_written_over() -> None:
    Path("patchkeep.yaml").write_text("mine", "utf-8")
    ran = call("init", "--yes")
    assert ran.status == 2
    assert "patchkeep.yaml is there already, and is not written over: name another file with -o." in ran.err
    assert Path("patchkeep.yaml").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--timezone", "Berlin"), "Invalid value for --timezone: There is no time zone 'Berlin'. Did you mean `Europe/Berlin`?"),
        (("--environments", "dev=Dev,dev=Prod"), "dev stands in the list twice."),
        (("--deadlines", "important=3d"), "Write `high`"),
        (("--approvers", "alice"), "Nobody can ever approve as 'alice'"),
        (("--external-id", "s3cret"), "Invalid value for --external-id: A secret must not stand in the policy file."),
        (("--share", "0%"), "A share of 0% is nobody."),
        (("--name", "a b"), "'a b' cannot be a name."),
        (("--environments", ","), "There is nothing in this list."),
    ],
)
def test_a_wrong_option_says_what_to_write(options: tuple[str, str], error: str) -> None:
    ran = call("init", "--yes", *options)
    assert ran.status == 2
    assert error in ran.err


@pytest.mark.parametrize("unseen", ["\n", "\r", "\t", "\x00", "\x1b[31m", "\u2028", "\u202e", "\u200b", "\udc80"], ids=ascii)
@pytest.mark.parametrize("option", ["--environments", "--tag", "--deadlines", "--window", "--timezone", "--approvers", "--name"])
def test_what_nobody_sees_is_refused_in_every_answer(option: str, unseen: str, folder: Path) -> None:
    ran = call("init", "--yes", option, f"dev=De{unseen}v")
    assert ran.status == 2
    assert f"Invalid value for {option}: " in ran.err
    assert "holds a character that nobody sees" in ran.err
    assert "Write it in one line, without that character." in ran.err
    assert list(folder.iterdir()) == []


def test_a_person_who_types_one_is_asked_again(typed: Typing) -> None:
    typed("unit", "dev=De\x08v", "dev=Dev", "", "", "", "", "")
    ran = call("init")
    assert ran.status == 0
    assert "holds a character that nobody sees, '\\x08'" in ran.err
    assert [environment.match.ous for environment in written().environments] == [("Dev",)]


def test_a_deadline_that_no_such_window_can_keep_is_said_at_once() -> None:
    ran: Ran = call("init", "--yes", "--deadlines", "critical=3d")
    assert ran.status == 0
    assert "breaches by" in ran.out
    assert "a critical update first seen on" in " ".join(ran.out.split())


WISHES = st.builds(
    Wishes,
    environments=st.dictionaries(
        st.sampled_from(["dev", "test", "prod", "on"]), st.sampled_from(["A/B", 'say "x": {}', "no", "0777"]), min_size=1
    ),
    tag=st.sampled_from(["Environment", "a: b", 'x"y', "yes"]),
    deadlines=st.dictionaries(
        st.sampled_from(["critical", "high", "medium", "low"]), st.integers(1, 400).map(lambda h: timedelta(hours=h)), min_size=1
    ),
    window=st.sampled_from(["Sat,Sun 02:00", "daily 23:30", "Tue#2 02:00"]),
    approvers=st.sampled_from([(), ("aws-sso:Ops",), ("arn:aws:iam::111122223333:role/Ops", "arn:aws:iam::111122223333:user/a")]),
)


@given(WISHES)
def test_whatever_is_wished_is_a_sound_policy(wishes: Wishes) -> None:
    found = load(starter(wishes), "p.yaml", NOW)
    assert [environment.name for environment in found.environments] == list(wishes.environments)
    assert [dict(environment.match.tags) for environment in found.environments] == [
        {wishes.tag: (value,)} for value in wishes.environments.values()
    ]
    assert not any(row.why for row in forecast(found, NOW).rows), "baselines let in all that deadlines are written for"
