//! What the pen did beside a choice in which nothing is marked: a tick on, before or after an option's words, a line under them.
//! It is no mark of any option, and the choice is not blank either. Looked for only where a choice seems to be blank.

use super::components::Component;
use super::loose::{NEEDLE_MM, may_mean_something};
use super::patch::{Patch, SCALE, Window};
use super::strokes::{Strokes, breadth_mm, core, extent_mm};
use crate::form::Field;
use crate::geometry::RectMm;
use ::image::GrayImage;

/// How far a mark may stand to the left of the options, above the first and below the last, and after an option's words, mm.
const LEFT_MM: f64 = 12.0;
const ABOVE_MM: f64 = 2.0;
const BELOW_MM: f64 = 4.0;
const AFTER_MM: f64 = 9.0;
/// White that ends an option's words, mm, and the longest words looked at.
const GAP_MM: f64 = 7.0;
const WORDS_MM: f64 = 170.0;
/// Least extent of a part of a stroke that print broke up, how far apart its parts lie, least and greatest width and height of
/// all of them, mm, and their ink, mm².
const PART_MM: f64 = 0.6;
const APART_MM: f64 = 1.2;
const TICK_MM: (f64, f64) = (1.8, 9.0);
const INK_MM2: f64 = 0.5;
/// How far beyond the ends of a line it is looked whether it goes on, mm, and how far above and below, pixels.
const BEYOND_MM: f64 = 1.5;
const BESIDE: usize = 4;
/// Grey from which a blank's pixel is print.
const PRINTED: u8 = 160;
/// Least length of a line under words, mm, and how many times longer than high it is.
const UNDERLINE_MM: f64 = 4.0;
const LEVEL: usize = 4;

/// What is looked at around a choice, mm on the form: its options and their words, as the blank (its picture at [`SCALE`]) has
/// them.
pub(super) fn surroundings(field: &Field, others: &[RectMm], blank: &GrayImage) -> RectMm {
    let around = field.bounds();
    let right = field.boxes().iter().map(|option| end_of_words(option, others, blank)).fold(around.right(), f64::max);
    let width = f64::from(blank.width()) / SCALE;
    let (from, to) = ((around.x - LEFT_MM).max(0.0), (right + AFTER_MM).min(width));
    RectMm::new(from, around.y - ABOVE_MM, to - from, around.h + ABOVE_MM + BELOW_MM)
}

/// Where the words to the right of an option end, mm: before another field, or a white gap.
fn end_of_words(option: &RectMm, others: &[RectMm], blank: &GrayImage) -> f64 {
    let px = |mm: f64, most: u32| ((mm * SCALE).max(0.0) as u32).min(most);
    let (y0, y1) = (px(option.y, blank.height()), px(option.bottom(), blank.height()));
    let next = others.iter().filter(|o| o.x > option.right() && o.y < option.bottom() && option.y < o.bottom());
    let until = next.map(|o| o.x).fold(option.right() + WORDS_MM, f64::min);
    let mut end = option.right();
    for x in px(option.right() + 0.5, blank.width())..px(until, blank.width()) {
        let at = f64::from(x) / SCALE;
        if (y0..y1).any(|y| blank.get_pixel(x, y)[0] < PRINTED) {
            end = at;
        } else if at - end > GAP_MM {
            break;
        }
    }
    end
}

/// Where strokes lie that may mean something; `theirs` is what belongs to other fields.
pub(super) fn strokes(strokes: &Strokes, theirs: &[Window], pen: &Patch) -> Vec<Window> {
    let own = |p: &&Component| !p.bounds.comes_in(pen) && !p.bounds.lies_in_one_of(theirs) && !goes_on(p, pen);
    let drawn = |p: &&Component| core(p, pen.width).is_empty() && may_mean_something(p, pen);
    let faint = strokes.faint.iter().filter(own).filter(drawn);
    let (whole, parts): (Vec<_>, Vec<_>) =
        strokes.pieces.iter().filter(own).partition(|p| may_mean_something(p, pen) || is_underline(p, pen));
    whole.into_iter().chain(faint).map(|p| p.bounds).chain(broken(&parts)).collect()
}

/// What is left of ticks on words, of which the print took all but a few ends: pieces close together, none of them a stroke by
/// itself, and all of them as large as one.
fn broken(parts: &[&Component]) -> Vec<Window> {
    let mut clusters: Vec<(Window, usize)> = Vec::new();
    for part in parts.iter().filter(|p| extent_mm(p) >= PART_MM) {
        let (mut bounds, mut pixels) = (part.bounds, part.pixels.len());
        let by = (APART_MM * SCALE) as usize;
        clusters.retain(|(other, n)| {
            let near = other.x0 <= bounds.x1 + by
                && bounds.x0 <= other.x1 + by
                && other.y0 <= bounds.y1 + by
                && bounds.y0 <= other.y1 + by;
            if near {
                (bounds, pixels) = (bounds.around(other), pixels + n);
            }
            !near
        });
        clusters.push((bounds, pixels));
    }
    let large = |(b, pixels): &(Window, usize)| {
        let (w, h) = ((b.x1 - b.x0) as f64 / SCALE, (b.y1 - b.y0) as f64 / SCALE);
        let size = (TICK_MM.0..TICK_MM.1).contains(&w) && (TICK_MM.0..TICK_MM.1).contains(&h);
        size && *pixels as f64 >= INK_MM2 * SCALE * SCALE
    };
    clusters.into_iter().filter(large).map(|(bounds, _)| bounds).collect()
}

fn is_underline(piece: &Component, pen: &Patch) -> bool {
    let (w, h) = piece.size();
    w as f64 >= UNDERLINE_MM * SCALE && w >= LEVEL * h && breadth_mm(&piece.pixels, pen.width) < NEEDLE_MM
}

/// Whether a piece is a part of the shadow of a fold: the darkest of each column at its level, well beyond its ends, is as a rule
/// half as dark as the piece.
fn goes_on(piece: &Component, pen: &Patch) -> bool {
    let (b, beyond) = (&piece.bounds, (BEYOND_MM * SCALE) as usize);
    let own = piece.pixels.iter().map(|&i| pen.ink[i]).sum::<f32>() / piece.pixels.len() as f32;
    let rows = b.y0.saturating_sub(BESIDE)..(b.y1 + BESIDE).min(pen.height);
    let darkest = |x: usize| rows.clone().map(|y| pen.ink[y * pen.width + x]).fold(0.0, f32::max);
    let columns = (0..b.x0.saturating_sub(beyond)).chain(b.x1 + beyond..pen.width);
    let (all, dark) = columns.fold((0, 0), |(all, dark), x| (all + 1, dark + usize::from(darkest(x) > own / 2.0)));
    2 * dark > all
}
