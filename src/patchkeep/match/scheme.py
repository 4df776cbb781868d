"""The orders of versions that Patchkeep knows, and the error for a text that has no place in one."""

from enum import StrEnum


class Scheme(StrEnum):
    """Whose rules say which of two versions is older."""

    RPM = "rpm"
    DPKG = "dpkg"
    GENERIC = "generic"
    APPLICATION = "application"


class VersionError(ValueError):
    """A text that cannot be read as a version of its scheme, so that nothing may be concluded from it."""

    def __init__(self, scheme: Scheme, text: str, why: str) -> None:
        super().__init__(scheme, text, why)
        self.scheme = scheme
        self.text = text
        self.why = why

    def __str__(self) -> str:
        return f"{self.text!r} is not a version ({self.scheme}): {self.why}"
