"""What is called by a name: accounts, units, roles, regions, people who approve, severities, and where a secret is kept."""

from __future__ import annotations

import re
from typing import Any

from patchkeep.domain.severity import RATINGS, rating
from patchkeep.policy.mistakes import Wrong, written
from patchkeep.policy.values.texts import one_line, one_of, text

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ROLE = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")
_CALLER = r"(role|user|assumed-role|federated-user)/[\w+=,.@/-]+|root"
_APPROVER = re.compile(rf"aws-sso:[\w+=,.@-]{{1,32}}|arn:aws[a-z-]*:(iam|sts)::[0-9]{{12}}:({_CALLER})", re.ASCII)
_REFERENCE = re.compile(r"(env:[A-Za-z_][A-Za-z0-9_]*|ssm:/?[A-Za-z0-9_./-]+|secretsmanager:[A-Za-z0-9/_+=.@:-]+)")


def name(value: Any) -> str:
    """A name that may go into names and tags of AWS objects."""
    found = text(value)
    if not _NAME.fullmatch(found):
        raise Wrong(f"{found!r} cannot be a name.", "Use letters, digits, `-`, `_` and `.`, at most 64, beginning with a letter or digit.")
    return found


def account(value: Any) -> str:
    """An account id: twelve digits, in quotes, because YAML would read it as a number and drop a leading zero."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise Wrong(f"The account id {written(value)} is read as a number.", f'Put it in quotes: "{written(value)}".')
    found = text(value)
    if not re.fullmatch(r"[0-9]{12}", found):
        raise Wrong(f"{found!r} is no account id.", 'An account id is twelve digits in quotes: "111122223333".')
    return found


def image_owner(value: Any) -> str:
    """Whose a machine image is: `amazon`, `self` or an account id."""
    if value in ("amazon", "self"):
        return str(value)
    if isinstance(value, str) and not value.strip().isdigit():
        raise Wrong(f"{value!r} is no owner of images.", 'Write amazon, self, or an account id in quotes: "111122223333".')
    return account(value)


def organizational_unit(value: Any) -> str:
    """A path of names: "Workloads/Prod"."""
    found = one_line(value)
    if re.fullmatch(r"ou-[0-9a-z]{4,}-[0-9a-z]{8,}|r-[0-9a-z]{4,}", found):
        raise Wrong(f"{found} is an id; environments are matched by the path of names.", "Write it as in `Workloads/Prod`.")
    if found != "/".join(part.strip() for part in found.split("/") if part.strip()):
        fixed = "/".join(part.strip() for part in found.split("/") if part.strip())
        raise Wrong(f"{found!r} has slashes or spaces to spare.", f"Write `{fixed}`." if fixed else "Write it as in `Workloads/Prod`.")
    return found


def role(value: Any) -> str:
    """The name of an IAM role, the same in every account; no ARN."""
    found = text(value)
    if not _ROLE.fullmatch(found):
        raise Wrong(f"{found!r} is no role name.", "Write the name alone, without ARN or path: `PatchkeepRead`.")
    return found


def region(value: Any) -> str:
    found = text(value)
    if not _REGION.fullmatch(found):
        raise Wrong(f"{found!r} is no region.", "Write it as in `eu-central-1`, or `all-enabled` instead of a list.")
    return found


def approver(value: Any) -> str:
    """Somebody whom AWS can vouch for: whoever signed in with a permission set, or the ARN of a role or user."""
    found = text(value)
    if not _APPROVER.fullmatch(found):
        fix = "Write `aws-sso:PermissionSet`, or an ARN as in `arn:aws:iam::111122223333:role/Ops`."
        raise Wrong(f"Nobody can ever approve as {found!r}: AWS knows no such caller.", fix)
    return found


def reference(value: Any) -> str:
    """Where a secret is kept, never the secret itself."""
    found = text(value)
    if not _REFERENCE.fullmatch(found):
        raise Wrong(
            "A secret must not stand in the policy file.",
            "Write where it is kept: `env:NAME`, `ssm:/path/of/parameter` or `secretsmanager:name`.",
        )
    return found


def sla_name(value: Any) -> str:
    """A severity that a deadline is written for."""
    found = text(value)
    if (meant := rating(found)) != found.lower():
        raise Wrong(f"Deadlines are not written for {found}.", f"Write `{meant}`; it holds for what vendors call {found}.")
    return one_of(*RATINGS)(found)
