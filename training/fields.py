"""Every source of ink as distance maps, so that pen width can be chosen after warping.

A field is 56x56 with the ink's longer side 40 and its centre in the middle. `skeleton` holds the distance to the pen's path
(16 steps per pixel), `edge` the signed distance to the original outline (16 steps per pixel around 128, inside positive).
"""

import gzip
import io
import zipfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import interpolate, ndimage

import strokes
from normalise import resampling

FIELD = 56
FIT = 40.0
STEPS = 16.0
MNIST_TRAIN = 50_000  # the last 10,000 stay apart
OPTICAL_LEARNT = 3_823  # the first 30 writers; the other 13 stay apart
# Digits a pen writes without leaving the paper: of the others `penbased.dat` shows how the pen travelled between strokes.
OF_ONE_STROKE = (0, 2, 3, 6, 8, 9)
PEN = 5.5  # usual width of a pen in a digit 32 pixels high


def read_mnist(folder):
    folder = Path(folder)
    pixels = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())[8:]
    return np.frombuffer(pixels, np.uint8).reshape(-1, 28, 28), np.frombuffer(labels, np.uint8)


def read_swiss(folder):
    """[(writer, label, ink f32 0..1)] in the order of names; paper and pen levels are each picture's own."""
    found = []
    for path in sorted(Path(folder).glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(n for n in archive.namelist() if n.endswith(".png")):
                writer, label = name.split("/")[-3:-1]
                grey = np.array(Image.open(io.BytesIO(archive.read(name))).convert("L"), np.float32)
                paper = np.median(grey)
                pen = np.percentile(grey, 1)
                found.append((writer, int(label), np.clip((paper - grey - 6) / max(paper - pen - 6, 24), 0, 1)))
    return found


def _rows(path):
    lines = (line for line in Path(path).read_text().splitlines() if line.strip() and not line.startswith("@"))
    return np.array([[int(float(v)) for v in line.split(",")] for line in lines])


def read_optical(path):
    """[(is apart, label, ink)] of `optdigits.dat`: bitmaps of 32x32 of which only the ink in each 4x4 block is kept, stretched to fill
    their square. The smoothest bitmap with that much ink in each block is near the one there was; it is made as wide as a pen that
    writes down as thickly as across makes it."""
    rows, rng, found = _rows(path), np.random.default_rng(1), []
    for k, row in enumerate(rows):
        bitmap = _bitmap(row[:64].reshape(8, 8))
        padded = ndimage.zoom(np.pad(bitmap.astype(np.float32), 3), 3, order=1)
        ink = np.clip((ndimage.gaussian_filter(padded, 1.3) - 0.25) / 0.5, 0, 1)
        edges = np.diff(np.pad(bitmap.astype(np.int8), ((0, 0), (1, 1))), axis=1)
        chords = np.nonzero(edges == -1)[1] - np.nonzero(edges == 1)[1]
        wide = np.clip(PEN / np.percentile(chords, 25), 0.18, 0.8) * np.exp(rng.normal(0, 0.08))
        size = (max(8, round(ink.shape[1] * wide)), ink.shape[0])
        found.append((k >= OPTICAL_LEARNT, int(row[64]), np.array(Image.fromarray(ink).resize(size, Image.BICUBIC)).clip(0, 1)))
    return found


def _bitmap(counts):
    """The smooth bitmap (32, 32) with `counts` (8, 8) pixels of ink in its blocks."""
    level = ndimage.zoom(np.pad(counts / 16, 1), 4, order=3)[4:-4, 4:-4]
    for _ in range(6):
        bitmap = np.zeros((32, 32), bool)
        for y, x in np.argwhere(counts):
            block = np.s_[4 * y : 4 * y + 4, 4 * x : 4 * x + 4]
            darkest = np.zeros(16, bool)
            darkest[np.argsort(-level[block], axis=None)[: counts[y, x]]] = True
            bitmap[block] = darkest.reshape(4, 4)
        level = ndimage.gaussian_filter(bitmap.astype(float), 1.2)
    return bitmap


def read_tablet(path):
    """[(label, ink)] of `penbased.dat`, digits of one stroke: eight points of the pen's path, joined by a smooth curve."""
    rng, found = np.random.default_rng(2), []
    for row in _rows(path):
        width, narrow = int(rng.integers(7, 14)), rng.uniform(0.6, 0.85)
        if row[16] in OF_ONE_STROKE:
            pen = row[:16].reshape(8, 2) * [narrow, -1] + [30, 130]
            at = np.concatenate([[0], np.cumsum(np.sqrt(np.hypot(*np.diff(pen, axis=0).T)) + 1e-3)])
            points = interpolate.CubicSpline(at, pen)(np.linspace(0, at[-1], 160))
            picture = Image.new("L", (160, 160))
            drawn = ImageDraw.Draw(picture)
            drawn.line([tuple(p) for p in points], 255, width, "curve")
            for x, y in points[[0, -1]]:
                drawn.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], 255)
            found.append((int(row[16]), np.asarray(picture, np.float32) / 255))
    return found


