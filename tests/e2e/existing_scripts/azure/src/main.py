# import libraries
import argparse
import csv
import json
import os

import mlflow

from helper import stump


def main(args):
    # enable auto logging
    mlflow.autolog()

    # read in data
    with open(args.data) as f:
        rows = list(csv.DictReader(f))
    cut = int(len(rows) * (1 - args.test_train_ratio))

    mlflow.log_param("num_samples", len(rows))
    params = {"learning_rate": args.learning_rate, "criterion": args.criterion}
    mlflow.log_params(params)

    model = stump(rows[:cut], args.target)
    for epoch in range(3):
        mlflow.log_metric("loss", args.learning_rate / (epoch + 1), step=epoch)
    right = sum((float(r[model["column"]]) > model["threshold"]) == (r[args.target] == "1") for r in rows[cut:])
    mlflow.log_metrics({"accuracy": right / len(rows[cut:]), "test loss": 0.25})
    mlflow.set_tag("framework", "none")
    mlflow.log_dict(params, "params.json")

    # nested run per fold
    for fold in range(2):
        with mlflow.start_run(run_name=f"fold-{fold}", nested=True):
            mlflow.log_metric("accuracy", fold / 10)

    # write the model to the output
    os.makedirs(args.model_dir, exist_ok=True)
    with open(os.path.join(args.model_dir, "model.json"), "w") as f:
        json.dump(model, f)


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=str, help="path to input data")
    parser.add_argument("--target", type=str, default="label")
    parser.add_argument("--test_train_ratio", type=float, required=False, default=0.25)
    parser.add_argument("--learning_rate", type=float, default=0.1)
    parser.add_argument("--criterion", type=str, default="gini")
    parser.add_argument("--model-dir", type=str, default="./")
    return parser.parse_args()


# run script
if __name__ == "__main__":
    # add space in logs
    print("*" * 60)
    args = parse_args()

    # start the run
    mlflow.set_experiment("churn")
    mlflow.start_run()
    main(args)
    mlflow.end_run()
    print("*" * 60)
