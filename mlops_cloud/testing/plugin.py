"""The pytest plugin: a failing check of the kit shows its values, as a test's own `assert` does."""

from __future__ import annotations

import pytest

# pytest rewrites asserts in files called test_*.py only; the kit's are not, so that they are collected by subclassing.
pytest.register_assert_rewrite("mlops_cloud.testing.conformance")
