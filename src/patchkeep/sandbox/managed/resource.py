"""A managed resource of one account and region: what all kinds have in common, and where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from patchkeep.sandbox.operation import AwsError

if TYPE_CHECKING:
    from patchkeep.sandbox.managed.weekly import Weekly
    from patchkeep.sandbox.world import Site

AVAILABLE = "available"
MOST_TAGS = 50


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a resource, as its service's DescribeEvents tells it."""

    at: datetime
    message: str
    categories: tuple[str, ...] = ()


@dataclass(slots=True)
class Appointment:
    """Something that AWS will do by itself at `moment`, unless `when`, asked anew, says otherwise."""

    when: Callable[[datetime], datetime | None]  # given now; None: not as things stand
    then: Callable[[], None]
    moment: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Resource:
    """Services derive their kinds from it (`slots=True, kw_only=True`) and add what they alone have.

    READY is the status of a resource with which nothing is going on, as its service spells it ("ACTIVE", "Ready").
    """

    READY: ClassVar[str] = AVAILABLE
    name: str
    arn: str
    made: datetime
    status: str = ""  # READY unless it is said
    tags: dict[str, str] = field(default_factory=dict)
    traits: frozenset[str] = frozenset()  # how it misbehaves: "upgrade-fails", "slow", "replica-lags", ...
    window: Weekly | None = None
    events: list[Event] = field(default_factory=list)  # oldest first
    waiting: dict[str, Appointment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.status = self.status or self.READY


Sort = TypeVar("Sort", bound=Resource)


def kept(site: Site, sort: type[Sort]) -> dict[str, Sort]:
    """The resources of a sort that the site has, by name, in the order in which they were made."""
    return cast("dict[str, Sort]", site.kept[f"managed.{sort.__module__}.{sort.__name__}"])


def keep(site: Site, resource: Resource) -> None:
    """Put it where `kept` and `found` find it."""
    kept(site, type(resource))[resource.name] = resource
    _index(site)[resource.arn] = resource


def drop(site: Site, resource: Resource) -> None:
    """Take it away; what was waiting for it never happens."""
    kept(site, type(resource)).pop(resource.name, None)
    _index(site).pop(resource.arn, None)
    resource.waiting.clear()


def found(site: Site, arn: str) -> Resource | None:
    return _index(site).get(arn)


def everything(site: Site) -> list[Resource]:
    return list(_index(site).values())


def _index(site: Site) -> dict[str, Resource]:
    return cast("dict[str, Resource]", site.kept["managed.arns"])


def tag_list(tags: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def put_tags(resource: Resource, wanted: Mapping[str, str]) -> None:
    """Raises InvalidParameterValue for a reserved key or the 51st tag of one's own."""
    if reserved := next((key for key in wanted if key.lower().startswith("aws:")), None):
        raise AwsError("InvalidParameterValue", f"Tag keys starting with 'aws:' are reserved for internal use: {reserved}")
    if sum(not key.startswith("aws:") for key in resource.tags.keys() | wanted.keys()) > MOST_TAGS:
        raise AwsError("InvalidParameterValue", f"A resource can have {MOST_TAGS} tags at most.")
    resource.tags.update(wanted)


def rename(site: Site, resource: Resource, name: str, arn: str) -> None:
    """Give it another name and ARN; what waits for it goes on waiting."""
    kept(site, type(resource)).pop(resource.name, None)
    _index(site).pop(resource.arn, None)
    resource.name, resource.arn = name, arn
    keep(site, resource)
