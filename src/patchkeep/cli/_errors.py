"""Known errors as sentences: what is wrong, and what to do. Anything else is a bug and shows its traceback."""

from __future__ import annotations

import click

from patchkeep.domain.ledger import Busy
from patchkeep.domain.policy import PolicyErrors
from patchkeep.doors.aws import NoCredentials
from patchkeep.doors.secrets import SecretError
from patchkeep.doors.store import CodecError, StoreError
from patchkeep.work.apply import StalePlan
from patchkeep.work.plan import PlanRefused
from patchkeep.work.seams import NotThere

WRONG_USE = (PolicyErrors, PlanRefused, SecretError, CodecError)
FAILED = (NoCredentials, StoreError, StalePlan, Busy, NotThere)


def tell(error: Exception) -> int:
    """Say the error on standard error; returns the exit status."""
    click.echo(str(error), err=True)
    return 2 if isinstance(error, WRONG_USE) else 1
