"""Shapes drawn by us: stroke digits with Japanese and European habits, strikes, and things that are no digit.

A shape is a list of strokes, a stroke an (n, 2) array of x, y in a box about one high. Nothing here comes from a data set.
"""

import numpy as np


def curve(points, steps=7):
    """Catmull-Rom spline through the points."""
    p = np.asarray(points, float)
    if len(p) < 3:
        return p
    q = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(q[:-3], q[1:-2], q[2:-1], q[3:]):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack(parts + [p[-1:]])


def arc(rng, cx, cy, rx, ry, start, sweep, n=18):
    """Part of a slightly uneven ellipse; angles in turns, clockwise on paper from the top."""
    a = 2 * np.pi * (start + np.linspace(0, sweep, n))
    wobble = 1 + rng.normal(0, 0.03) * np.cos(a + rng.uniform(0, 6.28)) + rng.normal(0, 0.03) * np.cos(2 * a)
    return np.stack([cx + rx * wobble * np.sin(a), cy - ry * wobble * np.cos(a)], 1)


def digit(rng, d):
    """One handwritten-looking digit d as strokes."""
    return [DRAW[d](rng)][0]


def _j(rng, points, s=0.025):
    return np.asarray(points, float) + rng.normal(0, s, (len(points), 2))


def _zero(rng):
    rx = rng.uniform(0.2, 0.42)
    sweep = rng.choice([-1, -1, -1, 1]) * rng.uniform(0.97, 1.12)
    return [arc(rng, 0.4, 0.5, rx, 0.48, rng.uniform(-0.08, 0.1), sweep, 26)]


def _one(rng):
    style = rng.random()
    if style < 0.15:
        return [np.array([(0.4, 0.0), (0.4, 0.5), (0.4, 1.0)])]
    lean = rng.normal(0, 0.05)
    stem = _j(rng, [(0.4 + lean, 0), (0.4 + lean / 2, 0.5), (0.4 - lean, 1)], 0.012)
    if style < 0.5:
        return [curve(stem)]
    flag = (0.4 + lean - rng.uniform(0.08, 0.36), rng.uniform(0.1, 0.38))
    strokes = [np.vstack([[flag], curve(stem)])]
    if style > 0.8:
        strokes.append(_j(rng, [(rng.uniform(0.05, 0.25), 1), (rng.uniform(0.55, 0.75), 1)]))
    return strokes


def _two(rng):
    top = [(0.08, rng.uniform(0.15, 0.32)), (0.35, 0), (0.62, 0.22), (0.42, 0.6), (0.05, 0.98)]
    strokes = [curve(_j(rng, top))]
    end = strokes[0][-1]
    if rng.random() < 0.3:  # small loop at the lower left
        tail = curve(_j(rng, [tuple(end), (0.0, 0.85), (0.2, 0.86), (0.7, 1.0)], 0.015))
    else:
        tail = np.vstack([end, _j(rng, [(0.35, 0.97), (0.72, rng.uniform(0.9, 1.02))], 0.015)])
    return [np.vstack([strokes[0], tail])]


def _three(rng):
    waist = (rng.uniform(0.22, 0.42), rng.uniform(0.4, 0.5))
    low = curve(_j(rng, [waist, (0.65, 0.68), (0.4, 0.98), (0.05, rng.uniform(0.8, 0.95))]))
    if rng.random() < 0.25:  # flat top
        top = _j(rng, [(0.1, 0.03), (0.6, 0.02), waist], 0.015)
    else:
        top = curve(_j(rng, [(0.08, rng.uniform(0.06, 0.2)), (0.35, 0), (0.58, 0.2), waist]))
    return [np.vstack([top[:-1], [(top[-1] + low[0]) / 2], low[1:]])]


def _four(rng):
    bar = rng.uniform(0.55, 0.75)
    x = rng.uniform(0.42, 0.62)
    right = rng.uniform(0.68, 0.85)
    if rng.random() < 0.6:  # open: the two uprights do not meet
        left_top = (rng.uniform(0.05, 0.3), rng.uniform(0, 0.15))
        first = _j(rng, [left_top, (rng.uniform(0, 0.12), bar), (right, bar + rng.normal(0, 0.03))], 0.015)
        stem_top = rng.uniform(0.05, 0.4)
        return [first, _j(rng, [(x + rng.normal(0, 0.03), stem_top), (x, 1)], 0.015)]
    first = _j(rng, [(x, 0), (0.02, bar), (right, bar)], 0.015)
    return [first, _j(rng, [tuple(first[0] + rng.normal(0, 0.02, 2)), (x, 1)], 0.01)]


