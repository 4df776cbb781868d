"""A made-up estate of 230 assets over 21 days of looks, judged and folded by the domain's own functions; the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from patchkeep.domain.asset import Asset, Counts, Obstacle, Scan, Update, UpdateState
from patchkeep.domain.call import Cause, Gap, Target
from patchkeep.domain.compliance import Expected, Status, compliance
from patchkeep.domain.exposure import Exposure, fold
from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.look import Look
from patchkeep.domain.plan import Skip
from patchkeep.domain.policy import Environment, Freshness, Match, Policy, Sla
from patchkeep.domain.report import Evidence, Report, build
from patchkeep.domain.snapshot import AccountSeen, Snapshot

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CHANGED = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
DAYS = 21
ACCOUNTS = (
    AccountSeen("111122223333", "web-dev", "Workloads/Dev", contact="dev-ops@snowy.example", contact_from="operations contact"),
    AccountSeen("222233334444", "web-staging", "Workloads/Staging", contact="aws+staging@snowy.example", contact_from="account e-mail"),
    AccountSeen("333344445555", "web-prod", "Workloads/Prod"),
    AccountSeen("444455556666", "pay-prod", "Workloads/Prod"),
    AccountSeen("555566667777", "tools", "Shared"),
)
ENVIRONMENT = {"111122223333": "dev", "222233334444": "staging", "333344445555": "prod", "444455556666": "prod"}
SYSTEMS = ("amazon-linux-2023", "amazon-linux-2", "ubuntu-22.04", "redhat-9", "debian-12", "windows-2022")
POLICY = Policy(
    "snowy",
    "0f" * 32,
    freshness=Freshness(scan=36 * HOUR),
    environments=tuple(Environment(name, Match()) for name in ("dev", "staging", "prod")),
    slas=(Sla("known_exploited", DAY, "kev"), Sla("critical", 14 * DAY), Sla("high", 30 * DAY), Sla("medium", 60 * DAY, "release")),
)
BASELINE = Expected("base", "pb-0aa")
STOPPED = Obstacle("stopped", "stopped for 9 days", "start it, or let the policy wake it", stops_seeing=True, stops_patching=True)
NO_AGENT = Obstacle(
    "no agent", "not known to Systems Manager", "give it an instance profile or turn on default host management", True, True
)
GROUPED = Obstacle("in auto scaling group", "belongs to web-asg", "patch its image", stops_patching=True, leave_alone=True)


def node(number: int) -> Asset:
    account = ACCOUNTS[(0, 0, 1, 2, 2, 2, 3, 3, 1, 4)[number % 10]]
    target = Target(account.id, ("eu-central-1", "us-east-1")[number % 3 == 0])
    obstacles = {0: (STOPPED,), 1: (NO_AGENT,), 2: (GROUPED,)}.get(number % 23, ())
    return Asset(
        target.arn("ec2", f"instance/i-{number:017x}"),
        "node",
        target,
        f"{account.name}-{number:03d}",
        SYSTEMS[number % len(SYSTEMS)],
        ou=account.ou,
        tags=NOTHING if number % 11 == 0 else Frozen({"Owner": "team-" + "abc"[number % 3]}),
        obstacles=obstacles,
    )


def releases(dice: random.Random) -> tuple[tuple[int, Update], ...]:
    """Updates by the day they come out: most in the first days, then one or two a day."""
    names = ("openssl", "kernel", "glibc", "curl", "sudo", "python3", "systemd", "expat", "libxml2", "bind-utils", "zlib", "nss")
    days = (0, 0, 0, 0, 0, 0, *range(1, 19), *range(2, 19, 3))
    found = []
    for number, day in enumerate(days):
        severity = dice.choice(("critical", "high", "high", "medium", "low", ""))
        cves = tuple(f"CVE-2026-{10000 + 37 * number + extra}" for extra in range(dice.randrange(3)))
        name = names[number % len(names)]
        found.append((day, Update(f"{name}.{number}", f"{name}-{number}.1", UpdateState.MISSING, severity, "Security", cves)))
    return tuple(found)


def looked(asset: Asset, at: datetime, lacking: tuple[Update, ...]) -> Asset:
    if NO_AGENT in asset.obstacles:
        return asset
    scanned = at - 9 * DAY if STOPPED in asset.obstacles else at - HOUR
    baseline = "pb-aws-default" if asset.target.account == ACCOUNTS[-1].id else BASELINE.id
    failed = sum(update.state is UpdateState.FAILED for update in lacking)
    scan = Scan(scanned, "Scan", baseline, "snap", Counts(200, 5, len(lacking) - failed, failed))
    refused = "not read: AccessDeniedException" if asset.target == Target("444455556666", "us-east-1") and at.day in {9, 10} else ""
    return replace(asset, scan=scan, updates=None if refused else lacking, unread=(refused,) if refused else (), unseen=bool(refused))


def days_of(nodes: tuple[Asset, ...], dice: random.Random) -> Iterator[tuple[datetime, tuple[Asset, ...]]]:
    """A look each morning for three weeks, and three on the day of the rollout."""
    published = releases(dice)
    wanted = {asset.id: wanted_by(asset, published, dice) for asset in nodes}
    urgent = Update("openssl.99", "openssl-99.1", UpdateState.MISSING, "critical", "Security", ("CVE-2026-4711",))
    stubborn = {asset.id for asset in nodes if dice.random() < 0.04}
    first = CHANGED - HOUR - DAYS * DAY
    for day in range(DAYS + 1):
        at = first + day * DAY
        yield at, tuple(looked(asset, at, tuple(update for since, update in wanted[asset.id] if since <= day)) for asset in nodes)
    for hours, cured in ((3, ("dev",)), (7, ("dev", "staging")), (11, ("dev", "staging", "prod"))):
        at = CHANGED + hours * HOUR
        extra = [urgent] if hours == 3 else []
        yield at, tuple(looked(asset, at, left(asset, [*(u for _, u in wanted[asset.id]), *extra], stubborn, cured)) for asset in nodes)


def wanted_by(asset: Asset, published: tuple[tuple[int, Update], ...], dice: random.Random) -> list[tuple[int, Update]]:
    """What an asset lacks and since which day: a few assets are tidy, stopped ones were last scanned in time to lack little."""
    share = dice.choice((0.01, 0.05, 0.15, 0.2)) if STOPPED not in asset.obstacles else 0.02
    return [(day, update) for day, update in published if dice.random() < share]


def left(asset: Asset, lacking: list[Update], stubborn: set[str], cured: tuple[str, ...]) -> tuple[Update, ...]:
    if ENVIRONMENT.get(asset.target.account) not in cured or GROUPED in asset.obstacles or STOPPED in asset.obstacles:
        return tuple(lacking)
    return tuple(replace(update, state=UpdateState.FAILED) for update in lacking[:1]) if asset.id in stubborn else ()


@cache
def evidence() -> Evidence:
    dice = random.Random(7)
    nodes = tuple(node(number) for number in range(230))
    history: list[Look] = []
    windows: dict[tuple[str, str, datetime], Exposure] = {}
    snapshot = Snapshot("", NOW, "o-snowy")
    for at, assets in days_of(nodes, dice):
        snapshot = taken(at, assets)
        verdicts = [compliance(asset, BASELINE, POLICY.freshness, at) for asset in assets]
        history.append(Look(at, snapshot.id, {verdict.asset: verdict for verdict in verdicts}))
        doubted = {verdict.asset for verdict in verdicts if verdict.status is Status.UNKNOWN}
        for window in fold(windows.values(), assets, at, doubted):
            windows[window.asset, window.update, window.first_seen] = window
    environments = Frozen({asset.id: name for asset in nodes if (name := ENVIRONMENT.get(asset.target.account))})
    return Evidence(snapshot, tuple(history), tuple(windows.values()), environments, CHANGED, skips(nodes))


def taken(at: datetime, assets: tuple[Asset, ...]) -> Snapshot:
    targets = tuple(Target(account.id, region) for account in ACCOUNTS for region in ("eu-central-1", "us-east-1"))
    gaps = (
        Gap(Target("666677778888", ""), "accounts", Cause.NO_ROLE, "PatchkeepRead cannot be assumed", fix="deploy the member role"),
        Gap(
            Target("333344445555", "eu-south-2"), "nodes", Cause.REGION_OFF, "the region is not enabled", "ssm:DescribeInstanceInformation"
        ),
    )
    return Snapshot(f"{at:%Y%m%d%H%M}".ljust(64, "0"), at, "o-snowy", ACCOUNTS, targets, assets, (), gaps)


def skips(nodes: tuple[Asset, ...]) -> tuple[Skip, ...]:
    left_alone = (asset for asset in nodes if GROUPED in asset.obstacles)
    return tuple(Skip(asset.id, asset.name, GROUPED.why, GROUPED.fix) for asset in left_alone)


@cache
def report() -> Report:
    return build(evidence(), POLICY, NOW)
