//! Strips and tiles: found, checked, decompressed, and put in their place.
//! Does not know colours: samples come out as they went in, scaled to a byte where they are not indices.

use super::directory::{Directory, tag};
use super::{Form, Photometric};
use crate::scan::bytes::Order;
use crate::scan::{Budgets, ScanError, fax, inflate, jpeg};
use hayro_ccitt::{DecodeSettings, EncodingMode};
use std::borrow::Cow;
use zune_jpeg::zune_core::colorspace::ColorSpace;

/// How strips are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    /// Modified Huffman rows, each from a byte boundary.
    Huffman,
    Group3,
    Group4,
    Lzw,
    Jpeg,
    Deflate,
    PackBits,
}

impl Compression {
    /// The scheme of tag 259.
    pub(super) fn read(value: u64) -> Result<Self, ScanError> {
        Ok(match value {
            1 => Self::None,
            2 => Self::Huffman,
            3 => Self::Group3,
            4 => Self::Group4,
            5 => Self::Lzw,
            7 => Self::Jpeg,
            8 | 32946 => Self::Deflate,
            32773 => Self::PackBits,
            6 => return Err(ScanError::unsupported("a TIFF page in the JPEG style of 1992")),
            other => return Err(ScanError::unsupported(format!("a TIFF page with compression {other}"))),
        })
    }

    /// Whether its data are runs of black and white, whatever the bits per sample say.
    pub(super) fn is_fax(self) -> bool {
        matches!(self, Self::Huffman | Self::Group3 | Self::Group4)
    }
}

/// A strip or tile: where its data are, and which part of the page it covers.
pub(super) struct Chunk<'a> {
    data: &'a [u8],
    x: u32,
    y: u32,
    /// Width and height as coded; a tile at the edge reaches beyond the page.
    width: u32,
    height: u32,
    /// The sample it carries, where each has a plane of its own.
    plane: usize,
}

/// The strips or tiles of a page, in file order, all within the file.
pub(super) fn chunks<'a>(directory: &Directory, bytes: &'a [u8], form: &Form) -> Result<Vec<Chunk<'a>>, ScanError> {
    let missing = || ScanError::damaged("TIFF: the page's data lie outside the file");
    let size = |tag| directory.number(bytes, tag).and_then(|n| u32::try_from(n).ok()).filter(|&n| n > 0);
    let tile = size(tag::TILE_WIDTH).zip(size(tag::TILE_HEIGHT));
    let strip = (form.width, size(tag::ROWS_PER_STRIP).unwrap_or(form.height).min(form.height));
    let (width, height) = tile.unwrap_or(strip);
    let (offsets, lengths) =
        if tile.is_some() { (tag::TILE_OFFSETS, tag::TILE_BYTES) } else { (tag::STRIP_OFFSETS, tag::STRIP_BYTES) };
    // Some tile writers put their offsets into the strip tags.
    let offsets = directory.numbers(bytes, offsets).or_else(|| directory.numbers(bytes, tag::STRIP_OFFSETS));
    let lengths = directory.numbers(bytes, lengths).or_else(|| directory.numbers(bytes, tag::STRIP_BYTES));
    let offsets = offsets.ok_or_else(missing)?;
    let (across, down) = (form.width.div_ceil(width) as usize, form.height.div_ceil(height) as usize);
    let planes = if form.planar { form.used } else { 1 };
    if offsets.len() < across * down * planes {
        return Err(ScanError::damaged(format!("TIFF: {} of {} strips", offsets.len(), across * down * planes)));
    }
    let chunk = |index: usize| {
        let (plane, place) = (index / (across * down), index % (across * down));
        let (x, y) = ((place % across) as u32 * width, (place / across) as u32 * height);
        let start = usize::try_from(offsets[index]).ok()?;
        // Without lengths (old fax software) a single strip runs to the end of the file.
        let length = lengths.as_ref().and_then(|l| l.get(index)).copied();
        let length = length.or_else(|| (offsets.len() == 1).then(|| bytes.len().saturating_sub(start) as u64))?;
        let data = bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)?;
        Some(Chunk { data, x, y, width, height: if tile.is_some() { height } else { height.min(form.height - y) }, plane })
    };
    (0..across * down * planes).map(|index| chunk(index).ok_or_else(missing)).collect()
}

