//! A sheet photographed on something darker, and the picture of it seen from straight above. Knows no form.

use super::fit::inverse;
use super::outline::{Bow, Corner, Outline, Sides};
use crate::geometry::{Dpi, PointPx};
use crate::image::{Raster, sample};
use image::GrayImage;
use image::imageops::thumbnail;
use imageproc::contrast::otsu_level;

/// Longer side of the picture the edges are sought in, pixels.
const SIDE: u32 = 640;
/// Shorter side of a picture that could show a sheet well enough to be read, pixels.
const LEAST_PX: u32 = 300;
/// How far apart the corners of two outlines lie at least, as a share of the longer side of the picture, and most levels of grey
/// whose outlines are tried.
const SAME: f64 = 0.02;
const MOST: usize = 4;
/// Resolution of the straightened picture.
const DPI: f64 = 200.0;

/// The sheet seen from above.
pub(super) struct Straightened {
    pub(super) raster: Raster,
    /// From pixels of `raster` to pixels of the photograph.
    pub(super) view: View,
}

/// From the picture of a sheet seen from straight above to the photograph it was made of: between four edges each of which may
/// be bowed, as those of a sheet are that curls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct View {
    /// Of the straightened picture, pixels.
    size: (f64, f64),
    /// How far down the top and the bottom edge lie, and how far to the right the right and the left one, pixels, by the share
    /// of the edge from the left or the top.
    edges: [Bow; 4],
    /// Where they are straight, row-major 3×3.
    back: [f64; 9],
}

impl View {
    /// None where the corners enclose nothing.
    fn new(size: (f64, f64), sides: &Sides) -> Option<Self> {
        let back = from_rectangle(size.0, size.1, sides.corners)?;
        let flat = Self { size, edges: [Bow::STRAIGHT; 4], back };
        if sides.points.iter().all(Vec::is_empty) {
            return Some(flat);
        }
        let there = inverse(&back)?;
        let bow = |side: usize| {
            let seen = sides.points[side].iter().map(|p| {
                let (x, y) = projected(&there, *p);
                match side {
                    0 => (x / size.0, y),
                    1 => (y / size.1, x - size.0),
                    2 => (x / size.0, y - size.1),
                    _ => (y / size.1, x),
                }
            });
            // A pixel of the small picture is some three of the straightened one.
            Bow::through(&seen.collect::<Vec<_>>(), 5.0).map(|(bow, _)| bow.between_ends())
        };
        Some(Self { edges: [bow(0)?, bow(1)?, bow(2)?, bow(3)?], ..flat })
    }

    /// The map that it is where all edges are straight.
    pub(super) fn flat(&self) -> Option<&[f64; 9]> {
        self.edges.iter().all(|edge| *edge == Bow::STRAIGHT).then_some(&self.back)
    }

    /// Where a point of the straightened picture lies on the photograph: what lies between two edges is displaced by the share
    /// of each that it is near (Coons 1967).
    pub(super) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let (u, v) = ((x / self.size.0).clamp(0.0, 1.0), (y / self.size.1).clamp(0.0, 1.0));
        let [top, right, bottom, left] = &self.edges;
        let down = (1.0 - v) * top.at(u) + v * bottom.at(u);
        let along = (1.0 - u) * left.at(v) + u * right.at(v);
        projected(&self.back, (x + along, y + down))
    }
}

fn projected(h: &[f64; 9], (x, y): (f64, f64)) -> (f64, f64) {
    let z = h[6] * x + h[7] * y + h[8];
    ((h[0] * x + h[1] * y + h[2]) / z, (h[3] * x + h[4] * y + h[5]) / z)
}

/// A picture with the four edges of a sheet on it.
pub(super) struct Outlined<'a> {
    picture: &'a GrayImage,
    sides: Sides,
}

impl<'a> Outlined<'a> {
    /// What may be the sheet in a photograph, the likeliest first; none where the picture is all sheet, or no four edges stand
    /// out.
    pub(super) fn all(page: &'a Raster) -> Vec<Self> {
        sheets(page.luma()).into_iter().map(|sides| Self { picture: page.luma(), sides }).collect()
    }

