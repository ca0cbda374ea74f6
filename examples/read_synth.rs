//! Measures reading alone: synthetic pages with the exact place of the form known. `read_synth FORM COUNT SEED DAMAGE`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeMap;
use uketsuke::form::FieldKind;
use uketsuke::form::catalogue::Catalogue;
use uketsuke::geometry::Rotation;
use uketsuke::image::Raster;
use uketsuke::read::typed::TypedText;
use uketsuke::read::{Blanks, Reader};
use uketsuke::recognize::Pair;
use uketsuke::record::State;
use uketsuke::record::decide::decide;
use uketsuke::register::Registered;
use uketsuke::scan::{Budgets, Scan};
use uketsuke::score::Score;
use uketsuke::synth::{Damage, Synth, SynthRequest};

struct NoText;
impl TypedText for NoText {
    fn read_line(&self, _: &image::GrayImage, _: u32) -> Option<(String, Score)> {
        None
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let catalogue = Catalogue::built_in().unwrap();
    let form_index = catalogue.forms().iter().position(|f| f.id.0 == args[1] && f.superseded_by.is_none()).unwrap();
    let form = &catalogue.forms()[form_index];
    let damage = match args[4].as_str() {
        "none" => Damage::None,
        "scan" => Damage::Scan,
        _ => Damage::Hard,
    };
    let seed: u64 = args[3].parse().unwrap();
    let request = SynthRequest { count: args[2].parse().unwrap(), seed, damage, ..SynthRequest::new(form) };
    let synth = Synth::new(request.clone()).unwrap();
    let blanks = Blanks::new(&catalogue);
    let reader = Reader { catalogue: &catalogue, blanks: &blanks, digits: Pair::built_in(), typed: &NoText };
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut shown = 0;
    for number in 0..request.count {
        let submission = synth.submission(number);
        let files = submission.files("x").unwrap();
        for (page, (name, at)) in submission.pages.iter().zip(&files.pages) {
            let bytes = &files.files.iter().find(|(n, _)| n == name).unwrap().1;
            let scan = Scan::open(bytes.clone(), &Budgets::default()).unwrap();
            let decoded = scan.page(*at).unwrap();
            let _: &Raster = &decoded.raster;
            let (w, h) = decoded.raster.dimensions();
            let (pw, ph) = page.picture.size();
            if (w, h) != (pw, ph) {
                // Non-square fax pixels were resampled: the known map no longer fits.
                *counts.entry(("-".into(), "resampled")).or_default() += 1;
                continue;
            }
            let registered = Registered {
                form: form_index,
                page: page.form_page,
                map: page.map,
                rotation: Rotation::R0,
                skew_deg: 0.0,
                residual_mm: 0.0,
                field_residual_mm: Vec::new(),
                reworded: false,
            };
            let readings = reader.read(&decoded, &registered);
            for (field, reading) in form.fields_on(page.form_page).zip(&readings) {
                let got = decide(field, reading, &form.policy);
                let truth = &submission.fields[&field.id.0];
                let kind = match &field.kind {
                    FieldKind::Choice { mark, .. } => format!("{mark:?}"),
                    FieldKind::Digits { .. } => "Digits".into(),
                    FieldKind::Number { .. } => "Number".into(),
                    FieldKind::Text { .. } => "Text".into(),
                    FieldKind::Presence { .. } => "Presence".into(),
                };
                let value = serde_json::to_value(&got.value).unwrap();
                let sure = matches!(got.state, State::Read | State::Blank);
                let verdict = match got.state {
                    _ if sure && value == *truth => "right",
                    _ if sure => "WRONG",
                    State::Picture => "picture",
                    State::Cancelled => "cancelled",
                    _ => "review",
                };
                if verdict == "WRONG" || (verdict == "review" && shown < 12) {
                    shown += 1;
                    println!(
                        "{number} {} {verdict}: truth {truth} got {value} first {:?} conf {:.3} note {:?} {:?}",
                        field.id,
                        got.first_reading,
                        got.confidence.get(),
                        got.note,
                        reading.placement
                    );
                    if std::env::var("DETAIL").is_ok() {
                        println!("   {:?}", reading.evidence);
                    }
                    std::fs::write(format!("/tmp/rs-{number}-{}-{name}", page.form_page), bytes).unwrap();
                }
                *counts.entry((kind, verdict)).or_default() += 1;
            }
        }
    }
    for ((kind, verdict), n) in counts {
        println!("{kind:<9} {verdict:<9} {n}");
    }
}
