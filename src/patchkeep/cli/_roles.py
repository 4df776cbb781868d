"""What `iam` and `export` share: the policy file, and the roles computed from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from patchkeep.cli._options import clock_of

if TYPE_CHECKING:
    from patchkeep.domain.policy import Policy
    from patchkeep.formats import MemberRole, MemberRoles
    from patchkeep.permissions.statements import Place
    from patchkeep.services import By

READ_ABOUT = "Patchkeep looks with it: patch state, inventory, baselines, windows. It changes nothing."
NO_EXTERNAL_ID = (
    "WITHOUT an external id, because the policy file names none: whoever can lead that principal to another account's role can lead it "
    "here, too. Set organization.external_id"
)
WRITE_ABOUT = "Patchkeep changes with it what its policy file wants, and patches in the rings of an approved plan."


def policy_at(ctx: click.Context, path: str) -> Policy:
    from patchkeep.wire import read_policy

    return read_policy(path, clock_of(ctx).now())


def member_roles(policy: Policy, place: Place) -> MemberRoles:
    """Both roles of a member account, ready to be written down somewhere."""
    from patchkeep.formats import MemberRoles
    from patchkeep.services import By

    external_id = bool(policy.organization.external_id)
    if not external_id:
        click.echo(f"Warning: the roles' trust is {NO_EXTERNAL_ID}.", err=True)
    return MemberRoles(policy.name, policy.hash, external_id, _role(policy, By.READ, place), _role(policy, By.WRITE, place))


def _role(policy: Policy, by: By, place: Place) -> MemberRole:
    from patchkeep.formats import MemberRole
    from patchkeep.permissions.roles import documents, statements
    from patchkeep.permissions.statements import LONGEST, MOST_INLINE, document, size
    from patchkeep.permissions.trust import trust
    from patchkeep.services import By

    organization = policy.organization
    name, about = (organization.read_role, READ_ABOUT) if by is By.READ else (organization.write_role, WRITE_ABOUT)
    allowed = statements(policy, by)
    inline = size(document(allowed, LONGEST)) <= MOST_INLINE
    return MemberRole(name, about, (document(allowed, place),) if inline else documents(policy, by, place), inline, trust)