    /// The sheet, taken to be of that size in mm, lying either way.
    pub(super) fn straightened(&self, size: (f64, f64)) -> Option<Straightened> {
        let corners = &self.sides.corners;
        let length = |a: usize, b: usize| (corners[a].0 - corners[b].0).hypot(corners[a].1 - corners[b].1);
        let (across, down) = (length(0, 1) + length(3, 2), length(0, 3) + length(1, 2));
        let (short, long) = (size.0.min(size.1), size.0.max(size.1));
        let (wide, high) = if across > down { (long, short) } else { (short, long) };
        let k = DPI / crate::geometry::MM_PER_INCH;
        let (w, h) = ((wide * k).round(), (high * k).round());
        let view = View::new((w, h), &self.sides)?;
        let through = |x: u32, y: u32| {
            let (x, y) = view.at(f64::from(x) + 0.5, f64::from(y) + 0.5);
            PointPx { x, y }
        };
        let picture = GrayImage::from_fn(w as u32, h as u32, |x, y| image::Luma([sample(self.picture, through(x, y)) as u8]));
        Some(Straightened { raster: Raster::grey(picture, Dpi::square(DPI)), view })
    }
}

/// What may be the sheet, in pixels of the picture: where its outline at a level of grey is bowed, so and as if it were not.
fn sheets(picture: &GrayImage) -> Vec<Sides> {
    let (w, h) = picture.dimensions();
    if w.min(h) < LEAST_PX {
        return Vec::new();
    }
    let scale = (f64::from(SIDE) / f64::from(w.max(h))).min(1.0);
    let small = |v: u32| ((f64::from(v) * scale).round() as u32).max(1);
    let small = thumbnail(picture, small(w), small(h));
    let same = |a: &Sides, b: &Sides| {
        let near = |(a, b): (&Corner, &Corner)| (a.0 - b.0).hypot(a.1 - b.1) < SAME * f64::from(SIDE);
        a.points[0].is_empty() == b.points[0].is_empty() && a.corners.iter().zip(&b.corners).all(near)
    };
    let (mut found, mut tried): (Vec<Sides>, _) = (Vec::new(), 0);
    for outline in levels(&small).into_iter().filter_map(|level| Outline::of(&small, level)) {
        let before = found.len();
        for sides in [outline.bowed(), outline.straight()].into_iter().flatten() {
            if !found.iter().any(|other| same(other, &sides)) {
                found.push(sides);
            }
        }
        tried += usize::from(found.len() > before);
        if tried == MOST {
            break;
        }
    }
    // Outline points are pixel indices; centres lie half a pixel further.
    let grown = |p: Corner| ((p.0 + 0.5) / scale, (p.1 + 0.5) / scale);
    let grown = |Sides { corners, points }| Sides {
        corners: corners.map(grown),
        points: points.map(|side: Vec<Corner>| side.into_iter().map(grown).collect()),
    };
    found.into_iter().map(grown).collect()
}

/// Grey levels that may part the sheet from what it lies on: the one that parts the picture best; darker ones, where a shadow
/// lies over the sheet; lighter ones, where the table is light or another sheet lies under it, to which there is a dark gap.
fn levels(small: &GrayImage) -> Vec<u8> {
    let mut sorted: Vec<u8> = small.as_raw().clone();
    sorted.sort_unstable();
    let white = f64::from(sorted[sorted.len() * 19 / 20]);
    let best = otsu_level(small);
    let darker = [0.75, 0.55, 0.4].map(|share| share * f64::from(best));
    let lighter = [0.7, 0.8, 0.86, 0.92, 0.96].map(|share| share * white).into_iter().filter(|level| *level > f64::from(best));
    std::iter::once(best).chain(darker.into_iter().chain(lighter).map(|level| level as u8)).collect()
}

