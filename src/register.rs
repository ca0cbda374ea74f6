//! locate: which form and page a scan shows, which way up, and where exactly each point of the form lies on it.
//! Does not read any field. Fields are sampled through the [`PageMap`]; the page itself is never resampled whole.

use crate::geometry::{PointMm, PointPx, RectMm, Rotation};

/// From the form in mm to the scan in pixels: a projective map (row-major 3×3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageMap {
    h: [f64; 9],
}

impl PageMap {
    /// A map from its row-major 3×3 matrix, mm to px.
    pub const fn new(h: [f64; 9]) -> Self {
        Self { h }
    }

    /// Where a point of the form lies on the scan.
    pub fn to_px(&self, p: PointMm) -> PointPx {
        let h = &self.h;
        let w = h[6] * p.x + h[7] * p.y + h[8];
        PointPx { x: (h[0] * p.x + h[1] * p.y + h[2]) / w, y: (h[3] * p.x + h[4] * p.y + h[5]) / w }
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
    /// Misfit near each field, in the order of `Form::fields_on(page)`; none where no print near it could be checked.
    pub field_residual_mm: Vec<Option<f64>>,
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

/// Places where the form prints nothing of its own and a pen may have been: masked in every comparison.
pub type FillZone = RectMm;
