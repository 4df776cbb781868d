"""MSK, emulated: provisioned clusters whose version of Kafka changes, one broker after another, and serverless ones.

Facts: Amazon MSK Developer Guide ("Updating the Apache Kafka version") and API Reference. Nobody can create a cluster here:
organization files do.
"""

from __future__ import annotations

from patchkeep.sandbox.kafka.clusters import SETTINGS, TRAITS, arns, measure, plant
from patchkeep.sandbox.managed.service import Kind, Managed

SERVICE = Managed("kafka", kinds={"kafka-cluster": Kind(plant, TRAITS, SETTINGS)}, arns=arns, measures={"AWS/Kafka": measure})
