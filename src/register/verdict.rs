//! From a candidate to a placement: refined by its anchors, coarse to fine, and weighed by how many of all the form's
//! anchors agree, region by region and field by field. Does not decide (`decide`).

use super::anchor::Anchor;
use super::fit::{Map, Seen, bent, consensus, followed, improved};
use super::ink::Ink;
use super::patch::Match;
use super::reference::Reference;
use crate::geometry::{PointMm, RectMm, Rotation};

/// Correlation from which an anchor counts as found. Measured: the right print has a median of 0.95 clean, 0.9 by fax, 0.73
/// to 0.87 thinned with 30 % of its pixels lost; on foreign pages the median is 0.17, nine in ten are under 0.66.
const FOUND: f32 = 0.5;
/// The same at 1 mm per pixel, where text is grey and other text correlates more easily.
const COARSELY_FOUND: f32 = 0.45;
/// Share of coarse anchors that support a map from which the sheet is not taken to lie otherwise than flat.
const LIES_FLAT: f64 = 0.75;
/// Fewest anchors a map may rest on: eight unknowns are then told twice over.
const LEAST: usize = 8;
/// Share of fine anchors that agree below which a placement is followed no farther, and that and the misfit in mm with which it
/// need not be.
const RESEMBLES: f64 = 0.3;
const LIES_STILL: f64 = 0.9;
const LIES_WELL_MM: f64 = 0.06;
/// Times a sheet is followed from what was found to what lies beside it: each time by 0.75 mm, and by what it goes on to.
const FOLLOWED: usize = 4;
/// An anchor agrees when it is found within so many mm of where the map puts it.
const AGREES_MM: f64 = 0.5;
/// Share of the anchors shown that agree on a page on which nothing is amiss: marks and stamps lie on the others.
const NEARLY_ALL: f64 = 0.95;
/// Anchors that do not agree, less those that do, from which a strip of the sheet is a gap.
const GAP: i32 = 8;
/// Regions across and down in which agreement is counted.
const REGIONS: (usize, usize) = (3, 4);

/// A candidate, refined.
#[derive(Debug, Clone)]
pub(super) struct Placement {
    pub(super) reference: usize,
    pub(super) rotation: Rotation,
    pub(super) map: Map,
    pub(super) anchors: Vec<Anchored>,
    /// Frames found on a sheet that does not lie flat.
    frames: Vec<Anchored>,
}

/// What became of one fine anchor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchored {
    pub(super) at: PointMm,
    pub(super) score: f32,
    /// Distance from where the map puts it, mm on the form.
    pub(super) off: f64,
    /// Whether the page shows the place at all.
    pub(super) shown: bool,
}

impl Anchored {
    pub(super) fn agrees(&self) -> bool {
        self.shown && self.score >= FOUND && self.off <= AGREES_MM
    }
}

impl Placement {
    pub(super) fn shown(&self) -> usize {
        self.anchors.iter().filter(|a| a.shown).count()
    }

    pub(super) fn agreeing(&self) -> usize {
        self.anchors.iter().filter(|a| a.agrees()).count()
    }

    /// Share of all anchors the page shows that agree.
    pub(super) fn share(&self) -> f64 {
        self.agreeing() as f64 / self.shown().max(1) as f64
    }

    /// Root mean square distance of the agreeing anchors, mm.
    pub(super) fn residual_mm(&self) -> f64 {
        let squares: f64 = self.anchors.iter().filter(|a| a.agrees()).map(|a| a.off * a.off).sum();
        (squares / self.agreeing().max(1) as f64).sqrt()
    }

    /// Whether more of the print is found by it, or as much of it and clearly nearer.
    fn clearly_beats(&self, other: &Self) -> bool {
        let (here, there) = (self.agreeing(), other.agreeing());
        here * 100 > there * 103 || (here >= there && self.residual_mm() < 0.8 * other.residual_mm())
    }

