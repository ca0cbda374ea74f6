//! What a file and a page are known by for years: hashes over the file's bytes, and over the pixels in it.

use crate::image::Raster;
use image::GrayImage;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Hex SHA-256 of a file's bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Hash over width, height (32 bit, little endian), the grey plane and, where the scan has colour, the pen plane. Of a page
/// in pure black and white, whatever its file, over its bits: an eighth of the bytes.
pub(super) fn pixels_sha256(raster: &Raster) -> String {
    let (width, height) = raster.dimensions();
    let mut hash = Sha256::new();
    hash.update(width.to_le_bytes());
    hash.update(height.to_le_bytes());
    if raster.has_colour() {
        hash.update(raster.luma().as_raw());
        hash.update(raster.pen().as_raw());
    } else {
        match bits(raster.luma()) {
            Some(bits) => hash.update(bits),
            None => hash.update(raster.luma().as_raw()),
        }
    }
    hex(&hash.finalize())
}

/// A picture of nothing but black and white with eight pixels to a byte, the first in its highest bit, 1 for white; rows are
/// filled up with zeros. None where any pixel is grey.
fn bits(plane: &GrayImage) -> Option<Vec<u8>> {
    let mut bits = Vec::with_capacity(plane.len() / 8 + plane.height() as usize);
    for row in plane.as_raw().chunks_exact(plane.width().max(1) as usize) {
        let (eights, rest) = row.as_chunks::<8>();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        let last = if rest.is_empty() { &[][..] } else { &[last] };
        let mut any_grey = 0;
        for eight in eights.iter().chain(last) {
            let (byte, grey) = packed(*eight);
            bits.push(byte);
            any_grey |= grey;
        }
        if any_grey != 0 {
            return None;
        }
    }
    Some(bits)
}

/// Eight pixels of black or white as bits, and what is not 0 where one of them is neither.
fn packed(pixels: [u8; 8]) -> (u8, u64) {
    let pixels = u64::from_be_bytes(pixels);
    let white = pixels & 0x0101_0101_0101_0101;
    // Each bit moves to its own place in the highest byte; none meets another on the way.
    ((white.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8, white.wrapping_mul(255) ^ pixels)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    #[test]
    fn eight_pixels_make_a_byte_with_the_first_in_its_highest_bit() {
        for byte in 0..=255_u8 {
            let pixels = std::array::from_fn(|i| if byte >> (7 - i) & 1 == 1 { 255 } else { 0 });
            assert_eq!(packed(pixels), (byte, 0));
        }
        for grey in 1..=254 {
            assert_ne!(packed([255, 0, 255, grey, 0, 0, 255, 0]).1, 0);
        }
    }

    #[test]
    fn rows_of_bits_begin_with_a_byte_of_their_own() {
        let mut page = GrayImage::from_fn(11, 2, |x, _| Luma([if x == 0 || x == 10 { 255 } else { 0 }]));
        assert_eq!(bits(&page), Some(vec![0x80, 0x20, 0x80, 0x20]));
        page.put_pixel(10, 1, Luma([254]));
        assert_eq!(bits(&page), None);
    }

    #[test]
    fn one_pixel_gives_another_hash() {
        let dpi = crate::geometry::Dpi::square(300.0);
        let page = GrayImage::from_pixel(40, 30, Luma([255]));
        let hash = |page: &GrayImage| pixels_sha256(&Raster::grey(page.clone(), dpi));
        let mut others = vec![hash(&page)];
        for shade in [0, 254] {
            let mut other = page.clone();
            other.put_pixel(39, 29, Luma([shade]));
            others.push(hash(&other));
        }
        // The same bits in another shape.
        others.push(hash(&GrayImage::from_pixel(30, 40, Luma([255]))));
        others.sort();
        others.dedup();
        assert_eq!(others.len(), 4);
    }
}
