//! The built-in forms: complete, drawn inside the paper, with room to write, and worded as the authority worded them.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use uketsuke::form::catalogue::Catalogue;
use uketsuke::form::{Condition, Field, FieldId, FieldKind, Form, Mark};
use uketsuke::geometry::RectMm;
use uketsuke::sheet::{Font, Item, Sheet, TextItem, typeface};
use unicode_normalization::UnicodeNormalization;

/// Least distance between the boxes of two fields: closer than this, one's ink is found in the other.
const APART_MM: f64 = 1.0;
/// Half the width of the largest ring that must not touch print: rings of 7 to 9 mm are usual.
const RING_MM: f64 = 4.5;

fn built_in() -> Vec<Form> {
    Catalogue::built_in()
        .unwrap_or_else(|errors| panic!("{}", errors.iter().map(ToString::to_string).collect::<String>()))
        .forms()
        .to_vec()
}

fn current(id: &str) -> Form {
    Catalogue::built_in().unwrap().current(id).unwrap().clone()
}

fn name(form: &Form) -> String {
    format!("{}@{}", form.id, form.edition)
}

fn texts(form: &Form, page: usize) -> Vec<TextItem> {
    let text = |item: &Item| if let Item::Text(t) = item { Some(t.clone()) } else { None };
    form.pages[page - 1].print.iter().filter_map(text).collect()
}

/// Where the ink of a line of text is, by the body of its typeface.
fn line_boxes(text: &TextItem) -> Vec<RectMm> {
    let em = text.size * typeface::MM_PER_PT;
    let width = |line: &str| typeface::width_mm(line.trim_start_matches('　'), text.font, text.size, text.spacing);
    let indent = |line: &str| typeface::width_mm(line, text.font, text.size, text.spacing) - width(line);
    let place = |l: uketsuke::sheet::PlacedLine| RectMm::new(l.x + indent(&l.text), l.y - 0.86 * em, width(&l.text), 0.98 * em);
    text.lines().into_iter().map(place).collect()
}

