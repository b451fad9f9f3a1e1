"""A SageMaker training job, against the service model that botocore ships."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from request_compilers.sagemaker import ROLE_PLACEHOLDER, SageMakerConfig, training_requests

from mlops_cloud.errors import InvalidSpecError
from mlops_cloud.results.identity import Key
from mlops_cloud.specs.compute import Compute
from mlops_cloud.specs.job import TrainingJob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlops_cloud.results.requests import NativeRequest, RequestContext

IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/python:3.11"
CONFIG = SageMakerConfig(region="eu-central-1", bucket="my-bucket", image=IMAGE)
FULL = SageMakerConfig(
    region="eu-central-1",
    bucket="my-bucket",
    image=IMAGE,
    role="arn:aws:iam::123456789012:role/ml",
    kms_key="arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-0123456789ab",
    subnets=("subnet-0a1b2c3d",),
    security_groups=("sg-0a1b2c3d",),
    secrets={"DB_URL": "aws-sm://prod/db"},
)


@pytest.fixture(scope="module")
def service() -> Any:
    """The service model, from botocore's data files: no client, no credentials, no network."""
    from botocore.session import Session

    session = Session()
    return {name: session.get_service_model(name) for name in ("sagemaker", "s3")}


def problems(service: Any, request: NativeRequest) -> list[str]:
    """What botocore's validator and the limits that it leaves unread say about a request."""
    from botocore.validate import ParamValidator

    shape = service[request.service].operation_model(request.operation).input_shape
    report = ParamValidator().validate(request.body, shape)
    return [*([report.generate_report()] if report.has_errors() else []), *limits(shape, request.body, "")]


