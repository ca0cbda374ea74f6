//! Labelled filled scans of any form: a person drawn by chance fills the form in, post and scanner do their worst, and what
//! was meant is written down as truth. The same seed gives the same bytes on any machine, and submission `i` depends on the
//! seed and `i` alone. Does not read scans; readers are measured on what it makes, by another module.

use crate::form::{FieldKind, Form, Select, draw};
use crate::geometry::Dpi;
use crate::register::PageMap;
use crate::sheet::{Font, raster};
use image::GrayImage;
use jiff::civil::Date;
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

mod damage;
mod dice;
mod digits;
mod faults;
mod file;
mod fill;
mod g4;
mod glyphs;
mod marks;
mod paper;
mod pdf;
mod pen;
mod phrases;
mod post;
mod roll;
mod scanner;
mod script;
mod stroke;
mod tiff;
mod values;
mod wear;
mod writer;

pub use digits::{DigitSource, DigitSourceError};
pub use file::{FileKind, Picture};
pub use post::post;

use damage::Fate;
use dice::Dice;
use fill::{Desk, Habit};
use paper::Paper;
use roll::Roll;
use values::{Answer, Answers};

/// How badly the post and the scanner treat a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Damage {
    /// Crisp grey pages of 300 dpi as PNG.
    None,
    /// An office scanner on an ordinary day: slight skew, JPEG, 200 or 300 dpi, grey, colour or one bit, stamps, creases.
    #[default]
    Scan,
    /// Fax, copies of copies, quarter turns, faint pencil, stains, struck-out answers, digits that leave their cells.
    Hard,
}

/// What to make.
#[derive(Debug, Clone)]
pub struct SynthRequest<'a> {
    /// The form.
    pub form: &'a Form,
    /// How many submissions.
    pub count: usize,
    /// Seed of all chance.
    pub seed: u64,
    /// How badly the sheets are treated.
    pub damage: Damage,
    /// Handwritten digits from pictures instead of strokes, for digit cells.
    pub handwriting: Option<&'a DigitSource>,
    /// Share of submissions with one mistake of the applicant: a field left out, two boxes ticked, a wrong check digit.
    pub faults: f64,
    /// Share of submissions whose text fields are typed.
    pub typed: f64,
    /// The day the forms were posted: rules in force on it are kept, dates lie around it.
    pub applied: Date,
}

impl<'a> SynthRequest<'a> {
    /// One hundred ordinary submissions of a form without mistakes, seed 1.
    pub fn new(form: &'a Form) -> Self {
        let applied = jiff::civil::date(2021, 3, 25);
        Self { form, count: 100, seed: 1, damage: Damage::Scan, handwriting: None, faults: 0.0, typed: 0.3, applied }
    }
}

/// One scanned page with where the form lies on it.
#[derive(Debug, Clone)]
pub struct SynthPage {
    /// The scan.
    pub picture: Picture,
    /// The kind of file it is delivered as.
    pub kind: FileKind,
    /// Page of the form, from 1.
    pub form_page: usize,
    /// From mm on the form to px of the scan (displacements of folds left out).
    pub map: PageMap,
    /// The same as a row-major matrix.
    pub matrix: [f64; 9],
    /// How far the sheet was turned clockwise, degrees.
    pub rotation: u16,
}

/// One submission: its pages and what was meant.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Pages in the form's order.
    pub pages: Vec<SynthPage>,
    /// Value per field: string, list, null for blank, `"?"` where no one could read it.
    pub fields: Map<String, Value>,
}

/// Scans that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// The blank of somebody else's form is a file that cannot be drawn here.
    #[error("the blank {0} cannot be drawn; give the form a blank.png or blank.jpg to make scans of it")]
    Blank(String),
    /// A plan of a day's post that cannot be followed.
    #[error("the plan cannot be followed: {0}")]
    Plan(String),
    /// A picture could not be encoded.
    #[error("a page could not be encoded: {0}")]
    Encode(#[from] image::ImageError),
    /// A file could not be written.
    #[error("{path} cannot be written: {error}; check the folder and the free space")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

/// Blanks of a form drawn once, and submissions made from them.
pub struct Synth<'a> {
    request: SynthRequest<'a>,
    blanks: Vec<GrayImage>,
}

