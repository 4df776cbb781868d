"""Condition operators of IAM policies, for one key of a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html; several keys and values:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from patchkeep.sandbox.permissions.patterns import arn_like, like

Context = Mapping[str, Sequence[str]]  # condition key in lower case -> its values in the request; a key that is absent is not there

_FOR_ALL, _FOR_ANY, _IF_EXISTS = "ForAllValues:", "ForAnyValue:", "IfExists"


def _equals(value: str, wanted: str) -> bool:
    return value == wanted


def _equals_ignoring_case(value: str, wanted: str) -> bool:
    return value.lower() == wanted.lower()


_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_ignoring_case,
    "StringLike": like,
    "ArnEquals": arn_like,  # IAM: ArnEquals and ArnLike behave identically
    "ArnLike": arn_like,
    "Bool": _equals_ignoring_case,
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnLike",
    "ArnNotLike": "ArnLike",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key. `holds` for a request's context says whether the statement is about it."""

    operator: str  # without its prefix and suffix
    key: str
    values: tuple[str, ...]
    for_all: bool = False
    for_any: bool = False
    if_exists: bool = False

    def holds(self, context: Context) -> bool:
        there = context.get(self.key.lower())
        if self.operator == "Null":
            return (self.values[0].lower() == "true") is (not there)
        if there is None or (not there and not self.for_any):
            return self._without_key()
        negated = self.operator in _NEGATED
        matches = _MATCHES[_NEGATED.get(self.operator, self.operator)]
        fits = [any(matches(value, wanted) for wanted in self.values) is not negated for value in there]
        return all(fits) if self.for_all else any(fits) if self.for_any else all(fits) and len(there) == 1

    def _without_key(self) -> bool:
        """An absent key meets ForAllValues, ...IfExists and the negated operators, and no other."""
        if self.for_any:
            return self.if_exists
        return self.for_all or self.if_exists or self.operator in _NEGATED


def condition_of(operator: str, key: str, values: tuple[str, ...]) -> Condition:
    """Raises ValueError for an operator that is not emulated."""
    plain = operator.removeprefix(_FOR_ALL).removeprefix(_FOR_ANY).removesuffix(_IF_EXISTS)
    if plain not in _MATCHES and plain not in _NEGATED and plain != "Null":
        raise ValueError(f"the operator {operator} is not emulated")
    return Condition(
        plain,
        key,
        values,
        for_all=operator.startswith(_FOR_ALL),
        for_any=operator.startswith(_FOR_ANY),
        if_exists=operator.endswith(_IF_EXISTS),
    )
