"""Long sentences made short for people: JSON has them whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from patchkeep.domain.asset import Asset
from patchkeep.domain.call import Gap, Target
from patchkeep.domain.census import Resident
from patchkeep.domain.wording import without_arns

_DENIED = re.compile(
    r"User: \S+ is not authorized to perform: (\S+)(?: on resource: \S+)?(?: because [^()]*[^()\s]| with an explicit deny[^()]*[^()\s]|)"
)  # our words may follow behind a bracket
_SSO = re.compile(r"assumed-role/AWSReservedSSO_(\w+?)_[0-9a-f]{16}/")
_TWICE = re.compile(r"(\S+): not allowed: \1")
_ASIDE = re.compile(r"\s*\([^()]*\)")
_OURS = re.compile(r"\s+patchkeep-\S+(?=\s|$)")
_NUMBERED = re.compile(r"(?<=[^\s\d])-[0-9a-f]*\d[0-9a-f]*(?=[,:;.\s]|$)|(?<=\s)[a-z]+-[0-9a-f]{8,}")
_AGE = re.compile(r"\bis [\d.]+ (?:h|d) old")


def brief(reason: str) -> str:
    """A reason without ARNs; "not allowed: OPERATION" for AWS's long sentence, PERMISSION-SET/NAME for who signed in by SSO."""
    plain = without_arns(_DENIED.sub(r"not allowed: \1", reason))
    return _TWICE.sub(r"not allowed: \1", _SSO.sub(r"\1/", plain))


def gist(reason: str) -> str:
    """What a reason has in common with those of its kind: without asides, ages and numbered names."""
    plain = _AGE.sub("is too old", _OURS.sub("", _ASIDE.sub("", brief(reason))))
    return re.sub(r"\s+", " ", _NUMBERED.sub("-…", plain)).strip()


def refusal(gap: Gap) -> str:
    """Why we could not look, in a few words: what was asked, and AWS's code where it answered one; else our own sentence."""
    asked = gap.operation or gap.service
    return f"{asked} {gap.code}" if gap.code else brief(gap.reason)


def plural(number: int, noun: str, many: str = "") -> str:
    """A number with its noun: one asset, two assets, as digits."""
    return f"{number} {noun if number == 1 else many or noun + 's'}"


def listing(names: Sequence[str], most: int = 3) -> str:
    """The first names, and how many more."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def places(targets: Iterable[Target]) -> str:
    """Accounts, each with its regions: "200000000002 eu-central-1, us-east-1; 300000000003 eu-central-1"."""
    regions: dict[str, list[str]] = {}
    for target in sorted(set(targets)):
        regions.setdefault(target.account, []).append(target.region or "all regions")
    return "; ".join(f"{account} {', '.join(names)}" for account, names in regions.items())


def labels(assets: Iterable[Asset | Resident]) -> dict[str, str]:
    """What to call each asset, by its id: its name, with AWS's id where the name is missing or borne by several."""
    assets = tuple(assets)
    borne: dict[str, int] = {}
    for asset in assets:
        borne[asset.name] = borne.get(asset.name, 0) + 1
    return {a.id: _label(a, alone=borne[a.name] == 1) for a in assets}


def _label(asset: Asset | Resident, *, alone: bool) -> str:
    if not asset.name or asset.name == asset.resource:
        return asset.resource
    return asset.name if alone else f"{asset.name} ({asset.resource})"
