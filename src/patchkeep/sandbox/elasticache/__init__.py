"""ElastiCache, emulated: replication groups and clusters of Redis OSS, Valkey and Memcached, and serverless caches.

They change in virtual time: service updates node by node, engine versions now or in the weekly window. Nobody can create a cache here:
organization files do. Facts are those of the ElastiCache user guide and API Reference, named where they are used.
"""

from __future__ import annotations

from patchkeep.sandbox.elasticache.arns import arns
from patchkeep.sandbox.elasticache.measures import measure
from patchkeep.sandbox.elasticache.plant import (
    SETTINGS_OF_CLUSTERS,
    SETTINGS_OF_GROUPS,
    TRAITS,
    plant_cluster,
    plant_group,
    plant_serverless,
)
from patchkeep.sandbox.managed.service import Kind, Managed

SERVICE = Managed(
    "elasticache",
    kinds={
        "cache-group": Kind(plant_group, TRAITS, SETTINGS_OF_GROUPS),
        "cache-cluster": Kind(plant_cluster, TRAITS, SETTINGS_OF_CLUSTERS),
        "cache-serverless": Kind(plant_serverless),
    },
    arns=arns,
    tagging="AddTagsToResource",
    measures={"AWS/ElastiCache": measure},
)
