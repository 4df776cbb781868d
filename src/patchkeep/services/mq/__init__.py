"""Message brokers of Amazon MQ: a new version is noted first, and goes on at the next reboot or in the broker's own window.

Developer Guide: "Upgrading an Amazon MQ broker engine version", "Rebooting an Amazon MQ broker"; API Reference: UpdateBroker, RebootBroker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from patchkeep.domain.asset import Asset, Disruption, Existing
from patchkeep.domain.call import Call, Dialogue
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import Apply, ManagedRule, Policy
from patchkeep.domain.progress import Batch, Phase, Result
from patchkeep.domain.setting import Estate, Setting
from patchkeep.services import _automation
from patchkeep.services._answers import granted
from patchkeep.services._automation import Automation, Fields
from patchkeep.services._grants import Grant, own
from patchkeep.services._lines import chosen
from patchkeep.services._service import Service
from patchkeep.services._steps import (
    BEGINS_WITHIN,
    DONE,
    SCHEDULE,
    UPGRADE,
    VERIFY,
    At,
    Doing,
    Step,
    busy_unless,
    failed,
    orders,
    reached,
    running,
    version_open,
)
from patchkeep.services._versions import order
from patchkeep.services._weekly import DAYS, Slots
from patchkeep.services.mq.discover import AUTOMATIC, BROKER, LASTS, LISTED, WINDOW, discover, other_pending

REBOOT = "reboot"
# UpdateBroker, EngineVersion: from these on a broker must let AWS put patches on by itself.
ALWAYS_AUTOMATIC = {"ACTIVEMQ": (5, 18), "RABBITMQ": (3, 13)}


@dataclass(frozen=True, slots=True)
class Broker:
    """One broker as it is now."""

    status: str
    version: str
    pending: str
    others: tuple[str, ...]  # what else is pending


def see(batch: Batch) -> Dialogue[Mapping[str, Broker | None]]:
    """Looked for in the list first, because an id that is gone would be refused."""
    (one,) = orders(batch)
    listed = (yield LISTED)["BrokerSummaries"]
    if not any(row["BrokerId"] == one.name for row in listed):
        return {one.resource: None}
    (row,) = granted((yield (Call.of("mq", "describe_broker", BrokerId=one.name),)))
    now = Broker(row["BrokerState"], row["EngineVersion"], row.get("PendingEngineVersion", ""), other_pending(row))
    return {one.resource: now}


def _noted(at: At[Broker]) -> str:
    return "is noted already" if at.now.pending == at.order.asks["version"] else reached(at)


def _other_noted(at: At[Broker]) -> str:
    other = at.now.pending
    return "" if other in {"", at.order.asks["version"]} else f"somebody has noted {other} for it since the plan was made"


def _also(at: At[Broker]) -> str:
    """Why it may not be rebooted: the version is not noted, or more than the version would go on."""
    if at.now.pending != at.order.asks["version"]:
        return f"{at.order.asks['version']} is not noted any more"
    return _beside(at.now.others)


def _beside(others: Iterable[str]) -> str:
    listed = ", ".join(others)
    return f"a reboot would also put on what somebody has left pending: {listed}" if listed else ""


def _rebooted(at: At[Broker]) -> Result:
    if at.now.status == "RUNNING" and reached(at):
        return DONE
    if at.now.status == "RUNNING" and at.taken_for > BEGINS_WITHIN:
        return failed(f"is running again and still on {at.now.version}: AWS did not upgrade it")
    return running(f"is {at.now.status}, on {at.now.version}")


def _note(ready: tuple[At[Broker], ...]) -> Call:
    one = ready[0].order
    return Call.of("mq", "update_broker", BrokerId=one.name, EngineVersion=one.asks["version"])


NOTE = Step(
    ends=lambda at: Result(Phase.DONE, "noted for its next reboot or window") if _noted(at) else running("AWS has not noted it yet"),
    call=_note,
    done=_noted,
    bars=_other_noted,
    busy=busy_unless("RUNNING"),
    begun=lambda at: bool(_noted(at)),
)
REBOOTED: Step[Broker] = Step(
    ends=_rebooted,
    call=lambda ready: Call.of("mq", "reboot_broker", BrokerId=ready[0].order.name),
    done=reached,
    bars=_also,
    busy=busy_unless("RUNNING"),
    begun=lambda at: at.now.status == "REBOOT_IN_PROGRESS" or bool(reached(at)),
)
DOING = Doing(see, {UPGRADE: NOTE, SCHEDULE: NOTE, REBOOT: REBOOTED, VERIFY: Step(ends=version_open)}, unrepeatable=frozenset({REBOOT}))


def course(asset: Asset, rule: ManagedRule, _there: Mapping[str, Asset]) -> Course | str:
    """Noted and rebooted in its ring, or noted alone for AWS's own window; there is no way back."""
    updates = chosen(asset, rule)
    if isinstance(updates, str):
        return updates
    (update,) = updates
    if not asset.facts["automatic"] and order(update.version) >= ALWAYS_AUTOMATIC.get(asset.facts["type"], (0,)):
        return f"AWS takes {update.title} only where automatic minor upgrades are on: `settings: {{auto_minor: true}}`"
    if asset.facts["pending"]:
        return _beside(asset.facts["pending"])
    return Course(
        updates,
        (SCHEDULE,) if rule.apply is Apply.AWS_WINDOW else (UPGRADE, REBOOT, VERIFY),
        Frozen(version=update.version, key=update.key),
        disruption=update.disruption or Disruption.RESTART,
        pins=f"EngineVersion {update.version}",
    )


