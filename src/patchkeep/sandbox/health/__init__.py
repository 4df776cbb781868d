"""AWS Health, emulated: what AWS announces to an account, read from one endpoint for all regions, and only with a paid support plan.

An organization file announces with `{kind: health-event, name: ..., settings: {service: RDS, type: AWS_RDS_PLANNED_LIFECYCLE_EVENT,
starts: 30, lasts: 0, entities: [orders]}}`; days and hours count from when the world begins. AWS Health API Reference.
"""

from __future__ import annotations

from patchkeep.sandbox.health.events import SETTINGS, plant_event
from patchkeep.sandbox.managed.service import Kind, Managed

SERVICE = Managed("health", kinds={"health-event": Kind(plant_event, settings=SETTINGS)}, anywhere=True)
