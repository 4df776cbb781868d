"""What others publish and Patchkeep reads: one pure module per source, from bytes to values of the domain.

A feed fetches nothing: bytes come from a door, together with the address they were read from.
"""

from __future__ import annotations


class FeedError(ValueError):
    """What was read is not what the source publishes. The sentence says where in it and what stands there."""
