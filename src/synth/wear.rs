//! What happens to a sheet on its way: received stamps, folds, punch and staple holes, stains, the back shining through,
//! copies of copies. Does not scan it (`scanner`).

use super::dice::Dice;
use super::fill::Desk;
use super::paper::Paper;
use super::pen::Pen;
use super::stroke::{Stroke, distance, ring};
use crate::geometry::RectMm;
use crate::sheet::{Align, Font, Item, Sheet, TextItem, raster};
use image::{GrayImage, Luma};

/// Share of the light that a thing lets through or reflects.
type Shade = f64;

/// Three creases of a letter folded in three for a 長形3号 envelope: soft shadows at 99 and 198 mm.
pub(crate) fn creases(paper: &mut Paper, height_mm: f64, depth: Shade, dice: &mut Dice) -> Vec<f64> {
    let places: Vec<f64> = [1.0 / 3.0, 2.0 / 3.0].iter().map(|s| height_mm * s + dice.normal(0.0, 1.5)).collect();
    let width_mm = f64::from(paper.size().0) / paper.scale;
    for y0 in &places {
        let tilt = dice.normal(0.0, 0.004);
        let (soft, hard) = (dice.between(1.2, 3.0), dice.between(0.12, 0.3));
        let deep = depth * dice.between(0.6, 1.0);
        paper.shade(&RectMm::new(0.0, y0 - 8.0, width_mm, 16.0), |x, y| {
            let off = y - y0 - tilt * x;
            let shadow = if off > 0.0 { libm::exp(-off / soft) } else { 0.0 };
            1.0 - deep * (0.6 * shadow + 0.4 * libm::exp(-(off / hard) * (off / hard)))
        });
    }
    places
}

/// Two file holes in the left margin, 80 mm apart, as dark discs of what lies behind.
pub(crate) fn file_holes(paper: &mut Paper, height_mm: f64, dice: &mut Dice) {
    let x0 = 12.0 + dice.normal(0.0, 0.8);
    for y0 in [height_mm / 2.0 - 40.0, height_mm / 2.0 + 40.0] {
        let behind = dice.between(0.2, 0.9);
        paper.shade(&RectMm::new(x0 - 4.0, y0 - 4.0, 8.0, 8.0), |x, y| {
            let r = distance((x, y), (x0, y0));
            behind + (1.0 - behind) * ((r - 3.0) * 8.0).clamp(0.0, 1.0)
        });
    }
}

/// A staple, or the two holes it left, in the top left corner.
pub(crate) fn staple(paper: &mut Paper, dice: &mut Dice) {
    let (x, y) = (dice.between(8.0, 14.0), dice.between(7.0, 13.0));
    let turn = dice.between(-0.9, -0.5);
    let end = (x + 9.0 * libm::cos(turn), y + 9.0 * libm::sin(turn));
    let mut metal = Pen::stamp(dice);
    (metal.colour, metal.opacity, metal.width_mm) = ([0.35; 3], 0.8, 0.5);
    let strokes = if dice.chance(0.5) {
        vec![Stroke(vec![(x, y), end])]
    } else {
        vec![Stroke(vec![(x, y), (x + 0.3, y + 0.2)]), Stroke(vec![end, (end.0 + 0.3, end.1 + 0.1)])]
    };
    metal.draw(&strokes, paper, dice);
}

/// The ring of a coffee cup.
pub(crate) fn stain(paper: &mut Paper, size_mm: (f64, f64), dice: &mut Dice) {
    let centre = (dice.between(20.0, size_mm.0 - 20.0), dice.between(20.0, size_mm.1 - 20.0));
    let radius = dice.between(28.0, 42.0);
    let mut brown = Pen::stamp(dice);
    (brown.colour, brown.opacity, brown.width_mm) = ([0.62, 0.45, 0.28], dice.between(0.25, 0.5), dice.between(1.0, 2.4));
    let sweep = dice.between(250.0, 420.0);
    brown.draw(&[ring(centre, (radius, radius * 0.99), dice.between(0.0, 360.0), sweep, 0.01, 0.006, dice)], paper, dice);
}

/// The red stamp of the post desk: a ring with two bars, 受付 and the date (DOMAIN 4.1), in the upper half, clear of
/// the given boxes; left out where there is no room.
pub(crate) fn received_stamp(desk: &mut Desk<'_, '_>, size_mm: (f64, f64), kept_clear: &[RectMm]) {
    let radius = desk.dice.between(12.0, 17.0);
    let reach = radius + 2.0;
    let place = |dice: &mut Dice| {
        let (x, y) = (dice.between(reach, size_mm.0 - reach), dice.between(reach, size_mm.1 * 0.5));
        let room = RectMm::new(x - reach, y - reach, 2.0 * reach, 2.0 * reach);
        (!kept_clear.iter().any(|b| b.overlaps(&room))).then_some((x, y))
    };
    if let Some(place) = (0..40).find_map(|_| place(desk.dice)) {
        received_stamp_at(desk, place, radius);
    }
}