def centred(ink, threshold=0.4, blur=0.5):
    """The binary field (56, 56) of an ink map: fitted and centred, specks dropped from the box; `blur` in source pixels."""
    labels, count = ndimage.label(ink > threshold, structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    kept = (areas >= max(3, 0.03 * areas.max()))[labels]
    ys, xs = np.flatnonzero(kept.any(1)), np.flatnonzero(kept.any(0))
    y0, y1, x0, x1 = ys[0], ys[-1] + 1, xs[0], xs[-1] + 1
    scale = FIT / max(y1 - y0, x1 - x0)
    down = resampling(ink.shape[0], FIELD, (y0 + y1) / 2, scale)[0]
    across = resampling(ink.shape[1], FIELD, (x0 + x1) / 2, scale)[0]
    return down @ ndimage.gaussian_filter(ink, blur) @ across.T > threshold


def _thinning_tables():
    """Zhang and Suen 1984, both passes, over the eight neighbours' bits (clockwise from the top)."""
    codes = np.arange(256)
    bits = (codes[:, None] >> np.arange(8)) & 1
    count = bits.sum(1)
    turns = ((bits == 0) & (np.roll(bits, -1, 1) == 1)).sum(1)
    n, e, s, w = bits[:, 0], bits[:, 2], bits[:, 4], bits[:, 6]
    base = (count >= 2) & (count <= 6) & (turns == 1)
    return base & (n * e * s == 0) & (e * s * w == 0), base & (n * e * w == 0) & (n * s * w == 0)


def skeletons(shapes):
    """Thins a batch of binary fields to one-pixel lines."""
    tables = _thinning_tables()
    offsets = [(0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0)]
    now = shapes.astype(np.uint8)
    for _ in range(24):
        before = now
        for table in tables:
            padded = np.pad(now, ((0, 0), (1, 1), (1, 1)))
            code = np.zeros_like(now)
            for bit, (dy, dx) in enumerate(offsets):
                code |= padded[:, dy : dy + FIELD, dx : dx + FIELD] << bit
            now = now & ~table[code].astype(np.uint8) & 1
        if (now == before).all():
            break
    return now.astype(bool)


def encode(distance):
    return np.clip(distance * STEPS, 0, 255).astype(np.uint8)


def encode_signed(distance):
    return np.clip(distance * STEPS + 128, 0, 255).astype(np.uint8)


def from_shapes(shapes):
    """(skeleton, edge) fields of binary fields."""
    skeleton, edge = np.empty(shapes.shape, np.uint8), np.empty(shapes.shape, np.uint8)
    for start in range(0, len(shapes), 512):
        part = shapes[start : start + 512]
        thin = skeletons(part)
        for k in range(len(part)):
            at = start + k
            skeleton[at] = encode(ndimage.distance_transform_edt(~thin[k]) if thin[k].any() else np.full((FIELD, FIELD), 99.0))
            inside, outside = ndimage.distance_transform_edt(part[k]), ndimage.distance_transform_edt(~part[k])
            edge[at] = encode_signed(np.where(part[k], inside - 0.5, 0.5 - outside))
    return skeleton, edge


@jax.jit
def _distances(rows):
    axis = jnp.arange(FIELD) + 0.5 - FIELD / 2
    px, py = axis[None, None, :, None], axis[None, :, None, None]
    x0, y0, x1, y1 = (rows[:, None, None, :, k] for k in range(4))
    dx, dy = x1 - x0, y1 - y0
    t = jnp.clip(((px - x0) * dx + (py - y0) * dy) / jnp.maximum(dx * dx + dy * dy, 1e-9), 0, 1)
    return jnp.sqrt(((px - x0 - t * dx) ** 2 + (py - y0 - t * dy) ** 2).min(-1))


def from_strokes(rows, rng):
    """(skeleton, edge) fields of segment tables (n, SEGMENTS, 4) in field pixels around the centre."""
    skeleton = np.concatenate([encode(np.asarray(_distances(rows[k : k + 64]))) for k in range(0, len(rows), 64)])
    radius = np.exp(rng.normal(np.log(1.8), 0.35, (len(rows), 1, 1)))
    return skeleton, encode_signed(np.clip(radius - skeleton / STEPS, -8, 7.9))


def glyph(face, character):
    """A character's ink (h, w), of a font at 144 pixels; a pixel fatter all round, or hairlines would break."""
    sheet = Image.new("L", (480, 480), 0)
    ImageDraw.Draw(sheet).text((150, 130), character, font=face, fill=255)
    return ndimage.maximum_filter(np.array(sheet, np.float32) / 255, 3)


def glyph_shapes(fonts, characters):
    shapes, kept = [], []
    for font in fonts:
        face = ImageFont.truetype(str(font), 144)
        for character in characters:
            ink = glyph(face, character)
            if (ink > 0.5).sum() > 160:
                shapes.append(centred(ink))
                kept.append(character)
    return np.array(shapes), kept


DIGIT_GLYPHS = "0123456789０１２３４５６７８９"
# Letters and kana that nobody could call a digit, kanji of forms; what resembles a digit (O, I, l, S, Z, ノ, フ, ロ, ...) is left out.
OTHER_GLYPHS = ("AEFHKMNPRTVWXYadefhkmnrtuwx&#%*+=?@レ✓×△☆※ア イウエオカキケコサシスセタチツテトナニヌネハヒホマミムメモヤヨラルレヲンあいうえおかきくけこさしせたちぬねのはひふへほまみむめもやゆよわ"
                "二三十大小中年月日田上下人木本水火土金有無可否済印円名東北西南県市町村区").replace(" ", "")
OTHER_GLYPHS = "".join(c for c in OTHER_GLYPHS if c not in "ヒコマ")
# The same of fonts that look like handwriting: their other letters may look like a digit.
OTHER_BY_HAND = "AHKMNRWXkmwx&#%@"


class Library:
    """Fields by kind: `kinds[name]` is a list of indices, or for digits a list of ten lists."""

    def __init__(self):
        self.skeleton, self.edge, self.kinds, self.size = [], [], {}, 0

    def add(self, name, fields, labels=None):
        skeleton, edge = fields
        at = np.arange(self.size, self.size + len(skeleton))
        self.skeleton.append(skeleton)
        self.edge.append(edge)
        self.size += len(skeleton)
        self.kinds[name] = at if labels is None else [at[np.asarray(labels) == d] for d in range(10)]

    def done(self):
        self.skeleton, self.edge = np.concatenate(self.skeleton), np.concatenate(self.edge)
        return self


def build(mnist, swiss, optical, fonts, hands, rng, digits_each=1200, strikes=3000, rubbish=6000):
    """A library of real digits (`mnist`: pixels, labels; `swiss`, `optical`: list of label, ink), of print and of handwriting in `fonts`
    and `hands`, and of our own shapes."""
    library = Library()
    if mnist is not None:
        pixels, labels = mnist
        library.add("mnist", from_shapes(np.array([centred(p / np.float32(255)) for p in pixels])), labels)
    if swiss:
        library.add("swiss", from_shapes(np.array([centred(ink, 0.35, 0.8) for _, ink in swiss])), [d for d, _ in swiss])
    if optical:
        library.add("optical", from_shapes(np.array([centred(ink) for _, ink in optical])), [d for d, _ in optical])
    rows, labels = [], []
    for d in range(10):
        for _ in range(digits_each):
            rows.append(strokes.segments(strokes.digit(rng, d), FIT))
            labels.append(d)
    library.add("stroke", from_strokes(np.array(rows), rng), labels)
    # Strikes keep their own frame: the unit box of the digit they cover is centred and FIT high.
    for kind in sorted(set(strokes.STRIKES)):
        share = strikes * strokes.STRIKES.count(kind) // len(strokes.STRIKES)
        rows = []
        for _ in range(share):
            drawn = [(s - [0.4, 0.5]) * FIT * 0.8 for s in strokes.strike(rng, kind)]
            rows.append(strokes.segments(drawn))
        library.add("strike_" + kind, from_strokes(np.array(rows), rng))
    rows = [strokes.segments(strokes.rubbish(rng), FIT) for _ in range(rubbish)]
    library.add("rubbish", from_strokes(np.array(rows), rng))
    for name, files, digits, others in (("print", fonts, DIGIT_GLYPHS, OTHER_GLYPHS), ("hand", hands, "0123456789", OTHER_BY_HAND)):
        if files:
            shapes, kept = glyph_shapes(files, digits)
            library.add(name, from_shapes(shapes), [int(c) for c in kept])
            library.add("glyph_" + name, from_shapes(glyph_shapes(files, others)[0]))
    return library.done()
