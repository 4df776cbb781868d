"""Keys that say what is patched by the same rules, and by whom: environments and what belongs to them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from patchkeep.domain.frozen import Frozen
from patchkeep.domain.policy import Match
from patchkeep.policy.mistakes import Wrong
from patchkeep.policy.section import ONE, Account, Installers, Kind, Listed, Name, Or, Owned, Section, Text, Unit


class MatchKeys(Section):
    """Which assets. Every key given must hold; within one key any of its values does."""

    ou: Annotated[tuple[Unit, ...], Listed, ONE] = Field(
        (), description="Path of organizational units; holds for all below it.", examples=["Workloads/Prod"]
    )
    account: Annotated[tuple[Account, ...], Listed, ONE] = Field((), description="Account ids, in quotes.", examples=['"111122223333"'])
    tags: dict[str, Annotated[tuple[Text, ...], Listed, ONE]] = Field(
        {}, description="Tags and the values that count.", examples=["{Environment: [prod, production]}"]
    )
    kind: Annotated[tuple[Kind, ...], Listed, ONE] = Field((), description="Kinds of assets.", examples=["node"])

    def read(self) -> Match:
        """As decisions take it."""
        return Match(self.ou, self.account, Frozen(self.tags), self.kind)

    @property
    def says_nothing(self) -> bool:
        return not (self.ou or self.account or self.tags or self.kind)


def _match(value: Any) -> Any:
    if value == "all":
        return {}
    if value in ({}, None):
        raise Wrong(
            "This matches nothing in particular.", "Name an `ou`, `account`, `tags` or `kind`; or write `match: all` for every asset."
        )
    if isinstance(value, str):
        raise Wrong(f"{value!r} is no match.", "Write it as in `match: {ou: Workloads/Prod}`, or `match: all`.")
    return value


class EnvironmentKeys(Section):
    """A part of the estate that is patched by the same rules. An asset belongs to one environment; two are an error at run time."""

    match: Annotated[MatchKeys, BeforeValidator(_match), Or(const="all")] = Field(
        description="Which assets belong to it.", examples=["{ou: Workloads/Prod}"]
    )
    installer: Installers | None = Field(
        None, description="Who installs: `patchkeep` in rings, or `aws` by a standing task without gates and freezes."
    )
    window: Name | None = Field(None, description="With installer `aws`: the window in which AWS installs.", examples=["prod-saturday"])
    patch_group: Name | None = Field(
        None,
        description="The patch group that its nodes bear already; Patchkeep makes one of its own where it is left out.",
        examples=["prod"],
    )
    in_place: Annotated[tuple[Owned, ...], Listed, ONE] = Field(
        (),
        description="Kinds of owners whose machines are patched in place all the same, though the owner replaces them; without it they are"
        " left to it.",
        examples=["[auto-scaling]"],
    )
