"""Elastic Beanstalk, emulated: environments on platform versions, managed updates in their window, updates that fail and are rolled back.

Facts are those of the AWS Elastic Beanstalk Developer Guide and API Reference, named where they are used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from patchkeep.sandbox.elasticbeanstalk.plant import SETTINGS, TRAITS, plant
from patchkeep.sandbox.elasticbeanstalk.state import RED, Environment
from patchkeep.sandbox.managed.resource import kept
from patchkeep.sandbox.managed.service import Kind, Managed
from patchkeep.sandbox.operation import Request

SEVERE, OK = 25.0, 0.0


def arns(_operation: str, request: Request) -> Iterator[str]:
    """The environments that a request names: a name is one environment's, whatever its application."""
    there = kept(request.site, Environment)
    names = {request.params.get("EnvironmentName"), *request.params.get("EnvironmentNames", ())} - {None}
    for name in sorted(names):
        yield there[name].arn if name in there else f"arn:aws:elasticbeanstalk:{request.region}:{request.account}:environment/none/{name}"
    if arn := request.params.get("ResourceArn"):
        yield arn


def measure(request: Request, metric: str, dimensions: Mapping[str, str], at: datetime) -> float | None:
    """EnvironmentHealth ("Publishing Amazon CloudWatch custom metrics for an environment"): 0 is Ok, 25 Severe; None: no data."""
    one = kept(request.site, Environment).get(dimensions.get("EnvironmentName", ""))
    if one is None or metric != "EnvironmentHealth" or one.reporting != "enhanced" or at < one.made:
        return None
    return SEVERE if one.health == RED else OK


SERVICE = Managed(
    "elasticbeanstalk",
    kinds={"beanstalk-environment": Kind(plant, TRAITS, SETTINGS)},
    arns=arns,
    measures={"AWS/ElasticBeanstalk": measure},
)
