//! Other people's forms: thirty at once are told apart, rows that look alike are never read one off, and a filled page may
//! stand for the blank.

mod other_forms;
mod warp;

use image::GrayImage;
use other_forms::{answer_sheet, catalogue, many, questionnaire, rated};
use uketsuke::form::catalogue::Catalogue;
use uketsuke::form::{Field, FieldKind, Form};
use uketsuke::geometry::{Dpi, PointMm, RectMm};
use uketsuke::register::{References, RegisterSettings, Registered, Unplaced, locate};
use uketsuke::scan::blank;
use warp::{Damage, Scan, drawn, scanned};

fn plain() -> Damage {
    Damage { dpi: 200.0, ..Damage::default() }
}

fn find(scan: &Scan, references: &References) -> Result<Registered, Unplaced> {
    locate(&scan.raster, references, &RegisterSettings::default())
}

/// Farthest centre of a field that the page shows from where it really lies, mm.
fn worst(form: &Form, scan: &Scan, found: &Registered, dpi: f64) -> f64 {
    let (w, h) = scan.raster.dimensions();
    let centres = form.fields_on(1).flat_map(Field::boxes).map(|b| b.centre());
    let off = |p: PointMm| {
        let (t, m) = (scan.truth(p), found.map.to_px(p));
        let shown = t.0 > 0.0 && t.1 > 0.0 && t.0 < f64::from(w) && t.1 < f64::from(h);
        if shown { (t.0 - m.x).hypot(t.1 - m.y) / (dpi / 25.4) } else { 0.0 }
    };
    centres.map(off).fold(0.0, f64::max)
}

#[test]
fn thirty_forms_are_told_apart_editions_that_differ_in_two_rows_included() {
    let all = catalogue(&many(30));
    assert_eq!(all.forms().len(), 30);
    let references = References::prepare(&all).expect("usable");
    let hard = Damage { skew_deg: -3.5, scale: (0.95, 0.98), noise: 15.0, quarter_turns: 2, ..plain() };
    let copied = Damage { thicken: 1, bitonal: Some(150), skew_deg: 1.0, ..plain() };
    let mut refused = Vec::new();
    for (i, form) in all.forms().iter().enumerate() {
        let d = [plain(), hard, copied][i % 3];
        let scan = scanned(&drawn(form, 1, Some(i as u64)), &d, i as u64);
        match find(&scan, &references) {
            Ok(found) => {
                let taken = &all.forms()[found.form];
                assert_eq!((&taken.id, &taken.edition), (&form.id, &form.edition), "{d:?}");
                assert!(worst(form, &scan, &found, d.dpi) < 0.3, "{} {}", form.id, form.edition);
            }
            Err(why) => refused.push(format!("{}@{}: {why:?}", form.id, form.edition)),
        }
    }
    assert!(refused.len() <= 1, "{refused:?}");
}

#[test]
fn a_form_that_is_none_of_thirty_is_none_of_them() {
    let references = References::prepare(&catalogue(&many(30))).expect("usable");
    for seed in 900..906 {
        let other = catalogue(&[("other".into(), questionnaire("other", "1", seed, &[]))]);
        let scan = scanned(&drawn(&other.forms()[0], 1, Some(seed)), &Damage { skew_deg: 1.5, ..plain() }, seed);
        // Made of the same frames and forty words, most resemble one of the thirty.
        let said = find(&scan, &references).err();
        assert!(matches!(said, Some(Unplaced::UnknownForm | Unplaced::OtherEdition { .. })), "{seed}: {said:?}");
    }
}

