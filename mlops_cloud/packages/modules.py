"""Which distribution brings a module."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from mlops_cloud.packages.requirements import normalised

if TYPE_CHECKING:
    from collections.abc import Mapping

_OTHERWISE_CALLED = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "imblearn": "imbalanced-learn",
    "PIL": "pillow",
    "pkg_resources": "setuptools",
    "sentence_transformers": "sentence-transformers",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
"""Modules whose distribution has another name, for where it is not installed."""


def distributions_of(module: str) -> list[str]:
    """The normalised names of what brings a top-level module: as installed here, else as it is usually called."""
    installed = _installed().get(module)
    return sorted({normalised(name) for name in installed}) if installed else [usual_name(module)]


def usual_name(module: str) -> str:
    """The name under which an index has a module."""
    return _OTHERWISE_CALLED.get(module, normalised(module))


def is_installed(module: str) -> bool:
    """Whether something that is installed here brings the module."""
    return module in _installed()


@cache
def _installed() -> Mapping[str, list[str]]:
    from importlib.metadata import packages_distributions

    return packages_distributions()
