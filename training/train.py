"""From the raw digits to models/digits.bin, with fixed seeds. See README.md beside this file."""

import argparse
import json
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

import cells
import fields
import measure
import network
import scanned
import strokes
from normalise import normalise

HELD_OUT = ["0004_CH4M", "0008_CH3F", "0012_CH3M"]  # every fourth writer, chosen before anything was measured
BATCH = 256
CHUNK = 8192
PLAIN = 0.3  # share of pictures drawn without damage: most scans of an office are clean, and confidence must hold on them
NEW, AS_SCANNED = BATCH // 4, BATCH * 3 // 8  # pictures of a batch: newly drawn; real digits in the ink they were scanned with


def clean(mnist, swiss):
    """Undamaged pictures as the files give them, normalised: [(name, pictures, labels)]."""
    sets = []
    if mnist is not None:
        pixels, labels = mnist
        sets.append(("mnist", np.stack([normalise(p / np.float32(255), 28.0) for p in pixels]), labels.astype(int)))
    for writer in sorted({w for w, _, _ in swiss}):
        own = [(d, ink) for w, d, ink in swiss if w == writer]
        sets.append((writer, np.stack([normalise(ink, float(ink.shape[0])) for _, ink in own]), np.array([d for d, _ in own])))
    return sets


def damaged(mnist, swiss, seed):
    """Pictures as in cells, from sources and shapes apart from training: [(name, pictures, labels)]."""
    rng = np.random.default_rng(seed)
    library = fields.build(mnist, [(d, ink) for _, d, ink in swiss], [], rng, digits_each=150, strikes=600, rubbish=1500)
    sets = []
    for name, share, n in (("mnist", {"mnist": 1}, 6144), ("swiss", {"swiss": 1}, 6144), ("stroke", {"stroke": 1}, 2048)):
        if name in library.kinds:
            drawer = cells.Cells(library, share)
            labels = rng.integers(0, 10, n)
            sets.append((name, _batches(drawer, rng, labels), labels))
    drawer = cells.Cells(library, {k: 1 for k in ("mnist", "swiss") if k in library.kinds})
    for name, label in (("blank", cells.BLANK), ("struck", cells.STRUCK), ("rubbish", cells.RUBBISH)):
        labels = np.full(4096, label)
        sets.append((name, _batches(drawer, rng, labels), labels))
    as_scanned = scanned.AsScanned(clean(mnist, swiss), library)
    for name, share in (("struck_as_scanned", (1, 0)), ("two_as_scanned", (0, 1))):
        pictures, labels = as_scanned.draw(rng, 4096, *share)
        sets.append((name, pictures[labels >= 10], labels[labels >= 10]))
    return sets


def _batches(drawer, rng, labels, plain=0.0):
    return np.concatenate([drawer.draw(rng, labels[k : k + BATCH], plain) for k in range(0, len(labels), BATCH)])


score = jax.jit(network.logits)


def all_logits(params, pictures):
    padded = np.concatenate([pictures, np.zeros((-len(pictures) % 512, 32, 32), np.float32)])
    return np.concatenate([np.asarray(score(params, padded[k : k + 512])) for k in range(0, len(padded), 512)])[: len(pictures)]


def loss_of(params, pictures, targets, key):
    return optax.softmax_cross_entropy(network.logits(params, pictures, key), targets).mean()


def jitter(rng, pictures):
    """Small moves and contrast changes for pictures shown again."""
    out = pictures.copy()
    for k in range(0, len(out), 16):
        dy, dx = rng.integers(-1, 2, 2)
        out[k : k + 16] = np.roll(out[k : k + 16], (dy, dx), (1, 2)) ** np.float32(rng.uniform(0.7, 1.4))
    return out


