"""Groups that were there before anybody came, from the `resources:` of an organization file, with a launch template each.

Settings: size (3), image_age (days that the image in use is old at least: 60), follows ("fixed", "$Latest", "$Default", "parameter",
"configuration"), mixed, protected and standby (how many machines). Traits: "slow"; "upgrade-fails": new machines never become healthy.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from patchkeep.sandbox.autoscaling.state import Group, launch, launch_configured
from patchkeep.sandbox.ec2.images import PARAMETER, released_before
from patchkeep.sandbox.ec2.instance import resource_id
from patchkeep.sandbox.ec2.templates import DEFAULT, LATEST, RESOLVE, LaunchTemplate, Version, templates
from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.managed.resource import keep
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.managed.work import FAILS, SLOW

TRAITS = frozenset({SLOW, FAILS})
SETTINGS = frozenset({"size", "image_age", "follows", "mixed", "protected", "standby"})
FIXED, BY_PARAMETER, CONFIGURED = "fixed", "parameter", "configuration"
FOLLOWS = (FIXED, LATEST, DEFAULT, BY_PARAMETER, CONFIGURED)
AGE = timedelta(days=400)
MIXED = {
    "LaunchTemplate": {"Overrides": [{"InstanceType": "m6i.large"}, {"InstanceType": "m5.large"}]},
    "InstancesDistribution": {"OnDemandBaseCapacity": 1, "SpotAllocationStrategy": "price-capacity-optimized"},
}


def plant(planting: Planting) -> None:
    """Raises ValueError for what cannot be."""
    world, site, wish = planting.world, planting.site, planting.declared
    settings = wish.settings
    follows = settings.get("follows", FIXED)
    if follows not in FOLLOWS:
        raise ValueError(f"cannot follow {follows!r}; write one of {', '.join(FOLLOWS)}")
    now = world.clock.now()
    image = released_before(site.region, now, timedelta(days=settings.get("image_age", 60)))["ImageId"]
    identity = UUID(settled(world.seed, site.account, site.region, wish.name, "group")[:32])
    arn = f"arn:aws:autoscaling:{site.region}:{site.account}:autoScalingGroup:{identity}:autoScalingGroupName/{wish.name}"
    one = Group(name=wish.name, arn=arn, made=now - AGE, tags=dict(wish.tags), traits=wish.traits)
    if follows == CONFIGURED:
        one.configuration = f"{wish.name}-configuration"
        site.kept["launch-configurations"][one.configuration] = {"image": image, "made": now - AGE}
    else:
        _with_template(planting, one, image, follows)
    keep(site, one)
    for number in range(settings.get("size", 3)):
        machine = launch_configured(world, site, one, image) if one.configuration else launch(world, site, one, "1")
        if one.asked and follows == BY_PARAMETER:
            site.nodes[machine.id].ec2["ImageId"] = image  # what the parameter named then
        machine.protected = number < settings.get("protected", 0)
        machine.state = "Standby" if number >= settings.get("size", 3) - settings.get("standby", 0) else "InService"


def _with_template(planting: Planting, one: Group, image: str, follows: str) -> None:
    site, wish = planting.site, planting.declared
    named = RESOLVE + PARAMETER if follows == BY_PARAMETER else image
    content = {"ImageId": named, "InstanceType": "t3.medium"}
    first = Version(1, content, one.made, f"arn:aws:iam::{site.account}:root")
    template = LaunchTemplate(resource_id("lt", site.account, site.region, wish.name), f"{wish.name}-template", [first])
    templates(site)[template.id] = template
    one.template, one.asked = template.id, follows if follows.startswith("$") else "1"
    one.mixed = MIXED if wish.settings.get("mixed") else {}
