"""An order for versions whose system has none that we know (Windows, macOS, anything new), as byte keys.

Numbers compare by value and whatever stands between them only separates; a missing number is 0, so 1.2 equals 1.2.0. Words
compare without case. A word that announces a release (alpha, beta, pre, rc ...) sorts before the release it announces,
every other word after. A leading v is dropped. There is no epoch and no release part.
"""

import re

from patchkeep.match.digits import number, why_unreadable
from patchkeep.match.scheme import Scheme, VersionError

_EARLY, _END, _WORD, _NUMBER = "\x01", "\x02", "\x03", "\x04"
_ZERO = _NUMBER + number("0")
_SEGMENT = re.compile(r"[0-9]+|[a-z]+")
_LEADING_V = re.compile(r"v(?=[0-9])")
_ANNOUNCING = frozenset({"alpha", "beta", "dev", "nightly", "pre", "preview", "rc", "snapshot"})


def key(text: str) -> bytes:
    """Give bytes that sort as the version does. Raises VersionError: without a digit, or with a colon as of an epoch."""
    if why := why_unreadable(text) or _why_not(text):
        raise VersionError(Scheme.GENERIC, text, why)
    lowered = text.lower()
    leading = _LEADING_V.match(lowered)
    return _coded(_SEGMENT.findall(lowered, leading.end() if leading else 0)).encode("latin-1")


def _coded(segments: list[str]) -> str:
    coded = ""
    held = 0  # zeros count only when a larger number follows them
    for segment in segments:
        if segment.isalpha():
            coded += (_EARLY if segment in _ANNOUNCING else _WORD) + segment
            held = 0
        elif segment.strip("0"):
            coded += _ZERO * held + _NUMBER + number(segment)
            held = 0
        else:
            held += 1
    return coded + _END


def _why_not(text: str) -> str | None:
    if ":" in text:
        return "a colon belongs to the versions of rpm and dpkg"
    if not any("0" <= sign <= "9" for sign in text):
        return "it has no digit"
    return None
