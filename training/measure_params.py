"""All figures of weights already trained (`params.npz`), on the pictures kept apart; trains nothing. Writes measured.json.

Of several weights the mean is taken (Wortsman and others, "Model soups", 2022), and written as `train.py` writes its own.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import fields
import network
import train


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--params", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for measured.json and, of several weights, their mean")
    parser.add_argument("--version", default="1")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    several = [train.load(path) for path in args.params]
    params = [tuple(np.mean(parts, 0) for parts in zip(*layers)) for layers in zip(*several)]
    at = fields.MNIST_TRAIN
    pixels, labels = fields.read_mnist(args.data / "mnist")
    apart = [s for s in fields.read_swiss(args.data / "swiss_writers") if s[0] in train.HELD_OUT]
    held = (pixels[at:], labels[at:])
    result = train.figures(params, train.clean(held, apart), train.damaged(held, apart, 1000 + args.seed))
    result |= {"parameters": network.count(params), "held_out": train.HELD_OUT}
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "measured.json").write_text(json.dumps(result, indent=1) + "\n")
    if len(several) > 1:
        train.write(args.out, params, args.version, result)


if __name__ == "__main__":
    main()