def train(library, as_scanned, samples, rng, checkpoint, start=None):
    """AdamW with a cosine over `samples` pictures; of a batch NEW are drawn for it, AS_SCANNED are real digits in their own ink,
    the others drawn again from what was seen. From weights to `start` with, the rate begins lower."""
    drawer = cells.Cells(library, cells.SHARES)
    steps = samples // BATCH
    rate = optax.warmup_cosine_decay_schedule(0, 1.5e-3 if start else 2.5e-3, 400, steps, 1e-5)
    optimiser = optax.chain(optax.clip_by_global_norm(2.0), optax.adamw(rate, weight_decay=0.02))
    params = start or network.initial(rng)
    state = optimiser.init(params)
    average = params

    @jax.jit
    def step(params, state, average, pictures, targets, key, keep):
        loss, gradient = jax.value_and_grad(loss_of)(params, pictures, targets, key)
        change, state = optimiser.update(gradient, state, params)
        params = optax.apply_updates(params, change)
        average = jax.tree.map(lambda a, p: a * keep + p * (1 - keep), average, params)
        return params, state, average, loss

    seen, seen_labels, done, losses, started = [], [], 0, [], time.time()
    key = jax.random.PRNGKey(int(rng.integers(1 << 31)))
    again_each = BATCH - NEW - AS_SCANNED
    while done < steps:
        labels = cells.mix(rng, CHUNK)
        pictures = _batches(drawer, rng, labels, PLAIN)
        seen.append((pictures * 255).astype(np.uint8))
        seen_labels.append(labels)
        pool, pool_labels = np.concatenate(seen), np.concatenate(seen_labels)
        for at in range(0, CHUNK - NEW + 1, NEW):
            if done >= steps:
                break
            old = rng.integers(0, len(pool), again_each)
            real, real_labels = as_scanned.draw(rng, AS_SCANNED)
            batch = np.concatenate([pictures[at : at + NEW], jitter(rng, pool[old] / np.float32(255)), jitter(rng, real)])
            names = np.concatenate([labels[at : at + NEW], pool_labels[old], real_labels])
            targets = np.eye(cells.CLASSES, dtype=np.float32)[names]
            key, now = jax.random.split(key)
            params, state, average, loss = step(params, state, average, batch, targets, now, min(0.998, done / (done + 50)))
            losses.append(float(loss))
            done += 1
        print(f"{time.time() - started:6.0f} s  step {done}/{steps}  loss {np.mean(losses[-80:]):.4f}", flush=True)
        if len(seen) % 10 == 0:
            checkpoint(average)
    return average


def figures(params, clean_sets, damaged_sets):
    """All figures, and the temperature fitted on the held-out sets, clean and damaged together."""
    plain = [(name, all_logits(params, x), y) for name, x, y in clean_sets]
    got = [(name, all_logits(params, x), y) for name, x, y in damaged_sets]
    fitting = [(z, y) for name, z, y in plain + got if name != "stroke" and not name.endswith("as_scanned")]
    temperature = measure.fit_temperature(np.concatenate([z for z, _ in fitting]), np.concatenate([y for _, y in fitting]))
    out = {"temperature": temperature, "clean": {}, "as_in_a_cell": {}}
    pooled = []
    for name, z, y in plain:
        out["clean"][name] = measure.digits(z, y, temperature)
        if name != "mnist":
            pooled.append((z, y))
    if pooled:
        out["clean"]["swiss_all"] = measure.digits(np.concatenate([z for z, _ in pooled]), np.concatenate([y for _, y in pooled]), temperature)
    for name, z, y in got:
        out["as_in_a_cell"][name] = measure.digits(z, y, temperature) if y[0] < 10 or name in ("mnist", "swiss", "stroke") else measure.negatives(z, temperature)
    return out


def golden(path, params):
    """48 normalised inputs of our own drawing with their logits; no picture of any data set."""
    rng = np.random.default_rng(48)
    library = fields.build(None, [], [], rng, digits_each=8, strikes=60, rubbish=60)
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
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist/ and swiss_writers/")
    parser.add_argument("--fonts", type=Path, nargs="*", default=[], help="fonts for printed digits and for letters that are no digit")
    parser.add_argument("--out", type=Path, default=Path("."), help="where models/ and tests/golden/ are written")
    parser.add_argument("--samples", type=int, default=1_200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="params.npz of an earlier run to go on from, with a new cosine")
    parser.add_argument("--hold-out", nargs="*", default=HELD_OUT, help="Swiss writers kept apart")
    parser.add_argument("--version", default="1")
    args = parser.parse_args()

    rng = np.random.default_rng(args.seed)
    pixels, labels = fields.read_mnist(args.data / "mnist")
    swiss = fields.read_swiss(args.data / "swiss_writers")
    at = fields.MNIST_TRAIN
    apart = [s for s in swiss if s[0] in args.hold_out]
    clean_sets = clean((pixels[at:], labels[at:]), apart)
    damaged_sets = damaged((pixels[at:], labels[at:]), apart, 1000 + args.seed)
    learnt = [s for s in swiss if s[0] not in args.hold_out]
    library = fields.build((pixels[:at], labels[:at]), [(d, ink) for _, d, ink in learnt], args.fonts, rng)
    print("library", library.size, "fields", flush=True)

    def checkpoint(params):
        result = figures(params, clean_sets, damaged_sets)
        print("   clean", {k: float(v["right"]) for k, v in result["clean"].items()}, flush=True)
        print("   cell ", {k: float(v.get("right", v.get("called_a_digit"))) for k, v in result["as_in_a_cell"].items()}, flush=True)
        write(args.out, params, args.version, result)
        return result

    start = load(args.start) if args.start else None
    as_scanned = scanned.AsScanned(clean((pixels[:at], labels[:at]), learnt), library)
    params = train(library, as_scanned, args.samples, rng, checkpoint, start)
    result = checkpoint(params)
    result["parameters"] = network.count(params)
    result["held_out"] = args.hold_out
    (args.out / "measured.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
