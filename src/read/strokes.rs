//! The pen's strokes in a patch: which pixels are written on, in connected pieces. Faint ink counts only where it
//! hangs together with ink that is not, but is remembered as a doubt.

use super::components::{Component, components};
use super::patch::{Patch, SCALE};
use super::tone::Tone;

/// Pieces smaller than this are dust: 0.05 mm², a quarter of the smallest dot a pen makes on purpose.
const LEAST_PIECE_PX: usize = 4;

/// The pen's pieces in a patch.
#[derive(Debug, Clone)]
pub struct Strokes {
    /// Pieces of ink, in reading order of their first pixel.
    pub pieces: Vec<Component>,
    /// Pieces too faint to count, yet too large to be dust (2 mm and more): a doubt, not a mark.
    pub faint: Vec<Component>,
    /// Dark patches no pen makes: a scanner's border, a stain, a fold's black edge. Whatever they cover is in doubt.
    pub smudges: Vec<Component>,
}

/// Takes the pen's ink apart. A piece counts where at least three of its pixels reach the tone's threshold; its
/// fainter rim, down to 60 % of the threshold, belongs to it.
pub fn strokes(pen: &Patch, tone: &Tone) -> Strokes {
    let high = tone.threshold();
    let mask: Vec<bool> = pen.ink.iter().map(|&v| v > high * 0.6).collect();
    let mut found = Strokes { pieces: Vec::new(), faint: Vec::new(), smudges: Vec::new() };
    for piece in components(&mask, pen.width) {
        let strong = piece.pixels.iter().filter(|&&i| pen.ink[i] > high).count();
        if is_smudge(&piece, pen) {
            found.smudges.push(piece);
        } else if strong >= 3 && piece.pixels.len() >= LEAST_PIECE_PX {
            found.pieces.push(piece);
        } else if extent_mm(&piece) >= 2.0 && piece.pixels.len() >= 4 * LEAST_PIECE_PX {
            found.faint.push(piece);
        }
    }
    found
}

/// Whether a piece is darker than writing over more than a mark's size: 30 mm² where it comes in from the edge of what
/// is looked at, 120 mm² anywhere. A filled 4-mm box has 16 mm², a heavy ring of 9 mm across 20 mm².
fn is_smudge(piece: &Component, pen: &Patch) -> bool {
    let b = &piece.bounds;
    let at_edge = b.x0 == 0 || b.y0 == 0 || b.x1 == pen.width || b.y1 == pen.height;
    let mm2 = piece.pixels.len() as f64 / (SCALE * SCALE);
    let (w, h) = piece.size();
    let solid = piece.pixels.len() * 5 > w * h;
    solid && (mm2 > 120.0 || at_edge && mm2 > 30.0)
}

/// Diagonal of a piece's window, mm.
pub fn extent_mm(piece: &Component) -> f64 {
    let (w, h) = piece.size();
    (w as f64).hypot(h as f64) / SCALE
}
