//! The outline of a sheet on something darker, in a small picture: its four sides, straight or bowed, and where they meet.
//! Knows no form.

use super::fit::solve;
use image::GrayImage;
use imageproc::geometry::convex_hull;
use imageproc::point::Point;
use imageproc::region_labelling::{Connectivity, connected_components};

/// Least share of the picture the sheet covers; and the share from which it is a scan, not a photograph.
const COVERS: (f64, f64) = (0.18, 0.93);
/// Least share of its convex hull that four corners enclose: a disc has 0.64, a sheet that bulges by a tenth
/// of its length on two sides 0.88.
const FOUR_CORNERED: f64 = 0.85;
/// How far a point of the outline may lie from a straight side to belong to it, as a share of the longer side of the picture.
const NEAR_SIDE: f64 = 0.012;
/// The same of a bowed one, as a share of the side's length.
const BULGES: f64 = 0.1;
/// Least share of the pixels along a bowed side that lie on its curve.
const ALONG: f64 = 0.6;
/// How far a side departs from a straight line to be bowed, as a share of the longer side of the picture.
const BOWED: f64 = 0.006;

pub(super) type Corner = (f64, f64);

/// Outermost pixels of the largest bright area.
pub(super) struct Outline {
    /// First and last of every row.
    rows: Vec<Corner>,
    /// First and last of every column.
    columns: Vec<Corner>,
    size: (u32, u32),
}

/// Four sides of a sheet as they were seen, from the top left corner clockwise.
pub(super) struct Sides {
    pub(super) corners: [Corner; 4],
    /// Points of the outline on each side, the top one first; empty where the sides are straight.
    pub(super) points: [Vec<Corner>; 4],
}

impl Outline {
    pub(super) fn of(small: &GrayImage, level: u8) -> Option<Self> {
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
        let (mut rows, mut columns) = (Vec::new(), Vec::new());
        for y in 0..h {
            let ends = ((0..w).find(|x| is_sheet(*x, y)), (0..w).rev().find(|x| is_sheet(*x, y)));
            if let (Some(a), Some(b)) = ends {
                rows.extend([(f64::from(a), f64::from(y)), (f64::from(b), f64::from(y))]);
            }
        }
        for x in 0..w {
            let ends = ((0..h).find(|y| is_sheet(x, *y)), (0..h).rev().find(|y| is_sheet(x, *y)));
            if let (Some(a), Some(b)) = ends {
                columns.extend([(f64::from(x), f64::from(a)), (f64::from(x), f64::from(b))]);
            }
        }
        Some(Self { rows, columns, size: (w, h) })
    }

    /// Where straight sides meet; none where there are no four.
    pub(super) fn straight(&self) -> Option<Sides> {
        let rough = self.four()?;
        let sides: Vec<Line> = (0..4).map(|i| self.line(rough[i], rough[(i + 1) % 4])).collect::<Option<_>>()?;
        let meet: Vec<Corner> = (0..4).map(|i| sides[(i + 3) % 4].meets(&sides[i])).collect::<Option<_>>()?;
        Some(Sides { corners: meet.try_into().ok()?, points: Default::default() })
    }

    /// Where bowed sides meet; none where there are no four, or none of them is bowed.
    pub(super) fn bowed(&self) -> Option<Sides> {
        let rough = self.four()?;
        let sides: Vec<(Curve, Vec<Corner>)> = (0..4).map(|i| self.curve(rough[i], rough[(i + 1) % 4])).collect::<Option<_>>()?;
        let longest = f64::from(self.size.0.max(self.size.1));
        if sides.iter().all(|(curve, _)| curve.bow() < BOWED * longest) {
            return None;
        }
        let meet: Vec<Corner> = (0..4).map(|i| sides[(i + 3) % 4].0.meets(&sides[i].0)).collect::<Option<_>>()?;
        let points: Vec<Vec<Corner>> = sides.into_iter().map(|(_, points)| points).collect();
        Some(Sides { corners: meet.try_into().ok()?, points: points.try_into().ok()? })
    }

