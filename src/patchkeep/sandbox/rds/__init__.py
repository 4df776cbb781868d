"""RDS with Aurora, emulated; DocumentDB and Neptune too, whose clients speak the same API to the same endpoint and sign as "rds".

Instances and clusters change in virtual time: now, in their weekly window, or at a forced date. Facts are those of the Amazon RDS User
Guide and API Reference, named where they are used. Nobody can create an instance here: organization files do.
"""

from __future__ import annotations

from patchkeep.sandbox.managed.service import Kind, Managed
from patchkeep.sandbox.rds.arns import arns
from patchkeep.sandbox.rds.measures import measure
from patchkeep.sandbox.rds.plant import SETTINGS_OF_CLUSTERS, SETTINGS_OF_INSTANCES, TRAITS, plant_cluster, plant_instance

SERVICE = Managed(
    "rds",
    kinds={
        "db-instance": Kind(plant_instance, TRAITS, SETTINGS_OF_INSTANCES),
        "db-cluster": Kind(plant_cluster, TRAITS, SETTINGS_OF_CLUSTERS),
    },
    arns=arns,
    tagging="AddTagsToResource",
    measures={"AWS/RDS": measure, "AWS/DocDB": measure, "AWS/Neptune": measure},
)
