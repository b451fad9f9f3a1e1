"""The pytest plugin: fixtures for tests of one's own recipes; see docs/testing-your-recipe.md.

It is loaded by every pytest in whose environment we are installed, so it imports nothing of ours until it is used.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops_cloud.client import Client
    from mlops_cloud.testing.recipe_runs import RunRecipe

# pytest rewrites asserts in files called test_*.py only; the kit's are not, so that they are collected by subclassing.
pytest.register_assert_rewrite("mlops_cloud.testing.conformance")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "allow_network: the recipes of this test may reach more than this computer")


@pytest.fixture
def recipe_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of this test's own, where everything that recipes make is kept; and no network beyond loopback."""
    from mlops_cloud.testing.recipe_runs import OPT_OUT, surroundings

    home = tmp_path_factory.mktemp("mlops-home")
    with surroundings(home, network=request.node.get_closest_marker(OPT_OUT) is not None):
        yield home


@pytest.fixture
def recipe_cloud(request: pytest.FixtureRequest, recipe_home: Path) -> Iterator[Client]:  # noqa: ARG001 - it is where it connects
    """A client of the profile `local` in that home; its jobs are ended with the test."""
    from mlops_cloud.testing.recipe_runs import connected

    with connected(request.node.name) as cloud:
        yield cloud


@pytest.fixture
def run_recipe(request: pytest.FixtureRequest, recipe_cloud: Client) -> Iterator[RunRecipe]:
    """`run_recipe("recipe.yaml", vars={"seed": 3}, sample=200)` runs a recipe for real, in that home."""
    from mlops_cloud.testing.recipe_runs import RunRecipe

    with ExitStack() as stack:
        yield RunRecipe(recipe_cloud, (request.path.parent, Path.cwd()), stack)
