"""Whom an asset belongs to, and that a refused read is never a missing owner."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchkeep.domain.call import Cause, Gap, Target
from patchkeep.domain.compliance import Compliance, Status
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.owners import Owner, owner_of, owners
from patchkeep.domain.policy import Policy
from patchkeep.domain.report.owners import open_work
from patchkeep.domain.report.values import AssetRow
from patchkeep.domain.snapshot import AccountSeen, Snapshot
from tests.domain.make import HERE, NOW, asset

POLICY = Policy("p", "")
ACCOUNT = AccountSeen(HERE.account, "web", "Prod", contact="ops@example.com", contact_from="operations contact")
SILENT = AccountSeen(HERE.account, "web", "Prod")


def test_the_tag_of_the_policy_says_whose_it_is() -> None:
    tagged = replace(asset(), tags=Frozen({"Owner": "team-a", "Team": "team-b"}))
    assert owner_of(tagged, ACCOUNT, POLICY) == Owner("team-a", "tag Owner")
    assert owner_of(tagged, ACCOUNT, replace(POLICY, owner_tag="Team")) == Owner("team-b", "tag Team")


@pytest.mark.parametrize("tags", [{}, {"Owner": ""}, {"Owner": "  "}, {"owner": "team-a"}])
def test_where_the_tag_says_nothing_it_is_the_accounts_contact_unless_the_policy_wants_none(tags: dict[str, str]) -> None:
    untagged = replace(asset(), tags=Frozen(tags))
    assert owner_of(untagged, ACCOUNT, POLICY) == Owner("ops@example.com", "operations contact")
    assert owner_of(untagged, ACCOUNT, replace(POLICY, owner_fallback=False)).shown == "nobody"


def test_nobody_is_said_only_where_the_contacts_were_read() -> None:
    empty = Snapshot("s", NOW, "o", (SILENT,), (HERE,), (asset(),))
    assert [owner.shown for owner in owners(empty, POLICY).values()] == ["nobody"]
    gap = Gap(Target(HERE.account, ""), "contacts", Cause.REFUSED, "not allowed")
    assert [owner.shown for owner in owners(replace(empty, gaps=(gap,)), POLICY).values()] == ["not read"]
    elsewhere = replace(gap, target=Target("999999999999", ""))
    assert [owner.shown for owner in owners(replace(empty, gaps=(elsewhere,)), POLICY).values()] == ["nobody"]
    assert [owner.shown for owner in owners(replace(empty, accounts=()), POLICY).values()] == ["not read"]


def row(name: str, owner: str, status: Status, opened: int | None, late: int | None = 0, days: int = 0) -> AssetRow:
    verdict = Compliance(name, status, ())
    oldest = timedelta(days=days) if days else None
    return AssetRow(name, name, "node", "1", "one", "eu", "prod", "debian-12", owner, verdict, opened, late, oldest)


def test_open_work_is_added_up_by_owner_with_the_most_overdue_first() -> None:
    found = open_work(
        (
            row("a", "quick", Status.NON_COMPLIANT, 9, 0, days=2),
            row("b", "late", Status.NON_COMPLIANT, 2, 1, days=30),
            row("c", "late", Status.COMPLIANT, 0),
            row("d", "dark", Status.UNKNOWN, None, None),
        )
    )
    assert [(w.owner, w.assets, w.non_compliant, w.unknown, w.open_updates, w.overdue) for w in found] == [
        ("late", 2, 1, 0, 2, 1),
        ("quick", 1, 1, 0, 9, 0),
        ("dark", 1, 0, 1, None, None),
    ]
    assert found[0].oldest == timedelta(days=30)
