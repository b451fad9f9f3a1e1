"""A tracking server for the job's own `mlflow` client: it speaks MLflow's REST API on loopback, inside the shim."""
