//! A day's post as a scanner would deliver it, from a plan: which sheets lie in which file, which way up, on which scanner,
//! with blank backs, letters, copies and damaged files among them, and what is expected of every page.
//! Used to make `samples/`; the plan says what happens, chance only how it looks.

use super::damage::{Fate, Mode};
use super::dice::Dice;
use super::file::{self, FileKind, Picture};
use super::wear;
use super::{Damage, DigitSource, Person, Synth, SynthError, SynthRequest, paper::Paper};
use crate::form::catalogue::Catalogue;
use crate::form::{Form, FormPage};
use crate::geometry::Dpi;
use crate::sheet::{Align, Font, Item, Sheet, TextItem, raster};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    seed: u64,
    file: Vec<FilePlan>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePlan {
    name: String,
    #[serde(default)]
    mode: ModePlan,
    /// One number, or two where pixels are not square.
    dpi: Option<[f64; 2]>,
    #[serde(default = "quality")]
    quality: u8,
    #[serde(default)]
    sheet: Vec<SheetPlan>,
    /// The bytes of another file of the plan again.
    copy_of: Option<String>,
    /// Cut off after this share of the bytes.
    cut: Option<f64>,
    /// The file is not made here but kept beside the plan; these are its pages' expected outcomes.
    #[serde(default)]
    kept: bool,
    /// What is expected of the file as a whole, where it cannot be opened or is a copy.
    status: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum ModePlan {
    #[default]
    Grey,
    Colour,
    Bilevel,
    Fax,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct SheetPlan {
    /// Which form; none for a letter.
    form: Option<String>,
    edition: Option<String>,
    #[serde(default = "first")]
    page: usize,
    /// Sheets of the same name belong to the same submission, wherever they lie.
    submission: Option<String>,
    /// Degrees clockwise: 0 or 180.
    #[serde(default)]
    turn: u16,
    #[serde(default)]
    stamp: bool,
    #[serde(default)]
    fold: bool,
    /// The blank back was scanned too, with this much of the front shining through.
    back: Option<f64>,
    /// A letter with this text instead of a form.
    letter: Option<String>,
    /// Field left blank by the applicant.
    #[serde(default)]
    leave_out: Vec<String>,
    /// Last digit of the facility code is wrong.
    #[serde(default)]
    wrong_code: bool,
    typed: Option<bool>,
    status: Option<String>,
    reason: Option<String>,
}

fn quality() -> u8 {
    82
}

fn first() -> usize {
    1
}

/// The files of a post by name: scans, `NAME.expected.json` beside each, and `truth.ndjson` over all.
///
/// # Errors
/// What is wrong with the plan, or a page that could not be made.
pub fn post(
    plan: &str,
    catalogue: &Catalogue,
    handwriting: Option<&DigitSource>,
) -> Result<BTreeMap<String, Vec<u8>>, SynthError> {
    let plan: Plan = toml::from_str(plan).map_err(|e| SynthError::Plan(e.to_string()))?;
    let mut desk = PostDesk { seed: plan.seed, catalogue, handwriting, people: BTreeMap::new(), out: BTreeMap::new() };
    for (number, file) in plan.file.iter().enumerate() {
        desk.file(number, file)?;
    }
    Ok(desk.finish())
}

struct PostDesk<'a> {
    seed: u64,
    catalogue: &'a Catalogue,
    handwriting: Option<&'a DigitSource>,
    people: BTreeMap<String, Submitted<'a>>,
    out: BTreeMap<String, Vec<u8>>,
}

struct Submitted<'a> {
    form: &'a Form,
    synth: Synth<'a>,
    person: Person<'a>,
    pages: Vec<(String, u32)>,
}

