"""Truth under faults: what a look at the organization may say when some of its reads were refused, and what it may not.

One checker for tests, `make chaos` and the demo. It holds a look taken under faults against one of the same world at the same time
without them, and against the sandbox's own log of what was refused; it asks nothing of the code that it checks.

1. No asset that was not read is compliant. 2. No asset vanishes. 3. Whatever could be read says the same as without faults.
4. Every refusal shows as a gap that names its operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Gap, Target
from patchkeep.sandbox.truth.changed import BOTH, MANAGED, changed
from patchkeep.sandbox.truth.log import ASSUME, Log, Refusal
from patchkeep.sandbox.truth.look import Look

__all__ = ["Log", "Look", "Refusal", "lies", "sentence"]

REGIONS = "ec2:DescribeRegions"
BASELINES = frozenset({"ssm:DescribePatchBaselines", "ssm:DescribePatchGroups"})
JUDGED_BY = ("tags", "os", "scan", "updates", "version", "support")  # facts that compliance rests on


def lies(clean: Look, faulty: Look, log: Log, usual: Iterable[Refusal] = ()) -> tuple[str, ...]:
    """Everything in `faulty` that is not true, a sentence each; none when it holds. `usual`: what is refused without faults, too."""
    gone = set(map(_named, usual))
    refused = [refusal for refusal in log.refusals if _named(refusal) not in gone]
    return (
        *_compliant_though_unread(clean, faulty, log),
        *_vanished(clean, faulty),
        *changed(clean, faulty),
        *_untold(faulty, refused),
    )


def _named(refusal: Refusal) -> tuple[str, str, str]:
    return refusal.account, refusal.region, refusal.action


# --- 1. no asset that was not read is compliant ----------------------------------------------------------------------


def _compliant_though_unread(clean: Look, faulty: Look, log: Log) -> Iterator[str]:
    true = {asset.id: asset for asset in clean.snapshot.assets}
    dark = {action: set(log.dark(action)) for action in (*BOTH, *BASELINES, REGIONS)}
    for asset in faulty.snapshot.assets:
        if not faulty.proven(asset.id):
            continue
        if not clean.proven(asset.id):
            yield f"{asset.id} is compliant under faults alone"
        elif asset.unread:
            yield f"{asset.id} is compliant though {asset.unread[0]}"
        elif differing := _untrue(true[asset.id], asset):
            yield f"{asset.id} is compliant though its {differing[0]} is not the true one"
        elif refused := _refused_to(asset, log, dark):
            yield f"{asset.id} is compliant though {refused} was refused"


def _untrue(true: Asset, seen: Asset) -> list[str]:
    """Until when it is supported a feed tells as well: that AWS refused to is no untruth."""
    differing = [fact for fact in JUDGED_BY if getattr(seen, fact) != getattr(true, fact)]
    return [fact for fact in differing if (fact, getattr(seen, fact)) != ("support", None)]


def _refused_to(asset: Asset, log: Log, dark: Mapping[str, set[tuple[str, str]]]) -> str:
    """The operation without which nothing could be known of the asset, if it was refused."""
    by_id = next((one.action for one in log.unanswered if asset.resource in one.nodes and one.at(asset)), "")
    if by_id:
        return by_id
    place = (asset.target.account, asset.target.region)
    if not asset.is_node:
        return log.silent(asset, place) or (REGIONS if place[0] in {account for account, _ in dark[REGIONS]} else "")
    listed = (MANAGED, *BASELINES) if asset.resource.startswith("mi-") else (*BOTH, *BASELINES)
    here = next((action for action in listed if place in dark[action]), "")
    return here or (REGIONS if asset.target.account in {account for account, _ in dark[REGIONS]} else "")


# --- 2. no asset vanishes ---------------------------------------------------------------------------------------------


def _vanished(clean: Look, faulty: Look) -> Iterator[str]:
    known = {asset.id for asset in faulty.snapshot.assets}
    yield from (f"{asset.id} has vanished" for asset in clean.snapshot.assets if asset.id not in known)
    judged = faulty.verdicts.keys()
    yield from (f"{asset.id} has no verdict" for asset in faulty.snapshot.assets if asset.id not in judged)


# --- 4. every refusal shows as a gap ----------------------------------------------------------------------------------


def _untold(faulty: Look, refused: Iterable[Refusal]) -> Iterator[str]:
    gaps = faulty.snapshot.gaps
    for refusal in dict.fromkeys(map(_named, refused)):
        account, region, action = refusal
        if action == ASSUME:
            shown = any(gap.operation and gap.target.account == account for gap in gaps)
        elif action.startswith(("organizations:", "account:")) or action == REGIONS:
            shown = any(_names(gap, action) and gap.target.account in {"", account} for gap in gaps)
        else:
            shown = any(_names(gap, action) and gap.covers(Target(account, region)) for gap in gaps)
        if not shown:
            yield f"{action} was refused in {account}/{region}, and no gap says so"


def _names(gap: Gap, action: str) -> bool:
    """By its operation, or in its reason where several reads that go together were refused."""
    return gap.operation == action or action in gap.reason


def sentence(clean: Look, faulty: Look, log: Log) -> str:
    """What was held against what, for people; say it when `lies` found none."""
    assets = faulty.snapshot.assets
    unread = sum(bool(asset.unread) for asset in assets)
    return (
        f"{len(log.refusals)} of {len(log.calls)} reads were made to fail: {unread} of {len(assets)} assets were not wholly read, none of "
        f"those is called compliant; none of {len(clean.snapshot.assets)} vanished; all that could be read is as it is without faults; "
        f"every refusal shows as a gap."
    )
