//! A page that is refused stays refused, or is read as what it is, however badly it is scanned: noise, blur, a lighter or a
//! crooked copy never turn a blank of a form, an old edition or a foreign page into something that is accepted.

mod batch;

use batch::{records, text, uketsuke};
use image::{GrayImage, Luma, imageops};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fs;

/// A worse scan of a page.
fn degraded(page: &GrayImage, dice: &mut ChaCha8Rng) -> GrayImage {
    let (noise, lift) = (dice.random_range(0..60_i16), dice.random_range(0..90_u8));
    let blur = dice.random_range(0.3..2.5_f32);
    let mut out = imageops::blur(page, blur);
    for Luma([v]) in out.pixels_mut() {
        let speck = if noise > 0 { dice.random_range(-noise..=noise) } else { 0 };
        *v = (i16::from((*v).max(lift)) + speck).clamp(0, 255) as u8;
    }
    let (w, h) = out.dimensions();
    match dice.random_range(0..4) {
        0 => imageops::rotate180(&out),
        1 => imageops::resize(&out, w * 93 / 100, h * 93 / 100, imageops::FilterType::Triangle),
        2 => imageops::crop_imm(&out, w / 40, h / 40, w - w / 20, h - h / 20).to_image(),
        _ => out,
    }
}

#[test]
fn a_worse_scan_of_what_is_refused_is_never_accepted() {
    let dir = tempfile::tempdir().expect("a folder");
    let given = dir.path().join("given");
    fs::create_dir(&given).expect("made");
    let mut dice = ChaCha8Rng::seed_from_u64(5);
    for form in ["reader-request@2020-11", "reader-request", "intent-survey", "usage-application"] {
        let path = dir.path().join("blank.png");
        let print = uketsuke().args(["forms", "print", form, "--png", "--dpi", "200", "--out"]).arg(&path).output();
        let print = print.expect("the program runs");
        assert!(print.status.success(), "{}", text(&print.stderr));
        let pages = [path.clone(), dir.path().join("blank-1.png"), dir.path().join("blank-2.png")];
        for (i, page) in pages.iter().filter(|p| p.exists()).enumerate() {
            let page = image::open(page).expect("a picture").into_luma8();
            // Half of a page, twice: print of the form, and not the form.
            let foreign = imageops::crop_imm(&page, 0, 0, page.width(), page.height() / 2).to_image();
            for n in 0..2 {
                for (kind, picture) in [("whole", &page), ("half", &foreign)] {
                    degraded(picture, &mut dice).save(given.join(format!("{form}-{i}-{kind}-{n}.png"))).expect("saved");
                }
            }
        }
        for page in &pages {
            drop(fs::remove_file(page));
        }
    }
    let out = dir.path().join("out");
    let run = uketsuke().arg("run").arg(&given).arg("--out").arg(&out).arg("--quiet").status().expect("the program runs");
    assert_eq!(run.code(), Some(1));
    for record in records(&out) {
        let (status, source) = (&record["status"], &record["pages"][0]["source"]);
        assert_ne!(status, "accepted", "{source}");
        // A blank of a form says nothing: no field of it may have a value.
        let read = record["fields"].as_object().expect("fields").iter().find(|(_, f)| !f["value"].is_null());
        assert!(read.is_none(), "{source}: {read:?}");
    }
}