impl<'a> Synth<'a> {
    /// Draws the blanks of the request's form.
    pub fn new(request: SynthRequest<'a>) -> Result<Self, SynthError> {
        let blanks: Result<Vec<_>, SynthError> = (1..=request.form.pages.len()).map(|p| blank(request.form, p)).collect();
        Ok(Self { blanks: blanks?, request })
    }

    /// Submission `number`, from 0.
    pub fn submission(&self, number: usize) -> Submission {
        let mut person = self.person(number);
        let fate = Fate::new(self.request.damage, &mut self.dice(number, "fate"));
        if fate.is_bilevel() {
            person.habit.writer.pen.firm();
        }
        let scan = |page: usize| {
            let mut dice = self.dice(number, &format!("page-{page}"));
            let paper = self.compose(&person, page, &fate, &mut dice);
            fate.page(self.request.form, page, paper, &mut dice)
        };
        Submission { pages: (1..=self.blanks.len()).map(scan).collect(), fields: person.truth() }
    }

    fn dice(&self, number: usize, part: &str) -> Dice {
        Dice::new(self.request.seed, number, &format!("{}/{part}", self.request.form.id))
    }

    /// Who sends submission `number`: what they mean to say and how they write.
    fn person(&self, number: usize) -> Person<'a> {
        let request = &self.request;
        let mut answers = self.answers(number);
        let unreadable = faults::commit(&mut answers, request.faults, &mut self.dice(number, "fault"));
        let hard = request.damage == Damage::Hard;
        let mut habit = Habit::new(request.handwriting, hard, &mut self.dice(number, "writer"));
        let mut typing = self.dice(number, "typing");
        habit.typed = typing.chance(request.typed).then(|| *typing.pick(&[Font::Mincho, Font::Gothic]));
        Person { answers, habit, unreadable }
    }

    /// The facility list of an office that all submissions were sent to.
    fn roll(&self) -> Roll {
        let mut roll = Roll::default();
        for number in 0..self.request.count {
            roll.add(&self.answers(number), &mut self.dice(number, "roll"));
        }
        roll
    }

    /// What the sender of submission `number` means to say.
    fn answers(&self, number: usize) -> Answers<'a> {
        Answers::new(self.request.form, self.request.applied, &mut self.dice(number, "values"))
    }

    /// A page filled in by a person, as it leaves their desk.
    fn compose(&self, person: &Person<'_>, page: usize, fate: &Fate, dice: &mut Dice) -> Paper {
        let mut paper = fate.printed(&self.blanks[page - 1], dice);
        let mut desk = Desk { paper: &mut paper, habit: &person.habit, dice };
        for (field, answer) in person.answers.form.fields.iter().zip(&person.answers.given) {
            if field.page == page {
                desk.answer(field, answer);
            }
        }
        fate.receive(self.request.form, page, &mut desk);
        paper
    }
}

/// One person with a form to fill in.
struct Person<'a> {
    answers: Answers<'a>,
    habit: Habit<'a>,
    /// The field whose answer contradicts itself, where there is one.
    unreadable: Option<String>,
}

impl Person<'_> {
    /// What was meant, field by field: handwritten text is `"?"`, a field whose answer contradicts itself too.
    fn truth(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        for (field, answer) in self.answers.form.fields.iter().zip(&self.answers.given) {
            let values = self.answers.values(&field.id);
            let value = match (&field.kind, answer) {
                _ if self.unreadable.as_ref() == Some(&field.id.0) => json!("?"),
                (_, Answer::Blank) => Value::Null,
                (FieldKind::Choice { .. }, Answer::Options(marked)) if marked.is_empty() => Value::Null,
                (FieldKind::Choice { select: Select::One, .. }, _) => json!(values.first()),
                (FieldKind::Choice { .. }, _) => json!(values),
                (FieldKind::Text { .. }, _) if self.habit.typed.is_none() => json!("?"),
                (FieldKind::Presence { .. }, _) => json!("present"),
                _ => json!(values.first()),
            };
            fields.insert(field.id.0.clone(), value);
        }
        fields
    }
}

