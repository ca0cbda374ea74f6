//! Pictures of what `locate` saw, for people: the ink, the candidates, the anchors and the fields' outlines.
//! Costs nothing unless asked for; decides nothing.

use super::decide::{Trace, locate};
use super::fit::Map;
use super::ink::Ink;
use super::reference::{Reference, References};
use super::{RegisterSettings, Registered};
use crate::geometry::{PointMm, RectMm};
use crate::image::Raster;
use image::{Rgb, RgbImage};

const GREEN: Rgb<u8> = Rgb([0, 150, 40]);
const RED: Rgb<u8> = Rgb([220, 30, 30]);
const BLUE: Rgb<u8> = Rgb([30, 70, 220]);
const GREY: Rgb<u8> = Rgb([170, 170, 170]);
const ORANGE: Rgb<u8> = Rgb([240, 150, 0]);

/// What `locate` saw on a page, as named pictures at about 100 dpi: `1-ink`, the ink it looked at; `2-candidates`, every
/// place it tried, the better the darker blue; `3-anchors`, the best placement's anchors (green agree, red disagree, grey
/// not on the page); `4-fields`, the outlines of all fields (green; orange where nothing near could be checked), only
/// where the page was placed. Empty for a blank page.
pub fn explain(page: &Raster, references: &References, settings: &RegisterSettings) -> Vec<(String, RgbImage)> {
    let mut trace = Trace::default();
    let found = locate(page, references, settings, Some(&mut trace));
    let Some(ink) = &trace.ink else { return Vec::new() };
    let mut out = vec![("1-ink".into(), paper(ink)), ("2-candidates".into(), candidates(ink, &trace, &references.pages))];
    if let Some(best) = trace.placements.first() {
        let mut picture = paper(ink);
        for a in &best.anchors {
            let colour = if !a.shown {
                GREY
            } else if a.agrees() {
                GREEN
            } else {
                RED
            };
            outline(&mut picture, &best.map, &RectMm::new(a.at.x, a.at.y, 0.0, 0.0).grown(3.0), colour);
        }
        out.push(("3-anchors".into(), picture));
        out.extend(found.ok().map(|r| ("4-fields".into(), fields(ink, &best.map, &references.pages[best.reference], &r))));
    }
    out
}

fn paper(ink: &Ink) -> RgbImage {
    let plane = &ink.planes[0];
    // Paler than black, so that the colours stand out.
    RgbImage::from_fn(plane.w as u32, plane.h as u32, |x, y| {
        let v = 255 - plane.at(x as usize, y as usize) / 3 * 2;
        Rgb([v, v, v])
    })
}

fn candidates(ink: &Ink, trace: &Trace, references: &[Reference]) -> RgbImage {
    let mut picture = paper(ink);
    for (h, share) in &trace.hypotheses {
        let reference = &references[h.reference];
        let pale = (200.0 * (1.0 - share.unwrap_or(0.0))) as u8;
        let sheet = RectMm::new(0.0, 0.0, reference.width_mm, reference.height_mm).grown(-2.0);
        outline(&mut picture, &h.map, &sheet, Rgb([pale, pale, 255]));
        // The head of the form, so that the way up can be seen.
        outline(&mut picture, &h.map, &RectMm::new(sheet.x, sheet.y, sheet.w, 8.0), Rgb([pale, pale, 255]));
    }
    picture
}

fn fields(ink: &Ink, map: &Map, reference: &Reference, found: &Registered) -> RgbImage {
    let mut picture = paper(ink);
    for (area, residual) in reference.fields.iter().zip(&found.field_residual_mm) {
        outline(&mut picture, map, area, if residual.is_some() { GREEN } else { ORANGE });
    }
    outline(&mut picture, map, &RectMm::new(0.0, 0.0, reference.width_mm, reference.height_mm), BLUE);
    picture
}

fn outline(picture: &mut RgbImage, map: &Map, area: &RectMm, colour: Rgb<u8>) {
    let corners = area.corners();
    for i in 0..4 {
        side(picture, map, corners[i], corners[(i + 1) % 4], colour);
    }
}

fn side(picture: &mut RgbImage, map: &Map, a: PointMm, b: PointMm, colour: Rgb<u8>) {
    let steps = ((b.x - a.x).hypot(b.y - a.y) * 5.0) as usize + 1;
    for i in 0..=steps {
        let t = i as f64 / steps as f64;
        let (x, y) = map.at(PointMm { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t });
        if x >= 0.0 && y >= 0.0 && x < f64::from(picture.width()) && y < f64::from(picture.height()) {
            picture.put_pixel(x as u32, y as u32, colour);
        }
    }
}
