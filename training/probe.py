"""How far `energy` tells strange ink from digits: figures for models/README.md. Trains nothing.

Strange ink is made of held-out digits turned by a right angle or mirrored (2, 3, 4, 5, 7 only: the others stay legible) and of
textures; none of it is a class of the training.
"""

import argparse
from pathlib import Path

import numpy as np

import cells
import fields
import finish
import held
import measure
from normalise import normalise_many


def textures(rng, n):
    """Blobs of filtered noise, cut at a level: ink that is neither stroke nor paper."""
    from scipy import ndimage

    raw = np.stack([ndimage.gaussian_filter(rng.normal(size=(64, 64)), rng.uniform(1, 4)) for _ in range(n)])
    level = raw.std((1, 2), keepdims=True) * rng.uniform(0, 1.2, (n, 1, 1))
    return normalise_many((raw > level).astype(np.float32), np.full(n, 64.0))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--params", type=Path, required=True)
    parser.add_argument("--temperature", type=float, required=True)
    args = parser.parse_args()
    params = finish.load(args.params)
    rng = np.random.default_rng(77)
    (pixels, labels), swiss, _ = held.kept_apart(args.data)
    library = fields.build((pixels[:3000], labels[:3000]), [(d, ink) for _, d, ink in swiss], [], [], [], rng, 50, 200, 200)
    drawer = cells.Cells(library, {"mnist": 1, "swiss": 1})
    names = rng.integers(0, 10, 4096)
    pictures = held.batches(drawer, rng, names)
    some = np.isin(names, (2, 3, 4, 5, 7))
    sets = {"digits": pictures, "turned": np.rot90(pictures[some], 1, (1, 2)), "mirrored": pictures[some][:, :, ::-1], "textures": textures(rng, 1024)}
    base = None
    for name, x in sets.items():
        z = finish.all_logits(params, np.ascontiguousarray(x))
        top = z.max(1)
        energy = top + np.log(np.exp(z - top[:, None]).sum(1))
        p = measure.softmax(z, args.temperature)
        taken = (p.argmax(1) < 10) & (p.max(1) >= 0.95)
        if base is None:
            base = energy
            right = p.argmax(1) == names
            limits = np.percentile(energy[right], [1, 2, 5])
            print("energy of right digits: 1, 2, 5 % lie below", np.round(limits, 2), " wrong digits: median", round(float(np.median(energy[~right])), 2))
            print("wrong at >= 0.95:", int((taken & ~right).sum()), "of", int(taken.sum()), "; with energy above the 2 % limit:",
                  int((taken & ~right & (energy > limits[1])).sum()), "of", int((taken & (energy > limits[1])).sum()))
            continue
        auc = (energy[:, None] < base[None, :]).mean()
        print(f"{name}: n {len(x)}, accepted as a digit at 0.95: {100 * taken.mean():.1f} %, with energy above the 2 % limit: "
              f"{100 * (taken & (energy > limits[1])).mean():.1f} %, AUC of energy against digits {auc:.3f}")


if __name__ == "__main__":
    main()