impl<'a> PostDesk<'a> {
    fn file(&mut self, number: usize, plan: &FilePlan) -> Result<(), SynthError> {
        let mut expected = Vec::new();
        if let Some(original) = &plan.copy_of {
            let bytes = self.out.get(original).ok_or_else(|| missing("file", original))?.clone();
            self.out.insert(plan.name.clone(), bytes);
        } else if !plan.kept {
            let kind = kind_of(&plan.name)?;
            let mut pictures = Vec::new();
            for sheet in &plan.sheet {
                self.sheet(number, plan, sheet, &mut pictures, &mut expected)?;
            }
            let mut bytes = file::encode(&pictures.iter().collect::<Vec<_>>(), kind)?;
            if let Some(share) = plan.cut {
                bytes.truncate((bytes.len() as f64 * share) as usize);
            }
            self.out.insert(plan.name.clone(), bytes);
        }
        let whole = json!({ "source": plan.name, "status": plan.status, "reason": plan.reason, "pages": expected });
        self.out.insert(format!("{}.expected.json", plan.name), format!("{whole:#}\n").into_bytes());
        Ok(())
    }

    /// Scans one sheet, and its back where the plan says so.
    fn sheet(
        &mut self,
        file: usize,
        plan: &FilePlan,
        sheet: &SheetPlan,
        pictures: &mut Vec<Picture>,
        expected: &mut Vec<Value>,
    ) -> Result<(), SynthError> {
        let page = pictures.len() as u32 + 1;
        let mut dice = Dice::new(self.seed, file, &format!("sheet-{page}"));
        let fate = fate(plan, sheet);
        let paper = match (&sheet.letter, &sheet.submission) {
            (Some(text), _) => letter(text, &fate),
            (None, Some(name)) => self.filled(name, plan, sheet, &fate, &mut dice)?,
            (None, None) => return Err(SynthError::Plan(format!("{}: a sheet needs `submission` or `letter`", plan.name))),
        };
        if let (Some(name), None) = (&sheet.submission, &sheet.letter)
            && let Some(submitted) = self.people.get_mut(name)
            && sheet.status.as_deref() != Some("duplicate")
        {
            submitted.pages.push((plan.name.clone(), page));
        }
        let status =
            sheet.status.clone().unwrap_or_else(|| if sheet.letter.is_some() { "refused" } else { "accepted" }.to_owned());
        let reason = sheet.reason.clone().or_else(|| sheet.letter.as_ref().map(|_| "unknown-form".to_owned()));
        expected.push(json!({ "page": page, "status": status, "reason": reason, "submission": sheet.submission }));
        let back = sheet.back.map(|strength| back(&paper, strength, &fate));
        pictures.push(fate.picture(&paper, &mut dice));
        if let Some(paper) = back {
            expected.push(json!({ "page": page + 1, "status": "blank" }));
            pictures.push(fate.picture(&paper, &mut dice));
        }
        Ok(())
    }

    fn filled(
        &mut self,
        name: &str,
        plan: &FilePlan,
        sheet: &SheetPlan,
        fate: &Fate,
        dice: &mut Dice,
    ) -> Result<Paper, SynthError> {
        if !self.people.contains_key(name) {
            let submitted = self.submitted(name, sheet)?;
            self.people.insert(name.to_owned(), submitted);
        }
        let submitted = self.people.get(name).ok_or_else(|| missing("submission", name))?;
        if sheet.page == 0 || sheet.page > submitted.form.pages.len() {
            return Err(SynthError::Plan(format!("{}: {} has no page {}", plan.name, submitted.form.id, sheet.page)));
        }
        let FormPage { width_mm, height_mm, .. } = submitted.form.pages[sheet.page - 1];
        // The same sheet scanned twice carries the same ink: what is on it depends on the submission alone.
        let mut ink = Dice::new(self.seed, 0, &format!("{name}/ink-{}", sheet.page));
        let mut paper = submitted.synth.compose(&submitted.person, sheet.page, fate, &mut ink);
        let _ = fate.wear(&mut paper, (width_mm, height_mm), dice);
        Ok(paper)
    }

