"""Size and speed of the store's history: `python benchmarks/store.py [--rescans 1000] [--keep]`, on SQLite and PostgreSQL.

An estate of 5,000 machines in 50 accounts is looked at again and again. Between two looks every machine is scanned anew (new times, a
new snapshot id, as each scan without one gets its own), 2 % lack one to five further updates, and 0.5 % are patched: new packages, and
nothing missing any more. Each look is judged and folded as `discover` does it. `--keep` writes what a full thousand gave into
store-thousand.json, which `rows` tells beside the short run.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from patchkeep.domain.asset import Asset, Counts, Existing, Inventory, Scan, Update, UpdateState
from patchkeep.domain.call import Read, Target
from patchkeep.domain.compliance import Expected, compliance
from patchkeep.domain.exposure import fold
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.packages import Package, Packages
from patchkeep.domain.policy import Freshness, Retention
from patchkeep.domain.snapshot import AccountSeen, Snapshot
from patchkeep.doors.store import Store, open_store
from patchkeep.doors.store.database import connect, migrate
from patchkeep.doors.store.pruning import prune

ROOT = Path(__file__).parents[1]
THOUSAND = Path(__file__).parent / "store-thousand.json"
NODES, ACCOUNTS, PACKAGES, IMAGES = 5000, 50, 400, 12
BEGAN = datetime(2024, 1, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
FULL = 1000  # rescans of a whole run
KEPT = 30 * DAY  # of looks, when what is old is forgotten
AT_MOST = 0.1  # seconds, of a question to the history
Row = tuple[str, str, str, str]  # what was measured, its goal, what was reached, and the cause where that is not the goal
BASELINE = Expected("base", "pb-0123456789abcdef0")
CATALOGUE = tuple(
    Update(f"package{n}.x86_64", f"package{n}-{n % 7}.{n % 11}.{n}", UpdateState.MISSING, "Important", "Security", (f"CVE-2026-{n:05d}",))
    for n in range(4000)
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run measured; seconds, bytes."""

    database: str
    rescans: int
    first: int
    size: int
    save: float  # of one rescan, median: snapshot and verdicts
    queries: dict[str, float]  # from asking to answer, best of 15
    cpu: dict[str, float]  # of that, this process's own work: PostgreSQL's server does its own besides
    pruned: str = ""  # what forgetting all but the last days gave back

    @property
    def each(self) -> float:
        return (self.size - self.first) / self.rescans


def estate(dice: random.Random) -> list[Asset]:
    """The machines as they were first seen."""
    images = [Packages(Package(f"package{n}", f"{image}.{n % 11}.{n}", "x86_64") for n in range(PACKAGES)) for image in range(IMAGES)]
    assets = []
    for number in range(NODES):
        target = Target(f"{100000000000 + number * ACCOUNTS // NODES}", "eu-central-1")
        missing = tuple(dice.sample(CATALOGUE, dice.randint(0, 6)))
        assets.append(
            Asset(
                id=target.arn("ec2", f"instance/i-{dice.getrandbits(68):017x}"),
                kind="node",
                target=target,
                name=f"web-{number}",
                os="amazon-linux-2023",
                tags=Frozen({"Name": f"web-{number}", "Owner": f"team-{number % 40}@example.com", "Patch Group": "prod"}),
                ou="Workloads/Prod",
                owner=f"team-{number % 40}@example.com",
                service="nodes",
                updates=missing,
                inventory=Inventory(BEGAN, images[number % IMAGES]),
                facts=Frozen(state="running", image=f"ami-{number % IMAGES:017x}", type="m6i.large", ping="Online", agent="3.3.1957.0"),
            )
        )
    return sorted(assets, key=lambda asset: asset.id)


def scanned(assets: list[Asset], at: datetime, dice: random.Random) -> list[Asset]:
    """A day later: all scanned anew, some lack more, a few were patched."""
    return [_scanned(asset, at, dice) for asset in assets]


