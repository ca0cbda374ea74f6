//! Where the address shows through the window of a 長形3号 envelope, and what must stay clear of it.
//! Does not decide whose address it is.

use crate::geometry::RectMm;
use serde::{Deserialize, Serialize};

/// An A4 sheet folded in three is 99 mm high and 210 mm wide.
pub const FOLDS_MM: [f64; 2] = [99.0, 198.0];

/// The window of an envelope, in mm from the envelope's top left with its long side level. Makers differ, so it is a
/// setting; the default suits the common 45 × 90 mm window.
///
/// A folded sheet can slide in the envelope (235 × 120 mm around 210 × 99 mm): 25 mm along and 21 mm across. What shows
/// wherever it slides is smaller than the window, what may show at times is larger.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// How far a sheet can slide along the long side.
    pub play_along: f64,
    /// How far a sheet can slide across.
    pub play_across: f64,
}

impl Default for Window {
    fn default() -> Self {
        Self { left: 20.0, top: 15.0, width: 90.0, height: 45.0, play_along: 25.0, play_across: 21.0 }
    }
}

/// A window that no letter can be laid out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// The window is not larger than the sheet's play.
    #[error("the window shows no part of the sheet at every position; give a larger window or less play")]
    TooSmall,
    /// Number and barcode would show, or fall off the sheet.
    #[error("the window reaches more than 126 mm to the right or 70 mm down; the receipt number needs the room beside it")]
    TooFar,
}

impl Window {
    /// The part of the sheet that shows however the sheet slides: where the address goes. mm from the sheet's top left.
    pub fn block(&self) -> RectMm {
        RectMm::new(self.left, self.top, self.width - self.play_along, self.height - self.play_across)
    }

    /// The part of the sheet that may show at some position: nothing but the address may be printed there.
    pub fn quiet(&self) -> RectMm {
        let (x, y) = ((self.left - self.play_along).max(0.0), (self.top - self.play_across).max(0.0));
        RectMm::new(x, y, self.left + self.width - x, self.top + self.height - y)
    }

    /// Whether letters can be laid out for it.
    pub fn check(&self) -> Result<(), WindowError> {
        let (block, quiet) = (self.block(), self.quiet());
        if !(block.w >= 30.0 && block.h >= 10.0) {
            return Err(WindowError::TooSmall);
        }
        if quiet.right() > 126.0 || quiet.bottom() > 70.0 { Err(WindowError::TooFar) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_window_leaves_65_by_24_mm() {
        let window = Window::default();
        assert_eq!(window.block(), RectMm::new(20.0, 15.0, 65.0, 24.0));
        assert_eq!((window.quiet().right(), window.quiet().bottom()), (110.0, 60.0));
        assert_eq!(window.check(), Ok(()));
    }

    #[test]
    fn windows_without_room_are_refused() {
        assert_eq!(Window { width: 40.0, ..Window::default() }.check(), Err(WindowError::TooSmall));
        assert_eq!(Window { left: 60.0, ..Window::default() }.check(), Err(WindowError::TooFar));
    }
}
