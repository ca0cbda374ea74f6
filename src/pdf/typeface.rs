//! Cuts the built-in typefaces down to the characters that sheets use and hands them to the PDF library.
//! Does not place text.

use super::{PdfError, texts};
use crate::sheet::{Font, Sheet, typeface};
use ab_glyph::{Font as _, GlyphId};
use allsorts::binary::read::ReadScope;
use allsorts::font_data::FontData;
use allsorts::subset::{CmapTarget, SubsetProfile, subset};
use printpdf::{FontId, ParsedFont, PdfDocument, PdfFont};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The name of a typeface within the PDF.
pub(super) fn id(font: Font) -> FontId {
    let name = match font {
        Font::Mincho => "Mincho",
        Font::Gothic => "Gothic",
    };
    FontId(name.to_owned())
}

/// Whether the typeface has the character. Control characters have no shape.
pub(super) fn draws(font: Font, character: char) -> bool {
    !character.is_control() && typeface::face(font).glyph_id(character).0 != 0
}

/// Adds the typeface to the document, reduced to what the sheets set in it; nothing where they set nothing.
pub(super) fn embed(document: &mut PdfDocument, font: Font, sheets: &[Sheet]) -> Result<(), PdfError> {
    let used: BTreeSet<char> =
        sheets.iter().flat_map(texts).filter(|t| t.font == font).flat_map(|t| t.text.chars()).filter(|c| *c != '\n').collect();
    if used.is_empty() {
        return Ok(());
    }
    let failed = |reason: String| PdfError::Typeface { font, reason };
    let glyphs: Vec<u16> = glyphs(font, &used);
    let bytes = cut(font, &glyphs).map_err(failed)?;
    let mut warnings = Vec::new();
    let parsed = ParsedFont::from_bytes(&bytes, 0, &mut warnings);
    let mut parsed = parsed.ok_or_else(|| failed(format!("{warnings:?}")))?;
    parsed.codepoint_to_glyph = codes(font, &used, &glyphs);
    parsed.font_name = Some(format!("{}+{}", tag(&glyphs), postscript_name(font)));
    document.resources.fonts.map.insert(id(font), PdfFont::new(parsed));
    Ok(())
}

/// Glyphs to keep, `.notdef` first as the subsetter demands; each one's place is its number in the subset.
fn glyphs(font: Font, used: &BTreeSet<char>) -> Vec<u16> {
    let face = typeface::face(font);
    let needed: BTreeSet<u16> = used.iter().map(|c| face.glyph_id(*c).0).filter(|g| *g != 0).collect();
    std::iter::once(0).chain(needed).collect()
}

fn cut(font: Font, glyphs: &[u16]) -> Result<Vec<u8>, String> {
    let file = ReadScope::new(typeface::bytes(font)).read::<FontData<'_>>().map_err(|e| e.to_string())?;
    let provider = file.table_provider(0).map_err(|e| e.to_string())?;
    subset(&provider, glyphs, &SubsetProfile::Pdf, CmapTarget::Unicode).map_err(|e| e.to_string())
}

fn codes(font: Font, used: &BTreeSet<char>, glyphs: &[u16]) -> BTreeMap<u32, u16> {
    let places: BTreeMap<u16, u16> = glyphs.iter().zip(0..).map(|(glyph, place)| (*glyph, place)).collect();
    let place = |c: char| {
        let GlyphId(glyph) = typeface::face(font).glyph_id(c);
        places.get(&glyph).map(|place| (u32::from(c), *place))
    };
    used.iter().copied().filter_map(place).collect()
}

/// Six capital letters that tell one subset from another (ISO 32000-1, 9.6.4).
fn tag(glyphs: &[u16]) -> String {
    let bytes: Vec<u8> = glyphs.iter().flat_map(|g| g.to_be_bytes()).collect();
    Sha256::digest(bytes).iter().take(6).map(|b| char::from(b'A' + b % 26)).collect()
}

fn postscript_name(font: Font) -> &'static str {
    match font {
        Font::Mincho => "BIZUDMincho-Regular",
        Font::Gothic => "BIZUDGothic-Regular",
    }
}
