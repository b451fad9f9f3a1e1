"""Capabilities: what is declared is what happens; unsupported is refused before anything is created."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from mlops_cloud.errors import UnsupportedError
from mlops_cloud.provider.base import Provider, require_feature
from mlops_cloud.provider.capabilities import ROWS, Feature
from mlops_cloud.provider.datasets import Datasets
from mlops_cloud.provider.endpoints import Endpoints
from mlops_cloud.provider.jobs import Jobs
from mlops_cloud.provider.models import Models
from mlops_cloud.provider.monitors import Monitors
from mlops_cloud.provider.storage import Storage
from mlops_cloud.specs.compute import Compute
from mlops_cloud.testing.conformance.jobs_base import JobsBase
from mlops_cloud.testing.signatures import differences

if TYPE_CHECKING:
    from mlops_cloud.testing.conformance.jobs_base import Prepare

SEAM: dict[str, type] = {
    "storage": Storage, "datasets": Datasets, "jobs": Jobs, "models": Models, "endpoints": Endpoints,
    "monitors": Monitors,
}  # fmt: skip
_FAMILY = {
    Feature.DATASETS: "datasets", Feature.TRAINING: "jobs", Feature.PROCESSING: "jobs", Feature.TUNING: "jobs",
    Feature.BATCH_PREDICTION: "jobs", Feature.EVALUATION: "jobs", Feature.MODELS: "models",
    Feature.ENDPOINTS: "endpoints", Feature.MONITORS: "monitors", Feature.NATIVE_TUNING: "jobs",
    Feature.NATIVE_BATCH: "jobs", Feature.NATIVE_MONITORS: "monitors", Feature.ALIASES: "models",
    Feature.APPROVALS: "models", Feature.RETIRE: "models", Feature.DELETE_JOBS: "jobs",
}  # fmt: skip
_ASKED: dict[Feature, tuple[str, dict[str, Any]]] = {
    Feature.SPOT: ("compute.spot", {"compute": {"spot": True}}),
    Feature.GPU: ("compute.gpu", {"compute": {"gpu": 1}}),
    Feature.SEVERAL_INSTANCES: ("compute.instances", {"compute": {"instances": 2}}),
    Feature.IMAGES: ("environment.image", {"environment": {"image": "registry.example/kit:1"}}),
}


class CapabilitiesConformance(JobsBase):
    """Every feature is tested one way or the other; none is skipped."""

    refused_compute: ClassVar[dict[str, Any]] = {"instance_type": "no-such-machine"}
    """A machine that the provider does not have."""

    def test_every_feature_is_declared_with_its_reason(self, provider: Provider) -> None:
        assert set(provider.capabilities) == set(Feature)
        assert all(support.detail or support.level == "full" for support in provider.capabilities.values())

    def test_rows_that_are_lacking_are_listed(self, provider: Provider) -> None:
        supports = {row: provider.capabilities[row] for row in ROWS}
        lacking = {
            row: support.detail for row, support in supports.items() if support.level not in ("full", "emulated")
        }
        assert lacking == dict(self.lacking)

    @pytest.mark.parametrize("feature", list(_FAMILY), ids=lambda feature: feature.name)
    def test_a_usable_feature_has_its_family(self, provider: Provider, feature: Feature) -> None:
        if provider.capabilities[feature].usable:
            assert getattr(provider, _FAMILY[feature]) is not None
            require_feature(provider, feature)
        else:
            self.refused(provider, feature)

    @pytest.mark.parametrize("feature", [f for f in Feature if f not in _FAMILY], ids=lambda feature: feature.name)
    def test_an_unusable_feature_is_refused_with_its_reason(self, provider: Provider, feature: Feature) -> None:
        if provider.capabilities[feature].usable:
            require_feature(provider, feature)
        else:
            self.refused(provider, feature)

    def refused(self, provider: Provider, feature: Feature) -> None:
        """The refusal says what, why and who."""
        with pytest.raises(UnsupportedError) as caught:
            require_feature(provider, feature)
        support = provider.capabilities[feature]
        assert (caught.value.why, caught.value.provider) == (support.detail, provider.info.name)

    def test_a_family_that_is_there_is_declared(self, provider: Provider) -> None:
        families = {family for feature, family in _FAMILY.items() if provider.capabilities[feature].usable}
        for family in ("datasets", "jobs", "models", "endpoints", "monitors"):
            assert (getattr(provider, family) is not None) == (family in families), family

    @pytest.mark.parametrize("feature", list(_ASKED), ids=lambda feature: feature.name)
    def test_check_agrees_with_what_is_declared(self, provider: Provider, prepare: Prepare, feature: Feature) -> None:
        field, asked = _ASKED[feature]
        spec, _ = prepare("pass", **asked)
        refusals = [refusal for refusal in provider.check(spec) if refusal.field.startswith(field)]
        if provider.capabilities[feature].usable:
            assert refusals == []
        else:
            assert refusals
            assert all(refusal.reason for refusal in refusals)

    def test_signatures_are_those_of_the_seam(self, provider: Provider) -> None:
        objects: list[tuple[object, type]] = [(provider, Provider)]
        objects += [(family, seam) for name, seam in SEAM.items() if (family := getattr(provider, name)) is not None]
        assert [line for thing, seam in objects for line in differences(type(thing), seam)] == []

    def test_check_refuses_nothing_of_a_plain_job(self, provider: Provider, prepare: Prepare) -> None:
        for training in (True, False):
            spec, _ = prepare("pass", training=training)
            assert provider.check(spec) == []

    def test_check_names_the_field(self, provider: Provider, prepare: Prepare) -> None:
        spec, _ = prepare("pass", compute=self.refused_compute)
        refusals = provider.check(spec)
        assert refusals
        fields = {f"compute.{name}" for name in self.refused_compute}
        assert {refusal.field for refusal in refusals} <= fields
        assert all(refusal.reason for refusal in refusals)

    def test_check_creates_nothing(self, provider: Provider, prepare: Prepare) -> None:
        spec, _ = prepare("pass", compute=self.refused_compute)
        provider.check(spec)
        assert list(provider.owned()) == []

    def test_a_price_has_its_source(self, provider: Provider) -> None:
        price = provider.price(Compute())
        if provider.capabilities[Feature.PRICES].usable:
            assert price is not None
            assert price.value > 0
            assert all((price.currency, price.region, price.source, price.date))
        else:
            assert price is None

    def test_an_image_says_its_python(self, provider: Provider, prepare: Prepare) -> None:
        spec, _ = prepare("pass")
        roles = ("training", "processing", "serving") if provider.endpoints else ("training", "processing")
        for role in roles:
            assert provider.image(spec.environment, role).python.startswith("3.")

    def test_the_fingerprint_is_stable_text(self, provider: Provider, prepare: Prepare) -> None:
        spec, _ = prepare("pass")
        assert provider.fingerprint(spec.environment)
        assert provider.fingerprint(spec.environment) == provider.fingerprint(spec.environment)

    def test_diagnose_says_what_to_mend(self, provider: Provider) -> None:
        findings = list(provider.diagnose())
        assert findings
        assert all(finding.subject and finding.message for finding in findings)
        assert all(finding.fix for finding in findings if not finding.ok)

    def test_close_can_be_repeated(self, provider: Provider) -> None:
        provider.close()
        provider.close()
