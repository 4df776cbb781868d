"""Amazon MQ, emulated: brokers that take a new version at their next reboot or in their own weekly window.

Facts: Amazon MQ Developer Guide ("Upgrading an Amazon MQ broker engine version", "Maintaining an Amazon MQ broker", "Version upgrades")
and API Reference. Nobody can create a broker here: organization files do.
"""

from __future__ import annotations

from patchkeep.sandbox.managed.service import Kind, Managed
from patchkeep.sandbox.mq.brokers import SETTINGS, TRAITS, arns, measure, plant

SERVICE = Managed("mq", kinds={"message-broker": Kind(plant, TRAITS, SETTINGS)}, arns=arns, measures={"AWS/AmazonMQ": measure})
