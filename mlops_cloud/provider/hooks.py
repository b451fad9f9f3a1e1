"""The hooks a plugin implements; a later argument never breaks an older plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from mlops_cloud.provider.base import ProviderInfo

GROUP = "mlops_cloud"
"""The entry-point group: provider name -> the module with its hook implementations."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec(firstresult=True)
def mlops_cloud_provider() -> ProviderInfo:
    """What the plugin's provider is called, where its code is, and what it needs."""
    raise NotImplementedError
