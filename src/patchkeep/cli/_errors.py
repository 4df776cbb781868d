"""Known errors as sentences: what is wrong, and what to do. Anything else is a bug and shows its traceback."""

from __future__ import annotations

from patchkeep.domain.deferral import DeferralRefused
from patchkeep.domain.ledger import Busy
from patchkeep.domain.policy import PolicyErrors
from patchkeep.doors.net import NotFetched
from patchkeep.doors.store import CodecError, StoreError
from patchkeep.doors.store.errors import WrongAddress
from patchkeep.doors.unsigned import NoCredentials, SecretError
from patchkeep.feeds import FeedError
from patchkeep.permissions.called import NoSource
from patchkeep.permissions.statements import TooLarge
from patchkeep.wire import SandboxLost, SandboxRefused
from patchkeep.work.apply import StalePlan
from patchkeep.work.plan import PlanRefused
from patchkeep.work.seams import NotThere

WRONG_USE = (PolicyErrors, DeferralRefused, PlanRefused, SecretError, WrongAddress, SandboxRefused)
FAILED = (FeedError, NotFetched, NoCredentials, StoreError, CodecError, StalePlan, Busy, NotThere, SandboxLost, NoSource, TooLarge)


def told(error: Exception) -> tuple[int, str]:
    """The exit status, and the sentence for standard error."""
    said = str(error)
    if isinstance(error, CodecError):
        said = f"The database holds something that this version cannot read ({error})."
    elif isinstance(error, Busy):
        said = f"{error}. Nothing was begun here: wait for that one, or end it; then type the command again."
    return (2 if isinstance(error, WRONG_USE) else 1), said
