"""What can be said about this provider without loading it."""

from __future__ import annotations

from mlops_cloud.provider.base import Naming, ProviderInfo
from mlops_cloud.provider.hooks import hookimpl

_NAME = Naming(shortest=1, longest=63, pattern=r"(?!.*\.\.)[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9_])?", scope="home folder")
_MODEL = Naming(shortest=1, longest=63, pattern=_NAME.pattern, scope="home folder", reusable=False)

INFO = ProviderInfo(
    name="local",
    summary="This computer: jobs are supervised processes, everything is kept in one folder.",
    profile="local",
    target="mlops_cloud_local.provider:create",
    config="mlops_cloud_local.config:LocalConfig",
    extra="local",
    naming={"datasets": _NAME, "jobs": _NAME, "models": _MODEL},
    bills=False,
)


@hookimpl
def mlops_cloud_provider() -> ProviderInfo:
    """This provider."""
    return INFO
