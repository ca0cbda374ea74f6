//! Sizes and completeness of pictures inside a PDF, read from the headers of their codecs.
//! Does not decode them.

use super::embedded;
use super::filters::{self, Bare, Filter};
use crate::scan::bytes::Order;
use crate::scan::{Budgets, ScanError, jpeg};
use hayro::hayro_syntax::object::{Name, Stream};

/// Holds a picture's size against the budgets: the one its dictionary claims, and the one its codec would allocate.
pub(super) fn admit_picture(stream: &Stream<'_>, width: u32, height: u32, budgets: &Budgets) -> Result<(), ScanError> {
    let dict = stream.dict();
    let grey = dict.get::<Name<'_>>("ColorSpace").is_some_and(|name| &name[..] == b"DeviceGray");
    let thin = grey || dict.get::<u32>("BitsPerComponent") == Some(1) || dict.get::<bool>("ImageMask") == Some(true);
    budgets.admit(width, height, if thin { 1 } else { 3 })?;
    let filters = filters::of(stream);
    let Some(codec) = filters.last().copied().filter(|f| filters::is_codec(*f)) else { return Ok(()) };
    match codec {
        Filter::Ccitt => {
            let bare = filters::bare(stream, budgets)?;
            let columns = bare.codec.and_then(|(_, p)| p.get::<u32>("Columns")).unwrap_or(1728);
            budgets.admit(columns.max(1), height, 1)
        }
        Filter::Jbig2 => {
            let bare = filters::bare(stream, budgets)?;
            let shared = bare.codec.and_then(|(_, p)| p.get::<Stream<'_>>("JBIG2Globals"));
            if let Some(shared) = shared {
                admit_jbig2(&filters::bare(&shared, budgets)?.data, budgets)?;
            }
            admit_jbig2(&bare.data, budgets)
        }
        Filter::Jpx => admit_jpx(&filters::bare(stream, budgets)?.data, budgets),
        // A JPEG is cut down to the dictionary's size before it is decoded.
        _ => Ok(()),
    }
}

/// What the library takes to draw a picture: its samples and four bytes a pixel, JPEG 2000 four bytes a coefficient before.
pub(super) fn drawn_bytes(stream: &Stream<'_>) -> u64 {
    let side = |key: &str| u64::from(stream.dict().get::<u32>(key).unwrap_or(0));
    let a_pixel = if filters::of(stream).contains(&Filter::Jpx) { 20 } else { 8 };
    side("Width").saturating_mul(side("Height")).saturating_mul(a_pixel)
}

/// Whether the data of a picture are all there. JBIG2 has been checked with its size.
pub(super) fn complete(stream: &Stream<'_>, bare: &Bare<'_>, budgets: &Budgets) -> Result<(), ScanError> {
    let number = |key: &str| stream.dict().get::<u32>(key).unwrap_or(0);
    match &bare.codec {
        Some((Filter::Dct, _)) => jpeg::layout(&bare.data).map(drop),
        Some((Filter::Jpx, _)) => jpx_tiles(&bare.data),
        Some((Filter::Ccitt, parameters)) => embedded::ccitt(&bare.data, parameters, number("Height"), budgets).map(drop),
        Some(_) => Ok(()),
        None => {
            // One component at least; more is for the colour space to know, which the library asks.
            let bits = if stream.dict().get::<bool>("ImageMask") == Some(true) { 1 } else { number("BitsPerComponent") };
            let least = (u64::from(number("Width")) * u64::from(bits)).div_ceil(8) * u64::from(number("Height"));
            if (bare.data.len() as u64) < least {
                return Err(ScanError::damaged(format!("PDF: {} of {least} bytes of a picture", bare.data.len())));
            }
            Ok(())
        }
    }
}

/// Walks JBIG2 segments (ITU-T T.88, 7.2): none may reach past the data, no page or region past the budget.
fn admit_jbig2(data: &[u8], budgets: &Budgets) -> Result<(), ScanError> {
    let mut at = 0;
    while at < data.len() {
        // Trailing bytes too few for a header are padding.
        let Some((kind, body, length)) = jbig2_segment(data, at) else { return Ok(()) };
        let size = || Some((Order::Big.u32(data, body)?, Order::Big.u32(data, body + 4)?));
        match kind {
            // Page information; a height of all ones is not known yet, and grows stripe by stripe.
            48 => {
                let (width, height) = size().ok_or_else(|| ScanError::damaged("JBIG2: no page size"))?;
                budgets.admit(width, if height == u32::MAX { 1 } else { height }, 1)?;
            }
            4 | 6 | 7 | 20 | 22 | 23 | 36 | 38..=40 | 42 | 43 => {
                let (width, height) = size().ok_or_else(|| ScanError::damaged("JBIG2: no region size"))?;
                budgets.admit(width.max(1), height.max(1), 1)?;
            }
            _ => {}
        }
        // An immediate generic region may leave its length open (7.2.7); what follows cannot be found then.
        if length == u32::MAX {
            return Ok(());
        }
        at = body + length as usize;
        if at > data.len() {
            return Err(ScanError::damaged("JBIG2: the data end before their last segment does"));
        }
    }
    Ok(())
}

/// Type of the segment at `at`, where its data start, and their length.
fn jbig2_segment(data: &[u8], at: usize) -> Option<(u8, usize, u32)> {
    let number = Order::Big.u32(data, at)?;
    let flags = *data.get(at + 4)?;
    let (count, mut at) = match *data.get(at + 5)? >> 5 {
        7 => {
            let count = (Order::Big.u32(data, at + 5)? & 0x1FFF_FFFF) as usize;
            (count, at + 9 + (count + 8) / 8)
        }
        few => (usize::from(few), at + 6),
    };
    let reference = match number {
        0..=256 => 1,
        257..=65536 => 2,
        _ => 4,
    };
    at = at.checked_add(count.checked_mul(reference)?)? + if flags & 0x40 == 0 { 1 } else { 4 };
    Some((flags & 0x3F, at + 4, Order::Big.u32(data, at)?))
}

/// Reads the SIZ segment (ITU-T T.800, A.5.1): samples are held as 32-bit numbers while decoding.
fn admit_jpx(data: &[u8], budgets: &Budgets) -> Result<(), ScanError> {
    let missing = || ScanError::damaged("JPEG 2000: no size");
    let siz = codestream(data).ok_or_else(missing)? + 2;
    let field = |i: usize| Order::Big.u32(data, siz + 6 + i * 4).ok_or_else(missing);
    let (width, height) = (field(0)?.saturating_sub(field(2)?), field(1)?.saturating_sub(field(3)?));
    let components = u64::from(Order::Big.u16(data, siz + 38).ok_or_else(missing)?);
    budgets.admit(width, height, components.max(1) * 4)?;
    let tiles = u64::from(width.div_ceil(field(4)?.max(1))) * u64::from(height.div_ceil(field(5)?.max(1)));
    if tiles > 65535 {
        return Err(ScanError::damaged("JPEG 2000: more tiles than the format has numbers for"));
    }
    Ok(())
}

/// Where the codestream starts: its SOC marker, followed at once by SIZ.
fn codestream(data: &[u8]) -> Option<usize> {
    data.windows(4).position(|w| w == [0xFF, 0x4F, 0xFF, 0x51])
}

/// Follows the tile parts (A.4.2): each says its length, and must lie in the data.
fn jpx_tiles(data: &[u8]) -> Result<(), ScanError> {
    let cut = || ScanError::damaged("JPEG 2000: the data end before their last tile does");
    let mut at = codestream(data).ok_or_else(cut)? + 2;
    loop {
        match Order::Big.u16(data, at).ok_or_else(cut)? {
            0xFFD9 => return Ok(()),
            0xFF90 => match Order::Big.u32(data, at + 6).ok_or_else(cut)? as usize {
                // A last part without a length runs to the end of the codestream.
                0 => return Ok(()),
                length if length < 12 => return Err(ScanError::damaged("JPEG 2000: a tile without room for its header")),
                length => at += length,
            },
            _ => at += 2 + usize::from(Order::Big.u16(data, at + 2).ok_or_else(cut)?.max(2)),
        }
        // Encoders that leave the end marker out have written all tiles all the same.
        if at == data.len() {
            return Ok(());
        }
    }
}
