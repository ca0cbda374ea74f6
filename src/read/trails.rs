//! Trails of specks: what is left of a stroke that was paler than a scanner's black-and-white threshold, or that a
//! copier dropped. Each speck by itself is dust; several in a row, where the paper around has none, are not.

use super::components::Component;
use super::patch::{Patch, SCALE, Window};
use super::strokes::extent_mm;

/// How far apart two specks of one trail lie at most, mm: twice a ball-point's line. On a page with a speck every 4 mm,
/// as a dirty copier makes them, one in twenty has another so near.
const GAP_MM: f64 = 0.8;

/// Least specks of a trail.
const LEAST: usize = 4;

/// How many times more specks there must be in a trail than paper as dusty as that around it has there.
const DENSER: f64 = 4.0;

/// Least extent of a trail, mm: what is smaller is a crumb that fell apart.
const LEAST_MM: f64 = 2.0;

/// The trails among some specks of a patch. Specks beside a stroke are its own crumbs, and no trail.
pub(super) fn trails(specks: &[Component], pieces: &[Component], pen: &Patch) -> Vec<Component> {
    let strokes: Vec<&Component> = pieces.iter().filter(|p| extent_mm(p) >= LEAST_MM).collect();
    let groups = grouped(specks);
    let lone: usize = groups.iter().filter(|g| g.len() < LEAST).map(Vec::len).sum();
    let dusty = lone as f64 / pen.ink.len().max(1) as f64;
    let mut found = Vec::new();
    for group in groups.iter().filter(|g| g.len() >= LEAST) {
        let bounds = group.iter().map(|&i| specks[i].bounds).reduce(|a, b| a.around(&b));
        let Some(bounds) = bounds else { continue };
        let (w, h) = ((bounds.x1 - bounds.x0) as f64, (bounds.y1 - bounds.y0) as f64);
        let reach = 2.0 * GAP_MM * SCALE;
        let by_chance = dusty * (w + reach) * (h + reach);
        let of_a_stroke = strokes.iter().any(|s| touches(s, group.iter().map(|&i| &specks[i].bounds), pen.width));
        if w.hypot(h) >= LEAST_MM * SCALE && group.len() as f64 >= DENSER * by_chance && !of_a_stroke {
            let pixels = group.iter().flat_map(|&i| specks[i].pixels.iter().copied()).collect();
            found.push(Component { pixels, bounds });
        }
    }
    found
}

/// Least specks in a box for them to be a mark that fell apart, on clean paper.
const IN_A_BOX: f64 = 3.0;

/// Extent of all specks in a box together from which one less will do, mm.
const LONG_MM: f64 = 1.5;

/// Least extent of what fell apart in a box, mm.
const IN_A_BOX_MM: f64 = 1.2;

/// Whether there is in each of some boxes what may be left of a mark: a few specks, where the paper around the boxes has
/// hardly any.
pub(super) fn crumbled(specks: &[Component], boxes: &[Window], pen: &Patch) -> Vec<bool> {
    let inside = |w: &Window| specks.iter().filter(|p| w.holds(p.bounds.x0, p.bounds.y0)).collect::<Vec<_>>();
    let held: Vec<Vec<&Component>> = boxes.iter().map(inside).collect();
    let areas: usize = boxes.iter().map(Window::area).sum();
    let beside = specks.len().saturating_sub(held.iter().map(Vec::len).sum());
    let dusty = beside as f64 / pen.ink.len().saturating_sub(areas).max(1) as f64;
    let fell_apart = |(held, area): (Vec<&Component>, &Window)| {
        let long: f64 = held.iter().map(|p| extent_mm(p)).sum();
        let least = if long >= LONG_MM { IN_A_BOX - 1.0 } else { IN_A_BOX };
        let enough = held.len() as f64 >= least + DENSER * dusty * area.area() as f64;
        let bounds = held.into_iter().map(|p| p.bounds).reduce(|a, b| a.around(&b));
        enough && bounds.is_some_and(|b| ((b.x1 - b.x0) as f64).hypot((b.y1 - b.y0) as f64) >= IN_A_BOX_MM * SCALE)
    };
    held.into_iter().zip(boxes).map(fell_apart).collect()
}

/// Specks by which of them hang together, each as its place in the list. They come in reading order of their first row.
fn grouped(specks: &[Component]) -> Vec<Vec<usize>> {
    let mut of: Vec<usize> = (0..specks.len()).collect();
    let root = |of: &[usize], mut i: usize| {
        while of[i] != i {
            i = of[i];
        }
        i
    };
    for (i, a) in specks.iter().enumerate() {
        let later = specks[i + 1..].iter().take_while(|b| b.bounds.y0 <= a.bounds.y1 + GAP);
        for (j, b) in (i + 1..).zip(later) {
            if near(&a.bounds, &b.bounds) {
                let (first, second) = (root(&of, i), root(&of, j));
                of[first.max(second)] = first.min(second);
            }
        }
    }
    let mut groups = vec![Vec::new(); specks.len()];
    for i in 0..specks.len() {
        groups[root(&of, i)].push(i);
    }
    groups.retain(|g| !g.is_empty());
    groups
}

