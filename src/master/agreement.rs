//! Whether what an applicant wrote says the same as the master: names without 法人名 and old characters, numbers by
//! their digits. Strict on purpose: a name that is merely similar (第一薬局, 第二薬局) is another facility.

use super::Facility;
use unicode_normalization::UnicodeNormalization;

/// Legal forms that stand before (or after) a facility's own name, as NFKC leaves them; longer ones first.
const LEGAL_FORMS: &[&str] = &[
    "特定医療法人社団",
    "特定医療法人財団",
    "社会医療法人社団",
    "社会医療法人財団",
    "地方独立行政法人",
    "独立行政法人",
    "国立大学法人",
    "公立大学法人",
    "一般社団法人",
    "一般財団法人",
    "公益社団法人",
    "公益財団法人",
    "社会福祉法人",
    "医療法人社団",
    "医療法人財団",
    "特定医療法人",
    "社会医療法人",
    "医療法人",
    "医療生協",
    "社団法人",
    "財団法人",
    "学校法人",
    "宗教法人",
    "株式会社",
    "有限会社",
    "合同会社",
    "合資会社",
    "合名会社",
    "(医社)",
    "(医財)",
    "(医)",
    "(株)",
    "(有)",
    "(社)",
    "(財)",
    "(福)",
];

/// Variants of a character and the form they are compared in.
const VARIANTS: &[(&str, char)] = &[
    ("髙", '高'),
    ("﨑嵜碕", '崎'),
    ("ヶヵケ", 'ケ'),
    ("邉邊", '辺'),
    ("濵濱", '浜'),
    ("齋齊斎", '斉'),
    ("澤", '沢'),
    ("嶋嶌", '島'),
    ("廣", '広'),
    ("國", '国'),
    ("櫻", '桜'),
    ("眞", '真'),
    ("德", '徳'),
    ("惠", '恵'),
    ("榮", '栄'),
    ("藏", '蔵'),
    ("圓", '円'),
    ("學", '学'),
    ("會", '会'),
    ("醫", '医'),
    ("藥", '薬'),
    ("齒", '歯'),
    ("條", '条'),
    ("龍", '竜'),
    ("瀧", '滝'),
    ("淵渊", '渕'),
    ("曾", '曽'),
    ("𠮷", '吉'),
    ("靜", '静'),
    ("壽", '寿'),
    ("禮", '礼'),
    ("與", '与'),
    ("槇", '槙'),
    ("籐", '藤'),
];

/// The part of a name before its first 会 may be the owner's (明和会 明和病院); what remains must still be a name.
const SHORTEST_OWN_NAME: usize = 3;

/// Whether two names are the same facility's: equal after NFKC, without spaces and marks, with old characters folded,
/// with or without the legal form and the owner's name before it.
pub fn same_name(a: &str, b: &str) -> bool {
    let (a, b) = (own_names(a), own_names(b));
    a.iter().any(|name| b.contains(name))
}

/// The ways a name may be given: whole, without the legal form, and without the owner's name that follows a legal form.
fn own_names(name: &str) -> Vec<String> {
    let plain: String = name.nfkc().collect();
    let whole = folded(&plain);
    let Some(rest) = without_legal_form(plain.trim()) else {
        return if whole.is_empty() { Vec::new() } else { vec![whole] };
    };
    let mut names = vec![whole, folded(rest)];
    names.extend(rest.split_once(char::is_whitespace).map(|(_, own)| folded(own)));
    names.extend(rest.split_once(['会', '會']).map(|(_, own)| folded(own)));
    names.retain(|n| n.chars().count() >= SHORTEST_OWN_NAME);
    names
}

fn without_legal_form(plain: &str) -> Option<&str> {
    let before = LEGAL_FORMS.iter().find_map(|form| plain.strip_prefix(form));
    before.or_else(|| LEGAL_FORMS.iter().find_map(|form| plain.strip_suffix(form))).map(str::trim)
}

fn folded(plain: &str) -> String {
    let counts = |c: &char| c.is_alphanumeric() || matches!(c, 'ー' | '々');
    plain.chars().filter(counts).map(fold).flat_map(char::to_lowercase).collect()
}

fn fold(c: char) -> char {
    VARIANTS.iter().find(|(variants, _)| variants.contains(c)).map_or(c, |(_, to)| *to)
}

/// Whether two telephone numbers have the same digits; two blanks have nothing in common.
pub fn same_telephone(a: &str, b: &str) -> bool {
    let (a, b) = (digits(a), digits(b));
    a.len() >= 9 && a == b
}

/// Whether two postal codes have the same seven digits.
pub fn same_postal(a: &str, b: &str) -> bool {
    let (a, b) = (digits(a), digits(b));
    a.len() == 7 && a == b
}

fn digits(text: &str) -> String {
    text.nfkc().filter(char::is_ascii_digit).collect()
}

impl Facility {
    /// Whether a name is this facility's.
    pub fn is_named(&self, name: &str) -> bool {
        same_name(&self.name, name)
    }

    /// Whether a telephone number is this facility's.
    pub fn has_telephone(&self, telephone: &str) -> bool {
        same_telephone(&self.telephone, telephone)
    }

    /// Whether a postal code is this facility's.
    pub fn has_postal(&self, postal: &str) -> bool {
        same_postal(&self.postal, postal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_agrees_without_its_legal_form_and_in_old_characters() {
        let listed = "医療法人社団　明和会　髙﨑病院";
        for written in ["高崎病院", "明和会高崎病院", "医療法人社団明和会髙﨑病院", "ｲ療", "(医)明和会 高崎病院"]
        {
            assert_eq!(same_name(listed, written), written != "ｲ療", "{written}");
        }
        assert!(same_name("株式会社さくら　さくら薬局 霞ケ関店", "さくら薬局霞ヶ関店"));
        assert!(same_name("ＮＴＴ東日本札幌病院", "NTT 東日本札幌病院"));
        assert!(same_name("Ａ＆Ｍデンタルクリニック", "A&Mデンタルクリニック"));
    }

    #[test]
    fn a_similar_name_is_another_facility() {
        assert!(!same_name("第一薬局", "第二薬局"));
        assert!(!same_name("佐藤医院", "斉藤医院"));
        assert!(!same_name("医療法人社団 山田会 病院", "医療法人社団 川田会 病院"));
        assert!(!same_name("", ""));
    }

    #[test]
    fn telephone_numbers_are_compared_by_their_digits() {
        assert!(same_telephone("０３（１２３４）５６７８", "03-1234-5678"));
        assert!(!same_telephone("03-1234-5678", "03-1234-5679"));
        assert!(!same_telephone("", ""));
        assert!(!same_telephone("5678", "5678"));
    }
}