/// The projective map from a rectangle with one corner at 0, 0 onto four corners (Heckbert 1989).
fn from_rectangle(w: f64, h: f64, [p0, p1, p2, p3]: [Corner; 4]) -> Option<[f64; 9]> {
    let (dx1, dx2, sx) = (p1.0 - p2.0, p3.0 - p2.0, p0.0 - p1.0 + p2.0 - p3.0);
    let (dy1, dy2, sy) = (p1.1 - p2.1, p3.1 - p2.1, p0.1 - p1.1 + p2.1 - p3.1);
    let det = dx1 * dy2 - dx2 * dy1;
    if det.abs() < 1e-9 {
        return None;
    }
    let (g, k) = ((sx * dy2 - dx2 * sy) / det, (dx1 * sy - sx * dy1) / det);
    Some([
        (p1.0 - p0.0 + g * p1.0) / w,
        (p3.0 - p0.0 + k * p3.0) / h,
        p0.0,
        (p1.1 - p0.1 + g * p1.1) / w,
        (p3.1 - p0.1 + k * p3.1) / h,
        p0.1,
        g / w,
        k / h,
        1.0,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_light_sheet_on_a_dark_table_has_four_corners() {
        let real = [(120.0, 80.0), (820.0, 130.0), (780.0, 1100.0), (60.0, 1010.0)];
        let back = from_rectangle(1.0, 1.0, real).expect("a proper quadrilateral");
        let inside = |x: f64, y: f64| {
            let next = |i: usize| real[(i + 1) % 4];
            (0..4).all(|i| (next(i).0 - real[i].0) * (y - real[i].1) - (next(i).1 - real[i].1) * (x - real[i].0) > 0.0)
        };
        let photo = GrayImage::from_fn(900, 1200, |x, y| {
            let light = 40 + (x / 30) as u8;
            image::Luma([if inside(f64::from(x) + 0.5, f64::from(y) + 0.5) { 180 + light } else { light }])
        });
        let found = sheets(&photo)[0].corners;
        for (a, b) in found.iter().zip(real) {
            assert!((a.0 - b.0).hypot(a.1 - b.1) < 2.5, "{found:?}");
        }
        let corner = (back[0] + back[2], back[3] + back[5]);
        assert!((corner.0 / (back[6] + 1.0) - 820.0).abs() < 1e-6);
    }

    #[test]
    fn the_middle_of_a_bowed_edge_is_the_middle_of_the_straightened_ones() {
        // The top and bottom edges bow down by 50 and 30 pixels of the photograph, left and right are straight.
        let bow = |x: f64, by: f64| 4.0 * by * ((x - 100.0) / 800.0) * (1.0 - (x - 100.0) / 800.0);
        let photo = GrayImage::from_fn(1000, 1300, |x, y| {
            let (x, y) = (f64::from(x), f64::from(y));
            let inside = x > 100.0 && x < 900.0 && y > 100.0 + bow(x, 50.0) && y < 1150.0 + bow(x, 30.0);
            image::Luma([if inside { 220 } else { 40 }])
        });
        let sides = &sheets(&photo)[0];
        assert!(!sides.points[0].is_empty(), "bowed");
        let view = View::new((1654.0, 2339.0), sides).expect("a view");
        assert!(view.flat().is_none());
        for (place, there) in
            [((827.0, 0.0), (500.0, 150.0)), ((827.0, 2339.0), (500.0, 1180.0)), ((0.0, 1169.5), (100.0, 625.0))]
        {
            let (x, y) = view.at(place.0, place.1);
            assert!((x - there.0).hypot(y - there.1) < 5.0, "{place:?}: {x} {y}");
        }
        // Half-way down the middle it is displaced by half of both.
        let (x, y) = view.at(827.0, 1169.5);
        assert!((x - 500.0).hypot(y - 665.0) < 5.0, "{x} {y}");
    }

    #[test]
    fn pictures_of_nothing_have_no_corners() {
        let picture = |w: u32, h: u32, bright: fn(u32, u32) -> bool| {
            GrayImage::from_fn(w, h, |x, y| image::Luma([if bright(x, y) { 250 } else { 10 }]))
        };
        for (w, h) in [(1, 1), (1, 900), (700, 2), (640, 480)] {
            assert!(sheets(&picture(w, h, |_, _| false)).is_empty());
            assert!(sheets(&picture(w, h, |_, _| true)).is_empty());
            assert!(sheets(&picture(w, h, |x, y| x == 5 && y == 5)).is_empty());
            assert!(sheets(&picture(w, h, |x, _| x == 5)).is_empty());
            assert!(sheets(&picture(w, h, |x, y| x == y)).is_empty());
        }
    }

    #[test]
    fn a_scan_is_no_photograph() {
        let mut scan = GrayImage::from_pixel(850, 1200, image::Luma([250]));
        (100..110).for_each(|y| (100..700).for_each(|x| scan.put_pixel(x, y, image::Luma([20]))));
        assert!(sheets(&scan).is_empty());
    }
}
