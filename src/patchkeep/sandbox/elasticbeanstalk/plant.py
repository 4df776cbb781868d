"""Environments that were there before anybody came, from the `resources:` of an organization file.

`engine` is a key of catalogue/elasticbeanstalk-engines.txt, `version` a platform version of it, `window` begins the managed updates.
Settings: application, label, deployed (days ago), managed ("patch", "minor", "off"), health (reporting: "enhanced", "basic"),
operations_role (true), links, build (ARN of the CodeBuild build), bundle ({path of a file in it: its text}, or "refused", "not-a-zip",
"elsewhere": in a bucket that isn't Beanstalk's). Traits: "slow", "upgrade-fails", "turns-red" (after an update).
"""

from __future__ import annotations

from datetime import timedelta

from patchkeep.sandbox.elasticbeanstalk.bundles import put_bundle
from patchkeep.sandbox.elasticbeanstalk.state import Environment, branches
from patchkeep.sandbox.elasticbeanstalk.update import TURNS_RED, watch
from patchkeep.sandbox.generate import settled
from patchkeep.sandbox.managed.resource import keep
from patchkeep.sandbox.managed.service import Planting
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import FAILS, SLOW

TRAITS = frozenset({SLOW, FAILS, TURNS_RED})
SETTINGS = frozenset({"application", "label", "deployed", "managed", "health", "operations_role", "links", "build", "bundle"})
AGE = timedelta(days=400)


def plant(planting: Planting) -> None:
    wish, site, world = planting.declared, planting.site, planting.world
    now = world.clock.now()
    if wish.engine not in branches():
        raise ValueError(f"has no platform {wish.engine!r}; write one of {', '.join(branches())}")
    versions = [one.number for one in branches()[wish.engine].known(now)]
    if wish.version not in versions:
        raise ValueError(f"{wish.engine} has no version {wish.version!r}; write one of {', '.join(versions)}")
    given = wish.settings
    application = given.get("application", wish.name)
    level = given.get("managed", "off")
    one = Environment(
        name=wish.name,
        arn=f"arn:aws:elasticbeanstalk:{site.region}:{site.account}:environment/{application}/{wish.name}",
        made=now - AGE,
        tags=dict(wish.tags),
        traits=wish.traits,
        window=Weekly.read(wish.window) if wish.window else Weekly.assigned(site.account, site.region, wish.name),
        id=f"e-{settled(world.seed, site.account, site.region, wish.name)[:10]}",
        application=application,
        label=given.get("label", "v1"),
        deployed=now - timedelta(days=given.get("deployed", 100)),
        engine=wish.engine,
        version=wish.version,
        reporting=given.get("health", "enhanced"),
        managed=level != "off",
        level="patch" if level == "patch" else "minor",
        role=f"arn:aws:iam::{site.account}:role/beanstalk-operations" if given.get("operations_role", True) else "",
        bucket=f"elasticbeanstalk-{site.region}-{site.account}",
        build=given.get("build", ""),
        links=tuple(given.get("links", ())),
    )
    put_bundle(site, one, given.get("bundle", {}))
    keep(site, one)
    watch(world, one)
