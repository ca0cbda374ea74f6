//! Cuts the built-in typefaces down to the characters that sheets use and hands them to the PDF library.
//! Does not place text.

use super::{PdfError, texts};
use crate::sheet::{Font, Sheet, typeface};
use ab_glyph::Font as _;
use allsorts::binary::read::ReadScope;
use allsorts::font_data::FontData;
use allsorts::subset::{CmapTarget, SubsetProfile, subset};
use printpdf::{FontId, ParsedFont, PdfDocument, PdfFont};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

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

/// What sheets set in a typeface so far. A glyph's place among those kept is its code in the PDF, and stays so.
pub(super) struct Subset {
    /// The typeface.
    pub(super) font: Font,
    /// `.notdef` first as the subsetter demands, the others as they came.
    glyphs: Vec<u16>,
    codes: BTreeMap<char, u16>,
}

impl Subset {
    /// Nothing yet.
    pub(super) fn new(font: Font) -> Self {
        Self { font, glyphs: vec![0], codes: BTreeMap::new() }
    }

    /// Adds what the sheets set in the typeface, which has all of it.
    pub(super) fn add(&mut self, sheets: &[Sheet]) {
        let face = typeface::face(self.font);
        for character in sheets.iter().flat_map(texts).filter(|t| t.font == self.font).flat_map(|t| t.text.chars()) {
            if character == '\n' || self.codes.contains_key(&character) {
                continue;
            }
            let glyph = face.glyph_id(character).0;
            let place = self.glyphs.iter().position(|known| *known == glyph).unwrap_or_else(|| {
                self.glyphs.push(glyph);
                self.glyphs.len() - 1
            });
            self.codes.insert(character, place as u16);
        }
    }

    /// Whether nothing was set in it.
    pub(super) fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Every character of it.
    pub(super) fn characters(&self) -> String {
        self.codes.keys().collect()
    }

    /// Gives it to the document; nothing where nothing was set in it.
    pub(super) fn embed(&self, document: &mut PdfDocument) -> Result<(), PdfError> {
        if self.is_empty() {
            return Ok(());
        }
        let failed = |reason: String| PdfError::Typeface { font: self.font, reason };
        let bytes = self.cut().map_err(failed)?;
        let mut warnings = Vec::new();
        let parsed = ParsedFont::from_bytes(&bytes, 0, &mut warnings);
        let mut parsed = parsed.ok_or_else(|| failed(format!("{warnings:?}")))?;
        parsed.codepoint_to_glyph = self.codes.iter().map(|(character, code)| (u32::from(*character), *code)).collect();
        parsed.font_name = Some(format!("{}+{}", self.tag(), postscript_name(self.font)));
        document.resources.fonts.map.insert(id(self.font), PdfFont::new(parsed));
        Ok(())
    }

    fn cut(&self) -> Result<Vec<u8>, String> {
        let file = ReadScope::new(typeface::bytes(self.font)).read::<FontData<'_>>().map_err(|e| e.to_string())?;
        let provider = file.table_provider(0).map_err(|e| e.to_string())?;
        subset(&provider, &self.glyphs, &SubsetProfile::Pdf, CmapTarget::Unicode).map_err(|e| e.to_string())
    }

    /// Six capital letters that tell one subset from another (ISO 32000-1, 9.6.4).
    fn tag(&self) -> String {
        let bytes: Vec<u8> = self.glyphs.iter().flat_map(|g| g.to_be_bytes()).collect();
        Sha256::digest(bytes).iter().take(6).map(|b| char::from(b'A' + b % 26)).collect()
    }
}

fn postscript_name(font: Font) -> &'static str {
    match font {
        Font::Mincho => "BIZUDMincho-Regular",
        Font::Gothic => "BIZUDGothic-Regular",
    }
}
