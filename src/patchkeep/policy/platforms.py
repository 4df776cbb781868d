"""What patch baselines distinguish: operating systems, classifications and severities, as a policy spells them.

Operating systems are those of `CreatePatchBaseline` (botocore's model of SSM); classifications and severities those that
`DescribePatchProperties` answers for them.
"""

from __future__ import annotations

import re
from typing import Any

from patchkeep.policy.mistakes import Wrong, did_you_mean
from patchkeep.policy.values import text

OPERATING_SYSTEMS = (
    "amazon-linux-1",
    "amazon-linux-2",
    "amazon-linux-2022",
    "amazon-linux-2023",
    "ubuntu",
    "debian",
    "raspbian",
    "redhat",
    "centos",
    "oracle",
    "rocky",
    "alma",
    "suse",
    "macos",
    "windows",
)
_ALSO = {
    "rhel": "redhat",
    "red-hat": "redhat",
    "sles": "suse",
    "amzn2": "amazon-linux-2",
    "al2": "amazon-linux-2",
    "al2023": "amazon-linux-2023",
}
_VERSION = re.compile(r"[-_. ]?[0-9][0-9._-]*$")  # "rhel8", "ubuntu22.04"
EVERYWHERE = ("security", "bugfix")  # in our words; each operating system has its own
LINUX = ("enhancement", "Recommended", "Newpackage")
WINDOWS = (
    "CriticalUpdates",
    "DefinitionUpdates",
    "Drivers",
    "FeaturePacks",
    "SecurityUpdates",
    "ServicePacks",
    "Tools",
    "UpdateRollups",
    "Updates",
    "Upgrades",
)
CLASSIFICATIONS = (*EVERYWHERE, *LINUX, *WINDOWS)
SEVERITIES = ("Critical", "Important", "Moderate", "Medium", "Low", "Unspecified", "None")


def operating_system(value: Any) -> str:
    """A family of operating systems that has patch baselines of its own."""
    found = text(value)
    family = _VERSION.sub("", found.lower())
    if found in OPERATING_SYSTEMS:
        return found
    if known := _ALSO.get(found.lower()) or _ALSO.get(family):
        raise Wrong(f"{found!r} is no operating system that Patchkeep knows.", f"Write `{known}`.")
    if one := next((known for known in OPERATING_SYSTEMS if found.startswith(f"{known}-") or family == known), None):
        raise Wrong(f"AWS has one patch baseline for all of {one}, not one for {found}.", f"Write `{one}`.")
    if found == "amazon-linux":
        raise Wrong("Every Amazon Linux has patch baselines of its own.", "Write `[amazon-linux-2, amazon-linux-2023]`.")
    raise Wrong(f"{found!r} is no operating system that Patchkeep knows.", did_you_mean(found, OPERATING_SYSTEMS))


def classification(value: Any) -> str:
    return _spelt(text(value), CLASSIFICATIONS, "classification")


def severity(value: Any) -> str:
    return _spelt(text(value), SEVERITIES, "severity of a patch")


def _spelt(found: str, known: tuple[str, ...], what: str) -> str:
    """As AWS spells it, however it was capitalised."""
    exact = next((each for each in known if each.lower() == found.lower()), None)
    if exact is None:
        raise Wrong(f"{found!r} is no {what}.", did_you_mean(found, known))
    return exact