    /// What the page's print correlates in the median.
    pub(super) fn usual(&self) -> f32 {
        let mut scores: Vec<f32> = self.anchors.iter().filter(|a| a.agrees()).map(|a| a.score).collect();
        scores.sort_by(f32::total_cmp);
        scores.get(scores.len() / 2).copied().unwrap_or(0.0)
    }

    /// Misfit near a field, mm: of the nearest six anchors shown, and frames found, within 25 mm of it. None where fewer than two, or fewer
    /// than half of them, agree.
    pub(super) fn misfit_near(&self, area: &RectMm) -> Option<f64> {
        let shown = self.anchors.iter().filter(|a| a.shown).chain(&self.frames);
        let mut near: Vec<(f64, &Anchored)> = shown.map(|a| (distance(area, a.at), a)).collect();
        near.retain(|(d, _)| *d < 25.0);
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        near.truncate(6);
        let squares: Vec<f64> = near.iter().filter(|(_, a)| a.agrees()).map(|(_, a)| a.off * a.off).collect();
        let enough = squares.len() >= 2 && squares.len() * 2 >= near.len();
        enough.then(|| (squares.iter().sum::<f64>() / squares.len() as f64).sqrt())
    }

    /// By how many mm the sheet goes on displaced beyond a strip across or down it in which hardly an anchor agrees. One sheet
    /// curls and folds without a break; where it is broken, another lies over its end.
    pub(super) fn jump_mm(&self, reference: &Reference) -> f64 {
        let (width, height) = (reference.width_mm, reference.height_mm);
        let across = self.gap(|p| p.x).map(|(from, to)| self.map.bends([(from, height / 2.0), (to, height / 2.0)]));
        let down = self.gap(|p| p.y).map(|(from, to)| self.map.bends([(width / 2.0, from), (width / 2.0, to)]));
        across.into_iter().chain(down).fold(0.0, f64::max)
    }

    /// Where along the sheet fewest anchors agree, from the last that does before it to the first that does after it.
    fn gap(&self, along: impl Fn(PointMm) -> f64) -> Option<(f64, f64)> {
        let mut order: Vec<(f64, bool)> = self.anchors.iter().filter(|a| a.shown).map(|a| (along(a.at), a.agrees())).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        // The stretch with most that do not, one in five that does forgiven.
        let (mut best, mut sum, mut start) = ((0, 0..0), 0, 0);
        for (i, (_, agrees)) in order.iter().enumerate() {
            sum += if *agrees { -4 } else { 1 };
            if sum <= 0 {
                (sum, start) = (0, i + 1);
            } else if sum > best.0 {
                best = (sum, start..i + 1);
            }
        }
        let (before, after) = (order.get(..best.1.start)?, order.get(best.1.end..)?);
        let agreeing = |side: &[(f64, bool)]| side.iter().filter(|(_, agrees)| *agrees).count();
        let between = best.0 >= GAP && agreeing(before) >= LEAST && agreeing(after) >= LEAST;
        between.then(|| Some((before.last()?.0, after.first()?.0))).flatten()
    }

    /// Per region: anchors shown and anchors agreeing.
    pub(super) fn regions(&self, reference: &Reference) -> Vec<(usize, usize)> {
        let mut out = vec![(0, 0); REGIONS.0 * REGIONS.1];
        for a in self.anchors.iter().filter(|a| a.shown) {
            let cell = |v: f64, length: f64, n: usize| ((v / length * n as f64) as usize).min(n - 1);
            let i = cell(a.at.y, reference.height_mm, REGIONS.1) * REGIONS.0 + cell(a.at.x, reference.width_mm, REGIONS.0);
            out[i].0 += 1;
            out[i].1 += usize::from(a.agrees());
        }
        out
    }
}

fn distance(area: &RectMm, p: PointMm) -> f64 {
    let out = |v: f64, low: f64, high: f64| (low - v).max(v - high).max(0.0);
    out(p.x, area.x, area.right()).hypot(out(p.y, area.y, area.bottom()))
}

