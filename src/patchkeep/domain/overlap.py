"""Whether what one rule of the policy matches is within what another does, or can be: told from the rules alone. Pure."""

from __future__ import annotations

from patchkeep.domain.policy import Match


def contains(outer: Match, inner: Match) -> bool:
    """Whether every asset that meets `inner` meets `outer`, too."""
    return (
        (not outer.ous or (bool(inner.ous) and all(any(_below(ou, top) for top in outer.ous) for ou in inner.ous)))
        and _within(outer.accounts, inner.accounts)
        and _within(outer.kinds, inner.kinds)
        and all(_within(values, inner.tags.get(key, ())) for key, values in outer.tags.items())
    )


def _within(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
    return not outer or (bool(inner) and set(inner) <= set(outer))


def compatible(one: Match, other: Match) -> bool:
    """Whether an asset can meet both."""
    return (
        _meet(one.accounts, other.accounts)
        and _meet(one.kinds, other.kinds)
        and (not one.ous or not other.ous or any(_below(a, b) or _below(b, a) for a in one.ous for b in other.ous))
        and all(_meet(values, other.tags.get(key, ())) for key, values in one.tags.items())
    )


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return not one or not other or not set(one).isdisjoint(other)


def _below(ou: str, ancestor: str) -> bool:
    return ou == ancestor or ou.startswith(f"{ancestor}/")
