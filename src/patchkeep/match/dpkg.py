"""The order of Debian and Ubuntu versions, `epoch:upstream-revision`, as byte keys.

The rules are those of Debian Policy 5.6.12: non-digits and numbers take turns; in the non-digits `~` sorts before the end,
the end before letters and letters before the rest; an absent number, epoch or revision counts as 0. As in dpkg itself, a
version that does not start with a digit is read all the same (old packages have such), other breaches are errors.
"""

import re
from typing import NamedTuple

from patchkeep.match.digits import number, why_unreadable
from patchkeep.match.scheme import Scheme, VersionError

_END = "\x02"
_RANKS = {ord("~"): 0x01} | {ord(sign): 0x80 + ord(sign) for sign in "+-.:"}
_DIGITS = re.compile(r"[0-9]+")
_FOREIGN = re.compile(r"[^A-Za-z0-9.+~:-]")
_LARGEST_EPOCH = 2**31 - 1


class DebianVersion(NamedTuple):
    """The three parts of a Debian version; None where the text does not give the part."""

    epoch: str | None
    version: str
    revision: str | None


def parts(text: str) -> DebianVersion:
    """Split `epoch:upstream-revision`, of which only the upstream version must be there. Raises VersionError."""
    before, colon, after = text.partition(":")
    upstream, hyphen, revision = (after if colon else before).rpartition("-")
    if not hyphen:
        upstream, revision = revision, ""
    given = DebianVersion(before if colon else None, upstream, revision if hyphen else None)
    if why := why_unreadable(text) or _why_not(given):
        raise VersionError(Scheme.DPKG, text, why)
    return given


def key(text: str) -> bytes:
    """Give bytes that sort as dpkg sorts `text`, and are equal where dpkg holds two versions equal. Raises VersionError."""
    return key_of(parts(text))


def key_of(version: DebianVersion) -> bytes:
    """Give the key of a version that is already split."""
    return (number(version.epoch or "0") + _turns(version.version) + _turns(version.revision or "0")).encode("latin-1")


def _turns(text: str) -> str:
    # A last number left out counts as 0, so one is written whenever the text ends in something else.
    whole = text if text[-1] <= "9" and text[-1] >= "0" else f"{text}0"
    return _DIGITS.sub(_number, whole.translate(_RANKS)) + _END


def _number(digits: re.Match[str]) -> str:
    return _END + number(digits[0])


def _why_not(version: DebianVersion) -> str | None:
    epoch, upstream, revision = version
    if epoch is not None and not (epoch.isascii() and epoch.isdigit()):
        return "what stands before the colon is not a number"
    if epoch is not None and number(epoch) > number(str(_LARGEST_EPOCH)):
        return f"its epoch is above {_LARGEST_EPOCH}"
    if not upstream:
        return "nothing stands where the version should be"
    if revision == "":
        return "nothing stands after the last hyphen, where the revision should be"
    if foreign := _FOREIGN.search(upstream) or _FOREIGN.search(revision or ""):
        return f"{foreign[0]!r} may not be part of it"
    return None