#[test]
fn most_rows_that_an_unknown_edition_changed_are_doubted() {
    let known = catalogue(&[("yearly@2015".into(), questionnaire("yearly", "2015", 5, &[]))]);
    let references = References::prepare(&known).expect("usable");
    let rows = known.forms()[0].fields.len();
    let (mut asked, mut trusted) = (0, Vec::new());
    let own = scanned(&drawn(&known.forms()[0], 1, Some(3)), &plain(), 3);
    assert!(!find(&own, &references).expect("its own form").reworded, "nothing else is printed on it");
    for changed in [vec![2, 3, 4], vec![6, 7], (0..rows).filter(|r| r % 2 == 0).collect()] {
        let other = catalogue(&[("yearly@2030".into(), questionnaire("yearly", "2030", 5, &changed))]);
        let scan = scanned(&drawn(&other.forms()[0], 1, Some(3)), &plain(), 3);
        match find(&scan, &references) {
            Err(why) => assert!(matches!(why, Unplaced::OtherEdition { .. }), "{why:?}"),
            Ok(found) => {
                assert!(found.reworded, "rows {changed:?} ask something else");
                let sure = |row: &usize| found.field_residual_mm[*row].is_some_and(|mm| mm < 0.5);
                asked += changed.len();
                trusted.extend(changed.into_iter().filter(sure));
            }
        }
    }
    // Measured: 7 of 11. An open gap: two of the rows are trusted although their words are others.
    assert!(asked > 0 && trusted.len() * 2 <= asked, "rows {trusted:?} of {asked} are trusted");
}

/// Ways a dense sheet arrives: cut, shifted by whole rows, folded, copied.
fn hard_for_rows() -> Vec<Damage> {
    let mut all = Vec::new();
    for rows in [-1.0, 0.0, 1.0] {
        // The head or the foot cut off, and the rest where other rows would lie.
        all.push(Damage { glass_mm: (210.0, 230.0), shift_mm: (0.0, 11.2 * rows - 25.0), ..plain() });
        all.push(Damage { glass_mm: (210.0, 225.0), shift_mm: (0.0, 11.2 * rows + 25.0), skew_deg: 1.2, ..plain() });
        all.push(Damage { shift_mm: (7.5 * rows, 0.0), glass_mm: (190.0, 297.0), ..plain() });
    }
    all.extend([-1.5, 1.5].map(|fold_mm| Damage { fold_mm, fold_shadow: 0.4, ..plain() }));
    all.push(Damage { thicken: 2, bitonal: Some(150), skew_deg: 2.0, ..plain() });
    all.push(Damage { thicken: -1, broken: 0.3, bitonal: Some(180), ..plain() });
    all.push(Damage { skew_deg: 13.0, scale: (0.88, 0.9), quarter_turns: 1, ..plain() });
    all
}

#[test]
fn sixty_rows_that_look_alike_are_never_read_one_off() {
    let sheet = catalogue(&[("sixty".into(), answer_sheet("sixty", true))]);
    let references = References::prepare(&sheet).expect("usable");
    let form = &sheet.forms()[0];
    let mut refused = Vec::new();
    let all = hard_for_rows();
    for (i, d) in all.iter().enumerate() {
        let scan = scanned(&drawn(form, 1, Some(i as u64)), d, i as u64);
        match find(&scan, &references) {
            Ok(found) => {
                let off = worst(form, &scan, &found, d.dpi);
                assert!(off < 1.0, "{off} mm: {d:?}");
            }
            Err(why) => refused.push(format!("{why:?}: {:?} of {:?}", d.shift_mm, d.glass_mm)),
        }
    }
    assert!(refused.len() * 4 <= all.len(), "{} of {} refused: {refused:#?}", refused.len(), all.len());
}

