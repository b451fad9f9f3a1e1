"""What Amazon SageMaker's training toolkit tells a script, by the same names: folders, parameters, the machine.

https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md
Not given, because nothing true can be said: SM_FRAMEWORK_MODULE.
"""

from __future__ import annotations

import json
import os

from mlops_runtime.parameters import argv_of, text_of
from mlops_runtime.places import folder_of, variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

    from mlops_runtime.context import Context

_LOG_LEVEL = 20
_CHANNEL = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
_CONFIG = {
    "SM_HPS": "hyperparameters",
    "SM_INPUT_DATA_CONFIG": "inputdataconfig",
    "SM_RESOURCE_CONFIG": "resourceconfig",
}


def of_job(context: Context, parameters: Dict[str, Any], entry: Dict[str, Any]) -> Dict[str, str]:
    """What differs from job to job."""
    channels = {name: folder_of(path) for name, path in context.inputs.items()}
    hosts = {"current_host": context.current_host, "hosts": list(context.hosts)}
    described = dict.fromkeys(channels, _CHANNEL)
    arguments = argv_of(parameters) + list(context.arguments)
    known: Dict[str, Any] = {
        "channel_input_dirs": channels,
        "hyperparameters": parameters,
        "input_data_config": described,
        "resource_config": hosts,
        "model_dir": context.model_dir,
        "output_dir": context.output_dir,
        "output_data_dir": context.output_dir,
        "log_level": _LOG_LEVEL,
        **hosts,
        **_module(context, entry),
    }
    found = {"SM_CHANNEL_" + variable(name): folder for name, folder in channels.items()}
    found.update(_hyperparameters(parameters))
    found.update(
        SM_MODEL_DIR=context.model_dir,
        SM_OUTPUT_DIR=context.output_dir,
        SM_OUTPUT_DATA_DIR=context.output_dir,
        SM_OUTPUT_INTERMEDIATE_DIR=context.output_dir,
        SM_CHANNELS=json.dumps(sorted(channels)),
        SM_HPS=json.dumps(parameters),
        SM_INPUT_DATA_CONFIG=json.dumps(described),
        SM_RESOURCE_CONFIG=json.dumps(hosts),
        SM_USER_ARGS=json.dumps(arguments),
        SM_TRAINING_ENV=json.dumps(known),
    )
    found.update(("SM_" + name.upper(), text) for name, text in _module(context, entry).items())
    return found


def of_machine(context: Context) -> Dict[str, str]:
    """What SageMaker itself may have said already."""
    devices = os.listdir("/dev") if os.path.isdir("/dev") else []
    gpus = sum(device.startswith("nvidia") and device[6:].isdigit() for device in devices)
    return {
        "SM_HOSTS": json.dumps(list(context.hosts)),
        "SM_CURRENT_HOST": context.current_host,
        "SM_CURRENT_INSTANCE_TYPE": "local",
        "SM_NUM_CPUS": str(os.cpu_count() or 1),
        "SM_NUM_GPUS": str(gpus),
        "SM_NUM_NEURONS": "0",
        "SM_LOG_LEVEL": str(_LOG_LEVEL),
        "SM_NETWORK_INTERFACE_NAME": _interface(),
        "SM_FRAMEWORK_PARAMS": "{}",
    }


def lay_out_inputs(folder: str, context: Context, environment: Dict[str, str]) -> Dict[str, str]:
    """Make the folder that SageMaker's /opt/ml/input is; gives the two variables that name it."""
    config, data = os.path.join(folder, "config"), os.path.join(folder, "data")
    for made in (config, data):
        os.makedirs(made, exist_ok=True)
    for name, text in _CONFIG.items():
        with open(os.path.join(config, text + ".json"), "w", encoding="utf-8") as file:
            file.write(environment.get(name, "{}"))
    for name, path in context.inputs.items():
        if not os.path.lexists(os.path.join(data, name)):
            os.symlink(folder_of(path), os.path.join(data, name))
    return {"SM_INPUT_DIR": folder, "SM_INPUT_CONFIG_DIR": config}


def _module(context: Context, entry: Dict[str, Any]) -> Dict[str, str]:
    found = {"module_dir": context.work_dir}
    if entry["kind"] != "command":
        started: str = entry["value"]
        name, _, _suffix = started.rpartition(".")
        module = started if entry["kind"] == "module" or not name else name.replace("/", ".")
        found.update(module_name=module, user_entry_point=started)
    return found


def _hyperparameters(parameters: Dict[str, Any]) -> Dict[str, str]:
    found: Dict[str, str] = {}
    for name, value in parameters.items():
        text = text_of(value)
        if text is not None:
            # The toolkit only writes a name in upper case; with `-` in it no shell could use it.
            found["SM_HP_" + name.upper()] = found["SM_HP_" + variable(name)] = text
    return found


def _interface() -> str:
    folder = "/sys/class/net"
    names: List[str] = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return next((name for name in names if name != "lo"), "lo")
