"""The order of rpm versions, `epoch:version-release`, as byte keys.

The rules are those of rpm's rpmvercmp (rpm-version(7)): a version is its runs of ASCII digits and letters and its `~` and
`^`; everything else only separates. Position by position `~` sorts before the end, then the end, `^`, letters and numbers.
An absent epoch counts as 0; an absent release sorts before every release, as rpmverCmp has it.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from patchkeep.match.digits import number, why_unreadable
from patchkeep.match.scheme import Scheme, VersionError

_TILDE, _END, _CARET, _LETTERS, _NUMBER = "\x01", "\x02", "\x03", "\x04", "\x05"
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
_EVR = re.compile(r"(?:([0-9]*):)?(.*?)(?:-([^-]*))?", re.DOTALL)
_NO_EPOCH_AS_PRINTED = "(none):"


class Evr(NamedTuple):
    """The three parts of an rpm version; None where the text does not give the part."""

    epoch: str | None
    version: str
    release: str | None


def parts(evr: str) -> Evr:
    """Split `epoch:version-release`, of which only the version must be there.

    As in rpm the release starts at the last hyphen, and what stands before a colon is an epoch only if it is all digits
    (none at all is epoch 0). `(none):`, which rpm prints for an absent epoch, is read as an absent epoch.
    Raises VersionError.
    """
    if why := why_unreadable(evr):
        raise VersionError(Scheme.RPM, evr, why)
    found = _EVR.fullmatch(evr.removeprefix(_NO_EPOCH_AS_PRINTED))
    epoch, version, release = found.groups() if found else (None, "", None)
    if not version:
        raise VersionError(Scheme.RPM, evr, "nothing stands where the version should be")
    return Evr(epoch, version, release)


def key(evr: str) -> bytes:
    """Give bytes that sort as rpm sorts `evr`, and are equal where rpm holds two versions equal. Raises VersionError."""
    return key_of(parts(evr))


def key_of(evr: Evr) -> bytes:
    """Give the key of a version that is already split."""
    release = "" if evr.release is None else _segments(evr.release)  # even an empty release leaves its end mark, and so sorts later
    return (number(evr.epoch or "0") + _segments(evr.version) + release).encode("latin-1")


def _segments(text: str) -> str:
    # No terminator after letters: every tag that can follow sorts before every letter, as strcmp needs.
    return "".join([_segment(segment) for segment in _SEGMENT.findall(text)]) + _END


@lru_cache(maxsize=32_768)  # a fleet's versions are made of few different segments
def _segment(segment: str) -> str:
    first = segment[0]
    if first <= "9":
        return _NUMBER + number(segment)
    if first == "~":
        return _TILDE
    return _CARET if first == "^" else _LETTERS + segment
