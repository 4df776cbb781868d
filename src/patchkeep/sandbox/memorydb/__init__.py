"""MemoryDB, emulated: clusters, their service updates, engine versions and snapshots, in virtual time.

Nobody can create a cluster here: organization files do. Facts are those of the MemoryDB developer guide and API Reference.
"""

from __future__ import annotations

from patchkeep.sandbox.managed.service import Kind, Managed
from patchkeep.sandbox.memorydb.arns import arns
from patchkeep.sandbox.memorydb.plant import SETTINGS, TRAITS, plant

SERVICE = Managed("memorydb", kinds={"memorydb-cluster": Kind(plant, TRAITS, SETTINGS)}, arns=arns, tagging="TagResource")
