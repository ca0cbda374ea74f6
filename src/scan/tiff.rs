//! TIFF and `BigTIFF` files: their pages, and each page's strips or tiles put together.
//! Does not stop at a page it cannot read: that page fails alone, and the pages behind it are still found.
//!
//! The directories are walked here and not by the `tiff` crate, because that one refuses a whole file for its first page,
//! and knows neither G3, reversed bits, palettes nor separate planes, all of which fax servers and old scanners write.

mod colour;
mod directory;
mod strips;

use super::bytes::Order;
use super::picture::{Density, Picture, Pixels};
use super::{Budgets, ScanError};
use colour::Photometric;
use directory::{Directory, tag};
use image::metadata::Orientation;
use std::collections::HashSet;
use std::sync::Arc;
use strips::Compression;

/// An opened TIFF file: where its pages are.
pub(super) struct Container {
    bytes: Arc<[u8]>,
    /// One directory per page; none where the directory itself is damaged.
    pages: Vec<Option<Directory>>,
}

/// The tags of a page that say how its samples lie.
#[expect(clippy::struct_excessive_bools, reason = "each is a tag of the file, and they are independent")]
struct Form {
    width: u32,
    height: u32,
    /// Bits per sample, the same for all.
    bits: u32,
    /// Samples per pixel in the file.
    samples: usize,
    /// Samples per pixel that are used: colours, and alpha where there is one.
    used: usize,
    /// One plane per sample instead of interleaved samples.
    planar: bool,
    /// Colours were multiplied by their alpha before they were stored.
    multiplied: bool,
    photometric: Photometric,
    compression: Compression,
    predictor: bool,
    reversed: bool,
    order: Order,
}

impl Container {
    /// Walks the chain of directories. A chain that leaves the file counts one damaged page, so that its loss is seen.
    pub(super) fn open(bytes: Arc<[u8]>, budgets: &Budgets) -> Result<Self, ScanError> {
        let header = directory::header(&bytes).ok_or_else(|| ScanError::damaged("TIFF: no complete header"))?;
        let (mut pages, mut seen, mut next) = (Vec::new(), HashSet::new(), header.first);
        while next != 0 && seen.insert(next) {
            let directory = Directory::read(&bytes, &header, next);
            next = directory.as_ref().map_or(0, |d| d.next);
            let preview = directory.as_ref().is_some_and(|d| d.is_preview(&bytes));
            // A reduced copy of a page (a preview) or a mask is no sheet of its own.
            if !preview {
                pages.push(directory);
            }
            if seen.len() as u64 > u64::from(budgets.pages) {
                let (found, limit) = (seen.len() as u64, u64::from(budgets.pages));
                return Err(ScanError::TooLarge { what: "too many pages in the file".into(), found, limit });
            }
        }
        if pages.iter().all(Option::is_none) {
            return Err(ScanError::damaged("TIFF: no page can be found"));
        }
        Ok(Self { bytes, pages })
    }

    pub(super) fn page_count(&self) -> u32 {
        self.pages.len() as u32
    }

    /// Decodes one page, from 1.
    pub(super) fn decode(&self, number: u32, budgets: &Budgets) -> Result<Picture, ScanError> {
        let directory = (number as usize).checked_sub(1).and_then(|i| self.pages.get(i)).and_then(Option::as_ref);
        let directory = directory.ok_or_else(|| ScanError::damaged("TIFF: the page's directory lies outside the file"))?;
        let form = Form::read(directory, &self.bytes)?;
        form.admit(budgets)?;
        let chunks = strips::chunks(directory, &self.bytes, &form)?;
        let pixels = if form.is_bilevel() {
            let mut plane = vec![0; form.width as usize * form.height as usize];
            for chunk in &chunks {
                strips::paint_bilevel(chunk, &form, directory, &self.bytes, &mut plane)?;
            }
            Pixels::grey(form.width, form.height, plane)?
        } else {
            let mut samples = vec![0; form.width as usize * form.height as usize * form.used];
            for chunk in &chunks {
                strips::place(chunk, &form, directory, &self.bytes, budgets, &mut samples)?;
            }
            colour::pixels(samples, &form, directory, &self.bytes)?
        };
        Ok(Picture { pixels, density: density(directory, &self.bytes), orientation: orientation(directory, &self.bytes) })
    }
}

