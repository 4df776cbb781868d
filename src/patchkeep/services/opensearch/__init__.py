"""Search domains of Amazon OpenSearch Service: service software now or in the off-peak window, versions after AWS's own check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from patchkeep.domain.asset import Asset, Disruption, Existing, Update
from patchkeep.domain.call import Call
from patchkeep.domain.course import Course
from patchkeep.domain.frozen import Frozen
from patchkeep.domain.plan import Change
from patchkeep.domain.policy import Apply, ManagedRule, Policy
from patchkeep.domain.setting import Estate, Setting
from patchkeep.domain.window import MaintenanceWindow
from patchkeep.services import _automation
from patchkeep.services._automation import Automation, Fields
from patchkeep.services._grants import Grant, own
from patchkeep.services._lines import chosen
from patchkeep.services._service import Service
from patchkeep.services._steps import MAINTAIN, OPT_IN, UNDO, UPGRADE, VERIFY, Doing
from patchkeep.services._versions import ENGINE
from patchkeep.services._weekly import Slots
from patchkeep.services.opensearch import acts
from patchkeep.services.opensearch.discover import AUTOMATIC, DOMAIN, OFF_PEAK, OFF_PEAK_HOURS, SOFTWARE, discover

CHECK = "check"
DOING = Doing(
    acts.see,
    {
        MAINTAIN: acts.MAINTAIN,
        OPT_IN: acts.OPT_IN,
        CHECK: acts.CHECK,
        UPGRADE: acts.UPGRADE,
        VERIFY: acts.VERIFY,
        UNDO: acts.UNDO,
    },
)


def course(asset: Asset, rule: ManagedRule, _there: Mapping[str, Asset]) -> Course | str:
    """Service software first, then the version, which AWS checks before and takes a snapshot for; only the software can go back."""
    open_ = chosen(asset, rule)
    if isinstance(open_, str):
        return open_
    barred = asset.facts["barred"]
    updates = tuple(update for update in open_ if not (barred and update.id == SOFTWARE))
    if not updates:
        return f"AWS does not update its service software now: {barred}"
    return _agreed(asset, updates) if rule.apply is Apply.AWS_WINDOW else _in_ring(asset, updates)


def _agreed(asset: Asset, updates: tuple[Update, ...]) -> Course | str:
    software = tuple(update for update in updates if update.id == SOFTWARE)
    if not software:
        return "AWS has no window for versions of OpenSearch: they go on at once (`apply: in-ring`)"
    if not asset.facts["off_peak"]:
        return "its off-peak window is off: name a window in the rule's `settings`"
    undo = "cancel it before AWS begins it (CancelServiceSoftwareUpdate)"
    asks = _asks(asset, software, acts.CANCEL)
    return Course(software, (OPT_IN,), asks, disruption=Disruption.NONE, undo=undo, irreversible=False)


def _in_ring(asset: Asset, updates: tuple[Update, ...]) -> Course:
    engine = next((update for update in updates if update.id == ENGINE), None)
    was = asset.facts["software"]
    back = f"go back to {was or 'the service software before'}, as long as AWS offers it (RollbackServiceSoftwareUpdate)"
    return Course(
        updates,
        tuple(_steps(updates)),
        _asks(asset, updates, acts.ROLL_BACK),
        disruption=Disruption.FAILOVER if engine else Disruption.NONE,
        undo="restore the snapshot that AWS takes into a new domain: loses what was written since" if engine else back,
        irreversible=engine is not None,
        pins=f"EngineVersion {engine.facts['target']}" if engine else "",
    )


def _steps(updates: Iterable[Update]) -> Iterator[str]:
    ids = {update.id for update in updates}
    if SOFTWARE in ids:
        yield MAINTAIN
    if ENGINE in ids:
        yield CHECK
        yield UPGRADE
    yield VERIFY


def _asks(asset: Asset, updates: Iterable[Update], way: str) -> Frozen:
    by_id = {update.id: update for update in updates}
    software = by_id[SOFTWARE].version if SOFTWARE in by_id else ""
    version = by_id[ENGINE].facts["target"] if ENGINE in by_id else ""
    keys = {name: update.key for name, update in by_id.items()}
    return Frozen(software=software, was=asset.facts["software"], version=version, keys=keys, way=way, client=asset.target.account)


def measured(resource: str, asks: Frozen) -> tuple[str, tuple[dict[str, str]]]:
    """Developer Guide, "Monitoring OpenSearch cluster metrics": by domain and account. ClusterStatus.red: a primary shard is away."""
    return "AWS/ES", ({"DomainName": resource, "ClientId": asks.get("client", "")},)


def undo(change: Change) -> Frozen | str:
    """Service software goes back, or is cancelled; a version doesn't."""
    return change.undo if change.asks["version"] else change.asks


# --- settings -------------------------------------------------------------------------------------------------------


def _wants(_: Asset, rule: ManagedRule, week: str) -> Fields:
    wanted: dict[str, object] = {}
    if week:
        wanted[OFF_PEAK] = week.removeprefix("daily ").partition("-")[0]
    if "auto_maintenance" in rule.settings:
        wanted[AUTOMATIC] = rule.settings["auto_maintenance"]
    return wanted


def _remark(window: MaintenanceWindow) -> str:
    """OffPeakWindow: "The window length will always be 10 hours"; it opens every day."""
    return f"AWS opens a domain's off-peak window every day for ten hours, also when {window.name} is shut"


def _changes(existing: Existing, fields: Fields) -> Sequence[Call]:
    """Neither option makes AWS replace the domain's machines."""
    asked: dict[str, object] = {}
    if OFF_PEAK in fields:
        hours, minutes = map(int, fields[OFF_PEAK].split(":"))
        start = {"Hours": hours, "Minutes": minutes}
        asked["OffPeakWindowOptions"] = {"Enabled": True, "OffPeakWindow": {"WindowStartTime": start}}
    if AUTOMATIC in fields:
        asked["SoftwareUpdateOptions"] = {AUTOMATIC: fields[AUTOMATIC]}
    return (Call.of("opensearch", "update_domain_config", asked, DomainName=existing.name),)


SLOTS = Slots(least=timedelta(0), lasts=timedelta(hours=OFF_PEAK_HOURS), daily=True)
AUTOMATION = Automation("opensearch", _wants, _changes, SLOTS, holds=("auto_maintenance",), remark=_remark)


def settings(estate: Estate) -> tuple[Setting, ...]:
    """Off-peak windows and automatic software updates, where a rule of the policy says how they should be."""
    return _automation.settings(AUTOMATION, estate)


def grants(_policy: Policy) -> tuple[Grant, ...]:
    """Domains of the account."""
    software = ("start_service_software_update", "cancel_service_software_update", "rollback_service_software_update")
    return (Grant("ChangeDomains", "opensearch", (*software, "upgrade_domain", "update_domain_config"), own("es", "domain/*")),)


SERVICE = DOING.carries(
    Service(
        name="opensearch",
        kinds=(DOMAIN,),
        sources=Frozen(
            state="opensearch:DescribeDomains",
            updates="opensearch:DescribeDomains",
            versions="opensearch:GetCompatibleVersions",
        ),
        discover=discover,
        settings=settings,
        course=course,
        measured=measured,
        undo=undo,
    )
)