    fn submitted(&self, name: &str, sheet: &SheetPlan) -> Result<Submitted<'a>, SynthError> {
        let id = sheet.form.as_deref().ok_or_else(|| SynthError::Plan(format!("submission {name} names no form")))?;
        let form = match &sheet.edition {
            Some(edition) => self.catalogue.forms().iter().find(|f| f.id.0 == id && f.edition == *edition),
            None => self.catalogue.current(id),
        };
        let form = form.ok_or_else(|| missing("form", id))?;
        let mut request = SynthRequest::new(form);
        request.seed = self.seed;
        request.handwriting = self.handwriting;
        request.typed = sheet.typed.map_or(request.typed, |typed| if typed { 1.0 } else { 0.0 });
        let synth = Synth::new(request)?;
        // Submissions are known by name, so that adding one to the plan changes no other.
        let number = name.bytes().fold(0usize, |n, b| (n * 31 + usize::from(b)) % 1_000_003);
        let mut person = synth.person(number);
        person.habit.writer.pen.firm();
        person.answers.leave_out(&sheet.leave_out);
        if sheet.wrong_code {
            person.answers.break_code();
        }
        Ok(Submitted { form, synth, person, pages: Vec::new() })
    }

    fn finish(mut self) -> BTreeMap<String, Vec<u8>> {
        let line = |s: &Submitted<'_>| {
            let pages: Vec<Value> = s.pages.iter().map(|(source, page)| json!({ "source": source, "page": page })).collect();
            json!({ "form": s.form.id, "pages": pages, "fields": s.person.truth() }).to_string() + "\n"
        };
        let truth: String = self.people.values().map(line).collect();
        self.out.insert("truth.ndjson".to_owned(), truth.into_bytes());
        self.out
    }
}

fn missing(what: &str, name: &str) -> SynthError {
    SynthError::Plan(format!("there is no {what} `{name}`"))
}

fn kind_of(name: &str) -> Result<FileKind, SynthError> {
    let all = [FileKind::Png, FileKind::Jpeg, FileKind::Tiff, FileKind::Pdf];
    let found = all.into_iter().find(|k| name.ends_with(&format!(".{}", k.extension())));
    found.ok_or_else(|| SynthError::Plan(format!("`{name}` ends in none of png, jpg, tif, pdf")))
}

fn fate(plan: &FilePlan, sheet: &SheetPlan) -> Fate {
    let (mode, dpi) = match plan.mode {
        ModePlan::Grey => (Mode::Grey, [300.0, 300.0]),
        ModePlan::Colour => (Mode::Colour, [200.0, 200.0]),
        ModePlan::Bilevel => (Mode::Bilevel, [300.0, 300.0]),
        ModePlan::Fax => (Mode::Fax, [204.0, 196.0]),
    };
    let [x, y] = plan.dpi.unwrap_or(dpi);
    Fate {
        damage: Damage::Scan,
        kind: FileKind::Png,
        mode,
        dpi: Dpi { x, y },
        upside_down: sheet.turn == 180,
        folded: sheet.fold,
        stamped: sheet.stamp,
        quality: plan.quality,
    }
}

/// The empty back of a sheet, its front shining through.
fn back(front: &Paper, strength: f64, fate: &Fate) -> Paper {
    let (w, h) = front.size();
    let mut paper = Paper::new(&image::GrayImage::from_pixel(w, h, image::Luma([255])), fate.is_colour());
    wear::shine_through(&mut paper, &front.planes[0], strength);
    paper
}

/// A letter on plain paper: the first line is its heading.
fn letter(text: &str, fate: &Fate) -> Paper {
    let (heading, body) = text.split_once('\n').unwrap_or((text, ""));
    let item = |text: &str, at: [f64; 2], size: f64, align: Align, wrap: Option<f64>| {
        let text = text.to_owned();
        Item::Text(TextItem { text, at, size, font: Font::Mincho, align, spacing: 0.0, wrap, leading: 7.5 })
    };
    let items =
        vec![item(heading, [105.0, 50.0], 14.0, Align::Centre, None), item(body, [25.0, 75.0], 10.5, Align::Left, Some(160.0))];
    let sheet = Sheet { width_mm: 210.0, height_mm: 297.0, items };
    Paper::new(&raster::draw(&sheet, super::paper::COMPOSE_DPI), fate.is_colour())
}
