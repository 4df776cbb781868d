"""What is not deleted though nobody seems to want it: settings of an environment of the policy that holds no asset just now. Pure.

A slip in a unit's name empties an environment; its baselines, scans and tags must not go for that. They go when the environment
leaves the policy, or when its members are seen in another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from patchkeep.domain.policy import Environment
from patchkeep.domain.setting import MARK, MEMBER_TAG, Action, Setting, member_of
from patchkeep.work.assess import Assessment


def spared(assessment: Assessment, settings: Sequence[Setting]) -> tuple[tuple[Setting, ...], tuple[str, ...]]:
    """The settings without such deletes, and a note for each environment that matches nothing."""
    empty = [environment for environment in assessment.policy.environments if _emptied(assessment, environment)]
    kept = {setting.id: environment.name for environment in empty for setting in _of(assessment, environment, settings)}
    shared = {setting.id for setting in _shared(assessment, settings, kept)}
    notes = []
    for mismatch in assessment.mismatches:
        number = sum(name == mismatch.environment for name in kept.values())
        rest = f" Its {number} setting{' is left as it is' if number == 1 else 's are left as they are'}" if number else ""
        notes.append(f"{mismatch.why}{'' if mismatch.why.endswith('?') or not rest else '.'}{rest}")
    return tuple(setting for setting in settings if setting.id not in kept and setting.id not in shared), tuple(notes)


def _emptied(assessment: Assessment, environment: Environment) -> bool:
    """Whether it has no member, and none that bore its tag is a member of another environment now."""
    if any(placed.name == environment.name for placed in assessment.environments.values()):
        return False
    value = member_of(assessment.policy, environment)
    former = [asset.id in assessment.environments for asset in assessment.assets if asset.tags.get(MEMBER_TAG) == value]
    return not former or not all(former)


def _of(assessment: Assessment, environment: Environment, settings: Iterable[Setting]) -> list[Setting]:
    """Deletes of what bears the environment's name, and no longer name of another one: "prod-legacy" is not "prod"."""
    own = member_of(assessment.policy, environment)
    longer = [name for each in assessment.policy.environments if (name := member_of(assessment.policy, each)).startswith(f"{own}-")]
    return [
        setting
        for setting in settings
        if setting.action is Action.DELETE and _named(setting.name, own) and not any(_named(setting.name, name) for name in longer)
    ]


def _named(name: str, member: str) -> bool:
    return name == member or name.startswith(f"{member}-")


def _shared(assessment: Assessment, settings: Sequence[Setting], kept: Iterable[str]) -> list[Setting]:
    """Deletes, in the places of what is kept, of objects that serve every environment there: our reboot document."""
    ids = set(kept)
    places = {setting.target for setting in settings if setting.id in ids}
    own = f"{MARK}{assessment.policy.name}-"
    return [s for s in settings if s.action is Action.DELETE and s.target in places and not s.name.startswith(own)]
