"""Predict a table larger than memory by the library, and forget the predictions, so that the next round makes them."""

import json

import mlops_cloud as mc

with mc.connect("local", project="benchmark") as cloud:
    predictions = cloud.batch.run(mc.BatchPrediction(model="model", data="rows.csv"))
    print(json.dumps(predictions.document["predictions"]["counts"]))
    cloud.processing.delete(predictions.job.name)
