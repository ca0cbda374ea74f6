//! Finds a field's own print again after the global fit, and takes the print out of the ink so that only the pen is
//! left; strokes that cross a printed line stay whole. Does not know what the pen wrote.

mod hidden;

use super::patch::{Patch, SCALE, ink};
use super::print::{MOST_SWELLING, Print, Tint};
use super::strokes::PALE;
use super::tone::{Tone, median};
use crate::geometry::RectMm;
use crate::image::Raster;
use crate::register::PageMap;
use fearless_simd::{Level, dispatch};
use image::GrayImage;

/// How far a field's print may lie from where the global fit expects it: printed frames move by up to 1 mm against
/// each other on real sheets (folds, rollers, copies).
const SEARCH_MM: f64 = 1.25;

/// Least difference between ink on the print's pixels and ink beside them at which the print counts as found.
/// Drawn lines on clean scans give 0.7 and more, broken fax lines 0.35, unrelated text below 0.2.
const FOUND: f32 = 0.28;

/// Least printed pixels that can be looked for: about 1 mm² of ink.
const LEAST_PRINT: usize = 60;

/// Most places that are asked at every shift within reach, at those around the best, and at the best.
const COARSE: usize = 400;
const FINE: usize = 3 * COARSE;
const ALL: usize = usize::MAX;

/// A field's neighbourhood, aligned on its own print.
#[derive(Debug, Clone)]
pub struct Aligned<'a> {
    /// All ink: print and pen, in units of the print's own darkness.
    pub all: Patch,
    /// Ink of the pen alone, in units of the page's contrast.
    pub pen: Patch,
    /// What the blank prints there.
    pub print: &'a Print,
    /// How far the print lay from where it was expected, mm; none where there is too little print to look for, or it was not found.
    pub residual_mm: Option<f64>,
    /// Whether there was print to look for and it was not there.
    pub lost: bool,
    /// How many pixels the print on this page is fatter than the blank's.
    swelling: usize,
    /// Whether the pen's plane does not show the print: nothing was taken out of it.
    is_dropped: bool,
}

/// The planes of a page that a field is read in.
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    /// Where the pen shows.
    pub pen: &'a GrayImage,
    /// Everything on the paper, where that is another: what is printed in a colour that the pen's plane drops shows here only.
    pub luma: Option<&'a GrayImage>,
}

impl<'a> Planes<'a> {
    /// Those of a page. Seals and stamps are red: where one is looked for, red ink is as good as a pen's.
    pub fn of(raster: &'a Raster, red_counts: bool) -> Self {
        if red_counts {
            return Self { pen: raster.luma(), luma: None };
        }
        Self { pen: raster.pen(), luma: raster.has_colour().then(|| raster.luma()) }
    }
}

/// The neighbourhood of some print on a page, aligned on it.
pub fn align<'a>(planes: Planes, map: &PageMap, print: &'a Print, tone: &Tone) -> Aligned<'a> {
    let Sight { wide, coloured, found } = Sight::of(planes, map, print, tone);
    let (dx, dy) = found.map_or((0, 0), |found| found.shift);
    let here = |wide: &Patch| crop(wide, print, ((REACH + dx) as usize, (REACH + dy) as usize));
    let (seen, shown) = (here(&wide), coloured.as_ref().map(here));
    // As fat as it is in the plane that it is taken out of.
    let swelling = swelling(&seen, print, tone.threshold());
    let is_dropped = shown.is_some() && mean_on(&seen, print) < DROPPED;
    let mut ink =
        if is_dropped { seen.ink.clone() } else { without_print((&seen, pen_over(&seen, print, tone)), print, swelling) };
    print.tint.iter().for_each(|tint| take_out(tint, &mut ink));
    let by = (tone.print / tone.contrast) as f32;
    if (by - 1.0).abs() > f32::EPSILON {
        for v in &mut ink {
            *v *= by;
        }
    }
    let pen = seen.with_ink(ink);
    let residual_mm = found.map(|found| (found.shift.0 as f64).hypot(found.shift.1 as f64) / SCALE);
    let lost = print.on.len() >= LEAST_PRINT && found.is_none();
    Aligned { all: shown.unwrap_or(seen), pen, print, residual_mm, lost, swelling, is_dropped }
}

/// Takes a tinted panel out, as many times darker or lighter than the blank's as the pen's plane shows it: what is written on it is
/// darker by so much.
fn take_out(tint: &Tint, ink: &mut [f32]) {
    let mut times: Vec<f32> = tint.pixels.iter().step_by(3).map(|&(i, shade)| ink[i as usize] / shade).collect();
    let times = median(&mut times);
    tint.pixels.iter().for_each(|&(i, shade)| ink[i as usize] = (ink[i as usize] - times * shade).max(0.0));
}

