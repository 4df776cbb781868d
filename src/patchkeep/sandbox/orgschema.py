"""The organization file's shape: what a person may write in it, and what is wrong with what they wrote.

Keys and their meaning are told in `orgfile`; the words for `share` are those of `generate.oddities`.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from patchkeep.sandbox.catalogue import KEYS as OS_KEYS
from patchkeep.sandbox.managed.service import kinds
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.permissions.documents import BadDocument, document_of

Oddity = Literal[
    "unmanaged",
    "no_agent",
    "stopped",
    "offline",
    "never_scanned",
    "mis_tagged",
    "old_agent",
    "in_asg",
    "in_eks",
    "beanstalk",
    "ecs",
    "emr",
    "patch_policy",
    "foreign_installer",
    "unattended_upgrades",
    "pending_reboot",
    "fails_install",
    "install_error",
    "never_comes_back",
    "slow",
]
ODDITIES: tuple[str, ...] = get_args(Oddity)
_ON_EC2 = frozenset({"unmanaged", "no_agent", "stopped", "in_asg", "in_eks", "beanstalk", "ecs", "emr"})  # what only an instance can be
_PERCENT = re.compile(r"^\d+(\.\d+)?%$")
_SPAN = re.compile(r"^(\d+)d(?:\.\.(\d+)d)?$")


def _share(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and _PERCENT.match(value) and float(value[:-1]) <= 100:
        return value
    raise PydanticCustomError(
        "share", "{value} is not a share; write a number of machines (3) or a percentage (10%)", {"value": repr(value)}
    )


def _span(value: str) -> str:
    match = _SPAN.match(value)
    if match is None or int(match[2] or match[1]) < int(match[1]):
        raise PydanticCustomError("span", "{value} is not a span of days; write 30d or 20d..90d", {"value": repr(value)})
    return value


def _os(value: str) -> str:
    if value not in OS_KEYS:
        near = get_close_matches(value, OS_KEYS, 1)
        raise PydanticCustomError(
            "os",
            "{value} is not in the catalogue; write {fix}",
            {"value": repr(value), "fix": near[0] if near else "one of " + ", ".join(OS_KEYS)},
        )
    return value


def _kind(value: str) -> str:
    if value not in kinds():
        near = get_close_matches(value, kinds(), 1)
        fix = near[0] if near else "one of " + ", ".join(sorted(kinds()))
        raise PydanticCustomError("kind", "{value} is no kind of managed resource; write {fix}", {"value": repr(value), "fix": fix})
    return value


def _window(value: str) -> str:
    try:
        return str(Weekly.read(value))
    except ValueError as error:
        raise PydanticCustomError("window", "{why} Write sun:05:00-sun:06:00", {"why": str(error)}) from error


def _policy(written: Any) -> Any:
    try:
        document_of(written)
    except BadDocument as error:
        raise PydanticCustomError("policy", "is no IAM policy: {why}", {"why": str(error)}) from error
    return written


PolicyDocument = Annotated[dict[str, Any], BeforeValidator(_policy)]
AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Share = Annotated[int | str, BeforeValidator(_share)]
Span = Annotated[str, AfterValidator(_span)]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
Weight = Annotated[int, Field(ge=1)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Fleet(_Shape):
    """Machines alike: how many, of which systems, where, and how many of them are odd in which way."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    count: Annotated[int, Field(ge=1, le=5000)]
    os: dict[Annotated[str, AfterValidator(_os)], Weight] = Field(min_length=1)
    regions: dict[Region, Weight] = Field(default_factory=dict)
    environment: str | None = None
    patch_group: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    behind: Span = "20d..90d"
    share: dict[Oddity, Share] = Field(default_factory=dict)
    hybrid: bool = False
    live: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Fleet:
        odd = sum(count_of(share, self.count) for share in self.share.values())
        if odd > self.count:
            raise PydanticCustomError(
                "shares", "its shares want {odd} machines of {count}; write smaller ones", {"odd": odd, "count": self.count}
            )
        if self.hybrid and (wrong := _ON_EC2 & set(self.share)):
            raise PydanticCustomError("hybrid", "a hybrid machine cannot be {word}; write it in another fleet", {"word": min(wrong)})
        return self

    @property
    def span(self) -> tuple[int, int]:
        """Days that its packages lie behind: least and most."""
        match = _SPAN.match(self.behind)
        assert match  # noqa: S101 - validated above
        return int(match[1]), int(match[2] or match[1])


