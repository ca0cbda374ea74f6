//! What reading saw of each field, as pictures for `explain`: all ink, and the pen's alone after the print was taken
//! out. Costs nothing unless asked for.

use super::frame::{Aligned, align};
use super::patch::Patch;
use super::tone::Tone;
use super::{Reader, boxes, rings};
use crate::form::{FieldId, FieldKind, Mark};
use crate::register::Registered;
use crate::scan::Page;
use ::image::GrayImage;

/// One field as reading saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Which field.
    pub field: FieldId,
    /// Print and pen.
    pub all: GrayImage,
    /// The pen alone.
    pub pen: GrayImage,
}

impl Reader<'_> {
    /// Every field of a registered page as it is seen, in the form's order.
    pub fn see(&self, page: &Page, registered: &Registered) -> Vec<Seen> {
        let form = &self.catalogue.forms()[registered.form];
        let tone: Tone = self.tone(page, registered);
        let look = |at: usize| {
            let print = self.blanks.print(self.catalogue, registered.form, at);
            let Aligned { all, pen, .. } = align(page.raster.pen(), &registered.map, print, &tone);
            Seen { field: form.fields[at].id.clone(), all: picture(&all), pen: picture(&pen) }
        };
        self.fields_on(registered).map(look).collect()
    }
}

/// How much around a field is looked at, mm.
pub(super) fn margin(kind: &FieldKind) -> f64 {
    match kind {
        FieldKind::Choice { mark: Mark::Box, .. } => boxes::MARGIN_MM,
        FieldKind::Choice { mark: Mark::Circle, .. } => rings::MARGIN_MM,
        FieldKind::Digits { .. } => 2.5,
        FieldKind::Number { .. } => 2.0,
        FieldKind::Text { .. } | FieldKind::Presence { .. } => 1.5,
    }
}

fn picture(patch: &Patch) -> GrayImage {
    let bytes = patch.ink.iter().map(|v| (255.0 - v.clamp(0.0, 1.0) * 255.0) as u8).collect();
    GrayImage::from_raw(patch.width as u32, patch.height as u32, bytes).unwrap_or_default()
}
