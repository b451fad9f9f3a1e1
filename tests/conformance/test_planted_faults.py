"""The kit sees faults: each one planted in a provider that passes otherwise fails the test that is there for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_FOLDER = Path(__file__).parent / "planted"


def test_every_planted_fault_is_seen() -> None:
    from importlib.util import module_from_spec, spec_from_file_location

    file = _FOLDER / "broken_providers.py"
    spec = spec_from_file_location("broken_providers", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    wanted = {
        f"{file.name}::Test{state}{number}::test_{test}": outcome
        for number, (_, _, test) in enumerate(module.PLANTED)
        for state, outcome in (("Broken", "FAILED"), ("Sound", "PASSED"))
    }
    # Named with -p, the plugin is not to be found a second time by its entry point.
    paths = os.pathsep.join(path for path in sys.path if path)
    environment = {**os.environ, "PYTHONPATH": paths, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=no", "-p", "no:cacheprovider", "-c", os.devnull,
         "-p", "mlops_cloud.testing.plugin", *wanted],
        capture_output=True, text=True, timeout=120, check=False, env=environment, cwd=_FOLDER,
    )  # fmt: skip
    lines = [line.split(" ") for line in done.stdout.splitlines() if line.startswith(("FAILED ", "PASSED "))]
    assert {words[1]: words[0] for words in lines} == wanted, done.stdout + done.stderr
