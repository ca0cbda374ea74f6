//! Locates randomly laid, damaged pages of the built-in forms and prints how far off every field is: a table by kind of
//! damage. `cargo run --release --example locate_probe -- [PAGES] [SEED]`

#![allow(clippy::print_stdout, reason = "a program that prints a table")]

#[path = "../tests/warp/mod.rs"]
mod warp;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uketsuke::form::catalogue::Catalogue;
use uketsuke::register::{References, RegisterSettings, Unplaced, locate};
use warp::{Damage, cpu_ms, drawn, scanned};

const KINDS: [&str; 18] = [
    "clean", "skew15", "scale", "shift20", "all", "tilt", "noise", "bitonal", "thick", "broken", "fax", "faint", "fold",
    "border", "extreme", "photo", "thirds", "cut",
];

fn damage(kind: &str, rng: &mut ChaCha8Rng) -> Damage {
    let mut d = Damage {
        quarter_turns: rng.random_range(0..4),
        skew_deg: rng.random_range(-3.0..3.0),
        scale: (rng.random_range(0.97..1.03), rng.random_range(0.97..1.03)),
        shift_mm: (rng.random_range(-4.0..4.0), rng.random_range(-4.0..4.0)),
        dpi: if rng.random_bool(0.5) { 300.0 } else { 200.0 },
        ..Damage::default()
    };
    let mut any = |d: &mut Damage| {
        d.skew_deg = rng.random_range(-15.0..15.0);
        d.scale = (rng.random_range(0.85..1.15), rng.random_range(0.85..1.15));
    };
    match kind {
        "all" => any(&mut d),
        "skew15" => d.skew_deg = rng.random_range(-15.0..15.0),
        "scale" => d.scale = (rng.random_range(0.85..1.15), rng.random_range(0.85..1.15)),
        "shift20" => d.shift_mm = (rng.random_range(-20.0..20.0), rng.random_range(-20.0..20.0)),
        "tilt" => d.tilt = (rng.random_range(-0.05..0.05), rng.random_range(-0.05..0.05)),
        "noise" => (d.noise, d.pepper, d.blur) = (30.0, 0.02, 1),
        "bitonal" => d.bitonal = Some(rng.random_range(90..200)),
        "thick" => (d.thicken, d.bitonal) = (rng.random_range(1..3), Some(150)),
        "broken" => (d.thicken, d.broken, d.bitonal) = (-1, 0.3, Some(180)),
        "fax" => (d.dpi, d.fax, d.bitonal) = (204.0, true, Some(170)),
        "faint" => (d.contrast, d.noise) = (0.3, 8.0),
        "fold" => (d.fold_mm, d.fold_shadow) = (rng.random_range(-0.8..0.8), 0.4),
        "photo" => {
            d.tilt = (rng.random_range(-0.35..0.35), rng.random_range(-0.35..0.35));
            d.skew_deg = rng.random_range(-12.0..12.0);
            (d.surround, d.glass_mm, d.dusk) = (rng.random_range(30..120), (300.0, 390.0), rng.random_range(0.0..0.5));
            (d.noise, d.blur, d.dpi) = (5.0, 1, 250.0);
        }
        "thirds" => (d.fold_mm, d.fold_shadow) = (rng.random_range(-2.0..2.0), 0.4),
        "cut" => {
            d.glass_mm = (rng.random_range(165.0..210.0), rng.random_range(230.0..297.0));
            d.shift_mm = (rng.random_range(-15.0..15.0), rng.random_range(-20.0..20.0));
        }
        "extreme" => {
            any(&mut d);
            d.shift_mm = (d.scale.0 * 80.0 - 80.0, 20.0);
            (d.tilt, d.noise, d.pepper, d.contrast, d.bitonal) = ((0.04, -0.03), 25.0, 0.01, 0.5, Some(190));
            (d.glass_mm, d.thicken) = ((195.0, 270.0), 1);
        }
        "border" => (d.surround, d.glass_mm) = (rng.random_range(0..60), (260.0, 340.0)),
        _ => {}
    }
    d
}

#[derive(Default)]
struct Row {
    pages: usize,
    placed: usize,
    wrong: usize,
    errors: Vec<f64>,
    worst: Vec<f64>,
    skew: Vec<f64>,
    ms: Vec<f64>,
    residual: Vec<f64>,
    said: Vec<String>,
}

