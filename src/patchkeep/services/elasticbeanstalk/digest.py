"""Beanstalk's rows about one environment, turned into our values. Shapes: botocore's model of Elastic Beanstalk.

A platform version is named by its ARN, "...:platform/PLATFORM/4.1.2"; it belongs to a branch (one runtime on one system), and newer
versions of one branch are compatible. Another branch is another system or runtime.
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environment-platform-update-managed.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from patchkeep.domain.asset import Asset, Disruption, Support, Update, UpdateState
from patchkeep.domain.call import Target
from patchkeep.domain.frozen import Frozen
from patchkeep.services._owners import tags_of
from patchkeep.services._versions import order
from patchkeep.services._weekly import DAYS

Row = Mapping[str, Any]

ENVIRONMENT = "beanstalk environment"
PLATFORM, BRANCH = "platform", "branch"  # ids of updates: within the branch, and to another one
SCHEDULED = "Scheduled"
WINDOW_HOURS = 2  # of managed updates: they may begin at any time within it (developer guide, "The managed updates maintenance window")

_ACTIONS, _HEALTH = "aws:elasticbeanstalk:managedactions", "aws:elasticbeanstalk:healthreporting:system"
AUTOMATION = {  # options that we look at and may set, with their namespaces (developer guide, "General options for all environments")
    "ManagedActionsEnabled": _ACTIONS,
    "PreferredStartTime": _ACTIONS,
    "UpdateLevel": f"{_ACTIONS}:platformupdate",
    "SystemType": _HEALTH,
}
_UNSET = {"ManagedActionsEnabled": "false", "SystemType": "basic"}  # what holds where nobody has set it
_ROLLING = "aws:autoscaling:updatepolicy:rollingupdate"


@dataclass(frozen=True, slots=True)
class Around:
    """What AWS told of one environment beside its description. None: refused."""

    options: Mapping[tuple[str, str], str]  # (namespace, name) -> value; of automation alone
    actions: tuple[Row, ...]  # managed ones
    tags: tuple[Row, ...]
    platforms: tuple[Row, ...]  # of the environment's platform name
    branches: tuple[Row, ...]  # the recommended version of every branch
    running: Row  # its application version


def options_of(rows: Iterable[Row]) -> dict[tuple[str, str], str]:
    """The deployed options that we know of. All others are dropped here: among them are environment variables, which hold secrets."""
    rows = tuple(rows)
    deployed = [row for row in rows if row.get("DeploymentStatus", "deployed") == "deployed"] or rows
    wanted = {(namespace, name) for name, namespace in AUTOMATION.items()} | {(_ROLLING, "RollingUpdateEnabled")}
    found = (((one.get("Namespace", ""), one.get("OptionName", "")), one.get("Value", "")) for one in deployed[:1] for one in _options(one))
    return {key: value for key, value in found if key in wanted}


def _options(row: Row) -> Iterable[Row]:
    rows: Iterable[Row] = row.get("OptionSettings") or ()
    return rows


def named(arn: str) -> tuple[str, str]:
    """Name and version in a platform's ARN; "" for what is no such ARN."""
    name, _, version = arn.partition(":platform/")[2].rpartition("/")
    return name, version


def arn_of(target: Target, row: Row) -> str:
    own: str = row.get("EnvironmentArn") or target.arn("elasticbeanstalk", f"environment/{row['ApplicationName']}/{row['EnvironmentName']}")
    return own


def automation(around: Around) -> dict[str, str]:
    return {name: around.options.get((namespace, name)) or _UNSET.get(name, "") for name, namespace in AUTOMATION.items()}


def week_of(start: str) -> str:
    """The weekly window of managed updates as other services spell theirs: "tue:09:00-tue:11:00" of "Tue:09:00"; "" of anything else."""
    found = re.fullmatch(r"(\w{3}):(\d\d):(\d\d)", start)
    if found is None or found[1].lower() not in DAYS:
        return ""
    day, hour = DAYS.index(found[1].lower()), int(found[2]) + WINDOW_HOURS
    return f"{start.lower()}-{DAYS[(day + hour // 24) % 7]}:{hour % 24:02}:{found[3]}"


