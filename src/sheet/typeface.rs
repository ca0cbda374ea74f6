//! The two typefaces that travel with the program, and how wide text set in them is.

use super::Font;
use ab_glyph::{Font as _, FontRef};
use std::sync::OnceLock;

/// Millimetres in a point.
pub const MM_PER_PT: f64 = 25.4 / 72.0;

static MINCHO: &[u8] = include_bytes!("../../assets/fonts/BIZUDMincho-Regular.ttf");
static GOTHIC: &[u8] = include_bytes!("../../assets/fonts/BIZUDGothic-Regular.ttf");

/// The TrueType file of a typeface.
pub fn bytes(font: Font) -> &'static [u8] {
    match font {
        Font::Mincho => MINCHO,
        Font::Gothic => GOTHIC,
    }
}

/// The typeface, parsed once.
///
/// # Panics
/// Only if the built-in font files were damaged when the program was built.
pub fn face(font: Font) -> &'static FontRef<'static> {
    static FACES: [OnceLock<FontRef<'static>>; 2] = [OnceLock::new(), OnceLock::new()];
    let slot = match font {
        Font::Mincho => &FACES[0],
        Font::Gothic => &FACES[1],
    };
    slot.get_or_init(|| FontRef::try_from_slice(bytes(font)).expect("the built-in font files are TrueType"))
}

/// Characters of `text` that the typeface cannot draw.
pub fn missing(text: &str, font: Font) -> Vec<char> {
    text.chars().filter(|c| !c.is_control() && face(font).glyph_id(*c).0 == 0).collect()
}

/// Width of one line in mm: advances at `size` points plus `spacing` mm after each character but the last.
pub fn width_mm(text: &str, font: Font, size: f64, spacing: f64) -> f64 {
    let face = face(font);
    let units = f64::from(face.units_per_em().unwrap_or(1000.0));
    let advance: f64 = text.chars().map(|c| f64::from(face.h_advance_unscaled(face.glyph_id(c))) / units).sum();
    let gaps = text.chars().count().saturating_sub(1) as f64;
    advance * size * MM_PER_PT + gaps * spacing
}
