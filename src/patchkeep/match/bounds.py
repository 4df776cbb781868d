"""Whether an installed version lies within bounds that a person wrote.

The rule: a bound speaks only of the parts it gives. Without an epoch, epochs are ignored; without a release (rpm) or revision
(dpkg), releases are. So `<3.0.7` is false and `=3.0.8` is true of 1:3.0.8-1.amzn2023, `<=3.0.7-1` compares version and
release, `=1:2` epoch and version. As in the systems themselves the release starts at the last hyphen.
GENERIC versions, and those of applications, have no such parts and are compared whole.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from patchkeep.match import application, dpkg, generic, rpm
from patchkeep.match.scheme import Scheme, VersionError


class Op(StrEnum):
    """How an installed version must relate to a bound's."""

    LT = "<"
    LE = "<="
    EQ = "="
    GE = ">="
    GT = ">"


@dataclass(frozen=True, slots=True)
class Bound:
    """One condition on a version, as it was written."""

    op: Op
    version: str

    def __str__(self) -> str:
        return f"{self.op}{self.version}"


_Parts = tuple[str | None, str, str | None]  # epoch, version, release or revision
_HOLDS: Mapping[Op, Callable[[bytes, bytes], bool]] = MappingProxyType(
    {Op.LT: operator.lt, Op.LE: operator.le, Op.EQ: operator.eq, Op.GE: operator.ge, Op.GT: operator.gt}
)


def within(bounds: tuple[Bound, ...], scheme: Scheme) -> Callable[[str], bool]:
    """Give the test "does this installed version obey every bound?", made once for many versions.

    Raises VersionError here if a bound is no version of the scheme, and from the test if the installed version is none or
    has no rpm release where the answer turns on it: then the answer is unknown, not no.
    """
    tests = tuple(_test(bound, scheme) for bound in bounds)
    return lambda installed: all(test(installed) for test in tests)


def _test(bound: Bound, scheme: Scheme) -> Callable[[str], bool]:
    epoch, version, release = _parts(scheme, bound.version)
    wanted = _key(scheme, (epoch, version, release))
    wanted_version = _key(scheme, (epoch, version, None))
    holds = _HOLDS[bound.op]

    def test(installed: str) -> bool:
        its_epoch, its_version, its_release = _parts(scheme, installed)
        seen_epoch = None if epoch is None else its_epoch
        if scheme is Scheme.RPM and release is not None and its_release is None:
            seen = _key(scheme, (seen_epoch, its_version, None))
            if seen == wanted_version:
                raise VersionError(scheme, installed, f"it gives no release, and {bound} turns on one")
            return holds(seen, wanted_version)
        return holds(_key(scheme, (seen_epoch, its_version, None if release is None else its_release)), wanted)

    return test


def _parts(scheme: Scheme, text: str) -> _Parts:
    match scheme:
        case Scheme.RPM:
            return rpm.parts(text)
        case Scheme.DPKG:
            return dpkg.parts(text)
        case Scheme.GENERIC | Scheme.APPLICATION:
            return (None, text, None)
        case unknown:
            assert_never(unknown)


def _key(scheme: Scheme, parts: _Parts) -> bytes:
    match scheme:
        case Scheme.RPM:
            return rpm.key_of(rpm.Evr(*parts))
        case Scheme.DPKG:
            return dpkg.key_of(dpkg.DebianVersion(*parts))
        case Scheme.GENERIC:
            return generic.key(parts[1])
        case Scheme.APPLICATION:
            return application.key(parts[1])
        case unknown:
            assert_never(unknown)