/// A form's file with the words beside the first two options of its `n`-th choice printed the other way round.
fn with_options_exchanged(text: &str, form: &Form, n: usize) -> String {
    let options = |field: &Field| if matches!(field.kind, FieldKind::Choice { .. }) { field.boxes().len() } else { 0 };
    let choices: Vec<usize> = form.fields.iter().map(options).filter(|count| *count > 0).collect();
    let printed: Vec<&str> = text.lines().filter(|line| line.ends_with("size = 9 },")).collect();
    let first = choices[..n].iter().sum::<usize>();
    let word = |line: &str| line.split('"').nth(1).expect("a word").to_owned();
    let (one, other) = (printed[first], printed[first + 1]);
    let (word_of_one, word_of_other) = (word(one), word(other));
    assert_ne!(word_of_one, word_of_other);
    text.replace(one, &one.replace(&word_of_one, &word_of_other)).replace(other, &other.replace(&word_of_other, &word_of_one))
}

#[test]
fn options_that_an_unknown_edition_has_the_other_way_round_are_doubted() {
    let text = questionnaire("yearly", "2015", 5, &[]);
    let known = catalogue(&[("yearly@2015".into(), text.clone())]);
    let references = References::prepare(&known).expect("usable");
    let form = &known.forms()[0];
    let choices: Vec<usize> =
        (0..form.fields.len()).filter(|i| matches!(form.fields[*i].kind, FieldKind::Choice { .. })).collect();
    let copied = Damage { thicken: 1, bitonal: Some(150), skew_deg: 1.0, ..plain() };
    for (n, field) in choices.iter().enumerate().take(6) {
        let other = catalogue(&[("yearly@2030".into(), with_options_exchanged(&text, form, n))]);
        for (seed, damage) in [plain(), copied].iter().enumerate() {
            let scan = scanned(&drawn(&other.forms()[0], 1, Some(3)), damage, seed as u64);
            let found = find(&scan, &references).expect("it is the same form but for two words");
            let doubted = |i: &usize| found.field_residual_mm[*i].is_some_and(|mm| mm >= 1.0);
            assert_eq!((0..form.fields.len()).filter(doubted).collect::<Vec<_>>(), [*field], "{damage:?}");
        }
    }
}

#[test]
fn rows_under_heads_that_an_unknown_edition_has_the_other_way_round_are_doubted() {
    let copied = Damage { thicken: 1, bitonal: Some(150), skew_deg: 1.0, ..plain() };
    for [first, middle, last] in [["良い", "普通", "悪い"], ["A", "C", "D"]] {
        let known = catalogue(&[("rated@1".into(), rated("rated", "1", [first, middle, last]))]);
        let references = References::prepare(&known).expect("usable");
        let turned = catalogue(&[("rated@2".into(), rated("rated", "2", [last, middle, first]))]);
        for damage in [plain(), Damage { skew_deg: -2.0, noise: 12.0, ..plain() }, copied] {
            let doubted = |of: &Catalogue| {
                let found =
                    find(&scanned(&drawn(&of.forms()[0], 1, Some(3)), &damage, 3), &references).expect("but for its heads");
                assert_eq!(found.reworded, of.forms()[0].edition == "2", "{first} {damage:?}");
                found.field_residual_mm.iter().filter(|mm| mm.is_some_and(|mm| mm >= 1.0)).count()
            };
            assert_eq!((doubted(&known), doubted(&turned)), (0, 5), "{first} {damage:?}");
        }
    }
}

/// A page whose strip `from..to` mm of the form's height is missing, what is below it moved up: it slipped in the feed.
fn without_strip(page: &GrayImage, height_mm: f64, (from, to): (f64, f64)) -> GrayImage {
    let row = |mm: f64| (mm / height_mm * f64::from(page.height())).round() as u32;
    let (from, missing) = (row(from), row(to) - row(from));
    GrayImage::from_fn(page.width(), page.height(), |x, y| {
        let y = if y < from { y } else { y + missing };
        if y < page.height() { *page.get_pixel(x, y) } else { image::Luma([255]) }
    })
}

