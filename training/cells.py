"""Draws ink as it reaches the network from real form cells, and normalises it.

One call draws one batch: fields are warped, inked with a chosen pen, spoilt as pens, frames, scanners and fax machines
spoil them, and passed through the same normalisation as the program's.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from scipy import ndimage

from fields import FIELD, FIT, STEPS
from normalise import SIDE, normalise_many
from strokes import COVERING, STRIKES

CANVAS = 64
BLANK, STRUCK, RUBBISH = 10, 11, 12
CLASSES = 13
LAYERS = 2
CELL = (44, 62)  # height of a cell, canvas pixels
EVIDENCE = 48  # pictures of no digit looked at together
ALL = (-1, 99, -1, 99)  # of the canvas, what is kept: left, right, top, bottom
# Looked at, sorted by how much of the ink is one layer's alone: below these shares nobody sees the strike, or one of two.
STRIKE_LOST, ONE_LOST = 0.08, 0.06
FAINTEST = 25  # ink below which nothing can be told, canvas pixels
NEARLY_ALL = 0.6  # share of a digit's ink with which a half is no half
COARSE = 7  # control points of the elastic field, each way
FINE = 20  # grid of ink gaps, each way

# Quarter turns and mirror images that are no other digit: shaped like handwriting, and yet nothing anyone writes in a cell.
TURNED, MIRRORED = (3, 4), (3, 9)

# Which half of a digit is left so that no one would read the rest as a digit (top, bottom, left, right).
HALVES = {"top": (0, 5), "bottom": (3, 5), "left": (0, 5, 8), "right": (0, 5)}


def _linear(n_out, n_in):
    """Weights that stretch n_in control points over n_out pixels."""
    at = np.linspace(0, n_in - 1, n_out)
    return np.clip(1 - np.abs(at[:, None] - np.arange(n_in)), 0, None).astype(np.float32)


def smoothly(side):
    """Weights that bend `side` pixels by the moves of COARSE control points: linear, then smoothed over a sixteenth of the side."""
    apart = np.subtract.outer(np.arange(side), np.arange(side))
    weights = np.exp(-0.5 * (16 * apart / side) ** 2) @ _linear(side, COARSE)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


COARSE_UP = smoothly(CANVAS)
FINE_UP = _linear(CANVAS, FINE)


def _sample(field, at, y, x):
    """Bilinear values of field[at] at (y, x), edges repeated."""
    y, x = jnp.clip(y, 0, FIELD - 1.001), jnp.clip(x, 0, FIELD - 1.001)
    y0, x0 = jnp.floor(y).astype(jnp.int32), jnp.floor(x).astype(jnp.int32)
    fy, fx = y - y0, x - x0
    base = (at[:, None, None] * FIELD + y0) * FIELD + x0
    take = lambda offset: jnp.take(field, base + offset).astype(jnp.float32)
    return (take(0) * (1 - fx) + take(1) * fx) * (1 - fy) + (take(FIELD) * (1 - fx) + take(FIELD + 1) * fx) * fy


def _weights(n_active, blur):
    """(batch, 64, 64): area averages of the canvas onto the first n_active pixels, with a Gaussian blur of `blur` of those."""
    o = jnp.arange(CANVAS)[None, :, None]
    i = jnp.arange(CANVAS)[None, None, :] + 0.5
    scale = n_active[:, None, None] / CANVAS
    sigma = jnp.sqrt(blur[:, None, None] ** 2 + 0.09)
    w = jnp.exp(-0.5 * ((i * scale - (o + 0.5)) / sigma) ** 2)
    return w / jnp.maximum(w.sum(-1, keepdims=True), 1e-9) * (o < n_active[:, None, None])


def _back(n_active):
    """(batch, 64, 64): bilinear enlargement of the first n_active pixels to the canvas."""
    o = jnp.arange(CANVAS)[None, :, None] + 0.5
    at = jnp.clip(o * n_active[:, None, None] / CANVAS - 0.5, 0, n_active[:, None, None] - 1)
    return jnp.clip(1 - jnp.abs(at - jnp.arange(CANVAS)[None, None, :]), 0, None)


@jax.jit
def _draw(skeleton, edge, p, key):
    axis = jnp.arange(CANVAS) + 0.5
    ink = jnp.zeros((p["at"].shape[0], CANVAS, CANVAS))
    fine = jnp.einsum("yi,bij,xj->byx", FINE_UP, p["fine"], FINE_UP)
    for layer in range(LAYERS):
        bend = jnp.einsum("yi,bkij,xj->bkyx", COARSE_UP, p["bend"][:, layer], COARSE_UP)
        m = p["map"][:, layer]
        cx = axis[None, None, :] - p["centre"][:, layer, 0, None, None]
        cy = axis[None, :, None] - p["centre"][:, layer, 1, None, None]
        fx = m[:, 0, None, None] * cx + m[:, 1, None, None] * cy + FIELD / 2 - 0.5 + bend[:, 0]
        fy = m[:, 2, None, None] * cx + m[:, 3, None, None] * cy + FIELD / 2 - 0.5 + bend[:, 1]
        outside = jnp.maximum(jnp.abs(fx - FIELD / 2 + 0.5), jnp.abs(fy - FIELD / 2 + 0.5)) - FIELD / 2
        at, zoom = p["at"][:, layer], p["zoom"][:, layer, None, None]
        pressure = 1 + p["pressure"][:, None, None] * jnp.clip(bend[:, 2], -2, 2)
        path = _sample(skeleton, at, fy, fx) / STEPS * zoom
        outline = (_sample(edge, at, fy, fx) - 128) / STEPS * zoom
        by_path = p["radius"][:, layer, None, None] * pressure - path + 0.5
        by_outline = outline + p["grow"][:, layer, None, None] + 0.5
        drawn = jnp.clip(jnp.where(p["thin"][:, layer, None, None], by_path, by_outline), 0, 1)
        drawn = jnp.where(outside > 0, 0, drawn) * p["gain"][:, layer, None, None]
        ink = jnp.maximum(ink, drawn)
    by_row, by_column = _weights(p["rows"], p["blur"]), _weights(p["columns"], p["blur"])
    # The reader's ink is relative to the pen as scanned: what resolution and blur take from a thin line is given back.
    strongest = (by_row @ ink @ by_column.transpose(0, 2, 1)).max((1, 2)) / jnp.maximum(p["gain"].max(1), 1e-3)
    lost = jnp.where(p["gain"].max(1) > 0, jnp.clip(strongest, 0.2, 1), 1)
    keys = jax.random.split(key, 4)
    # Ball-point skips, uneven pencil.
    ink *= 1 - p["skip"][:, None, None] * jax.nn.sigmoid((fine - p["skip_level"][:, None, None]) * 12)
    ink *= 1 - p["grain"][:, None, None] * jax.random.uniform(keys[0], ink.shape)
    # Lines that frame removal took out together with the ink that crossed them.
    for k in range(2):
        along = jnp.where(p["cut_down"][:, k, None, None], axis[None, None, :], axis[None, :, None])
        gone = jnp.clip(p["cut_width"][:, k, None, None] / 2 - jnp.abs(along - p["cut_at"][:, k, None, None]) + 0.5, 0, 1)
        ink *= 1 - p["cut"][:, k, None, None] * gone
    # A half of the cell lost.
    ink *= ((axis[None, None, :] > p["keep"][:, 0, None, None]) & (axis[None, None, :] < p["keep"][:, 1, None, None])
            & (axis[None, :, None] > p["keep"][:, 2, None, None]) & (axis[None, :, None] < p["keep"][:, 3, None, None]))
    # What is left of the printed frame.
    for k in range(4):
        across, along = (axis[None, None, :], axis[None, :, None]) if k < 2 else (axis[None, :, None], axis[None, None, :])
        distance = jnp.abs(across - p["frame_at"][:, k, None, None] - p["frame_slope"][:, k, None, None] * (along - 32))
        line = jnp.clip(p["frame_width"][:, k, None, None] / 2 - distance + 0.5, 0, 1)
        line *= (along > p["frame_from"][:, k, None, None]) & (along < p["frame_to"][:, k, None, None])
        dashed = jnp.sin(along * p["frame_dash"][:, k, None, None] + p["frame_at"][:, k, None, None]) > p["frame_gap"][:, k, None, None]
        ink = jnp.maximum(ink, p["frame"][:, k, None, None] * line * dashed)
    for k in range(p["speck"].shape[1]):
        distance = jnp.hypot(axis[None, None, :] - p["speck_at"][:, k, 0, None, None], axis[None, :, None] - p["speck_at"][:, k, 1, None, None])
        ink = jnp.maximum(ink, p["speck"][:, k, None, None] * jnp.clip(p["speck_radius"][:, k, None, None] - distance + 0.5, 0, 1))
    # The scanner: resolution, blur, noise, one bit, and back to the canvas.
    ink = jnp.minimum(by_row @ ink @ by_column.transpose(0, 2, 1) / lost[:, None, None], 1.1)
    ink = ink + p["noise"][:, None, None] * jax.random.normal(keys[1], ink.shape)
    bit = (ink > p["bit_level"][:, None, None]).astype(jnp.float32)
    hit = jax.random.uniform(keys[2], ink.shape)
    salted = jnp.where(hit < p["salt"][:, None, None], 1.0, jnp.where(hit > 1 - p["pepper"][:, None, None], 0.0, 1.0) * jnp.where(p["one_bit"][:, None, None], bit, ink))
    ink = jnp.clip(salted * p["level"][:, None, None] - p["offset"][:, None, None], 0, 1)
    return _back(p["rows"]) @ ink @ _back(p["columns"]).transpose(0, 2, 1)


class Cells:
    """Draws batches from a library; `shares` weighs the sources of digits."""

    def __init__(self, library, shares):
        self.library = library
        self.skeleton, self.edge = jnp.asarray(library.skeleton.reshape(-1)), jnp.asarray(library.edge.reshape(-1))
        self.shares = {k: v for k, v in shares.items() if k in library.kinds}
        self.glyphs = [k for k in library.kinds if k.startswith("glyph_")]

    def _digits(self, rng, n, labels, share=None):
        names = list(share or self.shares)
        weights = np.array([(share or self.shares)[k] for k in names], float)
        source = rng.choice(len(names), n, p=weights / weights.sum())
        out = np.empty(n, np.int64)
        for k in range(n):
            out[k] = rng.choice(self.library.kinds[names[source[k]]][labels[k]])
        return out

    def draw(self, rng, labels, plain=0.0):
        """labels (n,) of 0..12 -> pictures (n, 32, 32). `plain` is the share drawn without damage."""
        n = len(labels)
        digit = np.where(labels < 10, labels, rng.integers(0, 10, n))
        p = self._pen(rng, n, plain)
        at = np.zeros((n, LAYERS), np.int64)
        at[:, 0] = self._digits(rng, n, digit)
        p["at"] = at
        p["gain"][:, 1] = 0
        self._place(rng, p, n)
        self._rule(rng, p, labels == 1)
        for k in np.flatnonzero(labels >= 10):
            [self._blank, self._struck, self._rubbish][labels[k] - 10](rng, p, k, int(digit[k]))
        p["map"], p["zoom"] = _maps(p)
        given = {k: v for k, v in p.items() if not k.startswith("_")}
        given = {k: jnp.asarray(v.astype(np.float32) if v.dtype == np.float64 else v) for k, v in given.items()}
        given["at"] = jnp.asarray(p["at"].astype(np.int32))
        ink = np.asarray(_draw(self.skeleton, self.edge, given, jax.random.PRNGKey(int(rng.integers(1 << 31)))))
        pictures = normalise_many(ink, p["_cell"])
        self._take_others(rng, pictures, labels, self._lying(given, labels, p))
        return pictures

    def _lying(self, given, labels, p):
        """Pictures of no digit that show, as they leave the scanner, nothing but a digit: a strike that lies on the digit's own
        strokes or was lost, a neighbour that vanished, a half that is nearly all."""
        out = np.zeros(len(labels), bool)
        doubtful = np.flatnonzero((labels >= STRUCK) & ((p["gain"][:, 1] > 0) | p["_half"]))
        for start in range(0, len(doubtful), EVIDENCE):
            part = doubtful[start : start + EVIDENCE]
            at = np.resize(part, EVIDENCE)
            quiet = {k: v[at] for k, v in given.items()}
            for name in ("noise", "salt", "pepper", "grain", "speck", "frame"):
                quiet[name] = jnp.zeros_like(quiet[name])
            first, second = (quiet | {"gain": quiet["gain"].at[:, layer].set(0)} for layer in (1, 0))
            whole = quiet | {"keep": jnp.asarray(np.tile(np.float32(ALL), (EVIDENCE, 1)))}
            stacked = {k: jnp.concatenate([v[k] for v in (quiet, first, second, whole)]) for k in quiet}
            ink = np.asarray(_draw(self.skeleton, self.edge, stacked, jax.random.PRNGKey(0))).reshape(4, EVIDENCE, CANVAS, CANVAS)
            shown, first, second, whole = ink[:, : len(part)]
            total = np.maximum(shown.sum((1, 2)), 1e-6)
            besides = lambda layer: np.clip(shown - ndimage.maximum_filter(layer, (1, 5, 5)), 0, 1).sum((1, 2)) / total
            of_first, of_second = besides(second), besides(first)
            struck, half, covers = labels[part] == STRUCK, p["_half"][part], p["_covers"][part]
            # Of a blot over a digit neither can be told from the other.
            strike_lost = (of_second < STRIKE_LOST) & (~covers | (of_first > 0.2)) | (total < FAINTEST)
            one_lost = np.minimum(of_first, of_second) < ONE_LOST
            out[part] = np.where(half, total > NEARLY_ALL * whole.sum((1, 2)), np.where(struck, strike_lost, one_lost))
        return out

    @staticmethod
    def _take_others(rng, pictures, labels, lying):
        """In their place, others of the same class."""
        for k in np.flatnonzero(lying):
            others = np.flatnonzero((labels == labels[k]) & ~lying)
            if len(others):
                pictures[k] = pictures[rng.choice(others)]

    def _place(self, rng, p, n):
        """Size, slant and place of the first layer; the second follows it unless told otherwise."""
        cell = p["_cell"]
        height = cell * np.where((rng.random(n) < 0.06) & (p["rows"] > 40), rng.uniform(0.3, 0.45, n), rng.uniform(0.42, 1.0, n))
        p["_height"] = np.repeat(height[:, None], LAYERS, 1)
        p["_turn"] = np.repeat(np.clip(rng.normal(0, 7, n), -22, 22)[:, None], LAYERS, 1)
        p["_shear"] = np.repeat(np.clip(rng.normal(0, 0.17, n), -0.5, 0.5)[:, None], LAYERS, 1)
        p["_aspect"] = np.repeat(np.exp(rng.normal(0, 0.15, n))[:, None], LAYERS, 1)
        p["centre"] = np.repeat(np.clip(32 + rng.normal(0, 3.5, (n, 1, 2)), 22, 42), LAYERS, 1)
        width = np.exp(rng.normal(np.log(0.085), 0.42, n)).clip(0.03, 0.24)
        p["radius"] = np.repeat(np.maximum(width * height / 2, 0.55)[:, None], LAYERS, 1)

    def _rule(self, rng, p, ones):
        """A plain 1 is often as upright and straight as a printed line; without these, such a line is rubbish."""
        ruled = ones & (rng.random(len(ones)) < 0.25)
        p["_turn"][ruled] *= 0.1
        p["_shear"][ruled] *= 0.1
        p["bend"][ruled, :, :2] = 0

    def _pen(self, rng, n, plain):
        """Everything random that does not depend on the class."""
        u, normal = rng.uniform, rng.normal
        whole = rng.random(n) < plain

        def some(share, values):
            return np.where((rng.random(n) < share) & ~whole, values, 0.0)

        low = (rng.random(n) < 0.3) & ~whole
        rows = np.where(low, np.exp(u(np.log(27), np.log(64), n)), CANVAS)
        fax = low & (rng.random(n) < 0.3)
        columns = np.where(fax, np.minimum(rows * 2, 64), np.maximum(rows, 27))
        one_bit = (rng.random(n) < 0.28) & ~whole
        bent = np.where(rng.random(n) < 0.7, u(0, 1.8, n), 0)[:, None, None, None, None]
        bend = normal(0, 1, (n, LAYERS, 3, COARSE, COARSE))
        bend[:, :, :2] *= bent
        cell = u(*CELL, n)
        edges = np.stack([32 - cell / 2, 32 + cell / 2], 1)
        framed = (rng.random((n, 1)) < 0.2) & ~whole[:, None]
        frame = np.where(framed & (rng.random((n, 4)) < 0.4), u(0.3, 1, (n, 4)), 0)
        long = rng.random((n, 4)) < 0.18
        middle = u(5, 59, (n, 4))
        length = np.where(long, 64, u(3, 26, (n, 4)))
        dashed = rng.random((n, 4)) < 0.35
        cut = np.where((rng.random((n, 2)) < 0.1) & ~whole[:, None], np.where(rng.random((n, 2)) < 0.6, 1.0, u(0.4, 1, (n, 2))), 0)
        side = rng.choice([-1, 1], (n, 2))
        specks = 5
        specked = (rng.random((n, 1)) < 0.28) & ~whole[:, None]
        return {
            "_cell": cell,
            "_half": np.zeros(n, bool),
            "_covers": np.zeros(n, bool),
            "bend": bend,
            "fine": normal(0, 1, (n, FINE, FINE)),
            "pressure": np.where(rng.random(n) < 0.6, u(0, 0.3, n), 0),
            "thin": np.repeat((rng.random((n, 1)) < 0.65), LAYERS, 1),
            "grow": np.repeat(u(-0.6, 0.8, (n, 1)), LAYERS, 1),
            "gain": np.repeat(np.where(rng.random((n, 1)) < 0.2, u(0.5, 0.8, (n, 1)), u(0.8, 1, (n, 1))), LAYERS, 1),
            "skip": some(0.16, u(0.3, 1, n)),
            "skip_level": u(0.6, 2.2, n),
            "grain": some(0.2, u(0, 0.6, n)),
            "cut": cut,
            "cut_down": rng.random((n, 2)) < 0.5,
            "cut_at": 32 + side * u(4, 26, (n, 2)),
            "cut_width": u(0.7, 3.2, (n, 2)),
            "keep": np.tile(np.float64(ALL), (n, 1)),
            "frame": frame,
            "frame_at": np.concatenate([edges, edges], 1) + normal(0, 1.5, (n, 4)),
            "frame_slope": normal(0, 0.01, (n, 4)),
            "frame_width": u(0.5, 2.0, (n, 4)),
            "frame_from": middle - length / 2,
            "frame_to": middle + length / 2,
            "frame_dash": u(0.6, 2.0, (n, 4)),
            "frame_gap": np.where(dashed, u(-0.5, 0.6, (n, 4)), -2),
            "speck": np.where(specked & (rng.random((n, specks)) < 0.5), u(0.3, 1, (n, specks)), 0),
            "speck_at": u(3, 61, (n, specks, 2)),
            "speck_radius": u(0.3, 1.3, (n, specks)),
            "rows": rows,
            "columns": columns,
            "blur": np.where(rng.random(n) < 0.5, u(0, 0.9, n), 0.0),
            "noise": some(0.35, u(0, 0.09, n)),
            "one_bit": one_bit,
            "bit_level": u(0.25, 0.6, n),
            "salt": some(0.08, u(0, 0.012, n)),
            "pepper": some(0.08, u(0, 0.03, n)),
            "level": np.where(rng.random(n) < 0.3, u(0.85, 1.25, n), 1.0),
            "offset": some(0.25, u(0, 0.08, n)),
        }

    # The negative classes, one picture at a time.

    def _blank(self, rng, p, k, digit):
        p["gain"][k] = 0
        p["frame"][k] *= 0.3  # a strong frame piece is rubbish
        style = rng.random()
        if style < 0.3:  # bleed-through: the back's ink, mirrored and faint
            p["gain"][k, 0] = rng.uniform(0.08, 0.33)
            p["_aspect"][k] *= -1
            p["blur"][k] = rng.uniform(0.6, 1.5)
            p["one_bit"][k] = False
            p["level"][k] = min(p["level"][k], 1.0)
        elif style < 0.6:
            p["noise"][k] = rng.uniform(0, 0.16)
            p["one_bit"][k] = p["one_bit"][k] and rng.random() < 0.3
        elif style < 0.85:
            p["speck"][k] = np.where(rng.random(p["speck"].shape[1]) < 0.6, rng.uniform(0.3, 1), 0)
            p["salt"][k] = rng.choice([0, rng.uniform(0, 0.02)])

    def _over(self, rng, p, k, name):
        """Lays a shape of our own over the first layer."""
        p["at"][k, 1] = rng.choice(self.library.kinds[name])
        p["gain"][k, 1] = p["gain"][k, 0] * rng.uniform(0.85, 1)
        p["thin"][k, 1] = True

    def _struck(self, rng, p, k, digit):
        kind = strike_kind(rng, digit)
        self._over(rng, p, k, "strike_" + kind)
        p["_height"][k, 1] = p["_height"][k, 0] * rng.uniform(0.95, 1.25)
        p["_height"][k] = np.minimum(p["_height"][k], 50)
        p["_turn"][k, 1] = rng.normal(0, 4)
        p["radius"][k, 1] = max(0.55, p["radius"][k, 0] * rng.uniform(0.8, 1.3))
        p["cut"][k] = 0
        if kind in COVERING:
            p["_covers"][k] = True
            p["radius"][k, 1] *= rng.uniform(1, 1.8)
            p["skip"][k] *= 0.4

    def _rubbish(self, rng, p, k, digit):
        style = rng.random()
        if style < 0.25:
            p["at"][k, 0] = rng.choice(self.library.kinds["rubbish"])
        elif style < 0.34:
            self._turned(rng, p, k)
        elif style < 0.38:  # texture: nothing but strong noise
            p["gain"][k] = 0
            p["noise"][k] = rng.uniform(0.3, 0.9)
            p["offset"][k] = 0
        elif style < 0.56 and self.glyphs:
            p["at"][k, 0] = rng.choice(self.library.kinds[rng.choice(self.glyphs)])
        elif style < 0.76:
            self._pair(rng, p, k)
        elif style < 0.86:
            self._half(rng, p, k)
        elif style < 0.91:  # a digit inside a ring or seal
            p["at"][k, 1] = rng.choice(self.library.kinds["stroke"][0])
            p["gain"][k, 1] = p["gain"][k, 0]
            p["thin"][k, 1] = True
            p["_height"][k, 1] = min(60, p["_height"][k, 0] * rng.uniform(1.3, 1.6))
            p["_height"][k, 0] = p["_height"][k, 1] / rng.uniform(1.6, 2.2)
            p["_aspect"][k, 1] = 0.65 * np.exp(rng.normal(0, 0.1))
            p["_shear"][k, 1] = 0
        else:  # only frame: never one upright line alone, which nobody could tell from a 1
            p["gain"][k] = 0
            p["frame"][k] = np.where(rng.random(4) < 0.5, rng.uniform(0.5, 1), 0)
            p["frame"][k, 2 + rng.integers(2)] = rng.uniform(0.5, 1)
            low = rng.integers(2, 4)
            p["frame_from"][k, low], p["frame_to"][k, low] = min(p["frame_from"][k, low], 20), max(p["frame_to"][k, low], 44)

    def _pair(self, rng, p, k):
        """Two digits squeezed into one cell, or a digit with its neighbour's edge."""
        labels = rng.integers(0, 10, 1)
        p["at"][k, 1] = self._digits(rng, 1, labels)[0]
        p["gain"][k, 1] = p["gain"][k, 0]
        height = min(p["_height"][k, 0], 0.8 * p["_cell"][k]) * rng.uniform(0.75, 1)
        p["_height"][k] = height * np.exp(rng.normal(0, 0.08, 2))
        p["_aspect"][k] = np.exp(rng.normal(0.25, 0.12, 2))  # narrower
        gap = height * rng.uniform(0.42, 0.7)
        p["centre"][k, :, 0] = 32 + np.array([-gap, gap]) / 2 + rng.normal(0, 2)
        p["centre"][k, :, 1] = 32 + rng.normal(0, 2, 2)
        p["radius"][k] = np.maximum(0.55, p["radius"][k] * 0.8)
        p["cut"][k] = 0
        p["skip"][k] *= 0.5

    def _turned(self, rng, p, k):
        mirrored = rng.random() < 0.4
        p["at"][k, 0] = self._digits(rng, 1, np.array([rng.choice(MIRRORED if mirrored else TURNED)]))[0]
        p["_turn"][k] *= 0.5
        p["_shear"][k] *= 0.5
        if mirrored:
            p["_aspect"][k] *= -1
        else:
            p["_turn"][k] += rng.choice([-90, 90])

    def _half(self, rng, p, k):
        side = rng.choice(list(HALVES))
        p["_half"][k] = True
        digit = np.array([rng.choice(HALVES[side])])
        p["at"][k, 0] = self._digits(rng, 1, digit)[0]
        p["_turn"][k] *= 0.5
        x, y = p["centre"][k, 0]
        h = p["_height"][k, 0]
        shift = rng.uniform(-0.06, 0.08) * h
        if side == "top":
            p["keep"][k, 3] = y - shift
        elif side == "bottom":
            p["keep"][k, 2] = y + shift
        elif side == "left":
            p["keep"][k, 1] = x - shift * 0.6
        else:
            p["keep"][k, 0] = x + shift * 0.6


