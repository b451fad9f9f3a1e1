import argparse
import os

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score

from mlops_runtime import save_model

parser = argparse.ArgumentParser()
parser.add_argument("--n-estimators", type=int, default=10)
parser.add_argument("--min-samples-leaf", type=int, default=3)
parser.add_argument("--model-dir", type=str, default=os.environ.get("SM_MODEL_DIR"))
parser.add_argument("--train", type=str, default=os.environ.get("SM_CHANNEL_TRAIN"))
args = parser.parse_args()

df = pd.read_csv(os.environ["MLOPS_INPUT_TRAIN_FILE"])
X, y = df.drop(columns="label"), df["label"]
clf = RandomForestClassifier(args.n_estimators, min_samples_leaf=args.min_samples_leaf, random_state=0).fit(X, y)
print("[metric] train_accuracy=%r" % accuracy_score(y, clf.predict(X)))
save_model(clf)
