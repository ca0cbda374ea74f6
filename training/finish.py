"""What is done with learnt weights (`learn.py`): all figures, on the pictures kept apart, and the files the program takes.

Of several weights the mean is taken (Wortsman and others, "Model soups", 2022).
"""

import argparse
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import cells
import fields
import held
import measure
import network
import strokes
from normalise import normalise

SURE = 0.99  # as in src/recognize/pair.rs

score = jax.jit(network.logits)


def all_logits(params, pictures):
    padded = np.concatenate([pictures, np.zeros((-len(pictures) % 512, 32, 32), np.float32)])
    return np.concatenate([np.asarray(score(params, padded[k : k + 512])) for k in range(0, len(padded), 512)])[: len(pictures)]


def with_second(logits, second_logits):
    """Logits of a first network, with those of a second where the first is not sure; both at a temperature of 1."""
    unsure = measure.softmax(logits, 1).max(1) < SURE
    return np.where(unsure[:, None], (logits + second_logits) / 2, logits)


def figures(logits_of, clean_sets, damaged_sets, temperature=None):
    """All figures; the temperature, if none is given, is fitted on the held-out sets, clean and damaged together."""
    plain = [(name, logits_of(x), y) for name, x, y in clean_sets]
    got = [(name, logits_of(x), y) for name, x, y in damaged_sets]
    fitting = [(z, y) for name, z, y in plain + got if name not in ("stroke", *held.ALONE) and not name.endswith("as_scanned")]
    if temperature is None:
        temperature = measure.fit_temperature(np.concatenate([z for z, _ in fitting]), np.concatenate([y for _, y in fitting]))
    out = {"temperature": temperature, "clean": {}, "as_in_a_cell": {}}
    pooled = []
    for name, z, y in plain:
        out["clean"][name] = measure.digits(z, y, temperature)
        if name not in ("mnist", *held.ALONE):
            pooled.append((z, y))
    if pooled:
        out["clean"]["swiss_all"] = measure.digits(np.concatenate([z for z, _ in pooled]), np.concatenate([y for _, y in pooled]), temperature)
    for name, z, y in got:
        out["as_in_a_cell"][name] = measure.digits(z, y, temperature) if y[0] < 10 or name in ("mnist", "swiss", "stroke") else measure.negatives(z, temperature)
    return out


def golden(path, params):
    """48 normalised inputs of our own drawing with their logits; no picture of any data set."""
    rng = np.random.default_rng(48)
    library = fields.build(None, [], [], [], [], rng, digits_each=8, strikes=60, rubbish=60)
    labels = np.concatenate([np.arange(30) % 10, np.repeat([10, 11, 12], 6)])
    pictures = np.round(cells.Cells(library, {"stroke": 1}).draw(rng, labels, plain=0.3) * 255)
    z = np.asarray(network.logits(params, jnp.asarray(pictures / np.float32(255), jnp.float32)))
    cases = [{"label": network.CLASSES[c], "pixels": p.astype(int).ravel().tolist(), "logits": [round(float(v), 5) for v in row]} for c, p, row in zip(labels, pictures, z)]
    path.write_text('{"pixels_are":"value * 255, row-major 32x32","cases":[\n' + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]}\n")


def golden_normalised(path):
    """Ink maps of several sizes, drawn by us, with their normalised pictures: Python and Rust must agree."""
    rng = np.random.default_rng(5)
    cases = []
    for d, width, height, cell in ((4, 70, 94, 94.0), (7, 25, 30, 30.0), (5, 14, 17, 16.0), (8, 60, 60, 60.0), (2, 48, 48, 130.0)):
        rows = strokes.segments(strokes.digit(rng, d), 0.7 * height) + np.tile([width / 2 + 2, height / 2 - 1], 2)
        y, x = np.mgrid[:height, :width] + 0.5
        x0, y0, x1, y1 = rows.T[:, :, None, None]
        t = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / np.maximum((x1 - x0) ** 2 + (y1 - y0) ** 2, 1e-9), 0, 1)
        distance = np.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0)).min(0)
        ink = np.clip(0.03 * height + 0.5 - distance, 0, 1) * 0.8
        ink[rng.random(ink.shape) < 0.003] = 0.9
        bytes_ = np.round(ink * 255).astype(int)
        picture = normalise((bytes_ / np.float32(255)).astype(np.float32), cell)
        cases.append({"width": width, "height": height, "cell_height_px": cell, "ink": bytes_.ravel().tolist(), "normalised": [round(float(v), 4) for v in picture.ravel()]})
    path.write_text('{"ink_is":"value * 255, row-major","cases":[\n' + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]}\n")


def write(out, params, version, result):
    """The weights, as the program and as a later run take them, and what the program's tests hold them to."""
    (out / "models").mkdir(parents=True, exist_ok=True)
    (out / "tests/golden").mkdir(parents=True, exist_ok=True)
    network.save(out / "models/digits.bin", params, "uketsuke-digits", version, result["temperature"])
    golden(out / "tests/golden/digits.json", params)
    golden_normalised(out / "tests/golden/normalise.json")
    np.savez(out / "params.npz", *[a for pair in params for a in pair])


def load(path):
    """The weights of a `params.npz`."""
    arrays = list(np.load(path).values())
    return list(zip(arrays[::2], arrays[1::2]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/, swiss_writers/ and uci/")
    parser.add_argument("--hands", type=Path, required=True, help="folder of the fonts of hands.txt, NAME.woff")
    parser.add_argument("--params", type=Path, nargs="+", required=True)
    parser.add_argument("--second", type=Path, help="weights file of the network that looks at what the first is not sure of")
    parser.add_argument("--out", type=Path, required=True, help="where models/, tests/golden/, params.npz and measured.json are written")
    parser.add_argument("--version", default="1")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    several = [load(path) for path in args.params]
    params = [tuple(np.mean(parts, 0) for parts in zip(*layers)) for layers in zip(*several)]
    apart = held.kept_apart(args.data)
    undamaged = held.clean(*apart) + [held.by_hand(held.hands(args.hands, True)), held.tablet(args.data)]
    damaged = held.damaged(*apart[:2], 1000 + args.seed)
    result = figures(lambda x: all_logits(params, x), undamaged, damaged)
    if args.second:
        second, cooled = network.load(args.second)
        both = lambda x: with_second(all_logits(params, x) / result["temperature"], all_logits(second, x) / cooled)
        result["with_second"] = figures(both, undamaged, damaged, 1.0)
    result |= {"parameters": network.count(params), "held_out": held.HELD_OUT}
    write(args.out, params, args.version, result)
    (args.out / "measured.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