/// Farthest that print is looked for, patch pixels.
const REACH: i64 = (SEARCH_MM * SCALE) as i64;

/// What was looked at to find print again, as far around it as it is looked for.
struct Sight {
    /// In the pen's plane.
    wide: Patch,
    /// All that is on the paper, where the print was found in it rather.
    coloured: Option<Patch>,
    found: Option<Found>,
}

impl Sight {
    fn of(planes: Planes, map: &PageMap, print: &Print, tone: &Tone) -> Self {
        let area = print.area.grown(SEARCH_MM);
        let wide = ink(planes.pen, map, area, tone.print);
        let found = find(print, &wide);
        let doubtful = found.is_none_or(|found| found.fit < WELL) && print.on.len() >= LEAST_PRINT;
        let Some(luma) = planes.luma.filter(|_| doubtful) else { return Self { wide, coloured: None, found } };
        // Print in a light red is not lost: the pen's plane hardly shows it.
        let coloured = ink(luma, map, area, tone.print);
        match find(print, &coloured) {
            Some(better) if found.is_none_or(|found| better.fit > found.fit) => {
                Self { wide, coloured: Some(coloured), found: Some(better) }
            }
            _ => Self { wide, coloured: None, found },
        }
    }
}

/// Where print was found on a page.
#[derive(Clone, Copy)]
struct Found {
    /// By how much it was moved, patch pixels.
    shift: (i64, i64),
    /// How much more ink there is on the print's pixels than beside them.
    fit: f32,
}

/// Fit from which print is not looked for in another plane.
const WELL: f32 = 0.6;

/// Mean ink of print below which the pen's plane is taken not to show it: half of what the faintest stroke has.
const DROPPED: f32 = 0.15;

/// Mean ink where there is print.
fn mean_on(patch: &Patch, print: &Print) -> f32 {
    let ink = |(x, y): &(u16, u16)| patch.ink[usize::from(*y) * patch.width + usize::from(*x)];
    print.on.iter().map(ink).sum::<f32>() / print.on.len().max(1) as f32
}

/// Least share of an option's own print that must be seen where it is printed. Lines that lost a quarter of their pixels
/// are still seen whole within [`PRINT_REACH`]; a hole of 6 mm or correction tape over half of a box leaves half and less.
const PRINT_SEEN: f64 = 0.75;

/// How far from its place a printed pixel may be seen, patch pixels: 0.25 mm.
const PRINT_REACH: i64 = 2;

impl Aligned<'_> {
    /// How many pixels the print on this page is fatter than the blank's: 2 where it is not.
    pub const fn swelling(&self) -> usize {
        self.swelling
    }

    /// Whether a pixel is taken for print.
    pub fn is_print(&self, i: usize) -> bool {
        usize::from(self.print.away[i]) <= self.swelling
    }

    /// Whether a pixel lies farther from print than the fattest print reaches.
    pub fn is_clear_of_print(&self, i: usize) -> bool {
        usize::from(self.print.away[i]) > MOST_SWELLING
    }

    /// Whether the print in an area is gone: punched out, taped over, torn off. Whatever was written there is gone too.
    pub fn is_obscured(&self, area: &RectMm) -> bool {
        let w = self.all.window(area);
        let near = |x: i64, y: i64| {
            let reach = -PRINT_REACH..=PRINT_REACH;
            reach.clone().flat_map(|dy| reach.clone().map(move |dx| (dx, dy))).any(|(dx, dy)| self.all.at(x + dx, y + dy) > 0.3)
        };
        let (mut printed, mut seen) = (0_usize, 0_usize);
        for &(x, y) in self.print.on.iter().filter(|(x, y)| w.holds(usize::from(*x), usize::from(*y))) {
            printed += 1;
            seen += usize::from(near(i64::from(x), i64::from(y)));
        }
        printed >= 20 && (seen as f64) < PRINT_SEEN * printed as f64
    }
}

/// The part of `wide` that begins at a pixel and covers the print.
fn crop(wide: &Patch, print: &Print, (x0, y0): (usize, usize)) -> Patch {
    let mut ink = Vec::with_capacity(print.width * print.height);
    for row in wide.ink.chunks_exact(wide.width).skip(y0).take(print.height) {
        ink.extend_from_slice(&row[x0..x0 + print.width]);
    }
    Patch { area: print.area, width: print.width, height: print.height, ink }
}

