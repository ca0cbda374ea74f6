//! A field's own print as the blank has it, prepared once per form: where to look for it on a page, and how far every
//! pixel lies from it. Does not look at pages.

use super::components::dilate;
use super::patch::SCALE;
use crate::geometry::RectMm;
use ::image::GrayImage;

/// Ink from which a pixel is certainly printed, 0..1: only these are looked for.
const PRINTED: f32 = 0.5;

/// Ink from which a pixel may belong to print, 0..1: the rim of a line counts as print where the pen is wanted.
const RIM: f32 = 0.25;

/// Pixels beside the print that must be paper where it lies right, patch pixels: 0.5 to 0.9 mm.
const BESIDE: std::ops::RangeInclusive<u8> = 4..=7;

/// Ink of the palest tinted panel, 0..1: less is paper's grain.
pub const TINTED: f32 = 0.05;

/// Ink of such panels: more is print; how far from print it is told, patch pixels; the fewest of its pixels, 4 mm², and how far
/// beyond them it is taken to reach, patch pixels.
const TINT: std::ops::Range<f32> = TINTED..RIM;
const TINT_AWAY: u8 = 3;
const LEAST_TINT: usize = 256;
const TINT_RIM: usize = 2;

/// Most that print is taken to be fatter than the blank's, patch pixels.
pub const MOST_SWELLING: usize = 5;

/// Farthest that a pixel may lie from print and yet have to do with it, patch pixels: a slanting step beyond the fattest line.
const NEAR: usize = MOST_SWELLING + 2;

/// A field's own print, in patch pixels at [`SCALE`].
#[derive(Debug)]
pub struct Print {
    /// What it covers, mm: whole patch pixels, so that the blank's picture and a page's patch share one grid.
    pub area: RectMm,
    /// Pixels per row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The blank's own ink, 0..1, row-major.
    pub ink: Vec<f32>,
    /// Row-major distance to print (a quarter of full ink and more): pixels in the larger of both directions.
    pub away: Vec<u8>,
    /// The pixels (row-major) at each distance to print, up to a slanting step beyond [`MOST_SWELLING`].
    pub near: [Vec<u32>; NEAR + 1],
    /// The tinted panels around what people write into; none where there are none.
    pub tint: Option<Tint>,
    /// Columns and rows of what is certainly printed, in reading order.
    pub on: Vec<(u16, u16)>,
    /// Columns and rows of paper 4 to 7 pixels beside it.
    pub beside: Vec<(u16, u16)>,
}

impl Print {
    /// The print of a blank (its picture at [`SCALE`]) around a field.
    pub fn of(blank: &GrayImage, area: RectMm) -> Self {
        let snap = |v: f64| (v * SCALE).round() / SCALE;
        let area = RectMm::new(snap(area.x), snap(area.y), snap(area.w), snap(area.h));
        let (width, height) = size(area);
        let ink = blank_ink(blank, area);
        let places = |keep: &dyn Fn(usize) -> bool| -> Vec<(u16, u16)> {
            (0..ink.len()).filter(|&i| keep(i)).map(|i| ((i % width) as u16, (i / width) as u16)).collect()
        };
        let printed: Vec<bool> = ink.iter().map(|v| *v > PRINTED).collect();
        let from_printed = away(&printed, width);
        let rim: Vec<bool> = ink.iter().map(|v| *v > RIM).collect();
        let from_rim = away(&rim, width);
        let mut near: [Vec<u32>; NEAR + 1] = Default::default();
        for (i, distance) in (0..).zip(&from_rim).filter(|(_, d)| usize::from(**d) <= NEAR) {
            near[usize::from(*distance)].push(i);
        }
        let tint = Tint::of(&ink, &from_rim, width);
        Self {
            area,
            width,
            tint,
            height,
            away: from_rim,
            near,
            on: places(&|i| printed[i]),
            beside: places(&|i| BESIDE.contains(&from_printed[i])),
            ink,
        }
    }
}

/// Tinted panels of a blank.
#[derive(Debug)]
pub struct Tint {
    /// The pixels they cover, row-major, and their rims, with their ink.
    pub pixels: Vec<(u32, f32)>,
}

impl Tint {
    fn of(ink: &[f32], from_rim: &[u8], width: usize) -> Option<Self> {
        let within = |i: usize| TINT.contains(&ink[i]) && from_rim[i] >= TINT_AWAY;
        let own: Vec<bool> = (0..ink.len()).map(within).collect();
        let height = ink.len() / width.max(1);
        let darkest = |i: usize| {
            let (x, y) = (i % width, i / width);
            let rows = y.saturating_sub(TINT_RIM)..(y + TINT_RIM + 1).min(height);
            let columns = x.saturating_sub(TINT_RIM)..(x + TINT_RIM + 1).min(width);
            let around = rows.flat_map(|y| columns.clone().map(move |x| y * width + x));
            around.filter(|&i| own[i]).map(|i| ink[i]).fold(0.0, f32::max)
        };
        let enough = own.iter().filter(|set| **set).count() >= LEAST_TINT;
        let grown = || dilate(&own, width, TINT_RIM).into_iter().enumerate().filter(|(_, set)| *set);
        enough.then(|| Self { pixels: grown().map(|(i, _)| (i as u32, darkest(i))).collect() })
    }
}

