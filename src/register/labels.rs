//! What is printed beside the options of a field: whether the page has the words of one option beside another. Another edition
//! may have the same boxes in another order, or one more of them. Knows nothing of the page's fit but its map.

use super::fit::Map;
use super::ink::Ink;
use super::patch::Patch;
use super::reference::{PX_PER_MM, Reference};
use crate::form::{Field, FieldKind};
use crate::geometry::{PointMm, RectMm};

/// Finest plane, pixels: 6 mm, a character and a half.
const SIDE: usize = 24;
/// Where words are looked for, mm from an option's edge to their middle: to its right, to its left, below, above.
const BESIDE: [(f64, f64); 6] = [(5.0, 0.0), (8.0, 0.0), (-5.0, 0.0), (-8.0, 0.0), (0.0, 4.0), (0.0, -4.0)];
/// Correlation from which two words are alike. Measured: two Japanese words of two characters have 0.4 to 0.65.
const ALIKE: f32 = 0.72;
/// Share of what the page's print correlates in the median from which it shows a word.
const SEEN: f32 = 0.8;
/// How much better another option's words must be found than the option's own.
const BETTER: f32 = 0.2;

/// The words beside the options of one field, in printed order.
#[derive(Debug, Default)]
pub(super) struct Labels(Vec<Label>);

#[derive(Debug)]
struct Label {
    at: PointMm,
    patch: Patch,
    /// Other options whose words are others.
    others: Vec<usize>,
}

impl Labels {
    /// Of a field of a page: from the first side on which most options have words of their own.
    pub(super) fn of(form: &Reference, options: &[RectMm]) -> Self {
        let sides = BESIDE.into_iter().map(|by| Self::beside(form, options, by));
        let told = |labels: &Self| labels.0.iter().filter(|label| !label.others.is_empty()).count();
        let mut best = Self::default();
        for labels in sides {
            if told(&labels) > told(&best) {
                best = labels;
            }
            if told(&best) == options.len() {
                break;
            }
        }
        best
    }

    fn beside(form: &Reference, options: &[RectMm], (dx, dy): (f64, f64)) -> Self {
        let place = |option: &RectMm| {
            let (c, side) = (option.centre(), |by: f64, half: f64| by.signum() * if by == 0.0 { 0.0 } else { half + by.abs() });
            PointMm { x: c.x + side(dx, option.w / 2.0), y: c.y + side(dy, option.h / 2.0) }
        };
        let hidden = |p: PointMm| form.hides(p);
        let cut = |at| Patch::seen(at, &form.ink, &Reference::own_map(), hidden, SIDE, PX_PER_MM).map(|patch| (at, patch));
        let found: Vec<(PointMm, Patch)> = options.iter().filter_map(|option| cut(place(option))).collect();
        let differ = |(at, _): &(PointMm, Patch), (_, other): &(PointMm, Patch)| {
            other.find(*at, &form.ink, &Reference::own_map(), 2).is_some_and(|m| m.score < ALIKE)
        };
        let others = |i: usize| (0..found.len()).filter(|j| *j != i && differ(&found[i], &found[*j])).collect();
        let others: Vec<Vec<usize>> = (0..found.len()).map(others).collect();
        Self(found.into_iter().zip(others).map(|((at, patch), others)| Label { at, patch, others }).collect())
    }

    /// Whether the page shows the words of one option beside another; `usual` is what its print correlates in the median.
    pub(super) fn are_exchanged(&self, ink: &Ink, map: &Map, usual: f32) -> bool {
        let score = |patch: &Patch, at| patch.find(at, ink, map, 2).map_or(0.0, |m| m.score);
        self.0.iter().any(|label| {
            if label.others.is_empty() {
                return false;
            }
            let own = score(&label.patch, label.at);
            let better = |j: &usize| {
                let other = score(&self.0[*j].patch, label.at);
                other >= SEEN * usual && other > own + BETTER
            };
            own < SEEN * usual && label.others.iter().any(better)
        })
    }
}

/// The options of a field that is a choice; else none.
pub(super) fn options(field: &Field) -> Vec<RectMm> {
    match &field.kind {
        FieldKind::Choice { .. } => field.boxes(),
        _ => Vec::new(),
    }
}
