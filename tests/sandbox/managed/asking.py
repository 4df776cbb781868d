"""An emulated service asked without HTTP: an organization with some resources, and answers held against AWS's model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from patchkeep.sandbox import orgfile
from patchkeep.sandbox.managed.service import measures
from patchkeep.sandbox.operation import OPERATIONS, AwsError, Request
from patchkeep.sandbox.protocol import service_model
from patchkeep.sandbox.server import load_operations
from patchkeep.sandbox.validation import violations
from patchkeep.sandbox.world import World
from tests.managed.walking import MEMBER, organization

REGION = "eu-central-1"


@dataclass(frozen=True, slots=True)
class Place:
    """One service in the one account that has resources."""

    world: World
    service: str

    def __call__(self, operation: str, **params: Any) -> dict[str, Any]:
        answer = OPERATIONS[self.service, operation](Request(self.world, MEMBER, REGION, "arn:aws:iam::1:user/test", params))
        wrong = violations(answer, service_model(self.service).operation_model(operation).output_shape)
        assert [str(one) for one in wrong] == [], operation
        return answer

    def refuses(self, operation: str, **params: Any) -> str:
        """The code with which it does."""
        with pytest.raises(AwsError) as caught:
            self(operation, **params)
        return caught.value.code

    def metric(self, namespace: str, name: str, dimensions: Mapping[str, str]) -> float | None:
        """CloudWatch's value of it, now."""
        request = Request(self.world, MEMBER, REGION, "arn:aws:iam::1:user/test")
        return measures()[namespace](request, name, dimensions, self.now)

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def wait(self, **by: float) -> None:
        self.world.clock.advance(self.now + timedelta(**by))


def place(service: str, resources: str) -> Place:
    load_operations()
    return Place(orgfile.build(orgfile.parse(organization(resources))), service)