def _five(rng):
    shoulder = rng.uniform(0.35, 0.48)
    left = rng.uniform(0.08, 0.2)
    start = (left + rng.uniform(0, 0.08), 0)
    bowl = curve(_j(rng, [(left, shoulder), (0.4, shoulder - 0.06), (0.65, 0.66), (0.42, 0.97), (0.04, rng.uniform(0.82, 0.96))]))
    body = np.vstack([[start], bowl])
    lift = 0 if rng.random() < 0.5 else rng.normal(0, 0.05)
    gap = 0 if rng.random() < 0.6 else rng.uniform(0, 0.12)
    hat = np.array([(start[0] + gap, lift), (rng.uniform(0.5, 0.75), lift + rng.normal(-0.02, 0.04))])
    return [body, hat]


def _six(rng):
    high = rng.uniform(0.55, 0.72)  # top of the bowl: long stems are common in Japan
    r = (1 - high) / 2
    rx = rng.uniform(0.18, 0.3)
    lean = rng.uniform(0.0, 0.3)
    left = 0.1
    stem = [(left + lean, 0), (left + lean * 0.25 + 0.02, 0.4), (left, 1 - r)]
    loop = arc(rng, left + rx, 1 - r, rx, r, -0.25, -rng.uniform(0.9, 1.08), 18)
    return [np.vstack([curve(_j(rng, stem, 0.012))[:-1], loop])]


def _seven(rng):
    foot = (rng.uniform(0.15, 0.45), 1)
    knee = (rng.uniform(0.58, 0.72), rng.uniform(0, 0.08))
    left = (0.05, rng.uniform(0, 0.08))
    strokes = []
    diagonal = curve(_j(rng, [knee, (rng.uniform(0.38, 0.58), 0.5), foot], 0.015))
    body = np.vstack([[left], diagonal])
    style = rng.random()
    if style < 0.5:  # kagi: the hook comes down at the left
        hook = (left[0] + rng.normal(0, 0.03), left[1] + rng.uniform(0.12, 0.38))
        if rng.random() < 0.6:
            body = np.vstack([[hook], body])
        else:  # hook as a stroke of its own, standing clear of the bar
            strokes.append(np.array([(left[0], left[1] - 0.03), hook]))
    elif style < 0.65:
        y = rng.uniform(0.42, 0.58)
        strokes.append(_j(rng, [(0.25, y), (0.7, y)]))
    return [body] + strokes


def _eight(rng):
    waist = rng.uniform(0.42, 0.52)
    top, low = rng.uniform(0.16, 0.26), rng.uniform(0.22, 0.34)
    if rng.random() < 0.3:  # two rings
        return [arc(rng, 0.4, waist / 2, top, waist / 2, 0.5, 1.03), arc(rng, 0.4, (1 + waist) / 2, low, (1 - waist) / 2, 0, -1.03)]
    points = [(0.4 + top * 0.9, waist * 0.3), (0.4, 0), (0.4 - top, waist * 0.45), (0.4, waist), (0.4 + low, (1 + waist) / 2),
              (0.4, 1), (0.4 - low, (1 + waist) / 2), (0.4, waist), (0.4 + top, waist * 0.5)]
    end = np.array(points[0]) + rng.normal(0, 0.05, 2)
    return [curve(np.vstack([_j(rng, points, 0.015), [end]]))]


def _nine(rng):
    low = rng.uniform(0.32, 0.5)
    r = low / 2
    rx = rng.uniform(0.18, 0.3)
    right = 0.15 + 2 * rx
    loop = arc(rng, 0.15 + rx, r, rx, r, rng.uniform(0.08, 0.25), -rng.uniform(0.75, 1.05), 18)
    style = rng.random()
    if style < 0.6:  # straight stem
        foot = (right + rng.normal(-0.04, 0.06), 1)
        stem = _j(rng, [(right, rng.uniform(0, r)), foot], 0.012)
    elif style < 0.85:
        stem = curve(_j(rng, [(right, r), (right - 0.02, 0.6), (right - 0.25, 1)], 0.015))
    else:
        stem = curve(_j(rng, [(right, r), (right, 0.75), (right - 0.2, 1), (0.1, 0.9)], 0.015))
    return [np.vstack([loop, stem])]


