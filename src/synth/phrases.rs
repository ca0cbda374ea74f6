//! Invented names, places, telephone numbers and the like that fit what a text field asks for.
//! Holds nothing of any real facility or person.

use super::dice::Dice;
use crate::postal;

const FAMILY: [&str; 16] = [
    "山田", "木下", "田中", "大山", "中川", "小林", "本田", "川上", "内田", "三木", "石川", "上田", "森本", "小川", "北川", "林",
];
const GIVEN: [&str; 12] = ["一", "三千子", "大二", "正人", "小百合", "友子", "文夫", "千日", "直人", "春木", "生子", "光"];
const PLACES: [&str; 12] =
    ["北山", "みどり", "中央", "川口台", "ひかり", "白木", "南台", "青葉台", "大川", "ことり", "さくら台", "本田"];
const KINDS: [&str; 9] = ["内科", "医院", "クリニック", "歯科", "歯科医院", "薬局", "病院", "小児科", "耳鼻科"];
const PREFECTURES: [&str; 47] = [
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
];

/// Text that answers a field's label.
pub(crate) fn for_label(label: &str, dice: &mut Dice) -> String {
    let has = |words: &[&str]| words.iter().any(|w| label.contains(w));
    if has(&["メール", "mail"]) {
        let user = *dice.pick(&["info", "reception", "uketsuke", "office", "jimu"]);
        let host = *dice.pick(&["example.jp", "clinic.example.jp", "example.com", "mail.example.ne.jp"]);
        return format!("{user}{}@{host}", dice.whole(1, 99));
    }
    if has(&["電話", "TEL"]) {
        return telephone(dice);
    }
    if has(&["都道府県"]) {
        return (*dice.pick(&PREFECTURES)).to_owned();
    }
    if has(&["端末"]) {
        return format!("{}{}{}号機", dice.pick(&PLACES), dice.pick(&KINDS), dice.whole(1, 9));
    }
    if has(&["お客さま", "お客様"]) {
        let shape = *dice.pick(&["CAF9999999999", "COP99999999"]);
        return fitting(shape, dice);
    }
    if has(&["所在地", "住所"]) {
        let (town, block, house) = (dice.pick(&PLACES), dice.whole(1, 9), dice.whole(1, 30));
        return format!("{}{town}市{}{block}-{house}", dice.pick(&PREFECTURES), dice.pick(&PLACES));
    }
    if has(&["部署"]) {
        return (*dice.pick(&["事務部", "医事課", "総務課", "事務局", "受付"])).to_owned();
    }
    if has(&["氏名", "担当者", "開設者"]) {
        return format!("{} {}", dice.pick(&FAMILY), dice.pick(&GIVEN));
    }
    if has(&["回線", "事業者", "サービス"]) {
        return (*dice.pick(&["光ネクスト", "光クロス", "BBIQ", "ビジネスコミュファ光"])).to_owned();
    }
    if has(&["その他", "理由", "例えば"]) {
        return (*dice.pick(&["人手が足りない", "後日検討します", "費用の補助", "説明会の開催"])).to_owned();
    }
    format!("{}{}", dice.pick(&PLACES), dice.pick(&KINDS))
}

/// A family name, as a seal has it.
pub(crate) fn family(dice: &mut Dice) -> &'static str {
    FAMILY[dice.below(FAMILY.len())]
}

/// A telephone number with hyphens or brackets, from ranges that ring nowhere in particular.
pub(crate) fn telephone(dice: &mut Dice) -> String {
    let area = *dice.pick(&["03", "06", "011", "045", "052", "0748", "0577", "092"]);
    let exchange: String =
        (0..6 - area.len()).map(|i| char::from(b'0' + if i == 0 { 5 } else { dice.below(10) as u8 })).collect();
    let line = format!("{:04}", dice.below(10_000));
    if dice.chance(0.8) { format!("{area}-{exchange}-{line}") } else { format!("{area}({exchange}){line}") }
}

/// So many digits.
pub(crate) fn digits(n: usize, dice: &mut Dice) -> String {
    (0..n).map(|_| char::from(b'0' + dice.below(10) as u8)).collect()
}

/// A postal code that exists, picked by seven digits.
pub(crate) fn postal_code(dice: &mut Dice) -> String {
    let codes = postal::codes();
    format!("{:07}", codes[digits(7, dice).parse::<usize>().unwrap_or_default() % codes.len()])
}

/// Whether a value has a shape: `9` a digit, `A` a capital letter, `*` the rest, anything else itself.
pub(crate) fn matches(value: &str, shape: &str) -> bool {
    let mut value = value.chars();
    for s in shape.chars() {
        match (s, value.next()) {
            ('*', _) => return true,
            ('9', Some(c)) if c.is_ascii_digit() => {}
            ('A', Some(c)) if c.is_ascii_uppercase() => {}
            (s, Some(c)) if s == c => {}
            _ => return false,
        }
    }
    value.next().is_none()
}

/// A value of that shape.
pub(crate) fn fitting(shape: &str, dice: &mut Dice) -> String {
    let one = |s: char| match s {
        '9' => char::from(b'0' + dice.below(10) as u8),
        'A' if shape.chars().all(|c| c == 'A' || c == '9') => char::from(b'A' + dice.below(26) as u8),
        '*' => '1',
        other => other,
    };
    shape.chars().map(one).collect()
}

/// Whether a value is in a list of a form's rule.
pub(crate) fn in_list(value: &str, list: &[String]) -> bool {
    list.iter().any(|entry| match entry.as_str() {
        "@prefectures" => PREFECTURES.iter().any(|p| p.starts_with(value)),
        "@prefecture-codes" => value.parse().is_ok_and(|n: usize| (1..=47).contains(&n)),
        literal => literal == value,
    })
}

/// One entry of a list of a form's rule.
pub(crate) fn from_list(list: &[String], dice: &mut Dice) -> String {
    match dice.pick(list).as_str() {
        "@prefectures" => (*dice.pick(&PREFECTURES)).to_owned(),
        "@prefecture-codes" => format!("{:02}", dice.whole(1, 47)),
        literal => literal.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_fit_their_own_text() {
        let mut dice = Dice::new(1, 0, "phrases");
        for shape in ["CAF9999999999", "COP99999999", "999-9999", "AA99"] {
            let text = fitting(shape, &mut dice);
            assert!(matches(&text, shape), "{text} is not {shape}");
        }
    }

    #[test]
    fn telephone_numbers_have_ten_digits() {
        let mut dice = Dice::new(2, 0, "phrases");
        for _ in 0..50 {
            let number = telephone(&mut dice);
            assert_eq!(number.chars().filter(char::is_ascii_digit).count(), 10, "{number}");
        }
    }
}
