"""Parameters that know which of them an operation has read: what AWS would heed and the sandbox ignores must not stay unseen."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from copy import deepcopy
from typing import Any


class Watched(dict[str, Any]):
    """A copy of a request's parameters. `unread` are the names nobody has asked for; going through all of them reads all."""

    unread: set[str]

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__({name: deepcopy(value) for name, value in params.items()})
        self.unread = set(params)

    def __getitem__(self, name: str) -> Any:
        self.unread.discard(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.unread.discard(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.unread.discard(str(name))
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self.unread.clear()
        return super().__iter__()

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        self.unread.clear()
        return super().keys()

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        self.unread.clear()
        return super().values()

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        self.unread.clear()
        return super().items()

    def __or__(self, other: Any) -> Any:
        self.unread.clear()
        return dict(super().items()) | other

    def __ror__(self, other: Any) -> Any:
        self.unread.clear()
        return other | dict(super().items())
