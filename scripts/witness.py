#!/usr/bin/env python
"""Ask the AWS CLI, Cloud Custodian and Prowler about the sandbox's machines, and set their verdicts beside Patchkeep's.

`make witness` runs it. Exit status 1 where verdicts differ for a reason that isn't written down.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # tests/witness is how the tools are asked

from tests.witness import custodian, differences, prowler  # noqa: E402
from tests.witness.awscli import AwsCli  # noqa: E402
from tests.witness.estate import DEV, PLACES, PROD, Estate, Place, discovered, patched  # noqa: E402
from tests.witness.told import Told  # noqa: E402
from tests.witness.tools import why_not  # noqa: E402

UNEXPLAINED, SILENT = "UNEXPLAINED", differences.SILENT
OUT_OF_SIGHT = ("stopped", "offline", "unmanaged", "unmanaged, no profile")
VERDICTS = {"PASS": "COMPLIANT", "FAIL": "NON_COMPLIANT"}


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What each of them tells, by place; Prowler's findings by account."""

    cli: Mapping[Place, Told]
    summaries: Mapping[str, list[tuple[str, str]]]  # by node: type and status of each compliance summary, as AWS lists them
    custodian: Mapping[Place, Told]
    prowler: Mapping[str, prowler.Findings]


@dataclass(frozen=True, slots=True)
class Line:
    node: str
    said: tuple[str, ...]  # Patchkeep first
    causes: tuple[str, ...]  # () where all agree


def main() -> int:
    if reasons := [reason for tool in ("c7n", "prowler") if (reason := why_not(tool))]:
        print("\n".join(reasons), file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, patched(_made(folder, "desk")) as desk:
        estate = discovered(desk)
        told = _asked(estate, folder)
        patches = {place: list(_patches(estate, told, place)) for place in PLACES}
        managed = {place: list(_managed(estate, told, place)) for place in PLACES}
    print(f"{datetime.now(UTC):%Y-%m-%d}: AWS CLI {version('awscli')}, Cloud Custodian {_pinned('c7n')}, Prowler {_pinned('prowler')}\n")
    print("Is it patched? Prowler: ssm_managed_compliant_patching\n")
    _show(("Patchkeep", "AWS CLI", "Custodian", "Prowler"), patches)
    print("Does Systems Manager manage it? Prowler: ec2_instance_managed_by_ssm\n")
    _show(("Patchkeep", "AWS CLI", "Custodian", "Prowler"), managed)
    lines = [line for table in (patches, managed) for found in table.values() for line in found]
    return 1 if any(UNEXPLAINED in line.causes for line in lines) else 0


def _pinned(tool: str) -> str:
    """The version in its requirements, which is the installed one (`why_not`)."""
    lines = (ROOT / f"requirements/witness-{tool}.txt").read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix(f"{tool}==").split()[0] for line in lines if line.startswith(f"{tool}=="))


def _made(folder: str, name: str) -> Path:
    path = Path(folder) / name
    path.mkdir(exist_ok=True)
    return path


def _asked(estate: Estate, folder: str) -> Witnesses:
    with chdir(folder):
        cli = {(account, region): AwsCli(estate.keys(account), region, Path(folder)) for account, region in PLACES}
        rows = [row for one in cli.values() for row in one("ssm", "list-resource-compliance-summaries")["ResourceComplianceSummaryItems"]]
        summaries: dict[str, list[tuple[str, str]]] = {}
        for row in rows:
            summaries.setdefault(row["ResourceId"], []).append((row["ComplianceType"], row["Status"]))
        by_custodian = {
            place: custodian.told(custodian.custodian(estate.session(place[0]), place[1], _made(folder, "-".join(place))))
            for place in PLACES
        }
        by_prowler = {
            account: prowler.prowler(
                estate.keys(account), [region for where, region in PLACES if where == account], _made(folder, f"prowler-{account}")
            )
            for account in (DEV, PROD)
        }
        return Witnesses({place: one.told() for place, one in cli.items()}, summaries, by_custodian, by_prowler)


def _patches(estate: Estate, told: Witnesses, place: Place) -> Iterator[Line]:
    found = told.prowler[place[0]].patched
    for node in sorted({**estate.told[place].instances, **estate.told[place].managed}):
        ours = estate.verdicts[node]
        cli, others = (one[place].patching[node].status if node in one[place].patching else SILENT for one in (told.cli, told.custodian))
        last = VERDICTS[found[node]] if node in found else SILENT
        causes = [differences.why(ours.status, ours.reasons, cli)] if cli != ours.status else []
        if node.startswith("mi-") and others == SILENT:
            causes.append((differences.Why.HYBRID,))
        elif others != ours.status:
            causes.append(differences.why(ours.status, ours.reasons, others))
        if last != ours.status:
            causes.append(differences.why_of_prowler(ours.status, ours.reasons, last, told.summaries.get(node, ())))
        yield Line(node, (ours.status, cli, others, last), _named(causes))


def _managed(estate: Estate, told: Witnesses, place: Place) -> Iterator[Line]:
    found = told.prowler[place[0]].managed
    kept = estate.told[place]
    for node in sorted({**kept.instances, **kept.managed}):
        hidden = [cause for cause in estate.obstacles[node] if cause in OUT_OF_SIGHT]
        ours = hidden[0] if hidden else "managed"
        pings = [one.managed[node][0] if node in one.managed else SILENT for one in (kept, told.cli[place], told.custodian[place])]
        last = found.get(node, SILENT)
        causes: list[tuple[str, ...]] = [() for ping in pings[1:] if ping != pings[0]]
        if node.startswith("mi-") and last == SILENT:
            causes.append((differences.Why.HYBRID,))
        elif (last == "PASS") != (not hidden):
            causes.append(differences.why_of_managed(hidden, last))
        yield Line(node, (ours.removesuffix(", no profile"), *pings[1:], last), _named(causes))


def _named(causes: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Every reason once; a difference without one stands out."""
    return tuple(dict.fromkeys(str(cause) for why in causes for cause in (why or (UNEXPLAINED,))))


def _show(heads: tuple[str, ...], table: Mapping[Place, list[Line]]) -> None:
    counted: Counter[str] = Counter()
    for (account, region), lines in table.items():
        print(f"{account} {region}\n  {'':20} {' '.join(f'{head:14}' for head in heads)}".rstrip())
        for line in lines:
            print(f"  {line.node:20} {' '.join(f'{said:14}' for said in line.said)}".rstrip())
            if line.causes:
                print(f"{'':23}differ: {', '.join(line.causes)}")
            counted["differ" if line.causes else "agree"] += 1
        print()
    print(f"{counted['agree']} agree, {counted['differ']} differ\n")


if __name__ == "__main__":
    sys.exit(main())
