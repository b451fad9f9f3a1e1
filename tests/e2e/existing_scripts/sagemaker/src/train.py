#!/usr/bin/env python
"""Churn model, SageMaker script mode (SKLearn/Framework estimator: entry_point="train.py", source_dir="src")."""
import argparse
import csv
import glob
import json
import logging
import math
import os
import sys

from utils import sigmoid, standardise

logger = logging.getLogger(__name__)
logger.setLevel(int(os.environ.get("SM_LOG_LEVEL", logging.INFO)))
logger.addHandler(logging.StreamHandler(sys.stdout))


def parse_args():
    parser = argparse.ArgumentParser()

    # Hyperparameters are described here. In this simple example we are just including a few.
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--use-bias", type=lambda text: text.lower() in ("true", "1"), default=False)

    # Container environment
    parser.add_argument("--hosts", type=list, default=json.loads(os.environ["SM_HOSTS"]))
    parser.add_argument("--current-host", type=str, default=os.environ["SM_CURRENT_HOST"])
    parser.add_argument("--model-dir", type=str, default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--output-data-dir", type=str, default=os.environ["SM_OUTPUT_DATA_DIR"])
    parser.add_argument("--train", type=str, default=os.environ["SM_CHANNEL_TRAIN"])
    parser.add_argument("--validation", type=str, default=os.environ.get("SM_CHANNEL_VALIDATION"))
    parser.add_argument("--num-gpus", type=int, default=os.environ["SM_NUM_GPUS"])
    parser.add_argument("--num-cpus", type=int, default=os.environ["SM_NUM_CPUS"])

    return parser.parse_known_args()


def load_data(folder):
    files = glob.glob(os.path.join(folder, "*.csv"))
    if len(files) == 0:
        raise ValueError("There are no files in {}. This usually indicates that the channel was wrong".format(folder))
    rows = []
    for name in files:
        with open(name) as f:
            rows += [[float(x) for x in row] for row in list(csv.reader(f))[1:]]
    return [row[:-1] for row in rows], [row[-1] for row in rows]


def train(args):
    x, y = load_data(args.train)
    x, mean, std = standardise(x)
    w, b = [0.0] * len(x[0]), 0.0
    for epoch in range(args.epochs):
        loss = 0.0
        for i in range(0, len(x), args.batch_size):
            for xi, yi in zip(x[i : i + args.batch_size], y[i : i + args.batch_size]):
                p = sigmoid(sum(a * c for a, c in zip(w, xi)) + b)
                loss -= math.log(max(p if yi else 1 - p, 1e-12))
                w = [a - args.learning_rate * (p - yi) * c for a, c in zip(w, xi)]
                b -= args.learning_rate * (p - yi) if args.use_bias else 0.0
        logger.info("epoch=%d; train_loss=%.4f;", epoch, loss / len(x))
        print("[metric] train_loss={!r} step={}".format(loss / len(x), epoch), flush=True)
    return {"w": w, "b": b, "mean": mean, "std": std}


def accuracy(model, folder):
    x, y = load_data(folder)
    x = [[(a - m) / s for a, m, s in zip(row, model["mean"], model["std"])] for row in x]
    right = sum((sum(a * c for a, c in zip(model["w"], row)) + model["b"] > 0) == bool(t) for row, t in zip(x, y))
    return right / len(y)


if __name__ == "__main__":
    args, _ = parse_args()
    hps = json.loads(os.environ["SM_HPS"])
    assert hps["batch-size"] == args.batch_size and float(os.environ["SM_HP_LEARNING-RATE"]) == args.learning_rate
    assert args.current_host in args.hosts and args.num_cpus >= 1

    environment = json.loads(os.environ["SM_TRAINING_ENV"])
    logger.info("channels: %s", sorted(environment["channel_input_dirs"]))

    model = train(args)
    validation = accuracy(model, args.validation)
    print("[metric] validation_accuracy={!r}".format(validation))

    with open(os.path.join(args.model_dir, "model.json"), "w") as f:
        json.dump(model, f)
    with open(os.path.join(args.output_data_dir, "eval.json"), "w") as f:
        json.dump({"validation_accuracy": validation, "seen": {"hps": hps, "args": sys.argv[1:]}}, f)
    with open(os.path.join(os.environ["SM_INPUT_CONFIG_DIR"], "inputdataconfig.json")) as f:
        assert set(json.load(f)) == set(json.loads(os.environ["SM_CHANNELS"]))
    assert os.listdir(os.path.join(os.environ["SM_INPUT_DIR"], "data", "train"))
