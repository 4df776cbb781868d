"""One pure module per output format: values in, text or bytes out."""

from patchkeep.formats._roles import MemberRole, MemberRoles

__all__ = ["MemberRole", "MemberRoles"]
