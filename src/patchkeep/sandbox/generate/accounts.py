"""Accounts with their member roles, and the tree of organizational units."""

from __future__ import annotations

from hashlib import sha256

from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.orgschema import AccountEntry, Organization, OrgFile
from patchkeep.sandbox.permissions.documents import document_of
from patchkeep.sandbox.world import Account, Role, always_on


def account_of(organization: Organization, entry: AccountEntry) -> Account:
    """The account; its member roles trust the management account, with the external id where there is one."""
    roles = {
        name: Role(
            name,
            (organization.management,),
            organization.external_id,
            entry.refuses.get(name, ()),
            (document_of(organization.policies[name]),) if name in organization.policies else None,
        )
        for name in organization.roles
        if name not in entry.lacks
    }
    for name in entry.permission_sets:
        role = permission_set_role(entry.id, name)
        roles[role] = Role(role, (organization.management,))
    if entry.id != organization.management:
        roles["OrganizationAccountAccessRole"] = Role("OrganizationAccountAccessRole", (organization.management,))
    email = entry.email or f"aws+{entry.name}@{organization.name.lower().replace(' ', '-')}.example"
    return Account(
        id=entry.id,
        name=entry.name,
        email=email,
        ou=entry.ou,
        tags=dict(entry.tags),
        roles=roles,
        regions=always_on(entry.regions),
        suspended=entry.suspended,
        support=entry.support,
        contacts={str(kind): address for kind, address in entry.contacts.items()},
    )


def ous_of(file: OrgFile) -> dict[str, str]:
    """Every unit that the file names, those above it too: path -> id; "" is the root."""
    seed, name = file.organization.seed, file.organization.name
    root = settled(seed, name, "root")[:4]
    paths = {""}
    for path in (*file.ous, *(account.ou for account in file.accounts)):
        parts = path.split("/") if path else []
        paths |= {"/".join(parts[: depth + 1]) for depth in range(len(parts))}
    return {path: f"ou-{root}-{settled(seed, name, path)[:8]}" if path else f"r-{root}" for path in sorted(paths)}


def permission_set_role(account: str, permission_set: str) -> str:
    """The name of the role that IAM Identity Center makes in an account for a permission set."""
    return f"AWSReservedSSO_{permission_set}_{sha256(f'{account}/{permission_set}'.encode()).hexdigest()[:16]}"
