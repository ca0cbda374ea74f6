//! Filled scans are labelled rightly, repeat to the byte, and are files a scanner could have made.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::collections::BTreeMap;
use uketsuke::form::catalogue::Catalogue;
use uketsuke::form::{FieldKind, Form, Select};
use uketsuke::geometry::PointMm;
use uketsuke::synth::{COMPOSE_DPI, Damage, FileKind, Submission, Synth, SynthRequest, write};

fn catalogue() -> Catalogue {
    Catalogue::built_in().unwrap()
}

fn request(form: &Form, damage: Damage) -> SynthRequest<'_> {
    SynthRequest { damage, count: 3, seed: 7, ..SynthRequest::new(form) }
}

fn bytes(submission: &Submission) -> Vec<(String, Vec<u8>)> {
    submission.files("x").unwrap().files
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_count() {
    let catalogue = catalogue();
    let form = catalogue.current("reader-request").unwrap();
    for damage in [Damage::None, Damage::Scan, Damage::Hard] {
        let few = Synth::new(SynthRequest { count: 2, ..request(form, damage) }).unwrap();
        let many = Synth::new(SynthRequest { count: 9, ..request(form, damage) }).unwrap();
        assert!(bytes(&few.submission(1)) == bytes(&many.submission(1)), "{damage:?}");
        assert!(bytes(&few.submission(0)) != bytes(&few.submission(1)), "{damage:?}");
    }
}

#[test]
fn every_field_has_a_truth_of_its_kind() {
    let catalogue = catalogue();
    for form in catalogue.forms() {
        let synth = Synth::new(SynthRequest { faults: 0.5, ..request(form, Damage::None) }).unwrap();
        for number in 0..12 {
            let fields = synth.submission(number).fields;
            let names: Vec<&str> = fields.keys().map(String::as_str).collect();
            assert_eq!(names, form.fields.iter().map(|f| f.id.0.as_str()).collect::<Vec<_>>(), "order of {}", form.id);
            for field in &form.fields {
                assert!(fits(&field.kind, &fields[&field.id.0]), "{} of {}: {}", field.id, form.id, fields[&field.id.0]);
            }
        }
    }
}

fn fits(kind: &FieldKind, value: &Value) -> bool {
    if value.is_null() || value == "?" {
        return true;
    }
    match kind {
        FieldKind::Choice { select: Select::One, options, .. } => options.iter().any(|o| value == &o.value),
        FieldKind::Choice { options, .. } => {
            value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(|v| options.iter().any(|o| v == &o.value)))
        }
        FieldKind::Digits { cells, min, .. } => {
            let text = value.as_str().unwrap_or_default();
            text.bytes().all(|b| b.is_ascii_digit()) && (*min..=cells.len()).contains(&text.len())
        }
        FieldKind::Number { .. } | FieldKind::Text { .. } => value.as_str().is_some_and(|s| !s.is_empty()),
        FieldKind::Presence { .. } => value == "present",
    }
}

#[test]
fn digits_are_written_inside_their_cells_and_nowhere_else() {
    let catalogue = catalogue();
    let form = catalogue.current("reader-request").unwrap();
    let synth = Synth::new(request(form, Damage::None)).unwrap();
    let scale = COMPOSE_DPI.px_per_mm().0;
    for number in 0..10 {
        let submission = synth.submission(number);
        let plane = &submission.pages[0].picture.planes[0];
        for field in &form.fields {
            let FieldKind::Digits { cells, .. } = &field.kind else { continue };
            let written = submission.fields[&field.id.0].as_str().unwrap_or_default().len();
            let inked = cells.iter().filter(|cell| {
                let inside = cell.grown(-0.35);
                let (l, r) = ((inside.x * scale) as u32, (inside.right() * scale) as u32);
                let (t, b) = ((inside.y * scale) as u32, (inside.bottom() * scale) as u32);
                (t..b).any(|y| (l..r).any(|x| plane.get_pixel(x, y)[0] < 150))
            });
            assert_eq!(inked.count(), written, "{} of submission {number}", field.id);
        }
    }
}

#[test]
fn the_map_tells_where_the_form_lies_on_the_scan() {
    let catalogue = catalogue();
    let form = catalogue.current("reader-request").unwrap();
    let synth = Synth::new(request(form, Damage::Scan)).unwrap();
    let cells = form.fields.iter().find_map(|f| match &f.kind {
        FieldKind::Digits { cells, .. } if cells.len() == 7 => Some(cells.clone()),
        _ => None,
    });
    let cell = cells.unwrap()[0];
    for number in 0..6 {
        let page = &synth.submission(number).pages[0];
        let darkest = (-8..=8).map(|i| {
            let edge = page.map.to_px(PointMm { x: cell.x + f64::from(i) * 0.05, y: cell.y + cell.h * 0.04 });
            page.picture.planes[0].get_pixel(edge.x as u32, edge.y as u32)[0]
        });
        assert!(darkest.min().unwrap() < 175, "the left edge of the first cell is not where the map says in {number}");
    }
}

