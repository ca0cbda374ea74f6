//! What the samples of a TIFF page mean: grey either way round, RGB, palette, four inks, alpha over white.
//! Does not manage colour: profiles are not applied.

use super::directory::{Directory, tag};
use super::{Compression, Form};
use crate::scan::ScanError;
use crate::scan::picture::Pixels;
use crate::scan::png::blend;

/// Tag 262.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Photometric {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    Cmyk,
    /// Only in JPEG strips, which come out as RGB.
    YCbCr,
}

impl Photometric {
    /// The meaning of tag 262; where old software left it out, what the other tags leave open.
    pub(super) fn read(value: Option<u64>, samples: usize, compression: Compression) -> Result<Self, ScanError> {
        Ok(match value {
            Some(0) => Self::WhiteIsZero,
            None if compression.is_fax() => Self::WhiteIsZero,
            Some(2) => Self::Rgb,
            None if samples >= 3 => Self::Rgb,
            Some(1) | None => Self::BlackIsZero,
            Some(3) => Self::Palette,
            Some(5) if samples >= 4 => Self::Cmyk,
            Some(6) if compression == Compression::Jpeg => Self::YCbCr,
            Some(other) => {
                return Err(ScanError::unsupported(format!("a TIFF page with photometric interpretation {other}")));
            }
        })
    }

    /// Colour samples per pixel.
    pub(super) fn samples(self) -> usize {
        match self {
            Self::WhiteIsZero | Self::BlackIsZero | Self::Palette => 1,
            Self::Rgb | Self::YCbCr => 3,
            Self::Cmyk => 4,
        }
    }

    pub(super) fn is_grey(self) -> bool {
        matches!(self, Self::WhiteIsZero | Self::BlackIsZero)
    }
}

/// Interleaved samples to a picture.
pub(super) fn pixels(mut samples: Vec<u8>, form: &Form, directory: &Directory, bytes: &[u8]) -> Result<Pixels, ScanError> {
    let colours = form.photometric.samples();
    let (width, height) = (form.width, form.height);
    if form.photometric == Photometric::WhiteIsZero {
        samples.chunks_exact_mut(form.used).for_each(|pixel| pixel[0] = 255 - pixel[0]);
    }
    if form.used == colours {
        match form.photometric {
            Photometric::WhiteIsZero | Photometric::BlackIsZero => return Pixels::grey(width, height, samples),
            Photometric::Rgb | Photometric::YCbCr => return Pixels::rgb(width, height, samples),
            Photometric::Palette | Photometric::Cmyk => {}
        }
    }
    let palette = if form.photometric == Photometric::Palette { palette(form, directory, bytes)? } else { Vec::new() };
    let mut rgb = Vec::with_capacity(samples.len() / form.used * 3);
    for pixel in samples.chunks_exact(form.used) {
        let [r, g, b] = match form.photometric {
            Photometric::WhiteIsZero | Photometric::BlackIsZero => [pixel[0]; 3],
            Photometric::Palette => palette.get(usize::from(pixel[0])).copied().unwrap_or([0; 3]),
            Photometric::Rgb | Photometric::YCbCr => [pixel[0], pixel[1], pixel[2]],
            Photometric::Cmyk => [0, 1, 2].map(|ink| under_black(pixel[ink], pixel[3])),
        };
        let alpha = pixel.get(colours).copied().unwrap_or(255);
        let lit = |ink: u8| if form.multiplied { ink.saturating_add(255 - alpha) } else { blend(ink, alpha) };
        rgb.extend([r, g, b].map(lit));
    }
    Pixels::rgb(width, height, rgb)
}

/// One ink and black, both 255 for full, as light.
fn under_black(ink: u8, black: u8) -> u8 {
    ((255 - u32::from(ink)) * (255 - u32::from(black)) / 255) as u8
}

/// Tag 320: all reds, then all greens, then all blues, 16 bits each.
fn palette(form: &Form, directory: &Directory, bytes: &[u8]) -> Result<Vec<[u8; 3]>, ScanError> {
    let map = directory.numbers(bytes, tag::COLOUR_MAP).unwrap_or_default();
    let colours = 1_usize << form.bits;
    if form.bits > 8 || map.len() < colours * 3 {
        return Err(ScanError::damaged("TIFF: no colour map for the page's palette"));
    }
    // Some writers fill in 8 bits where 16 are asked for.
    let shift = if map.iter().any(|v| *v > 255) { 8 } else { 0 };
    Ok((0..colours).map(|i| [i, i + colours, i + 2 * colours].map(|at| (map[at] >> shift) as u8)).collect())
}
