//! PNG files of every bit depth and colour type; transparency lies over white paper.
//! Does not read animations beyond their first frame.

use super::bytes::Order;
use super::picture::{Density, Picture, Pixels};
use super::{Budgets, ScanError};
use image::codecs::png::PngDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, Limits};
use std::io::Cursor;

/// Decodes a PNG file.
pub(super) fn decode(bytes: &[u8], budgets: &Budgets) -> Result<Picture, ScanError> {
    let (width, height) = admit(bytes, budgets)?;
    let mut limits = Limits::no_limits();
    // Room for the profile and text chunks beside the pixels, which admit() has counted.
    limits.max_alloc = Some(budgets.decoded_bytes.saturating_add(64 << 20));
    let mut decoder = PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(failure)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(failure)?;
    if (decoded.width(), decoded.height()) != (width, height) {
        return Err(ScanError::damaged("PNG: the picture is not of the size its header says"));
    }
    Ok(Picture { pixels: pixels(decoded), density: density(bytes), orientation })
}

/// Reads the header chunk (ISO/IEC 15948, 11.2.2) and holds it against the budgets.
fn admit(bytes: &[u8], budgets: &Budgets) -> Result<(u32, u32), ScanError> {
    let header = || Some((Order::Big.u32(bytes, 16)?, Order::Big.u32(bytes, 20)?, *bytes.get(24)?, *bytes.get(25)?));
    let Some((width, height, depth, colour)) = header().filter(|_| bytes.get(12..16) == Some(b"IHDR")) else {
        return Err(ScanError::damaged("PNG: no complete header"));
    };
    let channels = match colour {
        0 => 1,
        4 => 2,
        2 => 3,
        _ => 4,
    };
    budgets.admit(width, height, channels * if depth == 16 { 2 } else { 1 })?;
    // DEFLATE packs at most 1032 bytes into one; a file that claims more pixels than that is cut short or lies.
    let bits = if colour == 3 { 1 } else { channels } * u64::from(depth.max(1));
    let least = (u64::from(width) * bits).div_ceil(8) * u64::from(height);
    if (bytes.len() as u64).saturating_mul(1032) < least {
        return Err(ScanError::damaged("PNG: less data than a blank page of that size has"));
    }
    Ok((width, height))
}

fn failure(error: ImageError) -> ScanError {
    match error {
        ImageError::Unsupported(what) => ScanError::unsupported(format!("a PNG file ({what})")),
        other => ScanError::damaged(format!("PNG: {other}")),
    }
}

fn pixels(decoded: DynamicImage) -> Pixels {
    match decoded {
        DynamicImage::ImageLuma8(grey) => Pixels::Grey(grey),
        DynamicImage::ImageLuma16(_) => Pixels::Grey(decoded.into_luma8()),
        DynamicImage::ImageRgb8(rgb) => Pixels::Rgb(rgb),
        DynamicImage::ImageRgb16(_) => Pixels::Rgb(decoded.into_rgb8()),
        transparent => over_white(&transparent.into_rgba8()),
    }
}

fn over_white(rgba: &image::RgbaImage) -> Pixels {
    let mut rgb = image::RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in rgb.as_chunks_mut().0.iter_mut().zip(rgba.as_raw().as_chunks().0) {
        let [r, g, b, alpha]: [u8; 4] = *from;
        *to = [r, g, b].map(|ink| blend(ink, alpha));
    }
    Pixels::Rgb(rgb)
}

/// Ink over white paper.
pub(super) fn blend(ink: u8, alpha: u8) -> u8 {
    let (ink, alpha) = (u32::from(ink), u32::from(alpha));
    ((ink * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// The pHYs chunk (11.3.4.3): pixels per metre, or a ratio only.
fn density(bytes: &[u8]) -> Density {
    let mut at = 8;
    while let (Some(length), Some(kind)) = (Order::Big.u32(bytes, at), bytes.get(at + 4..at + 8)) {
        if kind == b"IDAT" {
            break;
        }
        if kind == b"pHYs"
            && let (Some(x), Some(y)) = (Order::Big.u32(bytes, at + 8), Order::Big.u32(bytes, at + 12))
        {
            let (x, y) = (f64::from(x), f64::from(y));
            return match bytes.get(at + 16) {
                Some(1) => Density::stated(x * 0.0254, y * 0.0254),
                _ => Density::aspect(x, y),
            };
        }
        at = at.saturating_add(12).saturating_add(length as usize);
    }
    Density::Unknown
}
