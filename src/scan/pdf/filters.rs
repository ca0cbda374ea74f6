//! The filters around a PDF stream (ISO 32000-1, 7.4), undone against a limit up to the image codec, if there is one.
//! Does not decode images, and unlike a viewer does not salvage: data that ends early is an error.

use crate::scan::inflate::{self, Decoded};
use crate::scan::{Budgets, ScanError};
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use std::borrow::Cow;

/// A filter of a PDF stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    Ascii85,
    AsciiHex,
    Crypt,
    Flate,
    Lzw,
    RunLength,
    Ccitt,
    Dct,
    Jbig2,
    Jpx,
    /// Not in the standard: nothing is known of what it gives.
    Unknown,
}

impl Filter {
    /// Names of ISO 32000-1, table 6, and their abbreviations of table 94.
    fn named(name: &[u8]) -> Self {
        match name {
            b"ASCII85Decode" | b"A85" => Self::Ascii85,
            b"ASCIIHexDecode" | b"AHx" => Self::AsciiHex,
            b"Crypt" => Self::Crypt,
            b"FlateDecode" | b"Fl" => Self::Flate,
            b"LZWDecode" | b"LZW" => Self::Lzw,
            b"RunLengthDecode" | b"RL" => Self::RunLength,
            b"CCITTFaxDecode" | b"CCF" => Self::Ccitt,
            b"DCTDecode" | b"DCT" => Self::Dct,
            b"JBIG2Decode" => Self::Jbig2,
            b"JPXDecode" => Self::Jpx,
            _ => Self::Unknown,
        }
    }
}

/// The filters of a stream, outermost first.
pub(super) fn of(stream: &Stream<'_>) -> Vec<Filter> {
    let entry = |key: &str| match stream.dict().get::<Object<'_>>(key) {
        Some(Object::Name(name)) => Some(vec![Filter::named(&name[..])]),
        Some(Object::Array(names)) => Some(names.iter::<Name<'_>>().map(|n| Filter::named(&n[..])).collect()),
        _ => None,
    };
    entry("Filter").or_else(|| entry("F")).unwrap_or_default()
}

/// A stream without its outer filters.
pub(super) struct Bare<'a> {
    /// Plain bytes, or the data of `codec`.
    pub(super) data: Cow<'a, [u8]>,
    /// The image codec that is left, with its parameters.
    pub(super) codec: Option<(Filter, Dict<'a>)>,
}

/// Whether a filter is an image codec.
pub(super) fn is_codec(filter: Filter) -> bool {
    matches!(filter, Filter::Dct | Filter::Ccitt | Filter::Jbig2 | Filter::Jpx)
}

/// Bytes of a stream that is no picture: content, a font, a table of objects. The largest fonts of Japanese have 25 MB.
pub(super) const PLAIN_BYTES: u64 = 32 << 20;

/// The most that a step of undoing a stream's filters may give: for a picture twice what its size asks for, because some
/// writers fill up; a bomb ends soon after what can be true.
pub(super) fn limit(stream: &Stream<'_>, budgets: &Budgets) -> u64 {
    let dict = stream.dict();
    let number = |long: &str, short: &str| dict.get::<u32>(long).or_else(|| dict.get::<u32>(short)).map(u64::from);
    let Some((width, height)) = number("Width", "W").zip(number("Height", "H")) else {
        return budgets.decoded_bytes.min(PLAIN_BYTES);
    };
    let grey = matches!(dict.get::<Object<'_>>("ColorSpace"), Some(Object::Name(name)) if matches!(&name[..], b"DeviceGray" | b"CalGray"));
    let bits = number("BitsPerComponent", "BPC").unwrap_or(8).clamp(1, 16) * if grey { 1 } else { 4 };
    let bytes = width.saturating_mul(bits).div_ceil(8).saturating_mul(height);
    budgets.decoded_bytes.min(bytes.saturating_mul(2).saturating_add(1 << 20))
}

/// Undoes the outer filters of a stream; no step may give more than its [`limit`].
pub(super) fn bare<'a>(stream: &Stream<'a>, budgets: &Budgets) -> Result<Bare<'a>, ScanError> {
    let filters = of(stream);
    let limit = limit(stream, budgets);
    let mut data = stream.raw_data();
    for (index, filter) in filters.iter().copied().enumerate() {
        let parameters = parameters(stream.dict(), index);
        if is_codec(filter) {
            if index + 1 < filters.len() {
                return Err(ScanError::unsupported("a PDF picture with a filter inside its codec"));
            }
            return Ok(Bare { data, codec: Some((filter, parameters)) });
        }
        if filter != Filter::Crypt {
            data = Cow::Owned(undo(filter, &data, &parameters, limit)?);
        }
    }
    Ok(Bare { data, codec: None })
}

/// Most bytes that one byte of this filter's data can become.
pub(super) fn expansion(filter: Filter) -> u64 {
    match filter {
        // A deflate match of 258 bytes takes two bits at least.
        Filter::Flate => 1032,
        // A code of 12 bits stands for at most 3838 bytes.
        Filter::Lzw => 2560,
        Filter::RunLength => 64,
        _ => 1,
    }
}

fn parameters<'a>(dict: &Dict<'a>, index: usize) -> Dict<'a> {
    let object = |key: &str| dict.get::<Object<'a>>(key);
    match object("DecodeParms").or_else(|| object("DP")) {
        Some(Object::Dict(one)) if index == 0 => one,
        Some(Object::Array(several)) => nth(&several, index),
        _ => Dict::empty(),
    }
}

