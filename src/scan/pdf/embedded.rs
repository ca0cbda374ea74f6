//! The scanner's own picture out of a scanned PDF page: its pixels at their own resolution, turned as the page shows them.
//! Does not draw, resample or salvage.

use super::filters::{self, Bare, Filter};
use super::survey::{self, Place};
use super::{POINTS, codecs};
use crate::scan::picture::{Density, Picture, Pixels};
use crate::scan::{Budgets, ScanError, fax, jpeg};
use hayro::hayro_interpret::{ImageData, RasterImage};
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use hayro::hayro_syntax::page::Page as PdfPage;
use hayro::kurbo::Affine;
use hayro_ccitt::{DecodeSettings, EncodingMode};
use image::metadata::Orientation;

/// Decodes the picture that is the page.
pub(super) fn picture(page: &PdfPage<'_>, place: &Place, budgets: &Budgets) -> Result<Picture, ScanError> {
    let mut taken = None;
    survey::with_picture(page, place.index, budgets, &mut |raster| taken = Some(decode(raster, budgets)));
    let pixels = taken.unwrap_or_else(|| Err(ScanError::damaged("PDF: the page's picture is missing")))?;
    let (width, height) = pixels.dimensions();
    let [a, b, c, d, ..] = place.unit.as_coeffs();
    // Lengths in points of the picture's own width and height.
    let (across, down) = (a.hypot(b), c.hypot(d));
    let density = Density::stated(f64::from(width) / across * POINTS, f64::from(height) / down * POINTS);
    Ok(Picture { pixels, density, orientation: orientation(place.unit) })
}

/// How the page shows the picture: the eight ways a rectangle lies on another.
fn orientation(unit: Affine) -> Orientation {
    let [a, b, c, d, ..] = unit.as_coeffs();
    if a.abs().max(d.abs()) >= b.abs().max(c.abs()) {
        match (a > 0.0, d > 0.0) {
            (true, true) => Orientation::NoTransforms,
            (false, false) => Orientation::Rotate180,
            (false, true) => Orientation::FlipHorizontal,
            (true, false) => Orientation::FlipVertical,
        }
    } else {
        // The picture's x runs along the page's y: down where b > 0; its y along the page's x: to the right where c > 0.
        match (b > 0.0, c > 0.0) {
            (true, false) => Orientation::Rotate90,
            (false, true) => Orientation::Rotate270,
            (true, true) => Orientation::Rotate90FlipH,
            (false, false) => Orientation::Rotate270FlipH,
        }
    }
}

/// Colour spaces whose samples are taken as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    Grey,
    Rgb,
    /// None given: the codec knows.
    Open,
    /// Indexed, inks, Lab: left to the PDF library.
    Other,
}

fn decode(image: &RasterImage<'_>, budgets: &Budgets) -> Result<Pixels, ScanError> {
    let stream = image.stream();
    let dict = stream.dict();
    let (width, height) = (image.width(), image.height());
    let bits = dict.get::<u32>("BitsPerComponent").or_else(|| dict.get("BPC")).unwrap_or(8);
    let bare = filters::bare(stream, budgets)?;
    let inverted = inverted(dict);
    let direct = match (&bare.codec, space(dict), inverted) {
        (_, Space::Other, _) | (_, _, None) => None,
        (Some((Filter::Dct, parameters)), space, Some(_)) => dct(&bare.data, parameters, space, (width, height), budgets)?,
        (Some((Filter::Ccitt, parameters)), Space::Grey | Space::Open, Some(_)) => {
            Some(ccitt(&bare.data, parameters, height, budgets)?)
        }
        (None, space, Some(_)) => plain(&bare, space, bits, (width, height))?,
        _ => None,
    };
    match direct {
        Some(pixels) if inverted == Some(true) => Ok(invert(pixels)),
        Some(pixels) => Ok(pixels),
        None => through_library(image, &bare, height, budgets),
    }
}

fn space(dict: &Dict<'_>) -> Space {
    match dict.get::<Object<'_>>("ColorSpace").or_else(|| dict.get::<Object<'_>>("CS")) {
        None => Space::Open,
        Some(Object::Name(name)) => named_space(&name),
        Some(Object::Array(array)) => {
            let mut parts = array.iter::<Object<'_>>();
            match (parts.next(), parts.next()) {
                (Some(Object::Name(kind)), Some(Object::Stream(profile))) if &kind[..] == b"ICCBased" => profile_space(&profile),
                (Some(Object::Name(kind)), _) => named_space(&kind),
                _ => Space::Other,
            }
        }
        Some(_) => Space::Other,
    }
}

fn named_space(name: &Name<'_>) -> Space {
    match &name[..] {
        b"DeviceGray" | b"CalGray" | b"G" => Space::Grey,
        b"DeviceRGB" | b"CalRGB" | b"RGB" => Space::Rgb,
        _ => Space::Other,
    }
}

/// Scanners' profiles describe greys and RGB close to sRGB; red ink is found without applying them.
fn profile_space(profile: &Stream<'_>) -> Space {
    match profile.dict().get::<u32>("N") {
        Some(1) => Space::Grey,
        Some(3) => Space::Rgb,
        _ => Space::Other,
    }
}

