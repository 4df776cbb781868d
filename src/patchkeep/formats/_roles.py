"""The member roles as the exports show them: names, words, documents, and their trust."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class MemberRole:
    """One role. `inline`: its documents together are small enough to be inline policies. `trust` takes principal and external id."""

    name: str
    about: str
    documents: tuple[Mapping[str, Any], ...]
    inline: bool
    trust: Callable[[Any, Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class MemberRoles:
    """Both roles of a member account, and the policy file that they were computed from: its name, its hash.

    `external_id`: whether the policy file names one, so that the roles ask for it.
    """

    policy: str
    fingerprint: str
    external_id: bool
    read: MemberRole
    write: MemberRole
