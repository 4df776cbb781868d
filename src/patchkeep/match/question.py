"""What a person may ask about packages: `openssl`, `openssl<3.0.7`, `log4j*>=2,<2.17`, `CVE-2014-0160`.

A question is a CVE id, or a package's name with any number of bounds joined by commas, all of which must hold. In a name `*`
stands for any text, and case does not matter. What cannot be read is refused with the reason and a question that can.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from patchkeep.match.bounds import Bound, Op, within
from patchkeep.match.scheme import Scheme

__all__ = ["Bound", "CveQuestion", "Op", "PackageQuestion", "Question", "QuestionError", "asks_about", "parse", "satisfies", "within"]

_EXAMPLE = "openssl<3.0.7"
_EXAMPLE_CVE = "CVE-2014-0160"
_WHY_NO_CVE = "a CVE id is CVE, the year and a number of at least four digits, with hyphens between and nothing else"
_LONGEST = 1000
_QUOTES = "'\"`"
_MOST_CORRECTIONS = 12
_CVE = re.compile(r"CVE-(?:19|20)[0-9]{2}-(?:[0-9]{4}|[1-9][0-9]{4,18})", re.ASCII | re.IGNORECASE)
_LIKE_CVE = re.compile(r"CVE[-_:\s]*(?:[0-9*<>=]|$)", re.ASCII | re.IGNORECASE)
_ADVISORY = re.compile(
    r"(?:(?:ALAS[0-9A-Z.-]*|RH[SBE]A|ELSA|RLSA|ALSA|USN|DSA|DLA|SUSE-SU)-[0-9]|GHSA-[0-9A-Z]{4}-)", re.ASCII | re.IGNORECASE
)
_NAME_AND_REST = re.compile(r"([^<>=!~^≤≥,]*)(.*)", re.DOTALL)
_NAME_THEN_VERSION = re.compile(r"(\S+)\s+(v?[0-9]\S*\.\S*)")
_OP_AND_VERSION = re.compile(r"\s*([<>=!~^≤≥]*)\s*(.*?)\s*", re.DOTALL)
_VERSION = re.compile(r"(?=.*[0-9])(?!v[0-9])(?:[0-9]+:)?[A-Za-z0-9](?:[A-Za-z0-9.+~^_-]*[A-Za-z0-9+~^_])?")
_MISSING_COMMA = re.compile(r"\s*([<>=!≤≥]+)")
_ALL_OF_A_SERIES = re.compile(r"((?:[0-9]+\.)*)([0-9]{1,9})\.\*")
_OPS = {"<": Op.LT, "<=": Op.LE, "=": Op.EQ, "==": Op.EQ, ">=": Op.GE, ">": Op.GT}
_MEANT = {"=<": "<=", "=>": ">=", "≤": "<=", "≥": ">=", "<<": "<", ">>": ">", "~=": ">=", "~>": ">=", "^": ">=", "!=": "<", "<>": "<"}


@dataclass(frozen=True, slots=True)
class PackageQuestion:
    """The question who has a package of this name, in a version that obeys every bound."""

    name: str
    bounds: tuple[Bound, ...] = ()

    def __str__(self) -> str:
        return self.name + ",".join(str(bound) for bound in self.bounds)


@dataclass(frozen=True, slots=True)
class CveQuestion:
    """The question who is affected by a CVE, whose id is in capitals."""

    id: str

    def __str__(self) -> str:
        return self.id


Question: TypeAlias = PackageQuestion | CveQuestion


class QuestionError(ValueError):
    """A text that is no question; `write_instead` is one, as near to it as can be guessed."""

    def __init__(self, text: str, why: str, write_instead: str) -> None:
        super().__init__(text, why, write_instead)
        self.text = text
        self.why = why
        self.write_instead = write_instead

    def __str__(self) -> str:
        return f"cannot read {self.text!r}: {self.why}; write {self.write_instead!r}"


class _RefusedError(Exception):
    """Why a text is no question, and a text nearer to one, which may have faults of its own."""

    def __init__(self, why: str, nearer: str) -> None:
        super().__init__(why, nearer)
        self.why = why
        self.nearer = nearer


def parse(text: str) -> Question:
    """Read a question. Raises QuestionError, whose `write_instead` can always be read."""
    try:
        return _read(text.strip())
    except _RefusedError as refused:
        raise QuestionError(text, refused.why, _readable(refused.nearer)) from None


def asks_about(question: PackageQuestion, package: str) -> bool:
    """Say whether the question's name, with its `*`, is this package's."""
    # Not a regular expression: a name with many * would make one try for ever.
    first, *others = question.name.casefold().split("*")
    name = package.casefold()
    if not others:
        return name == first
    *middle, last = others
    at, end = len(first), len(name) - len(last)
    if at > end or not (name.startswith(first) and name.endswith(last)):
        return False
    for piece in middle:
        found = name.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def satisfies(question: PackageQuestion, scheme: Scheme, version: str) -> bool:
    """Say whether an installed version obeys the question's bounds, by the rule of `bounds`; the name is not looked at.

    Raises VersionError where that cannot be known. For many versions make the test once: `within(question.bounds, scheme)`.
    """
    return within(question.bounds, scheme)(version)


def _readable(nearer: str) -> str:
    for _ in range(_MOST_CORRECTIONS):
        try:
            return str(_read(nearer))
        except _RefusedError as again:
            nearer = again.nearer
    return _EXAMPLE


def _read(asked: str) -> Question:
    if _LIKE_CVE.match(asked):
        return _cve(asked)
    found = _NAME_AND_REST.fullmatch(asked)
    name, rest = (found[1].strip(), found[2]) if found else ("", asked)
    if fault := _fault_of_name(name, rest):
        raise _RefusedError(*fault)
    return PackageQuestion(name, tuple(_bound(asked, part) for part in rest.split(",")) if rest else ())


def _cve(asked: str) -> CveQuestion:
    if _CVE.fullmatch(asked):
        return CveQuestion(asked.upper())
    numbers = re.findall(r"[0-9]+", asked)
    year, number = (numbers[0], numbers[1].lstrip("0").zfill(4)) if len(numbers) > 1 else ("", "")
    nearer = f"CVE-{year}-{number}"
    raise _RefusedError(_WHY_NO_CVE, nearer if _CVE.fullmatch(nearer) else _EXAMPLE_CVE)


def _fault_of_name(name: str, rest: str) -> tuple[str, str] | None:
    """Say what is wrong with a name, and give a whole question with that fault mended; None if nothing is."""
    if len(name) + len(rest) > _LONGEST:
        return f"it is longer than {_LONGEST} characters", _EXAMPLE
    if _ADVISORY.match(name):
        return "only CVE ids can be asked for, not those of advisories: ask for a CVE that this one names", _EXAMPLE_CVE
    if not any(sign.isalnum() for sign in name):
        return "it does not start with the name of a package", f"openssl{rest}" if rest else _EXAMPLE
    if not name.isprintable():
        return "the name contains a control character", "".join(filter(str.isprintable, name)) + rest
    if name[0] in _QUOTES:
        return "it starts with a quotation mark", (name + rest).strip(_QUOTES)
    if found := _NAME_THEN_VERSION.fullmatch(name):
        return "no sign stands between the name and the version", f"{found[1]}={found[2]}{rest and ','}{rest.lstrip(',')}"
    if rest.startswith(","):
        return "a comma stands between bounds, not between packages: ask for each package by itself", name
    return None


def _bound(asked: str, part: str) -> Bound:
    found = _OP_AND_VERSION.fullmatch(part)
    sign, version = found.groups() if found else ("", part)
    if sign in _OPS and _VERSION.fullmatch(version):
        return Bound(_OPS[sign], version)
    why, nearer = _fault(sign, version)
    raise _RefusedError(why, _replaced(asked, part, nearer))


def _replaced(asked: str, part: str, nearer: str) -> str:
    # A part with a fault may be empty, as in "openssl<1,,<2": then its commas are what has to go.
    return asked.replace(part, nearer, 1) if part.strip() else re.sub(r",[\s,]*", ",", asked).strip(", ")


def _fault(sign: str, version: str) -> tuple[str, str]:
    """Say what is wrong with a bound, and give one with that fault mended."""
    if not sign:
        return "after a comma comes <, <=, =, >= or > and a version", f"<{version}"
    if sign not in _OPS:
        return f"there is no {sign}: the signs are <, <=, =, >= and >", f"{_MEANT.get(sign, '=')}{version}"
    if not version:
        return f"no version follows {sign}", f"{sign}3.0.7"
    if _MISSING_COMMA.search(version):
        return "a comma must stand between two bounds", sign + _MISSING_COMMA.sub(r",\1", version)
    if series := _ALL_OF_A_SERIES.fullmatch(version):
        first, end = series[1] + series[2], f"{series[1]}{int(series[2]) + 1}"
        return "a version has no *: give both ends", f">={first},<{end}" if _OPS[sign] is Op.EQ else f"{sign}{first}"
    return f"{version!r} is not a version", f"{sign}{_cleaned(version)}"


def _cleaned(version: str) -> str:
    first = version.split(maxsplit=1)[0].lstrip("vV")
    kept = re.sub(r"[^A-Za-z0-9.+~^_:-]", "", first).strip(".-:")
    return kept if _VERSION.fullmatch(kept) else "3.0.7"
