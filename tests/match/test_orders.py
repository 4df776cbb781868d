"""What every order of versions promises: total, the same by key as by comparison, and quick."""

from __future__ import annotations

import sys
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.match.versions import Scheme, VersionError, compare, key, scheme_of
from tests.match.strategies import pairs, versions

TRACED = sys.gettrace() is not None or (sys.version_info >= (3, 12) and sys.monitoring.get_tool(sys.monitoring.COVERAGE_ID) is not None)
SCHEMES = st.sampled_from(Scheme)


@given(SCHEMES.flatmap(lambda scheme: st.tuples(st.just(scheme), pairs(scheme))))
def test_of_two_versions_one_is_older_or_they_are_equal(drawn: tuple[Scheme, tuple[str, str]]) -> None:
    scheme, (a, b) = drawn
    assert compare(scheme, a, b) == -compare(scheme, b, a)
    assert compare(scheme, a, a) == 0
    assert (key(scheme, a) == key(scheme, b)) is (compare(scheme, a, b) == 0)
    assert (key(scheme, a) < key(scheme, b)) is (compare(scheme, a, b) < 0)


@given(SCHEMES.flatmap(lambda scheme: st.tuples(st.just(scheme), versions(scheme), versions(scheme), versions(scheme))))
def test_older_than_older_is_older(drawn: tuple[Scheme, str, str, str]) -> None:
    scheme, *three = drawn
    a, b, c = sorted(three, key=lambda version: key(scheme, version))
    assert compare(scheme, a, b) <= 0
    assert compare(scheme, b, c) <= 0
    assert compare(scheme, a, c) <= 0
    if compare(scheme, a, b) < 0 or compare(scheme, b, c) < 0:
        assert compare(scheme, a, c) < 0


@given(SCHEMES, st.integers(0, 10**600), st.integers(0, 10**600))
def test_numbers_of_any_length_compare_by_value(scheme: Scheme, a: int, b: int) -> None:
    assert compare(scheme, f"1.{a}", f"1.{b}") == (a > b) - (a < b)


@pytest.mark.parametrize("scheme", Scheme)
def test_a_longer_number_is_larger_even_where_its_length_needs_another_code(scheme: Scheme) -> None:
    numbers = ["9" * length for length in (1, 2, 253, 254, 255, 256, 257, 65_535, 65_536)]
    assert [compare(scheme, shorter, longer) for shorter, longer in pairwise(numbers)] == [-1] * (len(numbers) - 1)


@given(SCHEMES, st.text())
def test_any_text_has_a_key_or_a_reason_why_not(scheme: Scheme, text: str) -> None:
    try:
        answer: bytes | VersionError = key(scheme, text)
    except VersionError as error:
        answer = error
    if isinstance(answer, VersionError):
        assert (answer.scheme, answer.text) == (scheme, text)
        assert answer.why
        assert str(answer) == f"{text!r} is not a version ({scheme}): {answer.why}"
    else:
        assert answer


@pytest.mark.parametrize(
    ("scheme", "ascending"),
    [
        (Scheme.RPM, ["1.0~rc1-1", "1.0-1", "1.0^git1-1", "1.0a-1", "1.0.1-1", "1:0.1-1"]),
        (Scheme.RPM, ["3.0.8", "3.0.8-", "3.0.8-1.amzn2023.0.9", "3.0.8-1.amzn2023.0.10", "1:3.0.7-1"]),
        (Scheme.DPKG, ["1.0~~", "1.0~", "1.0", "1.0-1~deb12u1", "1.0-1", "1.0-1ubuntu1", "1.0-1+deb12u1", "1.0a", "1.0+dfsg-1", "1:0"]),
        (Scheme.GENERIC, ["10.0.17763", "10.0.17763.1", "10.0.20348.2113", "10.0.20348.11000"]),
        (Scheme.GENERIC, ["2.0-alpha", "2.0.0-beta.2", "2.0-beta.10", "2.0-rc1", "2.0", "2.0k", "2.0.0.1", "v2.1"]),
    ],
)
def test_versions_sort_as_they_were_released(scheme: Scheme, ascending: list[str]) -> None:
    descending = ascending[::-1]
    assert sorted(descending, key=lambda version: key(scheme, version)) == ascending
    assert len({key(scheme, version) for version in ascending}) == len(ascending)


