"""A command document whose script asks the agent for a restart: exit status 194 on Linux, 3010 on Windows.

The emulated agent runs no scripts. It understands a script only when it plainly restarts the machine once: it ends with that
exit status somewhere and looks, before that, whether the restart has been. Everything else is refused loudly.
Source: the user guide's page "Handling reboots when running commands".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.ssm.orders import TIMED_OUT, Ending, Finish, Order
from patchkeep.sandbox.ssm.platforms import platform_of

_ASKS = {
    "aws:runShellScript": re.compile(r"\bexit\s+194\b"),
    "aws:runPowerShellScript": re.compile(r"\bexit\s+\(?3010\b", re.IGNORECASE),
}
_LOOKS = {
    "aws:runShellScript": re.compile(r"boot_id|btime|uptime|who -b|\[+ !? ?-[efs] |test !? ?-[efs] "),
    "aws:runPowerShellScript": re.compile(r"LastBootUpTime|Test-Path|Get-ItemProperty|UpTime", re.IGNORECASE),
}
_STEP_OF = {"Windows": "aws:runPowerShellScript", "Linux": "aws:runShellScript", "MacOS": "aws:runShellScript"}
_SCRIPT_TAKES = timedelta(seconds=2)
_RUNS_AT_MOST = timedelta(seconds=3600)


def must_be_understood(name: str, content: Mapping[str, Any]) -> None:
    """Refuse a document that does anything but restart its node once."""
    for step in content.get("mainSteps") or ():
        action, script = step["action"], _script(step)
        asks, looks = _ASKS.get(action), _LOOKS.get(action)
        asked = asks.search(script) if asks else None
        if asked is None or looks is None:
            raise AwsError("EmulatorNotImplemented", f"The sandbox runs no scripts; step {step['name']} of {name} isn't a restart.")
        if not looks.search(script):
            message = f"Step {step['name']} of {name} never looks whether the restart has been: it would restart for ever."
            raise AwsError("EmulatorNotImplemented", message)


def _script(step: Mapping[str, Any]) -> str:
    lines = (step.get("inputs") or {}).get("runCommand") or ()
    return "\n".join(lines) if isinstance(lines, list) else str(lines)


def run_reboot_document(order: Order, finish: Finish) -> None:
    """Run the script, restart the node as it asks, run it again: it sees the restart and ends well."""
    wanted = _STEP_OF[platform_of(order.line.node.os).type]
    if not any(step["action"] == wanted for step in order.content["mainSteps"]):
        skipped = Ending("Success", 0, "Step execution skipped due to unsupported platform.")
        order.line.after(_SCRIPT_TAKES, lambda: finish(skipped))
        return
    deadline = order.line.now + _RUNS_AT_MOST
    done = Ending("Success", 0, "restarted")
    if _has_been(order):
        order.line.after(_SCRIPT_TAKES, lambda: finish(done))
        return

    def again() -> None:
        order.line.after(_SCRIPT_TAKES, lambda: finish(done))

    order.line.after(_SCRIPT_TAKES, lambda: order.line.restart(deadline, again, lambda: finish(TIMED_OUT)))


def _has_been(order: Order) -> bool:
    """Whether the script finds its own mark from an earlier restart: one that is given a mark keeps the last on the node."""
    marked = any("{{" in _script(step) for step in order.content["mainSteps"])
    mark = (order.document, tuple(sorted((name, tuple(values)) for name, values in order.parameters.items())))
    kept = order.line.site.kept["ssm.reboot-marks"]
    found = marked and kept.get(order.line.node.id) == mark
    kept[order.line.node.id] = mark
    return found
