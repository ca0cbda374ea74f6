//! CPU per page and stage on clean A4 pages of the built-in forms, filled in by hand, beside bare decoding of the same
//! pages in the same run: two Markdown tables. `cargo run --release --example measure -- [PAGES]`; `scripts/measure` puts them
//! into docs/performance.md.

#![allow(clippy::print_stdout, reason = "a program that prints tables")]

#[path = "../benches/page/mod.rs"]
mod page;

use std::io::Cursor;
use std::time::Instant;
use uketsuke::pipeline::{Desk, Origin};
use uketsuke::scan::{Budgets, Scan};
use uketsuke::synth::{FileKind, SynthPage};
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

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
    // Grey as it is: unasked it would be made three equal colours, at half as much time again.
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(Cursor::new(bytes), options);
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
    uketsuke::cli::environment::complete().expect("the program starts again");
    let started = Instant::now();
    page::with_desk(|desk| {
        let ready_ms = started.elapsed().as_secs_f64() * 1e3;
        println!("| Page | bare decoding | load | locate | read | all of a page | all ÷ bare |");
        println!("|---|---|---|---|---|---|---|");
        for format in FORMATS {
            let sheets = page::sheets(desk.catalogue, pages).into_iter();
            let rows: Vec<Row> = sheets.map(|(_, sheet)| measured(sheet, format, desk)).collect();
            let [bare, load, found, read, all] = std::array::from_fn(|stage| median(rows.iter().map(|row| row[stage]).collect()));
            println!("| {} | {bare:.1} | {load:.1} | {found:.1} | {read:.1} | {all:.1} | {:.1} |", format.name, all / bare);
        }
        println!("\nForms and their references were ready after {ready_ms:.0} ms.");
    });
}

fn measured(sheet: SynthPage, format: Format, desk: &Desk) -> Row {
    let bytes = page::file(sheet, format.kind, format.bilevel);
    let ((), bare) = timed(|| (format.bare)(&bytes));
    let (page, load) = timed(|| page::load(&bytes));
    let (registered, found) = timed(|| page::place(desk, &page));
    let (_, read) = timed(|| desk.reader.read(&page, &registered));
    let (_, all) = timed(|| {
        let scan = Scan::open(bytes.clone(), &Budgets::default()).expect("our own file");
        desk.decoded(scan.page(1), Origin { source: "page", sha256: "", number: 1 })
    });
    [bare, load, found, read, all]
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
