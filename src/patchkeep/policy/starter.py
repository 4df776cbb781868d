"""A policy to begin with: commented, whole, and free of mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

UNITS: Mapping[str, str] = MappingProxyType({"dev": "Workloads/Dev", "staging": "Workloads/Staging", "prod": "Workloads/Prod"})


def starter(name: str = "default", units: Mapping[str, str] = UNITS, timezone: str = "UTC") -> str:
    """The text of a policy. `units`: environment -> path of its organizational unit, in the order they are to be patched in."""
    last = list(units)[-1]
    environments = "\n".join(f'  {each}: {{match: {{ou: "{unit}"}}}}' for each, unit in units.items())
    return (
        _TEMPLATE.replace("%name%", name)
        .replace("%environments%", environments)
        .replace("%timezone%", timezone)
        .replace("%rings%", "\n".join(_rings(list(units))))
        .replace("%last%", last)
    )


def _rings(environments: list[str]) -> Iterator[str]:
    *before, last = environments
    for index, each in enumerate(before):
        if index == 0:
            yield f"  - {{name: canary, select: {{env: {each}}}, share: 5%, bake: 4h}}"
        yield f"  - {{name: {each}, select: {{env: {each}}}, rest: true, at_once: 25%, may_fail: 5%, bake: 1d}}"
    yield f"  - {{name: {last}-canary, select: {{env: {last}}}, count: 5, window: saturday-night, bake: 1d}}"
    few = "at_once: 5%, may_fail: {share: 1%, at_least: 1}"
    yield f"  - {{name: {last}, select: {{env: {last}}}, rest: true, {few}, window: saturday-night}}"


_TEMPLATE = """\
# Policy of Patchkeep. Check it with `patchkeep policy check`; `patchkeep policy schema` lets an editor complete its keys.

# Part of the ownership tag on everything that is made from this file: choose it once.
name: %name%

organization:
  # Roles that must exist in every account. docs/reference/services.md lists what they need.
  roles: {read: PatchkeepRead, write: PatchkeepWrite}
  # Where the external id of these roles is kept: env:NAME, ssm:/path or secretsmanager:name. Never the id itself.
  external_id: env:PATCHKEEP_EXTERNAL_ID
  regions: all-enabled
  # Account ids go in quotes.
  # exclude: [{account: "111122223333", why: sandbox}]

# Older answers count as UNKNOWN.
freshness: {scan: 36h, inventory: 48h}

# Every asset belongs to one environment. Match by ou, account, tags or kind; all that is given must hold.
environments:
%environments%
  # legacy: {match: {tags: {Environment: legacy}}, installer: aws, window: saturday-night}   # AWS installs: no rings, no freezes

# What is approved, and how long after its release.
baselines:
  amazon-linux:
    os: [amazon-linux-2, amazon-linux-2023]
    approve:
      security: {severity: [Critical, Important], after: 3d}
      bugfix: 14d
  # Debian and Ubuntu take no delay in AWS; later rings give it.
  apt: {os: [ubuntu, debian], approve: {security: now}}
  redhat: {os: redhat, approve: {security: 3d, bugfix: 14d}}
  windows: {os: windows, approve: {CriticalUpdates: 3d, SecurityUpdates: 3d}}

# When changes may run: `Sat 02:00`, `Mon-Fri 02:00`, `Tue#2 02:00`, `daily 02:00` or AWS's `cron(0 2 ? * SAT *)`.
windows:
  saturday-night: {at: "Sat 02:00", timezone: %timezone%, lasts: 4h, stop_starting: 1h}
  # by_tag: PatchWindow   # a tag on an asset that names its window

# When nothing changes. Both days are frozen.
freezes: []
  # - {name: year-end, from: 2026-12-18, to: 2027-01-04, timezone: %timezone%}
  # - {calendar: freezes.ics}

# Patched in this order; each asset is in the first ring that takes it.
rings:
%rings%

# Not changed together.
apart:
  - {same_tag: Cluster, at_once: 1}
  - {tags: {Role: domain-controller}, at_once: 1}

# Who must agree before a ring of an environment begins.
approval:
  %last%: {people: 1, not_author: true}

# Time allowed until an update is installed.
sla:
  critical: {within: 14d}
  high: {within: 30d}

# The tag that says whom an asset belongs to.
owner: {tag: Owner}
"""
