"""What the emulated agent does with a document: which ones it can carry out, and with what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from patchkeep.sandbox.faults.fault import Kind
from patchkeep.sandbox.operation import AwsError
from patchkeep.sandbox.ssm.aws_documents import AGENT_DOCUMENT, INVENTORY_DOCUMENT, PATCH_DOCUMENTS
from patchkeep.sandbox.ssm.inventory_store import collected
from patchkeep.sandbox.ssm.orders import Ending, Finish, Order
from patchkeep.sandbox.ssm.patchrun import run_patch_document
from patchkeep.sandbox.ssm.platforms import LATEST_AGENT
from patchkeep.sandbox.ssm.reboot_script import must_be_understood, run_reboot_document

if TYPE_CHECKING:
    from patchkeep.sandbox.ssm.document_store import Document, Version

_MOMENT = timedelta(seconds=5)
_HOOKS = ("PreInstallHookDocName", "PostInstallHookDocName", "OnExitHookDocName")


def must_be_emulated(document: Document, version: Version, parameters: Mapping[str, list[str]]) -> None:
    """Refuse, as not implemented, a document that the emulated agent can't carry out."""
    if document.name in _RUNNERS and document.owner == "Amazon":
        if any(parameters.get(hook, ["AWS-Noop"]) != ["AWS-Noop"] for hook in _HOOKS):
            raise AwsError("EmulatorNotImplemented", "The sandbox runs no hooks but AWS-Noop.")
        return
    must_be_understood(document.name, version.content)


def execute(order: Order, finish: Finish) -> None:
    """Begin an order now; `finish` is called once, when its end is seen."""
    _RUNNERS.get(order.document, run_reboot_document)(order, finish)


def _do_nothing(order: Order, finish: Finish) -> None:
    order.line.after(_MOMENT, lambda: finish(Ending("Success", 0)))


def _update_agent(order: Order, finish: Finish) -> None:
    def end() -> None:
        order.line.node.agent_version = order.first("version") or LATEST_AGENT
        finish(Ending("Success", 0, f"{order.line.node.agent_version} is installed"))

    order.line.after(_MOMENT, end)


def _gather_inventory(order: Order, finish: Finish) -> None:
    def end() -> None:
        line = order.line
        shown, lagging = collected(line.site, line.node, line.now), line.struck(Kind.INVENTORY_LAGS)
        if lagging is None:
            shown()
        elif lagging.seconds:
            line.after(timedelta(seconds=lagging.seconds), shown)
        finish(Ending("Success", 0, "Inventory policy has been successfully applied"))

    order.line.after(_MOMENT, end)


_RUNNERS: dict[str, Callable[[Order, Finish], Any]] = {
    **dict.fromkeys(PATCH_DOCUMENTS, run_patch_document),
    "AWS-Noop": _do_nothing,
    AGENT_DOCUMENT: _update_agent,
    INVENTORY_DOCUMENT: _gather_inventory,
}