/// Where the page's ink lies best on the print, if it lies on it well.
fn find(print: &Print, wide: &Patch) -> Option<Found> {
    if print.on.len() < LEAST_PRINT {
        return None;
    }
    let in_wide = |points: &[(u16, u16)], every: usize| -> Vec<usize> {
        points.iter().step_by(every).map(|(x, y)| usize::from(*y) * wide.width + usize::from(*x)).collect()
    };
    // A stain counts for no more than print does; and room for the last vectors.
    let mut ink = Vec::with_capacity(wide.ink.len() + SHIFTS);
    ink.extend(wide.ink.iter().map(|v| if *v < 1.0 { *v } else { 1.0 }));
    ink.resize(wide.ink.len() + SHIFTS, 0.0);
    // Of print and of paper beside it at most so many places: lines are seen as well in a part of their pixels.
    let score = |most: usize, from: (i64, i64), rows: usize| -> Vec<[f32; SHIFTS]> {
        let first = (REACH + from.1) as usize * wide.width + (REACH + from.0) as usize;
        let mean =
            |points: &[(u16, u16)]| means(&ink[first..], wide.width, &in_wide(points, points.len().div_ceil(most).max(1)), rows);
        let (mut on, beside) = (mean(&print.on), mean(&print.beside));
        for (dy, (on, beside)) in (from.1..).zip(on.iter_mut().zip(beside)) {
            for (dx, (on, beside)) in (from.0..).zip(on.iter_mut().zip(beside)) {
                *on -= beside + nearness(dx, dy);
            }
        }
        on
    };
    let span = (2 * REACH + 1) as usize;
    let near = best(&score(COARSE, (-REACH, -REACH), span), (-REACH, -REACH), span);
    let clipped = |v: i64| (v - 2).clamp(-REACH, REACH - 4);
    let around = (clipped(near.0), clipped(near.1));
    let (dx, dy) = best(&score(FINE, around, 5), around, 5);
    let at_edge = dx.abs() >= REACH || dy.abs() >= REACH;
    let fit = score(ALL, (dx, dy), 1)[0][0] + nearness(dx, dy);
    (fit >= FOUND && !at_edge).then_some(Found { shift: (dx, dy), fit })
}

/// Shifts to the right that are tried at once: all that [`SEARCH_MM`] allows, and what fills the last vector.
const SHIFTS: usize = 24;

/// Mean ink at some places, moved right by the column and down by the row of what is given back.
fn means(ink: &[f32], width: usize, places: &[usize], rows: usize) -> Vec<[f32; SHIFTS]> {
    let mut out = vec![[0.0; SHIFTS]; rows];
    dispatch!(Level::new(), _width => {
        for (row, sums) in out.iter_mut().enumerate() {
            let mut local = *sums;
            for place in places {
                let from = &ink[row * width + place..][..SHIFTS];
                for (sum, v) in local.iter_mut().zip(from) {
                    *sum += v;
                }
            }
            *sums = local.map(|sum| sum / places.len().max(1) as f32);
        }
    });
    out
}

/// A slight preference for the global fit, so that a line without features along it does not slide.
fn nearness(dx: i64, dy: i64) -> f32 {
    0.002 * ((dx * dx + dy * dy) as f32).sqrt()
}

/// The shift with the best score, of `span` shifts a row from `first` on.
fn best(scores: &[[f32; SHIFTS]], first: (i64, i64), span: usize) -> (i64, i64) {
    let mut top = (first, f32::NEG_INFINITY);
    for (dy, row) in (first.1..).zip(scores) {
        for (dx, score) in (first.0..).zip(&row[..span]) {
            if *score > top.1 {
                top = ((dx, dy), *score);
            }
        }
    }
    top.0
}

/// How dark print is, at most, as a share of the page's darkest ink, for a pen over it to be told from it; and how much of what lies
/// between both the pen has at least.
const PALE_PRINT: f32 = 0.5;
const OVER: f32 = 0.5;

/// Ink from which a pen lies over the print: red or pale print hardly shows in the pen's plane, and hides nothing. None where it is
/// nearly as dark as a pen.
fn pen_over(seen: &Patch, print: &Print, tone: &Tone) -> Option<f32> {
    let some = print.on.iter().step_by(print.on.len().div_ceil(COARSE).max(1));
    let mut own: Vec<f32> = some.map(|&(x, y)| seen.ink[usize::from(y) * seen.width + usize::from(x)]).collect();
    let place = own.len() * 3 / 4;
    if place >= own.len() {
        return None;
    }
    let own = *own.select_nth_unstable_by(place, f32::total_cmp).1;
    let pen = (tone.contrast / tone.print) as f32;
    (own <= PALE_PRINT * pen).then_some(own + OVER * (pen - own))
}

