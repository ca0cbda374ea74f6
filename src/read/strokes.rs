//! The pen's strokes in a patch: which pixels are written on, in connected pieces. Faint ink counts only where it
//! hangs together with ink that is not, but is remembered as a doubt.

use super::components::{Component, components};
use super::patch::{Patch, SCALE};
use super::streaks::{cut_streaks, is_streak};
use super::tone::Tone;
use super::trails::trails;

/// Pieces smaller than this are dust: 0.05 mm², a quarter of the smallest dot a pen makes on purpose.
const LEAST_PIECE_PX: usize = 4;

/// The pen's pieces in a patch.
#[derive(Debug, Clone)]
pub struct Strokes {
    /// Pieces of ink, in reading order of their first pixel.
    pub pieces: Vec<Component>,
    /// Pieces too faint to count, yet too large to be dust (2 mm and more): a doubt, not a mark.
    pub faint: Vec<Component>,
    /// Trails of specks: likewise.
    pub trails: Vec<Component>,
    /// Everything smaller than a mark, whether it counts or not, in the same order: dust, dots, and what is left of a stroke
    /// that fell apart.
    pub specks: Vec<Component>,
    /// What no pen makes: a scanner's border or streak, a stain, a fold's black edge. Whatever they cover is in doubt.
    pub smudges: Vec<Component>,
}

/// Share of a piece's pixels that must reach the threshold. Half and more of a faint pencil's do (its rim and its grain do
/// not); of writing that shines through or was rubbed out only those where two such strokes cross.
const STRONG: f64 = 0.25;

/// Least extent of a stroke that is dark enough within paler ink, mm: two strokes that shine through and cross make a dark
/// spot of their own width, a millimetre at most.
const LEAST_STROKE_MM: f64 = 1.2;

/// Extent under which a piece may be one of a trail's specks, mm.
const SPECK_MM: f64 = 1.2;

/// Extent from which a pale piece is a doubt by itself, mm.
const FAINT_MM: f64 = 2.0;

/// Share of the threshold from which ink belongs to a piece that hangs together with darker ink.
pub const PALE: f32 = 0.6;

/// Takes the pen's ink apart. A piece counts where a quarter of its pixels reach the tone's threshold; its fainter rim,
/// down to 60 % of the threshold, belongs to it. Of paler pieces only the strokes count that are dark enough themselves.
pub fn strokes(pen: &Patch, tone: &Tone) -> Strokes {
    let high = tone.threshold();
    let mask: Vec<bool> = pen.ink.iter().map(|&v| v > PALE * high).collect();
    // Paler ink can only be told from paper where the paper's noise lets it.
    let tells_pale = f64::from(PALE * high) * tone.contrast >= 4.0 * tone.noise;
    let mut found =
        Strokes { pieces: Vec::new(), faint: Vec::new(), trails: Vec::new(), specks: Vec::new(), smudges: Vec::new() };
    for piece in components(&mask, pen.width) {
        let strong = piece.pixels.iter().filter(|&&i| pen.ink[i] > high).count();
        if is_smudge(&piece, pen) || is_streak(&piece, pen) {
            found.smudges.push(piece);
            continue;
        }
        let (extent, size) = (extent_mm(&piece), piece.pixels.len());
        let counts = strong >= 3 && size >= LEAST_PIECE_PX && strong as f64 >= STRONG * size as f64;
        let pale = !counts && tells_pale && size >= LEAST_PIECE_PX && extent < FAINT_MM;
        if pale || strong > 0 && extent < SPECK_MM {
            found.specks.push(piece.clone());
        }
        if counts {
            found.pieces.push(piece);
            continue;
        }
        if strong >= 3 {
            // What is solid may be the dark middle of a smudge, and a digit of a broad pen as well.
            let (solid, drawn): (Vec<_>, Vec<_>) = dark_strokes(&piece, pen, high).partition(|p| !core(p, pen.width).is_empty());
            found.pieces.extend(drawn);
            found.faint.extend(solid);
        }
        if extent >= FAINT_MM && size >= 4 * LEAST_PIECE_PX {
            found.faint.push(piece);
        }
    }
    found.take_out_streaks(&mask, pen);
    found.trails = trails(&found.specks, &found.pieces, pen);
    found
}