def measured(resource: str, _asks: Frozen) -> tuple[str, tuple[dict[str, str], ...]]:
    """Developer Guide, "Monitoring": RabbitMQ's by the broker's name, ActiveMQ's by that of each of its instances."""
    name = resource.split(":")[1]
    return "AWS/AmazonMQ", tuple({"Broker": one} for one in (name, f"{name}-1", f"{name}-2"))


def undo(_: Change) -> str:
    """AWS documents no call that takes a noted version back, and brokers go to newer versions only."""
    return "Amazon MQ takes no version back: neither one that is on, nor one that is noted"


# --- settings -------------------------------------------------------------------------------------------------------


def _wants(asset: Asset, rule: ManagedRule, week: str) -> Fields:
    """A window begins as its zone's clock says, with summer time; newer versions must stay automatic."""
    wanted: dict[str, object] = {}
    if week:
        span, _, zone = week.partition(" ")
        day, clock = span.partition("-")[0].split(":", 1)
        wanted[WINDOW] = f"{_DAYS[DAYS.index(day)]} {clock} {zone or 'UTC'}"
    automatic = rule.settings.get("auto_minor")
    must = order(asset.version) >= ALWAYS_AUTOMATIC.get(asset.facts["type"], (0,))
    if automatic is not None and (automatic or not must):
        wanted[AUTOMATIC] = automatic
    return wanted


_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


def _changes(existing: Existing, fields: Fields) -> Sequence[Call]:
    """Both hold at once, without a reboot: DescribeBroker has no pending form of them."""
    asked = dict(fields)
    if WINDOW in asked:
        asked[WINDOW] = dict(zip(("DayOfWeek", "TimeOfDay", "TimeZone"), asked[WINDOW].split(" ", 2), strict=True))
    return (Call.of("mq", "update_broker", asked, BrokerId=existing.id.rpartition(":")[2]),)


TWO_HOURS = timedelta(hours=LASTS)
AUTOMATION = Automation("mq", _wants, _changes, Slots(TWO_HOURS, lasts=TWO_HOURS, zoned=True), holds=("auto_minor",))


def settings(estate: Estate) -> tuple[Setting, ...]:
    """Maintenance windows and automatic minor upgrades, where a rule of the policy says how they should be."""
    return _automation.settings(AUTOMATION, estate)


def grants(_policy: Policy) -> tuple[Grant, ...]:
    """Brokers of the account."""
    return (Grant("ChangeBrokers", "mq", ("update_broker", "reboot_broker"), own("mq", "broker:*")),)


SERVICE = DOING.carries(
    Service(
        name="mq",
        kinds=(BROKER,),
        sources=Frozen(state="mq:DescribeBroker", updates="mq:DescribeBroker", versions="mq:DescribeBrokerEngineTypes"),
        discover=discover,
        settings=settings,
        course=course,
        measured=measured,
        undo=undo,
    )
)
