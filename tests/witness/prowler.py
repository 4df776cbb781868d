"""Prowler's verdicts: two checks over the regions of one account, read from its OCSF findings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.witness.tools import program, run

PATCHED, MANAGED = "ssm_managed_compliant_patching", "ec2_instance_managed_by_ssm"


@dataclass(frozen=True, slots=True)
class Findings:
    """PASS or FAIL by node id."""

    patched: dict[str, str] = field(default_factory=dict)
    managed: dict[str, str] = field(default_factory=dict)


def prowler(variables: Mapping[str, str], regions: Iterable[str], folder: Path) -> Findings:
    """`variables`: endpoint and credentials of one account."""
    words = ["aws", "--checks", PATCHED, MANAGED, "-f", *regions, "--output-formats", "json-ocsf"]
    quiet = ["--no-banner", "--no-color", "--log-level", "ERROR", "--ignore-exit-code-3"]  # 3: something failed its check
    run([program("prowler", "prowler"), *words, "-o", str(folder), "-F", "findings", *quiet], variables, folder)
    return findings(json.loads((folder / "findings.ocsf.json").read_text()))


def findings(rows: Iterable[Mapping[str, Any]]) -> Findings:
    found = Findings()
    for row in rows:
        by_node = found.patched if row["metadata"]["event_code"] == PATCHED else found.managed
        by_node[row["resources"][0]["name"]] = row["status_code"]
    return found