/// A candidate brought within 1 mm by coarse anchors, with the share of them that support it.
pub(super) fn coarse(ink: &Ink, reference: &Reference, start: &Map) -> Option<(f64, Map)> {
    let (_, first) = coarse_found(ink, reference, start, 5);
    let map = consensus(start, &first, 1.6, LEAST)?;
    let supported = |map: &Map| {
        let (shown, second) = coarse_found(ink, reference, map, 2);
        let support = second.iter().filter(|s| s.off.0.hypot(s.off.1) < 1.2).count();
        (support as f64 / shown.max(1) as f64, second)
    };
    let (share, second) = supported(&map);
    if share < LIES_FLAT {
        // A sheet that curls or is held in the hand lies several millimetres off any plane.
        let (tilted, left) = improved(&map, &map.sees(start, &first));
        let curved = bent(&tilted, &left, (reference.width_mm, reference.height_mm));
        let (more, _) = supported(&curved);
        if more > share {
            return Some((more, curved));
        }
    }
    let map = consensus(&map, &second, 1.0, LEAST).unwrap_or(map);
    Some((share, map))
}

/// How many coarse anchors the page shows, and those found.
fn coarse_found(ink: &Ink, reference: &Reference, map: &Map, reach: usize) -> (usize, Vec<Seen>) {
    let searched: Vec<_> = reference.coarse.iter().filter_map(|a| a.find(ink, map, 0, reach).map(|m| (a.at, m))).collect();
    let good = searched.iter().filter(|(_, m)| m.score > COARSELY_FOUND && !m.at_rim);
    (searched.len(), good.map(|(at, m)| seen(*at, m)).collect())
}

fn seen(at: PointMm, m: &Match) -> Seen {
    Seen { at, off: m.off, weight: f64::from(m.score * m.score) }
}

/// A coarse placement brought to a tenth of a millimetre or better by fine anchors.
pub(super) fn fine(ink: &Ink, reference: &Reference, index: usize, rotation: Rotation, start: &Map) -> Option<Placement> {
    let first = found(ink, reference, start, 0, 4);
    let map = consensus(start, &first, 0.8, LEAST)?;
    let placed = |map: &Map| {
        finer(ink, reference, map).map(|(map, anchors)| Placement {
            reference: index,
            rotation,
            map,
            anchors,
            frames: Vec::new(),
        })
    };
    let flat = placed(&map);
    // A sheet folded at its thirds lies two millimetres off any plane. Where it seems to, that is followed before the search
    // narrows, and holds if more of the print is found then.
    let (tilted, left) = improved(&map, &enough(map.sees(start, &first))?);
    let curved = bent(&tilted, &left, (reference.width_mm, reference.height_mm));
    let more = |p: &Placement| flat.as_ref().is_none_or(|flat| p.clearly_beats(flat));
    let best = if curved == tilted { flat } else { placed(&curved).filter(more).or(flat) }?;
    if best.share() < RESEMBLES || (best.share() >= LIES_STILL && best.residual_mm() < LIES_WELL_MM) {
        return Some(best);
    }
    let followed = farther(ink, reference, &best.map).map(|(map, anchors)| Placement { map, anchors, ..best.clone() });
    let best = followed.filter(|p| p.clearly_beats(&best)).unwrap_or(best);
    Some(to_frames(ink, reference, &best).unwrap_or(best))
}

/// A placed sheet that does not lie flat, followed on to the frames that people mark, where no other print may be; none where
/// frames lie where the sheet's map puts them, or are not found better by another that finds the other print as well.
fn to_frames(ink: &Ink, reference: &Reference, start: &Placement) -> Option<Placement> {
    let size = (reference.width_mm, reference.height_mm);
    let near = |frames: &[Anchored]| frames.iter().filter(|frame| frame.agrees()).count();
    let mut map = start.map;
    for _ in 0..FOLLOWED {
        let mut seen = found(ink, reference, &map, 1, 3);
        seen.extend(reference.frames.found(ink, &map));
        let next = followed(&map, &enough(seen)?, size);
        if next == map {
            break;
        }
        map = next;
    }
    let anchored = anchored(reference, &matched(ink, reference, &map, 3), &map, &map);
    let framed = |map: &Map| {
        let found = reference.frames.found(ink, map);
        let one = |s: &Seen| Anchored { at: s.at, score: s.weight.sqrt() as f32, off: s.off.0.hypot(s.off.1), shown: true };
        found.iter().map(one).collect::<Vec<_>>()
    };
    let moved = Placement { map, anchors: anchored, frames: framed(&map), ..start.clone() };
    let better = near(&moved.frames) > near(&framed(&start.map)) + 2;
    (better && moved.agreeing() * 100 >= start.agreeing() * 98).then_some(moved)
}