def environment(target: Target, row: Row, around: Around) -> Asset:
    """One environment; its updates are versions of its branch, and a newer branch where there is one."""
    arn = row.get("PlatformArn", "")
    own = next((one for one in around.platforms if one["PlatformArn"] == arn), None)
    settings = automation(around)
    managed = settings["ManagedActionsEnabled"] == "true"
    facts = {
        "application": row["ApplicationName"],
        "platform": arn,
        "status": row.get("Status", ""),
        "health": row.get("Health", ""),
        "managed": managed,
        "operations_role": bool(row.get("OperationsRole")),
        **_bundle(around.running),
    }
    return Asset(
        id=arn_of(target, row),
        kind=ENVIRONMENT,
        target=target,
        name=row["EnvironmentName"],
        os="",
        tags=tags_of(around.tags),
        updates=tuple(sorted((*_versions(row, own, around), *_branches(own, around.branches)), key=lambda update: update.key)),
        facts=Frozen(facts),
        version=named(arn)[1] or _stack_version(row.get("SolutionStackName", "")),
        support=_support(own),
        window=week_of(settings["PreferredStartTime"]) if managed else "",
        remarks=tuple(_remarks(row, own, around, managed=managed)),
    )


def _bundle(running: Row) -> dict[str, str]:
    """Where the source bundle of an application version lies."""
    source = running.get("SourceBundle") or {}
    return {"bucket": source.get("S3Bucket", ""), "key": source.get("S3Key", "")}


def _stack_version(stack: str) -> str:
    """The number in "64bit Amazon Linux 2015.03 v2.0.0 running Tomcat 8 Java 8"."""
    found = re.search(r" v(\d[\d.]*)", stack)
    return found[1] if found else ""


def _versions(row: Row, own: Row | None, around: Around) -> Iterator[Update]:
    """The newest version of each line of the branch: patches are maintenance, then minor versions, then major ones (rare)."""
    if own is None:
        return
    here = order(named(own["PlatformArn"])[1])
    newest: dict[str, tuple[tuple[int, ...], str]] = {}
    for one in around.platforms:
        name, version = named(one["PlatformArn"])
        same = one.get("PlatformBranchName") == own.get("PlatformBranchName") and one.get("PlatformStatus", "Ready") == "Ready"
        if same and name and order(version) > here:
            line = _line(here, order(version))
            newest[line] = max(newest.get(line, ((), "")), (order(version), one["PlatformArn"]))
    action = next((one for one in around.actions if one.get("ActionType") == "PlatformUpdate"), None)
    brings = _brought(newest, around) if action else ""
    for line, (_, arn) in newest.items():
        name, version = named(arn)
        begins = action.get("WindowStartTime") if action and line in _reach(around) else None
        running = (
            action is not None and arn == brings and action.get("Status") in {"Pending", "Running"} and row.get("Status") == "Updating"
        )
        state = UpdateState.OPTIONAL if line == "major" else UpdateState.RUNNING if running else UpdateState.MISSING
        yield Update(
            PLATFORM,
            f"{name} {version}",
            state,
            classification=line,
            version=version,
            disruption=Disruption.REPLACE,
            forced_at=begins,
            facts=Frozen(platform=arn, brought=arn == brings),
        )


def _line(here: tuple[int, ...], there: tuple[int, ...]) -> str:
    return "maintenance" if there[:2] == here[:2] else "minor" if there[:1] == here[:1] else "major"


def _reach(around: Around) -> tuple[str, ...]:
    """Lines that AWS's own managed updates put on."""
    return ("maintenance", "minor") if automation(around)["UpdateLevel"] == "minor" else ("maintenance",)


