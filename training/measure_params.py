"""All figures of weights already trained (`params.npz`), on the pictures kept apart; trains nothing. Writes measured.json."""

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
    parser.add_argument("--params", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    arrays = list(np.load(args.params).values())
    params = list(zip(arrays[::2], arrays[1::2]))
    at = fields.MNIST_TRAIN
    pixels, labels = fields.read_mnist(args.data / "mnist")
    apart = [s for s in fields.read_swiss(args.data / "swiss_writers") if s[0] in train.HELD_OUT]
    held = (pixels[at:], labels[at:])
    result = train.figures(params, train.clean(held, apart), train.damaged(held, apart, 1000 + args.seed))
    result |= {"parameters": network.count(params), "held_out": train.HELD_OUT}
    args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
