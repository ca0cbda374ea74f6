//! Whether something is written over an option's own print: taking print away takes all of a stroke with it that lies on it, be
//! it a tick over a printed word or a dot on the letter in a bubble.

use super::frame::Aligned;
use super::tone::median;
use crate::geometry::RectMm;

/// What is looked at of options, and what is usual among them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Share of an option's area on every side that is not looked at.
    pub(super) rim: f64,
    /// Share of the rest that must be taken for print.
    pub(super) dense: f64,
    /// Ink beyond the print's own, as a share of full ink, from which something is written over it, where print is no fatter
    /// than the blank's.
    pub(super) limit: f32,
    /// Which of a field's options, from the one with the least ink for its print on, says how much ink print has on the page:
    /// as a share of them.
    pub(super) usual: f32,
}

/// Whether something is written over the print of each option. Blur moves ink and adds none; what the page's print has more than
/// the blank's, all options of a field have, and the words around them.
pub(super) fn overwritten(aligned: &Aligned, areas: &[RectMm], look: Look) -> Vec<bool> {
    let measured: Vec<Option<(f32, f32)>> = areas.iter().map(|area| ink_on_print(aligned, area, look)).collect();
    let mut ratios: Vec<f32> = measured.iter().flatten().map(|(seen, printed)| seen / printed).collect();
    ratios.sort_by(f32::total_cmp);
    let last = ratios.len().saturating_sub(1) as f32;
    let own = ratios.get((look.usual * last) as usize).copied().unwrap_or(0.0);
    let limit = look.limit * aligned.swelling().saturating_sub(1).max(1) as f32;
    let over = |usual: f32| measured.iter().map(|m| m.is_some_and(|(seen, printed)| seen - usual * printed > limit)).collect();
    let by_their_own: Vec<bool> = over(own);
    if !by_their_own.contains(&true) {
        return by_their_own;
    }
    // What is usual around them can only say that less is written over.
    beside(aligned, areas, look).filter(|beside| *beside > FAT.max(own)).map_or(by_their_own, over)
}

/// How much ink print has on the page for each of the blank's from which a copy or a scan in black and white made it fatter, and
/// fills the gaps of dense words.
const FAT: f32 = 1.1;
/// Share of a place beside the options that must be taken for print, and fewest places that say how fat it is.
const DENSE_BESIDE: f64 = 0.5;
const PLACES: usize = 4;

/// How much ink the print around the options has on the page for each of the blank's, in the median; none where there is little.
fn beside(aligned: &Aligned, areas: &[RectMm], look: Look) -> Option<f32> {
    let (first, around) = (areas.first()?, &aligned.all.area);
    let (across, down) = ((around.w / first.w) as usize, (around.h / first.h) as usize);
    let place = |i: usize| {
        let (x, y) = ((i % across) as f64 * first.w, (i / across) as f64 * first.h);
        RectMm::new(around.x + x, around.y + y, first.w, first.h)
    };
    let apart = |place: &RectMm| areas.iter().all(|area| !area.grown(1.0).overlaps(place));
    let print = Look { dense: DENSE_BESIDE, ..look };
    let all = (0..across * down).map(place).filter(apart).filter_map(|place| ink_on_print(aligned, &place, print));
    let mut ratios: Vec<f32> = all.map(|(seen, printed)| seen / printed).collect();
    (ratios.len() >= PLACES).then(|| median(&mut ratios))
}

/// Mean ink on the page and on the blank where an option is printed. None where the print hides little.
fn ink_on_print(aligned: &Aligned, area: &RectMm, look: Look) -> Option<(f32, f32)> {
    let (dx, dy) = (look.rim * area.w, look.rim * area.h);
    let w = aligned.all.window(&RectMm::new(area.x + dx, area.y + dy, area.w - 2.0 * dx, area.h - 2.0 * dy));
    let places = (w.y0..w.y1).flat_map(|y| (w.x0..w.x1).map(move |x| y * aligned.all.width + x));
    let (mut n, mut seen, mut printed) = (0_usize, 0.0, 0.0);
    for i in places.filter(|&i| aligned.is_print(i)) {
        n += 1;
        seen += aligned.all.ink[i].min(1.0);
        printed += aligned.print.ink[i];
    }
    let count = n.max(1) as f32;
    (n as f64 > look.dense * w.area() as f64 && printed > 0.0).then_some((seen / count, printed / count))
}
