"""A training job as Vertex AI's CreateCustomJob takes it, in proto3 JSON."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.results.requests import NativeRequest
from mlops_cloud.safety.names import slug
from request_compilers.merging import merged

if TYPE_CHECKING:
    from mlops_cloud.results.requests import RequestContext
    from mlops_cloud.specs.compute import Compute
    from mlops_cloud.specs.job import TrainingJob

_LONGEST_LABEL = 63
_MACHINES = (  # name, virtual CPUs, GiB
    ("n1-standard-4", 4, 15),
    ("n1-standard-8", 8, 30),
    ("n1-standard-16", 16, 60),
    ("n1-standard-32", 32, 120),
    ("n1-standard-96", 96, 360),
)


@dataclass(frozen=True)
class VertexConfig:
    """The profile's fields that reach a custom job."""

    project: str
    location: str
    bucket: str
    image: str
    prefix: str = "mlops-cloud"
    service_account: str = ""
    network: str = ""
    kms_key: str = ""
    secrets: dict[str, str] = field(default_factory=dict)


def training_requests(spec: TrainingJob, config: VertexConfig, context: RequestContext) -> list[NativeRequest]:
    """Upload of the parameters' file, then the job; its resource name is the service's to choose."""
    parent = f"projects/{config.project}/locations/{config.location}"
    folder = f"{config.prefix}/{context.project}/jobs/{context.key.name(63)}"
    parameters = f"{folder}/input/parameters.json"
    upload = {
        "bucket": config.bucket,
        "name": parameters,
        "ifGenerationMatch": "0",
        "media": json.dumps(spec.parameters, sort_keys=True),
    }
    job = _job(spec, config, context, f"gs://{config.bucket}/{folder}")
    body = {"parent": parent, "customJob": merged(job, spec.native.get("vertex", {}))}
    made = f"{parent}/customJobs/0000000000000000000"
    return [
        NativeRequest("storage", "objects.insert", upload),
        NativeRequest("aiplatform", "JobService.CreateCustomJob", body, produces=(made,)),
    ]


def label(text: str) -> str:
    """The nearest legal label: lower-case letters, digits, `_` and `-`, at most 63."""
    return slug(text, _LONGEST_LABEL).replace(".", "-")


def _job(spec: TrainingJob, config: VertexConfig, context: RequestContext, folder: str) -> dict[str, Any]:
    job: dict[str, Any] = {
        "workerPoolSpecs": _pools(spec, config, context, folder),
        "scheduling": {
            "timeout": f"{math.ceil(spec.compute.max_runtime)}s",
            "strategy": "SPOT" if spec.compute.spot else "STANDARD",
            # A restart of the service's own would be an attempt that our key does not count.
            "disableRetries": True,
        },
        "baseOutputDirectory": {"outputUriPrefix": folder},
    }
    optional = {"serviceAccount": config.service_account, "network": config.network}
    job.update({name: value for name, value in optional.items() if value})
    body: dict[str, Any] = {"displayName": context.key.name(63), "jobSpec": job, "labels": _labels(context)}
    if config.kms_key:
        body["encryptionSpec"] = {"kmsKeyName": config.kms_key}
    return body


def _labels(context: RequestContext) -> dict[str, str]:
    ours = {"mlops-cloud-project": label(context.project), "mlops-cloud-key": context.key.digest}
    return {**{label(name): label(value) for name, value in context.tags.items()}, **ours}


def _pools(spec: TrainingJob, config: VertexConfig, context: RequestContext, folder: str) -> list[dict[str, Any]]:
    pool = {
        "machineSpec": _machine(spec.compute),
        "replicaCount": "1",  # an int64 is text in proto3 JSON
        "diskSpec": {"bootDiskType": "pd-ssd", "bootDiskSizeGb": max(100, math.ceil(spec.compute.disk / 2**30))},
        "containerSpec": {
            "imageUri": spec.environment.image or config.image,
            "command": ["python3", _mounted(context.code)],
            "args": _arguments(spec, config, context, folder),
            "env": [{"name": name, "value": value} for name, value in spec.env.items()],
        },
    }
    # The first pool is the chief and has exactly one replica.
    others = {**pool, "replicaCount": str(spec.compute.instances - 1)}
    return [pool] if spec.compute.instances == 1 else [pool, others]


def _mounted(uri: str) -> str:
    return re.sub(r"^gs://", "/gcs/", uri)


def _arguments(spec: TrainingJob, config: VertexConfig, context: RequestContext, folder: str) -> list[str]:
    arguments = [f"--mlops-parameters={folder}/input/parameters.json", f"--mlops-output-dir={folder}/output"]
    arguments += [f"--mlops-package={uri}" for uri in context.packages]
    arguments += [f"--mlops-input={name}={uri}" for name, uri in context.inputs.items()]
    for name in spec.secrets:
        if name not in config.secrets:
            raise InvalidSpecError(
                f"secret {name} is not in the profile", fix=f"add it to profiles.<name>.secrets: {name}"
            )
        arguments.append(f"--mlops-secret={name}={config.secrets[name]}")
    return arguments


def _machine(compute: Compute) -> dict[str, Any]:
    machine: dict[str, Any] = {"machineType": compute.instance_type or _machine_type(compute)}
    if compute.gpu:
        machine |= {"acceleratorType": compute.gpu_type or "NVIDIA_TESLA_T4", "acceleratorCount": compute.gpu}
    return machine


def _machine_type(compute: Compute) -> str:
    for name, cpu, memory in _MACHINES:
        if cpu >= compute.cpu and memory * 2**30 >= compute.memory:
            return name
    raise InvalidSpecError("no machine of our table is that large", fix="name one as compute.instance_type")
