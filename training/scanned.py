"""Real digits in the ink they were scanned with, and the same struck out or two to a cell.

What is drawn anew with another pen loses how ink really lies. Struck and doubled ones are made of the same pictures, or ink
that lies like a scan's would by itself speak for a digit.
"""

import jax
import jax.numpy as jnp
import numpy as np
from scipy import ndimage

from cells import CANVAS, CELL, COARSE, RUBBISH, STRUCK, smoothly, strike_kind
from fields import FIELD, FIT, STEPS
from normalise import SIDE, TARGET, normalise, normalise_many, resampling
from strokes import COVERING

TALL = TARGET * CANVAS / SIDE  # longer side of the digit on the canvas, pixels
STRUCK_SHARE, PAIR_SHARE = 0.12, 0.08
AGAIN_SHARE = 0.5  # of the others, normalised once more like those: what that blurs must not speak for a class
LARGER = resampling(SIDE, CANVAS, SIDE / 2, CANVAS / SIDE)[0]
COARSE_UP = smoothly(SIDE)
BENT_SHARE, MOST_BENT = 0.5, 1.2  # share of pictures bent elastically; of the control points' moves, the largest deviation, pixels


@jax.jit
def _moved(pictures, maps, bend):
    axis = jnp.arange(SIDE) - (SIDE - 1) / 2
    y, x = jnp.meshgrid(axis, axis, indexing="ij")
    bent = jnp.einsum("yi,bkij,xj->bkyx", COARSE_UP, bend, COARSE_UP)
    y, x = (maps[:, k, 0, None, None] * y + maps[:, k, 1, None, None] * x + maps[:, k, 2, None, None] + (SIDE - 1) / 2 + bent[:, k] for k in (0, 1))
    return jax.vmap(lambda p, y, x: jax.scipy.ndimage.map_coordinates(p, [y, x], order=1))(pictures, y, x)


class AsScanned:
    """Normalised pictures, moved a little."""

    def __init__(self, sets, library):
        self.pictures = np.concatenate([(x * 255).astype(np.uint8) for _, x, _ in sets])
        self.labels = np.concatenate([y for _, _, y in sets])
        self.mnist = np.concatenate([np.full(len(y), name == "mnist") for name, _, y in sets])
        self.library = library

    def draw(self, rng, n, struck=STRUCK_SHARE, pairs=PAIR_SHARE):
        """n pictures and their labels, two of three of MNIST; shares of them struck out, and two to a cell."""
        from_mnist = rng.random(n) < 2 / 3
        at = np.where(from_mnist, rng.choice(np.flatnonzero(self.mnist), n), rng.choice(np.flatnonzero(~self.mnist), n))
        turn, shear = np.radians(rng.normal(0, 5, n)), rng.normal(0, 0.1, n)
        tall, wide = np.exp(rng.normal(0, 0.06, n)), np.exp(rng.normal(0, 0.08, n))
        c, s = np.cos(turn), np.sin(turn)
        still = rng.random(n) < 0.25
        maps = np.stack([np.stack([c * tall, s * wide, rng.uniform(-1, 1, n)], 1), np.stack([-s * tall + shear, c * wide, rng.uniform(-1, 1, n)], 1)], 1)
        maps[still] = [[1, 0, 0], [0, 1, 0]]
        bent = np.where(~still & (rng.random(n) < BENT_SHARE / 0.75), rng.uniform(0, MOST_BENT, n), 0)
        bend = rng.normal(0, 1, (n, 2, COARSE, COARSE)) * bent[:, None, None, None]
        moved = _moved(self.pictures[at] / np.float32(255), maps.astype(np.float32), bend.astype(np.float32))
        pictures, labels = np.array(moved), self.labels[at]
        kind, alone = rng.random(n), pictures.copy()
        for k in np.flatnonzero(kind < struck):
            crossed = self._struck(rng, pictures[k], labels[k])
            if crossed is not None:
                pictures[k], labels[k] = crossed, STRUCK
        for k in np.flatnonzero((kind >= struck) & (kind < struck + pairs)):
            pictures[k], labels[k] = _pair(rng, pictures[k], alone[rng.integers(n)]), RUBBISH
        again = np.flatnonzero((kind >= struck + pairs) & (rng.random(n) < AGAIN_SHARE))
        if len(again):
            pictures[again] = normalise_many(LARGER @ pictures[again] @ LARGER.T, rng.uniform(*CELL, len(again)))
        return pictures, labels

    def _struck(self, rng, picture, digit):
        """The picture struck out with a pen like its own; None where the strike can hardly be seen."""
        ink = LARGER @ picture @ LARGER.T
        kind = strike_kind(rng, digit)
        covers = kind in COVERING
        inside = ndimage.distance_transform_edt(ink > 0.5)
        ridge = inside[(inside > 0.5) & (inside == ndimage.maximum_filter(inside, 3))]
        radius = (np.median(ridge) if len(ridge) else 1.0) * rng.uniform(0.7, 1.3) * (rng.uniform(1, 1.8) if covers else 1)
        zoom = TALL / FIT * rng.uniform(0.95, 1.25)
        turn = np.radians(rng.normal(0, 4))
        y, x = (np.mgrid[:CANVAS, :CANVAS] + 0.5 - CANVAS / 2 - rng.normal(0, 1, (2, 1, 1))) / zoom
        at = [np.cos(turn) * y - np.sin(turn) * x + FIELD / 2 - 0.5, np.sin(turn) * y + np.cos(turn) * x + FIELD / 2 - 0.5]
        path = self.library.skeleton[rng.choice(self.library.kinds["strike_" + kind])].astype(np.float32) / STEPS
        strike = np.clip(max(radius, 0.8) - ndimage.map_coordinates(path, at, order=1, cval=99) * zoom + 0.5, 0, 1)
        both = np.maximum(ink, strike * rng.uniform(0.75, 1)).astype(np.float32)
        besides = np.clip(both - ndimage.maximum_filter(ink, 5), 0, 1).sum() / both.sum()
        if besides < 0.08 and not covers or (strike > ink + 0.5).sum() < 0.1 * ink.sum():
            return None
        return normalise(both, rng.uniform(*CELL))


def _pair(rng, first, second):
    """Two digits squeezed into one cell."""
    gap, out = TALL * rng.uniform(0.4, 0.62), np.zeros((CANVAS, CANVAS), np.float32)
    for picture, side in ((first, -1), (second, 1)):
        tall, wide = 1.15 * np.exp(rng.normal(0, 0.08)), 1.5 * np.exp(rng.normal(0, 0.12))
        ink = LARGER @ picture @ LARGER.T
        y, x = np.mgrid[:CANVAS, :CANVAS] - (CANVAS - 1) / 2
        at = [(y - rng.normal(0, 1.5)) * tall + (CANVAS - 1) / 2, (x - side * gap / 2) * wide + (CANVAS - 1) / 2]
        out = np.maximum(out, ndimage.map_coordinates(ink, at, order=1))
    return normalise(out, rng.uniform(*CELL))

