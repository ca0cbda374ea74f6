//! JPEG files, and the JPEG streams inside TIFF and PDF: grey stays grey, four inks become RGB.
//! Does not repair: data that ends early is an error, never a grey lower half.

use super::bytes::Order;
use super::picture::{Density, Picture, Pixels};
use super::{Budgets, ScanError};
use image::metadata::Orientation;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// What the markers of a JPEG say, read before anything is decoded.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: u8,
    progressive: bool,
    scans: u64,
    /// Bytes of entropy-coded data in all scans.
    entropy: usize,
    /// Where the end marker stands.
    end: usize,
    jfif: Density,
    exif: Option<std::ops::Range<usize>>,
}

/// Decodes a JPEG file with its own density and orientation.
pub(super) fn decode(bytes: &[u8], budgets: &Budgets) -> Result<Picture, ScanError> {
    let layout = layout(bytes)?;
    let exif = layout.exif.clone().and_then(|range| bytes.get(range));
    let density = match (layout.jfif, exif.map_or(Density::Unknown, exif_density)) {
        (stated @ Density::Stated(_), _) | (_, stated @ Density::Stated(_)) => stated,
        (jfif, _) => jfif,
    };
    let orientation = exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    let pixels = decode_pixels(bytes, &layout, budgets)?;
    Ok(Picture { pixels, density, orientation })
}

/// Decodes the pixels of a JPEG stream: one component to grey, everything else to RGB.
pub(super) fn decode_pixels(bytes: &[u8], layout: &Layout, budgets: &Budgets) -> Result<Pixels, ScanError> {
    let out = if layout.components == 1 { ColorSpace::Luma } else { ColorSpace::RGB };
    let decoded = decode_samples(bytes, layout, Some(out), budgets)?;
    match out {
        ColorSpace::Luma => Pixels::grey(layout.width, layout.height, decoded),
        _ => Pixels::rgb(layout.width, layout.height, decoded),
    }
}

/// Decodes to interleaved samples of the colour space asked for, or leaves them as they are stored where none is.
pub(super) fn decode_samples(
    bytes: &[u8],
    layout: &Layout,
    out: Option<ColorSpace>,
    budgets: &Budgets,
) -> Result<Vec<u8>, ScanError> {
    layout.admit(budgets)?;
    // Without its end marker the decoder notices data that runs out inside the last rows, which it otherwise fills up.
    // Small pictures keep it: there the decoder reads ahead by more than a row, and would see an end too early.
    let stop = if layout.width >= 1000 && !layout.progressive { layout.end } else { layout.end + 2 };
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let failure = |e| ScanError::damaged(format!("JPEG: {e}"));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&bytes[..stop]), options);
    decoder.decode_headers().map_err(failure)?;
    let out = out.or_else(|| decoder.input_colorspace()).unwrap_or(ColorSpace::Luma);
    decoder.set_options(options.jpeg_set_out_colorspace(out));
    let decoded = decoder.decode().map_err(failure)?;
    let expected = layout.width as usize * layout.height as usize * out.num_components();
    if decoded.len() != expected {
        return Err(ScanError::damaged(format!("JPEG: {} of {expected} bytes of pixels", decoded.len())));
    }
    Ok(decoded)
}

impl Layout {
    fn admit(&self, budgets: &Budgets) -> Result<(), ScanError> {
        // Progressive data is kept as 16-bit coefficients until the last scan.
        let per_pixel = u64::from(self.components.max(1)) * if self.progressive { 3 } else { 1 };
        budgets.admit(self.width, self.height, per_pixel)?;
        let pixels = u64::from(self.width) * u64::from(self.height);
        let (found, limit) = (pixels.saturating_mul(self.scans), budgets.pixels.saturating_mul(10));
        if self.progressive && found > limit {
            return Err(ScanError::TooLarge { what: "too many passes over a progressive JPEG".into(), found, limit });
        }
        // ITU-T T.81 F.1.2: each block of a sequential picture has a DC and an end-of-block code of at least a bit each.
        let blocks = u64::from(self.width.div_ceil(8)) * u64::from(self.height.div_ceil(8));
        if !self.progressive && (self.entropy as u64) * 8 < blocks * 2 {
            return Err(ScanError::damaged("JPEG: less data than a blank page of that size has"));
        }
        Ok(())
    }
}

