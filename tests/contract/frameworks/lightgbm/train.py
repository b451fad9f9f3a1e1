import argparse, glob, os

import lightgbm as lgb
import numpy as np

p = argparse.ArgumentParser()
p.add_argument("--num-leaves", type=int, default=7)
a = p.parse_args()

(path,) = glob.glob(os.environ["MLOPS_INPUT_TRAIN"] + "/*.csv")
table = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8")
names = [n for n in table.dtype.names if n != "label"]
X = np.column_stack([table[n] for n in names]).astype(float)
y = (table["label"] == "yes").astype(int)
booster = lgb.train(
    {"objective": "binary", "num_leaves": a.num_leaves, "min_data_in_leaf": 2, "num_threads": 1, "verbose": -1, "seed": 7},
    lgb.Dataset(X, y, feature_name=names),
    num_boost_round=30,
)
print("[metric] trees=%d" % booster.num_trees())
booster.save_model(os.environ["MLOPS_MODEL_DIR"] + "/model.txt")
