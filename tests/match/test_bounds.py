"""Which installed versions obey a question's bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.match.question import Bound, Op, PackageQuestion, parse, satisfies, within
from patchkeep.match.versions import Scheme, VersionError
from tests.match.strategies import versions

SCHEMES = st.sampled_from(Scheme)


def question(text: str) -> PackageQuestion:
    asked = parse(text)
    assert isinstance(asked, PackageQuestion)
    return asked


@pytest.mark.parametrize(
    ("text", "scheme", "version"),
    [
        ("openssl", Scheme.RPM, "1:3.0.8-1.amzn2023"),
        ("openssl<3.0.9", Scheme.RPM, "1:3.0.8-1.amzn2023"),
        ("openssl=3.0.8", Scheme.RPM, "1:3.0.8-1.amzn2023"),
        ("openssl<=3.0.8", Scheme.RPM, "1:3.0.8-99.amzn2023"),
        ("openssl<3.0.8-2", Scheme.RPM, "1:3.0.8-1.amzn2023"),
        ("openssl<3.0.8", Scheme.RPM, "1:3.0.8~rc1-1.amzn2023"),
        ("openssl>=1:3.0.8", Scheme.RPM, "1:3.0.8-1.amzn2023"),
        ("openssl<1:1.0", Scheme.RPM, "3.0.8-1.amzn2023"),
        ("openssl=1:3.0.8-1.amzn2023", Scheme.RPM, "1:3.0.8-1.amzn2023"),
        ("openssl<3.0.9-1", Scheme.RPM, "3.0.8"),
        ("openssl=3.0.11", Scheme.DPKG, "3.0.11-1~deb12u2"),
        ("openssl<3.0.11-1", Scheme.DPKG, "3.0.11-1~deb12u2"),
        ("vim<9", Scheme.DPKG, "2:8.2.3995-1ubuntu2.24"),
        ("vim<2:9", Scheme.DPKG, "2:8.2.3995-1ubuntu2.24"),
        ("base-files<12.4-1", Scheme.DPKG, "12.4"),
        ("log4j>=2,<2.17", Scheme.GENERIC, "2.14.1"),
        ("log4j=2.17", Scheme.GENERIC, "2.17.0"),
    ],
)
def test_a_version_within_the_bounds_satisfies(text: str, scheme: Scheme, version: str) -> None:
    assert satisfies(question(text), scheme, version)


@pytest.mark.parametrize(
    ("text", "scheme", "version"),
    [
        ("openssl<3.0.7", Scheme.RPM, "1:3.0.8-1.amzn2023"),
        ("openssl>3.0.8", Scheme.RPM, "1:3.0.8-1.amzn2023"),
        ("openssl<3.0.8", Scheme.RPM, "1:3.0.8-1.amzn2023"),
        ("openssl=3.0.8-1", Scheme.RPM, "1:3.0.8-1.amzn2023"),
        ("openssl<0:9", Scheme.RPM, "1:3.0.8-1.amzn2023"),
        ("openssl=1:2", Scheme.RPM, "2-1"),
        ("openssl<3.0.7-9", Scheme.RPM, "3.0.8"),
        ("vim<1:9", Scheme.DPKG, "2:8.2.3995-1ubuntu2.24"),
        ("vim>8.2.3995", Scheme.DPKG, "2:8.2.3995-1ubuntu2.24"),
        ("log4j>=2,<2.17", Scheme.GENERIC, "2.17.0"),
        ("log4j>=2,<2.17", Scheme.GENERIC, "1.2.17"),
    ],
)
def test_a_version_outside_a_bound_does_not_satisfy(text: str, scheme: Scheme, version: str) -> None:
    assert not satisfies(question(text), scheme, version)


@pytest.mark.parametrize(
    ("text", "scheme", "version", "why"),
    [
        ("openssl<3.0.8-2", Scheme.RPM, "3.0.8", "gives no release, and <3.0.8-2 turns on one"),
        ("openssl<=1:3.0.8-2", Scheme.RPM, "1:3.0.8", "gives no release"),
        ("openssl<3", Scheme.RPM, "", "empty"),
        ("openssl<3.0^git1", Scheme.DPKG, "3.0", "may not be part"),
        ("openssl<3", Scheme.DPKG, "not installed", "white space"),
        ("firefox<140", Scheme.GENERIC, "unknown", "no digit"),
        ("firefox<1:140", Scheme.GENERIC, "140", "colon"),
    ],
)
def test_where_the_answer_cannot_be_known_it_is_not_no(text: str, scheme: Scheme, version: str, why: str) -> None:
    with pytest.raises(VersionError, match=why.replace("^", r"\^")):
        satisfies(question(text), scheme, version)


def test_a_question_without_bounds_asks_nothing_of_the_version() -> None:
    assert satisfies(question("openssl"), Scheme.RPM, "not a version")


@given(SCHEMES.flatmap(lambda scheme: st.tuples(st.just(scheme), versions(scheme), versions(scheme))))
def test_older_equal_or_newer_is_exactly_one_of_three(drawn: tuple[Scheme, str, str]) -> None:
    scheme, bound, installed = drawn
    holds = {}
    for op in Op:
        try:
            holds[op] = within((Bound(op, bound),), scheme)(installed)
        except VersionError:
            assert scheme is Scheme.RPM
            assert "-" in bound
            assert "-" not in installed
            return
    assert [holds[Op.LT], holds[Op.EQ], holds[Op.GT]].count(True) == 1
    assert holds[Op.LE] is (holds[Op.LT] or holds[Op.EQ])
    assert holds[Op.GE] is (holds[Op.GT] or holds[Op.EQ])


@given(SCHEMES.flatmap(lambda scheme: st.tuples(st.just(scheme), versions(scheme))))
def test_a_version_obeys_itself_as_a_bound(drawn: tuple[Scheme, str]) -> None:
    scheme, version = drawn
    assert within((Bound(Op.EQ, version), Bound(Op.LE, version), Bound(Op.GE, version)), scheme)(version)


@given(versions(Scheme.RPM).filter(lambda version: ":" not in version and "-" not in version), st.integers(0, 9), st.integers(0, 9))
def test_what_a_bound_does_not_give_changes_no_answer(version: str, epoch: int, release: int) -> None:
    plain = within((Bound(Op.LT, "1.0"),), Scheme.RPM)
    assert plain(version) is plain(f"{epoch}:{version}") is plain(f"{version}-{release}") is plain(f"{epoch}:{version}-{release}")
