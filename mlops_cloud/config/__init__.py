"""Profiles: which provider, with which settings, and where each of them came from; imported when first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlops_cloud.config.files import FILE_NAME, project_file
    from mlops_cloud.config.home import home
    from mlops_cloud.config.profile import Profile, Value
    from mlops_cloud.config.resolution import known_profiles, resolve
    from mlops_cloud.config.validation import validated
