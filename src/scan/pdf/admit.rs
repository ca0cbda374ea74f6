//! What a PDF would cost, found out before the library that draws it is let near: it has no limits of its own
//! (a file of 686 bytes made it take 3.5 GB).
//! Does not draw, and reads no further than the limit.

use super::filters::Filter;
use super::{codecs, filters};
use crate::scan::{Budgets, ScanError, inflate};
use hayro::hayro_syntax::object::{Array, Dict, Object, ObjectIdentifier, Stream};
use hayro::hayro_syntax::page::Page as PdfPage;
use std::collections::HashSet;
use std::time::Duration;

/// How much of a page is looked at.
pub(super) struct Extent {
    /// Objects the page can reach.
    objects: usize,
    /// Bytes of all its streams that are no pictures; none where each is held against its own limit only.
    plain_bytes: Option<u64>,
    /// What looking at its drawing operations may take.
    pub(super) time: Duration,
}

impl Extent {
    /// What scanning software writes around its picture, with the words that its own recognition found.
    pub(super) const LIGHT: Self = Self { objects: 2000, plain_bytes: Some(256 << 10), time: Duration::from_millis(250) };

    /// All of it: ten times the objects that the largest page of a born-digital book has.
    pub(super) const WHOLE: Self = Self { objects: 200_000, plain_bytes: None, time: Duration::MAX };
}

/// Deepest nesting of direct objects.
const DEEPEST: u32 = 64;

/// Keys that lead away from what the page draws: to other pages, actions, or descriptions.
const ELSEWHERE: [&[u8]; 9] = [b"Parent", b"P", b"Dest", b"A", b"AA", b"Metadata", b"StructParents", b"PieceInfo", b"Popup"];

/// Checks the streams that may be inflated on opening: cross-reference and object streams. They are found by their bytes,
/// because nothing can be asked of the file before they are read; whatever is not plainly a picture is checked.
pub(super) fn structure(bytes: &[u8], budgets: &Budgets) -> Result<(), ScanError> {
    let limit = budgets.decoded_bytes.min(filters::PLAIN_BYTES);
    let (mut gap, mut at) = (0, 0);
    while let Some(found) = find(&bytes[at..], b"stream") {
        let start = at + found + b"stream".len();
        let dictionary = &bytes[gap..start];
        at = start;
        if dictionary.ends_with(b"endstream") {
            gap = start;
            continue;
        }
        let data = &bytes[start..];
        let data = data.strip_prefix(b"\r").unwrap_or(data);
        let data = data.strip_prefix(b"\n").unwrap_or(data);
        let length = find(data, b"endstream").unwrap_or(data.len());
        at += length;
        // Damaged or encrypted streams are for the parser to judge; only a bomb ends the file here.
        if length as u64 * filters::expansion(Filter::Flate) > limit
            && !is_picture(dictionary)
            && let Err(error @ ScanError::TooLarge { .. }) = inflate::flate(&data[..length], limit)
        {
            return Err(error);
        }
    }
    Ok(())
}

/// Whether a dictionary is a picture's beyond doubt: no key of a structure stream, no name written in numbers.
fn is_picture(dictionary: &[u8]) -> bool {
    let has = |key: &[u8]| find(dictionary, key).is_some();
    has(b"/Image") && ![&b"/First"[..], b"/W ", b"/W[", b"/ObjStm", b"/XRef", b"#"].iter().any(|key| has(key))
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|b| *b == needle[0])?;
        if bytes[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
}

/// Checks every stream a page can reach: content, forms, fonts, patterns, pictures, appearances of annotations. Content
/// that ends early is an error: the page would lack what stood behind.
///
/// Gives the pictures; what they inflate to is still open, because the page may need none of them but the one that is
/// decoded against the limit anyway.
pub(super) fn page<'a>(page: &PdfPage<'a>, extent: &Extent, budgets: &Budgets) -> Result<Vec<Stream<'a>>, ScanError> {
    let mut walk = Walk { budgets, extent, seen: HashSet::new(), visited: 0, plain: 0, pictures: Vec::new() };
    let own = page.resources();
    let inherited = [&own.ext_g_states, &own.fonts, &own.x_objects, &own.patterns, &own.shadings, &own.color_spaces];
    for dict in inherited {
        walk.dict(dict, 0)?;
    }
    walk.dict(page.raw(), 0)?;
    match page.raw().get::<Object<'_>>("Contents") {
        Some(Object::Stream(content)) => filters::bare(&content, budgets).map(drop)?,
        Some(Object::Array(contents)) => {
            contents.iter::<Stream<'_>>().try_for_each(|content| filters::bare(&content, budgets).map(drop))?;
        }
        _ => {}
    }
    Ok(walk.pictures)
}

