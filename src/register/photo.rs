//! A sheet photographed on something darker: its four edges, and the picture of it seen from straight above. Knows no form.

use crate::geometry::{Dpi, PointPx};
use crate::image::{Raster, sample};
use image::GrayImage;
use image::imageops::thumbnail;
use imageproc::contrast::otsu_level;
use imageproc::geometry::{approximate_polygon_dp, convex_hull};
use imageproc::point::Point;
use imageproc::region_labelling::{Connectivity, connected_components};

/// Longer side of the picture the edges are sought in, pixels.
const SIDE: u32 = 640;
/// Shorter side of a picture that could show a sheet well enough to be read, pixels.
const LEAST_PX: u32 = 300;
/// Least share of the picture the sheet covers; and the share from which it is a scan, not a photograph.
const COVERS: (f64, f64) = (0.18, 0.93);
/// How far a point of the outline may lie from a side to belong to it, as a share of the longer side of the picture.
const NEAR_SIDE: f64 = 0.012;
/// How far apart the corners of two outlines lie at least, as a share of the longer side of the picture, and most outlines that
/// are tried.
const SAME: f64 = 0.02;
const MOST: usize = 4;
/// Resolution of the straightened picture.
const DPI: f64 = 200.0;

/// The sheet seen from above.
pub(super) struct Straightened {
    pub(super) raster: Raster,
    /// From pixels of `raster` to pixels of the photograph, row-major 3×3.
    pub(super) back: [f64; 9],
}

/// A picture with the four edges of a sheet on it.
pub(super) struct Outlined<'a> {
    picture: &'a GrayImage,
    corners: [Corner; 4],
}

impl<'a> Outlined<'a> {
    /// What may be the sheet in a photograph, the likeliest first; none where the picture is all sheet, or no four edges stand
    /// out.
    pub(super) fn all(page: &'a Raster) -> Vec<Self> {
        corners(page.luma()).into_iter().map(|corners| Self { picture: page.luma(), corners }).collect()
    }

    /// The sheet, taken to be of that size in mm, lying either way.
    pub(super) fn straightened(&self, size: (f64, f64)) -> Option<Straightened> {
        let corners = self.corners;
        let length = |a: usize, b: usize| (corners[a].0 - corners[b].0).hypot(corners[a].1 - corners[b].1);
        let (across, down) = (length(0, 1) + length(3, 2), length(0, 3) + length(1, 2));
        let (short, long) = (size.0.min(size.1), size.0.max(size.1));
        let (wide, high) = if across > down { (long, short) } else { (short, long) };
        let k = DPI / crate::geometry::MM_PER_INCH;
        let (w, h) = ((wide * k).round(), (high * k).round());
        let back = from_rectangle(w, h, corners)?;
        let through = |x: u32, y: u32| {
            let (x, y) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
            let z = back[6] * x + back[7] * y + back[8];
            PointPx { x: (back[0] * x + back[1] * y + back[2]) / z, y: (back[3] * x + back[4] * y + back[5]) / z }
        };
        let picture = GrayImage::from_fn(w as u32, h as u32, |x, y| image::Luma([sample(self.picture, through(x, y)) as u8]));
        Some(Straightened { raster: Raster::grey(picture, Dpi::square(DPI)), back })
    }
}

type Corner = (f64, f64);

/// What may be the corners of the sheet in pixels of the picture: top left, top right, bottom right, bottom left.
fn corners(picture: &GrayImage) -> Vec<[Corner; 4]> {
    let (w, h) = picture.dimensions();
    if w.min(h) < LEAST_PX {
        return Vec::new();
    }
    let scale = (f64::from(SIDE) / f64::from(w.max(h))).min(1.0);
    let small = |v: u32| ((f64::from(v) * scale).round() as u32).max(1);
    let small = thumbnail(picture, small(w), small(h));
    let mut found: Vec<[Corner; 4]> = Vec::new();
    for level in levels(&small) {
        let Some(corners) = corners_at(&small, level, scale) else { continue };
        let same =
            |a: &[Corner; 4]| a.iter().zip(&corners).all(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1) * scale < SAME * f64::from(SIDE));
        if !found.iter().any(same) {
            found.push(corners);
        }
        if found.len() == MOST {
            break;
        }
    }
    found
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

fn corners_at(small: &GrayImage, level: u8, scale: f64) -> Option<[Corner; 4]> {
    let outline = outline(small, level)?;
    let rough = four(&outline, small.dimensions())?;
    let sides: Vec<Line> = (0..4).map(|i| Line::along(&outline, rough[i], rough[(i + 1) % 4])).collect::<Option<_>>()?;
    let meet: Vec<Corner> = (0..4).map(|i| sides[(i + 3) % 4].meets(&sides[i])).collect::<Option<_>>()?;
    // Outline points are pixel indices; centres lie half a pixel further.
    Some([0, 1, 2, 3].map(|i| ((meet[i].0 + 0.5) / scale, (meet[i].1 + 0.5) / scale)))
}

