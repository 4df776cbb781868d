"""The machine that Patchkeep itself runs on, and its user: it must not reboot itself in the middle of a rollout (RULES 4)."""

from __future__ import annotations

from getpass import getuser
from pathlib import Path

# On Nitro instances the firmware tells the instance id: EC2 user guide, "Detect whether a host is an EC2 instance".
ASSET_TAG = Path("/sys/devices/virtual/dmi/id/board_asset_tag")


def own_user() -> str:
    """The name of this process's user, as the machine knows it."""
    try:
        return getuser()
    except (KeyError, OSError):  # a container's user without a name (OSError since Python 3.13)
        return "somebody without a name"


def own_instance(tag: Path = ASSET_TAG) -> str:
    """The id of this EC2 instance; "" on a machine that is none, or that doesn't tell."""
    try:
        told = tag.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return told if told.startswith("i-") else ""
