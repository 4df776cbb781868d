"""Why nothing can be asked of AWS as this machine is set up: one sentence that names the profile, file or variable, and the next step."""

from __future__ import annotations

import os
from pathlib import Path

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    ConnectionError,  # noqa: A004 - botocore's name
    HTTPClientError,
    InvalidEndpointConfigurationError,
    ProfileNotFound,
    ProxyConnectionError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

Unusable = ClientError | BotoCoreError | ResponseParserError
PROFILES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")  # in botocore's order
ENDPOINTS = ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL")
_OTHER_PARTITION = "for China, GovCloud and other partitions set AWS_REGION to one of theirs."


def why_unusable(error: Unusable, region: str, endpoint: str) -> str:
    """What the error of the first call to STS means. `endpoint`: where it was sent; "" where it didn't come to that."""
    match error:
        case ProfileNotFound():
            return _no_profile(str(error.kwargs["profile"]))
        case ConfigParseError():
            return _broken_file(error)
        case InvalidEndpointConfigurationError():
            like = f"Write one like https://sts.{region}.amazonaws.com, or unset it."
            return f"{_of_endpoint()} is no address ({error.kwargs['msg']}). {like}"
        case ClientError():
            code = error.response.get("Error", {}).get("Code", "")
            elsewhere = f"They were asked for in {region}: {_OTHER_PARTITION}"
            return f"AWS does not accept these credentials ({code}{_of_profile(', profile ')}). {_sign_in()} {elsewhere}"
        case SSOError() | TokenRetrievalError():
            return f"The SSO session{_of_profile(' of profile ')} cannot be used: {error} Sign in again with {_sso_login()}."
        case ConnectionError() | HTTPClientError():
            return _unreachable(error, endpoint)
        case ResponseParserError():
            return f"What answered at {endpoint} is not STS. {_check_network()}"
        case _:
            return f"No usable AWS credentials{_of_profile(' in profile ')}: {error}. {_sign_in()}"


def _no_profile(profile: str) -> str:
    name = _set_of(PROFILES) or "AWS_PROFILE"
    choose = f"`aws configure list-profiles` lists those there are: set {name} to one of them, or unset it."
    return f"There is no AWS profile {profile!r} ({name}) in this machine's AWS configuration. {choose}"


def _broken_file(error: ConfigParseError) -> str:
    """Without what stands in the file: it may be a secret."""
    path = str(error.kwargs["path"])
    credentials = os.environ.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
    name = "AWS_SHARED_CREDENTIALS_FILE" if Path(path) == Path(credentials).expanduser() else "AWS_CONFIG_FILE"
    line = getattr(error.kwargs.get("error"), "lineno", None)
    return f"{path}{f', line {line}' if line else ''} cannot be read as AWS configuration. Correct it, or name another file in {name}."


def _unreachable(error: BotoCoreError, endpoint: str) -> str:
    asked = str(error.kwargs.get("endpoint_url") or endpoint).rstrip("/")
    who = "STS at " if asked == endpoint.rstrip("/") else ""
    through = f" through the proxy {error.kwargs['proxy_url']}" if isinstance(error, ProxyConnectionError) else ""
    cause = f" ({error.kwargs['error']})" if isinstance(error, SSLError) else ""
    return f"{who}{asked} could not be reached{through}{cause}. {_check_network()}"


def _check_network() -> str:
    if name := _set_of(ENDPOINTS):
        return f"Correct {name}, unset it, or start what should answer there."
    return "Check the network, the proxy (HTTPS_PROXY) and its certificates (AWS_CA_BUNDLE), and `endpoint_url` in AWS's configuration."


def _of_endpoint() -> str:
    return _set_of(ENDPOINTS) or "`endpoint_url` in this machine's AWS configuration"


def _of_profile(before: str) -> str:
    """The profile in use, where one is named."""
    name = _set_of(PROFILES)
    return f"{before}{os.environ[name]}" if name else ""


def _sign_in() -> str:
    return f"Sign in with {_sso_login()} or `aws configure`; `aws sts get-caller-identity` shows whether it worked."


def _sso_login() -> str:
    name = _set_of(PROFILES)
    return f"`aws sso login --profile {os.environ[name]}`" if name else "`aws sso login --profile NAME` (and set AWS_PROFILE)"


def _set_of(names: tuple[str, ...]) -> str:
    return next((name for name in names if name in os.environ), "")