/// [`GAP_MM`] in patch pixels.
const GAP: usize = (GAP_MM * SCALE) as usize;

fn near(a: &Window, b: &Window) -> bool {
    a.x0 <= b.x1 + GAP && b.x0 <= a.x1 + GAP && a.y0 <= b.y1 + GAP && b.y0 <= a.y1 + GAP
}

/// Whether a stroke has ink near any of some specks.
fn touches<'a>(stroke: &Component, mut specks: impl Iterator<Item = &'a Window>, width: usize) -> bool {
    specks.any(|speck| {
        let wide =
            Window { x0: speck.x0.saturating_sub(GAP), y0: speck.y0.saturating_sub(GAP), x1: speck.x1 + GAP, y1: speck.y1 + GAP };
        near(&stroke.bounds, speck) && stroke.inside(&wide, width) > 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::RectMm;

    const WIDTH: usize = 400;

    /// Specks of two by two pixels at some places in mm, in reading order.
    fn specks(at: &[(f64, f64)]) -> Vec<Component> {
        let speck = |&(x, y): &(f64, f64)| {
            let (x, y) = ((x * SCALE) as usize, (y * SCALE) as usize);
            let pixels = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| (y + dy) * WIDTH + x + dx).to_vec();
            Component { pixels, bounds: Window { x0: x, x1: x + 2, y0: y, y1: y + 2 } }
        };
        let mut all: Vec<Component> = at.iter().map(speck).collect();
        all.sort_by_key(|c| c.pixels[0]);
        all
    }

    fn found(specks: &[Component], strokes: &[Component]) -> usize {
        let area = RectMm::new(0.0, 0.0, 50.0, 25.0);
        trails(specks, strokes, &Patch { area, width: WIDTH, height: 200, ink: vec![0.0; WIDTH * 200] }).len()
    }

    #[test]
    fn specks_in_a_row_are_a_trail_and_scattered_ones_are_dust() {
        let tick: Vec<(f64, f64)> = (0..6).map(|k| (10.0 + 0.6 * f64::from(k), 10.0 - 0.5 * f64::from(k))).collect();
        assert_eq!(found(&specks(&tick), &[]), 1);
        let dust: Vec<(f64, f64)> = (0..60).map(|k| (f64::from(k * 37 % 50), f64::from(k * 17 % 24))).collect();
        assert_eq!(found(&specks(&dust), &[]), 0);
        assert_eq!(found(&specks(&tick[..3]), &[]), 0, "three may lie so by chance");
    }

    #[test]
    fn a_trail_on_paper_as_dusty_as_itself_is_none() {
        let everywhere: Vec<(f64, f64)> = (0..512).map(|k| (1.5 * f64::from(k % 32), 1.5 * f64::from(k / 32))).collect();
        let tick: Vec<(f64, f64)> = (0..4).map(|k| (10.2 + 0.6 * f64::from(k), 10.4)).collect();
        assert_eq!(found(&specks(&[everywhere, tick].concat()), &[]), 0);
    }

    #[test]
    fn a_few_specks_in_a_box_are_a_mark_that_fell_apart_unless_they_lie_all_around() {
        let boxes = [Window { x0: 80, x1: 104, y0: 80, y1: 104 }, Window { x0: 160, x1: 184, y0: 80, y1: 104 }];
        let patch = Patch { area: RectMm::new(0.0, 0.0, 50.0, 25.0), width: WIDTH, height: 200, ink: vec![0.0; WIDTH * 200] };
        let tick = [(10.2, 11.0), (10.8, 12.2), (11.6, 11.0)];
        assert_eq!(crumbled(&specks(&tick), &boxes, &patch), [true, false]);
        let dust: Vec<(f64, f64)> = (0..300).map(|k| (f64::from(k * 37 % 50), f64::from(k * 17 % 24))).collect();
        assert_eq!(crumbled(&specks(&[tick.to_vec(), dust].concat()), &boxes, &patch), [false, false]);
    }

    #[test]
    fn the_crumbs_of_a_stroke_are_no_trail() {
        let crumbs: Vec<(f64, f64)> = (0..6).map(|k| (10.0 + 0.6 * f64::from(k), 10.0)).collect();
        let pixels = (80..130).map(|x| 84 * WIDTH + x).collect();
        let stroke = Component { pixels, bounds: Window { x0: 80, x1: 130, y0: 84, y1: 85 } };
        assert_eq!(found(&specks(&crumbs), std::slice::from_ref(&stroke)), 0);
    }
}
