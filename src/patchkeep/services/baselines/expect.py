"""The baseline that a node should be measured by."""

from __future__ import annotations

from datetime import timedelta

from patchkeep.domain.asset import Asset
from patchkeep.domain.compliance import Expected
from patchkeep.domain.membership import baseline_rule_of
from patchkeep.domain.policy import Environment
from patchkeep.domain.setting import Estate, group_of
from patchkeep.services._platforms import operating_system
from patchkeep.services.baselines.settings import COMPARED, fields_of, name_of, registered_elsewhere


def expect(estate: Estate, environment: Environment, asset: Asset) -> Expected | None:
    """The baseline that the policy gives a node, with its id where it exists already."""
    rule = baseline_rule_of(estate.policy, environment, asset.os) if asset.kind == "node" else None
    system = operating_system(asset.os)
    if rule is None or not system:
        return None
    name = name_of(estate, environment, system)
    present = estate.present("baselines", asset.target)
    found = next((e for e in present if e.name == name and e.owner == estate.ownership), None)
    fields, _ = fields_of(rule, system)
    rules = fields["ApprovalRules"]
    delays = [timedelta(days=made.get("ApproveAfterDays", 0)) for made in rules]
    group = group_of(estate.policy, environment)
    return Expected(
        name,
        found.id if found else "",
        empty=not rules and not rule.approved,
        blind_for=max(delays, default=timedelta(0)),
        drifted=found is not None and any(found.fields.get(key) != fields[key] for key in COMPARED),
        changed_at=found.fields.get("ModifiedDate") if found else None,
        unregistered=group if found and group not in found.fields.get("PatchGroups", ()) else "",
        rival=registered_elsewhere(estate, asset.target, system, group),
    )
