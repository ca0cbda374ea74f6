//! Pages to measure on: clean A4 sheets of the built-in forms at 300 dpi, filled in by hand, and a desk that reads them.

#![allow(dead_code, unreachable_pub, reason = "shared by programs that each need a part of it")]

use std::sync::OnceLock;
use uketsuke::form::catalogue::Catalogue;
use uketsuke::pipeline::Desk;
use uketsuke::read::typed::TypedText;
use uketsuke::read::{Blanks, Reader};
use uketsuke::recognize::Pair;
use uketsuke::register::{References, RegisterSettings, Registered, locate};
use uketsuke::scan::{Budgets, Page, Scan};
use uketsuke::score::Score;
use uketsuke::settings::Settings;
use uketsuke::synth::{Damage, FileKind, Submission, Synth, SynthPage, SynthRequest};

/// Writing is told from print before Tesseract is asked; what a typed line costs is Tesseract's own.
struct NoText;

impl TypedText for NoText {
    fn read_line(&self, _: &image::GrayImage, _: u32) -> Option<(String, Score)> {
        None
    }
}

/// Does something with a desk that knows the built-in forms.
pub fn with_desk<T>(work: impl FnOnce(&Desk) -> T) -> T {
    let catalogue = Catalogue::built_in().expect("built-in forms");
    let references = OnceLock::from(References::prepare(&catalogue).expect("built-in blanks"));
    let blanks = Blanks::new(&catalogue);
    let settings = Settings { batch: "measure".into(), received_on: None, postmarked_on: None };
    let reader = Reader { catalogue: &catalogue, blanks: &blanks, digits: Pair::built_in(), typed: &NoText };
    work(&Desk { catalogue: &catalogue, references: &references, reader: &reader, master: None, settings: &settings })
}

/// So many pages of all current forms in turn, nothing typed, each with the name of its form and its page in that.
pub fn sheets(catalogue: &Catalogue, pages: usize) -> Vec<(String, SynthPage)> {
    let mut all = Vec::new();
    let forms: Vec<_> = catalogue.forms().iter().filter(|f| f.superseded_by.is_none()).collect();
    for (number, form) in (0..pages).flat_map(|n| forms.iter().map(move |f| (n, *f))) {
        let request = SynthRequest { count: pages, seed: 7001, damage: Damage::None, typed: 0.0, ..SynthRequest::new(form) };
        let filled = Synth::new(request).expect("a form to fill in").submission(number).pages;
        all.extend(filled.into_iter().map(|page| (format!("{} {}", form.id, page.form_page), page)));
        if all.len() >= pages {
            break;
        }
    }
    all.truncate(pages);
    all
}

/// The file of a page, in grey or in black and white.
pub fn file(mut page: SynthPage, kind: FileKind, bilevel: bool) -> Vec<u8> {
    page.kind = kind;
    page.picture.bilevel = bilevel;
    if bilevel {
        page.picture.planes.truncate(1);
        page.picture.planes[0].iter_mut().for_each(|v| *v = if *v < 160 { 0 } else { 255 });
    }
    let submission = Submission { pages: vec![page], fields: serde_json::Map::new() };
    submission.files("page").expect("an encoder").files.into_iter().next().expect("one file").1
}

/// The page of a file.
pub fn load(bytes: &[u8]) -> Page {
    Scan::open(bytes.to_vec(), &Budgets::default()).expect("our own file").page(1).expect("our own page")
}

/// Where the form lies on it.
pub fn place(desk: &Desk, page: &Page) -> Registered {
    locate(&page.raster, desk.references(), &RegisterSettings::default()).expect("a clean page is found")
}