#[test]
fn rows_below_a_missing_one_are_not_read_as_the_rows_before_them() {
    let sheet = catalogue(&[("sixty".into(), answer_sheet("sixty", true))]);
    let references = References::prepare(&sheet).expect("usable");
    let form = &sheet.forms()[0];
    let page = drawn(form, 1, Some(5));
    let mut read = 0;
    for row in [1, 7, 12, 15, 17, 18] {
        let top = 46.0 + 11.2 * f64::from(row);
        let scan = scanned(&without_strip(&page, form.pages[0].height_mm, (top, top + 11.2)), &plain(), 5);
        let Ok(found) = find(&scan, &references) else { continue };
        read += 1;
        for (i, residual) in found.field_residual_mm.iter().enumerate() {
            let wrong = i as i32 % 20 >= row;
            let sure = residual.is_none_or(|mm| mm < 1.0);
            // Which rows are the wrong ones hangs on which of them the page was laid on: those above or those below.
            let y = form.fields[i].bounds().centre().y;
            let there = found.map.to_px(PointMm { x: 30.0, y }).y / 200.0 * 25.4;
            let lies = if wrong { y - 11.2 } else { y };
            assert!(!sure || (there - lies).abs() < 1.0, "row {row}: field {i} is sure and {:.1} mm off", there - lies);
        }
    }
    assert!(read >= 3, "{read} of 6 read");
}

#[test]
fn rows_without_a_number_are_refused_where_nothing_tells_them_apart() {
    let sheet = catalogue(&[("alike".into(), answer_sheet("alike", false))]);
    let references = References::prepare(&sheet).expect("usable");
    let form = &sheet.forms()[0];
    let whole = scanned(&drawn(form, 1, Some(1)), &plain(), 1);
    assert!(find(&whole, &references).is_ok_and(|found| worst(form, &whole, &found, 200.0) < 0.3), "the whole sheet is found");
    // Head and foot are cut off: nothing is left but rows.
    for shift in [0.0, 11.2, -11.2, 5.0] {
        let d = Damage { glass_mm: (210.0, 190.0), shift_mm: (0.0, shift), ..plain() };
        let scan = scanned(&drawn(form, 1, Some(2)), &d, 2);
        if let Ok(found) = find(&scan, &references) {
            assert!(worst(form, &scan, &found, 200.0) < 1.0, "read {} mm off: {d:?}", worst(form, &scan, &found, 200.0));
        }
    }
}

#[test]
fn a_filled_page_stands_for_the_blank_and_notes_on_it_do_not_pull_the_fit() {
    let text = questionnaire("visit", "1", 12, &[]);
    let form = &catalogue(&[("visit".into(), text.clone())]).forms()[0].clone();
    let mut page = drawn(form, 1, Some(77));
    let mut rng = <rand_chacha::ChaCha8Rng as rand::SeedableRng>::seed_from_u64(4);
    // A note over the printed head, and one in the margin that is masked.
    warp::scribble(&mut page, &RectMm::new(110.0, 26.0, 60.0, 12.0), &mut rng);
    let masked = RectMm::new(150.0, 270.0, 50.0, 12.0);
    warp::scribble(&mut page, &masked, &mut rng);
    let folder = tempfile::tempdir().expect("a folder");
    let catalogue = with_picture(folder.path(), &text, &page, "filled = true\nmask = [[149, 269, 52, 14]]");
    let filled = &catalogue.forms()[0];
    let references = References::prepare(&catalogue).expect("usable");
    for d in [
        plain(),
        Damage { skew_deg: -2.0, noise: 12.0, scale: (0.97, 1.01), ..plain() },
        Damage { bitonal: Some(150), ..plain() },
    ] {
        let scan = scanned(&drawn(form, 1, Some(5)), &d, 5);
        let found = find(&scan, &references).unwrap_or_else(|e| panic!("{e:?}: {d:?}"));
        assert!(worst(form, &scan, &found, d.dpi) < 0.3, "{} mm", worst(form, &scan, &found, d.dpi));
    }
    // Inside the fields next to nothing is left of what was written, and nothing where it is masked.
    let shown = blank::picture(filled, 1, Dpi::square(100.0)).expect("decodes");
    let dark = |area: &RectMm| {
        let px = |mm: f64| (mm * 100.0 / 25.4) as u32;
        let inside = |from: f64, to: f64| px(from) + 2..px(to) - 1;
        let spots = inside(area.y, area.bottom()).flat_map(|y| inside(area.x, area.right()).map(move |x| (x, y)));
        spots.fold((0, 0), |(all, dark), (x, y)| (all + 1, dark + usize::from(shown.get_pixel(x, y)[0] < 200)))
    };
    let boxes = filled.fields.iter().flat_map(Field::boxes);
    let (all, left) = boxes.map(|b| dark(&b)).fold((0, 0), |(a, d), (n, m)| (a + n, d + m));
    assert!(left * 20 < all, "{left} of {all} pixels");
    assert_eq!(dark(&masked).1, 0);
}