def _brought(newest: Mapping[str, tuple[tuple[int, ...], str]], around: Around) -> str:
    """The platform that a managed update would bring: the newest within its level."""
    return max((newest[line] for line in _reach(around) if line in newest), default=((), ""))[1]


# --- branches -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Branch:
    """As "Python 3.11 running on 64bit Amazon Linux 2023" names one: words without numbers, and the numbers of system and runtime."""

    runtime: str
    system: str
    rank: tuple[tuple[int, ...], tuple[int, ...]]

    @classmethod
    def read(cls, name: str) -> _Branch:
        runtime, _, system = name.partition(" running on ")
        bare = system.removeprefix("64bit ")
        return cls(_words(runtime), _words(bare), (order(bare), order(runtime)))

    def follows(self, other: _Branch) -> bool:
        """Whether it is the same runtime on the same system, neither of them older."""
        alike = (self.runtime, self.system) == (other.runtime, other.system)
        return alike and self != other and all(mine >= theirs for mine, theirs in zip(self.rank, other.rank, strict=True))


def _words(text: str) -> str:
    return " ".join(re.sub(r"[\d.]+", " ", text).split())


def _state_of(row: Row) -> str:
    return str(row.get("PlatformBranchLifecycleState", "")).casefold()


def _branches(own: Row | None, recommended: Iterable[Row]) -> Iterator[Update]:
    """The newest branch that follows this one. To lack it is a lack only when AWS has retired this one."""
    if own is None:
        return
    here = _Branch.read(own.get("PlatformBranchName", ""))
    supported = [one for one in recommended if _state_of(one) == "supported"]
    later = [one for one in supported if _Branch.read(one.get("PlatformBranchName", "")).follows(here)]
    if not later:
        return
    following = max(later, key=lambda one: _Branch.read(one["PlatformBranchName"]).rank)
    yield Update(
        BRANCH,
        f"{following['PlatformBranchName']} (another branch: a blue/green swap by its pipeline)",
        UpdateState.MISSING if _state_of(own) == "retired" else UpdateState.OPTIONAL,
        classification="major",
        version=named(following["PlatformArn"])[1],
        disruption=Disruption.REPLACE,
    )


def _support(own: Row | None) -> Support | None:
    """AWS tells that it has retired a branch, but no dates."""
    if own is None:
        return None
    over = _state_of(own) == "retired"
    return Support("platform branch", own.get("PlatformBranchName", ""), None, None, "elasticbeanstalk:ListPlatformVersions", over=over)


# --- remarks --------------------------------------------------------------------------------------------------------


def _remarks(row: Row, own: Row | None, around: Around, *, managed: bool) -> Iterator[str]:
    if not managed:
        yield "managed platform updates are off"
    if own is not None and _state_of(own) == "deprecated":
        yield f"AWS has deprecated its platform branch {own.get('PlatformBranchName')}, and will retire it"
    if around.options.get((_ROLLING, "RollingUpdateEnabled")) == "false":
        yield "rolling updates are off: an update that no managed action does replaces all its instances at once"
    if row.get("Health") == "Red":
        yield "its health is Red"
    links = sorted(one.get("EnvironmentName", "") for one in row.get("EnvironmentLinks") or ())
    if links:
        yield f"linked with {', '.join(links)}"
    if label := row.get("VersionLabel"):
        since = f", made on {made:%Y-%m-%d}" if (made := around.running.get("DateCreated")) else ""
        came = f"{since}{_origin(around.running)}"
        yield f"runs application version {label}{came}; its dependencies are cured by a new version, through its pipeline"


def _origin(running: Row) -> str:
    """Which build an application version came out of, or from which sources, where AWS knows it."""
    if build := running.get("BuildArn"):
        return f" by {build}"
    source = running.get("SourceBuildInformation") or {}
    return f" from {source['SourceRepository']} {source['SourceLocation']}" if source.get("SourceRepository") == "CodeCommit" else ""
