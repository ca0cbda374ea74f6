//! CCITT Group 4 (ITU-T T.6) encoder for one-bit pages, as fax servers and document scanners write TIFF and PDF.
//! Does not write the files around it (`tiff`, `pdf`).

use image::GrayImage;

/// The page as T.6 code, ended by EOFB: pixels below 128 are black.
pub(crate) fn encode(page: &GrayImage) -> Vec<u8> {
    let width = page.width() as usize;
    let mut bits = Bits::default();
    let mut above = vec![false; width];
    for row in page.as_raw().chunks_exact(width) {
        let row: Vec<bool> = row.iter().map(|p| *p < 128).collect();
        encode_row(&row, &above, &mut bits);
        above = row;
    }
    bits.push("000000000001000000000001");
    bits.finish()
}

/// One row by the rules of T.6 section 2.2: `a0` runs along the coding line, `b1` and `b2` are the changes above it.
fn encode_row(row: &[bool], above: &[bool], bits: &mut Bits) {
    let width = row.len();
    let mut a0 = 0;
    let mut started = false;
    let mut colour = false;
    while a0 < width {
        let a1 = next_change(row, a0, colour);
        let b1 = reference_change(above, a0, started, colour);
        let b2 = next_change(above, b1, !colour);
        if b2 < a1 {
            bits.push("0001");
            a0 = b2;
        } else if let Some(code) = vertical(a1 as i64 - b1 as i64) {
            bits.push(code);
            a0 = a1;
            colour = !colour;
        } else {
            let a2 = next_change(row, a1, !colour);
            bits.push("001");
            bits.run(a1 - a0, colour);
            bits.run(a2 - a1, !colour);
            a0 = a2;
        }
        started = true;
    }
}

/// First place at or after `from` whose colour is not `colour`.
fn next_change(row: &[bool], from: usize, colour: bool) -> usize {
    (from..row.len()).find(|i| row[*i] != colour).unwrap_or(row.len())
}

/// b1: first change above, to the right of `a0`, to the colour opposite to that of the coding line. Before the first code of a
/// line `a0` lies just left of it, so a change in the first column counts.
fn reference_change(above: &[bool], a0: usize, started: bool, colour: bool) -> usize {
    let first = if started { a0 + 1 } else { 0 };
    let before = |i: usize| i > 0 && above[i - 1];
    (first..above.len()).find(|i| above[*i] != colour && before(*i) == colour).unwrap_or(above.len())
}

fn vertical(offset: i64) -> Option<&'static str> {
    Some(match offset {
        0 => "1",
        1 => "011",
        2 => "000011",
        3 => "0000011",
        -1 => "010",
        -2 => "000010",
        -3 => "0000010",
        _ => return None,
    })
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    last: u8,
    used: u8,
}

impl Bits {
    fn push(&mut self, code: &str) {
        for bit in code.bytes() {
            self.last = self.last << 1 | (bit - b'0');
            self.used += 1;
            if self.used == 8 {
                self.bytes.push(self.last);
                (self.last, self.used) = (0, 0);
            }
        }
    }

    fn run(&mut self, mut length: usize, black: bool) {
        while length >= 2560 {
            self.push(LONG[12]);
            length -= 2560;
        }
        if length >= 64 {
            let step = length / 64;
            self.push(match (step, black) {
                (28.., _) => LONG[step - 28],
                (_, false) => WHITE_MAKE_UP[step - 1],
                (_, true) => BLACK_MAKE_UP[step - 1],
            });
        }
        self.push(if black { BLACK[length % 64] } else { WHITE[length % 64] });
    }

    fn finish(mut self) -> Vec<u8> {
        while self.used > 0 {
            self.push("0");
        }
        self.bytes
    }
}

/// White runs of 0 to 63 (T.4 table 2).
#[rustfmt::skip]
static WHITE: [&str; 64] = [
    "00110101", "000111", "0111", "1000", "1011", "1100", "1110", "1111", "10011", "10100", "00111", "01000", "001000",
    "000011", "110100", "110101", "101010", "101011", "0100111", "0001100", "0001000", "0010111", "0000011", "0000100",
    "0101000", "0101011", "0010011", "0100100", "0011000", "00000010", "00000011", "00011010", "00011011", "00010010",
    "00010011", "00010100", "00010101", "00010110", "00010111", "00101000", "00101001", "00101010", "00101011", "00101100",
    "00101101", "00000100", "00000101", "00001010", "00001011", "01010010", "01010011", "01010100", "01010101", "00100100",
    "00100101", "01011000", "01011001", "01011010", "01011011", "01001010", "01001011", "00110010", "00110011", "00110100",
];

