//! What sticks out of the boxes of a filled page: the ends of ticks and crosses. Left there they would pass for print, and whoever
//! ticks the same box in the same way would not be seen.

use super::{INKED, paper, place};
use crate::geometry::{Dpi, RectMm};
use image::{GrayImage, Luma};
use imageproc::region_labelling::{Connectivity, connected_components};

/// How far from a box its marks are looked for, mm.
const REACH_MM: f64 = 8.0;
/// How far outside a box its frame may lie, mm: what begins there touches it.
const FRAME_MM: f64 = 0.5;
/// How long the part of a tail may be that touches the frame, mm: a frame itself, or a rule beside it, is longer.
const TOUCHES_MM: f64 = 1.6;
/// Longest tail, mm: what is longer may be a line of the form.
const LONGEST_MM: f64 = 7.5;

/// Paints them over as paper.
pub(super) fn rub_out(picture: &mut GrayImage, boxes: &[RectMm], dpi: Dpi) {
    let before = picture.clone();
    for area in boxes {
        let ((left, top), (w, h)) = place(&before, &area.grown(REACH_MM), dpi);
        let ((x0, y0), (bw, bh)) = place(&before, &area.grown(FRAME_MM), dpi);
        let (x0, y0) = (x0 - left, y0 - top);
        let (x1, y1) = (x0 + bw, y0 + bh);
        let white = paper(&before, &area.grown(REACH_MM), dpi);
        // Another box close by is none of this one's marks.
        let near: Vec<RectMm> = boxes.iter().map(|b| b.grown(FRAME_MM)).filter(|b| b.overlaps(&area.grown(REACH_MM))).collect();
        let near: Vec<((u32, u32), (u32, u32))> = near.iter().map(|b| place(&before, b, dpi)).collect();
        let inside = |x: u32, y: u32| {
            let within = |&((bx, by), (w, h)): &((u32, u32), (u32, u32))| (bx..bx + w).contains(&x) && (by..by + h).contains(&y);
            near.iter().any(within)
        };
        let ink = |x: u32, y: u32| f64::from(before.get_pixel(left + x, top + y)[0]) < INKED * f64::from(white);
        let outside = GrayImage::from_fn(w, h, |x, y| Luma([u8::from(ink(x, y) && !inside(left + x, top + y)) * 255]));
        let labels = connected_components(&outside, Connectivity::Eight, Luma([0]));
        let is_tail = tails(&labels, (x0, y0, x1, y1), dpi);
        for (x, y, label) in labels.enumerate_pixels() {
            if is_tail[label[0] as usize] {
                picture.put_pixel(left + x, top + y, Luma([white]));
            }
        }
    }
}

/// Which of some pieces begin at a box and end nearby.
fn tails(labels: &image::ImageBuffer<Luma<u32>, Vec<u32>>, (x0, y0, x1, y1): (u32, u32, u32, u32), dpi: Dpi) -> Vec<bool> {
    let (w, h) = labels.dimensions();
    let n = labels.pixels().map(|p| p[0]).max().unwrap_or(0) as usize + 1;
    let (mut touching, mut ends) = (vec![0_u32; n], vec![(u32::MAX, u32::MAX, 0, 0); n]);
    for (x, y, label) in labels.enumerate_pixels().filter(|(_, _, label)| label[0] > 0) {
        let at = label[0] as usize;
        let beside = (x + 1 == x0 || x == x1) && (y0..y1).contains(&y) || (y + 1 == y0 || y == y1) && (x0..x1).contains(&x);
        touching[at] += u32::from(beside);
        let e = &mut ends[at];
        *e = (e.0.min(x), e.1.min(y), e.2.max(x), e.3.max(y));
    }
    let (sx, sy) = dpi.px_per_mm();
    let is_tail = |at: usize| {
        let (left, top, right, bottom) = ends[at];
        let cut = left == 0 || top == 0 || right + 1 == w || bottom + 1 == h;
        let short =
            f64::from(right.saturating_sub(left)) < LONGEST_MM * sx && f64::from(bottom.saturating_sub(top)) < LONGEST_MM * sy;
        touching[at] > 0 && f64::from(touching[at]) < TOUCHES_MM * sx && !cut && short
    };
    (0..n).map(|at| at > 0 && is_tail(at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_tick_goes_and_frame_rules_and_words_stay() {
        // A box of 4 mm at 20, 20 with a tick's end to the upper right, a rule 3 mm below it and a word 2 mm beside it.
        let dpi = Dpi::square(254.0);
        let mut page = GrayImage::from_pixel(600, 500, Luma([250]));
        let mut dark = |x: u32, y: u32| page.put_pixel(x, y, Luma([30]));
        for i in 0..40 {
            for (x, y) in [(200 + i, 200), (200 + i, 239), (200, 200 + i), (239, 200 + i)] {
                dark(x, y);
            }
        }
        (0..30_u32).for_each(|i| (0..4).for_each(|k| dark(232 + i + k, 212 - i)));
        // A bubble hard by, and a rule.
        for i in 0..26 {
            dark(244 + i, 205);
            dark(244 + i, 234);
            dark(270, 205 + i);
        }
        (100..500).for_each(|x| dark(x, 270));
        (0..20).for_each(|i| dark(280 + i, 222));
        let mut rubbed = page.clone();
        rub_out(&mut rubbed, &[RectMm::new(20.0, 20.0, 4.0, 4.0), RectMm::new(24.4, 20.5, 2.6, 3.0)], dpi);
        assert_eq!(rubbed.get_pixel(258, 186)[0], 250, "the tick's end");
        for (x, y) in [(200, 220), (220, 239), (300, 270), (260, 205), (280, 222)] {
            assert_eq!(rubbed.get_pixel(x, y)[0], 30, "{x} {y}");
        }
    }
}
