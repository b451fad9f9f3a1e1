import csv
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

keras.utils.set_random_seed(7)
folder = os.environ["AIP_TRAINING_DATA_URI"].replace("gs://", "/gcs/")
with open(folder) as f:
    rows = list(csv.DictReader(f))
X = np.array([[float(r["x1"]), float(r["x2"])] for r in rows], dtype="float32")
y = np.array([r["label"] == "yes" for r in rows], dtype="float32")

model = keras.Sequential(
    [
        keras.layers.Input((2,)),
        keras.layers.Normalization(mean=X.mean(0), variance=X.var(0)),
        keras.layers.Dense(8, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy", metrics=["accuracy"])


class Report(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print(f"[metric] loss={logs['loss']} step={epoch}", flush=True)


model.fit(X, y, epochs=15, batch_size=16, verbose=0, callbacks=[Report()])
model.save(os.path.join(os.environ["AIP_MODEL_DIR"].replace("gs://", "/gcs/"), "model.keras"))
