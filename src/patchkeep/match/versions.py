"""Which order the versions of an operating system follow, and the one way in to all orders."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from patchkeep.match import application, dpkg, generic, rpm
from patchkeep.match.scheme import Scheme, VersionError

__all__ = ["Scheme", "VersionError", "compare", "key", "scheme_of"]

_FIRST_WORD = re.compile(r"[a-z]+")
_RPM = frozenset(
    {"al", "alma", "almalinux", "amazon", "amazonlinux", "amzn", "azurelinux", "centos", "fedora", "mariner", "ol", "opensuse"}
    | {"oracle", "oraclelinux", "photon", "red", "redhat", "rhel", "rocky", "rockylinux", "sled", "sles", "suse"}
)
_DPKG = frozenset({"debian", "raspbian", "ubuntu"})
_KEYS: Mapping[Scheme, Callable[[str], bytes]] = MappingProxyType(
    {Scheme.RPM: rpm.key, Scheme.DPKG: dpkg.key, Scheme.GENERIC: generic.key, Scheme.APPLICATION: application.key}
)


def scheme_of(os: str) -> Scheme:
    """Give the scheme of an operating system's key ("amazon-linux-2023", "ubuntu-22.04") or name as AWS writes it.

    Only the first word decides, in any case, so "REDHAT_ENTERPRISE_LINUX" and "Red Hat Enterprise Linux" are known too.
    Windows, macOS and whatever is not known here are GENERIC.
    """
    found = _FIRST_WORD.match(os.strip().lower())
    family = found[0] if found else ""
    if family in _RPM:
        return Scheme.RPM
    return Scheme.DPKG if family in _DPKG else Scheme.GENERIC


def key(scheme: Scheme, text: str) -> bytes:
    """Give bytes whose order is the scheme's order of versions, and which are equal for equal versions.

    Keys of one scheme compare with `<`, can be hashed and may be stored; keys of two schemes mean nothing to each other.
    Raises VersionError.
    """
    return _KEYS[scheme](text)


def compare(scheme: Scheme, a: str, b: str) -> int:
    """Give -1, 0 or 1 as `a` is older than, equal to or newer than `b`. Raises VersionError."""
    left, right = key(scheme, a), key(scheme, b)
    return (left > right) - (left < right)