def _scanned(asset: Asset, at: datetime, dice: random.Random) -> Asset:
    updates, packages = asset.updates or (), asset.inventory.packages if asset.inventory else Packages()
    if dice.random() < 0.02:
        updates = (*updates, *(update for update in dice.sample(CATALOGUE, dice.randint(1, 5)) if update not in updates))
    if dice.random() < 0.005:
        newer = [replace(p, version=f"{p.version}.{dice.randint(1, 99)}") if dice.random() < 0.05 else p for p in packages]
        updates, packages = (), Packages(newer)
    moment = at - timedelta(milliseconds=dice.randint(0, 7_200_000))
    counts = Counts(installed=len(asset.name) + 380, other=dice.randint(0, 3), missing=len(updates), not_applicable=1200)
    scan = Scan(moment, "Scan", BASELINE.id, str(uuid.UUID(int=dice.getrandbits(128))), counts, "prod")
    inventory = Inventory(at - timedelta(seconds=dice.randint(0, 1800)), packages)
    return replace(asset, updates=updates, scan=scan, inventory=inventory)


def seen(assets: list[Asset], at: datetime, dice: random.Random) -> Snapshot:
    targets = tuple(sorted({asset.target for asset in assets}))
    operations = ("ec2:DescribeInstances", "ssm:DescribeInstanceInformation", "ssm:DescribeInstancePatchStates", "ssm:GetInventory")
    reads = (
        Read(target, "nodes", operation, 3, dice.random(), request_id=str(uuid.UUID(int=dice.getrandbits(128))), at=at.isoformat())
        for target in targets
        for operation in operations
    )
    objects = tuple(
        Existing("baselines", "patch baseline", target, f"pb-{n:017x}", f"AWS-{n}", "", Frozen(Rules=[n, "x" * 200]))
        for target in targets
        for n in range(20)
    )
    accounts = tuple(AccountSeen(target.account, f"account-{target.account}", "Workloads/Prod") for target in targets)
    made = Snapshot("", at, "o-example", accounts, targets, tuple(assets), objects, (), tuple(reads))
    return replace(made, id=f"{at:%Y%m%d}".rjust(64, "0"))  # hashing it all is discovery's work


