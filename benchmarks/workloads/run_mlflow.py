"""MLflow: one run in a SQLite store, parameters and metric logged, the model logged and registered: CSV FOLDER."""

from __future__ import annotations

import sys

import lifecycle
import mlflow  # noqa: TID253 - this is MLflow's own script
import mlflow.sklearn  # noqa: TID253

if __name__ == "__main__":
    csv, folder = sys.argv[1:]
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.set_experiment("benchmark")
    train_rows, test_rows = lifecycle.split(lifecycle.load(csv))
    with mlflow.start_run():
        model = lifecycle.train(train_rows)
        mlflow.log_params({"max_iter": 500})
        accuracy = lifecycle.evaluate(model, test_rows)
        mlflow.log_metric("accuracy", accuracy)
        # Requirements are given: finding them out costs MLflow 2.5 s more.
        mlflow.sklearn.log_model(
            model, name="model", registered_model_name="breast-cancer", pip_requirements=["scikit-learn"]
        )
    lifecycle.register(model, accuracy, folder)
