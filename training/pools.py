"""Draws what the network learns from, once, into files: drawing costs several times as much as learning.

A pool holds pictures (n, 32, 32) u8, their labels (n,) 0..12, and which of them are real digits in the ink they were scanned with.
Pools of different seeds can be drawn side by side.
"""

import argparse
from pathlib import Path

import numpy as np

import cells
import fields
import held
import scanned

CHUNK = 2048
PLAIN = 0.3  # share of pictures drawn without damage: most scans of an office are clean, and confidence must hold on them


def _as_bytes(pictures):
    return (pictures * 255).astype(np.uint8)


def draw(data, fonts, hands, seed, drawn, as_scanned):
    """(pictures, labels, real) of so many of each kind."""
    rng = np.random.default_rng(seed)
    mnist, swiss, optical = held.learnt(data)
    library = fields.build(mnist, [(d, ink) for _, d, ink in swiss], optical, fonts, held.hands(hands, False), rng)
    drawer = cells.Cells(library, cells.SHARES)
    labels = cells.mix(rng, drawn)
    pictures = [_as_bytes(held.batches(drawer, rng, labels[k : k + CHUNK], PLAIN)) for k in range(0, drawn, CHUNK)]
    source = scanned.AsScanned(held.clean(mnist, swiss, optical), library)
    for k in range(0, as_scanned, CHUNK):
        more, names = source.draw(rng, min(CHUNK, as_scanned - k))
        pictures.append(_as_bytes(more))
        labels = np.concatenate([labels, names])
    return np.concatenate(pictures), labels.astype(np.uint8), np.arange(len(labels)) >= drawn


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/, swiss_writers/ and uci/")
    parser.add_argument("--fonts", type=Path, nargs="*", default=[], help="fonts for printed digits and for letters that are no digit")
    parser.add_argument("--hands", type=Path, required=True, help="folder of the fonts of hands.txt, NAME.woff")
    parser.add_argument("--out", type=Path, required=True, help="the pool's file, .npz")
    parser.add_argument("--drawn", type=int, default=200_000, help="pictures drawn with a pen of ours")
    parser.add_argument("--scanned", type=int, default=300_000, help="real digits in the ink they were scanned with")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    pictures, labels, real = draw(args.data, args.fonts, args.hands, args.seed, args.drawn, args.scanned)
    np.savez(args.out, pictures=pictures, labels=labels, real=real)
    print(args.out, len(labels), "pictures;", np.bincount(labels, minlength=cells.CLASSES), flush=True)


if __name__ == "__main__":
    main()
