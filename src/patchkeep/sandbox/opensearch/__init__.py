"""OpenSearch Service, emulated: service software now, in the off-peak window or at its date, and back again; upgrades after a check.

Facts: Amazon OpenSearch Service Developer Guide ("Service software updates", "Upgrading domains", "Off-peak maintenance windows") and
the API Reference, named where they are used. Nobody can create a domain here: organization files do.
"""

from __future__ import annotations

from patchkeep.sandbox.managed.service import Kind, Managed
from patchkeep.sandbox.opensearch.plant import SETTINGS, TRAITS, plant
from patchkeep.sandbox.opensearch.state import arns, measure

SERVICE = Managed(
    "opensearch",
    kinds={"search-domain": Kind(plant, TRAITS, SETTINGS)},
    signed_as="es",
    iam="es",
    arns=arns,
    measures={"AWS/ES": measure},
)
