"""An order for versions of what applications bring along (pypi, npm, maven, golang ...), as byte keys.

All those ecosystems agree about numbers with dots between, and about little else: where a release candidate or a build stands, each
says by rules of its own. So plain numbers are compared, and of all else it is not known. A leading v, as Go has it, is dropped.
"""

import re

from patchkeep.match import generic
from patchkeep.match.scheme import Scheme, VersionError

_PLAIN = re.compile(r"v?[0-9]+(?:\.[0-9]+)*")


def key(text: str) -> bytes:
    """Give bytes that sort as the version does. Raises VersionError for all but plain numbers."""
    if not _PLAIN.fullmatch(text):
        raise VersionError(Scheme.APPLICATION, text, "of ecosystems only versions of plain numbers are compared")
    return generic.key(text)