/// Width and height in patch pixels.
fn size(area: RectMm) -> (usize, usize) {
    let pixels = |mm: f64| ((mm * SCALE).round() as usize).clamp(1, usize::from(u16::MAX));
    (pixels(area.w), pixels(area.h))
}

/// The blank's own ink over an area, 0..1, row by row, from its picture at [`SCALE`]; paper beyond its edges.
pub fn blank_ink(blank: &GrayImage, area: RectMm) -> Vec<f32> {
    let (width, height) = size(area);
    let (left, top) = ((area.x * SCALE).round() as i64, (area.y * SCALE).round() as i64);
    let within = |v: i64, side: u32| v.clamp(0, i64::from(side)) as usize;
    // The part of each row that the blank has.
    let (from, to) = (within(left, blank.width()), within(left + width as i64, blank.width()));
    let mut ink = vec![0.0; width * height];
    for (row, y) in ink.chunks_exact_mut(width).zip(top..) {
        if y < 0 || y >= i64::from(blank.height()) || from == to {
            continue;
        }
        let pixels = &blank.as_raw()[y as usize * blank.width() as usize..][from..to];
        let row = &mut row[(from as i64 - left) as usize..];
        row.iter_mut().zip(pixels).for_each(|(ink, grey)| *ink = 1.0 - f32::from(*grey) / 255.0);
    }
    ink
}

/// How far every pixel lies from the next that is set: pixels in the larger of both directions, 255 where none is set. In two
/// passes, each pixel from its neighbours (Rosenfeld and Pfaltz, "Distance Functions on Digital Pictures", 1968): imageproc's
/// took two fifths of all that the print of the built-in forms' fields costs.
fn away(mask: &[bool], width: usize) -> Vec<u8> {
    let mut out: Vec<u8> = mask.iter().map(|set| if *set { 0 } else { u8::MAX }).collect();
    nearer(&mut out, width);
    // Backwards, the last pixel is the first.
    out.reverse();
    nearer(&mut out, width);
    out.reverse();
    out
}

/// One pass: one more than the least of the three pixels above and the one before, where that is less.
fn nearer(distances: &mut [u8], width: usize) {
    let mut above = vec![u8::MAX; width + 2];
    for row in distances.chunks_exact_mut(width.max(1)) {
        let three = above.iter().zip(&above[1..]).zip(&above[2..]);
        for (pixel, ((a, b), c)) in row.iter_mut().zip(three) {
            *pixel = (*pixel).min((*a).min(*b).min(*c).saturating_add(1));
        }
        let mut before = u8::MAX;
        for pixel in row.iter_mut() {
            before = (*pixel).min(before.saturating_add(1));
            *pixel = before;
        }
        above[1..=width].copy_from_slice(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::image::Luma;

    #[test]
    fn distance_is_that_to_the_nearest_that_is_set_in_the_larger_of_both_directions() {
        let set = [(3_usize, 4_usize), (10, 0), (11, 8)];
        let mut mask = vec![false; 12 * 9];
        for (x, y) in set {
            mask[y * 12 + x] = true;
        }
        for (i, away) in away(&mask, 12).into_iter().enumerate() {
            let far = |(x, y): &(usize, usize)| (i % 12).abs_diff(*x).max((i / 12).abs_diff(*y));
            assert_eq!(Some(usize::from(away)), set.iter().map(far).min(), "{i}");
        }
        assert!(super::away(&[false; 6], 3).iter().all(|d| *d == 255), "nothing set, nothing near");
    }

    #[test]
    fn a_line_is_print_and_paper_half_a_millimetre_off_is_beside_it() {
        let blank = GrayImage::from_fn(160, 160, |_, y| Luma([if (80..83).contains(&y) { 20 } else { 255 }]));
        let print = Print::of(&blank, RectMm::new(5.0, 5.0, 10.0, 10.0));
        assert_eq!((print.width, print.height, print.on.len()), (80, 80, 240));
        assert!(print.on.iter().all(|(_, y)| (40..43).contains(y)));
        assert!(print.beside.iter().all(|(_, y)| (33..=36).contains(y) || (46..=49).contains(y)), "{:?}", print.beside.first());
        assert_eq!(print.away[50 * 80 + 7], 8);
    }

    #[test]
    fn beyond_the_blanks_edges_is_paper() {
        let blank = GrayImage::from_pixel(16, 8, Luma([0]));
        let ink = blank_ink(&blank, RectMm::new(-0.5, -0.25, 4.0, 2.0));
        for (i, ink) in ink.into_iter().enumerate() {
            let (x, y) = (i % 32, i / 32);
            assert_eq!(ink > 0.5, (4..20).contains(&x) && (2..10).contains(&y), "{x} {y}");
        }
        assert!(blank_ink(&blank, RectMm::new(9.0, 0.0, 2.0, 1.0)).iter().all(|v| *v < 0.5), "nothing of it");
    }
}
