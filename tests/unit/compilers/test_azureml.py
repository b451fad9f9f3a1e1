"""An Azure online endpoint: documents of the command line, against the resource schemas where they are at hand."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from request_compilers.azureml import AzureConfig, endpoint_name, endpoint_requests

from mlops_cloud.errors import InvalidSpecError, UnsupportedError
from mlops_cloud.results.endpoints import Deployment, EndpointState
from mlops_cloud.results.identity import Uri
from mlops_cloud.specs.compute import Compute
from mlops_cloud.specs.endpoint import Endpoint, Scaling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlops_cloud.results.requests import NativeRequest, RequestContext

CONFIG = AzureConfig(
    subscription="00000000-0000-4000-8000-000000000000",
    resource_group="ml",
    workspace="churn",
    location="westeurope",
    environment="azureml:mlops-cloud-serving:3",
    code="azureml:mlops-cloud-score:1",
)
IDENTITY = "/subscriptions/s/resourceGroups/ml/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u"
BUNDLE = Uri("azureml://datastores/store/paths/bundles/0a1b")
SMALL = EndpointState("churn", (Deployment("churn-0123456789ab", "model://churn/3", BUNDLE),))
SPEC = Endpoint(
    name="churn",
    model="churn@champion",
    compute=Compute(cpu=4, memory="8Gi"),
    scaling=Scaling(min=2, max=2),
    native={"azureml": {"request_settings": {"request_timeout_ms": 5000}, "app_insights_enabled": True}},
)
FULL = EndpointState(
    "churn",
    (
        Deployment("churn-0123456789ab", "model://churn/3", BUNDLE, traffic=90, copies=3),
        Deployment("churn-fedcba987654", "model://churn/champion", BUNDLE, traffic=10, spec=SPEC),
        Deployment("churn-00ff00ff00ff", "model://churn/4", BUNDLE, traffic=0, shadow=20),
    ),
    capture=0.25,
    tags={"stage": "production"},
)
# The resource schemas that Azure publishes (Azure/azure-resource-manager-schemas), beside this checkout or elsewhere.
SCHEMAS = Path(os.environ.get("MLOPS_CLOUD_TEST_SCHEMAS", Path(__file__).parents[4] / "shared" / "schemas")) / "azureml"


def test_small_endpoint(context: RequestContext, golden: Callable[[str, object], None]) -> None:
    requests = endpoint_requests(SMALL, CONFIG, context)
    golden("compilers/azureml-small.json", [dataclasses.asdict(request) for request in requests])


def test_endpoint_with_everything(context: RequestContext, golden: Callable[[str, object], None]) -> None:
    config = dataclasses.replace(CONFIG, user_identity=IDENTITY, private=True)
    requests = endpoint_requests(FULL, config, context)
    golden("compilers/azureml-full.json", [dataclasses.asdict(request) for request in requests])


def test_a_version_not_registered_yet_is_a_typed_placeholder(context: RequestContext) -> None:
    deployment = endpoint_requests(FULL, CONFIG, context)[2]
    assert deployment.needs == (deployment.body["model"],)
    assert re.fullmatch(r"azureml:churn:\d{1,10}", deployment.needs[0])


def test_the_name_belongs_to_one_workspace() -> None:
    other = dataclasses.replace(CONFIG, workspace="other")
    assert endpoint_name("churn", CONFIG) == endpoint_name("churn", CONFIG)
    assert endpoint_name("churn", CONFIG) != endpoint_name("churn", other)
    assert endpoint_name("churn", CONFIG).startswith("churn-")


@pytest.mark.parametrize("name", ["9lives", "a.b", "a_b", "x" * 26])
def test_a_name_that_does_not_fit_is_refused(name: str) -> None:
    with pytest.raises(InvalidSpecError, match="does not fit Azure"):
        endpoint_name(name, CONFIG)


def test_traffic_is_whole_percent_of_the_deployment(context: RequestContext) -> None:
    create, deployment, update = endpoint_requests(SMALL, CONFIG, context)
    assert "traffic" not in create.body
    assert update.body["traffic"] == {deployment.body["name"]: 100}
    assert "mirror_traffic" not in update.body


def test_a_canary_and_a_shadow_are_one_update(context: RequestContext) -> None:
    create, *_, update = endpoint_requests(FULL, CONFIG, context)
    assert "mirror_traffic" not in create.body
    assert sum(update.body["traffic"].values()) == 100
    assert update.body["mirror_traffic"] == {"churn-00ff00ff00ff": 20}


def test_each_deployment_has_what_it_was_asked_for(context: RequestContext) -> None:
    _, first, second, third, _ = endpoint_requests(FULL, CONFIG, context)
    assert [one.body["instance_count"] for one in (first, second, third)] == [3, 2, 1]
    assert [one.body["instance_type"] for one in (first, second)] == ["Standard_DS2_v2", "Standard_DS3_v2"]
    assert [one.body["request_settings"]["request_timeout_ms"] for one in (first, second)] == [60000, 5000]
    assert {one.body["tags"]["stage"] for one in (first, second, third)} == {"production"}


def test_what_is_not_compiled_is_refused(context: RequestContext) -> None:
    wide = asked(SMALL, SPEC.with_changes(scaling=Scaling(min=1, max=5)))
    with pytest.raises(UnsupportedError):
        endpoint_requests(wide, CONFIG, context)


@pytest.mark.parametrize("wanted", [SMALL, FULL], ids=["small", "full"])
@pytest.mark.parametrize("version", ["2023-04-01-preview", "2026-05-01"])
def test_documents_become_valid_resources(wanted: EndpointState, version: str, context: RequestContext) -> None:
    schema = load_schema(version)
    config = dataclasses.replace(CONFIG, user_identity=IDENTITY, private=True)
    _, *deployments, update = endpoint_requests(wanted, config, context)
    assert list(resource_problems(schema, "workspaces_onlineEndpoints", endpoint_resource(update))) == []
    for deployment in deployments:
        resource = deployment_resource(deployment)
        assert list(resource_problems(schema, "workspaces_onlineEndpoints_deployments", resource)) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"request_settings": {"request_timeout": 5}}, "requestTimeout"),
        ({"liveness_probes": {}}, "livenessProbes"),
        ({"data_collector": {"rolling_rate": "century"}}, "rollingRate"),
        ({"instance_count": "two"}, "capacity"),
    ],
)
def test_the_schema_sees_what_the_service_would_refuse(
    changes: dict[str, Any], problem: str, context: RequestContext
) -> None:
    schema = load_schema("2026-05-01")
    native = asked(FULL, SPEC.with_changes(native={"azureml": changes}))
    wrong = endpoint_requests(native, CONFIG, context)[1]
    found = list(resource_problems(schema, "workspaces_onlineEndpoints_deployments", deployment_resource(wrong)))
    assert problem in "\n".join(found)


def asked(wanted: EndpointState, spec: Endpoint) -> EndpointState:
    first, *others = wanted.deployments
    return dataclasses.replace(wanted, deployments=(dataclasses.replace(first, spec=spec), *others))


# From a document to the resource that the service stores, as the service's own client does it.


def endpoint_resource(request: NativeRequest) -> dict[str, Any]:
    document = dict(request.body)
    identity = document.pop("identity", None)
    kept = {name: document.pop(name) for name in ("name", "tags")}
    document.pop("$schema")
    document["auth_mode"] = document["auth_mode"].replace("_", "")
    resource = {**kept, "location": CONFIG.location, "properties": camel(document)}
    if identity:
        users = {user["resource_id"]: {} for user in identity["user_assigned_identities"]}
        resource["identity"] = {"type": "UserAssigned", "userAssignedIdentities": users}
    return resource


def deployment_resource(request: NativeRequest) -> dict[str, Any]:
    document = dict(request.body)
    for name in ("$schema", "endpoint_name"):
        document.pop(name)
    kept = {name: document.pop(name) for name in ("name", "tags")}
    code = document.pop("code_configuration")
    document["code_configuration"] = {"code_id": code["code"], "scoring_script": code["scoring_script"]}
    document["environment_id"] = document.pop("environment")
    sku = {"name": "Default", "capacity": document.pop("instance_count")}
    collector = document.get("data_collector", {})
    rate = collector.pop("sampling_rate", None)
    for name, collection in collector.get("collections", {}).items():
        mode = "Enabled" if collection["enabled"] == "true" else "Disabled"
        collector["collections"][name] = {"data_collection_mode": mode, "sampling_rate": rate}
    properties = {"endpointComputeType": "Managed", **camel(document)}
    return {**kept, "location": CONFIG.location, "sku": sku, "properties": properties}


def camel(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        free = name in ("tags", "traffic", "mirror_traffic", "collections")
        return {(key if free else converted_name(key)): camel(item, "" if free else key) for key, item in value.items()}
    if name in ("initial_delay", "period", "timeout"):
        return f"PT{value}S"
    return f"PT{value / 1000:g}S" if name.endswith("_ms") else value


def converted_name(name: str) -> str:
    first, *rest = name.removesuffix("_ms").split("_")
    return first + "".join(part.capitalize() for part in rest)


# The published schema, read with the repairs that the service's own traffic needs: branches merged with their base,
# enums without regard to case, "integer" for any number.


def load_schema(version: str) -> dict[str, Any]:
    path = SCHEMAS / f"{version}.json"
    if not path.exists():
        pytest.skip(f"no schemas in {SCHEMAS}")
    schema: dict[str, Any] = json.loads(path.read_text())
    return schema


def resource_problems(schema: dict[str, Any], kind: str, resource: dict[str, Any]) -> Iterator[str]:
    ours = {"apiVersion": None, "type": None}
    given = {name: value for name, value in resource.items() if name not in ours}
    yield from problems(schema["definitions"], [schema["resourceDefinitions"][kind]], given, "")


def problems(definitions: dict[str, Any], schemas: list[Any], value: Any, path: str) -> Iterator[str]:
    """`schemas` are alternatives or parts of one type; a field is known when one of them has it."""
    parts = list(flat(definitions, schemas))
    if isinstance(value, dict):
        fields: dict[str, list[Any]] = {}
        for part in parts:
            for name, schema in part.get("properties", {}).items():
                fields.setdefault(name, []).append(schema)
        free = [part["additionalProperties"] for part in parts if isinstance(part.get("additionalProperties"), dict)]
        for name, item in value.items():
            known = fields.get(name) or free
            if not known:
                yield f"{path}/{name} does not exist"
            yield from problems(definitions, known, item, f"{path}/{name}")
    elif parts and not any(fits(part, value) for part in parts):
        yield f"{path}: {value!r} fits none of {[part.get('enum') or part.get('type') for part in parts]}"


def flat(definitions: dict[str, Any], schemas: list[Any]) -> Iterator[dict[str, Any]]:
    for schema in schemas:
        reference = schema.get("$ref", "")
        if reference.startswith("#/definitions/"):
            yield from flat(definitions, [definitions[reference.rsplit("/", 1)[1]]])
        elif not reference:
            yield from flat(definitions, [*schema.get("allOf", []), *schema.get("oneOf", [])])
            if "properties" in schema or "type" in schema or "enum" in schema:
                yield schema


def fits(schema: dict[str, Any], value: Any) -> bool:
    if "enum" in schema:
        return str(value).lower() in [str(choice).lower() for choice in schema["enum"]]
    kinds = {"string": str, "integer": (int, float), "number": (int, float), "boolean": bool}
    kind = kinds.get(schema.get("type", ""))
    good = kind is not None and isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    return good and (not isinstance(value, str) or bool(re.search(schema.get("pattern", ""), value)))
