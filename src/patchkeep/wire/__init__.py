"""The one composition root: builds the doors and hands them to the verbs."""

from patchkeep.wire.emulated import (
    SandboxClock,
    SandboxLost,
    SandboxRefused,
    sandbox_at,
    sandbox_environment,
    sandbox_external_id,
    sandbox_grants,
    sandbox_lifecycles,
    sandbox_process,
    sandbox_promises,
    sandbox_sign_in,
    sandbox_truth,
    serve_sandbox,
    signed_in,
)
from patchkeep.wire.feeds import documents
from patchkeep.wire.files import read_policy
from patchkeep.wire.opening import House, database_url, house, newest_snapshot, regions_of_aws

__all__ = [
    "House",
    "SandboxClock",
    "SandboxLost",
    "SandboxRefused",
    "database_url",
    "documents",
    "house",
    "newest_snapshot",
    "read_policy",
    "regions_of_aws",
    "sandbox_at",
    "sandbox_environment",
    "sandbox_external_id",
    "sandbox_grants",
    "sandbox_lifecycles",
    "sandbox_process",
    "sandbox_promises",
    "sandbox_sign_in",
    "sandbox_truth",
    "serve_sandbox",
    "signed_in",
]
