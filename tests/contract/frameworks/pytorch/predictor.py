import os

import torch

from net import Net


def load(model_dir):
    model = Net()
    model.load_state_dict(torch.load(os.path.join(model_dir, "model.pt"), weights_only=True))
    return model.eval()


def predict(model, rows):
    with torch.no_grad():
        p = torch.sigmoid(model(torch.tensor([[float(r["x1"]), float(r["x2"])] for r in rows])))
    return [{"yes": v, "no": 1 - v} for v in p.tolist()]