/// Whether Decode turns the samples over; none where it does something else.
fn inverted(dict: &Dict<'_>) -> Option<bool> {
    let Some(array) = dict.get::<Array<'_>>("Decode").or_else(|| dict.get::<Array<'_>>("D")) else {
        return Some(false);
    };
    let values: Vec<f32> = array.iter::<f32>().collect();
    let all = |pair: [f32; 2]| values.chunks(2).all(|v| v.len() == 2 && (v[0] - pair[0]).abs() + (v[1] - pair[1]).abs() < 1e-6);
    if all([0.0, 1.0]) {
        Some(false)
    } else if all([1.0, 0.0]) {
        Some(true)
    } else {
        None
    }
}

fn invert(pixels: Pixels) -> Pixels {
    match pixels {
        Pixels::Grey(mut grey) => {
            grey.iter_mut().for_each(|v| *v = 255 - *v);
            Pixels::Grey(grey)
        }
        Pixels::Rgb(mut rgb) => {
            rgb.iter_mut().for_each(|v| *v = 255 - *v);
            Pixels::Rgb(rgb)
        }
    }
}

fn dct(
    data: &[u8],
    parameters: &Dict<'_>,
    space: Space,
    size: (u32, u32),
    budgets: &Budgets,
) -> Result<Option<Pixels>, ScanError> {
    let layout = jpeg::layout(data)?;
    let fits = match layout.components {
        1 => matches!(space, Space::Grey | Space::Open),
        3 => matches!(space, Space::Rgb | Space::Open) && parameters.get::<u32>("ColorTransform") != Some(0),
        _ => false,
    };
    if !fits || (layout.width, layout.height) != size {
        return Ok(None);
    }
    jpeg::decode_pixels(data, &layout, budgets).map(Some)
}

/// Group 3 and 4 with the parameters of ISO 32000-1, 7.4.6.
pub(super) fn ccitt(data: &[u8], parameters: &Dict<'_>, height: u32, budgets: &Budgets) -> Result<Pixels, ScanError> {
    let flag = |key: &str, default: bool| parameters.get::<bool>(key).unwrap_or(default);
    let columns = parameters.get::<u32>("Columns").unwrap_or(1728);
    budgets.admit(columns, height, 1)?;
    let settings = DecodeSettings {
        columns,
        rows: height,
        end_of_block: flag("EndOfBlock", true),
        end_of_line: flag("EndOfLine", false),
        rows_are_byte_aligned: flag("EncodedByteAlign", false),
        encoding: match parameters.get::<i32>("K").unwrap_or(0) {
            ..0 => EncodingMode::Group4,
            0 => EncodingMode::Group3_1D,
            1.. => EncodingMode::Group3_2D,
        },
        strict: true,
    };
    let (white, black) = if flag("BlackIs1", false) { (0, 255) } else { (255, 0) };
    let mut plane = vec![0; columns as usize * height as usize];
    fax::decode(data, settings, white, black, &mut plane)?;
    Pixels::grey(columns, height, plane)
}

/// Samples without a codec: bytes of grey or RGB, or bits of black and white.
fn plain(bare: &Bare<'_>, space: Space, bits: u32, size: (u32, u32)) -> Result<Option<Pixels>, ScanError> {
    let (width, height) = (size.0 as usize, size.1 as usize);
    let stride = match (space, bits) {
        (Space::Grey, 8) => width,
        (Space::Rgb, 8) => width * 3,
        (Space::Grey, 1) => width.div_ceil(8),
        _ => return Ok(None),
    };
    let Some(data) = bare.data.get(..stride * height) else {
        return Err(ScanError::damaged(format!("PDF: {} of {} bytes of pixels", bare.data.len(), stride * height)));
    };
    match (space, bits) {
        (Space::Rgb, _) => Pixels::rgb(size.0, size.1, data.to_vec()),
        (_, 8) => Pixels::grey(size.0, size.1, data.to_vec()),
        _ => {
            let bit = |row: &[u8], x: usize| if row[x / 8] >> (7 - x % 8) & 1 == 1 { 255 } else { 0 };
            let plane = data.chunks_exact(stride).flat_map(|row| (0..width).map(move |x| bit(row, x))).collect();
            Pixels::grey(size.0, size.1, plane)
        }
    }
    .map(Some)
}

/// Everything else through the PDF library, once it is known that all data are there.
fn through_library(image: &RasterImage<'_>, bare: &Bare<'_>, height: u32, budgets: &Budgets) -> Result<Pixels, ScanError> {
    codecs::complete(image.stream(), bare, budgets)?;
    let mut decoded = None;
    image.with_rgba(
        |data, _| {
            decoded = Some(match data {
                ImageData::Luma(luma) => Pixels::grey(luma.width, luma.height, luma.data),
                ImageData::Rgb(rgb) => Pixels::rgb(rgb.width, rgb.height, rgb.data),
            });
        },
        None,
    );
    let pixels = decoded.unwrap_or_else(|| Err(ScanError::damaged("PDF: the page's picture cannot be decoded")))?;
    // The library shortens a picture whose data end early; codecs with a size of their own are not shortened.
    let own_size = matches!(bare.codec, Some((Filter::Jbig2 | Filter::Jpx, _)));
    if !own_size && pixels.dimensions().1 < height {
        return Err(ScanError::damaged(format!("PDF: {} of {height} rows of the picture", pixels.dimensions().1)));
    }
    Ok(pixels)
}