def limits(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Maximum, enum and pattern of a shape: botocore keeps them in its data and checks none of them."""
    size = value if isinstance(value, (int, float)) else len(value)
    if size > shape.metadata.get("max", size):
        yield f"{path}: {size} > {shape.metadata['max']}"
    if shape.type_name == "structure":
        for name, item in value.items():
            if name in shape.members:
                yield from limits(shape.members[name], item, f"{path}.{name}")
    elif shape.type_name == "list":
        for number, item in enumerate(value):
            yield from limits(shape.member, item, f"{path}[{number}]")
    elif shape.type_name == "map":
        for name, item in value.items():
            yield from limits(shape.key, name, f"{path}<{name}>")
            yield from limits(shape.value, item, f"{path}.{name}")
    elif shape.type_name == "string":
        yield from text_limits(shape, value, path)


def text_limits(shape: Any, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {len(shape.enum)} values"
    pattern = shape.metadata.get("pattern", ".*")
    for java, python in ((r"\p{L}", r"\w"), (r"\p{N}", r"\d"), (r"\p{Z}", r"\s")):
        pattern = pattern.replace(java, python)
    if pattern != ".*" and not re.fullmatch(pattern, value):
        yield f"{path}: {value!r} does not match {pattern}"


def body(requests: list[NativeRequest]) -> dict[str, Any]:
    return requests[-1].body


def test_small_job_is_valid_without_any_configuration(
    service: Any, context: RequestContext, golden: Callable[[str, object], None]
) -> None:
    requests = training_requests(TrainingJob(script="train.py"), CONFIG, context)
    assert [problem for request in requests for problem in problems(service, request)] == []
    assert body(requests)["RoleArn"] == ROLE_PLACEHOLDER
    assert requests[-1].needs == (ROLE_PLACEHOLDER,)
    golden("compilers/sagemaker-small.json", [dataclasses.asdict(request) for request in requests])


def test_job_with_everything_is_valid(
    service: Any, context: RequestContext, golden: Callable[[str, object], None]
) -> None:
    spec = TrainingJob(
        script="train.py",
        parameters={"depth": 4, "note": "; $(reboot)\nnext", "layers": [1, 2]},
        env={"MODE": "x" * 512},
        secrets=["DB_URL"],
        compute=Compute(cpu=3, memory="12Gi", disk="100G", instances=2, spot=True, max_runtime="90m"),
        native={"sagemaker": {"StoppingCondition": {"MaxPendingTimeInSeconds": 7200}, "EnableNetworkIsolation": True}},
    )
    requests = training_requests(spec, FULL, context)
    assert [problem for request in requests for problem in problems(service, request)] == []
    golden("compilers/sagemaker-full.json", [dataclasses.asdict(request) for request in requests])


def test_nothing_is_missing_when_the_profile_or_the_spec_names_the_role(context: RequestContext) -> None:
    own = {"sagemaker": {"RoleArn": "arn:aws:iam::123456789012:role/own"}}
    for spec, config in (
        (TrainingJob(script="t.py"), FULL),
        (TrainingJob(script="t.py", native=own), CONFIG),
    ):
        assert training_requests(spec, config, context)[-1].needs == ()


def test_the_scripts_own_metrics_come_first(service: Any, context: RequestContext) -> None:
    names = ["auc", "val.loss|x", "(" * 250, *(f"m{number}" for number in range(60))]
    requests = training_requests(TrainingJob(script="t.py", metrics=names), CONFIG, context)
    assert [problem for request in requests for problem in problems(service, request)] == []
    definitions = body(requests)["AlgorithmSpecification"]["MetricDefinitions"]
    assert [definition["Name"] for definition in definitions] == ["auc", "val.loss|x", *names[3:41]]
    for name, definition in zip(["auc", "val.loss|x"], definitions, strict=False):
        found = re.search(definition["Regex"], f"[metric] {name}=-1.5e-07 step=3")
        assert found is not None
        assert found[1] == "-1.5e-07"


def test_native_fields_are_merged_last(context: RequestContext) -> None:
    changes = {"ResourceConfig": {"InstanceType": "ml.c5.xlarge"}, "Tags": []}
    made = body(training_requests(TrainingJob(script="t.py", native={"sagemaker": changes}), CONFIG, context))
    assert made["ResourceConfig"] == {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 28}
    assert made["Tags"] == []


def test_parameters_travel_in_a_file(context: RequestContext) -> None:
    text = "; $(reboot)\n" + "x" * 5000
    upload, job = training_requests(TrainingJob(script="t.py", parameters={"text": text}), CONFIG, context)
    assert json.loads(upload.body["Body"]) == {"text": text}
    assert f"s3://{upload.body['Bucket']}/{upload.body['Key']}" in json.dumps(job.body["InputDataConfig"])
    assert text not in json.dumps(job.body)


def test_longest_names_fit(service: Any, context: RequestContext) -> None:
    long = dataclasses.replace(context, key=Key("training", "a" + "._b-9" * 12, "f" * 32))
    requests = training_requests(TrainingJob(script="train.py"), CONFIG, long)
    assert len(body(requests)["TrainingJobName"]) <= 63
    assert [problem for request in requests for problem in problems(service, request)] == []


def test_a_value_too_long_for_the_environment_is_refused(context: RequestContext) -> None:
    with pytest.raises(InvalidSpecError, match=r"env\.MODE has 513 characters"):
        training_requests(TrainingJob(script="t.py", env={"MODE": "x" * 513}), CONFIG, context)


def test_a_secret_outside_the_profile_is_refused(context: RequestContext) -> None:
    with pytest.raises(InvalidSpecError, match="DB_URL"):
        training_requests(TrainingJob(script="t.py", secrets=["DB_URL"]), CONFIG, context)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"TrainingJobName": "a_b"}, "TrainingJobName"),
        ({"ResourceConfig": {"InstanceType": "ml.zzz"}}, "InstanceType"),
        ({"OutputDataConfig": {"S3OutputPath": "foo"}}, "S3OutputPath"),
        ({"Bogus": 1}, "Bogus"),
    ],
)
def test_the_validator_sees_what_the_service_would_refuse(
    service: Any, context: RequestContext, changes: dict[str, Any], problem: str
) -> None:
    wrong = training_requests(TrainingJob(script="t.py", native={"sagemaker": changes}), CONFIG, context)[-1]
    assert problem in "\n".join(problems(service, wrong))
