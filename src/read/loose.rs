//! Strokes beside printed options that are no mark of any: a tick that missed, a word struck out instead of its box, an arrow
//! from one option to another, a "no" written beside a mark. Whatever they mean, a person must look.

use super::MarkScore;
use super::components::Component;
use super::patch::{Patch, SCALE, Window};
use super::strokes::{breadth_mm, core, extent_mm};
use crate::score::Score;

/// Breadth under which a stroke is straight, mm: twice a ball-point's line.
pub(super) const NEEDLE_MM: f64 = 1.0;

/// Least and, of a straight one, greatest extent of a stroke that may mean something, mm: a small tick; a staple, a hair or a
/// scratch is longer.
const EXTENT_MM: (f64, f64) = (2.0, 7.0);

/// How near to a mark's own ink a straight stroke is a part of it that the pen skipped to or the print parted, mm. A letter is not.
const PARTED_MM: f64 = 0.8;

/// How near to an option a stroke is looked at though it comes in from beyond what is looked at, mm: two rows of a table may
/// both see no more than a part of what stands between them. A highlighter's band or a stain is none.
const NEAR_MM: f64 = 6.0;

/// The loose ones among some strokes that are in no option. `own` is the ink of the marks; `theirs` is what belongs to other
/// fields.
pub(super) fn among<'a>(
    beside: impl Iterator<Item = &'a Component>,
    own: &[&Component],
    (options, theirs): (&[Window], &[Window]),
    pen: &Patch,
) -> impl Iterator<Item = &'a Component> {
    let near = |piece: &Component| {
        options.iter().any(|option| around(piece, NEAR_MM).overlaps(option)) && core(piece, pen.width).is_empty()
    };
    beside.filter(move |piece| {
        let of_this_field = (!piece.bounds.comes_in(pen) || near(piece)) && !piece.bounds.lies_in_one_of(theirs);
        of_this_field && may_mean_something(piece, pen) && !own.iter().any(|mark| is_parted(piece, mark, pen.width))
    })
}

pub(super) fn may_mean_something(piece: &Component, pen: &Patch) -> bool {
    let extent = extent_mm(piece);
    let straight = breadth_mm(&piece.pixels, pen.width) < NEEDLE_MM;
    // A straight line that comes in may be of any length.
    extent >= EXTENT_MM.0 && !(straight && (extent > EXTENT_MM.1 || piece.bounds.comes_in(pen)))
}

fn around(piece: &Component, mm: f64) -> Window {
    let (b, by) = (&piece.bounds, (mm * SCALE) as usize);
    Window { x0: b.x0.saturating_sub(by), x1: b.x1 + by, y0: b.y0.saturating_sub(by), y1: b.y1 + by }
}

fn is_parted(piece: &Component, mark: &Component, width: usize) -> bool {
    let around = around(piece, PARTED_MM);
    breadth_mm(&piece.pixels, width) < NEEDLE_MM && mark.inside(&around, width) > 0
}

/// Probability of a mark where there may be one.
pub(super) const UNSURE: f64 = 0.3;

/// Leaves open, for each of some strokes, whether the option nearest to it is marked.
pub(super) fn doubt_nearest(scores: &mut [MarkScore], options: &[Window], loose: impl IntoIterator<Item = Window>) {
    for bounds in loose {
        let (x, y) = bounds.middle();
        let away = |w: &Window| {
            let (ox, oy) = w.middle();
            ox.abs_diff(x).pow(2) + oy.abs_diff(y).pow(2)
        };
        if let Some((score, _)) = scores.iter_mut().zip(options).min_by_key(|(_, option)| away(option)) {
            score.marked = Score::new(score.marked.get().clamp(UNSURE, 1.0 - UNSURE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::RectMm;

    const WIDTH: usize = 400;

    /// Ink along a path of pixels, `broad` pixels wide and high.
    fn stroke(path: &[(usize, usize)], broad: usize) -> Component {
        let spots = path.iter().flat_map(|&(x, y)| (0..broad).flat_map(move |dy| (0..broad).map(move |dx| (x + dx, y + dy))));
        let mut pixels: Vec<usize> = spots.map(|(x, y)| y * WIDTH + x).collect();
        pixels.sort_unstable();
        pixels.dedup();
        let start = Window { x0: usize::MAX, x1: 0, y0: usize::MAX, y1: 0 };
        let grown = |w: Window, i: &usize| {
            let (x, y) = (i % WIDTH, i / WIDTH);
            Window { x0: w.x0.min(x), x1: w.x1.max(x + 1), y0: w.y0.min(y), y1: w.y1.max(y + 1) }
        };
        let bounds = pixels.iter().fold(start, grown);
        Component { pixels, bounds }
    }

    /// A tick 4 mm across whose foot is at a point.
    fn tick(x: usize, y: usize) -> Component {
        let path: Vec<(usize, usize)> =
            (0..12).map(|i| (x - 12 + i, y - 12 + i)).chain((0..20).map(|i| (x + i, y - i))).collect();
        stroke(&path, 3)
    }

    fn is_loose(piece: &Component, own: &[&Component], theirs: &[Window]) -> bool {
        let pen = Patch { area: RectMm::new(0.0, 0.0, 50.0, 20.0), width: WIDTH, height: 160, ink: Vec::new() };
        let option = [Window { x0: 180, x1: 205, y0: 60, y1: 85 }];
        among(std::iter::once(piece), own, (&option, theirs), &pen).count() == 1
    }

    #[test]
    fn a_letter_close_to_a_mark_is_loose_and_a_piece_of_the_mark_is_not() {
        let mark = stroke(&(0..40).map(|i| (180 + i, 95 - i)).collect::<Vec<_>>(), 3);
        let letter = tick(240, 60);
        let piece = stroke(&(0..20).map(|i| (224 + i, 51 - i)).collect::<Vec<_>>(), 3);
        assert!(is_loose(&letter, &[&mark], &[]));
        assert!(!is_loose(&piece, &[&mark], &[]) && is_loose(&piece, &[], &[]));
    }

    #[test]
    fn what_is_seen_in_part_is_loose_where_it_is_near_and_a_pens() {
        // Reaching the upper edge of what is looked at, between this row and the one above; and far to the left.
        assert!(is_loose(&tick(190, 19), &[], &[]));
        assert!(!is_loose(&tick(60, 19), &[], &[]) && is_loose(&tick(60, 60), &[], &[]));
        let line = stroke(&(0..40).map(|y| (190, y)).collect::<Vec<_>>(), 3);
        let band = stroke(&(150..240).map(|x| (x, 0)).collect::<Vec<_>>(), 24);
        assert!(!is_loose(&line, &[], &[]), "a rule");
        assert!(!is_loose(&band, &[], &[]), "a highlighter's band");
    }

    #[test]
    fn what_belongs_to_another_field_is_not_loose() {
        let theirs = [Window { x0: 220, x1: 300, y0: 40, y1: 120 }];
        assert!(!is_loose(&tick(250, 90), &[], &theirs) && is_loose(&tick(212, 90), &[], &theirs));
    }
}
