//! Names for fields and values from the words of forms: ids are ASCII, and a person corrects them.

/// Words of forms, the more particular before the more general.
const WORDS: &[(&str, &str)] = &[
    ("医療機関等コード", "institution_code"),
    ("医療機関コード", "institution_code"),
    ("薬局コード", "institution_code"),
    ("都道府県", "prefecture"),
    ("点数表", "score_table"),
    ("郵便番号", "postal_code"),
    ("〒", "postal_code"),
    ("フリガナ", "kana"),
    ("ふりがな", "kana"),
    ("住所", "address"),
    ("所在地", "address"),
    ("生年月日", "birth_date"),
    ("電話", "telephone"),
    ("FAX", "fax"),
    ("メール", "email"),
    ("mail", "email"),
    ("担当者", "contact_name"),
    ("担当部署", "department"),
    ("開設者", "founder"),
    ("代表者", "representative"),
    ("氏名", "name"),
    ("名前", "name"),
    ("名称", "name"),
    ("性別", "sex"),
    ("年齢", "age"),
    ("申請日", "application_date"),
    ("申込日", "application_date"),
    ("記入日", "date"),
    ("申請区分", "application_kind"),
    ("枚数", "count"),
    ("台数", "units"),
    ("床", "beds"),
    ("人数", "people"),
    ("金額", "amount"),
    ("合計", "total"),
    ("口座", "account"),
    ("銀行", "bank"),
    ("理由", "reason"),
    ("その他", "other"),
    ("備考", "remarks"),
    ("同意", "agreement"),
    ("署名", "signature"),
    ("受付印", "received_stamp"),
    ("印", "seal"),
    ("番号", "number"),
    ("回答", "answer"),
];

/// Parts of dates, which follow the name of the whole.
const PARTS: &[(&str, &str)] = &[("年", "year"), ("月", "month"), ("日", "day"), ("時", "hour")];

/// Ids given so far on a form.
#[derive(Debug, Default)]
pub(super) struct Ids(Vec<String>);

impl Ids {
    /// A new id after the words of a label; `fallback` where they say nothing known.
    pub(super) fn of(&mut self, label: &str, fallback: &str) -> String {
        let base = from_words(label).unwrap_or_else(|| fallback.to_owned());
        let taken = |id: &String| self.0.contains(id);
        let numbered = || (2..).map(|n| format!("{base}_{n}"));
        let id = std::iter::once(base.clone()).chain(numbered()).find(|id| !taken(id)).unwrap_or(base);
        self.0.push(id.clone());
        id
    }
}

fn from_words(label: &str) -> Option<String> {
    let word = WORDS.iter().find(|(japanese, _)| label.contains(japanese)).map(|(_, id)| (*id).to_owned());
    let part = PARTS.iter().find(|(japanese, _)| label.trim_end().ends_with(japanese)).map(|(_, id)| *id);
    match (word, part) {
        (Some(word), Some(part)) if word != "birth_date" => Some(format!("{word}_{part}")),
        (Some(word), _) => Some(word),
        (None, Some(part)) => Some(part.to_owned()),
        (None, None) => latin(label),
    }
}

/// The first words of a label in Latin letters.
fn latin(label: &str) -> Option<String> {
    let words =
        label.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| w.len() > 1 && !w.chars().all(|c| c.is_ascii_digit()));
    let id: Vec<String> = words.take(3).map(str::to_ascii_lowercase).collect();
    (!id.is_empty()).then(|| id.join("_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_the_words_and_stay_apart() {
        let mut ids = Ids::default();
        assert_eq!(ids.of("担当者氏名", "field_1"), "contact_name");
        assert_eq!(ids.of("導入予定　年", "field_2"), "year");
        assert_eq!(ids.of("担当者", "field_3"), "contact_name_2");
        assert_eq!(ids.of("〇〇", "field_4"), "field_4");
        assert_eq!(ids.of("Date of birth", "field_5"), "date_of_birth");
    }
}