    /// The four corners, clockwise from the top left, to within a pixel or two, where the area has four and is no whole picture:
    /// the four points of its hull that enclose most.
    fn four(&self) -> Option<[Corner; 4]> {
        let all = self.rows.iter().chain(&self.columns);
        let hull = convex_hull(all.map(|p| Point::new(p.0 as i32, p.1 as i32)).collect::<Vec<_>>());
        let hull: Vec<Corner> = hull.iter().map(|p| (f64::from(p.x), f64::from(p.y))).collect();
        let mut corners = largest_four(&hull)?;
        let enclosed = area(&corners).abs();
        let covered = enclosed / (f64::from(self.size.0) * f64::from(self.size.1));
        if !(COVERS.0..COVERS.1).contains(&covered) || enclosed < FOUR_CORNERED * area(&hull).abs() {
            return None;
        }
        if area(&corners) < 0.0 {
            corners.reverse();
        }
        let first = (0..4).min_by(|a, b| (corners[*a].0 + corners[*a].1).total_cmp(&(corners[*b].0 + corners[*b].1)))?;
        corners.rotate_left(first);
        Some(corners)
    }

    /// The line through the outline's points near a side; its ends, where corners are torn or rounded, left out.
    fn line(&self, from: Corner, to: Corner) -> Option<Line> {
        let near = NEAR_SIDE * f64::from(self.size.0.max(self.size.1));
        let chord = Chord::between(from, to);
        let points: Vec<Corner> = self.rows.iter().chain(&self.columns).copied().collect();
        let points: Vec<Corner> =
            points.into_iter().filter(|p| (0.08..0.92).contains(&chord.of(*p).0) && chord.of(*p).1.abs() < near).collect();
        (points.len() >= 12).then(|| Line::through(&points))
    }

    /// The curve along a side, and the points on it.
    fn curve(&self, from: Corner, to: Corner) -> Option<(Curve, Vec<Corner>)> {
        let chord = Chord::between(from, to);
        let lying = chord.along.0.abs() > chord.along.1.abs();
        let near = |p: &&Corner| {
            let (t, off) = chord.of(**p);
            (0.02..0.98).contains(&t) && off.abs() < BULGES * chord.length
        };
        let points: Vec<Corner> = if lying { &self.columns } else { &self.rows }.iter().filter(near).copied().collect();
        let pixels = chord.length * chord.along.0.abs().max(chord.along.1.abs());
        let seen: Vec<(f64, f64)> = points.iter().map(|p| chord.of(*p)).collect();
        let (bow, kept) = Bow::through(&seen, 1.5)?;
        let points: Vec<Corner> = kept.into_iter().map(|i| points[i]).collect();
        (points.len() as f64 >= ALONG * pixels).then_some((Curve { chord, bow }, points))
    }
}

/// The four of a convex polygon's points that enclose most.
fn largest_four(hull: &[Corner]) -> Option<[Corner; 4]> {
    let triangle = |a: Corner, b: Corner, c: Corner| ((b.0 - a.0) * (c.1 - a.1) - (c.0 - a.0) * (b.1 - a.1)).abs();
    let mut best = (0.0, None);
    for i in 0..hull.len() {
        for j in i + 2..hull.len() {
            let farthest = |range: &mut dyn Iterator<Item = usize>| {
                range.map(|k| (triangle(hull[i], hull[j], hull[k]), k)).max_by(|a, b| a.0.total_cmp(&b.0))
            };
            let (Some(a), Some(b)) = (farthest(&mut (i + 1..j)), farthest(&mut (j + 1..hull.len()).chain(0..i))) else {
                continue;
            };
            if a.0 + b.0 > best.0 {
                best = (a.0 + b.0, Some([i, a.1, j, b.1]));
            }
        }
    }
    best.1.map(|four| four.map(|i| hull[i]))
}

/// Signed area of a polygon: positive clockwise, as y grows downward.
fn area(corners: &[Corner]) -> f64 {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>() / 2.0
}

/// From one corner to the next.
struct Chord {
    from: Corner,
    along: Corner,
    length: f64,
}

impl Chord {
    fn between(from: Corner, to: Corner) -> Self {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(f64::MIN_POSITIVE);
        Self { from, along: (dx / length, dy / length), length }
    }

    /// How far along it a point lies, 0 to 1, and how far to its right (below a side that leads to the right), pixels.
    fn of(&self, p: Corner) -> (f64, f64) {
        let (x, y) = (p.0 - self.from.0, p.1 - self.from.1);
        ((x * self.along.0 + y * self.along.1) / self.length, y * self.along.0 - x * self.along.1)
    }
}

