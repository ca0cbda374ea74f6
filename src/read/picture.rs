//! What reading saw of each field, as pictures for `explain`: all ink, and the pen's alone after the print was taken
//! out. Costs nothing unless asked for.

use super::frame::{Aligned, Planes, align};
use super::patch::Patch;
use super::tone::Tone;
use super::{Reader, boxes, rings};
use crate::form::{Field, FieldId, FieldKind, Mark};
use crate::geometry::RectMm;
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
            let Aligned { all, pen, .. } = align(Planes::of(&page.raster, false), &registered.map, print, &tone);
            Seen { field: form.fields[at].id.clone(), all: picture(&all), pen: picture(&pen) }
        };
        self.fields_on(registered).map(look).collect()
    }
}

/// How far past either end of what is written in a row is looked, mm, where it may go on.
const PAST_MM: f64 = 4.0;

/// What is looked at to read a field, mm on the form.
pub(super) fn surroundings(field: &Field) -> RectMm {
    let around = field.bounds();
    match &field.kind {
        FieldKind::Choice { mark: Mark::Box, .. } => around.grown(boxes::MARGIN_MM),
        FieldKind::Choice { mark: Mark::Circle, .. } => around.grown(rings::MARGIN_MM),
        // As far as one cell more would reach.
        FieldKind::Digits { cells, .. } => widened(around.grown(2.5), cells.iter().fold(0.0, |most: f64, c| most.max(c.w)) - 1.5),
        FieldKind::Number { .. } => widened(around.grown(2.0), PAST_MM - 2.0),
        FieldKind::Text { .. } | FieldKind::Presence { .. } => around.grown(1.5),
    }
}

fn widened(area: RectMm, by: f64) -> RectMm {
    let by = by.max(0.0);
    RectMm::new(area.x - by, area.y, area.w + 2.0 * by, area.h)
}

fn picture(patch: &Patch) -> GrayImage {
    let bytes = patch.ink.iter().map(|v| (255.0 - v.clamp(0.0, 1.0) * 255.0) as u8).collect();
    GrayImage::from_raw(patch.width as u32, patch.height as u32, bytes).unwrap_or_default()
}
