"""The third step: the same model as everyone's, saved in a safe format."""

from __future__ import annotations

import os

import lifecycle

from mlops_runtime import save_model

if __name__ == "__main__":
    save_model(lifecycle.train(lifecycle.load(os.environ["MLOPS_INPUT_TRAIN_FILE"])))