/// Makes sure that the pictures of a page fit the limit, and that those it draws are complete: the library that draws
/// them has no limit, and pads what is missing. Gives the bytes that it will take for those it draws.
pub(super) fn before_drawing(
    pictures: &[Stream<'_>],
    drawn: &HashSet<ObjectIdentifier>,
    budgets: &Budgets,
) -> Result<u64, ScanError> {
    let mut bytes = 0;
    for stream in pictures {
        let drawn = drawn.contains(&stream.obj_id());
        if drawn || most_bytes(stream) > filters::limit(stream, budgets) {
            let bare = filters::bare(stream, budgets)?;
            if drawn {
                codecs::complete(stream, &bare, budgets)?;
                bytes += codecs::drawn_bytes(stream);
            }
        }
    }
    Ok(bytes)
}

/// The most a stream can inflate to.
fn most_bytes(stream: &Stream<'_>) -> u64 {
    let packed = stream.raw_data().len() as u64;
    filters::of(stream).iter().fold(packed, |n, filter| n.saturating_mul(filters::expansion(*filter)))
}

struct Walk<'a, 'b> {
    budgets: &'b Budgets,
    extent: &'b Extent,
    seen: HashSet<ObjectIdentifier>,
    visited: usize,
    /// Bytes of streams so far that are no pictures.
    plain: u64,
    pictures: Vec<Stream<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn dict(&mut self, dict: &Dict<'a>, depth: u32) -> Result<(), ScanError> {
        for key in dict.keys() {
            if ELSEWHERE.contains(&&key[..]) {
                continue;
            }
            // A reference seen before is not resolved again.
            if let Some(id) = dict.get_ref(&key[..]).map(ObjectIdentifier::from)
                && !self.seen.insert(id)
            {
                continue;
            }
            if let Some(object) = dict.get::<Object<'a>>(&key[..]) {
                self.object(object, depth + 1)?;
            }
        }
        Ok(())
    }

    fn array(&mut self, array: &Array<'a>, depth: u32) -> Result<(), ScanError> {
        array.iter::<Object<'a>>().try_for_each(|object| self.object(object, depth + 1))
    }

    fn object(&mut self, object: Object<'a>, depth: u32) -> Result<(), ScanError> {
        self.visited += 1;
        if self.visited > self.extent.objects {
            let (found, limit) = (self.visited as u64, self.extent.objects as u64);
            return Err(ScanError::TooLarge { what: "too many objects on a page".into(), found, limit });
        }
        if depth > DEEPEST {
            return Err(ScanError::damaged("PDF: objects within objects without end"));
        }
        match object {
            Object::Dict(dict) if self.is_new(&dict) => self.dict(&dict, depth),
            Object::Stream(stream) if self.is_new_stream(&stream) => {
                self.stream(&stream)?;
                self.dict(stream.dict(), depth)
            }
            Object::Array(array) => self.array(&array, depth),
            _ => Ok(()),
        }
    }

    /// Objects met inside arrays come resolved; those with an identity are marked here.
    fn is_new(&mut self, dict: &Dict<'a>) -> bool {
        let _ = dict.obj_id().map(|id| self.seen.insert(id));
        true
    }

    fn is_new_stream(&mut self, stream: &Stream<'a>) -> bool {
        self.seen.insert(stream.obj_id());
        true
    }

    fn stream(&mut self, stream: &Stream<'a>) -> Result<(), ScanError> {
        let dict = stream.dict();
        let number = |key: &str| dict.get::<u32>(key);
        let picture = number("Width").zip(number("Height"));
        if let Some((width, height)) = picture {
            codecs::admit_picture(stream, width, height, self.budgets)?;
        }
        if picture.is_some() {
            self.pictures.push(stream.clone());
            return Ok(());
        }
        let left = self.extent.plain_bytes.map(|most| most - self.plain);
        if left.is_none() && most_bytes(stream) <= filters::limit(stream, self.budgets) {
            return Ok(());
        }
        let decoded_bytes = self.budgets.decoded_bytes.min(left.unwrap_or(u64::MAX));
        match filters::bare(stream, &Budgets { decoded_bytes, ..*self.budgets }) {
            Err(error @ ScanError::TooLarge { .. }) => return Err(error),
            Err(_) => {}
            Ok(bare) => self.plain += (bare.data.len() as u64).min(decoded_bytes),
        }
        Ok(())
    }
}
