"""The door to AWS: the only place where a `Call` becomes a request."""

from patchkeep.doors.aws.door import AwsDoor
from patchkeep.doors.aws.sessions import Sessions
from patchkeep.doors.unsigned import NoCredentials

__all__ = ["AwsDoor", "NoCredentials", "Sessions"]
