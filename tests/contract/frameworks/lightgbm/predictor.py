import lightgbm as lgb
import numpy as np


def load(model_dir):
    return lgb.Booster(model_file=model_dir + "/model.txt")


def predict(model, rows):
    X = np.array([[float(row[name]) for name in model.feature_name()] for row in rows])
    return [{"no": 1 - p, "yes": p} for p in model.predict(X).tolist()]
