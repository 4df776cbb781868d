"""The organization that chaos is let loose on: settled without HTTP, so that much of it is compliant, then served."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from patchkeep.doors.store import open_store
from patchkeep.sandbox.server import RunningSandbox, serve
from tests.work.estate import Estate, world_of

MANAGEMENT, EXTERNAL_ID = "110000000001", "chaos"
ORG = f"""
organization: {{name: Chaos, seed: 5, starts: 2026-09-01T06:00:00Z, management: "{MANAGEMENT}", external_id: {EXTERNAL_ID}}}
accounts:
  - {{id: "{MANAGEMENT}", name: chaos-management, regions: [eu-central-1]}}
  - id: "120000000002"
    name: chaos-web
    ou: Workloads/Web
    regions: [eu-central-1, us-east-1]
    contacts: {{SECURITY: web@chaos.example}}
    fleets:
      - name: web
        count: 14
        os: {{amazon-linux-2023: 3, ubuntu-22.04: 2, windows-2022: 1}}
        regions: {{eu-central-1: 2, us-east-1: 1}}
        environment: web
        behind: 0d
        share: {{stopped: 1, offline: 1, unmanaged: 1}}
  - id: "130000000003"
    name: chaos-shop
    ou: Workloads/Shop
    regions: [eu-central-1]
    contacts: {{SECURITY: shop@chaos.example}}
    fleets:
      - {{name: shop, count: 8, os: {{debian-12: 1, redhat-9: 1}}, environment: shop, behind: 0d..60d, share: {{unattended_upgrades: 1}}}}
      - {{name: plant, count: 3, os: {{debian-12: 1}}, environment: shop, behind: 0d, hybrid: true}}
  - id: "140000000004"
    name: chaos-lab
    ou: Lab
    regions: [eu-central-1]
    fleets:
      - {{name: lab, count: 4, os: {{ubuntu-24.04: 1}}, environment: web, behind: 30d}}
"""
POLICY = """
name: chaos
organization:
  roles: {read: PatchkeepRead, write: PatchkeepWrite}
  external_id: env:PATCHKEEP_EXTERNAL_ID
environments:
  web: {match: {tags: {Environment: web}}}
  shop: {match: {tags: {Environment: shop}}}
baselines:
  amazon-linux: {os: [amazon-linux-2023], approve: {security: {after: 7d}}}
  apt: {os: [ubuntu, debian], approve: {security: now}}
  redhat: {os: redhat, approve: {security: {after: 7d}}}
  windows: {os: windows, approve: {security: {severity: [Critical], after: 7d}}}
rings:
  - {name: all, select: {env: [web, shop]}, rest: true}
"""


def settled(folder: Path, policy: str = POLICY) -> Estate:
    """The settings applied, and two days of scans gone by."""
    estate = Estate(world_of(ORG), policy)
    estate.days(1)
    with open_store(f"sqlite:///{folder}/settled.db") as store:
        estate.apply(estate.plan(), store)
    estate.days(2)
    return estate


@contextmanager
def served(folder: Path) -> Iterator[tuple[Estate, RunningSandbox]]:
    estate = settled(folder)
    with serve(estate.world, validate=False) as running:
        yield estate, running
