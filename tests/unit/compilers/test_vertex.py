"""A Vertex AI custom job, against a list of the fields, enums and limits that the service documents.

The SDK's messages would be the judge; without them this list is ours, written from the documentation of CustomJob,
and can be wrong where the documentation is.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from request_compilers.vertex import VertexConfig, training_requests

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.results.identity import Key, Uri
from mlops_cloud.specs.compute import Compute
from mlops_cloud.specs.job import TrainingJob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlops_cloud.results.requests import NativeRequest, RequestContext

IMAGE = "europe-docker.pkg.dev/vertex-ai/training/sklearn-cpu.1-6:latest"
CONFIG = VertexConfig(project="my-project", location="europe-west4", bucket="my-bucket", image=IMAGE)
FULL = dataclasses.replace(
    CONFIG,
    service_account="ml@my-project.iam.gserviceaccount.com",
    network="projects/12345/global/networks/ml",
    kms_key="projects/my-project/locations/europe-west4/keyRings/ring/cryptoKeys/key",
    secrets={"DB_URL": "gcp-sm://db"},
)

TEXT, INT32, INT64, BOOL = "text", "int32", "int64", "bool"
DURATION = re.compile(r"\d+(\.\d{1,9})?s")
LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
STRATEGIES = {"ON_DEMAND", "LOW_COST", "STANDARD", "SPOT", "FLEX_START"}
POOL = {
    "machineSpec": {"machineType": TEXT, "acceleratorType": TEXT, "acceleratorCount": INT32, "tpuTopology": TEXT},
    "replicaCount": INT64,
    "diskSpec": {"bootDiskType": {"pd-ssd", "pd-standard", "hyperdisk-balanced"}, "bootDiskSizeGb": INT32},
    "containerSpec": {"imageUri": TEXT, "command": [TEXT], "args": [TEXT], "env": [{"name": TEXT, "value": TEXT}]},
}
CUSTOM_JOB: dict[str, Any] = {
    "displayName": TEXT,
    "jobSpec": {
        "workerPoolSpecs": [POOL],
        "scheduling": {
            "timeout": DURATION, "restartJobOnWorkerRestart": BOOL, "strategy": STRATEGIES, "disableRetries": BOOL,
            "maxWaitDuration": DURATION,
        },
        "serviceAccount": TEXT, "network": TEXT, "reservedIpRanges": [TEXT], "enableWebAccess": BOOL,
        "baseOutputDirectory": {"outputUriPrefix": re.compile(r"gs://.+")}, "tensorboard": TEXT, "experiment": TEXT,
        "persistentResourceId": TEXT, "enableDashboardAccess": BOOL, "protectedArtifactLocationId": TEXT,
    },
    "labels": dict,
    "encryptionSpec": {"kmsKeyName": TEXT},
}  # fmt: skip
REQUIRED = ("displayName", "jobSpec")


def problems(schema: Any, value: Any, path: str) -> Iterator[str]:
    """Fields that do not exist, and values of the wrong form."""
    if schema is dict:
        yield from label_problems(value)
    elif isinstance(schema, dict):
        yield from (f"{path}.{name} does not exist" for name in value if name not in schema)
        for name in value:
            yield from problems(schema.get(name, object), value[name], f"{path}.{name}")
    elif isinstance(schema, list):
        for number, item in enumerate(value):
            yield from problems(schema[0], item, f"{path}[{number}]")
    elif schema is not object and not fits(schema, value):
        yield f"{path}: {value!r}"


def fits(schema: Any, value: Any) -> bool:
    if isinstance(schema, set):
        return value in schema
    if isinstance(schema, re.Pattern):
        return isinstance(value, str) and bool(schema.fullmatch(value))
    kinds = {TEXT: str, INT32: int, INT64: str, BOOL: bool}
    return type(value) is kinds[schema] and (schema != INT64 or value.isdigit())


def label_problems(labels: dict[str, str]) -> Iterator[str]:
    if len(labels) > 64:
        yield f"{len(labels)} labels"
    for name, value in labels.items():
        if not LABEL_KEY.fullmatch(name) or not LABEL_VALUE.fullmatch(value):
            yield f"label {name}={value}"


def all_problems(request: NativeRequest) -> list[str]:
    job = request.body["customJob"]
    missing = [name for name in REQUIRED if not job.get(name)]
    chief = [] if job["jobSpec"]["workerPoolSpecs"][0]["replicaCount"] == "1" else ["the first pool has one replica"]
    return [*missing, *chief, *problems(CUSTOM_JOB, job, "customJob")]


@pytest.fixture
def on_google(context: RequestContext) -> RequestContext:
    def moved(uri: Uri) -> Uri:
        return Uri(uri.replace("s3://", "gs://"))

    inputs = {name: moved(uri) for name, uri in context.inputs.items()}
    packages = tuple(moved(uri) for uri in context.packages)
    return dataclasses.replace(context, code=moved(context.code), packages=packages, inputs=inputs)


def test_small_job(on_google: RequestContext, golden: Callable[[str, object], None]) -> None:
    requests = training_requests(TrainingJob(script="train.py"), CONFIG, on_google)
    assert all_problems(requests[-1]) == []
    golden("compilers/vertex-small.json", [dataclasses.asdict(request) for request in requests])


def test_job_with_everything(on_google: RequestContext, golden: Callable[[str, object], None]) -> None:
    spec = TrainingJob(
        script="train.py",
        parameters={"depth": 4, "note": "; $(reboot)\nnext"},
        env={"MODE": "fast"},
        secrets=["DB_URL"],
        compute=Compute(cpu=6, memory="24Gi", gpu=2, disk="200G", instances=3, spot=True, max_runtime="90m"),
        native={"vertex": {"jobSpec": {"enableWebAccess": True}}},
    )
    requests = training_requests(spec, FULL, on_google)
    assert all_problems(requests[-1]) == []
    assert [pool["replicaCount"] for pool in requests[-1].body["customJob"]["jobSpec"]["workerPoolSpecs"]] == ["1", "2"]
    golden("compilers/vertex-full.json", [dataclasses.asdict(request) for request in requests])


def test_labels_are_legal_for_any_name(on_google: RequestContext) -> None:
    context = dataclasses.replace(
        on_google,
        project="a._b-9" * 10,
        key=Key("training", "x.y_z" * 12, "f" * 32),
        tags={"Größe": "Ä" * 80, "a.b": "C D"},
    )
    request = training_requests(TrainingJob(script="train.py"), CONFIG, context)[-1]
    assert all_problems(request) == []
    assert request.body["customJob"]["labels"]["mlops-cloud-key"] == "f" * 32


def test_nothing_but_the_parameters_file_holds_parameters(on_google: RequestContext) -> None:
    text = "; $(reboot)\n" + "x" * 5000
    upload, job = training_requests(TrainingJob(script="t.py", parameters={"text": text}), CONFIG, on_google)
    assert json.loads(upload.body["media"]) == {"text": text}
    assert text not in json.dumps(job.body)
    pool = job.body["customJob"]["jobSpec"]["workerPoolSpecs"][0]
    assert f"--mlops-parameters=gs://{upload.body['bucket']}/{upload.body['name']}" in pool["containerSpec"]["args"]


def test_a_secret_outside_the_profile_is_refused(on_google: RequestContext) -> None:
    with pytest.raises(InvalidSpecError, match="DB_URL"):
        training_requests(TrainingJob(script="t.py", secrets=["DB_URL"]), CONFIG, on_google)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"displayname": "x"}, "customJob.displayname does not exist"),
        ({"jobSpec": {"scheduling": {"strategy": "CHEAP"}}}, "customJob.jobSpec.scheduling.strategy: 'CHEAP'"),
        ({"jobSpec": {"scheduling": {"timeout": 60}}}, "customJob.jobSpec.scheduling.timeout"),
        ({"labels": {"Team": "x"}}, "label Team=x"),
    ],
)
def test_the_list_sees_what_the_service_would_refuse(
    on_google: RequestContext, changes: dict[str, Any], problem: str
) -> None:
    wrong = training_requests(TrainingJob(script="t.py", native={"vertex": changes}), CONFIG, on_google)[-1]
    assert problem in "\n".join(all_problems(wrong))
