"""What Beanstalk keeps of one account and region: environments on platform versions, which are named by ARN."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from patchkeep.sandbox.managed.engines import Engine, Version, engines, ordered
from patchkeep.sandbox.managed.resource import Resource, kept
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.operation import AwsError, Request

GREEN, RED = "Green", "Red"
NO_ENVIRONMENT = "No Environment found for EnvironmentName = '{}'."


@dataclass(slots=True, kw_only=True)
class Environment(Resource):
    """`level`: of managed updates, "patch" or "minor"; `arriving`: the version that a managed action is putting on."""

    READY: ClassVar[str] = "Ready"
    window: Weekly
    id: str
    application: str
    label: str  # of the application version that runs
    deployed: datetime  # when that version was made
    engine: str  # key of its branch
    version: str
    health: str = GREEN
    reporting: str = "enhanced"
    managed: bool = False
    level: str = "minor"
    role: str = ""  # ARN of its operations role
    bucket: str  # where its source bundle lies
    build: str = ""  # ARN of the CodeBuild build that it came out of
    links: tuple[str, ...] = ()  # names of environments
    changed: datetime | None = None
    arriving: str = ""

    @property
    def key(self) -> str:
        """Of its source bundle."""
        return f"{self.application}/{self.label}.zip"

    @property
    def branch(self) -> Engine:
        return branches()[self.engine]

    def offered(self, now: datetime) -> Version | None:
        """What the next managed update would put on: the newest version that its level reaches."""
        here, depth = ordered(self.version), 1 if self.level == "minor" else 2
        reached = [one for one in self.branch.known(now) if ordered(one.number) > here and ordered(one.number)[:depth] == here[:depth]]
        return max(reached, key=lambda one: ordered(one.number), default=None)


def branches() -> dict[str, Engine]:
    return engines("elasticbeanstalk")


def platform_arn(region: str, branch: Engine, version: str) -> str:
    """Of a platform that AWS owns: such ARNs name no account."""
    return f"arn:aws:elasticbeanstalk:{region}::platform/{branch.title}/{version}"


def at_platform(request: Request, arn: str) -> tuple[Engine, Version]:
    """Raises InvalidParameterValue for what is not released yet, or never was."""
    name, _, number = arn.partition(":platform/")[2].rpartition("/")
    branch = next((one for one in branches().values() if one.title == name), None)
    version = branch.version(number, request.now) if branch else None
    if branch is None or version is None:
        raise AwsError("InvalidParameterValue", f"No Platform named '{arn}' found.")
    return branch, version


def state_of(branch: Engine, now: datetime) -> str:
    line = branch.majors[-1]
    if line.extended_ends and line.extended_ends <= now:
        return "Retired"
    return "Deprecated" if line.standard_ends and line.standard_ends <= now else "Supported"


def named(request: Request) -> Environment:
    """The environment that a request names, by name or id."""
    name, identity = request.params.get("EnvironmentName", ""), request.params.get("EnvironmentId", "")
    there = kept(request.site, Environment).values()
    one = next((each for each in there if (each.name == name if name else each.id == identity)), None)
    if one is None:
        raise AwsError("InvalidParameterValue", NO_ENVIRONMENT.format(name or identity))
    return one