/// Ink with the print taken out. Under the print the pen is where there is pen on both sides of it, or where it is too dark for
/// the print.
fn without_print((all, over): (&Patch, Option<f32>), print: &Print, swelling: usize) -> Vec<f32> {
    let mut pen = all.ink.clone();
    let is_print = |ink: f32| over.is_none_or(|over| ink < over);
    let own = print.near[..=swelling].iter().flatten().map(|&i| i as usize);
    own.filter(|&i| is_print(all.ink[i])).for_each(|i| pen[i] = 0.0);
    let masked = |i: usize| usize::from(print.away[i]) <= swelling;
    let longest = THICKEST + 2 * swelling;
    let mut haze: Vec<f32> = print.near[swelling + 1].iter().map(|&i| all.ink[i as usize]).collect();
    let haze = if haze.is_empty() { 0.0 } else { median(&mut haze) };
    let faintest = FAINTEST.max(BEYOND_HAZE * haze);
    // A step of a slanting way is two pixels long.
    let rim = print.near[swelling + 1..=swelling + 2].iter().flatten().map(|&i| i as usize);
    for i in rim.filter(|&i| all.ink[i] > faintest) {
        for way in WAYS {
            bridge(all, (&masked, longest), i, way, &mut pen);
        }
    }
    pen
}

/// How many pixels the print on this page is fatter than the blank's: copies and 1-bit scans thicken lines, and what is out of
/// focus has a haze around it.
fn swelling(all: &Patch, print: &Print, threshold: f32) -> usize {
    // Handwriting crosses a frame here and there; a fatter line inks most of its rim.
    let fat = |r: &usize| {
        let ring = &print.near[*r];
        let inked = |least: f32| ring.iter().filter(|&&i| all.ink[i as usize] > least).count();
        inked(threshold) * 4 >= ring.len() || inked(PALE * threshold) * 2 >= ring.len()
    };
    (2..MOST_SWELLING).find(|r| !fat(r)).unwrap_or(MOST_SWELLING)
}

/// Thickest printed line that a stroke is followed across, in pixels: 1 mm. What is wider is a word or a picture, and a ring
/// that touches it on two sides does not go through it.
const THICKEST: usize = 8;

/// Ink that is no stroke at any threshold, and bridges nothing.
const FAINTEST: f32 = 0.15;

/// How many times the usual ink at the rim of the print there must be of a stroke that reaches it.
const BEYOND_HAZE: f32 = 1.5;

/// Directions a stroke may cross a line in.
const WAYS: [(i64, i64); 8] = [(1, 0), (0, 1), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)];

