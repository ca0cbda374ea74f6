//! Pages of the built-in forms, located and read, to be counted by callgrind: `scripts/instructions` runs it.
//! `cargo run --release --example instructions -- make DIR` makes the pages, `-- count DIR` takes them through.

#[path = "../benches/page/mod.rs"]
mod page;

use std::hint::black_box;
use std::path::PathBuf;
use uketsuke::form::catalogue::Catalogue;
use uketsuke::pipeline::Desk;
use uketsuke::register::Registered;
use uketsuke::scan::Page;
use uketsuke::synth::FileKind;

// What callgrind counts is what these call. Something is dropped at their end, so that none is left by a jump.

#[inline(never)]
fn counted_locate(desk: &Desk, page: &Page) {
    let found = page::place(desk, page);
    black_box(&found);
}

#[inline(never)]
fn counted_read(desk: &Desk, page: &Page, registered: &Registered) {
    let readings = desk.reader.read(page, registered);
    black_box(&readings);
}

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let (what, dir) = (args.next().unwrap_or_default(), PathBuf::from(args.next().unwrap_or_default()));
    if what == "make" {
        let catalogue = Catalogue::built_in().expect("built-in forms");
        for (name, sheet) in page::sheets(&catalogue, 4) {
            std::fs::write(dir.join(name), page::file(sheet, FileKind::Jpeg, false))?;
        }
        return Ok(());
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    page::with_desk(|desk| {
        for file in files {
            let bytes = std::fs::read(file)?;
            let page = page::load(&bytes);
            let registered = page::place(desk, &page);
            counted_locate(desk, &page);
            black_box(desk.reader.read(&page, &registered));
            counted_read(desk, &page, &registered);
        }
        Ok(())
    })
}