DRAW = [_zero, _one, _two, _three, _four, _five, _six, _seven, _eight, _nine]


def strike(rng, kind):
    """Strokes laid over a digit that fills the unit box (0..0.8 across); kind from STRIKES."""
    tilt = rng.normal(0, 0.06)

    def line(y, x0=None, x1=None, slope=0.0):
        a, b = (rng.uniform(-0.35, -0.08) if x0 is None else x0), (rng.uniform(0.88, 1.2) if x1 is None else x1)
        mid = (a + b) / 2
        return curve(_j(rng, [(a, y - slope / 2), (mid, y), (b, y + slope / 2)], 0.012))

    y = rng.uniform(0.3, 0.7)
    if kind == "single":
        return [line(y, slope=tilt)]
    if kind == "double":
        gap = rng.uniform(0.1, 0.3)
        return [line(y - gap / 2, slope=tilt), line(y + gap / 2, slope=tilt + rng.normal(0, 0.03))]
    if kind == "triple":
        return [line(v, slope=tilt) for v in (0.2, 0.5, 0.8)]
    if kind == "slash":
        slope = rng.choice([-1, 1]) * rng.uniform(0.8, 1.3)
        return [line(0.5, -0.15, 0.95, slope)]
    if kind == "slashes":
        slope, gap = rng.choice([-1, 1]) * rng.uniform(0.6, 1.3), rng.uniform(0.15, 0.35)
        return [line(0.5 - gap / 2, -0.15, 0.95, slope), line(0.5 + gap / 2, -0.15, 0.95, slope)]
    if kind == "cross":
        a, b = rng.uniform(0.7, 1.2, 2)
        return [line(0.5, -0.1, 0.9, a), line(0.5, -0.1, 0.9, -b)]
    if kind == "zigzag":
        n = rng.integers(6, 15)
        x = np.linspace(-0.1, 0.9, n) + rng.normal(0, 0.04, n)
        v = np.where(np.arange(n) % 2 == 0, rng.uniform(0.05, 0.3), rng.uniform(0.7, 0.95)) + rng.normal(0, 0.06, n)
        return [curve(np.stack([x, v] if rng.random() < 0.5 else [v * 0.9, x + 0.05], 1), 4)]
    if kind == "coil":
        n = rng.integers(3, 8)
        t = np.linspace(0, 1, 60)
        r = rng.uniform(0.15, 0.4)
        return [np.stack([t * 0.8 + r * np.cos(6.28 * n * t), 0.5 + rng.uniform(0.3, 0.5) * np.sin(6.28 * n * t)], 1)]
    # blot: dense enough to leave no paper
    n = rng.integers(9, 16)
    x = np.where(np.arange(n) % 2 == 0, rng.uniform(-0.05, 0.15), rng.uniform(0.65, 0.85)) + rng.normal(0, 0.05, n)
    return [np.stack([x, np.linspace(rng.uniform(0, 0.25), rng.uniform(0.75, 1), n)], 1)]


STRIKES = ["single", "double", "double", "double", "triple", "slash", "slashes", "cross", "cross", "zigzag", "zigzag", "coil", "blot"]
COVERING = ("zigzag", "coil", "blot")


