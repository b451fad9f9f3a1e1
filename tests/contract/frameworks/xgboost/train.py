import argparse
import os

import pandas as pd
import xgboost as xgb

parser = argparse.ArgumentParser()
parser.add_argument("--max_depth", type=int, default=3)
parser.add_argument("--num_round", type=int, default=20)
parser.add_argument("--train", type=str, default=os.environ.get("SM_CHANNEL_TRAIN"))
parser.add_argument("--model-dir", type=str, default=os.environ.get("SM_MODEL_DIR"))
args = parser.parse_args()

df = pd.concat(pd.read_csv(os.path.join(args.train, name)) for name in os.listdir(args.train) if name.endswith(".csv"))
dtrain = xgb.DMatrix(df.drop(columns="label"), label=(df["label"] == "yes").astype(int))
results = {}
bst = xgb.train(
    {"max_depth": args.max_depth, "objective": "binary:logistic", "eval_metric": "logloss", "nthread": 1},
    dtrain,
    args.num_round,
    evals=[(dtrain, "train")],
    evals_result=results,
    verbose_eval=False,
)
for step, value in enumerate(results["train"]["logloss"]):
    print(f"[metric] logloss={value} step={step}")
bst.save_model(os.path.join(args.model_dir, "model.ubj"))
bst.save_model(os.path.join(args.model_dir, "model.json"))