def _maps(p):
    """Canvas-to-field matrices and the scale of distances, from size, slant and aspect."""
    turn, shear, aspect = np.radians(p["_turn"]), p["_shear"], p["_aspect"]
    zoom = p["_height"] / FIT  # canvas pixels per field pixel
    c, s = np.cos(turn), np.sin(turn)
    # field -> canvas is zoom * R * Shear * diag(1/aspect, 1); here its inverse.
    a, b = c, s
    d, e = -s, c
    top = np.stack([a + shear * d, b + shear * e], -1) * aspect[..., None]
    low = np.stack([d, e], -1)
    maps = np.concatenate([top, low], -1) / zoom[..., None]
    return maps, zoom


def strike_kind(rng, digit):
    """A kind of strike that does not make another digit, or a crossed 7, of the one it lies over."""
    kind = STRIKES[rng.integers(len(STRIKES))]
    if digit in (7, 1) and kind in ("single", "slash"):
        return "double" if rng.random() < 0.5 else "zigzag"
    return "triple" if digit == 4 and kind == "single" else kind


SHARES = {"mnist": 0.34, "swiss": 0.2, "optical": 0.1, "stroke": 0.16, "hand": 0.17, "print": 0.03}


def mix(rng, n):
    """Labels in the drawing's balance: 60 % digits, 8 % blank, 15 % struck, 17 % rubbish."""
    kind = rng.random(n)
    return np.where(kind < 0.60, rng.integers(0, 10, n), np.where(kind < 0.68, BLANK, np.where(kind < 0.83, STRUCK, RUBBISH)))
