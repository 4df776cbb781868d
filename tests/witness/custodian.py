"""Cloud Custodian's answers: `custodian run` of its policies, with a session of the member account.

What it finds stands in OUT/POLICY/resources.json: AWS's own rows, with what its filters looked up under keys that begin with "c7n:".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.witness.told import Told, packages, patching
from tests.witness.tools import program, run

POLICIES = Path(__file__).with_name("custodian.yaml")
Found = dict[str, list[dict[str, Any]]]


def custodian(variables: Mapping[str, str], region: str, folder: Path) -> Found:
    """The resources of each policy. `variables`: endpoint and credentials."""
    out = folder / "out"
    run([program("c7n", "custodian"), "run", "--region", region, "-s", str(out), str(POLICIES)], variables, folder)
    return {path.parent.name: json.loads(path.read_text()) for path in out.glob("*/resources.json")}


def told(found: Found) -> Told:
    return Told(
        {row["InstanceId"]: row["State"]["Name"] for row in found["instances"]},
        {row["InstanceId"]: (row["PingStatus"], row["AgentVersion"]) for row in found["managed"]},
        {row["InstanceId"]: patching(_only(row["c7n:ssm-compliance"])) for row in found["patch-compliance"]},
        {row["InstanceId"]: packages(row["c7n:SSM-Inventory"]) for row in found["inventory"]},
    )


def _only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    (row,) = rows
    return row