impl Strokes {
    /// Parts of streaks are no strokes, and what a streak runs through is in doubt. So is a part that comes in from nowhere: it may
    /// be a 1 that somebody wrote there.
    fn take_out_streaks(&mut self, inked: &[bool], pen: &Patch) {
        let streaks = cut_streaks(&self.pieces, inked, pen);
        if streaks.is_empty() {
            return;
        }
        let is_part = |piece: &Component| streaks.iter().any(|streak| streak.holds(piece, pen.width));
        let (parts, pieces): (Vec<Component>, _) = std::mem::take(&mut self.pieces).into_iter().partition(is_part);
        self.pieces = pieces;
        self.faint.extend(parts.iter().filter(|part| !part.bounds.comes_in(pen)).cloned());
        self.smudges.extend(parts);
        let is_crossed = |piece: &&Component| streaks.iter().any(|streak| streak.crosses(piece, pen.width));
        self.faint.extend(self.pieces.iter().filter(is_crossed).cloned());
    }

    /// What may be written and cannot be told: a doubt wherever it lies.
    pub fn doubts(&self) -> impl Iterator<Item = &Component> {
        self.faint.iter().chain(&self.trails)
    }
}

/// The strokes of a pale piece that are dark themselves: a tick on a grey smudge, or the smudge's own dark middle.
fn dark_strokes(piece: &Component, pen: &Patch, high: f32) -> impl Iterator<Item = Component> {
    let mut dark = vec![false; pen.ink.len()];
    piece.pixels.iter().for_each(|&i| dark[i] = pen.ink[i] > high);
    components(&dark, pen.width).into_iter().filter(|p| extent_mm(p) >= LEAST_STROKE_MM)
}

/// Whether a piece is darker than writing over more than a mark's size: 30 mm² where it comes in from the edge of what
/// is looked at, 120 mm² anywhere. A filled 4-mm box has 16 mm², a heavy ring of 9 mm across 20 mm².
fn is_smudge(piece: &Component, pen: &Patch) -> bool {
    let mm2 = piece.pixels.len() as f64 / (SCALE * SCALE);
    let (w, h) = piece.size();
    let solid = piece.pixels.len() * 5 > w * h;
    solid && (mm2 > 120.0 || piece.bounds.comes_in(pen) && mm2 > 30.0)
}

/// Side of the square that the solid core of a piece is made of, patch pixels: 1.4 mm, wider than a felt pen's stroke.
const CORE: usize = 11;

/// The pixels of a piece that lie in a solid square of 1.4 mm and more: what is filled in rather than drawn.
pub fn core(piece: &Component, width: usize) -> Vec<usize> {
    let (w, h) = piece.size();
    if w < CORE || h < CORE {
        return Vec::new();
    }
    let place = |i: usize| (i % width - piece.bounds.x0, i / width - piece.bounds.y0);
    let mut set = vec![false; w * h];
    for (x, y) in piece.pixels.iter().map(|&i| place(i)) {
        set[y * w + x] = true;
    }
    let solid = squares(&set, w);
    let in_square = |x: usize, y: usize| {
        let rows = (y + 1).saturating_sub(CORE)..=y.min(h - CORE);
        rows.into_iter().any(|top| ((x + 1).saturating_sub(CORE)..=x.min(w - CORE)).any(|left| solid[top * w + left]))
    };
    piece
        .pixels
        .iter()
        .copied()
        .filter(|&i| {
            let (x, y) = place(i);
            in_square(x, y)
        })
        .collect()
}

/// Whether the square of [`CORE`] whose top left is at a pixel is all set.
fn squares(set: &[bool], w: usize) -> Vec<bool> {
    let h = set.len() / w;
    // Length of the run of set pixels to the right, then of full runs downward.
    let mut right = vec![0_usize; w * h];
    let mut solid = vec![false; w * h];
    for y in 0..h {
        for x in (0..w).rev() {
            let next = if x + 1 < w { right[y * w + x + 1] } else { 0 };
            right[y * w + x] = if set[y * w + x] { next + 1 } else { 0 };
        }
    }
    for x in 0..w {
        let mut down = 0;
        for y in (0..h).rev() {
            down = if right[y * w + x] >= CORE { down + 1 } else { 0 };
            solid[y * w + x] = down >= CORE;
        }
    }
    solid
}

