"""Giving roles their policies over the control API, as an administrator would attach them."""

from __future__ import annotations

from typing import Any

from patchkeep.sandbox.control import NOT_FOUND, Wish, control
from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.permissions.documents import BadDocument, Document, document_of


@control("PUT", "/roles/")
def give(wish: Wish) -> object:
    """`/roles/NAME` {"policies": [document, ...] or null, "account": id}: what the role may do from now on, and nothing else.

    null: everything. Without `account`: the role of that name in every account that has one.
    """
    documents = _documents(wish.asked("policies"))
    accounts = [account for account in wish.world.accounts.values() if wish.body.get("account") in {None, account.id}]
    roles = {account.id: account.roles[wish.key] for account in accounts if wish.key in account.roles}
    if not roles:
        raise AwsError("NotFound", f"No such account has a role {wish.key}.", NOT_FOUND)
    for role in roles.values():
        role.policies = documents
    return {"role": wish.key, "accounts": sorted(roles), "policies": None if documents is None else len(documents)}


@control("GET", "/roles/")
def policies_of(wish: Wish) -> object:
    """`/roles/NAME`: the policies of the role in each account that has it; null where it may do everything."""
    roles = {account.id: account.roles[wish.key] for account in wish.world.accounts.values() if wish.key in account.roles}
    return {"role": wish.key, "policies": {account: _written(role.policies) for account, role in roles.items()}}


def _documents(wanted: Any) -> tuple[Document, ...] | None:
    if wanted is None:
        return None
    try:
        return tuple(document_of(one) for one in wanted)
    except (BadDocument, TypeError) as error:
        raise AwsError("MalformedPolicyDocument", str(error)) from error


def _written(documents: tuple[Document, ...] | None) -> list[Any] | None:
    return None if documents is None else [document.written for document in documents]