/// The form of `text` with this picture as its blank in place of what it prints, and `keys` added to its page.
fn with_picture(dir: &std::path::Path, text: &str, picture: &GrayImage, keys: &str) -> Catalogue {
    let (head, fields) = text.split_once("]\n\n[[field]]").expect("a page and fields");
    let head = head.split("print = [").next().expect("a head");
    let text = format!("{head}blank = \"page.png\"\n{keys}\n\n[[field]]{fields}").replace("kind =", "frame = \"none\"\nkind =");
    std::fs::write(dir.join("form.toml"), text).expect("written");
    picture.save(dir.join("page.png")).expect("saved");
    Catalogue::default().with_dir(dir).unwrap_or_else(|e| panic!("{}", e[0]))
}

/// A5 is A4 with half the area.
const HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;

#[test]
fn a_sheet_of_another_size_is_found_by_its_own_size_when_the_file_states_none() {
    let text = questionnaire("small", "1", 31, &[]);
    let a4 = catalogue(&[("small".into(), text.clone())]).forms()[0].clone();
    let page = drawn(&a4, 1, None);
    // The same sheet printed at A5: all lengths are 0.707 of those written.
    let folder = tempfile::tempdir().expect("a folder");
    let half = shrunk(&text, HALF);
    let catalogue = with_picture(folder.path(), &half, &page, "size = [148.5, 210]");
    let references = References::prepare(&catalogue).expect("usable");
    let scan = scanned(&drawn(&a4, 1, Some(3)), &Damage { skew_deg: 1.0, ..plain() }, 3);
    // 200 dpi of A4 are 283 of A5; the file says 96.
    let raster = uketsuke::image::Raster::grey(scan.raster.luma().clone(), Dpi::square(96.0));
    let found = locate(&raster, &references, &RegisterSettings::default()).expect("placed");
    let p = a4.fields[3].boxes()[0].centre();
    let (t, m) = (scan.truth(p), found.map.to_px(PointMm { x: p.x * HALF, y: p.y * HALF }));
    assert!((t.0 - m.x).hypot(t.1 - m.y) < 3.0, "{t:?} {m:?}");
}

/// Boxes and cells of a form's file scaled.
fn shrunk(text: &str, by: f64) -> String {
    let scaled = |line: &str| {
        let (before, list) = line.split_once('[').expect("a list");
        let (list, after) = list.split_once(']').expect("its end");
        let numbers: Vec<String> =
            list.split(',').map(|n| format!("{:.3}", n.trim().parse::<f64>().expect("a number") * by)).collect();
        format!("{before}[{}]{after}", numbers.join(", "))
    };
    let line = |line: &str| {
        if let Some((option, place)) = line.split_once("box = ") {
            format!("{option}{}", scaled(&format!("box = {place}")))
        } else if line.starts_with("cells") {
            let (at, size) = line.split_once("size").expect("a size");
            format!("{}{}", scaled(at), scaled(&format!("size{size}")))
        } else {
            line.to_owned()
        }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}
