"""Gates on metrics, asked right before a batch is sent: what is shut keeps its members waiting, what cannot be read sends nothing."""

from __future__ import annotations

from collections.abc import Mapping

from patchkeep.domain.call import Gap
from patchkeep.domain.progress import Batch
from patchkeep.domain.turn import HARMLESS
from patchkeep.services import shut
from patchkeep.work.rollout.rolling import Rolling


def gated(rolling: Rolling, batch: Batch) -> Mapping[str, str] | Gap:
    """By resource why its gate is shut. A step that changes nothing needs no gate."""
    changes = (change for ring in rolling.plan.rings if ring.name == batch.ring for change in ring.changes)
    gates = {c.resource: c.gates for c in changes if c.gates and (c.service, c.target) == (batch.service, batch.target)}
    if not gates or batch.step in HARMLESS:
        return {}
    return rolling.aws.read(batch.target, "gates", shut(rolling.service(batch), batch, gates))
