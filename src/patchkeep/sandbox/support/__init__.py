"""AWS Support's part of Trusted Advisor, emulated: checks and what they flag, only for accounts with a paid support plan.

An organization file flags with `{kind: advice, name: ..., settings: {check: L4dfs2Q4C5, status: error, resources: [old-function]}}`.
AWS Support API Reference.
"""

from __future__ import annotations

from patchkeep.sandbox.managed.service import Kind, Managed
from patchkeep.sandbox.support.checks import SETTINGS, plant_advice

SERVICE = Managed("support", kinds={"advice": Kind(plant_advice, settings=SETTINGS)}, anywhere=True)