#[test]
fn files_of_every_damage_decode_with_their_resolution() {
    let catalogue = catalogue();
    let form = catalogue.current("intent-survey").unwrap();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (damage, count) in [(Damage::None, 1), (Damage::Scan, 8), (Damage::Hard, 6)] {
        let synth = Synth::new(request(form, damage)).unwrap();
        for number in 0..count {
            let submission = synth.submission(number);
            let page = &submission.pages[0];
            let (name, bytes) = submission.files("x").unwrap().files.remove(0);
            let dpi = (page.picture.dpi.x, page.picture.dpi.y);
            match page.kind {
                FileKind::Png => assert_eq!(density(&bytes), Some((dpi.0.round(), dpi.1.round()))),
                FileKind::Jpeg => {
                    let word = |i: usize| f64::from(u16::from_be_bytes([bytes[i], bytes[i + 1]]));
                    assert_eq!((&bytes[6..10], bytes[13], word(14), word(16)), (&b"JFIF"[..], 1, dpi.0, dpi.1));
                }
                FileKind::Tiff => check_tiff(&bytes, dpi, page.picture.size()),
                FileKind::Pdf => assert!(bytes.starts_with(b"%PDF-1.4") && bytes.ends_with(b"%%EOF\n")),
            }
            if matches!(page.kind, FileKind::Png | FileKind::Jpeg) {
                let decoded = image::load_from_memory(&bytes).unwrap();
                assert_eq!((decoded.width(), decoded.height()), page.picture.size(), "{name}");
            }
            *seen.entry(page.kind.extension()).or_default() += 1;
        }
    }
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), ["jpg", "pdf", "png", "tif"]);
}

fn density(png: &[u8]) -> Option<(f64, f64)> {
    let at = png.windows(4).position(|w| w == b"pHYs")? + 4;
    let metre = |i: usize| f64::from(u32::from_be_bytes(png[i..i + 4].try_into().ok()?)).into();
    let (x, y): (Option<f64>, Option<f64>) = (metre(at), metre(at + 4));
    Some(((x? * 0.0254).round(), (y? * 0.0254).round()))
}

fn check_tiff(bytes: &[u8], dpi: (f64, f64), size: (u32, u32)) {
    use tiff::decoder::{Decoder, ifd::Value};
    use tiff::tags::Tag;
    let mut decoder = Decoder::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(decoder.dimensions().unwrap(), size);
    let mut resolution = |tag| match decoder.get_tag(tag).unwrap() {
        Value::Rational(n, d) => f64::from(n) / f64::from(d),
        other => panic!("resolution is {other:?}"),
    };
    assert_eq!((resolution(Tag::XResolution), resolution(Tag::YResolution)), dpi);
}

#[test]
fn a_folder_holds_a_line_of_truth_per_submission_and_every_page_it_names() {
    let catalogue = catalogue();
    let form = catalogue.current("usage-application").unwrap();
    let out = tempfile::tempdir().unwrap();
    write(&request(form, Damage::Scan), out.path()).unwrap();
    let truth = std::fs::read_to_string(out.path().join("truth.ndjson")).unwrap();
    let lines: Vec<Value> = truth.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    for line in &lines {
        assert_eq!(line["form"], "usage-application");
        let pages = line["pages"].as_array().unwrap();
        assert_eq!(pages.len(), form.pages.len());
        assert!(pages.iter().all(|p| out.path().join(p["source"].as_str().unwrap()).is_file()));
    }
}

const PLAN: &str = r#"
seed = 3
[[file]]
name = "a.tif"
mode = "bilevel"
dpi = [200, 200]
[[file.sheet]]
form = "usage-application"
submission = "first"
page = 2
back = 0.1
[[file.sheet]]
letter = "送付状\n同封いたします。"
[[file]]
name = "b.tif"
copy_of = "a.tif"
status = "duplicate"
"#;

#[test]
fn a_plan_becomes_a_post_with_what_is_expected_of_every_page() {
    let files = uketsuke::synth::post(PLAN, &catalogue(), None).unwrap();
    assert_eq!(files["a.tif"], files["b.tif"]);
    let expected: Value = serde_json::from_slice(&files["a.tif.expected.json"]).unwrap();
    let statuses: Vec<&str> = expected["pages"].as_array().unwrap().iter().map(|p| p["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["accepted", "blank", "refused"]);
    let truth: Value = serde_json::from_slice(&files["truth.ndjson"]).unwrap();
    assert_eq!(truth["pages"], serde_json::json!([{ "source": "a.tif", "page": 1 }]));
}

#[test]
fn a_plan_that_cannot_be_followed_says_why() {
    let unknown = "seed = 1\n[[file]]\nname = \"a.tif\"\n[[file.sheet]]\nform = \"no-such-form\"\nsubmission = \"x\"\n";
    let error = uketsuke::synth::post(unknown, &catalogue(), None).unwrap_err();
    assert!(error.to_string().contains("no-such-form"), "{error}");
}
