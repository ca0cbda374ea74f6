//! What an operator enters for a field, made a value: in the shape that the machine writes too, or refused with what to do.
//! Does not check rules.

use crate::form::{Field, FieldKind, Meaning, Select};
use crate::ledger::decision::Standing;
use crate::record::{State, Value};
use unicode_normalization::UnicodeNormalization;

/// Most characters of a text: no field of a form holds more, and what is longer was pasted by mistake.
const MOST_CHARS: usize = 400;

/// What an operator says of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// It says this: one text, or the values of the options that are marked.
    Says(Vec<String>),
    /// Nothing is written there.
    Blank,
    /// What was written is struck out; nothing stands.
    Cancelled,
}

impl Entry {
    /// How the field stands then.
    ///
    /// # Errors
    /// In Japanese, why it cannot be so and what to do.
    pub fn standing(&self, field: &Field) -> Result<Standing, String> {
        match self {
            Self::Blank | Self::Cancelled => Ok(Standing { state: State::Blank, value: None }),
            Self::Says(values) => Ok(Standing { state: State::Keyed, value: Some(value(field, values)?) }),
        }
    }

    /// How it was decided, for the ledger.
    pub const fn why(&self) -> &'static str {
        match self {
            Self::Says(_) => "画像を見て確定",
            Self::Blank => "画像を見て空欄と確定",
            Self::Cancelled => "取消線により記入なしと確定",
        }
    }
}

fn value(field: &Field, values: &[String]) -> Result<Value, String> {
    if let FieldKind::Choice { select, options, .. } = &field.kind {
        return choice(*select, &options.iter().map(|o| o.value.as_str()).collect::<Vec<_>>(), values);
    }
    let [text] = values else { return Err("値を1つ入力してください。".to_owned()) };
    let value = match &field.kind {
        FieldKind::Digits { cells, min, .. } => digits(text, *min, cells.len())?,
        FieldKind::Number { meaning: Meaning::Telephone, .. } => telephone(text)?,
        FieldKind::Number { max_digits, .. } => digits(text, 1, *max_digits)?,
        FieldKind::Presence { .. } if text == "present" => text.clone(),
        FieldKind::Presence { .. } => return Err("「あり」か空欄を選んでください。".to_owned()),
        FieldKind::Text { .. } | FieldKind::Choice { .. } => plain(text)?,
    };
    Ok(Value::One(value))
}

fn choice(select: Select, options: &[&str], values: &[String]) -> Result<Value, String> {
    if values.is_empty() || values.iter().any(|v| !options.contains(&v.as_str())) {
        return Err("選択肢から選んでください。印がなければ空欄としてください。".to_owned());
    }
    // In printed order, as the machine writes them.
    let marked: Vec<String> = options.iter().filter(|o| values.iter().any(|v| v == *o)).map(|o| (*o).to_owned()).collect();
    match (select, marked.as_slice()) {
        (Select::One, [one]) => Ok(Value::One(one.clone())),
        (Select::One, _) => Err("1つだけ選ぶ項目です。2つ以上に印があるときは「不備として返す」としてください。".to_owned()),
        (Select::Many | Select::AtMost(_), _) => Ok(Value::Many(marked)),
    }
}

fn digits(text: &str, least: usize, most: usize) -> Result<String, String> {
    let plain: String = text.nfkc().filter(|c| !c.is_whitespace() && !is_dash(*c)).collect();
    let shape = if least == most { format!("{most}桁") } else { format!("{least}～{most}桁") };
    if !plain.bytes().all(|b| b.is_ascii_digit()) || !(least..=most).contains(&plain.len()) {
        return Err(format!(
            "{shape}の数字で入力してください。そのとおりに記入されていないときは「不備として返す」としてください。"
        ));
    }
    Ok(plain)
}

fn telephone(text: &str) -> Result<String, String> {
    let plain: String = text.nfkc().filter(|c| !c.is_whitespace()).map(|c| if is_dash(c) { '-' } else { c }).collect();
    let count = plain.bytes().filter(u8::is_ascii_digit).count();
    if !(1..=15).contains(&count) || !plain.chars().all(|c| c.is_ascii_digit() || "()+-".contains(c)) {
        return Err("電話番号は数字とハイフン、かっこで入力してください。".to_owned());
    }
    Ok(plain)
}

/// Hyphens, dashes and the long vowel mark, which stand for each other in handwriting and on keyboards.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | 'ー' | '\u{ff0d}')
}

fn plain(text: &str) -> Result<String, String> {
    let plain: String = text.nfc().filter(|c| !c.is_control()).collect();
    let plain = plain.trim();
    if plain.is_empty() {
        return Err("入力がありません。何も書かれていないときは空欄としてください。".to_owned());
    }
    if plain.chars().count() > MOST_CHARS {
        return Err(format!("{MOST_CHARS}文字以内で入力してください。"));
    }
    Ok(plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::catalogue::Catalogue;
    use crate::form::{FieldId, FormId};

    fn says(form: &str, field: &str, values: &[&str]) -> Result<Option<Value>, String> {
        let forms = Catalogue::built_in().expect("sound forms");
        let form = forms.current(&FormId(form.to_owned()).0).expect("built in").clone();
        let field = form.field(&FieldId(field.to_owned())).expect("a field");
        Entry::Says(values.iter().map(|v| (*v).to_owned()).collect()).standing(field).map(|s| s.value)
    }

    fn one(text: &str) -> Value {
        Value::One(text.to_owned())
    }

    #[test]
    fn full_width_digits_and_dashes_are_written_plainly() {
        assert_eq!(says("reader-request", "institution_code", &["０１５-０２６８"]), Ok(Some(one("0150268"))));
        assert_eq!(says("reader-request", "telephone", &["０３ー１２３４−５６７８"]), Ok(Some(one("03-1234-5678"))));
    }

    #[test]
    fn what_a_field_cannot_hold_is_refused_with_what_to_do() {
        for (field, text) in [
            ("institution_code", "015026"),
            ("institution_code", "015026a"),
            ("facility_name", " \u{7}　"),
            ("telephone", "なし"),
        ] {
            let refused = says("reader-request", field, &[text]).expect_err(text);
            assert!(refused.ends_with('。'), "{refused}");
        }
        assert!(says("reader-request", "facility_name", &[&"あ".repeat(401)]).is_err());
    }

    #[test]
    fn options_come_in_printed_order_and_only_printed_ones() {
        let many = says("intent-survey", "q2", &["4", "1", "4"]).expect("both are printed");
        assert_eq!(many, Some(Value::Many(vec!["1".to_owned(), "4".to_owned()])));
        assert!(says("intent-survey", "q2", &["99"]).is_err() && says("intent-survey", "q2", &[]).is_err());
        assert!(says("reader-request", "claims_online", &["planned", "none"]).is_err());
    }
}
