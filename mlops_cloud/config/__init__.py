"""Profiles: which provider, with which settings, and where each of them came from."""

from mlops_cloud.config.files import FILE_NAME, project_file
from mlops_cloud.config.home import home
from mlops_cloud.config.profile import Profile, Value
from mlops_cloud.config.resolution import known_profiles, resolve
from mlops_cloud.config.validation import validated

__all__ = ["FILE_NAME", "Profile", "Value", "home", "known_profiles", "project_file", "resolve", "validated"]
