"""Carry a plan's rings out, tick by tick; a process that dies loses nothing but a tick.

The story of one tick (`ticking`), between which `running` sleeps:

1. The rollout is loaded from its row (`rolling`) and refused where its plan or an approval is not what the ledger vouches for
   (`vouched`), or where AWS lists commands of it that this store never meant (`restored`).
2. What became of the batches under way is heard, and one whose start was never answered is looked for by its mark and adopted
   (`hearing`): it is never sent again (docs/explanation: crashes).
3. The pure `domain.rollout.step` takes the results in and says what may start by now, and the row is kept if no other process moved it.
4. Of each batch that may start its machines are looked at again, and whoever must be left alone by now is left out (`again`).
5. The intent is stored, the one call is made and its answer is stored (`sending`), each with its line in the ledger (`noted`).

What people say meanwhile (halt, approve, this one ran) changes the same row (`spoken`).
"""

from patchkeep.work.rollout.rolling import Rolling, stored
from patchkeep.work.rollout.running import POLL, Seen, collect, run, start
from patchkeep.work.rollout.ticking import tick

__all__ = ["POLL", "Rolling", "Seen", "collect", "run", "start", "stored", "tick"]
