"""How a group's machines come to a newer image, or why they don't: a new version of its launch template, then an instance refresh. Pure.

What AWS refuses stands here, so that a plan says it before anything starts. Sources: EC2 Auto Scaling User Guide ("Use an instance
refresh", "Undo changes with a rollback", "Use an instance refresh with skip matching") and its API Reference (RefreshPreferences).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase

from patchkeep.domain.asset import Asset, Disruption, Update, UpdateState
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Apply, ImageRule, ManagedRule
from patchkeep.services._lines import chosen
from patchkeep.services._steps import VERIFY

TEMPLATE, REFRESH = "template", "refresh"
ANY_AGED = (ImageRule(),)
_NEEDED = ("Launch", "Terminate")  # without these processes a refresh stands still
_BACK = "while it runs, AWS rolls it back (at once by itself when it fails); after that, a refresh back to version {number}"
_BACK_BY_HAND = "a refresh back to version {number} of its template"
NO_WAY_BACK = "set its parameter back to the image before, then refresh the group again"


def ruled(asset: Asset, rule: ManagedRule | None, now: datetime) -> Asset:
    """The group with the newest image that the rule approves alone, and its image's age.

    An image in use that the rule doesn't approve is against it, as an installed package is that a baseline rejects.
    """
    if asset.updates is None:
        return asset
    images = rule.images if rule else ()
    approved = [update for update in asset.updates if _approved(images, update, asset, now)]
    newest = approved[-1:] and (max(approved, key=lambda update: (update.released_at or now, update.version)),)
    remarks = asset.remarks
    if made := asset.facts["made"]:
        remarks = (f"its image is {(now - datetime.fromisoformat(made)).days} days old", *remarks)
    return replace(asset, updates=(*newest, *_disapproved(images, asset)), remarks=remarks)


def _approved(images: tuple[ImageRule, ...], update: Update, asset: Asset, now: datetime) -> bool:
    """Without rules: whatever a template's own parameter names, and else what has been out long enough."""
    if not images and asset.facts["parameter"]:
        return True
    return any(
        _is(image, asset, str(update.facts["name"]), str(update.facts["owner"]), str(update.facts["alias"]))
        and (update.released_at is None or now - update.released_at >= image.min_age)
        for image in images or ANY_AGED
    )


def _is(image: ImageRule, asset: Asset, name: str, owner: str, alias: str) -> bool:
    """Whether an image is one of those meant. EC2's wildcards are * and ? alone."""
    owners = {"self": asset.target.account, "": owner}
    owned = alias == "amazon" if image.owner == "amazon" else owner == owners.get(image.owner, image.owner)
    return owned and fnmatchcase(name, image.name.replace("[", "[[]"))


def _disapproved(images: tuple[ImageRule, ...], asset: Asset) -> tuple[Update, ...]:
    facts = asset.facts
    name, owner, alias = str(facts["name"]), str(facts["owner"]), str(facts["alias"])
    if not images or not facts["made"] or any(_is(image, asset, name, owner, alias) for image in images):
        return ()
    title = f"{name} ({facts['image']}), which no image of the rule approves"
    return (Update("image in use", title, UpdateState.REJECTED, classification="maintenance", version=str(facts["image"])),)


def course(asset: Asset, rule: ManagedRule, there: Mapping[str, Asset]) -> Course | str:
    """The steps to the newest approved image; else why nothing is done, with the way out."""
    open_ = chosen(asset, rule)
    if isinstance(open_, str):
        return _without_images(asset) or open_
    if why := _barred(asset, rule, there):
        return why
    update = max(open_, key=lambda one: (one.released_at is not None, one.released_at, one.version))
    facts = asset.facts
    fresh = not facts["parameter"] and update.version != facts["image"]
    rolls_back = fresh and not str(facts["asked"]).startswith("$")
    undo = NO_WAY_BACK if facts["parameter"] else (_BACK if rolls_back else _BACK_BY_HAND).format(number=facts["number"])
    return Course(
        updates=(update,),
        steps=(*([TEMPLATE] if fresh else []), REFRESH, VERIFY),
        asks=_asks(asset, update, rule, fresh=fresh, rolls_back=rolls_back),
        disruption=Disruption.REPLACE,
        undo=undo if fresh or facts["parameter"] else "",
        irreversible=not fresh,
        pins=f"ImageId {update.version}" if fresh else "",
    )


def _without_images(asset: Asset) -> str:
    if any(update.state is UpdateState.REJECTED for update in asset.updates or ()):
        named = f"{asset.facts['name']} ({asset.facts['image']})"
        return (
            f"runs {named}, which its rule does not approve, and no newer approved one has its owner and name: change its template by hand"
        )
    return ""


def _barred(asset: Asset, rule: ManagedRule, there: Mapping[str, Asset]) -> str:
    """What AWS would refuse, or what cannot end well."""
    facts = asset.facts
    if rule.apply is Apply.AWS_WINDOW:
        return f"AWS has no window of its own for a group: write `apply: in-ring` in rule {rule.name}"
    if facts["sort"] == "configuration":
        return f"uses the launch configuration {facts['template']}, which cannot be changed: move the group to a launch template"
    if facts["sort"] == "several":
        return "its overrides name launch templates or images of their own: refresh it by hand, or give it one template"
    if stopped := [name for name in _NEEDED if name in facts["suspended"]]:
        return f"its process {stopped[0]} is suspended, so a refresh would stand still: resume it"
    if any(other.resource == asset.resource and other.id != asset.id for other in there.values()):
        return f"another group's name ends in /{asset.resource}, too: give one of them another name"
    return ""


def _asks(asset: Asset, update: Update, rule: ManagedRule, *, fresh: bool, rolls_back: bool) -> Frozen:
    facts = asset.facts
    return Frozen(
        group=facts["group"],
        template=facts["template"],
        asked=facts["asked"],
        source=facts["number"],
        image=update.version,
        key=update.key,
        fresh=fresh,
        rolls_back=rolls_back,
        whole=bool(facts["parameter"]),
        keeps=facts["keeps"],
        alarms=rule.alarms,
    )
