//! The ink of one cell, as the reader hands it over. Checks shape and range; knows nothing of digits.

use thiserror::Error;

/// Longest side a patch may have, in pixels: a 40 mm cell at 1200 dpi is below it.
const MAX_SIDE: usize = 2048;

/// Why a patch cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PatchError {
    /// A side is zero or longer than 2048 px.
    #[error("ink patch is {width}x{height} px; each side must be 1 to {MAX_SIDE}")]
    Side {
        /// Width given, in pixels.
        width: usize,
        /// Height given, in pixels.
        height: usize,
    },
    /// The number of values is not width times height.
    #[error("ink patch of {width}x{height} px came with {values} values")]
    Length {
        /// Width given, in pixels.
        width: usize,
        /// Height given, in pixels.
        height: usize,
        /// Values given.
        values: usize,
    },
    /// A value is not a finite number.
    #[error("ink value {index} of the patch is not a number")]
    NotFinite {
        /// Row-major index of the first such value.
        index: usize,
    },
    /// The cell's height is not a positive length.
    #[error("cell height {0} px is not a positive length")]
    CellHeight(f32),
}

/// Ink of one cell: 0.0 paper .. 1.0 pen, row-major.
///
/// Contrast is already relative to the page's own pen, and the printed frame is already removed as well as could be done.
#[derive(Debug, Clone, PartialEq)]
pub struct InkPatch {
    width: usize,
    height: usize,
    ink: Vec<f32>,
    cell_height_px: f32,
}

impl InkPatch {
    /// Takes `width * height` values, row-major, clamped to 0..1, and the height of the printed cell in the same pixels.
    ///
    /// # Errors
    /// [`PatchError`] where a side, the number of values, a value or the cell's height is impossible.
    pub fn new(width: usize, height: usize, mut ink: Vec<f32>, cell_height_px: f32) -> Result<Self, PatchError> {
        if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
            return Err(PatchError::Side { width, height });
        }
        if ink.len() != width * height {
            let values = ink.len();
            return Err(PatchError::Length { width, height, values });
        }
        if let Some(index) = ink.iter().position(|v| !v.is_finite()) {
            return Err(PatchError::NotFinite { index });
        }
        if !cell_height_px.is_finite() || cell_height_px < 1.0 {
            return Err(PatchError::CellHeight(cell_height_px));
        }
        for value in &mut ink {
            *value = value.clamp(0.0, 1.0);
        }
        Ok(Self { width, height, ink, cell_height_px })
    }

    /// Width in pixels, 1..=2048.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels, 1..=2048.
    pub fn height(&self) -> usize {
        self.height
    }

    /// `width * height` values in 0..=1, row-major.
    pub fn ink(&self) -> &[f32] {
        &self.ink
    }

    /// Height of the printed cell in pixels of this patch, at least 1.
    pub fn cell_height_px(&self) -> f32 {
        self.cell_height_px
    }
}
