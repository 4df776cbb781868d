"""Policies to compute permissions for: one that uses everything there is, and some that use less."""

from __future__ import annotations

from datetime import UTC, datetime

from patchkeep.domain.policy import Policy
from patchkeep.policy import load

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WIDE = """
name: wide
organization:
  external_id: ssm:/patchkeep/external-id
heartbeat: {every: 1h, alarm: {topic: "arn:aws:sns:us-east-1:111122223333:ops"}}
environments:
  web: {match: {tags: {Environment: web}}}
  old: {match: {tags: {Environment: old}}, installer: aws, window: sunday, patch_group: legacy}
  shop: {match: {tags: {Environment: shop}}, patch_group: shop}
baselines:
  apt: {os: [ubuntu, debian], approve: {security: now}}
windows:
  sunday: {at: "Sun 01:00", timezone: Europe/Berlin, lasts: 5h, stop_starting: 1h}
rings:
  - {name: web, select: {env: web}, rest: true}
  - {name: shop, select: {env: shop}, rest: true}
managed:
  everything:
    match: {}
    updates: [maintenance, minor, major]
    read_code: true
    settings: {window: sunday, auto_minor: true, min_healthy: 75, max_healthy: 125}
gates:
  lag: {metric: ReplicaLag, above: 30}
"""
OURS = """
name: ours
environments:
  web: {match: {tags: {Environment: web}}}
baselines:
  apt: {os: [ubuntu, debian], approve: {security: now}}
rings:
  - {name: web, select: {env: web}, rest: true}
"""
AWS_INSTALLS = """
name: theirs
environments:
  old: {match: {tags: {Environment: old}}, installer: aws, window: sunday}
baselines:
  apt: {os: [ubuntu, debian], approve: {security: now}}
windows:
  sunday: {at: "Sun 01:00", timezone: Europe/Berlin, lasts: 5h, stop_starting: 1h}
"""


def policy(text: str = WIDE) -> Policy:
    return load(text, "patchkeep.yaml", NOW)


def with_regions(text: str, *regions: str) -> Policy:
    return policy(text.replace("environments:", f"organization: {{regions: [{', '.join(regions)}]}}\nenvironments:", 1))


def many_environments(number: int) -> Policy:
    """So many environments that the write role's policy is larger than any policy may be."""
    named = [
        f"  environment-with-a-long-name-{n}: {{match: {{tags: {{Environment: e{n}}}}}, patch_group: group-{n}}}" for n in range(number)
    ]
    rings = [f"  - {{name: r{n}, select: {{env: environment-with-a-long-name-{n}}}, rest: true}}" for n in range(number)]
    baselines = "baselines:\n  apt: {os: [ubuntu, debian], approve: {security: now}}"
    return policy("\n".join(["name: many", "environments:", *named, baselines, "rings:", *rings]))
