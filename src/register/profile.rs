//! Which form, which way up, how large and where, roughly: the page's row and column profiles against each form's.
//! Finds candidates only; whether one is right is for the anchors to say.

use super::fit::Map;
use super::ink::Ink;
use super::reference::{BAR_PX, Reference};
use super::side::{Fit, Profile, Side};
use super::skew::{Lean, Strips, column_slope, leans, row_slope};
use crate::geometry::Rotation;

/// How far is sought.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    /// Fits per axis: the right one and its slips by a row either way, where ink other than the form's does not outweigh it.
    per_axis: usize,
    /// Of those, candidates of one form page one way up.
    per_way_up: usize,
    /// Candidates compared in two dimensions: of thirty forms two or three each.
    compared: usize,
    /// Whether black bars are left out: they outweigh all else along an axis, and one that touches the edge of a sheet that was
    /// scanned on black is taken for the black around it.
    without_bars: bool,
    /// Correlation from which no further quarter of them is compared. Measured: the right place of clean pages 0.73 to 0.91.
    clear: f32,
    /// Candidates kept per form page, so that another edition has its say; and of all.
    per_form: usize,
    kept: usize,
    /// Of these, how many are tried by their anchors, if any is found by some of them.
    pub(super) tried: usize,
}

impl Search {
    /// Enough for nearly every page.
    pub(super) const QUICK: Self =
        Self { per_axis: 3, per_way_up: 4, compared: 64, without_bars: false, clear: 0.6, per_form: 3, kept: 48, tried: 8 };
    /// For a page that was not placed; the numbers are reasoned. Seen to need it: a sheet with thick rings cut at its dark head, and one
    /// on whose bar the black bar of a card in the catalogue lies well.
    pub(super) const THOROUGH: Self = Self {
        per_axis: 8,
        per_way_up: 24,
        compared: 512,
        without_bars: true,
        clear: f32::INFINITY,
        per_form: 8,
        kept: 96,
        tried: 96,
    };
    /// Of a form's own blank.
    pub(super) const OF_A_BLANK: Self = Self { kept: 3, ..Self::QUICK };
}

/// A place where a form may lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hypothesis {
    /// Index into the references.
    pub(super) reference: usize,
    pub(super) rotation: Rotation,
    /// Form mm to pixels of the finest ink plane.
    pub(super) map: Map,
    /// Correlation in two dimensions at 2 mm, −1 to 1.
    pub(super) score: f32,
}

/// The likely places over all references, best first.
pub(super) fn hypotheses(ink: &Ink, references: &[Reference], asked: &[usize], search: Search) -> Vec<Hypothesis> {
    let fine = search.without_bars.then(|| ink.planes[1].without_solids(BAR_PX));
    let half = fine.as_ref().unwrap_or(&ink.planes[1]);
    let (rows, columns) = (Strips::for_rows(half), Strips::for_columns(half));
    let mut sides: Vec<Sides> = leans(&rows, &columns).into_iter().map(|lean| Sides::of(ink, &rows, &columns, lean)).collect();
    let mut guesses: Vec<(usize, Guess)> = Vec::new();
    for (i, sides) in sides.iter_mut().enumerate() {
        for reference in asked {
            guesses.extend(sides.guesses(*reference, &references[*reference], search).into_iter().map(|g| (i, g)));
        }
    }
    guesses.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
    guesses.truncate(search.compared);
    let placed = |(i, g): &(usize, Guess)| {
        let reference = &references[g.reference];
        let map = sides[*i].map(ink, reference, &sides[*i].refined(g, reference, search));
        Hypothesis { reference: g.reference, rotation: g.rotation, map, score: reference.likeness(ink, &map) }
    };
    let mut out: Vec<Hypothesis> = Vec::new();
    for some in guesses.chunks(search.compared / 4) {
        out.extend(some.iter().map(placed));
        if out.iter().any(|h| h.score > search.clear) {
            break;
        }
    }
    out.sort_by(|a, b| b.score.total_cmp(&a.score));
    distinct(out, references, search)
}

/// A form page one way up, laid on the page's axes.
#[derive(Debug, Clone, Copy)]
struct Guess {
    score: f32,
    reference: usize,
    rotation: Rotation,
    /// Along the form's x and y.
    fits: [Fit; 2],
}

/// Drops places that a better one of the same form lies within 4 mm of: the anchors would find the same from both.
fn distinct(all: Vec<Hypothesis>, references: &[Reference], search: Search) -> Vec<Hypothesis> {
    let mut out: Vec<Hypothesis> = Vec::new();
    for h in all {
        let corners = references[h.reference].corners();
        let near = |o: &Hypothesis| {
            o.reference == h.reference
                && o.rotation == h.rotation
                && corners.iter().all(|p| {
                    let (a, b) = (o.map.at(*p), h.map.at(*p));
                    (a.0 - b.0).hypot(a.1 - b.1) < 16.0
                })
        };
        let of_form = out.iter().filter(|o| o.reference == h.reference).count();
        if of_form < search.per_form && !out.iter().any(near) {
            out.push(h);
        }
        if out.len() == search.kept {
            break;
        }
    }
    out
}

