"""Packages kept packed are the same packages, and equal lists are one object."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from patchkeep.domain.frozen import content_hash
from patchkeep.domain.packages import Package, Packages, package_of, text_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PACKAGES = st.lists(st.builds(Package, TEXTS, TEXTS, TEXTS), max_size=6)
SSL, CURL = Package("openssl", "1:3.0.8-1", "x86_64"), Package("curl", "8.5.0")


@given(PACKAGES)
def test_what_goes_in_comes_out_once_and_in_order(given_packages: list[Package]) -> None:
    packed = Packages(given_packages)
    assert sorted(packed) == sorted(set(given_packages))
    assert [package_of(text) for text in packed.texts()] == list(packed)
    assert len(packed) == len(set(given_packages))
    assert bool(packed) == bool(given_packages)


@given(PACKAGES, PACKAGES)
def test_equal_lists_have_equal_digests_and_others_have_not(one: list[Package], other: list[Package]) -> None:
    assert (Packages(one) == Packages(other)) == (set(one) == set(other))
    assert (content_hash(Packages(one)) == content_hash(Packages(other))) == (set(one) == set(other))


def test_equal_lists_are_one_object_also_when_they_come_from_the_store() -> None:
    packages = Packages((SSL, CURL))
    assert Packages.of((text_of(CURL), text_of(SSL), text_of(SSL))) is packages
    assert Packages.stored(packages.digest, packages.packed) is packages


def test_names_are_found_to_the_letter() -> None:
    packages = Packages((SSL, CURL, Package('odd "name", 1', "1")))
    assert packages.named(("openssl", "open", "curl", 'odd "name", 1', "Curl")) == ("curl", 'odd "name", 1', "openssl")
