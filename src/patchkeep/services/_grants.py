"""How far a permission reaches, said beside the code that makes the calls (RULES 11).

A module of this room may offer `grants(policy)`; of a service that is a package, the package offers them for all its modules. A read
that no grant names is allowed on every resource. Who offers grants names in them every write that the policy has use for; where none
are offered, every write is allowed on everything.
Which calls there are is read from the code itself (`permissions/called.py`): nothing is listed here but where a call may reach.
Resource types and condition keys: the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from patchkeep.domain.frozen import NOTHING, Frozen
from patchkeep.domain.policy import Policy
from patchkeep.domain.setting import OWNER_TAG, SERVES_TAG

EVERYTHING = ("*",)
OUR_TAGS = (OWNER_TAG, SERVES_TAG)  # of objects; those of machines are `services/groups.py`'s


class By(StrEnum):
    """Who makes a call: a member role, or whoever runs Patchkeep."""

    READ = "read"
    WRITE = "write"
    CALLER = "caller"


@dataclass(frozen=True, slots=True)
class Grant:
    """Some operations of one AWS service (botocore's names), on these resources, under these conditions.

    `sid` names the statement in the policy; grants of one sid, alike but for their resources, become one. `resources` hold
    `{partition}` and `{account}`. `by` is only said where it is not the read role for what reads and the write role for what writes.
    """

    sid: str
    service: str
    operations: tuple[str, ...]
    resources: tuple[str, ...] = EVERYTHING
    conditions: Frozen = NOTHING  # operator -> condition key -> values
    by: By | None = None
    at_home: bool = False  # asked in the partition's home region, also where the policy names others


def own(service: str, *paths: str) -> tuple[str, ...]:
    """ARNs in the role's own account, in any region: `own("ssm", "patchbaseline/*")`."""
    return tuple(f"arn:{{partition}}:{service}:*:{{account}}:{path}" for path in paths)


def amazons_documents(*names: str) -> tuple[str, ...]:
    """ARNs of documents that AWS owns: they name no account."""
    return tuple(f"arn:{{partition}}:ssm:*::document/{name}" for name in names)


NODES = (*own("ec2", "instance/*"), *own("ssm", "managed-instance/*"))


def when(**operators: Mapping[str, Iterable[str] | str]) -> Frozen:
    """Conditions by operator: `when(StringLike={"aws:RequestTag/x": "*"})`; all must hold, of several values any."""
    return Frozen(
        {name: {key: (it,) if isinstance(it, str) else tuple(it) for key, it in keys.items()} for name, keys in operators.items()}
    )


def every_key(keys: Iterable[str]) -> dict[str, Any]:
    """The operator that lets a request touch no tag beside these, to be given to `when` with others."""
    return {"ForAllValues:StringEquals": {"aws:TagKeys": tuple(keys)}}


def marked_ours(policy: Policy) -> Frozen:
    """The object bears our ownership tag for this policy. Its value begins with the organization's id, which no policy file knows."""
    return when(StringLike={f"aws:ResourceTag/{OWNER_TAG}": f"*/{policy.name}"})


def marking_ours(policy: Policy) -> Frozen:
    """The request puts our ownership tag on, and no tag but ours."""
    return when(StringLike={f"aws:RequestTag/{OWNER_TAG}": f"*/{policy.name}"}, **every_key(OUR_TAGS))
