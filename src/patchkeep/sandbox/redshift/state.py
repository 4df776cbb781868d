"""What Redshift keeps of one account and region: clusters and their snapshots; and which release each track is on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from patchkeep.sandbox.managed.engines import Version, engines, ordered
from patchkeep.sandbox.managed.resource import AVAILABLE, Resource, kept
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.operation import AwsError, Request
from patchkeep.sandbox.world import Site

ENGINE = "1.0"
TRACKS = ("current", "trailing")


@dataclass(frozen=True, slots=True)
class Deferral:
    """Maintenance is put off from `since` until `until`."""

    name: str
    since: datetime
    until: datetime


@dataclass(slots=True, kw_only=True)
class Cluster(Resource):
    window: Weekly
    release: str  # "1.0.156411"
    track: str
    allows: bool = True  # AllowVersionUpgrade
    coming_track: str = ""
    deferrals: list[Deferral] = field(default_factory=list)

    def next_window(self, now: datetime) -> datetime:
        """When maintenance can begin: the first opening that no deferral holds."""
        opening = self.window.opening_after(now)
        while holding := next((one for one in self.deferrals if one.since <= opening < one.until), None):
            opening = self.window.opening_after(holding.until - timedelta(microseconds=1))
        return opening


@dataclass(slots=True, kw_only=True)
class Snapshot(Resource):
    of: str
    release: str
    kept_for: int  # days; -1: for ever


def releases(now: datetime) -> tuple[Version, ...]:
    return engines("redshift")["redshift"].known(now)


def release_of(track: str, now: datetime) -> Version:
    """The newest release, or the one before it."""
    known = releases(now)
    return known[-1] if track == "current" else known[-2]


def ahead(one: Cluster, now: datetime) -> Version | None:
    """The release of its track, where it runs an older one."""
    target = release_of(one.track, now)
    return target if ordered(target.number) > ordered(one.release) else None


def revision(release: str) -> str:
    return release.rpartition(".")[2]


def arn(site: Site, kind: str, name: str) -> str:
    return f"arn:aws:redshift:{site.region}:{site.account}:{kind}:{name}"


def cluster(request: Request) -> Cluster:
    name = request.params["ClusterIdentifier"]
    one = kept(request.site, Cluster).get(name)
    if one is None:
        raise AwsError("ClusterNotFound", f"Cluster {name} not found.", 404)
    return one


def must_be_available(one: Cluster) -> None:
    if one.status != AVAILABLE:
        raise AwsError("InvalidClusterState", f"There is an operation running on the Cluster. Cluster {one.name} is {one.status}.")
