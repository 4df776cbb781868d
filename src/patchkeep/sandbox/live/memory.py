"""What a live node remembers beside its packages: its boots, and what was put on since the last one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import uuid4

from patchkeep.sandbox.live.chroot import Root

_FILE = "/var/lib/patchkeep-node.json"


def _new_boot() -> str:
    return str(uuid4())


@dataclass(slots=True)
class Memory:
    """Kept in a file of the node. Times are the sandbox's, as ISO text."""

    boot_id: str = field(default_factory=_new_boot)
    boots: list[str] = field(default_factory=list)  # when it was restarted
    put: dict[str, str] = field(default_factory=dict)  # package -> when Patch Manager put its version on
    unbooted: list[str] = field(default_factory=list)  # put on and not restarted since

    def installed_at(self, name: str) -> datetime | None:
        return datetime.fromisoformat(self.put[name]) if name in self.put else None

    def have_put(self, names: Iterable[str], now: datetime) -> None:
        self.put |= dict.fromkeys(names, now.isoformat())
        self.unbooted = sorted({*self.unbooted, *names})

    def restart(self, now: datetime) -> None:
        self.boot_id = _new_boot()
        self.boots.append(now.isoformat())
        self.unbooted.clear()


def recall(root: Root) -> Memory:
    file = root.path / _FILE.lstrip("/")
    return Memory(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else Memory()


def keep(root: Root, memory: Memory) -> None:
    root.write(_FILE, json.dumps(asdict(memory), indent=1))