@pytest.mark.parametrize(
    ("scheme", "spellings"),
    [
        (Scheme.RPM, ["1.0-1", "0:1.0-1", ":1.0-1", "(none):1.0-1", "1.00-01", "1_0-1", "1.0-1."]),
        (Scheme.DPKG, ["1.0", "0:1.0", "00:1.0-0", "1.00", "1.", "1.0-0"]),
        (Scheme.GENERIC, ["1", "1.0", "1.0.0", "v1.0", "V1", "01,0"]),
        (Scheme.GENERIC, ["2.0-RC1", "2.rc.1", "2.0.0_rc1"]),
    ],
)
def test_spellings_of_one_version_have_one_key(scheme: Scheme, spellings: list[str]) -> None:
    assert len({key(scheme, spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("scheme", "text", "why"),
    [
        (Scheme.RPM, "", "empty"),
        (Scheme.RPM, "1.0 -1", "white space"),
        (Scheme.RPM, "1:", "nothing stands"),
        (Scheme.RPM, "-1", "nothing stands"),
        (Scheme.DPKG, "", "empty"),
        (Scheme.DPKG, "1.0\n", "white space"),
        (Scheme.DPKG, ":1.0", "before the colon"),
        (Scheme.DPKG, "a:1.0", "before the colon"),
        (Scheme.DPKG, "-1:1.0", "before the colon"),
        (Scheme.DPKG, "²:1.0", "before the colon"),
        (Scheme.DPKG, "2147483648:1.0", "epoch is above"),
        (Scheme.DPKG, "1:", "nothing stands"),
        (Scheme.DPKG, "1.0-", "after the last hyphen"),
        (Scheme.DPKG, "1.0_1", "'_' may not"),
        (Scheme.DPKG, "1.0-1:2", "before the colon"),
        (Scheme.DPKG, "1.0-1^2", r"'\^' may not"),
        (Scheme.GENERIC, "", "empty"),
        (Scheme.GENERIC, "unknown", "no digit"),
        (Scheme.GENERIC, "1:2.0", "colon"),
    ],
)
def test_a_text_that_is_no_version_is_refused_with_the_reason(scheme: Scheme, text: str, why: str) -> None:
    with pytest.raises(VersionError, match=why):
        key(scheme, text)


@pytest.mark.parametrize("os", ["amazon-linux-2023", "amazon-linux-2", "AMAZON_LINUX_2", "redhat-9", "Red Hat Enterprise Linux", "rhel-8"])
def test_amazon_linux_and_red_hat_order_as_rpm(os: str) -> None:
    assert scheme_of(os) is Scheme.RPM


@pytest.mark.parametrize("os", ["suse-15", "SLES", "rocky-9", "ROCKY_LINUX", "alma-linux-9", "AlmaLinux", "oracle-linux-8", "centos-7"])
def test_what_is_built_like_red_hat_or_suse_orders_as_rpm(os: str) -> None:
    assert scheme_of(os) is Scheme.RPM


@pytest.mark.parametrize("os", ["ubuntu-22.04", "debian-12", "Debian GNU/Linux", "RASPBIAN", " Ubuntu 24.04"])
def test_debian_and_its_children_order_as_dpkg(os: str) -> None:
    assert scheme_of(os) is Scheme.DPKG


@pytest.mark.parametrize("os", ["windows-2022", "Microsoft Windows Server 2022", "macos-14", "debianish-1", "alpine-3", "", "12"])
def test_windows_and_the_unknown_have_the_plain_order(os: str) -> None:
    assert scheme_of(os) is Scheme.GENERIC


@pytest.mark.skipif(TRACED, reason="coverage traces every line, which takes longer than the keys")
@pytest.mark.parametrize(
    ("scheme", "shape"),
    [(Scheme.RPM, "1:3.{}.{}-{}.amzn2023.0.{}"), (Scheme.DPKG, "1:3.{}.{}-0ubuntu{}.{}"), (Scheme.GENERIC, "10.{}.{}.{}.{}")],
)
def test_a_hundred_thousand_keys_take_less_than_a_second_of_processor_time(scheme: Scheme, shape: str) -> None:
    texts = [shape.format(n % 7, n % 31, n % 97, n) for n in range(10_000)]

    def seconds() -> float:
        begun = time.process_time()
        keys = [key(scheme, text) for text in texts]
        spent = time.process_time() - begun
        assert len(set(keys)) == len(texts)
        return spent

    assert min(seconds() for _ in range(3)) < 0.1
