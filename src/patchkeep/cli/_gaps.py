"""Places that were not looked at, as `discover` tells them: what concerns every account first and once, then like gaps together.

What concerns every account `doctor` says, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from patchkeep.cli import show
from patchkeep.cli._words import brief, listing, plural, refusal
from patchkeep.domain.call import Cause

if TYPE_CHECKING:
    from patchkeep.domain.call import Gap
    from patchkeep.domain.policy import Organization
    from patchkeep.domain.snapshot import Snapshot

FEW = 8  # accounts of one kind that are named


def told(seen: Snapshot, own_account: str, organization: Organization) -> None:
    """Every gap: what it hides, why, and the cure. JSON has each by itself, with AWS's whole sentence."""
    names = {account.id: account.name for account in seen.accounts}
    show.heading(f"\nNot looked at: {plural(len(seen.gaps), 'gap')}; what lies there is UNKNOWN")
    if likely := all_shut(shut_out(seen, own_account), organization):
        show.paragraph(likely, indent=2)
    for alike in _alike(seen.gaps):
        first = alike[0]
        where = listing([f"{gap.target.account} {names.get(gap.target.account, '')}".strip() or "the organization" for gap in alike], FEW)
        region = first.target.region or "all regions"
        show.paragraph(f"{where}, {region}: {first.cause}: {refusal(first)}", indent=2, hang=4)
        if first.fix:
            show.paragraph(f"-> {brief(first.fix)}", indent=4, hang=7)


def shut_out(seen: Snapshot, own_account: str = "") -> tuple[str, ...]:
    """The accounts whose role could not be assumed, where that is so of every account but our own: one cause for all is likely then.

    `own_account` "": a look keeps no word of who looked, so the only account that was reached is taken for our own.
    """
    refused = {gap.target.account for gap in seen.gaps if gap.cause is Cause.NO_ROLE}
    reached = {target.account for target in seen.targets}
    others = reached - {own_account} if own_account else sorted(reached)[1:]
    return tuple(sorted(refused)) if not others else ()


def all_shut(accounts: Sequence[str], organization: Organization) -> str:
    """What is most likely wrong where every account refuses to let us in; "" where none does."""
    if not accounts:
        return ""
    number = len(accounts)
    every = f"None of the {number} other accounts lets" if number > 1 else "The only other account does not let"
    role, where = organization.read_role, organization.external_id
    external = f"the external id that {where} gives is not the one that the role asks for" if where else "the role asks for an external id"
    return f"{every} Patchkeep assume its role {role}. Most likely {external}, or the role was not made yet."


def _alike(gaps: Iterable[Gap]) -> list[list[Gap]]:
    """Those that differ in the account alone, together, in the order of the first of each kind."""
    kinds: dict[tuple[str, ...], list[Gap]] = {}
    for gap in gaps:
        kinds.setdefault((gap.target.region, gap.cause, refusal(gap), gap.fix), []).append(gap)
    return list(kinds.values())
