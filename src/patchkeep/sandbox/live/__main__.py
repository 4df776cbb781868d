"""`python -m patchkeep.sandbox.live`: make today's root file systems ready, or say why this machine can't have any (status 1)."""

from __future__ import annotations

import sys
import time

from patchkeep.sandbox.live.chroot import RootError
from patchkeep.sandbox.live.offers import SUITES
from patchkeep.sandbox.live.rootfs import prepared
from patchkeep.sandbox.live.unavailable import LiveUnavailable


def main() -> None:
    for suite in SUITES.values():
        began = time.monotonic()
        try:
            place = prepared(suite)
        except (LiveUnavailable, RootError) as error:
            sys.exit(f"No live nodes: {error}")
        print(f"Root file system of Debian {suite}: {place} ({time.monotonic() - began:.0f} s)")  # noqa: T201 - it talks to people


if __name__ == "__main__":
    main()
