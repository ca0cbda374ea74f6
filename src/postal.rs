//! Which postal codes there are (郵便番号, seven digits), and roughly where. Does not know the places they stand for.

use std::sync::OnceLock;

/// Month of the list, for what says what a batch was run with.
pub const AS_OF: &str = "2026-10";

/// Largest size of the unpacked list, bytes.
const MAX_BYTES: usize = 1 << 20;

/// All codes, ascending, as numbers: `0600000` is 600,000. Made by `assets/postal/make.py`.
///
/// # Panics
/// Never in a release: a test unpacks the same bytes.
pub fn codes() -> &'static [u32] {
    static CODES: OnceLock<Vec<u32>> = OnceLock::new();
    CODES.get_or_init(|| {
        let packed = include_bytes!("../assets/postal/codes.bin");
        let gaps = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(packed, MAX_BYTES);
        summed(&gaps.unwrap_or_else(|error| panic!("assets/postal/codes.bin inside the program: {error}")))
    })
}

/// Whether seven digits are a code of the list. A code may be newer than the list.
pub fn is_listed(digits: &str) -> bool {
    digits.len() == 7
        && digits.bytes().all(|b| b.is_ascii_digit())
        && digits.parse().is_ok_and(|code: u32| codes().binary_search(&code).is_ok())
}

/// Where the first two digits change from one prefecture to the next: the first such number, and the prefecture's number.
const REGIONS: [(u8, u8); 48] = [
    (0, 1),
    (1, 5),
    (2, 3),
    (3, 2),
    (4, 1),
    (10, 13),
    (21, 14),
    (26, 12),
    (30, 8),
    (32, 9),
    (33, 11),
    (37, 10),
    (38, 20),
    (40, 19),
    (41, 22),
    (44, 23),
    (50, 21),
    (51, 24),
    (52, 25),
    (53, 27),
    (60, 26),
    (63, 29),
    (64, 30),
    (65, 28),
    (68, 31),
    (69, 32),
    (70, 33),
    (72, 34),
    (74, 35),
    (76, 37),
    (77, 36),
    (78, 39),
    (79, 38),
    (80, 40),
    (84, 41),
    (85, 42),
    (86, 43),
    (87, 44),
    (88, 45),
    (89, 46),
    (90, 47),
    (91, 18),
    (92, 17),
    (93, 16),
    (94, 15),
    (96, 7),
    (98, 4),
    (99, 6),
];

/// The prefecture (1 to 47) in which most places of a code's region lie: 95 % of them or more, in 81 (福岡; 対馬 and 壱岐 are of
/// 長崎) 81 %. `digits` begins with the code.
pub fn region(digits: &str) -> Option<u8> {
    let first: u8 = digits.get(..2)?.parse().ok()?;
    REGIONS.iter().rev().find(|(from, _)| *from <= first).map(|(_, prefecture)| *prefecture)
}

/// The codes whose region is a prefecture (1 to 47), ascending.
pub fn codes_in(prefecture: u8) -> impl Iterator<Item = u32> {
    let from = |at: usize| REGIONS.get(at).map_or(100, |(first, _)| u32::from(*first)) * 100_000;
    let regions = (0..REGIONS.len()).filter(move |at| REGIONS[*at].1 == prefecture);
    let place = |code: u32| codes().partition_point(|listed| *listed < code);
    regions.flat_map(move |at| &codes()[place(from(at))..place(from(at + 1))]).copied()
}

/// Each number is the one before it and a gap, in groups of seven bits, lowest first, high bit where more follow.
fn summed(gaps: &[u8]) -> Vec<u32> {
    let (mut codes, mut code, mut shift) = (Vec::new(), 0_u32, 0);
    for byte in gaps {
        code += u32::from(byte & 127) << shift;
        shift += 7;
        if byte & 128 == 0 {
            codes.push(code);
            shift = 0;
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_lies_in_a_prefecture() {
        for (code, prefecture) in
            [("0050813", 1), ("1000001", 13), ("4980000", 23), ("7911234", 38), ("9100006", 18), ("9900000", 6)]
        {
            assert_eq!(region(code), Some(prefecture), "{code}");
        }
        assert_eq!((region(""), region("x1")), (None, None));
    }

    #[test]
    fn every_code_lies_in_one_prefecture() {
        assert_eq!((1..=47).map(|prefecture| codes_in(prefecture).count()).sum::<usize>(), codes().len());
        for prefecture in 1..=47 {
            assert!(codes_in(prefecture).all(|code| region(&format!("{code:07}")) == Some(prefecture)), "{prefecture}");
        }
    }

    #[test]
    fn the_list_is_whole_and_ascending() {
        assert_eq!(codes().len(), 142_920);
        assert!(codes().windows(2).all(|pair| pair[0] < pair[1]));
        assert!(codes().last().is_some_and(|last| *last <= 9_999_999));
    }

    #[test]
    fn known_codes_are_listed_and_others_are_not() {
        // Chiyoda (Tokyo), the ministry's own code, Sapporo, Naha.
        for code in ["1000001", "1008916", "0600000", "9000001"] {
            assert!(is_listed(code), "{code}");
        }
        for code in ["0000000", "2999999", "9999999", "100000", "10000011", "100-000", "+100001", ""] {
            assert!(!is_listed(code), "{code}");
        }
    }
}
