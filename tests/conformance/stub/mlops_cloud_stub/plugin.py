"""What can be said of the stub without its cloud."""

from __future__ import annotations

from mlops_cloud.provider.base import Naming, ProviderInfo
from mlops_cloud.provider.hooks import hookimpl

_NAME = Naming(shortest=1, longest=63, pattern=r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9_])?", scope="account")
_ENDPOINT = Naming(shortest=3, longest=32, pattern=r"[a-z][a-z0-9-]{1,30}[a-z0-9]", scope="account")

INFO = ProviderInfo(
    name="stub",
    summary="A cloud inside the test run.",
    profile="stub",
    target="mlops_cloud_stub.provider:create",
    config="mlops_cloud_stub.config:StubConfig",
    extra="",
    naming={"datasets": _NAME, "jobs": _NAME, "models": _NAME, "endpoints": _ENDPOINT, "monitors": _NAME},
    bills=False,
)


@hookimpl
def mlops_cloud_provider() -> ProviderInfo:
    """This provider."""
    return INFO