/// Paints a chunk of a black-and-white page into the grey plane.
pub(super) fn paint_bilevel(
    chunk: &Chunk<'_>,
    form: &Form,
    directory: &Directory,
    bytes: &[u8],
    plane: &mut [u8],
) -> Result<(), ScanError> {
    // In fax data 0 is a white run's colour; which grey that is, the photometric tag says.
    let (zero, one) = if form.photometric == Photometric::WhiteIsZero { (255, 0) } else { (0, 255) };
    let page_width = form.width as usize;
    if form.compression.is_fax() && chunk.width == form.width {
        let rows = chunk.height.min(form.height - chunk.y) as usize;
        let from = chunk.y as usize * page_width;
        return unfax(chunk, rows as u32, form, directory, bytes, (zero, one), &mut plane[from..from + rows * page_width]);
    }
    if form.compression.is_fax() {
        let mut tile = vec![0; chunk.width as usize * chunk.height as usize];
        unfax(chunk, chunk.height, form, directory, bytes, (zero, one), &mut tile)?;
        for (row, from) in tile.chunks_exact(chunk.width as usize).take((form.height - chunk.y) as usize).enumerate() {
            let to = (chunk.y as usize + row) * page_width + chunk.x as usize;
            let width = from.len().min(page_width - chunk.x as usize);
            plane[to..to + width].copy_from_slice(&from[..width]);
        }
        return Ok(());
    }
    let stride = (chunk.width as usize).div_ceil(8);
    let data = unpack(chunk, form, stride * chunk.height as usize)?;
    let spread: [[u8; 8]; 256] =
        std::array::from_fn(|byte| std::array::from_fn(|bit| if byte >> (7 - bit) & 1 == 1 { one } else { zero }));
    for (row, from) in data.chunks_exact(stride).take((form.height - chunk.y) as usize).enumerate() {
        let to = (chunk.y as usize + row) * page_width + chunk.x as usize;
        let width = (chunk.width as usize).min(page_width - chunk.x as usize);
        for (to, byte) in plane[to..to + width].chunks_mut(8).zip(from) {
            let pixels = &spread[usize::from(*byte)];
            to.copy_from_slice(&pixels[..to.len()]);
        }
    }
    Ok(())
}

fn unfax(
    chunk: &Chunk<'_>,
    rows: u32,
    form: &Form,
    directory: &Directory,
    bytes: &[u8],
    (white, black): (u8, u8),
    plane: &mut [u8],
) -> Result<(), ScanError> {
    // T4Options (tag 292): bit 0 says two-dimensional coding.
    let two_dimensional = directory.number(bytes, tag::T4_OPTIONS).unwrap_or(0) & 1 == 1;
    let settings = DecodeSettings {
        columns: chunk.width,
        rows,
        end_of_block: form.compression != Compression::Huffman,
        end_of_line: false,
        rows_are_byte_aligned: form.compression == Compression::Huffman,
        encoding: match form.compression {
            Compression::Group4 => EncodingMode::Group4,
            Compression::Group3 if two_dimensional => EncodingMode::Group3_2D,
            _ => EncodingMode::Group3_1D,
        },
        strict: true,
    };
    fax::decode(&oriented_bits(chunk.data, form), settings, white, black, plane)
}

fn oriented_bits<'a>(data: &'a [u8], form: &Form) -> Cow<'a, [u8]> {
    if form.reversed { Cow::Owned(data.iter().map(|b| b.reverse_bits()).collect()) } else { Cow::Borrowed(data) }
}

/// Decompresses a chunk to exactly `length` bytes; fewer are an error, what follows is padding.
fn unpack<'a>(chunk: &Chunk<'a>, form: &Form, length: usize) -> Result<Cow<'a, [u8]>, ScanError> {
    let data = oriented_bits(chunk.data, form);
    let limit = length as u64;
    // A limit that is reached means padding, not a bomb: the exact length is known here.
    let to_length = |decoded: Vec<u8>| Cow::Owned(decoded);
    let unpacked = match form.compression {
        Compression::Deflate => Cow::Owned(inflate::flate_exact(&data, length)?),
        Compression::Lzw => to_length(inflate::lzw(&data, true, limit.saturating_add(1 << 16))?),
        Compression::PackBits => to_length(inflate::run_length(&data, false, limit.saturating_add(1 << 16))?),
        _ => data,
    };
    match unpacked {
        short if short.len() < length => Err(ScanError::damaged(format!("TIFF: a strip has {} of {length} bytes", short.len()))),
        Cow::Borrowed(all) => Ok(Cow::Borrowed(&all[..length])),
        Cow::Owned(mut all) => {
            all.truncate(length);
            Ok(Cow::Owned(all))
        }
    }
}

/// Decompresses a chunk and puts the samples that are used into `samples`, one byte each, interleaved.
pub(super) fn place(
    chunk: &Chunk<'_>,
    form: &Form,
    directory: &Directory,
    bytes: &[u8],
    budgets: &Budgets,
    samples: &mut [u8],
) -> Result<(), ScanError> {
    budgets.admit(chunk.width, chunk.height, form.samples as u64)?;
    let carried = if form.planar { 1 } else { form.samples };
    if form.compression == Compression::Jpeg {
        let tables = directory.raw(bytes, tag::JPEG_TABLES);
        let (decoded, width) = unjpeg(chunk, form, carried, tables, budgets)?;
        put(chunk, form, carried, width * carried, &decoded, samples);
        return Ok(());
    }
    if form.compression.is_fax() {
        return Err(ScanError::unsupported("a TIFF page of fax data with more than one bit per pixel"));
    }
    let row = chunk.width as usize * carried;
    let stride = (row * form.bits as usize).div_ceil(8);
    let mut data = unpack(chunk, form, stride * chunk.height as usize)?;
    if form.predictor {
        undo_differences(data.to_mut(), form, carried, stride)?;
    }
    if form.bits == 8 {
        put(chunk, form, carried, row, &data, samples);
        return Ok(());
    }
    let whole: Vec<u8> = data.chunks_exact(stride).flat_map(|line| narrow(line, form, row)).collect();
    put(chunk, form, carried, row, &whole, samples);
    Ok(())
}