/// From ink at the rim of the mask straight across to the ink on its other side: what lies between is pen.
fn bridge(all: &Patch, (masked, longest): (&impl Fn(usize) -> bool, usize), from: usize, (dx, dy): (i64, i64), pen: &mut [f32]) {
    let (x, y) = ((from % all.width) as i64, (from / all.width) as i64);
    let inside = |x: i64, y: i64| x >= 0 && y >= 0 && x < all.width as i64 && y < all.height as i64;
    let index = |x: i64, y: i64| y as usize * all.width + x as usize;
    // The rim itself may hold the line's blur: look one pixel further as well.
    let level = |x: i64, y: i64, dx: i64, dy: i64| all.at(x, y).min(all.at(x + dx, y + dy).max(all.at(x, y) * 0.8));
    let mut between = 0;
    let end = loop {
        let (px, py) = (x + dx * (between as i64 + 1), y + dy * (between as i64 + 1));
        if !inside(px, py) || between > longest {
            return;
        }
        if !masked(index(px, py)) {
            break (px, py);
        }
        between += 1;
    };
    let ink = level(x, y, -dx, -dy).min(level(end.0, end.1, dx, dy));
    for step in 1..=between {
        let i = index(x + dx * step as i64, y + dy * step as i64);
        pen[i] = pen[i].max(ink.min(all.ink[i]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::paper;
    use image::Luma;

    fn exact() -> PageMap {
        PageMap::new([SCALE, 0.0, 0.0, 0.0, SCALE, 0.0, 0.0, 0.0, 1.0])
    }

    fn frame(at: (u32, u32)) -> GrayImage {
        let mut page = GrayImage::from_pixel(400, 400, Luma([255]));
        for i in 0..80 {
            for (x, y) in [(i, 0), (i, 64), (0, i.min(64)), (80, i.min(64))] {
                page.put_pixel(at.0 + x, at.1 + y, Luma([30]));
            }
        }
        page
    }

    fn grey(page: &GrayImage) -> Planes<'_> {
        Planes { pen: page, luma: None }
    }

    fn framed() -> Print {
        Print::of(&frame((120, 120)), RectMm::new(10.0, 10.0, 20.0, 20.0))
    }

    #[test]
    fn a_frame_moved_by_half_a_millimetre_is_found_and_removed() {
        let tone = Tone { contrast: 225.0, print: 225.0, noise: 1.0 };
        let print = framed();
        let aligned = align(grey(&frame((124, 118))), &exact(), &print, &tone);
        assert!((aligned.residual_mm.unwrap_or(9.0) - 0.56).abs() < 0.1, "{:?}", aligned.residual_mm);
        assert!(aligned.pen.ink.iter().all(|&v| v < 0.1));
    }

    #[test]
    fn a_tinted_panel_is_taken_out_however_dark_the_pens_plane_shows_it_and_a_stroke_on_it_stays() {
        // A white cell in a panel, and a stroke from the cell on to the panel.
        let page = |panel: u8, stroke: bool| {
            let mut page = GrayImage::from_fn(400, 400, |x, y| {
                let cell = (130..190).contains(&x) && (130..180).contains(&y);
                Luma([if cell { 255 } else { panel }])
            });
            for (x, y) in frame((120, 120)).enumerate_pixels().filter(|(_, _, v)| v[0] < 100).map(|(x, y, _)| (x, y)) {
                page.put_pixel(x, y, Luma([30]));
            }
            if stroke {
                let drawn = (150..230).flat_map(|x| (150..153).map(move |y| (x, y)));
                drawn.for_each(|(x, y)| page.put_pixel(x, y, Luma([30])));
            }
            page
        };
        let print = Print::of(&paper::on_white(&page(224, false)), RectMm::new(10.0, 10.0, 20.0, 20.0));
        assert!(print.tint.is_some() && framed().tint.is_none());
        let tone = Tone { contrast: 225.0, print: 225.0, noise: 1.0 };
        for panel in [224, 205] {
            let pen = |stroke: bool| align(grey(&page(panel, stroke)), &exact(), &print, &tone).pen;
            let most = pen(false).ink.iter().copied().fold(0.0, f32::max);
            assert!(most < 0.18, "the palest ink that belongs to a stroke: {panel}: {most}");
            let (at, drawn) = (|x: usize, y: usize| (y - 80) * 160 + x - 80, pen(true).ink);
            assert!([160, 215, 225].iter().all(|x| drawn[at(*x, 151)] > 0.5), "{panel}");
        }
    }

    #[test]
    fn a_stroke_across_the_frame_stays_whole() {
        let tone = Tone { contrast: 225.0, print: 225.0, noise: 1.0 };
        let mut page = frame((120, 120));
        for y in 100..150 {
            for x in 150..153 {
                page.put_pixel(x, y, Luma([30]));
            }
        }
        let print = framed();
        let aligned = align(grey(&page), &exact(), &print, &tone);
        let column: Vec<f32> = (104..146).map(|y| aligned.pen.at(151 - 80, y - 80)).collect();
        assert!(column.iter().all(|&v| v > 0.5), "{column:?}");
    }

    #[test]
    fn a_foot_along_a_pale_line_is_no_print() {
        // What is left of a red frame in the red plane, and a stroke of a pen along its lower line.
        let tone = Tone { contrast: 225.0, print: 225.0, noise: 1.0 };
        let mut page = frame((120, 120));
        page.pixels_mut().filter(|p| p[0] < 100).for_each(|p| *p = Luma([165]));
        (140..165).flat_map(|x| (183..186).map(move |y| (x, y))).for_each(|(x, y)| page.put_pixel(x, y, Luma([30])));
        let pen = align(grey(&page), &exact(), &framed(), &tone).pen;
        assert!((142..163).all(|x| pen.at(x - 80, 184 - 80) > 0.9), "the stroke");
        assert!((122..136).chain(170..198).all(|x| pen.at(x - 80, 184 - 80) < 0.1), "the line");
    }

    #[test]
    fn a_frame_that_is_not_there_is_lost() {
        let tone = Tone { contrast: 225.0, print: 225.0, noise: 1.0 };
        let page = GrayImage::from_pixel(400, 400, Luma([255]));
        assert!(align(grey(&page), &exact(), &framed(), &tone).lost);
    }
}
