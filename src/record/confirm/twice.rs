//! A facility code that is asked for on two sheets: two readings of the same digits, and their check digit, make sure of
//! digits that neither sheet alone could be sure of. A clear digit that the other sheet contradicts is for a person.

use super::{LEAST_EVIDENCE, OTHERWISE, as_text, choices, codes_of, comb, each_way, fits, set, weight};
use crate::form::{FieldId, Form, Policy};
use crate::read::Reading;
use crate::recognize::{DigitClass, DigitScores};
use crate::record::{FieldRecord, State};
use serde::{Deserialize, Serialize};

/// The ten cells of a facility code on a page, with the names of its three fields.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CodeSeen {
    parts: [(FieldId, usize); 3],
    cells: Vec<DigitScores>,
}

impl CodeSeen {
    /// The code on a page, where the form asks for one there and nothing but digits disturbs its ten cells.
    pub fn on_page(form: &Form, readings: &[Reading]) -> Option<Self> {
        codes_of(form).into_iter().find_map(|ids| {
            let combs = ids.iter().map(|id| comb(readings, id)).collect::<Option<Vec<_>>>()?;
            let lengths: Vec<usize> = combs.iter().map(Vec::len).collect();
            let cells: Vec<DigitScores> = combs.concat().into_iter().map(|c| c.scores.clone()).collect();
            let [a, b, c] = ids;
            (cells.len() == 10).then(|| Self { parts: [(a, lengths[0]), (b, lengths[1]), (c, lengths[2])], cells })
        })
    }

    /// Gives the unsure parts of the code on this page the digits that both pages agree on.
    pub fn settle(&self, agreed: &Agreed, fields: &mut [(FieldId, FieldRecord)], policy: &Policy) {
        let mut from = 0;
        for (id, length) in &self.parts {
            let digits = &agreed.digits[from..from + length];
            from += length;
            // A cell that looked struck out, though not clearly, is one more unclear cell: what was clearly struck never agrees.
            let open = |r: &FieldRecord| matches!(r.state, State::Uncertain | State::Cancelled);
            if let Some((_, record)) = fields.iter_mut().find(|(f, r)| f == id && open(r)) {
                set(record, digits, (agreed.sure, policy.confirmed), "2枚の用紙の記入と検証番号により確認しました");
            }
        }
    }

    /// The code that this page and the other both show, where that is sure.
    pub fn agreed(&self, other: &Self, policy: &Policy) -> Option<Agreed> {
        let both: Vec<_> = self.cells.iter().zip(&other.cells).map(|(a, b)| choices(&a.together(b))).collect();
        let (mut total, mut counted, mut best) = (0.0, 0.0, (Vec::new(), 0.0));
        each_way(&both, &mut Vec::with_capacity(10), 1.0, &mut |digits, likelihood| {
            counted += likelihood;
            let weight = likelihood * weight(digits);
            total += weight;
            if weight > best.1 {
                best = (digits.to_vec(), weight);
            }
        });
        total += (1.0 - counted).max(0.0) * OTHERWISE;
        let (digits, weight) = best;
        let sure = weight / total;
        let backed = |digit: u8, a: &DigitScores, b: &DigitScores| {
            let of = |cell: &DigitScores| cell.probability(DigitClass::Digit(digit));
            let against = |cell: &DigitScores| f64::from(cell.best().1) >= policy.digit && of(cell) < cell.best().1;
            of(a).max(of(b)) >= LEAST_EVIDENCE && !against(a) && !against(b)
        };
        let mut cells = self.cells.iter().zip(&other.cells);
        let backed = digits.len() == 10 && digits.iter().all(|&d| cells.next().is_some_and(|(a, b)| backed(d, a, b)));
        (backed && fits(&digits) && sure >= policy.confirmed).then_some(Agreed { digits, sure })
    }
}

/// A code that two pages agree on, and how sure that is.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreed {
    digits: Vec<u8>,
    sure: f64,
}

impl std::fmt::Display for Agreed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&as_text(&self.digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // A worked example of the notices.
    const CODE: &str = "0110113719";

    /// The code as seen, with some cells less clear: place, probability of the digit, and what the rest looks like.
    fn seen(unclear: &[(usize, f32, u8)]) -> CodeSeen {
        let cell = |(place, b): (usize, u8)| {
            let digit = usize::from(b - b'0');
            let (p, other) = unclear.iter().find(|u| u.0 == place).map_or((0.999, (digit + 1) % 10), |u| (u.1, usize::from(u.2)));
            let mut logits = [-30.0_f32; 13];
            logits[digit] = p.ln();
            logits[other] = (1.0 - p).ln();
            DigitScores::from_logits(&logits, 1.0)
        };
        let id = |name: &str| FieldId(name.to_owned());
        CodeSeen { parts: [(id("p"), 2), (id("t"), 1), (id("i"), 7)], cells: CODE.bytes().enumerate().map(cell).collect() }
    }

    fn agreed(a: &[(usize, f32, u8)], b: &[(usize, f32, u8)]) -> Option<String> {
        seen(a).agreed(&seen(b), &Policy::default()).map(|code| code.to_string())
    }

    #[test]
    fn digits_unclear_on_one_sheet_are_read_on_the_other() {
        assert_eq!(agreed(&[(4, 0.3, 7), (6, 0.45, 9)], &[]).as_deref(), Some(CODE));
        assert_eq!(agreed(&[(4, 0.3, 7)], &[(8, 0.4, 9)]).as_deref(), Some(CODE));
    }

    #[test]
    fn a_clear_digit_that_the_other_sheet_contradicts_is_left_open() {
        assert_eq!(agreed(&[(4, 0.03, 7)], &[]), None);
        assert_eq!(agreed(&[(4, 0.03, 7)], &[(4, 0.9, 7)]), None);
    }

    #[test]
    fn a_digit_unclear_on_both_sheets_is_left_open_where_another_fits_as_well() {
        let fits_too = (0..100_u8).map(|n| (n / 10, n % 10)).find(|&(x, y)| {
            let mut digits: Vec<u8> = CODE.bytes().map(|c| c - b'0').collect();
            (digits[5], digits[6]) = (x, y);
            x != CODE.as_bytes()[5] - b'0' && y != CODE.as_bytes()[6] - b'0' && fits(&digits)
        });
        let (x, y) = fits_too.expect("such a pair exists");
        let unclear = [(5, 0.6, x), (6, 0.6, y)];
        assert_eq!(agreed(&unclear, &unclear), None);
    }
}
