"""Custom training task for Vertex AI; packaged and started as `python -m trainer.task`."""
import argparse
import csv
import glob
import json
import logging
import os

from . import model as models

logging.getLogger().setLevel(logging.INFO)


def get_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--job-dir", default=os.environ.get("AIP_MODEL_DIR"), help="GCS location to write the model to")
    parser.add_argument("--checkpoint-dir", default=os.getenv("AIP_CHECKPOINT_DIR"))
    return parser.parse_args()


def gcs_path(uri):
    """Cloud Storage FUSE mounts every bucket under /gcs."""
    return uri.replace("gs://", "/gcs/")


def read(uri):
    rows = []
    for name in glob.glob(gcs_path(uri)):
        with open(name) as f:
            rows += list(csv.reader(f))[1:]
    return rows


def main():
    args = get_args()
    assert os.environ["AIP_DATA_FORMAT"] == "csv"
    cluster = json.loads(os.environ["CLUSTER_SPEC"])
    is_chief = cluster["task"]["type"] == "workerpool0" and cluster["task"]["index"] == 0

    train, test = read(os.environ["AIP_TRAINING_DATA_URI"]), read(os.environ["AIP_TEST_DATA_URI"])
    log_dir = gcs_path(os.environ["AIP_TENSORBOARD_LOG_DIR"])
    os.makedirs(log_dir, exist_ok=True)
    for epoch in range(args.epochs):
        fitted = models.fit(train)
        score = sum(models.predict(fitted, row[:-1]) == row[-1] for row in test) / len(test)
        logging.info("epoch %d: accuracy %.3f", epoch, score)
        print(f"[metric] accuracy={score} step={epoch}")
        with open(os.path.join(gcs_path(args.checkpoint_dir), f"ckpt-{epoch}.json"), "w") as f:
            json.dump(fitted, f)
        with open(os.path.join(log_dir, "events.txt"), "a") as f:
            f.write(f"{epoch} {score}\n")

    if is_chief:
        target = os.path.join(gcs_path(args.job_dir), "saved_model")
        os.makedirs(target, exist_ok=True)
        with open(os.path.join(target, "means.json"), "w") as f:
            json.dump(fitted, f)


if __name__ == "__main__":
    main()
