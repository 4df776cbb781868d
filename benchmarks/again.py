"""How long a tick of a rollout looks again at the places of its batches: python benchmarks/again.py."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime

from discover import POLICY, Row, canned

from patchkeep.domain.call import Gap, Target
from patchkeep.domain.plan import Plan
from patchkeep.doors.clock import SystemClock
from patchkeep.wire import house, signed_in
from patchkeep.work.rollout import Rolling
from patchkeep.work.rollout.again import tell

ACCOUNTS, NODES, SAMPLE = 50, 5_000, 5
REGIONS = ("eu-central-1", "us-east-1")


def rows() -> list[Row]:
    """Wall seconds, most of them spent waiting for our share of AWS's documented rates (ssm:DescribeAssociation: two a second)."""
    with tempfile.TemporaryDirectory() as folder, canned(NODES, ACCOUNTS, 1) as environment:
        variables = {name: value for name, value in environment.items() if name not in os.environ or os.environ[name] != value}
        with signed_in({**variables, "PATCHKEEP_DATABASE_URL": f"sqlite:///{folder}/p.db"}), house(str(POLICY), SystemClock()) as opened:
            plan = Plan("", datetime.now(UTC), "", "o-1", "", opened.policy.hash, opened.policy.name)
            kept = (opened.store.rollouts, opened.store.ledger, opened.clock)
            rolling = Rolling(plan, opened.policy, opened.aws, opened.services, *kept, "bench")
            targets = [Target(f"4000000{number:05}", region) for number in range(ACCOUNTS) for region in REGIONS]
            alone = _seconds(rolling, targets[:SAMPLE], one_by_one=True) / SAMPLE
            time.sleep(5)  # the rates of those asked already stand where they stood
            together = _seconds(rolling, targets, one_by_one=False)
    what = f"a tick's look at {len(targets)} account-regions, {NODES} nodes: side by side (one after the other)"
    return [(what, "< 5 min", f"{together:.0f} s ({alone * len(targets):.0f} s)", "")]


def _seconds(rolling: Rolling, targets: list[Target], *, one_by_one: bool) -> float:
    began = time.perf_counter()
    told = {k: v for target in targets for k, v in tell(rolling, [target]).items()} if one_by_one else tell(rolling, targets)
    if gaps := [found for found in told.values() if isinstance(found, Gap)]:
        raise SystemExit(f"The canned answers were refused: {gaps[0]}")
    return time.perf_counter() - began


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row))
