//! What tells a page from one that looks like it: another form or edition, or the same form a row or column further on or
//! upside down. Both are sought at the places where their print differs, and the page has to side with one of them.
//! Knows no thresholds of placement (`decide`).

use super::fit::Map;
use super::ink::Ink;
use super::patch::Patch;
use super::profile::{Search, hypotheses};
use super::reference::{PX_PER_MM, Reference};
use super::verdict::{coarse, fine};
use crate::geometry::{PointMm, RectMm};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Finest plane, pixels: 6 mm, a character and its neighbour.
const SIDE: usize = 24;
/// Distance of the places looked at, and least distance of those kept, mm.
const STEP_MM: f64 = 3.0;
/// Regions across and down the sheet, each with places of its own.
const REGIONS: (usize, usize) = (3, 4);
/// Places kept in a region: three dozen on a sheet, which take a quarter of a millisecond to ask.
const PLACES: usize = 3;
/// Correlation of the two prints from which a place tells nothing. The same print twice has 0.8 and more.
const SAME: f32 = 0.75;
/// Difference of two prints over 6 × 6 pixels of 1 mm, grey levels, up to which they need no closer look: three a pixel.
const LOOKS_SAME: i64 = 100;
/// Places of a region looked at closely, the most different ones.
const LOOKED_AT: usize = 9;
/// Correlation from which a page shows one of two prints. Where it shows neither, the place says nothing.
const SHOWN: f32 = 0.5;
/// What counts for bare paper where only one of the two has print, and the page shows none: lines that a copier has lost look
/// the same, so that it takes several such places to weigh as much as one that shows print.
const BARE: f32 = 0.1;
/// A single place counts for no more.
const MOST: f32 = 0.5;
/// Least sum of weights that decides: one place that is beyond doubt.
const DECIDES: f32 = 0.3;

/// Every comparison that was asked for so far. They depend on the forms alone, never on a page.
#[derive(Debug, Default)]
pub(super) struct Rivals(Mutex<Known>);

type Known = BTreeMap<(usize, What), Option<Arc<Rival>>>;

/// What a placed form may be mistaken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// The form page of that index.
    Other(usize),
    /// Itself, shifted by its alias of that index.
    Slip(usize),
    /// Itself, upside down.
    HalfTurn,
}

/// Two prints that may stand for the same page.
#[derive(Debug)]
pub(super) struct Rival {
    /// From mm of the form to pixels of the rival's finest plane.
    pub(super) across: Map,
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    at: PointMm,
    own: Option<Patch>,
    theirs: Option<Patch>,
}

/// Which of the two a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sides {
    Own,
    Theirs,
    /// The page does not show, or not clearly, where they differ.
    Open,
}