impl Form {
    fn read(directory: &Directory, bytes: &[u8]) -> Result<Self, ScanError> {
        let number = |tag| directory.number(bytes, tag);
        let size = |tag| number(tag).and_then(|n| u32::try_from(n).ok()).filter(|&n| n > 0);
        let (Some(width), Some(height)) = (size(tag::WIDTH), size(tag::HEIGHT)) else {
            return Err(ScanError::damaged("TIFF: the page has no width or no height"));
        };
        let bits = directory.numbers(bytes, tag::BITS_PER_SAMPLE).unwrap_or_else(|| vec![1]);
        let (&first, rest) = bits.split_first().ok_or_else(|| ScanError::damaged("TIFF: no bits per sample"))?;
        let samples = number(tag::SAMPLES_PER_PIXEL).unwrap_or(1) as usize;
        if rest.iter().any(|b| *b != first) || !(1..=16).contains(&first) || !(1..=16).contains(&samples) {
            return Err(ScanError::unsupported(format!("a TIFF page of {samples} samples of {bits:?} bits")));
        }
        if directory.numbers(bytes, tag::SAMPLE_FORMAT).is_some_and(|f| f.iter().any(|f| !matches!(f, 1 | 4))) {
            return Err(ScanError::unsupported("a TIFF page of signed or fractional samples"));
        }
        let compression = Compression::read(number(tag::COMPRESSION).unwrap_or(1))?;
        let photometric = Photometric::read(number(tag::PHOTOMETRIC), samples, compression)?;
        let extra = directory.number(bytes, tag::EXTRA_SAMPLES);
        let alpha = matches!(extra, Some(1 | 2));
        let colours = photometric.samples();
        if samples < colours {
            return Err(ScanError::damaged(format!("TIFF: {samples} samples per pixel where {colours} are needed")));
        }
        Ok(Self {
            width,
            height,
            bits: first as u32,
            samples,
            used: if alpha && samples > colours { colours + 1 } else { colours },
            multiplied: extra == Some(1),
            planar: number(tag::PLANAR) == Some(2) && samples > 1,
            photometric,
            compression,
            predictor: predictor(number(tag::PREDICTOR))?,
            reversed: number(tag::FILL_ORDER) == Some(2),
            order: directory.order,
        })
    }

    fn admit(&self, budgets: &Budgets) -> Result<(), ScanError> {
        budgets.admit(self.width, self.height, self.samples as u64)
    }

    /// Black and white in one bit: decoded straight to the grey plane.
    fn is_bilevel(&self) -> bool {
        self.bits == 1 && self.samples == 1 && self.photometric.is_grey() && self.compression != Compression::Jpeg
    }
}

fn predictor(tag: Option<u64>) -> Result<bool, ScanError> {
    match tag {
        None | Some(1) => Ok(false),
        Some(2) => Ok(true),
        Some(other) => Err(ScanError::unsupported(format!("a TIFF page with predictor {other}"))),
    }
}

/// Tags 282, 283 and 296 (TIFF 6.0 section 8): unit 1 is a ratio only, 2 (the default) inches, 3 centimetres.
fn density(directory: &Directory, bytes: &[u8]) -> Density {
    let (Some(x), Some(y)) = (directory.rational(bytes, tag::X_RESOLUTION), directory.rational(bytes, tag::Y_RESOLUTION)) else {
        return Density::Unknown;
    };
    match directory.number(bytes, tag::RESOLUTION_UNIT) {
        Some(1) => Density::aspect(x, y),
        Some(3) => Density::stated(x * 2.54, y * 2.54),
        _ => Density::stated(x, y),
    }
}

fn orientation(directory: &Directory, bytes: &[u8]) -> Orientation {
    let value = directory.number(bytes, tag::ORIENTATION).unwrap_or(1);
    u8::try_from(value).ok().and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms)
}