/// Decodes a JPEG strip with the page's shared tables; gives the samples and the width they were coded at.
fn unjpeg(
    chunk: &Chunk<'_>,
    form: &Form,
    carried: usize,
    tables: Option<&[u8]>,
    budgets: &Budgets,
) -> Result<(Vec<u8>, usize), ScanError> {
    let whole = match tables {
        // Tables come as a stream of their own (Technical Note 2): without its end and the strip's start they are one.
        Some([0xFF, 0xD8, tables @ .., 0xFF, 0xD9]) => {
            Cow::Owned([&[0xFF, 0xD8], tables, chunk.data.get(2..).unwrap_or_default()].concat())
        }
        _ => Cow::Borrowed(chunk.data),
    };
    let layout = jpeg::layout(&whole)?;
    if usize::from(layout.components) != carried || layout.width < chunk.width.min(form.width) || layout.height < 1 {
        return Err(ScanError::damaged("TIFF: a JPEG strip is not of the page's size and colours"));
    }
    let rows = chunk.height.min(form.height - chunk.y);
    if layout.height < rows {
        return Err(ScanError::damaged("TIFF: a JPEG strip has too few rows"));
    }
    let out = match (carried, form.photometric) {
        (1, _) => Some(ColorSpace::Luma),
        (3, Photometric::YCbCr) => Some(ColorSpace::RGB),
        (3 | 4, _) => None,
        _ => return Err(ScanError::unsupported(format!("a TIFF page of JPEG strips with {carried} samples"))),
    };
    Ok((jpeg::decode_samples(&whole, &layout, out, budgets)?, layout.width as usize))
}

/// Undoes horizontal differencing (TIFF 6.0 section 14).
fn undo_differences(data: &mut [u8], form: &Form, carried: usize, stride: usize) -> Result<(), ScanError> {
    match form.bits {
        8 => {
            for row in data.chunks_exact_mut(stride) {
                for i in carried..row.len() {
                    row[i] = row[i].wrapping_add(row[i - carried]);
                }
            }
            Ok(())
        }
        16 => {
            for row in data.chunks_exact_mut(stride) {
                for at in (carried * 2..row.len().saturating_sub(1)).step_by(2) {
                    let value = |at| form.order.u16(row, at).unwrap_or(0);
                    let sum = value(at).wrapping_add(value(at - carried * 2));
                    let raw = if form.order == Order::Little { sum.to_le_bytes() } else { sum.to_be_bytes() };
                    row[at..at + 2].copy_from_slice(&raw);
                }
            }
            Ok(())
        }
        bits => Err(ScanError::unsupported(format!("a TIFF page of {bits}-bit differences"))),
    }
}

/// Samples of 1 to 16 bits to one byte each; palette indices keep their value.
fn narrow<'a>(line: &'a [u8], form: &'a Form, count: usize) -> impl Iterator<Item = u8> + 'a {
    let (bits, top) = (form.bits as usize, (1_u32 << form.bits) - 1);
    (0..count).map(move |i| {
        let value = if bits == 16 {
            u32::from(form.order.u16(line, i * 2).unwrap_or(0))
        } else {
            (i * bits..(i + 1) * bits).fold(0, |v, bit| v << 1 | u32::from(line[bit / 8] >> (7 - bit % 8) & 1))
        };
        if form.photometric == Photometric::Palette { value.min(255) as u8 } else { ((value * 255 + top / 2) / top) as u8 }
    })
}

/// Copies decoded rows (`stride` bytes apart, `carried` samples per pixel) to their place on the page.
fn put(chunk: &Chunk<'_>, form: &Form, carried: usize, stride: usize, rows: &[u8], samples: &mut [u8]) {
    let page_width = form.width as usize;
    let width = (chunk.width as usize).min(page_width - chunk.x as usize).min(stride / carried);
    let height = chunk.height.min(form.height - chunk.y) as usize;
    for (row, from) in rows.chunks_exact(stride).take(height).enumerate() {
        let to = ((chunk.y as usize + row) * page_width + chunk.x as usize) * form.used;
        let to = &mut samples[to..to + width * form.used];
        if form.planar {
            to.chunks_exact_mut(form.used).zip(from).for_each(|(pixel, sample)| pixel[chunk.plane] = *sample);
        } else if carried == form.used {
            to.copy_from_slice(&from[..width * carried]);
        } else {
            let pixels = to.chunks_exact_mut(form.used).zip(from.chunks_exact(carried));
            pixels.for_each(|(pixel, sample)| pixel.copy_from_slice(&sample[..form.used]));
        }
    }
}
