"""From an ink map of any size to the 32x32 picture the network sees.

The meaning is that of `normalize` in src/recognize/normalize.rs; change both or neither.
"""

import numpy as np
from scipy import ndimage

SIDE = 32  # output side, pixels
TARGET = 22.0  # longer side of the ink after scaling, pixels
INK = 0.35  # an ink value above this counts for the bounding box
SPECK_SHARE = 0.002  # connected pieces below this share of cell_height^2 are ignored for the box
EVIDENT = 0.1  # output pixels above this are "ink pixels" for the contrast
FLOOR = 0.3  # the contrast divisor never falls below this
EIGHT = np.ones((3, 3), bool)


def ink_box(ink, cell_height):
    """(x0, y0, x1, y1), ends excluded, of all pieces that are not specks; None where there is none."""
    labels, count = ndimage.label(ink > INK, structure=EIGHT)
    if count == 0:
        return None
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    keep = areas >= SPECK_SHARE * cell_height * cell_height
    if not keep.any():
        return None
    kept = keep[labels]
    ys = np.flatnonzero(kept.any(1))
    xs = np.flatnonzero(kept.any(0))
    return xs[0], ys[0], xs[-1] + 1, ys[-1] + 1


def resampling(n_in, n_out, centre, scale):
    """(k, n_out, n_in) weights: output pixel o covers input [centre + (o - n_out/2)/scale, .. + 1/scale).

    Area average when shrinking (scale < 1), bilinear at the pixel centre otherwise; outside is zero.
    `centre` and `scale` are arrays of length k, or one value.
    """
    centre = np.atleast_1d(np.asarray(centre, np.float64))[:, None, None]
    scale = np.atleast_1d(np.asarray(scale, np.float64))[:, None, None]
    o = np.arange(n_out)[None, :, None] - n_out / 2
    i = np.arange(n_in)[None, None, :]
    lo = centre + o / scale
    hi = centre + (o + 1) / scale
    area = np.clip(np.minimum(hi, i + 1) - np.maximum(lo, i), 0, None) * scale
    middle = (lo + hi) / 2 - 0.5
    linear = np.clip(1 - np.abs(middle - i), 0, None)
    return np.where(scale < 1, area, linear).astype(np.float32)


def stretch(pictures, found):
    """Divides by the 95th percentile of ink pixels, clamps to 0..1; pictures without a box are only clamped."""
    out = np.empty_like(pictures)
    for k, picture in enumerate(pictures):
        divisor = np.float32(1)
        if found[k]:
            values = np.sort(picture[picture > EVIDENT])
            if len(values):
                divisor = max(values[(len(values) - 1) * 95 // 100], np.float32(FLOOR))
        out[k] = np.clip(picture / divisor, 0, 1)
    return out


def normalise_many(inks, cell_heights):
    """(n, h, w) ink maps of one size -> (n, 32, 32) f32."""
    n, h, w = inks.shape
    boxes = [ink_box(inks[k], cell_heights[k]) for k in range(n)]
    found = np.array([b is not None for b in boxes])
    filled = np.array([b if b is not None else (0, 0, w, h) for b in boxes], np.float64)
    longer = np.maximum(filled[:, 2] - filled[:, 0], filled[:, 3] - filled[:, 1])
    scale = TARGET / np.maximum(longer, 0.5 * np.asarray(cell_heights, np.float64))
    across = resampling(w, SIDE, (filled[:, 0] + filled[:, 2]) / 2, scale)
    down = resampling(h, SIDE, (filled[:, 1] + filled[:, 3]) / 2, scale)
    small = down @ inks.astype(np.float32) @ across.transpose(0, 2, 1)
    return stretch(small, found)


def normalise(ink, cell_height):
    """One ink map (h, w) -> (32, 32) f32."""
    return normalise_many(ink[None], [cell_height])[0]
