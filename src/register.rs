//! locate: which form and page a scan shows, which way up, and where exactly each point of the form lies on it.
//! Does not read any field. Fields are sampled through the [`PageMap`]; the page itself is never resampled whole.

use crate::geometry::{PointMm, PointPx, Rotation};
use crate::image::Raster;

mod anchor;
mod bend;
mod beyond;
mod blank;
mod correlation;
mod decide;
mod fit;
mod frames;
mod heads;
mod ink;
mod labels;
mod lines;
mod outline;
mod patch;
mod photo;
mod picture;
mod plane;
mod profile;
mod reference;
mod repeats;
mod rival;
mod side;
mod skew;
mod verdict;
mod witness;
mod words;

pub use beyond::another_sheet;
pub use picture::explain;
pub use reference::{ReferenceError, References};

/// From the form in mm to the scan in pixels: a projective map (row-major 3×3), after a small smooth bend where the sheet
/// did not lie flat; and in a photograph of a sheet with bowed edges, from between these.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageMap {
    h: [f64; 9],
    bend: bend::Bend,
    /// What is mapped to so far is a sheet with bowed edges made straight, seen so on the scan.
    view: Option<photo::View>,
}

impl PageMap {
    /// A map of a flat sheet from its row-major 3×3 matrix, mm to px.
    pub const fn new(h: [f64; 9]) -> Self {
        Self { h, bend: bend::Bend::NONE, view: None }
    }

    /// The map of a sheet of some size that is bent down by so many mm, for tests.
    #[cfg(test)]
    pub(crate) fn bowed(h: [f64; 9], size: (f64, f64), down: impl Fn(PointMm) -> f64) -> Self {
        Self { bend: bend::Bend::down(size, down), ..Self::new(h) }
    }

    /// Whether straight lines of the form are straight on the scan.
    pub fn is_flat(&self) -> bool {
        self.bend == bend::Bend::NONE && self.view.is_none()
    }

    /// Where a point of the form lies on the scan.
    pub fn to_px(&self, p: PointMm) -> PointPx {
        let h = &self.h;
        let p = self.bend.moved(p);
        let w = h[6] * p.x + h[7] * p.y + h[8];
        let (x, y) = ((h[0] * p.x + h[1] * p.y + h[2]) / w, (h[3] * p.x + h[4] * p.y + h[5]) / w);
        let (x, y) = self.view.map_or((x, y), |view| view.at(x, y));
        PointPx { x, y }
    }

    /// The same map onto the photograph of which the picture mapped to so far was made.
    fn seen_through(&self, view: &photo::View) -> Self {
        match view.flat() {
            Some(back) => Self { h: fit::times(back, &self.h), ..*self },
            None => Self { view: Some(*view), ..*self },
        }
    }

    /// How far the sheet is turned around `p`, degrees clockwise, −180 to 180: of the rotation nearest to the map there.
    pub fn turn_at(&self, p: PointMm) -> f64 {
        let step = |dx: f64, dy: f64| {
            let (a, b) = (self.to_px(PointMm { x: p.x - dx, y: p.y - dy }), self.to_px(PointMm { x: p.x + dx, y: p.y + dy }));
            (b.x - a.x, b.y - a.y)
        };
        let (right, down) = (step(5.0, 0.0), step(0.0, 5.0));
        (right.1 - down.0).atan2(right.0 + down.1).to_degrees()
    }
}

/// A page whose place on a form is known.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Which form of the catalogue.
    pub form: usize,
    /// Page of the form, from 1.
    pub page: usize,
    /// From mm on the form to px on the scan.
    pub map: PageMap,
    /// Which way up the sheet lay.
    pub rotation: Rotation,
    /// Skew, degrees clockwise, after the quarter turns.
    pub skew_deg: f64,
    /// Root mean square misfit of the form's own print, mm.
    pub residual_mm: f64,
    /// Misfit near each field, in the order of `Form::fields_on(page)`; none where no print near it could be checked, 2 mm
    /// where the page shows other print than the form around it.
    pub field_residual_mm: Vec<Option<f64>>,
    /// Whether the page shows other words than the form somewhere, and yet not so many as another edition would.
    pub reworded: bool,
}

/// Why a page could not be placed on any form.
#[derive(Debug, Clone, PartialEq)]
pub enum Unplaced {
    /// Nothing on it: the back of a sheet.
    Blank,
    /// None of the known forms.
    UnknownForm,
    /// Looks like a known form, but not any edition we have.
    OtherEdition {
        /// Title of the form it resembles.
        title: String,
    },
    /// One of our forms, but its print does not fit within the limit.
    Misfit {
        /// Title of the form.
        title: String,
        /// Misfit found, mm.
        residual_mm: f64,
    },
}

/// When a page counts as placed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegisterSettings {
    /// Largest root mean square misfit of the form's print, mm. Above it the page is refused.
    pub residual_limit_mm: f64,
    /// Least share of the form's anchors shown by the page that must agree, 0 to 1. Measured: the right form 0.85 to 1.0,
    /// another edition of it 0.49 to 0.65, foreign pages 0.09 at most.
    pub agreement: f64,
    /// Least share from which a page that is not placed is said to resemble a form, 0 to 1.
    pub resemblance: f64,
}

impl Default for RegisterSettings {
    fn default() -> Self {
        Self { residual_limit_mm: 0.35, agreement: 0.65, resemblance: 0.3 }
    }
}

/// How far the print of a page leans, degrees clockwise, −18 to 18; 0 where there is none to tell by. Knows no form.
pub fn lean_deg(page: &Raster) -> f64 {
    let Some(ink) = ink::Ink::of(page.luma(), page.dpi()) else { return 0.0 };
    let plane = &ink.planes[0];
    let (rows, columns) = (skew::Strips::for_rows(plane), skew::Strips::for_columns(plane));
    skew::leans(&rows, &columns).first().map_or(0.0, |lean| lean.rows)
}

/// Finds the form page a scan shows and where it lies.
///
/// # Errors
/// Why the page could not be placed.
pub fn locate(page: &Raster, references: &References, settings: &RegisterSettings) -> Result<Registered, Unplaced> {
    decide::locate(page, references, settings, None)
}