/// Outermost pixels, row by row and column by column, of the largest bright area.
fn outline(small: &GrayImage, level: u8) -> Option<Vec<Corner>> {
    let (w, h) = small.dimensions();
    let bright = GrayImage::from_fn(w, h, |x, y| image::Luma([if small.get_pixel(x, y)[0] > level { 255 } else { 0 }]));
    let labels = connected_components(&bright, Connectivity::Four, image::Luma([0]));
    let mut sizes: Vec<usize> = Vec::new();
    for label in labels.iter().map(|l| *l as usize) {
        if sizes.len() <= label {
            sizes.resize(label + 1, 0);
        }
        sizes[label] += 1;
    }
    let largest = (1..sizes.len()).max_by_key(|i| sizes[*i])?;
    let is_sheet = |x: u32, y: u32| labels.get_pixel(x, y)[0] as usize == largest;
    let mut points = Vec::new();
    for y in 0..h {
        let ends = ((0..w).find(|x| is_sheet(*x, y)), (0..w).rev().find(|x| is_sheet(*x, y)));
        if let (Some(a), Some(b)) = ends {
            points.extend([(f64::from(a), f64::from(y)), (f64::from(b), f64::from(y))]);
        }
    }
    for x in 0..w {
        let ends = ((0..h).find(|y| is_sheet(x, *y)), (0..h).rev().find(|y| is_sheet(x, *y)));
        if let (Some(a), Some(b)) = ends {
            points.extend([(f64::from(x), f64::from(a)), (f64::from(x), f64::from(b))]);
        }
    }
    Some(points)
}

/// The four corners of an outline, clockwise from the top left, where it has four and is no whole picture.
fn four(outline: &[Corner], (w, h): (u32, u32)) -> Option<[Corner; 4]> {
    let points: Vec<Point<i32>> = outline.iter().map(|p| Point::new(p.0 as i32, p.1 as i32)).collect();
    let hull = convex_hull(points);
    if hull.len() < 4 {
        return None;
    }
    let side = f64::from(w.max(h));
    let polygon = (1..=12).map(|i| approximate_polygon_dp(&hull, f64::from(i) * 0.008 * side, true)).find(|p| p.len() <= 4)?;
    let mut corners: Vec<Corner> = polygon.iter().map(|p| (f64::from(p.x), f64::from(p.y))).collect();
    let covered = area(&corners).abs() / (f64::from(w) * f64::from(h));
    if corners.len() != 4 || !(COVERS.0..COVERS.1).contains(&covered) {
        return None;
    }
    if area(&corners) < 0.0 {
        corners.reverse();
    }
    let first = (0..4).min_by(|a, b| (corners[*a].0 + corners[*a].1).total_cmp(&(corners[*b].0 + corners[*b].1)))?;
    corners.rotate_left(first);
    corners.try_into().ok()
}

/// Twice the signed area halved: positive clockwise, as y grows downward.
fn area(corners: &[Corner]) -> f64 {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>() / 2.0
}

/// A straight line through a point along a direction of length 1.
struct Line {
    at: Corner,
    along: Corner,
}

impl Line {
    /// The line through the outline's points near a side; its ends, where corners are torn or rounded, left out.
    fn along(outline: &[Corner], from: Corner, to: Corner) -> Option<Self> {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        let (ux, uy) = (dx / length, dy / length);
        let near = |p: &&Corner| {
            let (x, y) = (p.0 - from.0, p.1 - from.1);
            let (along, off) = (x * ux + y * uy, y * ux - x * uy);
            (0.08 * length..0.92 * length).contains(&along) && off.abs() < NEAR_SIDE * f64::from(SIDE)
        };
        let points: Vec<&Corner> = outline.iter().filter(near).collect();
        if points.len() < 12 {
            return None;
        }
        let n = points.len() as f64;
        let mean = points.iter().fold((0.0, 0.0), |s, p| (s.0 + p.0 / n, s.1 + p.1 / n));
        let (xx, xy, yy) = points.iter().fold((0.0, 0.0, 0.0), |s, p| {
            let (x, y) = (p.0 - mean.0, p.1 - mean.1);
            (s.0 + x * x, s.1 + x * y, s.2 + y * y)
        });
        let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
        Some(Self { at: mean, along: (angle.cos(), angle.sin()) })
    }

    fn meets(&self, other: &Self) -> Option<Corner> {
        let det = self.along.0 * other.along.1 - self.along.1 * other.along.0;
        let (x, y) = (other.at.0 - self.at.0, other.at.1 - self.at.1);
        let t = (x * other.along.1 - y * other.along.0) / det;
        (det.abs() > 0.3).then_some((self.at.0 + t * self.along.0, self.at.1 + t * self.along.1))
    }
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
        let found = corners(&photo)[0];
        for (a, b) in found.iter().zip(real) {
            assert!((a.0 - b.0).hypot(a.1 - b.1) < 2.5, "{found:?}");
        }
        let corner = (back[0] + back[2], back[3] + back[5]);
        assert!((corner.0 / (back[6] + 1.0) - 820.0).abs() < 1e-6);
    }

    #[test]
    fn pictures_of_nothing_have_no_corners() {
        let picture = |w: u32, h: u32, bright: fn(u32, u32) -> bool| {
            GrayImage::from_fn(w, h, |x, y| image::Luma([if bright(x, y) { 250 } else { 10 }]))
        };
        for (w, h) in [(1, 1), (1, 900), (700, 2), (640, 480)] {
            assert!(corners(&picture(w, h, |_, _| false)).is_empty());
            assert!(corners(&picture(w, h, |_, _| true)).is_empty());
            assert!(corners(&picture(w, h, |x, y| x == 5 && y == 5)).is_empty());
            assert!(corners(&picture(w, h, |x, _| x == 5)).is_empty());
            assert!(corners(&picture(w, h, |x, y| x == y)).is_empty());
        }
    }

    #[test]
    fn a_scan_is_no_photograph() {
        let mut scan = GrayImage::from_pixel(850, 1200, image::Luma([250]));
        (100..110).for_each(|y| (100..700).for_each(|x| scan.put_pixel(x, y, image::Luma([20]))));
        assert!(corners(&scan).is_empty());
    }
}