impl Rivals {
    /// The comparison of a form page with what it may be mistaken for; none where the two cannot be laid on each other.
    pub(super) fn of(&self, references: &[Reference], own: usize, what: What) -> Option<Arc<Rival>> {
        let key = (own, what);
        let known = self.known().get(&key).cloned();
        known.unwrap_or_else(|| {
            // Two threads may both work it out: to the same end.
            let made = Rival::new(references, own, what).map(Arc::new);
            self.known().insert(key, made.clone());
            made
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rival {
    fn new(references: &[Reference], own: usize, what: What) -> Option<Self> {
        let reference = &references[own];
        let (theirs, across) = match what {
            What::Other(other) => (&references[other], laid_on(references, own, other)?),
            What::Slip(alias) => {
                let (dx, dy) = reference.aliases[alias];
                (reference, Reference::own_map().shifted(-dx, -dy))
            }
            What::HalfTurn => (reference, reference.half_turn()),
        };
        Some(Self { across, places: differences(reference, theirs, &across) })
    }

    /// Which of the two a page shows, if `map` lays the first on it.
    pub(super) fn sides(&self, ink: &Ink, map: &Map) -> Sides {
        let (mut own, mut theirs) = (0.0, 0.0);
        for place in &self.places {
            let score = |patch: &Option<Patch>| match patch {
                Some(patch) => patch.find(place.at, ink, map, 2).map(|m| Some(m.score)),
                None => Some(None),
            };
            let (Some(a), Some(b)) = (score(&place.own), score(&place.theirs)) else { continue };
            let weight = weight(a, b);
            *(if weight > 0.0 { &mut own } else { &mut theirs }) += weight.abs();
        }
        // Three to one: soiled places and notes in the margin speak for either.
        match () {
            () if own >= DECIDES && theirs * 3.0 <= own => Sides::Own,
            () if theirs >= DECIDES && own * 3.0 <= theirs => Sides::Theirs,
            () => Sides::Open,
        }
    }
}

/// What a place speaks for: the first print where positive. None: no print.
fn weight(own: Option<f32>, theirs: Option<f32>) -> f32 {
    match (own, theirs) {
        (Some(a), Some(b)) if a.max(b) >= SHOWN => (a - b).clamp(-MOST, MOST),
        (Some(a), None) => {
            if a >= SHOWN {
                MOST
            } else {
                -BARE
            }
        }
        (None, Some(b)) => {
            if b >= SHOWN {
                -MOST
            } else {
                BARE
            }
        }
        _ => 0.0,
    }
}

/// One form page laid on the blank of another: from mm of the first to pixels of the second's finest plane.
fn laid_on(references: &[Reference], own: usize, other: usize) -> Option<Map> {
    let blank = &references[other].ink;
    let candidates = hypotheses(blank, references, &[own], Search::OF_A_BLANK);
    let best = candidates.iter().filter_map(|h| coarse(blank, &references[own], &h.map).map(|(share, map)| (share, h, map)));
    let (_, h, map) = best.max_by(|a, b| a.0.total_cmp(&b.0))?;
    fine(blank, &references[own], own, h.rotation, &map).map(|placed| placed.map)
}

/// The places where two prints differ most, zones of both left out, from all over the sheet: any part of it may be cut off.
/// Those of the greatest difference at 1 mm per pixel are looked at closely.
fn differences(own: &Reference, theirs: &Reference, across: &Map) -> Vec<Place> {
    let steps = |length: f64| (1..(length / STEP_MM) as usize).map(|i| i as f64 * STEP_MM);
    let all = steps(own.height_mm).flat_map(|y| steps(own.width_mm).map(move |x| PointMm { x, y }));
    let measured = all.map(|at| (difference(own, theirs, across, at), at));
    let mut spots: Vec<(i64, PointMm)> = measured.filter(|(difference, _)| *difference > LOOKS_SAME).collect();
    spots.sort_by_key(|(difference, _)| std::cmp::Reverse(*difference));
    let region = |at: &PointMm| {
        let cell = |v: f64, length: f64, n: usize| ((v / length * n as f64) as usize).min(n - 1);
        cell(at.y, own.height_mm, REGIONS.1) * REGIONS.0 + cell(at.x, own.width_mm, REGIONS.0)
    };
    let mut out = Vec::new();
    for r in 0..REGIONS.0 * REGIONS.1 {
        let here: Vec<(i64, PointMm)> = spots.iter().filter(|(_, at)| region(at) == r).copied().collect();
        let closely = spread(here, LOOKED_AT, 1.4 * STEP_MM, |at| *at).into_iter();
        let mut found: Vec<(f32, Place)> =
            closely.filter_map(|(_, at)| place(own, theirs, across, at).filter(|(same, _)| *same < SAME)).collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        out.extend(spread(found, PLACES, 1.4 * STEP_MM, |place| place.at).into_iter().map(|(_, place)| place));
    }
    out
}

/// The first `most` that are `apart` mm and more from those before them.
pub(super) fn spread<S, T>(ranked: Vec<(S, T)>, most: usize, apart: f64, at: fn(&T) -> PointMm) -> Vec<(S, T)> {
    let mut out: Vec<(S, T)> = Vec::new();
    for next in ranked {
        let here = at(&next.1);
        let near = |(_, o): &(S, T)| (at(o).x - here.x).hypot(at(o).y - here.y) < apart;
        if !out.iter().any(near) {
            out.push(next);
        }
        if out.len() == most {
            break;
        }
    }
    out
}

/// Sum over 6 × 6 mm of how much two prints differ at 1 mm per pixel, grey levels; nothing in the middle of a zone.
fn difference(own: &Reference, theirs: &Reference, across: &Map, at: PointMm) -> i64 {
    const WIDE: usize = 6;
    let there = across.at(at);
    if own.hides(at) || theirs.hides(PointMm { x: there.0 / PX_PER_MM, y: there.1 / PX_PER_MM }) {
        return 0;
    }
    let millimetre = |map: &Map, ink: &Ink| {
        let (here, [right, down]) = (map.at(at), map.steps(at));
        let px = |v: (f64, f64)| (v.0 / PX_PER_MM, v.1 / PX_PER_MM);
        let (right, down) = (px(right), px(down));
        let back = -(WIDE as f64 - 1.0) / 2.0;
        let from = (here.0 / 4.0 + back * (right.0 + down.0), here.1 / 4.0 + back * (right.1 + down.1));
        ink.planes[2].window(from, right, down, WIDE)
    };
    let (a, b) = (millimetre(&Reference::own_map(), &own.ink), millimetre(across, &theirs.ink));
    a.iter().zip(&b).map(|(a, b)| i64::from((a - b).abs())).sum()
}

/// A place with both prints, and how alike they are.
fn place(own: &Reference, theirs: &Reference, across: &Map, at: PointMm) -> Option<(f32, Place)> {
    let there = |p: PointMm| {
        let (x, y) = across.at(p);
        PointMm { x: x / PX_PER_MM, y: y / PX_PER_MM }
    };
    let (zones, their_zones) = (near(&own.zones, at), near(&theirs.zones, there(at)));
    let hidden = |p: PointMm| zones.iter().any(|z| z.contains(p)) || their_zones.iter().any(|z| z.contains(there(p)));
    let cut = |ink: &Ink, map: &Map| Patch::seen(at, ink, map, hidden, SIDE, PX_PER_MM);
    let (mine, yours) = (cut(&own.ink, &Reference::own_map()), cut(&theirs.ink, across));
    let same = match (&mine, &yours) {
        (Some(mine), Some(_)) => mine.find(at, &theirs.ink, across, 2).map_or(0.0, |m| m.score),
        (None, None) => return None,
        _ => 0.0,
    };
    Some((same, Place { at, own: mine, theirs: yours }))
}

/// The zones within 6 mm.
pub(super) fn near(zones: &[RectMm], at: PointMm) -> Vec<RectMm> {
    let reach = RectMm::new(at.x, at.y, 0.0, 0.0).grown(6.0);
    zones.iter().filter(|z| z.overlaps(&reach)).copied().collect()
}
