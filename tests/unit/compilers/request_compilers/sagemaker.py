"""A training job as SageMaker's CreateTrainingJob takes it."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.results.requests import NativeRequest
from mlops_cloud.specs.evaluation import CLASSIFICATION, REGRESSION
from request_compilers.merging import merged

if TYPE_CHECKING:
    from mlops_cloud.results.identity import Uri
    from mlops_cloud.results.requests import RequestContext
    from mlops_cloud.specs.compute import Compute
    from mlops_cloud.specs.job import TrainingJob

ROLE_PLACEHOLDER = "arn:aws:iam::000000000000:role/mlops-cloud-role"
"""What `<role>` is where only an ARN is taken: a plan without any configuration still passes the service's model."""

_DATA = "/opt/ml/input/data"
_LONGEST_VALUE = 512  # of Environment, in CreateTrainingJob; hyperparameters take 2500
_MOST_METRICS = 40
_LONGEST_PATTERN = 400  # a Regex takes 500 characters
_MACHINES = (  # name, virtual CPUs, GiB
    ("ml.m5.large", 2, 8),
    ("ml.m5.xlarge", 4, 16),
    ("ml.m5.2xlarge", 8, 32),
    ("ml.m5.4xlarge", 16, 64),
    ("ml.m5.12xlarge", 48, 192),
    ("ml.m5.24xlarge", 96, 384),
)


@dataclass(frozen=True)
class SageMakerConfig:
    """The profile's fields that reach a training job."""

    region: str
    bucket: str
    image: str
    role: str = ""
    prefix: str = "mlops-cloud"
    kms_key: str = ""
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    secrets: dict[str, str] = field(default_factory=dict)


def training_requests(spec: TrainingJob, config: SageMakerConfig, context: RequestContext) -> list[NativeRequest]:
    """Upload of the parameters' file, then the job."""
    _refuse_long_values(spec)
    folder = f"{config.prefix}/{context.project}/jobs/{context.key.name(63)}"
    upload = {
        "Bucket": config.bucket,
        "Key": f"{folder}/input/parameters.json",
        "Body": json.dumps(spec.parameters, sort_keys=True),
        "IfNoneMatch": "*",
    }
    job = _job(spec, config, context, f"s3://{config.bucket}/{folder}")
    body = merged(job, spec.native.get("sagemaker", {}))
    missing = (ROLE_PLACEHOLDER,) if body["RoleArn"] == ROLE_PLACEHOLDER else ()
    return [
        NativeRequest("s3", "PutObject", upload),
        NativeRequest("sagemaker", "CreateTrainingJob", body, needs=missing),
    ]


def _job(spec: TrainingJob, config: SageMakerConfig, context: RequestContext, folder: str) -> dict[str, Any]:
    inputs = {
        "code": context.code,
        "mlops-parameters": f"{folder}/input/parameters.json",
        **{f"mlops-package-{number}": uri for number, uri in enumerate(context.packages)},
        **context.inputs,
    }
    body: dict[str, Any] = {
        "TrainingJobName": context.key.name(63),
        "RoleArn": config.role or ROLE_PLACEHOLDER,
        "AlgorithmSpecification": {
            "TrainingImage": spec.environment.image or config.image,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3"],
            "ContainerArguments": _arguments(spec, config, context),
            "MetricDefinitions": _metrics(spec),
        },
        "InputDataConfig": [_channel(name, uri) for name, uri in inputs.items()],
        "OutputDataConfig": {"S3OutputPath": f"{folder}/output", "CompressionType": "NONE"},
        "ResourceConfig": _resources(spec.compute),
        "StoppingCondition": {"MaxRuntimeInSeconds": math.ceil(spec.compute.max_runtime)},
        "CheckpointConfig": {"S3Uri": f"{folder}/checkpoints", "LocalPath": "/opt/ml/checkpoints"},
        "Tags": _tags(context),
    }
    if spec.env:
        body["Environment"] = dict(spec.env)
    for part in (_spot(spec.compute), _network(config, spec.compute), _encryption(config)):
        body = merged(body, part)
    return body


def _refuse_long_values(spec: TrainingJob) -> None:
    for name, value in spec.env.items():
        if len(value) > _LONGEST_VALUE:
            raise InvalidSpecError(
                f"env.{name} has {len(value)} characters",
                why=f"SageMaker takes at most {_LONGEST_VALUE} in an environment value",
                fix="put it into parameters or a file",
            )


def _arguments(spec: TrainingJob, config: SageMakerConfig, context: RequestContext) -> list[str]:
    arguments = [
        f"{_DATA}/code/{_file_name(context.code)}",
        f"--mlops-parameters={_DATA}/mlops-parameters/parameters.json",
    ]
    for number, uri in enumerate(context.packages):
        arguments.append(f"--mlops-package={_DATA}/mlops-package-{number}/{_file_name(uri)}")
    for name in spec.secrets:
        if name not in config.secrets:
            raise InvalidSpecError(
                f"secret {name} is not in the profile", fix=f"add it to profiles.<name>.secrets: {name}"
            )
        arguments.append(f"--mlops-secret={name}={config.secrets[name]}")
    return arguments


def _file_name(uri: Uri) -> str:
    return uri.rsplit("/", 1)[1]


def _metrics(spec: TrainingJob) -> list[dict[str, str]]:
    # A courtesy for the console: the service wants names beforehand. The truth is metrics.jsonl.
    names = dict.fromkeys([*spec.metrics, *CLASSIFICATION, *REGRESSION, "loss"])
    known = [name for name in names if len(re.escape(name)) <= _LONGEST_PATTERN]
    found = [{"Name": name, "Regex": rf"\[metric\] {re.escape(name)}=([-+.0-9a-z]+)"} for name in known]
    return found[:_MOST_METRICS]


def _channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "InputMode": "File"}


def _resources(compute: Compute) -> dict[str, Any]:
    return {
        "InstanceType": compute.instance_type or _machine(compute),
        "InstanceCount": compute.instances,
        "VolumeSizeInGB": math.ceil(compute.disk / 2**30),
    }


def _machine(compute: Compute) -> str:
    for name, cpu, memory in _MACHINES:
        if not compute.gpu and cpu >= compute.cpu and memory * 2**30 >= compute.memory:
            return name
    raise InvalidSpecError("no machine of our table is that large", fix="name one as compute.instance_type")


def _tags(context: RequestContext) -> list[dict[str, str]]:
    ours = {"mlops-cloud-project": context.project, "mlops-cloud-key": context.key.digest}
    return [{"Key": name, "Value": value} for name, value in {**context.tags, **ours}.items()]


def _spot(compute: Compute) -> dict[str, Any]:
    if not compute.spot:
        return {}
    # Waiting for a machine counts too; the wait may not be shorter than the run.
    longest = math.ceil(2 * compute.max_runtime)
    return {"EnableManagedSpotTraining": True, "StoppingCondition": {"MaxWaitTimeInSeconds": longest}}


def _network(config: SageMakerConfig, compute: Compute) -> dict[str, Any]:
    if not config.subnets:
        return {}
    network = {"Subnets": list(config.subnets), "SecurityGroupIds": list(config.security_groups)}
    return {"VpcConfig": network, "EnableInterContainerTrafficEncryption": compute.instances > 1}


def _encryption(config: SageMakerConfig) -> dict[str, Any]:
    if not config.kms_key:
        return {}
    return {"OutputDataConfig": {"KmsKeyId": config.kms_key}, "ResourceConfig": {"VolumeKmsKeyId": config.kms_key}}
