//! `forms new` on blanks whose fields are known: our own forms, drawn, and scanned askew.

use image::GrayImage;
use image::Luma;
use imageproc::geometric_transformations::{Border, Interpolation, rotate_about_center};
use std::collections::BTreeMap;
use uketsuke::draft::{self, DraftKind, DraftPage};
use uketsuke::form::catalogue::Catalogue;
use uketsuke::form::{FieldKind, Form, Mark};
use uketsuke::geometry::{Dpi, RectMm};
use uketsuke::image::Raster;
use uketsuke::read::typed::TypedText;
use uketsuke::recognize::Pair;
use uketsuke::scan::blank;
use uketsuke::score::Score;

struct NoWords;

impl TypedText for NoWords {
    fn read_line(&self, _: &GrayImage, _: u32) -> Option<(String, Score)> {
        None
    }
}

/// Reads the same everywhere.
struct Says(&'static str);

impl TypedText for Says {
    fn read_line(&self, _: &GrayImage, _: u32) -> Option<(String, Score)> {
        Some((self.0.to_owned(), Score::ONE))
    }
}

const ONE_WORD: Says = Says("電話\"番号\"\\");

fn drafted(form: &Form, page: usize, turned_deg: f32, words: &dyn TypedText) -> DraftPage {
    let picture = blank::picture(form, page, Dpi::square(300.0)).expect("a blank of ours");
    let turned = rotate_about_center(&picture, turned_deg.to_radians(), Interpolation::Bilinear, Border::Constant(Luma([255])));
    draft::page(&Raster::grey(turned, Dpi::square(300.0)), words, Pair::built_in())
}

/// Every part of a kind that the draft has, by place.
fn found(page: &DraftPage, wanted: fn(&DraftKind) -> bool) -> Vec<RectMm> {
    page.fields.iter().filter(|f| wanted(&f.kind)).flat_map(draft::DraftField::boxes).collect()
}

fn near(found: &[RectMm], wanted: &RectMm, most_mm: f64) -> bool {
    found.iter().any(|f| (f.centre().x - wanted.centre().x).hypot(f.centre().y - wanted.centre().y) < most_mm)
}

#[test]
fn combs_boxes_and_numbers_of_our_forms_are_found_where_they_are() {
    let catalogue = Catalogue::built_in().expect("the built-in forms are sound");
    for turned in [0.0, 1.3] {
        for form in catalogue.forms() {
            for page in 1..=form.pages.len() {
                let draft = drafted(form, page, turned, &NoWords);
                let cells = found(&draft, |k| matches!(k, DraftKind::Comb(_)));
                let boxes = found(&draft, |k| matches!(k, DraftKind::Boxes(_)));
                let rings = found(&draft, |k| matches!(k, DraftKind::Rings(..)));
                for field in form.fields_on(page) {
                    let missed = match &field.kind {
                        FieldKind::Digits { cells: wanted, .. } => wanted.iter().filter(|c| !near(&cells, c, 0.5)).count(),
                        FieldKind::Choice { mark: Mark::Box, options, .. } => {
                            options.iter().filter(|o| !near(&boxes, &o.area, 0.5)).count()
                        }
                        FieldKind::Choice { options, .. } => options.iter().filter(|o| !near(&rings, &o.area, 1.0)).count(),
                        _ => 0,
                    };
                    assert_eq!(missed, 0, "{}@{} page {page}, turned {turned}: {}", form.id, form.edition, field.id);
                }
                let proposed = (cells.len(), boxes.len(), rings.len());
                let asked = |of: fn(&FieldKind) -> usize| form.fields_on(page).map(|f| of(&f.kind)).sum::<usize>();
                let wanted = (
                    asked(|k| if let FieldKind::Digits { cells, .. } = k { cells.len() } else { 0 }),
                    asked(|k| if let FieldKind::Choice { mark: Mark::Box, options, .. } = k { options.len() } else { 0 }),
                    asked(|k| if let FieldKind::Choice { mark: Mark::Circle, options, .. } = k { options.len() } else { 0 }),
                );
                assert_eq!(
                    proposed, wanted,
                    "{}@{} page {page}, turned {turned}: nothing else is proposed",
                    form.id, form.edition
                );
            }
        }
    }
}

#[test]
fn a_draft_is_a_form_that_loads_and_whose_blank_is_found_again() {
    let catalogue = Catalogue::built_in().expect("the built-in forms are sound");
    let form = catalogue.current("reader-request").expect("built in");
    let page = drafted(form, 1, 0.8, &ONE_WORD);
    let text = draft::toml("drafted", std::slice::from_ref(&page), &["blank.png".to_owned()]);
    let mut png = Vec::new();
    page.picture.write_with_encoder(image::codecs::png::PngEncoder::new(&mut png)).expect("encodes");
    let files = BTreeMap::from([("blank.png".to_owned(), png)]);
    let parsed = uketsuke::form::file::parse("form.toml", &text, &files).map_err(|e| format!("{e}\n{text}"));
    let parsed = parsed.expect("a draft has no mistakes");
    assert_eq!(parsed.fields.len(), page.fields.len());
    assert!(parsed.fields.iter().all(|f| f.label == "電話\"番号\"\\" || f.id.0.starts_with("telephone")), "labels are quoted");
}

/// Of each group of numbers to ring, where its numbers stand across the sheet.
fn rings_across(page: &DraftPage) -> Vec<Vec<i32>> {
    let across = |f: &draft::DraftField| f.boxes().iter().map(|b| b.centre().x.round() as i32).collect::<Vec<_>>();
    page.fields.iter().filter(|f| matches!(f.kind, DraftKind::Rings(..))).map(across).collect()
}

fn place(text: &str, x: f64, y: f64) -> String {
    format!("{{ text = \"{text}\", at = [{x}, {y}] }},\n")
}

fn rect(x: f64, y: f64, w: f64, h: f64) -> String {
    format!("{{ rect = [{x}, {y}, {w}, {h}] }},\n")
}

/// A sheet on which this is printed.
fn sheet(print: &[String]) -> Form {
    let text = format!(
        "id = \"table\"\nedition = \"1\"\ntitle = \"表\"\nletter = \"T\"\n[[page]]\nprint = [\n{}]\n[[field]]\nid = \"a\"\n\
         label = \"a\"\nkind = \"text\"\nbox = [20, 250, 50, 10]\n",
        print.concat()
    );
    uketsuke::form::file::parse("form.toml", &text, &BTreeMap::new()).map_err(|e| format!("{e:?}\n{text}")).expect("a form")
}

#[test]
fn a_questionnaire_in_a_table_is_drafted_as_people_read_it() {
    let mut print: Vec<String> = Vec::new();
    for (y, name) in [(40.0, "職員の対応は丁寧だった"), (48.0, "説明は分かりやすかった"), (56.0, "また利用したい")]
    {
        print.extend([rect(20.0, y, 170.0, 8.0), place(name, 24.0, y + 6.0)]);
        print.extend((1..=5).map(|figure| place(&figure.to_string(), 194.0 - 15.0 * f64::from(figure), y + 6.0)));
    }
    for (text, x) in [("1", 60.0), ("男", 64.0), ("2", 74.0), ("女", 78.0), ("1", 110.0), ("/", 114.5), ("2", 118.0)] {
        print.push(place(text, x, 30.0));
    }
    for (x, y) in [(24.0, 80.0), (66.0, 79.9), (108.0, 80.1), (150.0, 79.9)] {
        print.extend([rect(x, y, 3.2, 3.2), place("窓口", x + 5.0, 83.0)]);
    }
    for (i, y) in [(1, 100.0), (2, 108.0), (3, 116.0), (4, 124.0)] {
        print.extend([place(&i.to_string(), 24.0, y + 3.0), rect(30.0, y, 3.2, 3.2)]);
    }
    let draft = drafted(&sheet(&print), 1, 0.0, &ONE_WORD);
    // From 1 on, whichever way they count; 1/2 is no choice, and the numbers of boxes are none.
    assert_eq!(
        rings_across(&draft),
        [vec![61, 75], vec![180, 165, 150, 135, 120], vec![180, 165, 150, 135, 120], vec![180, 165, 150, 135, 120]]
    );
    let boxes = found(&draft, |k| matches!(k, DraftKind::Boxes(_)));
    assert_eq!(boxes.iter().map(|b| b.x.round() as i32).collect::<Vec<_>>(), [24, 66, 108, 150, 30, 30, 30, 30]);
    assert!(draft.fields.iter().all(|f| !f.label.is_empty()), "{:?}", draft.fields);
}

/// Which numbers a draft wants ringed: the first, and where each stands across the sheet, in cm.
fn counts(page: &DraftPage) -> Vec<(u8, Vec<i32>)> {
    let of = |f: &draft::DraftField| {
        if let DraftKind::Rings(from, options) = &f.kind {
            Some((*from, options.iter().map(|(area, _)| (area.x / 10.0).round() as i32).collect()))
        } else {
            None
        }
    };
    page.fields.iter().filter_map(of).collect()
}

#[test]
fn numbers_with_a_full_stop_scales_and_cells_of_a_table_are_drafted_too() {
    let mut print: Vec<String> = Vec::new();
    // Two counts on one line, of which the second begins anew; then headings that only number questions.
    for (text, x) in [("1.入院", 40.0), ("2.外来", 60.0), ("1.新", 100.0), ("2.旧", 120.0), ("3.他", 140.0)] {
        print.push(place(text, x, 30.0));
    }
    for (text, y) in [("1.氏名", 40.0), ("2.住所", 50.0), ("3.電話", 60.0)] {
        print.extend([place(text, 20.0, y), rect(40.0, y - 5.0, 100.0, 7.0)]);
    }
    print.extend((0..=10).map(|n| place(&n.to_string(), 40.0 + 10.0 * f64::from(n), 80.0)));
    for (text, x, y) in [("1 東", 40.0, 90.0), ("2 西", 70.0, 90.0), ("3 南", 40.0, 97.0), ("4 北", 70.0, 97.0)] {
        print.push(place(text, x, y));
    }
    for row in 0..2 {
        let y = 110.0 + 8.0 * f64::from(row);
        print.extend([rect(20.0, y, 40.0, 8.0), place("待ち時間", 24.0, y + 5.5)]);
        print.extend((0..3).map(|i| rect(60.0 + 20.0 * f64::from(i), y, 20.0, 8.0)));
        print.extend((0..3).map(|i| place(&(i + 1).to_string(), 69.0 + 20.0 * f64::from(i), y + 5.5)));
    }
    let draft = drafted(&sheet(&print), 1, 0.0, &NoWords);
    let row = vec![7, 9, 11];
    assert_eq!(
        counts(&draft),
        [(1, vec![4, 6]), (1, vec![10, 12, 14]), (0, (4..=14).collect()), (1, vec![4, 7, 4, 7]), (1, row.clone()), (1, row),]
    );
}

#[test]
fn boxes_in_cells_of_a_table_are_one_question_to_a_row_and_are_called_as_their_columns_are() {
    let mut print = vec![rect(20.0, 40.0, 40.0, 8.0), place("設問", 24.0, 45.5)];
    for column in 0..3 {
        let x = 60.0 + 20.0 * f64::from(column);
        print.extend([rect(x, 40.0, 20.0, 8.0), place("はい", x + 6.0, 45.5)]);
        for row in 1..=2 {
            let y = 40.0 + 8.0 * f64::from(row);
            print.extend([rect(x, y, 20.0, 8.0), rect(x + 8.0, y + 2.2, 3.5, 3.5)]);
        }
    }
    print.extend((1..=2).flat_map(|row| {
        let y = 40.0 + 8.0 * f64::from(row);
        [rect(20.0, y, 40.0, 8.0), place("設備", 24.0, y + 5.5)]
    }));
    let draft = drafted(&sheet(&print), 1, 0.0, &Says("はい"));
    let rows: Vec<&DraftKind> = draft.fields.iter().map(|f| &f.kind).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    for row in rows {
        let DraftKind::Boxes(options) = row else { panic!("boxes: {row:?}") };
        assert_eq!(
            options.iter().map(|(area, label)| (area.x.round() as i32, label.as_str())).collect::<Vec<_>>(),
            [(68, "はい"), (88, "はい"), (108, "はい")]
        );
    }
}

#[test]
fn words_parted_by_a_dot_are_ringed_where_people_choose_between_them() {
    let print = [place("院内処方", 20.0, 40.0), place("有　・　無", 60.0, 40.0)];
    let words = |says| {
        let draft = drafted(&sheet(&print), 1, 0.0, &Says(says));
        draft
            .fields
            .iter()
            .filter(|f| matches!(f.kind, DraftKind::Words(_)))
            .flat_map(draft::DraftField::boxes)
            .collect::<Vec<_>>()
    };
    let found = words("有・無");
    assert_eq!(found.iter().map(|b| b.centre().x.round() as i32).collect::<Vec<_>>(), [62, 77], "{found:?}");
    assert!(words("病院・薬局").is_empty());
}