/// Whether a side was seen in each eighth of it, a third as well as on the mean.
fn is_seen_all_along(shares: impl Iterator<Item = f64>) -> bool {
    let mut counts = [0_usize; 8];
    shares.for_each(|t| counts[((t * 8.0) as usize).min(7)] += 1);
    let seen: usize = counts.iter().sum();
    counts.iter().all(|n| n * 24 >= seen)
}

/// How far a side lies off its chord, by the share of the chord: a polynomial of the fourth degree, and of the second where the side
/// was not seen all along it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bow([f64; 5]);

impl Bow {
    pub(super) const STRAIGHT: Self = Self([0.0; 5]);

    /// Least squares through points at shares 0 to 1, what lies farther off than most left out; with which were kept. `within`
    /// is how far off a point may always lie.
    pub(super) fn through(points: &[(f64, f64)], within: f64) -> Option<(Self, Vec<usize>)> {
        let mut kept: Vec<usize> = (0..points.len()).collect();
        for _ in 0..6 {
            let mut m = [[0.0; 6]; 5];
            for (t, off) in kept.iter().map(|i| points[*i]) {
                let powers = powers(t);
                for i in 0..5 {
                    (0..5).for_each(|j| m[i][j] += powers[i] * powers[j]);
                    m[i][5] += powers[i] * off;
                }
            }
            if !is_seen_all_along(kept.iter().map(|i| points[*i].0)) {
                (3..5).for_each(|i| m[i][i] = f64::MAX.sqrt());
            }
            let bow = Self(solve(m)?);
            let miss = |i: &usize| (bow.at(points[*i].0) - points[*i].1).abs();
            let mut misses: Vec<f64> = kept.iter().map(miss).collect();
            let middle = misses.len() / 2;
            let limit = (2.5 * *misses.select_nth_unstable_by(middle, f64::total_cmp).1).max(within);
            let next: Vec<usize> = (0..points.len()).filter(|i| miss(i) <= limit).collect();
            if next == kept {
                return Some((bow, kept));
            }
            kept = next;
            if kept.len() < 12 {
                return None;
            }
        }
        None
    }

    pub(super) fn at(&self, t: f64) -> f64 {
        self.0.iter().rev().fold(0.0, |sum, c| sum * t + c)
    }

    fn slope(&self, t: f64) -> f64 {
        let [_, b, c, d, e] = self.0;
        b + t * (2.0 * c + t * (3.0 * d + t * 4.0 * e))
    }

    /// The same less the straight line between its ends.
    pub(super) fn between_ends(self) -> Self {
        let Self([a, b, c, d, e]) = self;
        let rise = self.at(1.0) - a;
        Self([0.0, b - rise, c, d, e])
    }
}

fn powers(t: f64) -> [f64; 5] {
    [1.0, t, t * t, t.powi(3), t.powi(4)]
}

/// A bowed side.
struct Curve {
    chord: Chord,
    bow: Bow,
}

impl Curve {
    /// Farthest from the line between its ends, pixels.
    fn bow(&self) -> f64 {
        let bow = self.bow.between_ends();
        (1..20).map(|i| bow.at(f64::from(i) / 20.0).abs()).fold(0.0, f64::max)
    }

    /// The tangent at a share.
    fn tangent(&self, t: f64) -> Line {
        let Chord { from, along: (ux, uy), length } = self.chord;
        let (off, slope) = (self.bow.at(t), self.bow.slope(t) / length);
        let at = (from.0 + t * length * ux - off * uy, from.1 + t * length * uy + off * ux);
        let norm = slope.hypot(1.0);
        Line { at, along: ((ux - slope * uy) / norm, (uy + slope * ux) / norm) }
    }

    /// Where it meets the side that follows it.
    fn meets(&self, next: &Self) -> Option<Corner> {
        let (mut end, mut start, mut found) = (1.0, 0.0, None);
        for _ in 0..4 {
            let at = self.tangent(end).meets(&next.tangent(start))?;
            (end, start) = (self.chord.of(at).0.clamp(0.8, 1.2), next.chord.of(at).0.clamp(-0.2, 0.2));
            found = Some(at);
        }
        found
    }
}

/// A straight line through a point along a direction of length 1.
struct Line {
    at: Corner,
    along: Corner,
}

impl Line {
    /// The line that lies nearest to all points.
    fn through(points: &[Corner]) -> Self {
        let n = points.len() as f64;
        let mean = points.iter().fold((0.0, 0.0), |s, p| (s.0 + p.0 / n, s.1 + p.1 / n));
        let (xx, xy, yy) = points.iter().fold((0.0, 0.0, 0.0), |s, p| {
            let (x, y) = (p.0 - mean.0, p.1 - mean.1);
            (s.0 + x * x, s.1 + x * y, s.2 + y * y)
        });
        let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
        Self { at: mean, along: (angle.cos(), angle.sin()) }
    }

