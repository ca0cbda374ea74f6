//! A little-endian TIFF 6.0 writer for scans: one strip per page, Group 4 for one-bit pages, deflate for the rest, and
//! resolutions that need not be square.

use super::file::{Picture, deflated, group4};

/// One page ready to be written.
pub(crate) struct TiffPage {
    size: (u32, u32),
    samples: u16,
    bits: u16,
    compression: u16,
    photometric: u16,
    dpi: (f64, f64),
    strip: Vec<u8>,
}

/// Compresses a page.
pub(crate) fn page(picture: &Picture) -> TiffPage {
    let samples = picture.planes.len() as u16;
    let dpi = (picture.dpi.x, picture.dpi.y);
    let size = picture.size();
    if picture.bilevel {
        return TiffPage { size, samples: 1, bits: 1, compression: 4, photometric: 0, dpi, strip: group4(picture) };
    }
    let photometric = if samples == 3 { 2 } else { 1 };
    TiffPage { size, samples, bits: 8, compression: 8, photometric, dpi, strip: deflated(&picture.interleaved()) }
}

/// The file: header, then each page's strip followed by its directory.
pub(crate) fn write(pages: &[TiffPage]) -> Vec<u8> {
    let mut bytes = b"II*\0\0\0\0\0".to_vec();
    // Where the offset of the next directory must be written.
    let mut link = 4;
    for page in pages {
        let strip = bytes.len() as u32;
        bytes.extend(&page.strip);
        let outside = even(&mut bytes);
        let bits = u32::from(page.bits);
        if page.samples == 3 {
            bytes.extend([8, 0, 8, 0, 8, 0, 0, 0]);
        }
        let resolution = bytes.len() as u32;
        for dpi in [page.dpi.0, page.dpi.1] {
            bytes.extend(((dpi * 100.0).round() as u32).to_le_bytes());
            bytes.extend(100u32.to_le_bytes());
        }
        let directory = bytes.len() as u32;
        bytes[link..link + 4].copy_from_slice(&directory.to_le_bytes());
        let per_sample = if page.samples == 3 { (3, outside) } else { (1, bits) };
        let entries: [(u16, u16, u32, u32); 13] = [
            (254, 4, 1, 2), // NewSubfileType: a page of several
            (256, 4, 1, page.size.0),
            (257, 4, 1, page.size.1),
            (258, 3, per_sample.0, per_sample.1),
            (259, 3, 1, u32::from(page.compression)),
            (262, 3, 1, u32::from(page.photometric)),
            (273, 4, 1, strip),
            (277, 3, 1, u32::from(page.samples)),
            (278, 4, 1, page.size.1),
            (279, 4, 1, page.strip.len() as u32),
            (282, 5, 1, resolution),
            (283, 5, 1, resolution + 8),
            (296, 3, 1, 2), // ResolutionUnit: inch
        ];
        bytes.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(count.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        link = bytes.len();
        bytes.extend([0; 4]);
    }
    bytes
}

/// Directories and what they point at start at even offsets (TIFF 6.0, section 2).
fn even(bytes: &mut Vec<u8>) -> u32 {
    if bytes.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes.len() as u32
}
