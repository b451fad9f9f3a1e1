import argparse
import csv
import os

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from net import Net

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--whole-model", type=lambda s: s == "true", default=False)
    parser.add_argument("--data-dir", type=str, default=os.environ["SM_CHANNEL_TRAIN"])
    parser.add_argument("--model-dir", type=str, default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--num-gpus", type=int, default=os.environ["SM_NUM_GPUS"])
    args = parser.parse_args()

    torch.manual_seed(7)
    torch.set_num_threads(1)
    device = torch.device("cuda" if args.num_gpus > 0 else "cpu")
    rows = []
    for name in os.listdir(args.data_dir):
        with open(os.path.join(args.data_dir, name)) as f:
            rows += list(csv.DictReader(f))
    x = torch.tensor([[float(r["x1"]), float(r["x2"])] for r in rows])
    y = torch.tensor([float(r["label"] == "yes") for r in rows])

    model = Net().to(device)
    model.mean, model.std = x.mean(0), x.std(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    loader = DataLoader(TensorDataset(x, y), batch_size=args.batch_size, shuffle=True)
    for epoch in range(args.epochs):
        total = 0.0
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(model(xb.to(device)), yb.to(device))
            loss.backward()
            optimizer.step()
            total += loss.item() * len(xb)
        print(f"[metric] loss={total / len(x)} step={epoch}", flush=True)
        torch.save(
            {"epoch": epoch, "model": model.state_dict(), "optimizer": optimizer.state_dict()},
            os.path.join(os.environ["MLOPS_CHECKPOINT_DIR"], "last.pt"),
        )
    torch.save(model if args.whole_model else model.state_dict(), os.path.join(args.model_dir, "model.pt"))
