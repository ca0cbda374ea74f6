//! The boxes and numbers that people mark, as places to be found again where a sheet does not lie flat: a questionnaire may
//! print nothing else over half its width. They follow a map and say how far it holds; that it is the right one is told by
//! print that no pen touches. Its lengths are reasoned.

use super::fit::{Map, Seen};
use super::ink::Ink;
use super::patch::{Patch, square};
use super::plane::Plane;
use super::reference::PX_PER_MM;
use super::verdict::is_found;
use crate::form::{Field, FieldKind, Mark};
use crate::geometry::{PointMm, RectMm};

/// Of each square of so many mm one frame is sought, and how far around where a map puts it, pixels of the finest plane.
const CELL_MM: f64 = 12.0;
const REACH: usize = 5;
/// How near another frame may be, mm: nearer, one could be taken for the other.
const APART_MM: f64 = 4.0;
/// What is seen around a frame, and the widest patch, pixels of the finest plane.
const AROUND: f64 = 10.0;
const WIDEST: usize = 32;
/// How far inside a box its line ends, mm.
const LINE_MM: f64 = 0.5;

/// Frames of a page, at most one to a square.
#[derive(Debug, Default)]
pub(super) struct Frames(Vec<(PointMm, Patch)>);

impl Frames {
    /// Of the choices among a page's fields; `printed` is the finest plane of all that the form prints.
    pub(super) fn of(fields: &[&Field], printed: &Plane) -> Self {
        let of = |field: &&Field| match &field.kind {
            FieldKind::Choice { mark, .. } => {
                field.boxes().iter().map(|option| (*option, *mark == Mark::Box)).collect::<Vec<_>>()
            }
            _ => Vec::new(),
        };
        let all: Vec<(RectMm, bool)> = fields.iter().flat_map(of).collect();
        let centres: Vec<PointMm> = all.iter().map(|(option, _)| option.centre()).collect();
        let lonely = |at: usize| {
            let near = |(i, other): (usize, &PointMm)| {
                i != at && (other.x - centres[at].x).abs().max((other.y - centres[at].y).abs()) < APART_MM
            };
            !centres.iter().enumerate().any(near)
        };
        let mut taken = std::collections::BTreeSet::new();
        let mut frames = Vec::new();
        for (i, (option, is_box)) in all.iter().enumerate() {
            let at = centres[i];
            let cell = ((at.x / CELL_MM) as i64, (at.y / CELL_MM) as i64);
            if taken.contains(&cell) || !lonely(i) {
                continue;
            }
            if let Some(patch) = cut(at, option, *is_box, printed) {
                taken.insert(cell);
                frames.push((at, patch));
            }
        }
        Self(frames)
    }

    /// Those found about where a map puts them.
    pub(super) fn found(&self, ink: &Ink, map: &Map) -> Vec<Seen> {
        self.0.iter().filter_map(|(at, patch)| is_found(*at, &patch.find(*at, ink, map, REACH)?)).collect()
    }
}

/// The print around an option, a box without what is written into it.
fn cut(at: PointMm, option: &RectMm, is_box: bool, printed: &Plane) -> Option<Patch> {
    let side = ((option.w.max(option.h) * PX_PER_MM + AROUND) as usize).next_multiple_of(2);
    if side > WIDEST {
        return None;
    }
    let inside = option.grown(-LINE_MM);
    let mm = |i: usize| (i as f64 + 0.5 - side as f64 / 2.0) / PX_PER_MM;
    let place = |i: usize| PointMm { x: at.x + mm(i % side), y: at.y + mm(i / side) };
    let seen: Vec<bool> = (0..side * side).map(|i| !(is_box && inside.contains(place(i)))).collect();
    Patch::masked(&square(printed, at, PX_PER_MM, side), &seen, side, PX_PER_MM)
}