    fn meets(&self, other: &Self) -> Option<Corner> {
        let det = self.along.0 * other.along.1 - self.along.1 * other.along.0;
        let (x, y) = (other.at.0 - self.at.0, other.at.1 - self.at.1);
        let t = (x * other.along.1 - y * other.along.0) / det;
        (det.abs() > 0.3).then_some((self.at.0 + t * self.along.0, self.at.1 + t * self.along.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A light sheet on a dark ground whose sides bow by so many pixels: the top and bottom one down, the left and right one to the
    /// right; with its corners.
    fn sheet(bows: [f64; 4], hidden: impl Fn(u32, u32) -> bool) -> (GrayImage, [Corner; 4]) {
        let corners = [(80.0, 60.0), (420.0, 90.0), (400.0, 560.0), (60.0, 520.0)];
        let inside = |x: f64, y: f64| {
            // Where the sides are at this row and column.
            let side = |a: Corner, b: Corner, t: f64, bow: f64| {
                ((b.0 - a.0) * t + a.0, (b.1 - a.1) * t + a.1, 4.0 * bow * t * (1.0 - t))
            };
            let t = |v: f64, from: f64, to: f64| ((v - from) / (to - from)).clamp(0.0, 1.0);
            let top = side(corners[0], corners[1], t(x, 80.0, 420.0), bows[0]);
            let right = side(corners[1], corners[2], t(y, 90.0, 560.0), bows[1]);
            let bottom = side(corners[3], corners[2], t(x, 60.0, 400.0), bows[2]);
            let left = side(corners[0], corners[3], t(y, 60.0, 520.0), bows[3]);
            y > top.1 + top.2 && y < bottom.1 + bottom.2 && x > left.0 + left.2 && x < right.0 + right.2
        };
        let light = |x: u32, y: u32| inside(f64::from(x), f64::from(y)) && !hidden(x, y);
        (GrayImage::from_fn(480, 640, |x, y| image::Luma([if light(x, y) { 220 } else { 40 }])), corners)
    }

    fn bowed(picture: &GrayImage) -> Option<Sides> {
        Outline::of(picture, 128).and_then(|outline| outline.bowed())
    }

    fn farthest(found: &[Corner; 4], real: &[Corner; 4]) -> f64 {
        found.iter().zip(real).map(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1)).fold(0.0, f64::max)
    }

    #[test]
    fn a_sheet_that_bulges_or_is_hollow_has_its_corners_where_its_sides_meet() {
        for bows in [[-25.0, 0.0, -20.0, 0.0], [0.0, 22.0, 0.0, 15.0], [18.0, -12.0, -18.0, 12.0]] {
            let (picture, corners) = sheet(bows, |_, _| false);
            let sides = bowed(&picture).expect("four bowed sides");
            assert!(farthest(&sides.corners, &corners) < 4.0, "{bows:?}: {:?}", sides.corners);
        }
    }

    #[test]
    fn a_flat_sheet_is_not_bowed_and_a_side_half_in_shadow_does_not_run_wild() {
        let (flat, corners) = sheet([0.0; 4], |_, _| false);
        assert!(bowed(&flat).is_none());
        let straight = Outline::of(&flat, 128).and_then(|outline| outline.straight()).expect("four straight sides");
        assert!(farthest(&straight.corners, &corners) < 2.0);
        let (shaded, corners) = sheet([20.0, 0.0, 20.0, 0.0], |x, y| x < 130 && (360..500).contains(&y));
        let sides = bowed(&shaded).expect("four bowed sides");
        assert!(farthest(&sides.corners, &corners) < 8.0, "{:?}", sides.corners);
    }

    #[test]
    fn a_plate_is_no_sheet() {
        let plate = GrayImage::from_fn(480, 640, |x, y| {
            let (dx, dy) = (f64::from(x) - 240.0, f64::from(y) - 320.0);
            image::Luma([if dx.hypot(dy) < 200.0 { 220 } else { 40 }])
        });
        let outline = Outline::of(&plate, 128).expect("something bright");
        assert!(outline.straight().is_none() && outline.bowed().is_none());
    }
}
