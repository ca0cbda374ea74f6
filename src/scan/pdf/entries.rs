//! What somebody entered into a PDF's form fields or wrote on its pages as a note, where the file holds no picture of it:
//! programs show it each in their own way, this one not at all. Does not look at what the page itself draws.

use crate::scan::ScanError;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object};
use hayro::hayro_syntax::page::Page as PdfPage;

/// Flags of an annotation that is shown nowhere: hidden, and not for the screen.
const NOT_SHOWN: u32 = 1 << 1 | 1 << 5;

/// Most fields one may stand within another.
const DEEPEST: usize = 16;

/// Kinds of notes that are seen on the page as ink is.
const INK: [&[u8]; 11] = [
    b"FreeText",
    b"Ink",
    b"Line",
    b"Square",
    b"Circle",
    b"Polygon",
    b"PolyLine",
    b"StrikeOut",
    b"Underline",
    b"Squiggly",
    b"Highlight",
];

/// Refuses a page on which something was entered that cannot be drawn: it would be read as left out.
pub(super) fn check(page: &PdfPage<'_>) -> Result<(), ScanError> {
    let annotations = page.raw().get::<Array<'_>>("Annots");
    let lost = annotations.is_some_and(|all| all.iter::<Dict<'_>>().any(|annotation| is_lost(&annotation)));
    if lost {
        return Err(ScanError::unsupported(
            "what was entered in a PDF's form fields or notes, of which the file holds no picture,",
        ));
    }
    Ok(())
}

fn is_lost(annotation: &Dict<'_>) -> bool {
    let flags = annotation.get::<u32>("F").unwrap_or(0);
    if annotation.contains_key("AP") || flags & NOT_SHOWN != 0 {
        return false;
    }
    match annotation.get::<Name<'_>>("Subtype") {
        Some(kind) if &kind[..] == b"Widget" => is_filled_in(annotation),
        Some(kind) => INK.contains(&&kind[..]),
        None => false,
    }
}

/// Whether a form field has a value, its own or that of the field it is part of. A signature has no need to be seen.
fn is_filled_in(widget: &Dict<'_>) -> bool {
    let mut field = widget.clone();
    for _ in 0..DEEPEST {
        match field.get::<Object<'_>>("V") {
            Some(Object::String(text)) => return !text.as_bytes().is_empty(),
            Some(Object::Name(state)) => return &state[..] != b"Off",
            Some(Object::Array(chosen)) => return chosen.iter::<Object<'_>>().next().is_some(),
            Some(_) => return false,
            None => match field.get::<Dict<'_>>("Parent") {
                Some(parent) => field = parent,
                None => return false,
            },
        }
    }
    false
}