def measure(name: str, url: str, rescans: int) -> Figures:
    """Fill a store, then ask it."""
    dice, at = random.Random(7), BEGAN  # noqa: S311 - to be repeated, not secret
    with open_store(url) as store:
        assets, sizes, seconds = estate(dice), [], []
        for day in range(rescans + 1):
            at = BEGAN + day * DAY
            assets = scanned(assets, at, dice)
            snapshot = seen(assets, at, dice)
            verdicts = [compliance(asset, BASELINE, Freshness(), at) for asset in assets]
            moved = fold(store.snapshots.exposures(open_only=True), assets, at)
            began = time.perf_counter()
            store.snapshots.save(snapshot)
            store.snapshots.record(at, snapshot.id, verdicts, moved)
            seconds.append(time.perf_counter() - began)
            sizes.append(_size(store) if day in {0, rescans} else 0)
            if sys.stderr.isatty() or day % 50 == 0:
                print(f"{name}: {day} of {rescans}, {seconds[-1]:.2f} s, {_size(store) / 1e6:.0f} MB", file=sys.stderr)
        answers = asked(store, at, assets[0].id)
        return Figures(name, rescans, sizes[0], sizes[-1], sorted(seconds)[len(seconds) // 2], *answers, pruned(store, at))


def pruned(store: Store, now: datetime) -> str:
    """What `db prune` does to this store, whose windows are mostly open still."""
    before, worked = _size(store), time.process_time()
    gone = prune(store.database, Retention(snapshots=KEPT), now)
    spent, looks = time.process_time() - worked, len(gone.takings)
    return f"{looks} looks go, {gone.spared} older ones stay; {before / 1e6:.0f} -> {_size(store) / 1e6:.0f} MB ({spent:.1f} s CPU)"


def _size(store: Store) -> int:
    with store.database.reading() as connection:
        return store.database.dialect.size(connection)


def asked(store: Store, now: datetime, asset: str) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds of each question: from asking to answer, and of CPU. What is counted or looked up is part of it."""
    history = store.snapshots
    questions: dict[str, Callable[[], object]] = {
        "every look of the last 90 days, its verdicts not looked into": lambda: history.verdicts(now - 90 * DAY),
        "all changes of one asset": lambda: history.changes_of(asset),
        "all exposure windows of one asset": lambda: history.exposures(asset=asset),
        f"all {len(history.exposures(open_only=True)):,} open exposure windows": lambda: history.exposures(open_only=True),
        "all assets of the latest snapshot with their updates": history.latest,
    }
    wall: dict[str, float] = {}
    cpu: dict[str, float] = {}
    for question, ask in questions.items():
        taken = []
        for _ in range(15):
            began, worked = time.perf_counter(), time.process_time()
            ask()
            taken.append((time.perf_counter() - began, time.process_time() - worked))
        wall[question], cpu[question] = (min(each) for each in zip(*taken, strict=True))
    return wall, cpu


@contextmanager
def stores() -> Iterator[Iterator[tuple[str, str]]]:
    """Addresses of empty stores; PostgreSQL's where a server can be had."""
    sys.path.insert(0, str(ROOT))  # the tests know how to start a server
    from tests.store.postgres import server, why_not  # noqa: PLC0415 - see above

    def each() -> Iterator[tuple[str, str]]:
        with tempfile.TemporaryDirectory() as folder:
            yield "SQLite", f"sqlite:///{folder}/patchkeep.db"
        if not why_not():
            with server() as running:
                running.run("ALTER SYSTEM SET autovacuum = on")
                running.run("SELECT pg_reload_conf()")
                url = running.url(running.database())
                database = connect(url, create=True)
                migrate(database)
                database.close()
                yield "PostgreSQL", url

    yield each()


def rows(rescans: int = 100) -> list[Row]:
    """Rows for the table of figures: a short run now, and the last full thousand."""
    with stores() as places:
        found = [measure(name, url, rescans) for name, url in places]
    table = [row for figures in found for row in told(figures)]
    if THOUSAND.exists():
        kept = json.loads(THOUSAND.read_text(encoding="utf-8"))
        table += [row for one in kept["figures"] for row in told(Figures(**one), _apart(one["rescans"], kept["made"]))]
    return table


def _apart(rescans: int, made: str) -> str:
    return f" (run of {made}{'' if rescans >= FULL else '; fewer than a thousand, which takes longer than eight minutes'})"


def told(figures: Figures, when: str = "") -> list[Row]:
    what = f"{figures.database}, {figures.rescans} rescans of {NODES} assets{when}"
    most = "< 1 GB" if figures.rescans >= 1000 else "< 1000 kB a rescan"
    return [
        (f"{what}: size", most, f"{figures.size / 1e6:.0f} MB ({figures.each / 1e3:.0f} kB a rescan)", ""),
        (f"{what}: a rescan stored and its verdicts, median", "", f"{figures.save:.2f} s", ""),
        *(_answered(what, question, wall, figures.cpu[question]) for question, wall in figures.queries.items()),
        *([(f"{what}: `db prune` with {KEPT.days} days of looks kept", "", figures.pruned, "")] if figures.pruned else []),
    ]


def _answered(what: str, question: str, wall: float, cpu: float) -> Row:
    cause = "" if wall < AT_MOST else "not one history but the whole fleet's rows, each of which is decoded"
    return f"{what}: {question}", f"< {AT_MOST * 1000:.0f} ms", f"{wall * 1000:.0f} ms ({cpu * 1000:.0f} CPU)", cause


def main() -> None:
    """Measure, and print the rows."""
    asked_for = argparse.ArgumentParser(description="Measure size and speed of the store's history.")
    asked_for.add_argument("--rescans", type=int, default=100)
    asked_for.add_argument("--only", default="", help="SQLite or PostgreSQL")
    asked_for.add_argument("--keep", action="store_true", help="write the figures into store-thousand.json")
    wishes = asked_for.parse_args()
    with stores() as places:
        found = [measure(name, url, wishes.rescans) for name, url in places if wishes.only in {"", name}]
    if wishes.keep:
        before = json.loads(THOUSAND.read_text(encoding="utf-8"))["figures"] if THOUSAND.exists() else []
        others = [one for one in before if one["database"] not in {figures.database for figures in found}]
        kept = {"made": f"{datetime.now(UTC):%Y-%m-%d}", "figures": [*others, *map(asdict, found)]}
        THOUSAND.write_text(f"{json.dumps(kept, indent=1)}\n", encoding="utf-8")
    for row in (row for figures in found for row in told(figures)):
        print(" | ".join(row))


if __name__ == "__main__":
    main()
