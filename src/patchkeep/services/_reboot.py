"""Our one document: a reboot asked for in the guest, through the agent (RULES 17).

Exit code 194 (Linux) or 3010 (Windows) asks SSM Agent to reboot and then to run the step again:
https://docs.aws.amazon.com/systems-manager/latest/userguide/send-commands-reboot.html
The second run sees another boot than the first one noted and ends with 0, so there is never a second reboot.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

_LINUX = (
    "set -eu",
    "note=/var/tmp/patchkeep-reboot-{{ Mark }}",
    "boot=$(cat /proc/sys/kernel/random/boot_id)",
    'if [ -f "$note" ] && [ "$(cat "$note")" != "$boot" ]; then rm -f "$note"; echo "rebooted"; exit 0; fi',
    'printf %s "$boot" > "$note"',
    "exit 194",
)
_WINDOWS = (
    "$ErrorActionPreference = 'Stop'",
    "$note = Join-Path $env:ProgramData 'patchkeep-reboot-{{ Mark }}'",
    "$boot = (Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().ToString('o')",
    "if ((Test-Path $note) -and ((Get-Content $note) -ne $boot)) { Remove-Item $note; Write-Output 'rebooted'; exit 0 }",
    "Set-Content -Path $note -Value $boot",
    "exit 3010",
)


@dataclass(frozen=True, slots=True)
class Document:
    """A command document: its name, its content as JSON text, and the SHA-256 (hex) that pins it."""

    name: str
    content: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


def _step(action: str, name: str, platform: str, lines: tuple[str, ...]) -> dict[str, object]:
    only = {"StringEquals": ["platformType", platform]}
    return {"action": action, "name": name, "precondition": only, "inputs": {"timeoutSeconds": "1800", "runCommand": list(lines)}}


REBOOT_DOCUMENT = Document(
    "Patchkeep-Reboot",
    json.dumps(
        {
            "schemaVersion": "2.2",
            "description": "Reboots the node once, through SSM Agent.",
            "parameters": {"Mark": {"type": "String", "description": "Names this reboot.", "allowedPattern": "^pk-[0-9a-f]{16}$"}},
            "mainSteps": [
                _step("aws:runShellScript", "rebootLinux", "Linux", _LINUX),
                _step("aws:runPowerShellScript", "rebootWindows", "Windows", _WINDOWS),
            ],
        },
        indent=1,
        sort_keys=True,
    ),
)
