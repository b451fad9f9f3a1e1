#!/usr/bin/env bash
set -euo pipefail

EPOCHS=3
while [[ $# -gt 0 ]]; do
  case "$1" in
    --epochs) EPOCHS="$2"; shift 2 ;;
    *) echo "unknown option $1" >&2; exit 64 ;;
  esac
done

echo "training on $(ls "$MLOPS_INPUT_TRAIN" | wc -l) file(s) for $EPOCHS epochs"
head -n 1 "$MLOPS_INPUT_TRAIN"/*.csv
for ((epoch = 0; epoch < EPOCHS; epoch++)); do
  python fit.py --data "$MLOPS_INPUT_TRAIN" --out "$SM_MODEL_DIR/model.txt"
  echo "[metric] epochs_done=$((epoch + 1)) step=$epoch"
done | tee "$MLOPS_OUTPUT_DIR/train.log"
cp "$MLOPS_OUTPUT_DIR/train.log" /dev/stderr
