//! Shapes of values: `9` a digit, `A` a capital letter, `*` one character or more, anything else itself.

use super::known::folded;

/// Whether a value has a shape, as written or, for a number, by its digits alone.
pub(super) fn fits(pattern: &str, value: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let value = folded(value);
    matches(&pattern, &value.chars().collect::<Vec<_>>()) || bare(&value).is_some_and(|digits| matches(&pattern, &digits))
}

/// The digits of a number written with hyphens, brackets or spaces.
fn bare(value: &str) -> Option<Vec<char>> {
    let is_mark = |c: char| c.is_whitespace() || matches!(c, '-' | '‐' | '−' | '–' | 'ー' | '(' | ')');
    let plain = value.chars().all(|c| c.is_ascii_digit() || is_mark(c));
    plain.then(|| value.chars().filter(char::is_ascii_digit).collect())
}

fn matches(pattern: &[char], value: &[char]) -> bool {
    match (pattern, value) {
        ([], []) => true,
        (['*', rest @ ..], [_, more @ ..]) => matches(rest, more) || matches(pattern, more),
        ([p, rest @ ..], [v, more @ ..]) => is_like(*p, *v) && matches(rest, more),
        _ => false,
    }
}

fn is_like(pattern: char, c: char) -> bool {
    match pattern {
        '9' => c.is_ascii_digit(),
        'A' => c.is_ascii_uppercase(),
        other => c == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        assert!(fits("CAF9999999999", "ＣＡＦ0123456789"));
        assert!(fits("AAA*", "COP1"));
        assert!(!fits("AAA*", "COP"));
        assert!(fits("*@*.*", "a@b.example.jp"));
        assert!(!fits("*@*.*", "a@b"));
        assert!(fits("0999999999", "03-1234-5678"));
        assert!(fits("09099999999", "０９０（１２３４）５６７８"));
        assert!(!fits("0999999999", "03-1234-567"));
        assert!(!fits("9999999", "1_34567"));
        assert!(!fits("", "1"));
    }
}
