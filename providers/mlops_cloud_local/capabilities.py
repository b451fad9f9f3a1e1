"""What this computer can do as a provider, and why not more."""

from __future__ import annotations

from mlops_cloud.provider.capabilities import Capabilities, Feature, Support

_NO_SERVICE = "this computer has no service of its own for it; the portable engine does it"


def capabilities(memory_mode: str) -> Capabilities:
    """Every feature with its support; `memory_mode` is how a job's memory is limited here."""
    return Capabilities(
        {
            Feature.DATASETS: Support.full(),
            Feature.TRAINING: Support.full(),
            Feature.PROCESSING: Support.full(),
            Feature.TUNING: Support.emulated("the library's own engine: every trial is a job"),
            Feature.BATCH_PREDICTION: Support.emulated("a processing job that runs the library's own batch prediction"),
            Feature.EVALUATION: Support.emulated("a processing job that runs the library's own evaluation"),
            Feature.MODELS: Support.full(),
            Feature.ENDPOINTS: Support.not_yet("no server is built yet"),
            Feature.MONITORS: Support.not_yet("no scheduler is built yet"),
            Feature.RECIPES: Support.emulated("the library's own engine over datasets, jobs and models"),
            Feature.NATIVE_TUNING: Support.never(_NO_SERVICE),
            Feature.NATIVE_BATCH: Support.never(_NO_SERVICE),
            Feature.NATIVE_MONITORS: Support.never(_NO_SERVICE),
            Feature.SPOT: Support.emulated(
                "attempts are interrupted on purpose, as the profile's spot_interruptions say"
            ),
            Feature.GPU: Support.never(
                "accelerators are not counted or reserved; a script finds this computer's by itself"
            ),
            Feature.SEVERAL_INSTANCES: Support.never("this is one computer"),
            Feature.IMAGES: Support.never("no container engine is used: jobs are plain processes"),
            Feature.MEMORY_LIMIT: _memory(memory_mode),
            Feature.TIME_LIMIT: Support.full(),
            Feature.SECRETS: Support.full(),
            Feature.DELETE_JOBS: Support.full(),
            Feature.ALIASES: Support.full(),
            Feature.APPROVALS: Support.full(),
            Feature.RETIRE: Support.full(),
            Feature.PRICES: Support.never("your own computer has no price"),
        }
    )


def _memory(mode: str) -> Support:
    if mode == "cgroup":
        return Support.full()
    return Support.partial("the job's resident memory is polled: a peak shorter than the interval is not seen")
