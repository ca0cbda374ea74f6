"""What is learnt from and what is kept apart; the pictures of both."""

from pathlib import Path

import numpy as np
from PIL import ImageFont

import cells
import fields
import scanned
from normalise import normalise

HELD_OUT = ["0004_CH4M", "0008_CH3F", "0012_CH3M"]  # every fourth writer, chosen before anything was measured
BATCH = 256
ALONE = ("hands", "optical", "tablet")  # sets that say nothing of temperature, or of the Swiss writers


def hands(folder, apart):
    """Font files that look like handwriting, of NAMES: to learn from, or kept apart."""
    names = [n for n in (Path(__file__).parent / "hands.txt").read_text().split() if n]
    of_schools = [n for n in names if n.startswith(("playwrite-", "edu-"))]
    others = [n for n in names if n not in of_schools]
    taken = others[4::5] if apart else of_schools + [n for k, n in enumerate(others) if k % 5 != 4]
    return [folder / f"{n}.woff" for n in taken]


def _of(data, apart):
    pixels, labels = fields.read_mnist(data / "mnist")
    part = slice(fields.MNIST_TRAIN, None) if apart else slice(None, fields.MNIST_TRAIN)
    swiss = [s for s in fields.read_swiss(data / "swiss_writers") if (s[0] in HELD_OUT) == apart]
    optical = [(d, ink) for a, d, ink in fields.read_optical(data / "uci" / "optdigits.dat") if a == apart]
    return (pixels[part], labels[part]), swiss, optical


def learnt(data):
    """((pixels, labels) of MNIST, [(writer, digit, ink)] of the Swiss writers, [(digit, ink)] of the optical ones) to learn from."""
    return _of(data, False)


def kept_apart(data):
    """The same of what is never learnt from."""
    return _of(data, True)


def tablet(data):
    """The digits of a population nobody learns from: (name, pictures, labels)."""
    return _many("tablet", fields.read_tablet(data / "uci" / "penbased.dat"))


def clean(mnist, swiss, optical=()):
    """Undamaged pictures as the files give them, normalised: [(name, pictures, labels)]."""
    sets = []
    if mnist is not None:
        pixels, labels = mnist
        sets.append(("mnist", np.stack([normalise(p / np.float32(255), 28.0) for p in pixels]), labels.astype(int)))
    for writer in sorted({w for w, _, _ in swiss}):
        own = [(d, ink) for w, d, ink in swiss if w == writer]
        sets.append((writer, np.stack([normalise(ink, float(ink.shape[0])) for _, ink in own]), np.array([d for d, _ in own])))
    return sets + ([_many("optical", optical)] if optical else [])


def _many(name, digits):
    return name, np.stack([_alone(ink) for _, ink in digits]), np.array([d for d, _ in digits])


def _alone(ink):
    """Normalised as in a cell of usual height."""
    return normalise(ink, 1.4 * (np.ptp(np.flatnonzero((ink > 0.5).any(1))) + 1))


def by_hand(files):
    """Digits of fonts, normalised: (name, pictures, labels)."""
    pictures = []
    for file in files:
        face = ImageFont.truetype(str(file), 144)
        for digit in "0123456789":
            pictures.append(_alone(fields.glyph(face, digit)))
    return "hands", np.stack(pictures), np.tile(np.arange(10), len(files))


def damaged(mnist, swiss, seed):
    """Pictures as in cells, from sources and shapes apart from training: [(name, pictures, labels)]."""
    rng = np.random.default_rng(seed)
    library = fields.build(mnist, [(d, ink) for _, d, ink in swiss], [], [], [], rng, digits_each=150, strikes=600, rubbish=1500)
    sets = []
    for name, share, n in (("mnist", {"mnist": 1}, 6144), ("swiss", {"swiss": 1}, 6144), ("stroke", {"stroke": 1}, 2048)):
        if name in library.kinds:
            drawer = cells.Cells(library, share)
            labels = rng.integers(0, 10, n)
            sets.append((name, batches(drawer, rng, labels), labels))
    drawer = cells.Cells(library, {k: 1 for k in ("mnist", "swiss") if k in library.kinds})
    for name, label in (("blank", cells.BLANK), ("struck", cells.STRUCK), ("rubbish", cells.RUBBISH)):
        labels = np.full(4096, label)
        sets.append((name, batches(drawer, rng, labels), labels))
    as_scanned = scanned.AsScanned(clean(mnist, swiss), library)
    for name, share in (("struck_as_scanned", (1, 0)), ("two_as_scanned", (0, 1))):
        pictures, labels = as_scanned.draw(rng, 4096, *share)
        sets.append((name, pictures[labels >= 10], labels[labels >= 10]))
    return sets


def batches(drawer, rng, labels, plain=0.0):
    """A drawer's pictures of these labels, drawn a batch at a time."""
    return np.concatenate([drawer.draw(rng, labels[k : k + BATCH], plain) for k in range(0, len(labels), BATCH)])
