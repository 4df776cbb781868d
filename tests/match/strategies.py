"""Versions as Hypothesis draws them: short, from few signs, so that near misses and equal spellings are common."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from patchkeep.match.versions import Scheme, VersionError, key

PIECES = {
    Scheme.RPM: ["0", "1", "9", "00", "10", "a", "b", "Z", "~", "^", ".", "_", "+", "-", "é"],
    Scheme.DPKG: ["0", "1", "9", "00", "10", "a", "b", "Z", "~", ".", "+", "-"],
    Scheme.GENERIC: ["0", "1", "9", "00", "10", "a", "b", "rc", "beta", ".", "-", "_", "v"],
    Scheme.APPLICATION: ["0", "1", "9", "00", "10", ".0", ".1", ".9"],
}
EPOCHS = {
    Scheme.RPM: ["", "0:", "1:", "01:", ":"],
    Scheme.DPKG: ["", "0:", "1:", "01:"],
    Scheme.GENERIC: [""],
    Scheme.APPLICATION: ["", "v"],
}


def readable(scheme: Scheme) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        try:
            key(scheme, text)
        except VersionError:
            return False
        return True

    return test


def versions(scheme: Scheme) -> st.SearchStrategy[str]:
    pieces = st.lists(st.sampled_from(PIECES[scheme]), min_size=1, max_size=6).map("".join)
    return st.tuples(st.sampled_from(EPOCHS[scheme]), pieces).map("".join).filter(readable(scheme))


def pairs(scheme: Scheme) -> st.SearchStrategy[tuple[str, str]]:
    """Two versions, half of the time with a common beginning and end."""

    def relatives(version: str) -> st.SearchStrategy[tuple[str, str]]:
        changed = st.tuples(st.integers(0, len(version)), st.sampled_from(PIECES[scheme])).map(
            lambda change: version[: change[0]] + change[1] + version[change[0] :]
        )
        return st.tuples(st.just(version), changed.filter(readable(scheme)))

    return st.one_of(st.tuples(versions(scheme), versions(scheme)), versions(scheme).flatmap(relatives))