/// Walks the markers (ITU-T T.81 B.1) up to the end of the image.
pub(super) fn layout(bytes: &[u8]) -> Result<Layout, ScanError> {
    let cut = || ScanError::damaged("JPEG: the file ends before its picture does");
    let mut layout = Layout {
        width: 0,
        height: 0,
        components: 0,
        progressive: false,
        scans: 0,
        entropy: 0,
        end: 0,
        jfif: Density::Unknown,
        exif: None,
    };
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1).ok_or_else(cut)?;
        match (bytes[at], marker) {
            (0xFF, 0xFF) => at += 1,
            (0xFF, 0x01 | 0xD0..=0xD8) => at += 2,
            (0xFF, 0xD9) if layout.scans > 0 => {
                layout.end = at;
                return Ok(layout);
            }
            (0xFF, 0xD9) => return Err(ScanError::damaged("JPEG: no picture before the end marker")),
            (0xFF, 1..) => {
                let length = usize::from(Order::Big.u16(bytes, at + 2).ok_or_else(cut)?);
                let body = at + 4..at + 2 + length.max(2);
                let segment = bytes.get(body.clone()).ok_or_else(cut)?;
                layout.take(marker, segment, &body)?;
                at = body.end;
                if marker == 0xDA {
                    let next = end_of_scan(bytes, at).ok_or_else(cut)?;
                    layout.entropy += next - at;
                    at = next;
                }
            }
            // Stray bytes between segments: decoders skip them, so no data is lost by it.
            _ => at += 1,
        }
    }
}

/// The position of the marker that ends entropy-coded data: a 0xFF neither stuffed nor a restart.
fn end_of_scan(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|&b| b == 0xFF)?;
        match *bytes.get(at + 1)? {
            0x00 | 0xD0..=0xD7 => at += 2,
            0xFF => at += 1,
            _ => return Some(at),
        }
    }
}

impl Layout {
    fn take(&mut self, marker: u8, segment: &[u8], at: &std::ops::Range<usize>) -> Result<(), ScanError> {
        match marker {
            0xC0..=0xC2 => return self.take_frame(marker, segment),
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Err(ScanError::unsupported("a lossless, hierarchical or arithmetic-coded JPEG"));
            }
            0xDA if self.width == 0 => return Err(ScanError::damaged("JPEG: a scan before its frame header")),
            0xDA => self.scans += 1,
            0xE0 if segment.starts_with(b"JFIF\0") => self.jfif = jfif_density(segment),
            0xE1 if segment.starts_with(b"Exif\0") && self.exif.is_none() => self.exif = Some(at.start + 6..at.end),
            _ => {}
        }
        Ok(())
    }

    fn take_frame(&mut self, marker: u8, segment: &[u8]) -> Result<(), ScanError> {
        let [precision, h1, h0, w1, w0, components, ..] = *segment else {
            return Err(ScanError::damaged("JPEG: short frame header"));
        };
        if precision != 8 {
            return Err(ScanError::unsupported(format!("a JPEG with {precision} bits per sample")));
        }
        if self.width != 0 {
            return Err(ScanError::damaged("JPEG: two frame headers"));
        }
        self.width = u32::from(u16::from_be_bytes([w1, w0]));
        self.height = u32::from(u16::from_be_bytes([h1, h0]));
        self.components = components;
        self.progressive = marker == 0xC2;
        if self.width == 0 || self.height == 0 {
            return Err(ScanError::damaged("the picture has no width or no height"));
        }
        Ok(())
    }
}

/// Density of a JFIF header (ISO/IEC 10918-5): unit 0 is a ratio, 1 dots per inch, 2 dots per cm.
fn jfif_density(segment: &[u8]) -> Density {
    let (Some(&unit), Some(x), Some(y)) = (segment.get(7), Order::Big.u16(segment, 8), Order::Big.u16(segment, 10)) else {
        return Density::Unknown;
    };
    let (x, y) = (f64::from(x), f64::from(y));
    match unit {
        1 => Density::stated(x, y),
        2 => Density::stated(x * 2.54, y * 2.54),
        _ => Density::aspect(x, y),
    }
}

/// Resolution tags of an EXIF block: 282, 283 and their unit 296.
fn exif_density(exif: &[u8]) -> Density {
    exif_numbers(exif).map_or(Density::Unknown, |[x, y, unit]| match unit as u32 {
        3 => Density::stated(x * 2.54, y * 2.54),
        _ => Density::stated(x, y),
    })
}

fn exif_numbers(exif: &[u8]) -> Option<[f64; 3]> {
    let order = match exif.get(..2)? {
        b"II" => Order::Little,
        b"MM" => Order::Big,
        _ => return None,
    };
    let directory = order.u32(exif, 4)? as usize;
    let (mut x, mut y, mut unit) = (None, None, 2.0);
    for entry in (0..usize::from(order.u16(exif, directory)?)).map(|i| directory + 2 + i * 12) {
        let rational = || {
            let at = order.u32(exif, entry + 8)? as usize;
            Some(f64::from(order.u32(exif, at)?) / f64::from(order.u32(exif, at.checked_add(4)?)?))
        };
        match order.u16(exif, entry)? {
            282 => x = rational(),
            283 => y = rational(),
            296 => unit = f64::from(order.u16(exif, entry + 8)?),
            _ => {}
        }
    }
    Some([x?, y?, unit])
}