/// The same stamp in a given place.
pub(crate) fn received_stamp_at(desk: &mut Desk<'_, '_>, (x, y): (f64, f64), radius: f64) {
    let unit = radius / 14.0;
    let bar = 4.0 * unit;
    let mut ink = Pen::stamp(desk.dice);
    ink.width_mm = 0.7;
    let chord = libm::sqrt(radius * radius - bar * bar);
    let strokes = vec![
        ring((x, y), (radius, radius), 0.0, 360.0, 0.0, 0.0, desk.dice),
        Stroke(vec![(x - chord, y - bar), (x + chord, y - bar)]),
        Stroke(vec![(x - chord, y + bar), (x + chord, y + bar)]),
    ];
    ink.draw(&strokes, desk.paper, desk.dice);
    let date = format!("3.-{}.{}", desk.dice.whole(2, 4), desk.dice.whole(10, 28));
    for (text, dy, size) in [("受付", -6.0, 15.0), (date.as_str(), 2.3, 17.0), ("審査", 10.0, 13.0)] {
        stamped_text(desk.paper, text, (x, y + dy * unit), size * unit, ink.colour, ink.opacity as f32);
    }
}

fn stamped_text(paper: &mut Paper, text: &str, centre: (f64, f64), size: f64, colour: [f64; 3], opacity: f32) {
    let (w, h) = (40.0, 12.0);
    let drawn = slip(text, size, w, h);
    let ink: Vec<f32> = drawn.as_raw().iter().map(|v| opacity * f32::from(255 - v) / 255.0).collect();
    let (left, top) = ((centre.0 - w / 2.0) * paper.scale, (centre.1 - 8.0) * paper.scale);
    paper.lay(left.round() as i64, top.round() as i64, drawn.width() as usize, &ink, colour);
}

fn slip(text: &str, size: f64, w: f64, h: f64) -> GrayImage {
    let item = TextItem {
        text: text.to_owned(),
        at: [w / 2.0, 8.0],
        size,
        font: Font::Gothic,
        align: Align::Centre,
        spacing: 0.0,
        wrap: None,
        leading: 6.0,
    };
    raster::draw(&Sheet { width_mm: w, height_mm: h, items: vec![Item::Text(item)] }, super::paper::COMPOSE_DPI)
}

/// The other side, mirrored and pale, through the paper.
pub(crate) fn shine_through(paper: &mut Paper, back: &GrayImage, strength: f64) {
    let mut pale = image::imageops::flip_horizontal(back);
    super::scanner::blur(&mut pale, 2.5);
    let ink: Vec<f32> = pale.as_raw().iter().map(|v| strength as f32 * f32::from(255 - v) / 255.0).collect();
    let black = [0.1; 3];
    paper.lay(0, 0, pale.width() as usize, &ink, black);
}

/// A copy of a copy: lines grow fatter (`steps` > 0) or thinner and break (`steps` < 0).
pub(crate) fn photocopy(plane: &mut GrayImage, steps: i32, dice: &mut Dice) {
    super::scanner::blur(plane, 0.9);
    let bias = f64::from(steps) * 38.0;
    let seed = dice.bits();
    for (x, y, pixel) in plane.enumerate_pixels_mut() {
        let rough = super::paper::roughness(i64::from(x / 2), i64::from(y / 2), seed) * 40.0 - 20.0;
        let v = f64::from(pixel[0]) - 128.0 - bias + rough;
        *pixel = Luma([(128.0 + v * 2.4).clamp(18.0, 255.0) as u8]);
    }
}

/// The sender's line a fax machine prints across the top of every page.
pub(crate) fn fax_header(scan: &mut GrayImage, dpi: crate::geometry::Dpi, dice: &mut Dice) {
    let text = format!(
        "2021-03-{:02} {:02}:{:02}   FROM 0{}-555-{:04}   TO 03-555-0100   P.{}",
        dice.whole(1, 31),
        dice.whole(8, 19),
        dice.whole(0, 59),
        dice.whole(10, 99),
        dice.below(10_000),
        dice.whole(1, 9)
    );
    let item = TextItem {
        text,
        at: [12.0, 4.0],
        size: 8.5,
        font: Font::Gothic,
        align: Align::Left,
        spacing: 0.2,
        wrap: None,
        leading: 5.0,
    };
    let width_mm = f64::from(scan.width()) / dpi.px_per_mm().0;
    let line = raster::draw(&Sheet { width_mm, height_mm: 5.5, items: vec![Item::Text(item)] }, dpi);
    for (x, y, pixel) in line.enumerate_pixels() {
        if x < scan.width() && y < scan.height() {
            scan.put_pixel(x, y, Luma([if pixel[0] < 140 { 0 } else { 255 }]));
        }
    }
}