def rubbish(rng):
    """Something that is no digit and cannot be taken for one."""
    kind = rng.choice(["check", "re", "cross", "plus", "dash", "dashes", "dots", "corner", "tee", "arc", "squiggle", "tri", "square",
                       "grid", "strokes", "strokes", "strokes", "strokes", "loops", "wave", "star", "seal"])
    u = rng.uniform
    if kind == "check":
        return [_j(rng, [(0, u(0.4, 0.7)), (u(0.2, 0.4), 1), (1, u(0, 0.3))])]
    if kind == "re":
        return [_j(rng, [(0.1, 0), (0.12, 1), (u(0.6, 0.9), u(0.4, 0.75))])]
    if kind == "cross":
        return [_j(rng, [(0, 0), (u(0.6, 1), 1)]), _j(rng, [(u(0.6, 1), 0), (0, 1)])]
    if kind == "plus":
        return [_j(rng, [(0, 0.5), (1, 0.5)]), _j(rng, [(0.5, 0), (0.5, 1)])]
    if kind == "dash":
        return [curve(_j(rng, [(0, 0.5), (0.5, 0.5 + rng.normal(0, 0.03)), (1, 0.5)], 0.02))]
    if kind == "dashes":
        y = np.linspace(0, u(0.3, 0.9), rng.integers(2, 5))
        return [_j(rng, [(0, v), (u(0.6, 1), v)], 0.02) for v in y]
    if kind == "dots":
        return [np.array([p, p + rng.normal(0, 0.02, 2)]) for p in rng.uniform(0, 1, (rng.integers(1, 5), 2))]
    if kind == "corner":
        flips = [(1, 1), (-1, 1), (1, -1)]  # the fourth would be a 7
        return [np.array([(0, 0.0), (0, 1), (u(0.4, 1), 1)]) * flips[rng.integers(0, 3)]]
    if kind == "tee":  # upside down it would be a 1 with a foot
        return [_j(rng, [(0, 0), (1, 0)], 0.01), _j(rng, [(0.5, 0), (0.5, 1)], 0.01)]
    if kind == "arc":  # a piece of a ring or of a seal
        return [arc(rng, 0.5, 0.5, 0.5, u(0.4, 0.6), u(-0.5, 0.5), u(0.3, 0.6))]
    if kind == "tri":
        a = _j(rng, [(0.5, 0), (0, 1), (1, 1)])
        return [np.vstack([a, a[:1]])]
    if kind == "square":
        a = _j(rng, [(0, 0), (1, 0), (1, 1), (0, 1)], 0.015)
        return [np.vstack([a, a[:1]]), *([_j(rng, [(0, 0.5), (1, 0.5)])] if rng.random() < 0.7 else [_j(rng, [(0, 0), (1, 1)])])]
    if kind == "grid":
        return [_j(rng, [(0, v), (1, v)], 0.01) for v in (0.3, 0.7)] + [_j(rng, [(v, 0), (v, 1)], 0.01) for v in (0.3, 0.7)[: rng.integers(1, 3)]]
    if kind == "loops":
        n = rng.integers(2, 5)
        t = np.linspace(0, 1, 56)
        return [np.stack([t * 1.2 + 0.2 * np.cos(6.28 * n * t), 0.3 * np.sin(6.28 * n * t)], 1)]
    if kind == "wave":
        t = np.linspace(0, 1, 30)
        return [np.stack([t, u(0.08, 0.2) * np.sin(6.28 * u(1, 4) * t)], 1)]
    if kind == "star":
        n = rng.integers(3, 6)
        a = np.pi * (np.arange(n) / n + rng.normal(0, 0.05, n))
        return [np.array([(0.5 - 0.5 * np.cos(v), 0.5 - 0.5 * np.sin(v)), (0.5 + 0.5 * np.cos(v), 0.5 + 0.5 * np.sin(v))]) for v in a]
    if kind == "seal":  # a ring with strokes inside
        ring = arc(rng, 0.5, 0.5, 0.5, u(0.45, 0.6), 0, 1.02, 26)
        return [ring] + [rng.uniform(0.2, 0.8, (2, 2)) for _ in range(rng.integers(2, 6))]
    if kind == "squiggle":
        return [curve(rng.uniform(0, 1, (rng.integers(6, 10), 2)), 5)]
    strokes = []
    for _ in range(rng.integers(3, 6)):
        a = rng.uniform(0, 1, 2)
        b = np.clip(a + rng.normal(0, 0.5, 2), -0.1, 1.1)
        strokes.append(curve(np.array([a, (a + b) / 2 + rng.normal(0, 0.1, 2), b])))
    return strokes


SEGMENTS = 72


def segments(strokes, fit=None):
    """(SEGMENTS, 4) x0 y0 x1 y1, spare rows far away; fitted so that the longer side is `fit` and the centre 0, 0."""
    if fit is not None:
        every = np.vstack(strokes)
        lo, hi = every.min(0), every.max(0)
        strokes = [(s - (lo + hi) / 2) * (fit / max((hi - lo).max(), 0.15)) for s in strokes]
    rows = np.vstack([np.hstack([s[:-1], s[1:]]) for s in strokes])
    if len(rows) > SEGMENTS:
        rows = rows[np.linspace(0, len(rows) - 1, SEGMENTS).astype(int)]
    out = np.full((SEGMENTS, 4), 1e4)
    out[: len(rows)] = rows
    return out.astype(np.float32)
