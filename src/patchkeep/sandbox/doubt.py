"""A look at a running sandbox with a share of its reads refused, held against one without: what the demo ends with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from patchkeep.domain.compliance import Compliance
from patchkeep.domain.snapshot import Snapshot
from patchkeep.sandbox.client import SandboxClient
from patchkeep.sandbox.truth import Log, Look, lies, sentence

Looking = Callable[[Snapshot | None], tuple[Snapshot, Mapping[str, Compliance]]]
SHARE, SEED = 0.1, 1
READS = {"services": ["ec2", "ssm", "account"], "operations": ["Describe*", "List*", "Get*"]}


def doubted(client: SandboxClient, looking: Looking, previous: Snapshot | None) -> tuple[bool, str]:
    """Whether the second look tells no lie, and a sentence for people. `looking` takes what was seen before, and a look, in no time.

    Reads are denied, as nobody tries those again.
    """
    clean, before = _look(client, looking, previous)
    fault = client.add_fault("access-denied", share=SHARE, seed=SEED, **READS)["id"]
    try:
        faulty, log = _look(client, looking, clean.snapshot)
    finally:
        client.remove_fault(fault)
    found = lies(clean, faulty, log, before.refusals)
    return not found, sentence(clean, faulty, log) if not found else f"{len(found)} things are not true; the first: {found[0]}."


def _look(client: SandboxClient, looking: Looking, previous: Snapshot | None) -> tuple[Look, Log]:
    since = client.log_length()
    return Look(*looking(previous)), Log(client.log(since))
