//! CPU per page and stage on clean A4 pages of the built-in forms, filled in by hand, beside bare decoding of the same
//! pages in the same run: two Markdown tables. `cargo run --release --example measure -- [PAGES]`; `scripts/measure` puts them
//! into docs/performance.md.

#![allow(clippy::print_stdout, reason = "a program that prints tables")]

use std::io::Cursor;
use std::sync::OnceLock;
use std::time::Instant;
use uketsuke::form::catalogue::Catalogue;
use uketsuke::pipeline::{Desk, Origin};
use uketsuke::read::typed::TypedText;
use uketsuke::read::{Blanks, Reader};
use uketsuke::recognize::Network;
use uketsuke::register::{References, RegisterSettings, locate};
use uketsuke::scan::{Budgets, Scan};
use uketsuke::score::Score;
use uketsuke::settings::Settings;
use uketsuke::synth::{Damage, FileKind, Synth, SynthPage, SynthRequest};

/// Writing is told from print before Tesseract is asked; what a typed line costs is Tesseract's own.
struct NoText;

impl TypedText for NoText {
    fn read_line(&self, _: &image::GrayImage, _: u32) -> Option<(String, Score)> {
        None
    }
}

/// A format of the trade.
#[derive(Clone, Copy)]
struct Format {
    name: &'static str,
    kind: FileKind,
    bilevel: bool,
    /// Decodes the bytes and nothing else: zune-jpeg and png, and for TIFF the crate of that name (ours is faster).
    bare: fn(&[u8]),
}

const FORMATS: [Format; 3] = [
    Format { name: "JPEG, grey", kind: FileKind::Jpeg, bilevel: false, bare: bare_jpeg },
    Format { name: "PNG, grey", kind: FileKind::Png, bilevel: false, bare: bare_png },
    Format { name: "TIFF, Group 4", kind: FileKind::Tiff, bilevel: true, bare: bare_tiff },
];

fn bare_jpeg(bytes: &[u8]) {
    let mut decoder = zune_jpeg::JpegDecoder::new(Cursor::new(bytes));
    assert!(decoder.decode().is_ok_and(|pixels| !pixels.is_empty()));
}

fn bare_png(bytes: &[u8]) {
    assert!(image::load_from_memory_with_format(bytes, image::ImageFormat::Png).is_ok());
}

fn bare_tiff(bytes: &[u8]) {
    let mut decoder = tiff::decoder::Decoder::new(Cursor::new(bytes)).expect("a TIFF");
    assert!(decoder.read_image().is_ok());
}

/// CPU time of this thread, ms.
fn cpu_ms() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    used.tv_sec as f64 * 1e3 + used.tv_nsec as f64 / 1e6
}

/// What `work` gives, and its CPU time in ms.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = cpu_ms();
    let made = work();
    (made, cpu_ms() - start)
}

/// Per page: bare decoding, load, locate, read, the desk's whole work.
type Row = [f64; 5];

fn main() {
    let pages: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(24);
    let started = Instant::now();
    let catalogue = Catalogue::built_in().expect("built-in forms");
    let references = OnceLock::from(References::prepare(&catalogue).expect("built-in blanks"));
    let ready_ms = started.elapsed().as_secs_f64() * 1e3;
    let blanks = Blanks::new(&catalogue);
    let settings = Settings { batch: "measure".into(), received_on: None, postmarked_on: None };
    let reader = Reader { catalogue: &catalogue, blanks: &blanks, digits: Network::built_in(), typed: &NoText };
    let desk = Desk { catalogue: &catalogue, references: &references, reader: &reader, master: None, settings: &settings };
    println!("| Page | bare decoding | load | locate | read | all of a page | all ÷ bare |");
    println!("|---|---|---|---|---|---|---|");
    for format in FORMATS {
        let rows: Vec<Row> = sheets(&catalogue, pages).into_iter().map(|page| measured(page, format, &desk)).collect();
        let [bare, load, found, read, all] = std::array::from_fn(|stage| median(rows.iter().map(|row| row[stage]).collect()));
        println!("| {} | {bare:.1} | {load:.1} | {found:.1} | {read:.1} | {all:.1} | {:.1} |", format.name, all / bare);
    }
    println!("\nForms and their references were ready after {ready_ms:.0} ms.");
}

/// Clean pages of all current forms in turn, nothing typed.
fn sheets(catalogue: &Catalogue, pages: usize) -> Vec<SynthPage> {
    let mut all = Vec::new();
    let forms: Vec<_> = catalogue.forms().iter().filter(|f| f.superseded_by.is_none()).collect();
    for (number, form) in (0..pages).flat_map(|n| forms.iter().map(move |f| (n, *f))) {
        let request = SynthRequest { count: pages, seed: 7001, damage: Damage::None, typed: 0.0, ..SynthRequest::new(form) };
        all.extend(Synth::new(request).expect("a form to fill in").submission(number).pages);
        if all.len() >= pages {
            break;
        }
    }
    all.truncate(pages);
    all
}

fn measured(mut page: SynthPage, format: Format, desk: &Desk) -> Row {
    page.kind = format.kind;
    page.picture.bilevel = format.bilevel;
    if format.bilevel {
        page.picture.planes.truncate(1);
        page.picture.planes[0].iter_mut().for_each(|v| *v = if *v < 160 { 0 } else { 255 });
    }
    let submission = uketsuke::synth::Submission { pages: vec![page], fields: serde_json::Map::new() };
    let files = submission.files("page").expect("an encoder");
    let bytes = files.files.into_iter().next().expect("one file").1;
    let ((), bare) = timed(|| (format.bare)(&bytes));
    let (page, load) = timed(|| {
        let scan = Scan::open(bytes.clone(), &Budgets::default()).expect("our own file");
        scan.page(1).expect("our own page")
    });
    let (registered, found) = timed(|| locate(&page.raster, desk.references(), &RegisterSettings::default()));
    let registered = registered.expect("a clean page is found");
    let (_, read) = timed(|| desk.reader.read(&page, &registered));
    let origin = Origin { source: "page", sha256: "", number: 1 };
    let (_, all) = timed(|| {
        let scan = Scan::open(bytes.clone(), &Budgets::default()).expect("our own file");
        desk.decoded(scan.page(1), origin)
    });
    [bare, load, found, read, all]
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
