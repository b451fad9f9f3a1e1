"""The one world a script sees: parameters, inputs, outputs, metrics, secrets, everybody's variables."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from mlops_cloud.durable.hashing import digest_of
from mlops_cloud.errors import UnsupportedError
from mlops_cloud.provider.base import require_feature
from mlops_cloud.provider.capabilities import Feature
from mlops_cloud.results.identity import Uri
from mlops_cloud.testing.conformance.jobs_base import JobsBase
from mlops_runtime.output_digests import OUTPUT_DIGESTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlops_cloud.provider.base import Provider
    from mlops_cloud.provider.jobs import Jobs
    from mlops_cloud.testing.conformance.jobs_base import Prepare, Submit

_HOSTILE = {
    "shell": "; $(touch injected) `touch injected` && exit 7 #",
    "lines": "first\nsecond\n\n\ttabbed\\n",
    "quotes": "'single' \"double\" ${HOME} $$ %PATH% ${{ inputs.x }}",
    "unicode": "Größe 価格 \u202e\U0001f600",
    "option": "--depth=99",
    "space": "  ",
    "empty": "",
}
_TYPED: dict[str, Any] = {"depth": 4, "rate": 0.1, "tiny": 1e-300, "exact": True, "layers": [1, 2], "big": 2**53 + 1}
_REPORT = """
import json, os, sys
from pathlib import Path
report = {
    "arguments": sys.argv[1:],
    "parameters": json.loads(Path(os.environ["MLOPS_PARAMETERS"]).read_text(encoding="utf-8")),
    "variables": {name: value for name, value in os.environ.items()},
    "folders": [name for name, value in os.environ.items() if os.path.isdir(value)],
    "here": sorted(os.listdir()),
}
Path(os.environ["MLOPS_OUTPUT_DIR"], "report.json").write_text(json.dumps(report), encoding="utf-8")
"""
_METRICS = """
import time
print("[metric] loss=0.1 step=1", flush=True)
print("[metric] loss=0.30000000000000004 step=2", flush=True)
print("[metric] auc=1e-300", flush=True)
"""
_HASHED = """
import hashlib, os
from pathlib import Path
value = os.environ["{name}"]
print("it has", len(value), "characters", flush=True)
Path(os.environ["MLOPS_OUTPUT_DIR"], "digest").write_text(hashlib.sha256(value.encode()).hexdigest())
"""
_OUTPUTS = """
import os
from pathlib import Path
output, model = Path(os.environ["MLOPS_OUTPUT_DIR"]), Path(os.environ["MLOPS_MODEL_DIR"])
(output / "table.csv").write_text("a,b\\n1,2\\n")
(output / "parts").mkdir()
(output / "parts" / "one.txt").write_text("one")
(model / "weights.json").write_text("[1]")
Path(os.environ["MLOPS_CHECKPOINT_DIR"], "last").write_text("7")
"""


def tree_digest(files: Mapping[str, bytes]) -> dict[str, str]:
    """What is recorded of a folder with these files."""
    return {"digest": digest_of([[name, len(data), sha256(data).hexdigest()] for name, data in sorted(files.items())])}


class JobContract(JobsBase):
    """What goes into a job and what comes out of it."""

    def report(self, provider: Provider, jobs: Jobs, submit: Submit, **given: Any) -> dict[str, Any]:  # noqa: ANN401
        """What a script sees."""
        job = self.succeeded(jobs, submit(_REPORT, outputs={"report": "report.json"}, **given))
        found: dict[str, Any] = json.loads(self.read(provider, job.outputs["report"]))
        return found

    def test_parameters_arrive_byte_for_byte(self, provider: Provider, jobs: Jobs, submit: Submit) -> None:
        report = self.report(provider, jobs, submit, parameters={**_HOSTILE, **_TYPED})
        assert report["parameters"] == {**_HOSTILE, **_TYPED}
        assert "injected" not in report["here"]
        arguments = report["arguments"]
        for name, text in _HOSTILE.items():
            pair = ["--" + name, text] in [arguments[i : i + 2] for i in range(len(arguments))]
            assert pair or f"--{name}={text}" in arguments, name
        assert json.loads(report["variables"]["SM_HPS"]) == {**_HOSTILE, **_TYPED}
        assert report["variables"]["SM_HP_DEPTH"] == "4"

    def test_every_platforms_variables_are_there(
        self, provider: Provider, jobs: Jobs, submit: Submit, tmp_path: Path
    ) -> None:
        inputs = {
            "train": self.stored(provider, tmp_path, {"a.csv": b"1", "b.csv": b"2"}),
            "single": Uri(f"{self.stored(provider, tmp_path, {'only.csv': b'3'})}/only.csv"),
        }
        report = self.report(provider, jobs, submit, training=True, inputs=inputs, env={"MODE": "fast; $(x)"})
        variables, folders = report["variables"], report["folders"]
        for name in (
            "MLOPS_INPUT_TRAIN", "MLOPS_INPUT_SINGLE", "MLOPS_MODEL_DIR", "MLOPS_OUTPUT_DIR", "MLOPS_CHECKPOINT_DIR",
            "SM_CHANNEL_TRAIN", "SM_CHANNEL_SINGLE", "SM_MODEL_DIR", "SM_OUTPUT_DATA_DIR", "AIP_MODEL_DIR",
            "AIP_CHECKPOINT_DIR",
        ):  # fmt: skip
            assert name in folders, f"{name}={variables.get(name)!r} is not a folder"
        assert json.loads(variables["SM_CHANNELS"]) == ["single", "train"]
        assert variables["MLOPS_INPUT_SINGLE_FILE"].endswith("/only.csv")
        assert "MLOPS_INPUT_TRAIN_FILE" not in variables
        assert "AIP_TENSORBOARD_LOG_DIR" in variables
        assert variables["MODE"] == "fast; $(x)"

    def test_inputs_hold_the_stored_bytes(self, provider: Provider, jobs: Jobs, submit: Submit, tmp_path: Path) -> None:
        source = self.stored(provider, tmp_path, {"a.bin": bytes(range(256)), "deep/b.txt": b"b"})
        script = (
            "import os\nfrom pathlib import Path\n"
            "source = Path(os.environ['MLOPS_INPUT_DATA'])\n"
            "data = (source / 'a.bin').read_bytes() + (source / 'deep/b.txt').read_bytes()\n"
            "Path(os.environ['MLOPS_OUTPUT_DIR'], 'copy').write_bytes(data)\n"
        )
        job = self.succeeded(jobs, submit(script, inputs={"data": source}, outputs={"copy": "copy"}))
        assert self.read(provider, job.outputs["copy"]) == bytes(range(256)) + b"b"

    def test_a_script_cannot_change_what_is_stored(
        self, provider: Provider, jobs: Jobs, submit: Submit, tmp_path: Path
    ) -> None:
        source = self.stored(provider, tmp_path, {"a.txt": b"stored"})
        script = (
            "import os\nfrom pathlib import Path\n"
            "path = Path(os.environ['MLOPS_INPUT_DATA'], 'a.txt')\n"
            "try:\n    path.chmod(0o644)\n    path.write_bytes(b'scribbled')\nexcept OSError:\n    pass\n"
        )
        self.ended(jobs, submit(script, inputs={"data": source}))
        follower = submit(
            "import os, sys\nfrom pathlib import Path\n"
            "sys.exit(Path(os.environ['MLOPS_INPUT_DATA'], 'a.txt').read_bytes() != b'stored')\n",
            inputs={"data": source},
        )
        job = self.ended(jobs, follower)
        assert self.read(provider, Uri(f"{source}/a.txt")) == b"stored"
        assert job.status == "succeeded"

    def test_outputs_after_success(self, provider: Provider, jobs: Jobs, submit: Submit) -> None:
        declared = {"table": "table.csv", "parts": "parts/"}
        job = self.succeeded(jobs, submit(_OUTPUTS, training=True, outputs=declared))
        assert set(job.outputs) == {"table", "parts", "model", "output", "checkpoint", "record"}
        assert self.read(provider, job.outputs["table"]) == b"a,b\n1,2\n"
        assert self.names_below(provider, job.outputs["parts"]) == ["one.txt"]
        assert self.names_below(provider, job.outputs["model"]) == ["weights.json"]
        assert self.names_below(provider, job.outputs["checkpoint"]) == ["last"]
        assert set(self.names_below(provider, job.outputs["output"])) >= {"table.csv", "parts/one.txt"}

    def test_digests_of_outputs_are_recorded(self, provider: Provider, jobs: Jobs, submit: Submit) -> None:
        script = _OUTPUTS + "print('[metric] auc=0.5', flush=True)\n"
        job = self.succeeded(jobs, submit(script, training=True, outputs={"table": "table.csv", "parts": "parts/"}))
        recorded = json.loads(self.read(provider, Uri(f"{job.outputs['record']}/{OUTPUT_DIGESTS}")))
        table, one = b"a,b\n1,2\n", b"one"
        assert recorded == {
            "table": {"digest": sha256(table).hexdigest()},
            "parts": tree_digest({"one.txt": one}),
            "output": tree_digest({"table.csv": table, "parts/one.txt": one}),
            "model": tree_digest({"weights.json": b"[1]"}),
            "checkpoint": tree_digest({"last": b"7"}),
        }

    def test_an_output_is_an_input_of_the_next(
        self, provider: Provider, jobs: Jobs, submit: Submit, tmp_path: Path
    ) -> None:
        first = self.succeeded(jobs, submit(_OUTPUTS, training=True, outputs={"table": "table.csv"}))
        inputs = {"table": first.outputs["table"], "model": first.outputs["model"]}
        script = (
            "import os\nfrom pathlib import Path\n"
            "table = Path(os.environ['MLOPS_INPUT_TABLE_FILE']).read_text()\n"
            "model = Path(os.environ['MLOPS_INPUT_MODEL'], 'weights.json').read_text()\n"
            "Path(os.environ['MLOPS_OUTPUT_DIR'], 'both').write_text(table + model)\n"
        )
        second = self.succeeded(jobs, submit(script, inputs=inputs, outputs={"both": "both"}))
        folder = provider.storage.download(second.outputs["both"], tmp_path / "both")
        assert (folder if folder.is_file() else folder / "both").read_text() == "a,b\n1,2\n[1]"

    def test_metrics_are_exact_after_the_end(self, jobs: Jobs, submit: Submit) -> None:
        job = self.succeeded(jobs, submit(_METRICS))
        assert [(metric.name, metric.value, metric.step) for metric in job.metrics] == [
            ("loss", 0.1, 1),
            ("loss", 0.30000000000000004, 2),
            ("auc", 1e-300, None),
        ]
        assert job.latest_metrics() == {"loss": 0.30000000000000004, "auc": 1e-300}

    def test_metrics_are_seen_while_it_runs(self, jobs: Jobs, submit: Submit) -> None:
        ref = submit(_METRICS + "time.sleep(600)\n")
        self.until(lambda: len(jobs.get(ref).metrics) == 3)
        assert not jobs.get(ref).status.ended
        job = self.stop(jobs, ref)
        assert len(job.metrics) == 3, "what was measured before the stop is kept"

    def test_a_secret_reaches_the_script_and_nothing_else(
        self, provider: Provider, jobs: Jobs, submit: Submit, prepare: Prepare
    ) -> None:
        name, value = self.secret
        spec, context = prepare("pass", secrets=[name])
        if not provider.capabilities[Feature.SECRETS].usable:
            assert any(refusal.field.startswith("secrets") for refusal in provider.check(spec))
            with pytest.raises(UnsupportedError):
                require_feature(provider, Feature.SECRETS)
            return
        assert provider.check(spec) == []
        assert value not in json.dumps([request.body for request in provider.requests(spec, context)])
        ref = submit(_HASHED.format(name=name), secrets=[name], outputs={"digest": "digest"})
        job = self.succeeded(jobs, ref)
        assert self.read(provider, job.outputs["digest"]).decode() == sha256(value.encode()).hexdigest()
        assert value not in "\n".join(self.log(jobs, ref)) + repr(job)

    def test_a_secret_that_the_profile_lacks_is_refused(self, provider: Provider, prepare: Prepare) -> None:
        spec, _ = prepare("pass", secrets=["KIT_NO_SUCH_SECRET"])
        assert any(refusal.field.startswith("secrets") for refusal in provider.check(spec))