/// The blank of a page as grey pixels at the resolution of composition.
fn blank(form: &Form, page: usize) -> Result<GrayImage, SynthError> {
    let printed = raster::draw(&draw::blank(form, page), paper::COMPOSE_DPI);
    let Some(file) = &form.pages[page - 1].blank else { return Ok(printed) };
    let undecodable = |_| SynthError::Blank(file.name.clone());
    let mut fitted = crate::scan::blank::picture(form, page, paper::COMPOSE_DPI).map_err(undecodable)?;
    fitted.iter_mut().zip(printed.iter()).for_each(|(to, own)| *to = (*to).min(*own));
    Ok(fitted)
}

/// Makes the submissions of a request and writes pages and `truth.ndjson` into `out`, `placement.ndjson`, which says where the
/// form lies on every page, and `master.csv`, a facility list for forms with a facility code. Files are named `FORM-0001.png`,
/// with `-1`, `-2` before the end where a submission has several.
pub fn write(request: &SynthRequest<'_>, out: &Path) -> Result<(), SynthError> {
    let synth = Synth::new(request.clone())?;
    std::fs::create_dir_all(out).map_err(|error| SynthError::Write { path: out.to_owned(), error })?;
    let lines: Result<Vec<(String, String)>, SynthError> =
        (0..request.count).into_par_iter().map(|number| write_one(&synth, number, out)).collect();
    let (truth, placement): (Vec<String>, Vec<String>) = lines?.into_iter().unzip();
    save(&out.join("truth.ndjson"), truth.concat().as_bytes())?;
    save(&out.join("placement.ndjson"), placement.concat().as_bytes())?;
    synth.roll().csv().map_or(Ok(()), |list| save(&out.join("master.csv"), &list))
}

fn write_one(synth: &Synth<'_>, number: usize, out: &Path) -> Result<(String, String), SynthError> {
    let submission = synth.submission(number);
    let form = &synth.request.form.id.0;
    let files = submission.files(&format!("{form}-{:04}", number + 1))?;
    for (name, bytes) in &files.files {
        save(&out.join(name), bytes)?;
    }
    let truth = submission.truth(form, &files);
    let placed = |(page, (source, at)): (&SynthPage, &(String, u32))| {
        json!({ "source": source, "page": at, "form_page": page.form_page, "rotation": page.rotation, "mm_to_px": page.matrix })
            .to_string()
            + "\n"
    };
    Ok((truth.to_string() + "\n", submission.pages.iter().zip(&files.pages).map(placed).collect()))
}

/// The files of a submission and where each page went.
pub struct Files {
    /// Names and bytes.
    pub files: Vec<(String, Vec<u8>)>,
    /// For each page, the file's name and the page within it, from 1.
    pub pages: Vec<(String, u32)>,
}

impl Submission {
    /// What was meant, as a line of `truth.ndjson` has it.
    pub fn truth(&self, form: &str, files: &Files) -> Value {
        let sources: Vec<Value> = files.pages.iter().map(|(source, page)| json!({ "source": source, "page": page })).collect();
        json!({ "form": form, "pages": sources, "fields": self.fields })
    }

    /// Encodes the pages: one file for kinds that hold several, else one per page.
    pub fn files(&self, stem: &str) -> Result<Files, SynthError> {
        let kind = self.pages[0].kind;
        if kind.is_multi_page() || self.pages.len() == 1 {
            let name = format!("{stem}.{}", kind.extension());
            let pictures: Vec<&Picture> = self.pages.iter().map(|p| &p.picture).collect();
            let pages = (1..=self.pages.len() as u32).map(|i| (name.clone(), i)).collect();
            return Ok(Files { files: vec![(name, file::encode(&pictures, kind)?)], pages });
        }
        let mut files = Files { files: Vec::new(), pages: Vec::new() };
        for (i, page) in self.pages.iter().enumerate() {
            let name = format!("{stem}-{}.{}", i + 1, kind.extension());
            files.files.push((name.clone(), file::encode(&[&page.picture], kind)?));
            files.pages.push((name, 1));
        }
        Ok(files)
    }
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), SynthError> {
    std::fs::write(path, bytes).map_err(|error| SynthError::Write { path: path.to_owned(), error })
}

/// The resolution sheets are composed at.
pub const COMPOSE_DPI: Dpi = paper::COMPOSE_DPI;
