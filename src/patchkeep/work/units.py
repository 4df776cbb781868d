"""Where accounts stand in the organization now: one that was moved to another unit is in another environment, and nobody planned that.

Organizations is asked only where the policy tells environments by units.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Gap, Target, home_region
from patchkeep.domain.membership import membership
from patchkeep.domain.plan import Skip
from patchkeep.domain.policy import Policy
from patchkeep.services import organization
from patchkeep.work.discover import ALONE
from patchkeep.work.seams import Aws

GONE = "its account is not in the organization any more"


def units(aws: Aws, policy: Policy) -> Mapping[str, str] | Gap | None:
    """Account -> path of its unit; None where no environment rests on units, or there is no organization; a Gap where it is refused."""
    if not any(environment.match.ous for environment in policy.environments):
        return None
    partition = aws.caller().arn.split(":")[1]
    listed = aws.read(Target("", home_region(partition), partition), "accounts", organization())
    if isinstance(listed, Gap):
        return None if listed.code == ALONE else listed
    return {account.id: account.ou for account in listed[1]}


def strayed(asset: Asset, environment: str, policy: Policy, there: Mapping[str, str]) -> str:
    """Why the asset is not in its environment any more, as its account stands now; "" where it is."""
    unit = there.get(asset.target.account)
    if unit is None:
        return GONE
    match membership(policy, replace(asset, ou=unit)):
        case Skip() as skip:
            return f"its account is in {unit or 'the root'} now, and so it is {skip.reason}"
        case other if other.name != environment:
            return f"its account is in {unit or 'the root'} now, and so it belongs to environment {other.name}, not {environment}"
    return ""


def moved(members: Mapping[str, Iterable[Asset]], accounts: Collection[str], policy: Policy, there: Mapping[str, str]) -> dict[str, str]:
    """Of these accounts those with an asset that is not in its environment any more, each with the reason. `members`: by environment."""
    found: dict[str, str] = {}
    for environment, assets in members.items():
        for asset in assets:
            account = asset.target.account
            if account in accounts and account not in found and (why := strayed(asset, environment, policy, there)):
                found[account] = f"{asset.name}: {why}"
    return found
