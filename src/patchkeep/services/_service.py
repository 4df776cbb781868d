"""What a service offers: the questions that Patchkeep asks of every capability of AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from patchkeep.domain.asset import Asset, Contents, Found
from patchkeep.domain.call import Call, Dialogue, Target
from patchkeep.domain.compliance import Expected
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import Environment, ManagedRule, Policy
from patchkeep.domain.progress import Batch, Marked, Result
from patchkeep.domain.setting import Estate, Setting
from patchkeep.domain.undo import Way
from patchkeep.services._adoption import Adoption


@dataclass(frozen=True, slots=True)
class Started:
    """A batch about to start: the call that does it (None: for no member), and the members left out with the reason.

    `lost` have failed; `absent` cannot be reached at this moment, and may be a little later; with `busy` ones
    AWS is doing something else; of `told` it is known already what the step comes to.
    """

    call: Call | None
    lost: Mapping[str, str] = NOTHING
    absent: Mapping[str, str] = NOTHING
    busy: Mapping[str, str] = NOTHING
    told: Mapping[str, Result] = NOTHING


@dataclass(frozen=True, slots=True)
class Service:
    """One capability. What a service doesn't do is None.

    kinds: of the assets that it discovers.
    discover: what is there; only reads.
    inside: what software one of its assets contains, else why that cannot be told; asked where the policy's rule for it has `read_code`.
    slow: AWS allows its reads a few a second, so discovery mostly waits.
    ruled: an asset with the updates that the policy's rule for it (None: it has none) approves at a moment, where AWS offers more. Pure.
    once: it is asked once in each account, in the partition's home region, for all regions together.
    settings: from the estate and its policy, every setting that differs from what is there. Pure.
    at_home: whether a policy has use for a service that is asked only in the account signed in to, in the partition's home region;
        None for one that is asked in every account and region.
    rank: settings of a lower rank are applied first (a baseline before the association that scans with it).
    adoption: how objects of it that somebody else made come under our ownership; None where they cannot.
    expect: the baseline that the policy gives an asset of its kind; None for assets of other kinds.
    course: how what an asset lacks is put on, by the policy's rule for it; else why nothing is done. Pure. The mapping holds the
        assets of its account and region that the service discovered, by id.
    steps: names of those that it carries out.
    repeatable: steps whose call does no harm a second time: AWS refuses it, or it asks for what is asked for already.
    lasting: those of the repeatable ones whose call leaves something to see for good, also where AWS gave it up meanwhile.
    again: a batch's members as AWS knows them now: identity, tags, and whose they are. Those that are gone are left out.
    prepare: reads whether a batch's members can be reached, and names the call that starts it.
    handle: what AWS's answer to that call says to ask for from then on (a command's id); KeyError where it says none.
    busy: codes by which AWS refuses a call because the resource is being changed already, whoever began that: it passes by waiting.
    unprocessed: of a call that AWS took for some members alone, the others by resource, each with AWS's reason.
    adopt: the handle of a batch that AWS began though its answer never reached us, or None when AWS lists no such thing.
    marked: every command of a rollout that AWS lists in a place since a moment, whoever knows of it.
    check: results of a batch by resource; a member AWS can't tell of is LOST.
    measured: of a resource, and what is asked for it: the namespace of its metrics in CloudWatch, and each part's dimensions.
    undo: what a change that takes another back asks for, or for which updates (its one step is "undo"); else why there is no way back.
    sources: which operation each fact of its assets comes from: provenance, as `assess` shows it.
    """

    name: str
    kinds: tuple[str, ...] = ()
    sources: Frozen = NOTHING
    discover: Callable[[Target], Dialogue[Found]] | None = None
    inside: Callable[[Asset], Dialogue[Contents | str]] | None = None
    ruled: Callable[[Asset, ManagedRule | None, datetime], Asset] | None = None
    settings: Callable[[Estate], tuple[Setting, ...]] | None = None
    slow: bool = False
    once: bool = False
    at_home: Callable[[Policy], bool] | None = None
    rank: int = 0
    adoption: Adoption | None = None
    expect: Callable[[Estate, Environment, Asset], Expected | None] | None = None
    course: Callable[[Asset, ManagedRule, Mapping[str, Asset]], Course | str] | None = None
    steps: frozenset[str] = frozenset()
    repeatable: frozenset[str] = frozenset()
    lasting: frozenset[str] = frozenset()
    again: Callable[[Batch], Dialogue[tuple[Asset, ...]]] | None = None
    prepare: Callable[[Batch], Dialogue[Started]] | None = None
    handle: Callable[[Mapping[str, Any]], str] | None = None
    busy: frozenset[str] = frozenset()
    unprocessed: Callable[[Batch, Mapping[str, Any]], Mapping[str, str]] | None = None
    adopt: Callable[[Batch], Dialogue[str | None]] | None = None
    marked: Callable[[str, datetime], Dialogue[tuple[Marked, ...]]] | None = None
    check: Callable[[Batch, datetime], Dialogue[Mapping[str, Result]]] | None = None
    measured: Callable[[str, Frozen], tuple[str, Sequence[Mapping[str, str]]]] | None = None
    undo: Callable[[Change], Way] | None = None
