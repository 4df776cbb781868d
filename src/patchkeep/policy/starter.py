"""A policy to begin with: commented, whole, free of mistakes, and one that keeps its own deadlines.

A canary of the last environment and the rest of it are patched on two nights of one weekend: with one night a week they would need
two weeks, and a critical update would be late (docs/explanation/worst-case.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from patchkeep.policy.values import spelt

UNITS: Mapping[str, str] = MappingProxyType({"dev": "Workloads/Dev", "staging": "Workloads/Staging", "prod": "Workloads/Prod"})
DEADLINES: Mapping[str, timedelta] = MappingProxyType({"critical": timedelta(days=14), "high": timedelta(days=30)})
_VENDORS = {"critical": "Critical", "high": "Important"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person has to decide; the rest has a good default. Environments are in the order in which they are to be patched.

    `environments`: name -> path of its organizational unit, or, where `tag` is given, the value of that tag.
    """

    name: str = "default"
    environments: Mapping[str, str] = field(default_factory=lambda: UNITS)
    tag: str = ""
    deadlines: Mapping[str, timedelta] = field(default_factory=lambda: DEADLINES)
    window: str = "Sat,Sun 02:00"
    timezone: str = "UTC"
    approvers: tuple[str, ...] = ()
    share: str = "5%"
    external_id: str = "env:PATCHKEEP_EXTERNAL_ID"

    @property
    def last(self) -> str:
        return list(self.environments)[-1]


PLAIN = Wishes()


def starter(wishes: Wishes = PLAIN) -> str:
    """The text of a policy as wished. What cannot be read in the wishes is a mistake of the text."""
    filled = {
        "name": wishes.name,
        "external_id": wishes.external_id,
        "environments": "\n".join(_environments(wishes)),
        "security": _security(wishes),
        "window": wishes.window,
        "timezone": wishes.timezone,
        "rings": "\n".join(_rings(wishes)),
        "last": wishes.last,
        "approvers": f"from: [{', '.join(map(_quoted, wishes.approvers))}], " if wishes.approvers else "",
        "whoever": "These" if wishes.approvers else "Anybody whom AWS can vouch for",
        "sla": "\n".join(f"  {severity}: {{within: {spelt(within)}}}" for severity, within in wishes.deadlines.items()),
    }
    text = _TEMPLATE
    for name, value in filled.items():
        text = text.replace(f"%{name}%", value)
    return text


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _environments(wishes: Wishes) -> Iterator[str]:
    for name, where in wishes.environments.items():
        match = f"{{tags: {{{_quoted(wishes.tag)}: {_quoted(where)}}}}}" if wishes.tag else f"{{ou: {_quoted(where)}}}"
        yield f"  {name}:"
        yield f"    match: {match}"
        yield f"    # patch_group: {name}"


def _security(wishes: Wishes) -> str:
    """Baselines let in what deadlines are written for, and hold it back for no more than a fifth of the shortest, at most three days."""
    severities = [_VENDORS.get(severity, "") for severity in wishes.deadlines]
    listed = f"severity: [{', '.join(severities)}], " if severities and all(severities) else ""
    days = min(min(wishes.deadlines.values(), default=timedelta(days=15)) // timedelta(days=5), 3)
    return f"{{{listed}after: {f'{days}d' if days else 'now'}}}"


def _rings(wishes: Wishes) -> Iterator[str]:
    *before, last = wishes.environments
    for index, each in enumerate(before):
        if index == 0:
            yield f"  - {{name: canary, select: {{env: {each}}}, share: {wishes.share}, bake: 4h}}"
        yield f"  - {{name: {each}, select: {{env: {each}}}, rest: true, at_once: 25%, may_fail: 5%, bake: 1d}}"
    first = "count: 5" if before else f"share: {wishes.share}"
    yield f"  - {{name: {last}-canary, select: {{env: {last}}}, {first}, window: weekend, bake: 20h}}"
    few = "at_once: 10%, may_fail: {share: 1%, at_least: 1}"
    yield f"  - {{name: {last}, select: {{env: {last}}}, rest: true, {few}, window: weekend}}"


_TEMPLATE = """\
# Policy of Patchkeep. Check it with `patchkeep policy check`; `patchkeep policy schema` lets an editor complete its keys.

# Part of the ownership tag on everything that is made from this file: choose it once.
name: %name%

organization:
  # Roles that must exist in every account. docs/reference/services.md lists what they need.
  roles: {read: PatchkeepRead, write: PatchkeepWrite}
  # Where the external id of these roles is kept: env:NAME, ssm:/path or secretsmanager:name. Never the id itself.
  external_id: %external_id%
  regions: all-enabled
  # Account ids go in quotes.
  # exclude: [{account: "111122223333", why: sandbox}]

# Older answers count as UNKNOWN. Scans run daily at 05:00 UTC; another time: `scan_schedule: daily 03:00`.
freshness: {scan: 36h, inventory: 48h}

# Every asset belongs to one environment. Match by ou, account, tags or kind; all that is given must hold. Where
# machines are tagged `PatchGroup` already, name that group, or they count as tagged wrongly; `patchkeep policy check` counts them.
environments:
%environments%
  # legacy: {match: {tags: {Environment: legacy}}, installer: aws, window: weekend}   # AWS installs: no rings, no freezes

# What is approved, and how long after its release.
baselines:
  amazon-linux:
    os: [amazon-linux-2, amazon-linux-2023]
    approve:
      security: %security%
      bugfix: 14d
  # Debian and Ubuntu take no delay in AWS; later rings give it.
  apt: {os: [ubuntu, debian], approve: {security: now}}
  redhat: {os: redhat, approve: {security: %security%, bugfix: 14d}}
  windows: {os: windows, approve: {security: %security%}}

# When changes may run: `Sat 02:00`, `Mon-Fri 02:00`, `Tue#2 02:00`, `daily 02:00` or AWS's `cron(0 2 ? * SAT *)`;
# or `rrule: "FREQ=MONTHLY;BYDAY=2TU;BYHOUR=3"`. `offset: 4d` puts each opening off. Nothing new begins in the last hour.
windows:
  weekend: {at: "%window%", timezone: %timezone%, lasts: 4h, stop_starting: 1h}
  # by_tag: PatchWindow   # a tag on an asset that names its window

# When nothing changes. Both days are frozen.
freezes: []
  # - {name: year-end, from: 2026-12-18, to: 2027-01-04, timezone: %timezone%}
  # - {calendar: freezes.ics}

# Patched in this order; each asset is in the first ring that takes it. A canary that bakes longer than until the next opening
# costs a whole week: `patchkeep policy check` says what that does to the deadlines below.
rings:
%rings%

# Not changed together.
apart:
  - {same_tag: Cluster, at_once: 1}
  - {tags: {Role: domain-controller}, at_once: 1}

# Who must agree before a ring of an environment begins. %whoever% may, but not who made the plan.
approval:
  %last%: {people: 1, %approvers%not_author: true}

# Time allowed from when an update is first seen until it is installed.
sla:
%sla%

# The tag that says whom an asset belongs to; where it says nothing, it is the contact of the account.
owner: {tag: Owner, fallback: account-contact}
"""
