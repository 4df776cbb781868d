"""`patchkeep iam`: prints the policies of the roles that Patchkeep wants, as IAM reads them. Offline: AWS is asked nothing.

Documents go to standard output and what they are for to standard error, so that the former can be piped into a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from patchkeep.cli._options import format_option, policy_option
from patchkeep.cli._roles import NO_EXTERNAL_ID

if TYPE_CHECKING:
    from patchkeep.domain.policy import Policy
    from patchkeep.permissions.statements import Place

PRINCIPAL = "arn:aws:iam::111122223333:role/PatchkeepOperators"
ONE_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/[\w+=,.@/-]+)")
EXTERNAL_ID = "REPLACE-WITH-THE-EXTERNAL-ID"
WHEREVER = "; * stands for the account, so a document of that name shared by another one would do: name yours with --account"


@dataclass(frozen=True, slots=True)
class Printed:
    """One policy: whose, of which kind (permissions, trust, stop), what to know of it, and the document."""

    role: str
    kind: str
    about: str
    document: dict[str, Any]


@click.command(epilog="Example: patchkeep iam --role read > read.json")
@policy_option
@format_option
@click.option("--role", type=click.Choice(["read", "write", "caller"]), help="This one alone; the caller is whoever runs Patchkeep.")
@click.option("--write", is_flag=True, help="Also what changing needs: the write role, and the caller's right to take it.")
@click.option("--trust", is_flag=True, help="Also who may take a member role.")
@click.option("--principal", default=PRINCIPAL, show_default=True, metavar="ARN", help="With --trust: who runs Patchkeep.")
@click.option("--account", default="*", show_default=True, metavar="ID", help="The account that the roles are for; it stands in the ARNs.")
@click.option("--partition", default="aws", show_default=True, help="aws, aws-cn, aws-us-gov and so on.")
@click.option("--deny", is_flag=True, help="Instead: policies that take everything from the write role, to attach as a stop.")
@click.pass_context
def command(
    ctx: click.Context,
    policy: str,
    form: str,
    role: str | None,
    write: bool,
    trust: bool,
    principal: str,
    account: str,
    partition: str,
    deny: bool,
) -> None:
    """Print the least that Patchkeep must be allowed, as IAM policies computed from its own calls. Offline.

    Documents go to standard output, what they are for to standard error. To make the roles everywhere: `patchkeep export`.
    """
    if trust and not ONE_PRINCIPAL.fullmatch(principal):
        wrong = f"{principal!r} is no ARN of one role, user or account: others could take the roles, too."
        raise click.BadParameter(wrong, ctx, param_hint="--principal")
    from patchkeep.cli._roles import policy_at
    from patchkeep.permissions.statements import Place
    from patchkeep.services import By

    read = policy_at(ctx, policy)
    place = Place(partition, account)
    wanted = (By(role),) if role else (By.READ, *((By.WRITE,) if write else ()), By.CALLER)
    if deny:
        printed = list(_stops(read, place))
    else:
        printed = [one for by in wanted for one in _of(read, by, place, write=write or role == "write")]
        printed += [one for by in wanted if trust and by is not By.CALLER for one in _trusts(read, by, principal)]
    _show(form, printed)


def _of(policy: Policy, by: Any, place: Place, *, write: bool) -> Iterator[Printed]:
    """A role's permissions: one document, or several that are each small enough."""
    from patchkeep.permissions.roles import documents
    from patchkeep.services import By

    names = {By.READ: policy.organization.read_role, By.WRITE: policy.organization.write_role, By.CALLER: "whoever runs Patchkeep"}
    about = {
        By.READ: "in every member account: what looking needs",
        By.WRITE: "in every member account, the management account too: what this policy file would change",
        By.CALLER: "in the account that you sign in to: the organization's tree, the member roles, and looking there",
    }
    made = documents(policy, by, place, write=write)
    for number, document in enumerate(made, 1):
        part = WHEREVER if by is By.WRITE and place.account == "*" else ""
        part += f" (part {number} of {len(made)}: together they are larger than one managed policy may be)" if len(made) > 1 else ""
        yield Printed(names[by], "permissions", about[by] + part, document)


def _trusts(policy: Policy, by: Any, principal: str) -> Iterator[Printed]:
    from patchkeep.permissions.trust import trust
    from patchkeep.services import By

    organization = policy.organization
    name = organization.read_role if by is By.READ else organization.write_role
    external_id = EXTERNAL_ID if organization.external_id else ""
    told = f"; put what {organization.external_id} holds in place of {EXTERNAL_ID}" if external_id else f"; {NO_EXTERNAL_ID}"
    about = "who may take it" + told
    yield Printed(name, "trust", about, trust(principal, external_id))


def _stops(policy: Policy, place: Place) -> Iterator[Printed]:
    from patchkeep.permissions.stop import inline, organization_wide

    name = policy.organization.write_role
    everywhere = "as a service control policy: stops the write role in every account below, but not in the management account"
    yield Printed(name, "stop", everywhere, organization_wide(policy, place))
    yield Printed(name, "stop", "as an inline policy of the write role itself: stops it in that account", inline())


def _show(form: str, printed: list[Printed]) -> None:
    import json
    import textwrap

    from patchkeep.cli import show
    from patchkeep.permissions.statements import size

    if form == "json":
        rows = [
            {"role": one.role, "kind": one.kind, "about": one.about, "characters": size(one.document), "document": one.document}
            for one in printed
        ]
        show.as_json("iam", {"policies": rows})
        return
    for one in printed:
        header = show.here(f"# {one.role}, {one.kind}: {one.about} ({size(one.document)} characters)")
        click.echo(textwrap.fill(header, show.width(), subsequent_indent="#   "), err=True)
        click.echo(json.dumps(one.document, indent=2))