/// Width, then characters in any width and spacing, as one string.
fn plain(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn three_forms_are_in_use_and_one_edition_is_superseded() {
    for id in ["reader-request", "usage-application", "intent-survey"] {
        assert_eq!(current(id).id.0, id);
    }
    assert_eq!(current("reader-request").edition, "2021-03");
    let old = built_in().into_iter().find(|f| f.edition == "2020-11").unwrap();
    assert_eq!(old.superseded_by.as_deref(), Some("2021-03"));
    assert!(current("intent-survey").anonymous);
}

#[test]
fn field_ids_that_others_rely_on_stay() {
    let expect = [
        (
            "reader-request",
            vec!["prefecture_code", "score_table_code", "institution_code", "contact_name", "claims_online", "emr"],
        ),
        ("usage-application", vec!["prefecture_code", "score_table_code", "institution_code", "line_type", "agreement"]),
        (
            "intent-survey",
            vec!["q1", "q1_year", "q1_month", "q2", "q2_other", "q3", "q3_example", "q3_other", "q4", "q4_beds", "q4_prefecture"],
        ),
    ];
    for (id, fields) in expect {
        let form = current(id);
        for field in fields {
            assert!(form.field(&FieldId(field.to_owned())).is_some(), "{id} has no field {field}");
        }
    }
    let form = current("reader-request");
    for id in ["claims_online", "emr"] {
        let FieldKind::Choice { options, mark, .. } = &form.field(&FieldId(id.to_owned())).unwrap().kind else { panic!("{id}") };
        assert_eq!(*mark, Mark::Box);
        assert_eq!(options.iter().map(|o| o.value.as_str()).collect::<Vec<_>>(), ["introduced", "planned", "none"]);
    }
}

#[test]
fn every_printed_character_exists_in_its_typeface() {
    for form in built_in() {
        for text in (1..=form.pages.len()).flat_map(|page| texts(&form, page)) {
            assert_eq!(typeface::missing(&text.text, text.font), [], "{}: {}", name(&form), text.text);
        }
        // Messages and receipts are printed in either typeface.
        let said = form.rules.iter().flat_map(|r| [Some(r.message.clone()), r.ask.clone()]).flatten();
        let said = said.chain(form.receipt.iter().flat_map(|r| [r.label.clone(), r.text.clone()]));
        for text in said.chain(form.fields.iter().map(|f| f.label.clone())) {
            assert_eq!(typeface::missing(&text, Font::Mincho), [], "{}: {text}", name(&form));
            assert_eq!(typeface::missing(&text, Font::Gothic), [], "{}: {text}", name(&form));
        }
    }
}

#[test]
fn everything_printed_lies_inside_the_page() {
    for form in built_in() {
        for page in 1..=form.pages.len() {
            let sheet = uketsuke::form::draw::blank(&form, page);
            for item in &sheet.items {
                for b in item_boxes(item) {
                    assert!(inside(&sheet, &b), "{} page {page}: {item:?} leaves the page", name(&form));
                }
            }
        }
    }
}

fn item_boxes(item: &Item) -> Vec<RectMm> {
    match item {
        Item::Text(text) => line_boxes(text),
        Item::Line { line: [x1, y1, x2, y2], .. } => {
            vec![RectMm::new(x1.min(*x2), y1.min(*y2), (x2 - x1).abs(), (y2 - y1).abs())]
        }
        Item::Rect { rect, .. } | Item::Picture { rect, .. } => vec![*rect],
    }
}

/// Office printers leave 5 mm at every side blank.
fn inside(sheet: &Sheet, b: &RectMm) -> bool {
    b.x >= 5.0 && b.y >= 5.0 && b.right() <= sheet.width_mm - 5.0 && b.bottom() <= sheet.height_mm - 5.0
}

#[test]
fn fields_lie_apart_and_inside_the_page() {
    for form in built_in() {
        for page in 1..=form.pages.len() {
            let sheet = uketsuke::form::draw::blank(&form, page);
            let boxes: Vec<(&Field, RectMm)> =
                form.fields_on(page).flat_map(|f| f.boxes().into_iter().map(move |b| (f, b))).collect();
            for (i, (field, b)) in boxes.iter().enumerate() {
                assert!(inside(&sheet, b), "{}: {} leaves the page", name(&form), field.id);
                for (other, c) in boxes[..i].iter().filter(|(other, _)| other.id != field.id) {
                    assert!(!b.grown(APART_MM).overlaps(c), "{}: {} and {} are too close", name(&form), field.id, other.id);
                }
            }
        }
    }
}

#[test]
fn no_print_lies_where_somebody_writes() {
    for form in built_in() {
        for field in &form.fields {
            let print: Vec<(String, RectMm)> =
                texts(&form, field.page).iter().flat_map(|t| line_boxes(t).into_iter().map(|b| (t.text.clone(), b))).collect();
            for area in written_on(field) {
                let hit = print.iter().find(|(_, b)| b.overlaps(&area) && !(is_ring(field) && b.w < 4.5));
                assert_eq!(hit, None, "{}: print in {}", name(&form), field.id);
            }
        }
    }
}

fn is_ring(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Choice { mark: Mark::Circle, .. })
}

/// The field's boxes; for rings, all that a ring of usual size covers.
fn written_on(field: &Field) -> Vec<RectMm> {
    let ring = |b: RectMm| {
        let c = b.centre();
        RectMm::new(c.x - RING_MM, c.y - RING_MM, 2.0 * RING_MM, 2.0 * RING_MM)
    };
    field.boxes().into_iter().map(|b| if is_ring(field) { ring(b) } else { b }).collect()
}

#[test]
fn a_printed_number_stands_in_the_middle_of_every_ring() {
    for form in built_in() {
        for field in form.fields.iter().filter(|f| is_ring(f)) {
            let print: Vec<RectMm> =
                texts(&form, field.page).iter().filter(|t| t.text.chars().count() == 1).flat_map(line_boxes).collect();
            for b in field.boxes() {
                let near = |p: &&RectMm| (p.centre().x - b.centre().x).hypot(p.centre().y - b.centre().y) < 0.3;
                assert!(print.iter().any(|p| near(&p)), "{}: {} has no number at {b:?}", name(&form), field.id);
            }
        }
    }
}

#[test]
fn cells_are_large_enough_to_write_in() {
    for form in built_in() {
        for field in &form.fields {
            if let FieldKind::Digits { cells, .. } = &field.kind {
                assert!(cells.iter().all(|c| c.w >= 7.0 && c.h >= 8.0), "{}: {}", name(&form), field.id);
            }
        }
    }
}