/// How dark some pixels are: the upper quartile of their ink.
pub fn level(pen: &Patch, pixels: &[usize]) -> f32 {
    let mut ink: Vec<f32> = pixels.iter().map(|&i| pen.ink[i]).collect();
    ink.sort_by(f32::total_cmp);
    ink.get(ink.len() * 3 / 4).copied().unwrap_or(0.0)
}

/// Diagonal of a piece's window, mm.
pub fn extent_mm(piece: &Component) -> f64 {
    let (w, h) = piece.size();
    (w as f64).hypot(h as f64) / SCALE
}

/// Breadth of a straight stroke of a pen across its own direction, mm: a レ is broader, and no 1.
pub const STRAIGHT_MM: f64 = 1.0;

/// Whether some ink is one straight stroke: narrow, or hardly broader than its own line and much longer, as a felt pen's is.
pub fn is_straight(pixels: &[usize], width: usize) -> bool {
    let (length, breadth) = extents_mm(pixels, width);
    let line = pixels.len() as f64 / (SCALE * SCALE) / length.max(1.0 / SCALE);
    breadth < STRAIGHT_MM || breadth < FELT * line && breadth * SLENDER < length
}

/// Least breadth that is more than a straight stroke's, in widths of its line (a rectangle has 1.33), and how many times its
/// breadth it is long.
const FELT: f64 = 1.5;
const SLENDER: f64 = 2.5;

/// How far some ink leans to the right for each pixel downwards: the line that fits its columns best over its rows.
pub fn lean(pixels: &[usize], width: usize) -> f64 {
    let n = pixels.len().max(1) as f64;
    let at = |&i: &usize| ((i % width) as f64, (i / width) as f64);
    let (sx, sy) = pixels.iter().map(at).fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    let (mx, my) = (sx / n, sy / n);
    let (xy, yy) = pixels.iter().map(at).fold((0.0, 0.0), |(a, b), (x, y)| (a + (x - mx) * (y - my), b + (y - my) * (y - my)));
    xy / yy.max(f64::MIN_POSITIVE)
}

/// Breadth of some ink across its own direction, mm: four deviations of its pixels from the line that fits them best.
pub fn breadth_mm(pixels: &[usize], width: usize) -> f64 {
    extents_mm(pixels, width).1
}

/// Four deviations of some ink from its middle, along its own direction and across it, mm.
fn extents_mm(pixels: &[usize], width: usize) -> (f64, f64) {
    let n = pixels.len().max(1) as f64;
    let at = |&i: &usize| ((i % width) as f64, (i / width) as f64);
    let (sx, sy) = pixels.iter().map(at).fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    let (mx, my) = (sx / n, sy / n);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in pixels.iter().map(at).map(|(x, y)| (x - mx, y - my)) {
        (xx, xy, yy) = (xx + x * x / n, xy + x * y / n, yy + y * y / n);
    }
    let (middle, apart) = (f64::midpoint(xx, yy), ((xx - yy) / 2.0).hypot(xy));
    let extent = |variance: f64| 4.0 * libm::sqrt(variance.max(0.0)) / SCALE;
    (extent(middle + apart), extent(middle - apart))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::RectMm;

    #[test]
    fn a_part_of_a_streak_within_a_field_is_a_doubt_and_never_nothing() {
        // A patch of 12 mm with an upright line that two rules cut: its middle part may be a 1.
        let side = (12.0 * SCALE) as usize;
        let rows = |i: usize| !(36..44).contains(&(i / side)) && !(60..68).contains(&(i / side));
        let mask: Vec<bool> = (0..side * side).map(|i| (48..51).contains(&(i % side)) && rows(i)).collect();
        let ink = mask.iter().map(|set| f32::from(u8::from(*set))).collect();
        let pen = Patch { area: RectMm::new(0.0, 0.0, 12.0, 12.0), width: side, height: side, ink };
        let none = Vec::new;
        let (pieces, faint) = (components(&mask, side), none());
        let mut strokes = Strokes { pieces, faint, trails: none(), specks: none(), smudges: none() };
        strokes.take_out_streaks(&mask, &pen);
        assert_eq!((strokes.pieces.len(), strokes.smudges.len(), strokes.faint.len()), (0, 3, 1));
        assert_eq!(strokes.faint[0].bounds.y0, 44);
    }
}
