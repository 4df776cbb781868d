"""The one document of ours that runs on nodes: it restarts a machine once, and says so after the restart.

On exit status 194 (Linux) or 3010 (Windows) the SSM agent restarts the machine and runs the script again:
https://docs.aws.amazon.com/systems-manager/latest/userguide/send-commands-reboot.html
The script keeps the mark of the command and the boot it ran in. The second run of the same mark sees another boot and ends; when
the boot is still the same it fails. So no mark restarts a machine twice, and where no mark can be kept there is no restart.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

VERSION = 2  # raise it with every change of a script: plans show the change by its hash, people by this number
MARK_PATTERN = "^pk-[0-9a-f]{16}$"  # a batch id; nothing that a shell could read as more than a word

_LINUX = (
    "kept=/var/lib/patchkeep",
    'boot=$(cat /proc/sys/kernel/random/boot_id) && [ -n "$boot" ] || exit 1',
    'if [ -f "$kept/reboot" ] && read -r mark was < "$kept/reboot" && [ "$mark" = "{{ Mark }}" ]; then',
    '  if [ "$was" != "$boot" ]; then echo "restarted"; exit 0; fi',
    '  echo "a restart was asked for and did not come" >&2; exit 1',
    "fi",
    'mkdir -p "$kept" && echo "{{ Mark }} $boot" > "$kept/reboot" || exit 1',
    "exit 194",
)
_WINDOWS = (
    "$ErrorActionPreference = 'Stop'",
    "$kept = Join-Path $env:ProgramData 'Patchkeep'",
    "$file = Join-Path $kept 'reboot.txt'",
    "$boot = [string](Get-CimInstance -ClassName Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().Ticks",
    "if (Test-Path -LiteralPath $file) {",
    "  $mark, $was = (Get-Content -LiteralPath $file -TotalCount 1) -split ' '",
    "  if ($mark -eq '{{ Mark }}') {",
    "    if ($was -ne $boot) { Write-Output 'restarted'; exit 0 }",
    "    Write-Output 'a restart was asked for and did not come'; exit 1",
    "  }",
    "}",
    "New-Item -ItemType Directory -Force -Path $kept | Out-Null",
    'Set-Content -LiteralPath $file -Value "{{ Mark }} $boot"',
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
            "description": f"Patchkeep: reboots the node once, through SSM Agent. Version {VERSION}.",
            "parameters": {"Mark": {"type": "String", "description": "Names this reboot.", "allowedPattern": MARK_PATTERN}},
            "mainSteps": [
                _step("aws:runShellScript", "rebootLinux", "Linux", _LINUX),
                _step("aws:runPowerShellScript", "rebootWindows", "Windows", _WINDOWS),
            ],
        },
        indent=1,
        sort_keys=True,
    ),
)
