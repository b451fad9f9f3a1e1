import os

import pandas as pd
import xgboost as xgb


def load(model_dir):
    bst = xgb.Booster()
    bst.load_model(os.path.join(model_dir, "model.ubj"))
    return bst


def predict(model, rows):
    scores = model.predict(xgb.DMatrix(pd.DataFrame(rows)[model.feature_names].astype(float)))
    return [{"yes": float(score), "no": float(1 - score)} for score in scores]