fn main() {
    let mut args = std::env::args().skip(1);
    let pages: u64 = args.next().and_then(|a| a.parse().ok()).unwrap_or(300);
    let seed: u64 = args.next().and_then(|a| a.parse().ok()).unwrap_or(1);
    let only: Option<String> = args.next();
    let catalogue = Catalogue::built_in().expect("forms are valid");
    let before = cpu_ms();
    let references = References::prepare(&catalogue).expect("blanks are usable");
    let all: Vec<(usize, usize)> =
        catalogue.forms().iter().enumerate().flat_map(|(i, f)| (1..=f.pages.len()).map(move |p| (i, p))).collect();
    println!("prepared {} pages in {:.0} ms", all.len(), cpu_ms() - before);
    let mut rows: Vec<Row> = KINDS.iter().map(|_| Row::default()).collect();
    let pictures: Vec<_> = all.iter().map(|(f, p)| drawn(&catalogue.forms()[*f], *p, Some(7))).collect();
    for i in 0..pages {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(1000) + i);
        let kind = i as usize % KINDS.len();
        if only.as_deref().is_some_and(|o| o != KINDS[kind]) {
            continue;
        }
        let which = (i as usize / KINDS.len()) % all.len();
        let (form, page) = all[which];
        let d = damage(KINDS[kind], &mut rng);
        let scan = scanned(&pictures[which], &d, i);
        let row = &mut rows[kind];
        row.pages += 1;
        let before = cpu_ms();
        let result = locate(&scan.raster, &references, &RegisterSettings::default());
        row.ms.push(cpu_ms() - before);
        match result {
            Ok(r) if r.form != form || r.page != page || u32::from(r.rotation.degrees()) / 90 != d.quarter_turns => {
                row.wrong += 1;
                row.said.push(format!(
                    "{i}: WRONG {form}/{page} turned {} taken for {}/{} {:?}",
                    d.quarter_turns, r.form, r.page, r.rotation
                ));
            }
            Ok(r) => {
                row.placed += 1;
                let k = d.dpi / 25.4;
                let mut worst = 0.0_f64;
                for f in catalogue.forms()[form].fields_on(page) {
                    let c = f.bounds().centre();
                    let (t, m) = (scan.truth(c), r.map.to_px(c));
                    // Fields off the glass are nobody's.
                    if t.0 < 0.0
                        || t.1 < 0.0
                        || t.0 > f64::from(scan.raster.dimensions().0)
                        || t.1 > f64::from(scan.raster.dimensions().1)
                    {
                        continue;
                    }
                    let e = (t.0 - m.x).hypot(t.1 - m.y) / k;
                    row.errors.push(e);
                    worst = worst.max(e);
                }
                row.worst.push(worst);
                if worst > 1.0 {
                    row.said.push(format!("{i}: {form}/{page} worst {worst:.2} mm, residual {:.2} {d:?}", r.residual_mm));
                }
                row.residual.push(r.residual_mm);
                row.skew.push((r.skew_deg - d.skew_deg).abs());
            }
            Err(e) => row.said.push(format!("{i}: {form}/{page} {} {d:?}", said(&e))),
        }
    }
    println!(
        "{:8} {:>5} {:>6} {:>5} | {:>7} {:>7} {:>7} | {:>7} {:>7} | {:>6} | {:>6} {:>6}",
        "damage", "pages", "placed", "wrong", "median", "p99", "worst", "skew", "worst", "resid", "ms", "max"
    );
    for (kind, row) in KINDS.iter().zip(&mut rows) {
        println!(
            "{kind:8} {:5} {:6} {:5} | {:7.3} {:7.3} {:7.3} | {:7.4} {:7.4} | {:6.3} | {:6.1} {:6.1}",
            row.pages,
            row.placed,
            row.wrong,
            at(&mut row.errors, 0.5),
            at(&mut row.errors, 0.99),
            at(&mut row.worst, 1.0),
            row.skew.iter().sum::<f64>() / row.skew.len().max(1) as f64,
            at(&mut row.skew, 1.0),
            at(&mut row.residual, 0.5),
            at(&mut row.ms, 0.5),
            at(&mut row.ms, 1.0),
        );
    }
    let mut errors: Vec<f64> = rows.iter().flat_map(|r| r.errors.clone()).collect();
    let mut skew: Vec<f64> = rows.iter().flat_map(|r| r.skew.clone()).collect();
    let mean = skew.iter().sum::<f64>() / skew.len().max(1) as f64;
    println!(
        "all: fields {} median {:.3} p99 {:.3} worst {:.3} mm; skew mean {mean:.4} worst {:.4} deg",
        errors.len(),
        at(&mut errors, 0.5),
        at(&mut errors, 0.99),
        at(&mut errors, 1.0),
        at(&mut skew, 1.0)
    );
    rows.iter().flat_map(|r| &r.said).for_each(|s| println!("{s}"));
}

fn said(e: &Unplaced) -> String {
    match e {
        Unplaced::Misfit { residual_mm, .. } => format!("Misfit {residual_mm:.2}"),
        Unplaced::OtherEdition { .. } => "OtherEdition".into(),
        Unplaced::Blank | Unplaced::UnknownForm => format!("{e:?}"),
    }
}

fn at(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    if values.is_empty() { f64::NAN } else { values[((values.len() - 1) as f64 * share).round() as usize] }
}
