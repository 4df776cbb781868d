"""Questions as people type them: read, refused with something better to write, and never misread."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchkeep.match.question import Bound, CveQuestion, Op, PackageQuestion, Question, QuestionError, asks_about, parse

TYPED = st.text(st.sampled_from("openssl*<>=!~^≤,.:- 0123456789vCVE'\n\té"), max_size=24) | st.text(max_size=24)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("openssl", PackageQuestion("openssl")),
        ("openssl<3.0.7", PackageQuestion("openssl", (Bound(Op.LT, "3.0.7"),))),
        ("openssl<=3.0.7-1", PackageQuestion("openssl", (Bound(Op.LE, "3.0.7-1"),))),
        ("openssl=1:2", PackageQuestion("openssl", (Bound(Op.EQ, "1:2"),))),
        ("openssl == 3", PackageQuestion("openssl", (Bound(Op.EQ, "3"),))),
        ("log4j>=2,<2.17", PackageQuestion("log4j", (Bound(Op.GE, "2"), Bound(Op.LT, "2.17")))),
        ("  log4j > 2 , < 2.17 ", PackageQuestion("log4j", (Bound(Op.GT, "2"), Bound(Op.LT, "2.17")))),
        ("linux-image-*-amd64<6.1.140-1~deb12u1", PackageQuestion("linux-image-*-amd64", (Bound(Op.LT, "6.1.140-1~deb12u1"),))),
        ("libstdc++6:amd64<12", PackageQuestion("libstdc++6:amd64", (Bound(Op.LT, "12"),))),
        ("Mozilla Firefox (x64 en-US)<140.0.2", PackageQuestion("Mozilla Firefox (x64 en-US)", (Bound(Op.LT, "140.0.2"),))),
        ("cve-bin-tool", PackageQuestion("cve-bin-tool")),
        ("CVE-2014-0160", CveQuestion("CVE-2014-0160")),
        (" cve-2021-44228 ", CveQuestion("CVE-2021-44228")),
        ("CVE-2016-1000031", CveQuestion("CVE-2016-1000031")),
    ],
)
def test_a_question_is_read_as_it_is_meant(text: str, question: Question) -> None:
    assert parse(text) == question


@pytest.mark.parametrize(
    ("text", "why", "write"),
    [
        ("", "does not start with the name", "openssl<3.0.7"),
        ("<3", "does not start with the name", "openssl<3"),
        ("*", "does not start with the name", "openssl<3.0.7"),
        ("a" * 2000, "longer than", "openssl<3.0.7"),
        ("open\x07ssl", "control character", "openssl"),
        ("'openssl<3'", "quotation mark", "openssl<3"),
        ("openssl,curl", "each package by itself", "openssl"),
        ("openssl 3.0.7", "no sign stands", "openssl=3.0.7"),
        ("openssl v3.0.7", "no sign stands", "openssl=3.0.7"),
        ("openssl 3.0,<4", "no sign stands", "openssl=3.0,<4"),
        ("openssl<", "no version follows <", "openssl<3.0.7"),
        ("openssl=<3", "there is no =<", "openssl<=3"),
        ("openssl≥3", "there is no ≥", "openssl>=3"),
        ("openssl<<3", "there is no <<", "openssl<3"),
        ("openssl!=3", "there is no !=", "openssl<3"),
        ("openssl~=3.1", "there is no ~=", "openssl>=3.1"),
        ("openssl>=2,3", "after a comma comes", "openssl>=2,<3"),
        ("openssl<1,", "after a comma comes", "openssl<1"),
        ("openssl>1,,<2", "after a comma comes", "openssl>1,<2"),
        ("openssl>=2<3", "a comma must stand between", "openssl>=2,<3"),
        ("openssl>=2 <3", "a comma must stand between", "openssl>=2,<3"),
        ("openssl=3.0.*", "give both ends", "openssl>=3.0,<3.1"),
        ("openssl=3.*", "give both ends", "openssl>=3,<4"),
        ("openssl<3.0.*", "give both ends", "openssl<3.0"),
        ("openssl<v3", "'v3' is not a version", "openssl<3"),
        ("openssl<latest", "'latest' is not a version", "openssl<3.0.7"),
        ("openssl<3.0.7-", "is not a version", "openssl<3.0.7"),
        ("openssl<3.0.7 or so", "is not a version", "openssl<3.0.7"),
        ("openssl=<v3.*", "there is no =<", "openssl<=3"),
        ("CVE-2014-160", "at least four digits", "CVE-2014-0160"),
        ("CVE-2021-044228", "at least four digits", "CVE-2021-44228"),
        ("cve 2021 44228", "hyphens between", "CVE-2021-44228"),
        ("CVE-2021-44228<3", "nothing else", "CVE-2021-44228"),
        ("CVE-2021-*", "a CVE id is", "CVE-2014-0160"),
        ("RHSA-2023:0946", "only CVE ids", "CVE-2014-0160"),
        ("ALAS2023-2023-101", "only CVE ids", "CVE-2014-0160"),
        ("ghsa-jfh8-c2jp-5v3q", "only CVE ids", "CVE-2014-0160"),
    ],
)
def test_what_is_no_question_is_refused_with_one_to_write_instead(text: str, why: str, write: str) -> None:
    with pytest.raises(QuestionError) as refusal:
        parse(text)
    assert refusal.value.text == text
    assert why in refusal.value.why
    assert refusal.value.write_instead == write
    assert write in str(refusal.value)


@given(TYPED)
def test_whatever_is_typed_is_read_or_answered_with_what_can_be(text: str) -> None:
    try:
        question = parse(text)
    except QuestionError as refused:
        question = parse(refused.write_instead)
    assert parse(str(question)) == question


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("openssl", "openssl"),
        ("imagemagick", "ImageMagick"),
        ("OpenSSL", "openssl"),
        ("openssl*", "openssl"),
        ("openssl*", "openssl-libs"),
        ("*ssl", "openssl"),
        ("*ssl*", "openssl-libs"),
        ("lib*ssl*dev", "libwolfssl-dev"),
        ("a**b", "ab"),
    ],
)
def test_a_star_stands_for_any_text_and_case_does_not_matter(name: str, package: str) -> None:
    assert asks_about(PackageQuestion(name), package)


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("openssl", "openssl-libs"),
        ("openssl", "compat-openssl"),
        ("ssl*", "openssl"),
        ("aba*ba", "aba"),
        ("*aa*aa*", "aaa"),
        ("lib*ssl*ssl", "libssl"),
        ("gcc-1?", "gcc-12"),
        ("lib.", "libc"),
        ("g[c]c", "gcc"),
    ],
)
def test_nothing_but_a_star_stands_for_other_text(name: str, package: str) -> None:
    assert not asks_about(PackageQuestion(name), package)


def test_a_name_full_of_stars_is_answered_at_once() -> None:
    begun = time.process_time()
    assert not asks_about(PackageQuestion("*a" * 200 + "b"), "a" * 2000)
    assert time.process_time() - begun < 1


def test_a_very_long_question_is_refused_at_once() -> None:
    begun = time.process_time()
    for text in ("openssl<" + " " * 100_000 + "x", "a " * 100_000 + "1.0", "cve" + "-" * 100_000, "alas" + "-" * 100_000):
        with pytest.raises(QuestionError):
            parse(text)
    assert time.process_time() - begun < 1