/// The page's profiles along both axes for one lean.
struct Sides {
    lean: Lean,
    /// Across (columns), forward and reversed.
    u: [Side; 2],
    /// Down (rows), forward and reversed.
    v: [Side; 2],
}

impl Sides {
    fn of(ink: &Ink, rows: &Strips, columns: &Strips, lean: Lean) -> Self {
        let (w, h) = (ink.planes[1].w as f64, ink.planes[1].h as f64);
        let (mx, my) =
            (2.0 * lean.columns.to_radians().cos() / ink.px_per_mm.0, 2.0 * lean.rows.to_radians().cos() / ink.px_per_mm.1);
        let u = Profile::of(&columns.profile(column_slope(lean.columns), columns.margin()), mx);
        let v = Profile::of(&rows.profile(row_slope(lean.rows), rows.margin()), my);
        let (wide, high) = ((w * mx) as usize, (h * my) as usize);
        Self { lean, u: Side::both(&u, wide), v: Side::both(&v, high) }
    }

    fn guesses(&mut self, index: usize, reference: &Reference, search: Search) -> Vec<Guess> {
        let mut out = Vec::new();
        for rotation in Rotation::ALL {
            let along = [0, 1].map(|axis| {
                let (across, way) = runs_along(rotation)[axis];
                let side = if across { &mut self.u[way] } else { &mut self.v[way] };
                side.fits(&reference.outlines(search.without_bars)[axis], search.per_axis)
            });
            let from = out.len();
            for fx in &along[0] {
                for fy in &along[1] {
                    // Copies stretch one way by a few per cent, not by thirty.
                    let stretch = (fx.scale - fy.scale).abs();
                    let score = fx.score + fy.score - 0.5 * (stretch - 0.06).max(0.0);
                    out.push(Guess { score, reference: index, rotation, fits: [*fx, *fy] });
                }
            }
            out[from..].sort_by(|a, b| b.score.total_cmp(&a.score));
            out.truncate(from + search.per_way_up);
        }
        out
    }

    /// The same, each axis to a millimetre.
    fn refined(&self, guess: &Guess, reference: &Reference, search: Search) -> Guess {
        let fits = [0, 1].map(|axis| {
            let (across, way) = runs_along(guess.rotation)[axis];
            let side = if across { &self.u[way] } else { &self.v[way] };
            side.refined(&reference.outlines(search.without_bars)[axis], guess.fits[axis])
        });
        Guess { fits, ..*guess }
    }

    /// Form mm → mm across and down the levelled page → pixels.
    fn map(&self, ink: &Ink, reference: &Reference, guess: &Guess) -> Map {
        let (rotation, [fx, fy]) = (guess.rotation, guess.fits);
        let (sx, tx) = (f64::from(fx.scale), f64::from(fx.shift) - f64::from(fx.scale) * reference.width_mm / 2.0);
        let (sy, ty) = (f64::from(fy.scale), f64::from(fy.shift) - f64::from(fy.scale) * reference.height_mm / 2.0);
        // Rows: across, down; columns: x, y, 1.
        let [u, v] = match rotation {
            Rotation::R0 => [[sx, 0.0, tx], [0.0, sy, ty]],
            Rotation::R90 => [[0.0, -sy, -ty], [sx, 0.0, tx]],
            Rotation::R180 => [[-sx, 0.0, -tx], [0.0, -sy, -ty]],
            Rotation::R270 => [[0.0, sy, ty], [-sx, 0.0, -tx]],
        };
        let (rs, cs) = (row_slope(self.lean.rows), column_slope(self.lean.columns));
        let ku = ink.px_per_mm.0 / self.lean.columns.to_radians().cos();
        let kv = ink.px_per_mm.1 / self.lean.rows.to_radians().cos();
        let d = 1.0 - rs * cs;
        let (w, h) = (ink.planes[1].w as f64, ink.planes[1].h as f64);
        let x = |i: usize| (u[i] * ku + cs * v[i] * kv) / d;
        let y = |i: usize| (v[i] * kv + rs * u[i] * ku) / d;
        Map::new([x(0), x(1), x(2) + w, y(0), y(1), y(2) + h, 0.0, 0.0, 1.0])
    }
}

/// For the form's x and y axis: whether it runs across the page (else down), and whether backwards (1).
const fn runs_along(rotation: Rotation) -> [(bool, usize); 2] {
    match rotation {
        Rotation::R0 => [(true, 0), (false, 0)],
        Rotation::R90 => [(false, 0), (true, 1)],
        Rotation::R180 => [(true, 1), (false, 1)],
        Rotation::R270 => [(false, 1), (true, 0)],
    }
}
