"""What Lightsail keeps of one account and region: databases with their snapshots, and instances made from blueprints."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from patchkeep.sandbox.managed.engines import Engine, Version, engines
from patchkeep.sandbox.managed.resource import Resource, kept
from patchkeep.sandbox.managed.weekly import Weekly
from patchkeep.sandbox.managed.work import Offer
from patchkeep.sandbox.operation import AwsError, Request


@dataclass(slots=True, kw_only=True)
class Database(Resource):
    window: Weekly
    engine: str
    version: str
    storage: int = 40  # GiB
    pending: str = ""  # the version that waits for the window
    offers: dict[str, Offer] = field(default_factory=dict)  # AWS's own maintenance by action

    @property
    def facts(self) -> Engine:
        return engines("lightsail")[self.engine]

    def at_version(self, now: datetime) -> Version:
        version = self.facts.version(self.version, now)
        if version is None:
            raise AwsError("InvalidInputException", f"Cannot find version {self.version} for {self.engine}")
        return version

    @property
    def blueprint(self) -> str:
        """Of the line that its version belongs to."""
        line = next(one.major for one in self.facts.versions if one.number == self.version)
        return blueprint_of(self.engine, line)


@dataclass(slots=True, kw_only=True)
class Snapshot(Resource):
    of: Database
    engine: str
    version: str
    storage: int


@dataclass(slots=True, kw_only=True)
class Instance(Resource):
    blueprint: str
    title: str  # of its blueprint
    active: bool  # whether new instances are still made from that blueprint
    address: str
    power: str = "running"


def blueprint_of(engine: str, line: str) -> str:
    return f"{engine}_{line.replace('.', '_')}"


def newest_of(engine: Engine, line: str, now: datetime) -> Version | None:
    """What a blueprint brings at a moment."""
    return next((one for one in reversed(engine.known(now)) if one.major == line), None)


def database(request: Request) -> Database:
    name = request.params["relationalDatabaseName"]
    one = kept(request.site, Database).get(name)
    if one is None:
        raise AwsError("NotFoundException", f"The RelationalDatabase does not exist: {name}")
    return one


def must_be_available(one: Database) -> None:
    if one.status != one.READY:
        raise AwsError("OperationFailureException", f"The database {one.name} is not available: {one.status}.")
