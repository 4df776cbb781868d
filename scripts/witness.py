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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # tests/witness is how the tools are asked

from tests.witness import custodian, differences, prowler  # noqa: E402
from tests.witness.awscli import AwsCli  # noqa: E402
from tests.witness.estate import DEV, PLACES, PROD, Estate, Place, discovered, patched  # noqa: E402
from tests.witness.told import Told  # noqa: E402
from tests.witness.tools import why_not  # noqa: E402

UNEXPLAINED = "UNEXPLAINED"
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
    print("Is it patched? Prowler: ssm_managed_compliant_patching\n")
    _show(("Patchkeep", "AWS CLI", "Custodian", "Prowler"), patches)
    print("Does Systems Manager manage it? Prowler: ec2_instance_managed_by_ssm\n")
    _show(("Patchkeep", "AWS CLI", "Custodian", "Prowler"), managed)
    lines = [line for table in (patches, managed) for found in table.values() for line in found]
    return 1 if any(UNEXPLAINED in line.causes for line in lines) else 0


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
        plain = [
            one.patching[node].status if node in one.patching else differences.SILENT for one in (told.cli[place], told.custodian[place])
        ]
        last = VERDICTS[found[node]] if node in found else differences.SILENT
        causes = [differences.why(ours.status, ours.reasons, said) for said in plain if said != ours.status]
        if last != ours.status:
            causes.append(differences.why_of_prowler(ours.status, ours.reasons, last, told.summaries.get(node, ())))
        if node.startswith("mi-"):
            causes = [why or (differences.Why.HYBRID,) for why in causes]
        yield Line(node, (ours.status, *plain, last), _named(causes))


def _managed(estate: Estate, told: Witnesses, place: Place) -> Iterator[Line]:
    found = told.prowler[place[0]].managed
    for node in sorted({**estate.told[place].instances, **estate.told[place].managed}):
        hidden = [cause for cause in estate.obstacles[node] if cause in OUT_OF_SIGHT]
        ours = hidden[0] if hidden else "managed"
        plain = [one.managed[node][0] if node in one.managed else differences.SILENT for one in (told.cli[place], told.custodian[place])]
        last = found.get(node, differences.SILENT)
        causes: list[tuple[str, ...]] = []
        if node.startswith("mi-"):
            causes.append((differences.Why.HYBRID,))
        elif (last == "PASS") != (not hidden):
            causes.append(differences.why_of_managed(hidden, last))
        yield Line(node, (ours.removesuffix(", no profile"), *plain, last), _named(causes))


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