fn nth<'a>(array: &Array<'a>, index: usize) -> Dict<'a> {
    match array.iter::<Object<'a>>().nth(index) {
        Some(Object::Dict(dict)) => dict,
        _ => Dict::empty(),
    }
}

fn undo(filter: Filter, data: &[u8], parameters: &Dict<'_>, limit: u64) -> Decoded {
    match filter {
        Filter::Flate => undo_prediction(inflate::flate(data, limit)?, parameters),
        Filter::Lzw => {
            let early = parameters.get::<i32>("EarlyChange").unwrap_or(1) != 0;
            undo_prediction(inflate::lzw(data, early, limit)?, parameters)
        }
        Filter::RunLength => inflate::run_length(data, true, limit),
        Filter::Ascii85 => ascii85(data),
        Filter::AsciiHex => ascii_hex(data),
        _ => Err(ScanError::unsupported("a PDF stream with this filter")),
    }
}

/// 7.4.3: five letters to four bytes, `z` for four zeros, `~>` at the end.
fn ascii85(data: &[u8]) -> Decoded {
    let (mut out, mut group) = (Vec::with_capacity(data.len() / 5 * 4), Vec::with_capacity(5));
    let flush = |group: &mut Vec<u8>, out: &mut Vec<u8>| {
        let digits = group.len();
        if digits > 1 {
            group.resize(5, 84);
            let value = group.iter().fold(0_u32, |v, d| v.wrapping_mul(85).wrapping_add(u32::from(*d)));
            out.extend_from_slice(&value.to_be_bytes()[..digits - 1]);
        }
        group.clear();
    };
    for byte in data {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => out.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            b if b.is_ascii_whitespace() || *b == 0 => {}
            _ => return Err(ScanError::damaged("PDF: ASCII85 data with other characters in it")),
        }
        if group.len() == 5 {
            flush(&mut group, &mut out);
        }
    }
    flush(&mut group, &mut out);
    Ok(out)
}

/// 7.4.2: two digits to a byte, `>` at the end.
fn ascii_hex(data: &[u8]) -> Decoded {
    let digits = data.iter().take_while(|b| **b != b'>').filter(|b| !b.is_ascii_whitespace() && **b != 0);
    let digits: Option<Vec<u8>> = digits.map(|b| char::from(*b).to_digit(16).map(|d| d as u8)).collect();
    let digits = digits.ok_or_else(|| ScanError::damaged("PDF: hexadecimal data with other characters in it"))?;
    Ok(digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect())
}

/// 7.4.4.4: what was stored is the difference to the neighbours.
fn undo_prediction(data: Vec<u8>, parameters: &Dict<'_>) -> Decoded {
    let number = |key: &str, default: usize| parameters.get::<u32>(key).map_or(default, |n| n as usize);
    let (predictor, columns) = (number("Predictor", 1), number("Columns", 1));
    let (colours, bits) = (number("Colors", 1), number("BitsPerComponent", 8));
    if predictor <= 1 {
        return Ok(data);
    }
    let row = columns.saturating_mul(colours).saturating_mul(bits).div_ceil(8);
    if row == 0 || row > data.len() || colours > 32 || bits > 16 {
        return Err(ScanError::damaged("PDF: a predictor that does not fit its data"));
    }
    let step = (colours * bits).div_ceil(8);
    match predictor {
        2 if bits == 8 => Ok(undo_left(data, row, step)),
        2 => Err(ScanError::unsupported("a PDF stream with differences of samples other than bytes")),
        _ => undo_png(&data, row, step),
    }
}

fn undo_left(mut data: Vec<u8>, row: usize, step: usize) -> Vec<u8> {
    for line in data.chunks_mut(row) {
        for i in step..line.len() {
            line[i] = line[i].wrapping_add(line[i - step]);
        }
    }
    data
}

/// The filters of PNG (ISO/IEC 15948, 9.2), one kind byte before each row.
fn undo_png(data: &[u8], row: usize, step: usize) -> Decoded {
    let mut out = vec![0; data.len() / (row + 1) * row];
    let mut above = vec![0; row];
    for (line, from) in out.chunks_exact_mut(row).zip(data.chunks_exact(row + 1)) {
        line.copy_from_slice(&from[1..]);
        match from[0] {
            0 => {}
            1 => (step..row).for_each(|i| line[i] = line[i].wrapping_add(line[i - step])),
            2 => line.iter_mut().zip(&above).for_each(|(b, up)| *b = b.wrapping_add(*up)),
            3 => (0..row).for_each(|i| {
                let left = if i < step { 0 } else { line[i - step] };
                line[i] = line[i].wrapping_add(u16::midpoint(u16::from(left), u16::from(above[i])) as u8);
            }),
            4 => (0..row).for_each(|i| {
                let (left, corner) = if i < step { (0, 0) } else { (line[i - step], above[i - step]) };
                line[i] = line[i].wrapping_add(paeth(left, above[i], corner));
            }),
            kind => return Err(ScanError::damaged(format!("PDF: PNG row filter {kind}"))),
        }
        above.copy_from_slice(line);
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let guess = a + b - c;
    let (pa, pb, pc) = ((guess - a).abs(), (guess - b).abs(), (guess - c).abs());
    if pa <= pb && pa <= pc {
        left
    } else if pb <= pc {
        up
    } else {
        corner
    }
}