#[test]
fn every_name_that_rules_joins_columns_and_receipts_use_exists() {
    for form in built_in() {
        let known: BTreeSet<&str> = form.fields.iter().map(|f| f.id.0.as_str()).collect();
        let mut used: Vec<String> = form.csv.iter().map(|f| f.0.clone()).collect();
        used.extend(form.join_on.iter().flat_map(|(a, b)| [a.0.clone(), b.0.clone()]));
        used.extend(form.facility_code.iter().flatten().map(|f| f.0.clone()));
        used.extend(form.receipt.iter().flat_map(|r| in_braces(&r.text)));
        for rule in &form.rules {
            used.extend(in_braces(&rule.message));
            used.extend(rule.ask.iter().flat_map(|a| in_braces(a)));
            used.extend(rule.check.fields().into_iter().map(|f| f.0.clone()));
            used.extend(rule.when.iter().flat_map(Condition::fields).map(|f| f.0.clone()));
        }
        for id in used {
            assert!(known.contains(id.as_str()), "{} names {id}, which is no field", name(&form));
        }
        let ids: BTreeSet<&str> = form.rules.iter().map(|r| r.id.as_str()).collect();
        assert_eq!(ids.len(), form.rules.len(), "{}: two rules share a name", name(&form));
        assert_eq!(known.len(), form.fields.len(), "{}: two fields share a name", name(&form));
    }
}

fn in_braces(text: &str) -> Vec<String> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(id, _)| id.to_owned()).collect()
}

#[test]
fn conditions_name_values_that_their_choice_has() {
    for form in built_in() {
        for rule in &form.rules {
            for condition in &rule.when {
                let (Condition::Is(id, values) | Condition::IsNot(id, values)) = condition else { continue };
                if let FieldKind::Choice { options, .. } = &form.field(id).unwrap().kind {
                    let known = |v: &String| options.iter().any(|o| o.value == *v);
                    assert!(
                        values.iter().all(known),
                        "{}: rule {} asks for a value that {id} does not have",
                        name(&form),
                        rule.id
                    );
                }
            }
        }
    }
}

#[test]
fn the_authoritys_sentences_are_printed_word_for_word() {
    let sentences = [
        ("reader-request", "社会保険診療報酬支払基金理事長 あて"),
        (
            "reader-request",
            "「保険医療機関等向け医療提供体制設備整備交付金実施要領」の「第2 交付対象事業」の2に規定される顔認証付きカードリーダーについて、同実施要領の「第5 交付の条件」に規定される条件を理解した上で、同実施要領の「第6 申請手続き」の規定に基づき、下記のとおり申請します。",
        ),
        ("reader-request", "S m a - p a マイナタッチ (ホワイト)"),
        ("reader-request", "キャノン"),
        ("reader-request", "H i - C A R A"),
        ("reader-request", "※病院は最高3台、診療所・薬局は1台申込みができます。"),
        ("reader-request", "2 オンライン資格確認導入(予定)時期 (必須)"),
        ("reader-request", "3 レセプトのオンライン請求について (必須)"),
        ("reader-request", "※未導入 (導入予定あり) を選択された方"),
        (
            "intent-survey",
            "今後、令和3年4月以降に、顔認証付きカードリーダーの申込を行い、オンライン資格確認を導入する予定はありますか？",
        ),
        (
            "intent-survey",
            "ある場合は顔認証付きカードリーダーの申込みは、いつ頃を予定していますか？（該当する番号に○をしてください。また、ある場合は導入予定年月を記入してください。）",
        ),
        ("intent-survey", "申込みをしない理由をお聞かせ下さい。（複数可。該当する番号に○をしてください。）"),
        ("intent-survey", "1～2年以内に閉院・閉局する可能性が高いため"),
        (
            "intent-survey",
            "貴院（貴局）において導入時期を早める又は導入する方針に変更するには、どのような条件が必要だとお考えですか？（上位2つまでお選びください。該当する番号に○をしてください。）",
        ),
        ("intent-survey", "他の医療機関・薬局でもオンライン資格確認が使われていること"),
        ("intent-survey", "貴院（貴局）の情報をお教え下さい。"),
    ];
    for (id, sentence) in sentences {
        let printed: Vec<String> = texts(&current(id), 1).iter().map(|t| plain(&t.text)).collect();
        assert!(printed.iter().any(|p| p.contains(&plain(sentence))), "{id} does not print: {sentence}");
    }
}