/// Black runs of 0 to 63 (T.4 table 2).
#[rustfmt::skip]
static BLACK: [&str; 64] = [
    "0000110111", "010", "11", "10", "011", "0011", "0010", "00011", "000101", "000100", "0000100", "0000101", "0000111",
    "00000100", "00000111", "000011000", "0000010111", "0000011000", "0000001000", "00001100111", "00001101000",
    "00001101100", "00000110111", "00000101000", "00000010111", "00000011000", "000011001010", "000011001011", "000011001100",
    "000011001101", "000001101000", "000001101001", "000001101010", "000001101011", "000011010010", "000011010011",
    "000011010100", "000011010101", "000011010110", "000011010111", "000001101100", "000001101101", "000011011010",
    "000011011011", "000001010100", "000001010101", "000001010110", "000001010111", "000001100100", "000001100101",
    "000001010010", "000001010011", "000000100100", "000000110111", "000000111000", "000000100111", "000000101000",
    "000001011000", "000001011001", "000000101011", "000000101100", "000001011010", "000001100110", "000001100111",
];

/// White runs of 64 to 1728 in steps of 64 (T.4 table 3a).
#[rustfmt::skip]
static WHITE_MAKE_UP: [&str; 27] = [
    "11011", "10010", "010111", "0110111", "00110110", "00110111", "01100100", "01100101", "01101000", "01100111",
    "011001100", "011001101", "011010010", "011010011", "011010100", "011010101", "011010110", "011010111", "011011000",
    "011011001", "011011010", "011011011", "010011000", "010011001", "010011010", "011000", "010011011",
];

/// Black runs of 64 to 1728 in steps of 64 (T.4 table 3a).
#[rustfmt::skip]
static BLACK_MAKE_UP: [&str; 27] = [
    "0000001111", "000011001000", "000011001001", "000001011011", "000000110011", "000000110100", "000000110101",
    "0000001101100", "0000001101101", "0000001001010", "0000001001011", "0000001001100", "0000001001101", "0000001110010",
    "0000001110011", "0000001110100", "0000001110101", "0000001110110", "0000001110111", "0000001010010", "0000001010011",
    "0000001010100", "0000001010101", "0000001011010", "0000001011011", "0000001100100", "0000001100101",
];

/// Runs of 1792 to 2560 of either colour (T.4 table 3b).
#[rustfmt::skip]
static LONG: [&str; 13] = [
    "00000001000", "00000001100", "00000001101", "000000010010", "000000010011", "000000010100", "000000010101",
    "000000010110", "000000010111", "000000011100", "000000011101", "000000011110", "000000011111",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::dice::Dice;
    use image::Luma;

    /// Collects decoded rows as grey pixels.
    struct Rows {
        width: usize,
        pixels: Vec<u8>,
    }

    impl hayro_ccitt::Decoder for Rows {
        fn push_row(&mut self, changes: &[u32]) {
            let black = |x: usize| changes.iter().filter(|c| **c as usize <= x).count() % 2 == 1;
            self.pixels.extend((0..self.width).map(|x| if black(x) { 0 } else { 255 }));
        }
    }

    fn decoded(code: &[u8], width: u32, height: u32) -> Vec<u8> {
        let settings = hayro_ccitt::DecodeSettings {
            columns: width,
            rows: height,
            end_of_block: true,
            end_of_line: false,
            rows_are_byte_aligned: false,
            encoding: hayro_ccitt::EncodingMode::Group4,
            strict: true,
        };
        let mut rows = Rows { width: width as usize, pixels: Vec::new() };
        hayro_ccitt::decode(code, &mut rows, &mut hayro_ccitt::DecoderContext::new(settings)).expect("our code decodes");
        rows.pixels
    }

    #[test]
    fn pages_come_back_as_they_were() {
        for (number, density) in [0.0, 0.001, 0.05, 0.5, 1.0].iter().enumerate() {
            let mut dice = Dice::new(3, number, "g4");
            for width in [1u32, 7, 8, 63, 64, 1728, 2600] {
                let mut colour = 255;
                let mut page = GrayImage::new(width, 12);
                for pixel in page.pixels_mut() {
                    if dice.chance(*density) {
                        colour = 255 - colour;
                    }
                    *pixel = Luma([colour]);
                }
                assert_eq!(decoded(&encode(&page), width, 12), *page.as_raw(), "{width} wide, {density}");
            }
        }
    }

    #[test]
    fn every_run_length_comes_back() {
        for length in 0..2700u32 {
            let mut page = GrayImage::from_pixel(5300, 2, Luma([255]));
            for x in length / 2..length / 2 + length {
                page.put_pixel(x, 1, Luma([0]));
            }
            assert_eq!(decoded(&encode(&page), 5300, 2), *page.as_raw(), "run of {length}");
        }
    }
}