/// A placed sheet that does not lie as a sheet folded at its thirds does, followed from what was found to what lies beside it.
fn farther(ink: &Ink, reference: &Reference, start: &Map) -> Option<(Map, Vec<Anchored>)> {
    let size = (reference.width_mm, reference.height_mm);
    let mut map = *start;
    for _ in 0..FOLLOWED {
        let next = followed(&map, &enough(found(ink, reference, &map, 0, 3))?, size);
        if next == map {
            break;
        }
        map = next;
    }
    let first = matched(ink, reference, &map, 3);
    let seen = reference.fine.iter().zip(&first).filter_map(|(a, m)| is_found(a.at, m.as_ref()?));
    let last = followed(&map, &enough(seen.collect())?, size);
    Some((last, anchored(reference, &first, &map, &last)))
}

/// A map that is right to a millimetre, refined twice, with what became of every anchor.
fn finer(ink: &Ink, reference: &Reference, map: &Map) -> Option<(Map, Vec<Anchored>)> {
    let (near, _) = improved(map, &enough(found(ink, reference, map, 0, 2))?);
    let first = matched(ink, reference, &near, 3);
    let seen = reference.fine.iter().zip(&first).filter_map(|(a, m)| is_found(a.at, m.as_ref()?));
    let (map, left) = improved(&near, &enough(seen.collect())?);
    let map = bent(&map, &left, (reference.width_mm, reference.height_mm));
    let anchors = anchored(reference, &first, &near, &map);
    // What was found lies where it lies, and only how far that is from where the map puts it has changed. Where more is
    // missing than stray marks hide, the better map may find it.
    let agreeing = anchors.iter().filter(|a| a.agrees()).count();
    if agreeing as f64 >= NEARLY_ALL * anchors.iter().filter(|a| a.shown).count() as f64 {
        return Some((map, anchors));
    }
    Some((map, anchored(reference, &matched(ink, reference, &map, 2), &map, &map)))
}

/// What a last search for every fine anchor finds around where a map puts it; nothing where the page does not show the place.
fn matched(ink: &Ink, reference: &Reference, map: &Map, reach: usize) -> Vec<Option<Match>> {
    reference.fine.iter().map(|a| a.find(ink, map, 1, reach)).collect()
}

/// What became of the fine anchors by `map`, of what was found by the map `before`.
fn anchored(reference: &Reference, matches: &[Option<Match>], before: &Map, map: &Map) -> Vec<Anchored> {
    let one = |(a, m): (&Anchor, &Option<Match>)| match m {
        Some(m) => {
            let (dx, dy) = map.off(before, &seen(a.at, m));
            Anchored { at: a.at, score: m.score, off: if m.at_rim { f64::MAX } else { dx.hypot(dy) }, shown: true }
        }
        None => Anchored { at: a.at, score: 0.0, off: f64::MAX, shown: false },
    };
    reference.fine.iter().zip(matches).map(one).collect()
}

fn enough(seen: Vec<Seen>) -> Option<Vec<Seen>> {
    (seen.len() >= LEAST).then_some(seen)
}

fn found(ink: &Ink, reference: &Reference, map: &Map, step: usize, reach: usize) -> Vec<Seen> {
    let all = reference.fine.iter().filter_map(|a| a.find(ink, map, step, reach).map(|m| (a.at, m)));
    all.filter_map(|(at, m)| is_found(at, &m)).collect()
}

pub(super) fn is_found(at: PointMm, m: &Match) -> Option<Seen> {
    (m.score >= FOUND && !m.at_rim).then(|| seen(at, m))
}
