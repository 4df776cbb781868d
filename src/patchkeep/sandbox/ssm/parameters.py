"""Parameter Store, as far as single parameters go: put, get and delete by name. No labels or policies; of AWS's own parameters one.

Source: botocore's models of PutParameter, GetParameter, GetParameters and DeleteParameter. A SecureString is given back as
ciphertext unless decryption is asked for.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from patchkeep.sandbox.ec2.images import PARAMETER, releases
from patchkeep.sandbox.operation import Answer, AwsError, Request, operation
from patchkeep.sandbox.ssm.ids import arn
from patchkeep.sandbox.ssm.tagging import put_tags, tags_of

if TYPE_CHECKING:
    from patchkeep.sandbox.world import Site

STANDARD_BYTES = 4096  # of a value in the standard tier
RESERVED = ("aws", "ssm")


def parameters(site: Site) -> dict[str, dict[str, Any]]:
    return cast(dict[str, dict[str, Any]], site.kept["ssm.parameters"])


@operation("ssm", "PutParameter")
def put_parameter(request: Request) -> Answer:
    name, kept, asked = request.params["Name"], parameters(request.site), request.params
    there = kept.get(name)
    if name.lstrip("/").lower().startswith(RESERVED):
        raise AwsError("ValidationException", f'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive): {name}')
    if there and not asked.get("Overwrite"):
        raise AwsError("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option to true.")
    if there and asked.get("Tags"):
        raise AwsError("ValidationException", "Invalid request: tags and overwrite can't be used together.")
    kind = asked.get("Type") or (there or {}).get("Type")
    if kind is None:
        raise AwsError("ValidationException", "A parameter type is required when you create a parameter.")
    if len(asked["Value"].encode()) > STANDARD_BYTES:
        raise AwsError("ValidationException", f"Standard tier parameters support a maximum parameter value of {STANDARD_BYTES} characters.")
    version = there["Version"] + 1 if there else 1
    kept[name] = {"Name": name, "Type": kind, "Value": asked["Value"], "Version": version, "LastModifiedDate": request.now}
    put_tags(request.site, "Parameter", name, asked.get("Tags", ()))
    return {"Version": version, "Tier": "Standard"}


@operation("ssm", "GetParameter")
def get_parameter(request: Request) -> Answer:
    name = request.params["Name"]
    found = _found(request, name)
    if found is None:
        raise AwsError("ParameterNotFound")
    return {"Parameter": found}


@operation("ssm", "GetParameters")
def get_parameters(request: Request) -> Answer:
    found = {name: _found(request, name) for name in request.params["Names"]}
    return {"Parameters": [one for one in found.values() if one], "InvalidParameters": [name for name, one in found.items() if one is None]}


@operation("ssm", "DeleteParameter")
def delete_parameter(request: Request) -> Answer:
    name = request.params["Name"]
    if parameters(request.site).pop(name, None) is None:
        raise AwsError("ParameterNotFound")
    tags_of(request.site, "Parameter", name).clear()
    return {}


def _found(request: Request, name: str) -> Answer | None:
    site = request.site
    plain = name.split(":parameter", 1)[-1] if name.startswith("arn:") else name
    kept = parameters(site).get(plain) or parameters(site).get(plain.lstrip("/"))
    if plain == PARAMETER:
        return _public(request)
    if kept is None:
        return None
    value = kept["Value"]
    if kept["Type"] == "SecureString" and not request.params.get("WithDecryption"):
        value = base64.b64encode(b"sealed:" + value.encode()).decode()
    return {**kept, "Value": value, "ARN": arn(site, f"parameter/{kept['Name'].lstrip('/')}"), "DataType": "text"}


def _public(request: Request) -> Answer:
    """The one public parameter that there is here: the newest of Amazon's images. Its ARN names no account."""
    newest = releases(request.region, request.now)[-1]
    made, name = datetime.fromisoformat(newest["CreationDate"]), f"arn:aws:ssm:{request.region}::parameter{PARAMETER}"
    version = len(releases(request.region, request.now))
    shown = {"Name": PARAMETER, "Type": "String", "Value": newest["ImageId"], "Version": version, "LastModifiedDate": made}
    return {**shown, "ARN": name, "DataType": "aws:ec2:image"}
