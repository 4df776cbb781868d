"""What OpenSearch Service keeps of one account and region: domains, by name, and which version may become which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from patchkeep.sandbox.managed.engines import Version, engines, ordered
from patchkeep.sandbox.managed.resource import Resource, kept
from patchkeep.sandbox.operation import AwsError, Request
from patchkeep.sandbox.world import Site

ELIGIBLE, PENDING, UPDATING, COMPLETED = "ELIGIBLE", "PENDING_UPDATE", "IN_PROGRESS", "COMPLETED"
NOTHING_NEW = "There is no software update available for this domain."


@dataclass(slots=True)
class Software:
    """Service software on offer. `date`: when it comes by itself; an optional one has none."""

    version: str
    date: datetime | None
    optional: bool = False


@dataclass(slots=True)
class Attempt:
    """An upgrade, or the check for one, as the history of upgrades has it."""

    name: str
    at: datetime
    check_only: bool
    status: str = "IN_PROGRESS"
    issues: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Domain(Resource):
    """`off_peak`: minutes from midnight UTC at which its ten hours begin; None: the window is off."""

    READY: ClassVar[str] = "Active"
    version: str  # "OpenSearch_2.11"
    software: str
    before: str = ""  # the service software that it can go back to
    offer: Software | None = None
    update: str = COMPLETED
    told: str = NOTHING_NEW
    off_peak: int | None = 22 * 60
    automatic: bool = False
    attempts: list[Attempt] = field(default_factory=list)  # oldest first

    def off_peak_after(self, now: datetime) -> datetime | None:
        """When the off-peak window opens next, later than `now`."""
        if self.off_peak is None:
            return None
        opening = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(minutes=self.off_peak)
        return opening if opening > now else opening + timedelta(days=1)


def named(request: Request, name: str) -> Domain:
    one = kept(request.site, Domain).get(name)
    if one is None:
        raise AwsError("ResourceNotFoundException", f"Domain not found: {name}", 409)
    return one


RED = "red"  # trait of a domain that has lost data


def measure(request: Request, metric: str, dimensions: Mapping[str, str], _: datetime) -> float | None:
    """ClusterStatus.red and .green, 0 or 1, of a DomainName and its ClientId (the account); None: no data."""
    one = kept(request.site, Domain).get(dimensions.get("DomainName", ""))
    if one is None or dimensions.get("ClientId") != request.account:
        return None
    red = RED in one.traits
    return {"ClusterStatus.red": float(red), "ClusterStatus.green": float(not red)}.get(metric)


def must_be_active(one: Domain) -> None:
    if one.status != Domain.READY:
        raise AwsError("ValidationException", f"A change/update is in progress. Please wait for it to complete: {one.status}.")


def arn(site: Site, name: str) -> str:
    return f"arn:aws:es:{site.region}:{site.account}:domain/{name}"


def arns(_: str, request: Request) -> Iterator[str]:
    """Domains are what requests name, by name or by ARN.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonopensearchservice.html
    """
    if name := request.params.get("DomainName"):
        yield arn(request.site, name)
    for name in request.params.get("DomainNames", ()):
        yield arn(request.site, name)
    if wanted := request.params.get("ARN"):
        yield wanted


def known(now: datetime) -> dict[str, Version]:
    """Every version by now, as the service spells it: "OpenSearch_2.11"."""
    return {f"{name}_{version.number}": version for name, engine in engines("opensearch").items() for version in engine.known(now)}


def targets(source: str, now: datetime) -> list[str]:
    """What a version may become: newer ones of its line; of the next line all, but only from the newest of its own.

    ("Supported upgrade paths": OpenSearch 2.19 before 3.x, 1.x from Elasticsearch 7.10.)
    """
    versions = known(now)
    name, number = source.split("_")
    here = ordered(number)
    lines = sorted({(one.split("_")[0] == "OpenSearch", ordered(one)[0]) for one in versions})
    line = (name == "OpenSearch", here[0])
    mates = [one for one in versions if _line(one) == line]
    newer = [one for one in mates if ordered(one) > here]
    if newer or line == lines[-1]:
        return newer
    following = lines[lines.index(line) + 1]
    return [one for one in versions if _line(one) == following]


def _line(version: str) -> tuple[bool, int]:
    return version.startswith("OpenSearch"), ordered(version)[0]
