"""The AWS CLI's answers to the same questions, as a user of the member account."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.witness.told import Packages, Patching, Told, packages, patching, when
from tests.witness.tools import run

AWS = str(Path(sys.executable).with_name("aws"))
APPLICATIONS = "AWS:Application"


@dataclass(frozen=True, slots=True)
class AwsCli:
    variables: Mapping[str, str]  # endpoint and keys
    region: str
    home: Path

    def __call__(self, *words: str) -> Any:
        """What a command prints, all pages of it."""
        return json.loads(run([AWS, *words, "--region", self.region, "--output", "json"], self.variables, self.home))

    def told(self) -> Told:
        instances = self("ec2", "describe-instances")["Reservations"]
        managed = self("ssm", "describe-instance-information")["InstanceInformationList"]
        only = ("--filters", "Key=ComplianceType,Values=Patch,Type=EQUAL")
        summaries = self("ssm", "list-resource-compliance-summaries", *only)["ResourceComplianceSummaryItems"]
        entities = self("ssm", "get-inventory", "--result-attributes", f"TypeName={APPLICATIONS}")["Entities"]
        return Told(
            {row["InstanceId"]: row["State"]["Name"] for reservation in instances for row in reservation["Instances"]},
            {row["InstanceId"]: (row["PingStatus"], row["AgentVersion"]) for row in managed},
            {row["ResourceId"]: patching(row) for row in summaries},
            {row["Id"]: packages(row["Data"][APPLICATIONS]["Content"]) for row in entities if APPLICATIONS in row["Data"]},
        )

    def patch_states(self, nodes: list[str]) -> dict[str, Patching]:
        """The second way to the same fact, and the one that Patchkeep takes."""
        rows = self("ssm", "describe-instance-patch-states", "--instance-ids", *nodes)["InstancePatchStates"]
        counts = ("MissingCount", "FailedCount", "InstalledPendingRebootCount", "InstalledRejectedCount")
        opened = {row["InstanceId"]: sum(row[count] for count in counts) for row in rows}
        ended = {row["InstanceId"]: when(row["OperationEndTime"]) for row in rows}
        return {node: Patching("NON_COMPLIANT" if opened[node] else "COMPLIANT", opened[node], ended[node]) for node in opened}

    def entries(self, node: str) -> Packages:
        return packages(self("ssm", "list-inventory-entries", "--instance-id", node, "--type-name", APPLICATIONS)["Entries"])
