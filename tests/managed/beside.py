"""Beside the whole way: lifecycles at hand, and the way back of one planned change, carried out by the account's own administrator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from patchkeep import services
from patchkeep.domain.call import Call
from patchkeep.domain.frozen import Frozen, thaw
from patchkeep.domain.progress import Batch
from patchkeep.wire import sandbox_lifecycles
from tests.e2e.desk import Desk
from tests.managed.walking import MEMBER
from tests.services.talk import carry


def fed(desk: Desk) -> Desk:
    """The same desk, where it is known until when versions are supported."""
    (desk.folder / "feed.json").write_text(sandbox_lifecycles(), encoding="utf-8")
    desk("feeds", "update", "--from", "feed.json")
    return desk


def undone(desk: Desk, resource: str) -> str:
    """What the step "undo" of a planned change comes to within a day; the sentence why there is no way back."""
    (change,) = (change for ring in desk.plan().rings for change in ring.changes if change.resource == resource)
    service = services.load()[change.service]
    assert service.undo
    assert service.prepare
    assert service.check
    asks = service.undo(change)
    if isinstance(asks, str):
        return asks
    named = Frozen({resource: asks})
    batch = Batch("pk-undo", "all", "undo", change.target, (resource,), desk.sandbox.now(), "taken", service.name, named)

    def perform(call: Call) -> Any:
        return getattr(desk.admin(call.service, MEMBER), call.operation)(**thaw(call.params))

    started = carry(service.prepare(batch), perform)[0]
    assert started.call, started
    perform(started.call)
    for _ in range(24):
        result = carry(service.check(batch, desk.sandbox.now()), perform)[0][resource]
        if result.phase != "running":
            return str(result.phase)
        desk.sandbox.advance(timedelta(hours=1))
    return "running"