class ResourceEntry(_Shape):
    """Managed resources alike. A kind's own `settings` and `traits` are those that its service declares."""

    kind: Annotated[str, AfterValidator(_kind)]
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    count: Annotated[int, Field(ge=1, le=500)] = 1  # of more than one: name-1, name-2 ...
    region: Region | None = None  # the account's first
    engine: str = ""
    version: str = ""
    window: Annotated[str, AfterValidator(_window)] = ""
    environment: str | None = None
    stack: str = ""  # the CloudFormation stack that made it
    tags: dict[str, str] = Field(default_factory=dict)
    traits: tuple[str, ...] = Field(default=(), strict=False)
    settings: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _understood(self) -> ResourceEntry:
        kind = kinds()[self.kind]
        for noun, words, known in (("trait", self.traits, kind.traits), ("setting", tuple(self.settings), kind.settings)):
            for word in set(words) - known:
                near = get_close_matches(word, known, 1) or ["one of " + ", ".join(sorted(known)) if known else "none"]
                facts = {"kind": self.kind, "noun": noun, "word": repr(word), "fix": near[0]}
                raise PydanticCustomError("resource", "{kind} has no {noun} {word}; write {fix}", facts)
        return self


class AccountEntry(_Shape):
    id: AccountId
    name: str
    ou: str = ""
    email: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    regions: tuple[Region, ...] = Field(min_length=1, strict=False)
    contacts: dict[Literal["SECURITY", "OPERATIONS", "BILLING"], str] = Field(default_factory=dict)
    support: Literal["basic", "business"] = "business"  # its support plan: only a paid one has AWS Health's and Support's APIs
    suspended: bool = False
    lacks: tuple[str, ...] = Field(default=(), strict=False)  # member roles that it has not
    permission_sets: tuple[str, ...] = Field(default=(), strict=False)  # of IAM Identity Center: a role each, as it makes them
    refuses: dict[str, Annotated[tuple[str, ...], Field(strict=False)]] = Field(default_factory=dict)  # role -> actions
    scans: Literal["host-management", "none"] = "host-management"
    fleets: tuple[Fleet, ...] = Field(default=(), strict=False)
    resources: tuple[ResourceEntry, ...] = Field(default=(), strict=False)
    estate: tuple[dict[str, Any], ...] = Field(
        default=(), strict=False
    )  # further wishes of `orgfile`'s form, for each region with machines

    @model_validator(mode="after")
    def _regions_enabled(self) -> AccountEntry:
        for one in self.resources:
            if one.region and one.region not in self.regions:
                raise PydanticCustomError(
                    "region",
                    "resource {name} is in {region}, which is off; write it in regions of the account too",
                    {"name": one.name, "region": one.region},
                )
        for fleet in self.fleets:
            for region in set(fleet.regions) - set(self.regions):
                raise PydanticCustomError(
                    "region",
                    "fleet {fleet} is in {region}, which is off; write it in regions of the account too",
                    {"fleet": fleet.name, "region": region},
                )
        names = [fleet.name for fleet in self.fleets]
        if len(set(names)) != len(names):
            raise PydanticCustomError("fleets", "two fleets have one name; write another")
        return self


class Organization(_Shape):
    name: str
    seed: int = 1
    starts: Annotated[AwareDatetime, Field(strict=False)]
    management: AccountId
    external_id: str | None = None
    roles: tuple[str, ...] = Field(default=("PatchkeepRead", "PatchkeepWrite"), strict=False)
    policies: dict[str, PolicyDocument] = Field(default_factory=dict)  # role -> what it may do; not named: everything


class OrgFile(_Shape):
    organization: Organization
    ous: tuple[str, ...] = Field(default=(), strict=False)
    accounts: tuple[AccountEntry, ...] = Field(min_length=1, strict=False)

    @model_validator(mode="after")
    def _consistent(self) -> OrgFile:
        ids = [account.id for account in self.accounts]
        if len(set(ids)) != len(ids):
            raise PydanticCustomError("accounts", "two accounts have one id; write another")
        if self.organization.management not in ids:
            raise PydanticCustomError("management", "the management account is not among the accounts; write an entry for it")
        return self


def count_of(share: int | str, of: int) -> int:
    """How many machines a share is: the number itself, or the percentage rounded, at least one of a percentage above nought."""
    if isinstance(share, int):
        return share
    percent = float(share[:-1])
    return max(round(of * percent / 100), 1) if percent else 0
