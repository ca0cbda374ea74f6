//! How long it takes to know the forms, and to locate the pages of a scan among them.
//! `cargo run --release --example locate_time -- FORMS REPEATS SCAN…`, where FORMS is a folder, `-` for the built-in forms, or
//! a number: so many made-up ones beside the built-in ones.

#![allow(clippy::print_stdout, reason = "a program that prints a table")]

#[path = "../tests/other_forms/mod.rs"]
mod other_forms;
#[path = "../tests/warp/mod.rs"]
mod warp;

use std::path::Path;
use uketsuke::form::catalogue::Catalogue;
use uketsuke::register::{References, RegisterSettings, locate};
use uketsuke::scan::{Budgets, Scan};
use warp::cpu_ms;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (forms, repeats) = (args.next().ok_or("FORMS")?, args.next().ok_or("REPEATS")?.parse::<usize>()?);
    let catalogue = match forms.as_str() {
        "-" => Catalogue::built_in().map_err(|e| format!("{e:?}"))?,
        n if n.parse::<usize>().is_ok() => {
            other_forms::added(Catalogue::built_in().map_err(|e| format!("{e:?}"))?, &other_forms::many(n.parse()?))
        }
        dir => Catalogue::default().with_dir(Path::new(dir)).map_err(|e| format!("{e:?}"))?,
    };
    let before = std::time::Instant::now();
    let references = References::prepare(&catalogue)?;
    let pages: usize = catalogue.forms().iter().map(|f| f.pages.len()).sum();
    println!(
        "{} forms, {pages} pages prepared in {:.1} ms, all threads",
        catalogue.forms().len(),
        before.elapsed().as_secs_f64() * 1000.0
    );
    for name in args {
        let page = Scan::open(std::fs::read(&name)?, &Budgets::default())?.page(1)?;
        let mut ms: Vec<f64> = Vec::new();
        let mut said = String::new();
        for _ in 0..repeats {
            let before = cpu_ms();
            let found = locate(&page.raster, &references, &RegisterSettings::default());
            ms.push(cpu_ms() - before);
            said = match found {
                Ok(r) => format!("{} page {} {:.3} mm", catalogue.forms()[r.form].id, r.page, r.residual_mm),
                Err(e) => format!("{e:?}"),
            };
        }
        ms.sort_by(f64::total_cmp);
        println!("{:6.1} ms (least {:6.1})  {said}  {name}", ms[ms.len() / 2], ms[0]);
    }
    Ok(())
}
