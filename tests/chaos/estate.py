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
    resources:
      - {{kind: db-instance, name: shop, engine: mysql, version: 8.4.7, environment: web}}
      - {{kind: db-instance, name: shop-copy, engine: mysql, version: 8.4.7, environment: web, settings: {{source: shop}}}}
      - {{kind: db-instance, name: calm, engine: postgres, version: "18.4", environment: web}}
      - {{kind: cache-group, name: feed, engine: valkey, version: "8.1", environment: web,
         settings: {{replicas: 1, updates: [{{name: elasticache-20260801-001}}]}}}}
      - {{kind: memorydb-cluster, name: limits, engine: valkey, version: "7.3", environment: web}}
      - {{kind: auto-scaling-group, name: front, environment: web, settings: {{size: 2, image_age: 60}}}}
      - {{kind: beanstalk-environment, name: api, engine: python-3.11-al2023, version: "4.5.0", environment: web,
         settings: {{bundle: {{requirements.txt: "Django==2.2.1"}}}}}}
      - {{kind: lightsail-instance, name: blog, environment: web}}
  - id: "130000000003"
    name: chaos-shop
    ou: Workloads/Shop
    regions: [eu-central-1]
    contacts: {{SECURITY: shop@chaos.example}}
    fleets:
      - {{name: shop, count: 8, os: {{debian-12: 1, redhat-9: 1}}, environment: shop, behind: 0d..60d, share: {{unattended_upgrades: 1}}}}
      - {{name: plant, count: 3, os: {{debian-12: 1}}, environment: shop, behind: 0d, hybrid: true}}
    resources:
      - {{kind: db-cluster, name: pay, engine: aurora-postgresql, version: "15.14", environment: shop,
         settings: {{readers: 1, member_pending: [{{action: hardware-maintenance}}]}}}}
      - {{kind: warehouse, name: sales, version: "1.0.156411", environment: shop}}
      - {{kind: search-domain, name: parts, engine: OpenSearch, version: "3.5", environment: shop}}
      - {{kind: elastic-cluster, name: papers, environment: shop}}
      - {{kind: kafka-cluster, name: events, version: 4.2.x.kraft, environment: shop}}
      - {{kind: message-broker, name: queues, engine: RabbitMQ, version: "4.2", environment: shop}}
      - {{kind: replication-instance, name: movers, version: "3.6.1", environment: shop}}
      - {{kind: health-event, name: eol, settings: {{service: RDS, type: AWS_RDS_PLANNED_LIFECYCLE_EVENT, starts: 40, lasts: 24,
         entities: [pay]}}}}
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
managed:
  all: {match: {}, updates: [maintenance, minor], read_code: true, settings: {}}
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
