//! Points, rectangles and resolutions in millimetres (the form) and pixels (the scan), kept apart by type.
//! Does not know how the two are related on a page: that is `register`'s map.

use serde::{Deserialize, Serialize};

/// Millimetres in an inch.
pub const MM_PER_INCH: f64 = 25.4;

/// A point on the form: mm from the top left of the sheet, x to the right, y down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointMm {
    /// Distance from the left edge.
    pub x: f64,
    /// Distance from the top edge.
    pub y: f64,
}

/// A point on the scan: pixels from the top left corner of the top left pixel (pixel centres lie at .5).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointPx {
    /// Column.
    pub x: f64,
    /// Row.
    pub y: f64,
}

/// A rectangle on the form in mm, as `[x, y, w, h]` in files.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 4]", into = "[f64; 4]")]
pub struct RectMm {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl From<[f64; 4]> for RectMm {
    fn from([x, y, w, h]: [f64; 4]) -> Self {
        Self { x, y, w, h }
    }
}

impl From<RectMm> for [f64; 4] {
    fn from(r: RectMm) -> Self {
        [r.x, r.y, r.w, r.h]
    }
}

impl RectMm {
    /// A rectangle from its left, top, width and height.
    pub const fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
        Self { x, y, w, h }
    }

    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// Bottom edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// Centre.
    pub fn centre(&self) -> PointMm {
        PointMm { x: self.x + self.w / 2.0, y: self.y + self.h / 2.0 }
    }

    #[must_use]
    /// The rectangle with every edge moved outward by `by` mm (inward when negative), never inside out.
    pub fn grown(&self, by: f64) -> Self {
        let dx = by.max(-self.w / 2.0);
        let dy = by.max(-self.h / 2.0);
        Self { x: self.x - dx, y: self.y - dy, w: self.w + 2.0 * dx, h: self.h + 2.0 * dy }
    }

    /// Whether `p` lies inside or on the edge.
    pub fn contains(&self, p: PointMm) -> bool {
        p.x >= self.x && p.x <= self.right() && p.y >= self.y && p.y <= self.bottom()
    }

    /// Whether the two share any area.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    #[must_use]
    /// The smallest rectangle that holds both.
    pub fn union(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self { x, y, w: self.right().max(other.right()) - x, h: self.bottom().max(other.bottom()) - y }
    }

    /// The four corners: top left, top right, bottom right, bottom left.
    pub fn corners(&self) -> [PointMm; 4] {
        let (l, t, r, b) = (self.x, self.y, self.right(), self.bottom());
        [PointMm { x: l, y: t }, PointMm { x: r, y: t }, PointMm { x: r, y: b }, PointMm { x: l, y: b }]
    }
}

/// Resolution of a raster, in dots per inch along each axis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Dpi {
    /// Along a row.
    pub x: f64,
    /// Along a column.
    pub y: f64,
}

impl Dpi {
    /// The same resolution along both axes.
    pub const fn square(dpi: f64) -> Self {
        Self { x: dpi, y: dpi }
    }

    /// Pixels per millimetre along a row and along a column.
    pub fn px_per_mm(&self) -> (f64, f64) {
        (self.x / MM_PER_INCH, self.y / MM_PER_INCH)
    }
}

/// The four ways up a sheet can lie: how far it was turned clockwise from upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rotation {
    /// Upright.
    R0,
    /// Turned a quarter clockwise.
    R90,
    /// Upside down.
    R180,
    /// Turned a quarter anticlockwise.
    R270,
}

impl Rotation {
    /// All four, upright first.
    pub const ALL: [Self; 4] = [Self::R0, Self::R90, Self::R180, Self::R270];

    /// Degrees clockwise: 0, 90, 180 or 270.
    pub const fn degrees(self) -> u16 {
        match self {
            Self::R0 => 0,
            Self::R90 => 90,
            Self::R180 => 180,
            Self::R270 => 270,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_past_nothing_leaves_the_centre() {
        let r = RectMm::new(10.0, 20.0, 4.0, 2.0).grown(-5.0);
        assert_eq!((r.w, r.h), (0.0, 0.0));
        assert_eq!(r.centre(), PointMm { x: 12.0, y: 21.0 });
    }
}
