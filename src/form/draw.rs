//! Draws a form's blank: what is printed, then the frames of its fields. The one drawing serves `forms print`,
//! registration and `synth`, so that what is printed is what is read.

use super::{Field, FieldKind, Form, Frame};
use crate::sheet::{Item, Sheet};

/// Stroke width of field frames in mm: the 0.5 pt rule of office word processors.
const FRAME_MM: f64 = 0.18;

/// The blank of page `page` (from 1), for forms drawn by us; pages of somebody else's form have only their fields' frames.
pub fn blank(form: &Form, page: usize) -> Sheet {
    let sheet = &form.pages[page - 1];
    let mut items = sheet.print.clone();
    for field in form.fields_on(page) {
        frame(field, &mut items);
    }
    Sheet { width_mm: sheet.width_mm, height_mm: sheet.height_mm, items }
}

fn frame(field: &Field, items: &mut Vec<Item>) {
    match field.frame {
        Frame::None => {}
        Frame::Boxes => items.extend(field.boxes().into_iter().map(|rect| Item::Rect { rect, width: FRAME_MM, fill: None })),
        Frame::Underline => {
            let b = match &field.kind {
                FieldKind::Number { area, .. } | FieldKind::Text { area, .. } | FieldKind::Presence { area } => *area,
                FieldKind::Choice { .. } | FieldKind::Digits { .. } => field.bounds(),
            };
            items.push(Item::Line { line: [b.x, b.bottom(), b.right(), b.bottom()], width: FRAME_MM, dash: None });
        }
    }
}
