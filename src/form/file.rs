//! Reads `form.toml` into a [`Form`]: every default filled in, every shorthand written out, all mistakes told at once.
//! Does not draw and does not look at scans.

use super::{
    Blank, Care, ChoiceOption, Field, FieldId, FieldKind, Form, FormId, FormPage, Frame, Mark, Meaning, Policy, ReceiptLine,
    Rule, Select, Transcribe,
};
use crate::geometry::RectMm;
use crate::sheet::{Align, Font, Item, TextItem};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

use shape::{At, Outline};

mod check;
mod rules;
mod shape;

/// A form file that cannot be used, with every mistake found in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FormError {
    /// The file.
    pub file: String,
    /// Its mistakes in the order of their lines.
    pub mistakes: Vec<Mistake>,
}

/// One mistake in a form file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Line, from 1; none where it concerns the file as a whole.
    pub line: Option<usize>,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mistake) in self.mistakes.iter().enumerate() {
            let separator = if i == 0 { "" } else { "\n" };
            match mistake.line {
                Some(line) => write!(f, "{separator}{}:{line}: {}", self.file, mistake.message)?,
                None => write!(f, "{separator}{}: {}", self.file, mistake.message)?,
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct HeadFile {
    id: String,
    edition: String,
    title: String,
    letter: char,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
    superseded_by: Option<String>,
    received_counts_until: Option<Date>,
    #[serde(default)]
    anonymous: bool,
    #[serde(default)]
    policy: Policy,
    facility_code: Option<[FieldId; 3]>,
    #[serde(default)]
    join_on: Vec<[FieldId; 2]>,
    csv: Option<Vec<FieldId>>,
}

#[derive(Deserialize)]
struct PageFile {
    #[serde(default = "a4")]
    size: [f64; 2],
    blank: Option<String>,
    blank_page: Option<u32>,
    #[serde(default)]
    filled: bool,
    #[serde(default)]
    mask: Vec<RectMm>,
    #[serde(default)]
    print: Vec<PrintFile>,
}

fn a4() -> [f64; 2] {
    [210.0, 297.0]
}

#[derive(Deserialize)]
struct PrintFile {
    text: Option<String>,
    line: Option<[f64; 4]>,
    rect: Option<RectMm>,
    at: Option<[f64; 2]>,
    size: Option<f64>,
    #[serde(default)]
    font: Font,
    #[serde(default)]
    align: Align,
    #[serde(default)]
    spacing: f64,
    wrap: Option<f64>,
    leading: Option<f64>,
    width: Option<f64>,
    dash: Option<[f64; 2]>,
    fill: Option<f64>,
}

#[derive(Deserialize)]
struct FieldFile {
    id: String,
    label: String,
    kind: KindFile,
    #[serde(default = "first")]
    page: usize,
    #[serde(default)]
    required: bool,
    frame: Option<Frame>,
    #[serde(rename = "box")]
    area: Option<RectMm>,
    cells: Option<CellsFile>,
    min: Option<usize>,
    max_digits: Option<usize>,
    #[serde(default)]
    meaning: Meaning,
    #[serde(default)]
    likely: Vec<[u64; 2]>,
    mark: Option<Mark>,
    select: Option<SelectFile>,
    options: Option<Vec<OptionFile>>,
    transcribe: Option<Transcribe>,
    #[serde(default)]
    personal: bool,
    #[serde(default)]
    double_key: bool,
}

fn first() -> usize {
    1
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum KindFile {
    Choice,
    Digits,
    Number,
    Text,
    Presence,
}

/// Cells one by one, or as a comb: `{ at = [x, y], size = [w, h], count = 7, gap = 0 }`.
#[derive(Deserialize)]
#[serde(untagged)]
enum CellsFile {
    List(Vec<RectMm>),
    Comb(Comb),
}

#[derive(Deserialize)]
struct Comb {
    at: [f64; 2],
    size: [f64; 2],
    count: usize,
    #[serde(default)]
    gap: f64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SelectFile {
    Word(String),
    AtMost { at_most: usize },
}

#[derive(Deserialize)]
struct OptionFile {
    value: String,
    label: String,
    #[serde(rename = "box")]
    area: RectMm,
}

#[derive(Deserialize)]
struct ReceiptFile {
    label: String,
    text: String,
}

/// Reads the text of a `form.toml`. `name` is the file's name for messages; `files` are the files of its folder
/// that it may name as blanks.
///
/// # Errors
/// Every mistake of the file, with its line and what to do about it.
pub fn parse(name: &str, text: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<Form, FormError> {
    let mut mistakes = Vec::new();
    let form = read(text, files, &mut mistakes);
    mistakes.sort_by_key(|m| m.line);
    mistakes.dedup();
    match form {
        Some(form) if mistakes.is_empty() => Ok(form),
        _ => Err(FormError { file: name.to_owned(), mistakes }),
    }
}

fn read(text: &str, files: &BTreeMap<String, Vec<u8>>, mistakes: &mut Vec<Mistake>) -> Option<Form> {
    let mut outline = Outline::read(text, mistakes);
    let pages: Vec<At<PageFile>> = outline.take_all("page", mistakes);
    let fields: Vec<At<FieldFile>> = outline.take_all("field", mistakes);
    let rules: Vec<At<rules::RuleFile>> = outline.take_all("rule", mistakes);
    let receipt: Vec<At<ReceiptFile>> = outline.take_all("receipt", mistakes);
    let lines = check::Lines {
        fields: fields.iter().map(|f| f.line).collect(),
        rules: rules.iter().map(|r| r.line).collect(),
        receipt: receipt.iter().map(|r| r.line).collect(),
    };
    let pages = pages.into_iter().map(|p| with_line(p, mistakes, |p, m| resolve_page(p, files, m))).collect();
    let fields: Vec<Field> = fields.into_iter().map(|f| with_line(f, mistakes, resolve_field)).collect();
    let rules: Vec<Rule> = rules.into_iter().filter_map(|r| with_line(r, mistakes, rules::resolve)).collect();
    let head: HeadFile = outline.take_rest(mistakes)?;
    let form = Form {
        id: FormId(head.id),
        edition: head.edition,
        title: head.title,
        letter: head.letter,
        valid_from: head.valid_from,
        valid_to: head.valid_to,
        superseded_by: head.superseded_by,
        received_counts_until: head.received_counts_until,
        anonymous: head.anonymous,
        pages,
        policy: head.policy,
        join_on: head.join_on.into_iter().map(|[a, b]| (a, b)).collect(),
        facility_code: head.facility_code,
        csv: head.csv.unwrap_or_else(|| fields.iter().map(|f| f.id.clone()).collect()),
        fields,
        rules,
        receipt: receipt.into_iter().map(|r| ReceiptLine { label: r.value.label, text: r.value.text }).collect(),
        sha256: hash(text, files),
        warnings: Vec::new(),
    };
    // What the whole must satisfy is only worth saying once its parts can be read.
    if mistakes.is_empty() {
        mistakes.extend(check::check(&form, &lines));
    }
    let warnings = if mistakes.is_empty() { check::warnings(&form, &lines) } else { Vec::new() };
    Some(Form { warnings, ..form })
}

/// Resolves one piece; its mistakes that have no line of their own get the line the piece begins on.
fn with_line<T, R>(piece: At<T>, mistakes: &mut Vec<Mistake>, resolve: impl FnOnce(T, &mut Vec<Mistake>) -> R) -> R {
    let before = mistakes.len();
    let resolved = resolve(piece.value, mistakes);
    for mistake in &mut mistakes[before..] {
        mistake.line = mistake.line.or(Some(piece.line));
    }
    resolved
}

fn hash(text: &str, files: &BTreeMap<String, Vec<u8>>) -> String {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    hasher.update(text.as_bytes());
    for (name, bytes) in files {
        hasher.update(name.as_bytes());
        hasher.update(bytes);
    }
    format!("{:x}", hasher.finalize())
}

fn resolve_page(raw: PageFile, files: &BTreeMap<String, Vec<u8>>, mistakes: &mut Vec<Mistake>) -> FormPage {
    let blank = raw.blank.and_then(|name| {
        let found =
            files.get(&name).map(|bytes| Blank { bytes: bytes.clone(), page: raw.blank_page.unwrap_or(1), name: name.clone() });
        if found.is_none() {
            mistakes.push(Mistake { line: None, message: format!("the blank `{name}` is not in the form's folder") });
        }
        found
    });
    let print = raw.print.into_iter().filter_map(|p| resolve_print(p, mistakes)).collect();
    if blank.is_none() && raw.filled {
        mistakes.push(Mistake { line: None, message: "`filled` says what `blank` shows; name a `blank` too".to_owned() });
    }
    FormPage { width_mm: raw.size[0], height_mm: raw.size[1], print, blank, filled: raw.filled, mask: raw.mask }
}

fn resolve_print(raw: PrintFile, mistakes: &mut Vec<Mistake>) -> Option<Item> {
    match (raw.text, raw.line, raw.rect) {
        (Some(text), None, None) => {
            let size = raw.size.unwrap_or(10.5);
            Some(Item::Text(TextItem {
                text,
                at: raw.at.unwrap_or([0.0, 0.0]),
                size,
                font: raw.font,
                align: raw.align,
                spacing: raw.spacing,
                wrap: raw.wrap,
                leading: raw.leading.unwrap_or(size * 0.3528 * 1.6),
            }))
        }
        (None, Some(line), None) => Some(Item::Line { line, width: raw.width.unwrap_or(0.15), dash: raw.dash }),
        (None, None, Some(rect)) => Some(Item::Rect { rect, width: raw.width.unwrap_or(0.15), fill: raw.fill }),
        _ => {
            mistakes
                .push(Mistake { line: None, message: "a print item has exactly one of `text`, `line` and `rect`".to_owned() });
            None
        }
    }
}

fn resolve_field(raw: FieldFile, mistakes: &mut Vec<Mistake>) -> Field {
    let boxed = raw.kind == KindFile::Digits || (raw.kind == KindFile::Choice && raw.mark == Some(Mark::Box));
    let frame = raw.frame.unwrap_or(if boxed { Frame::Boxes } else { Frame::None });
    let mut missing = |what: &str| {
        mistakes.push(Mistake { line: None, message: format!("field `{}` needs `{what}`", raw.id) });
    };
    let area = || raw.area.unwrap_or(RectMm::new(0.0, 0.0, 1.0, 1.0));
    if raw.area.is_none() && matches!(raw.kind, KindFile::Number | KindFile::Text | KindFile::Presence) {
        missing("box");
    }
    let kind = match raw.kind {
        KindFile::Choice => {
            if raw.options.is_none() {
                missing("options");
            }
            if raw.mark.is_none() {
                missing("mark");
            }
            let options = raw.options.unwrap_or_default().into_iter().map(|o| ChoiceOption {
                value: o.value,
                label: o.label,
                area: o.area,
            });
            FieldKind::Choice {
                mark: raw.mark.unwrap_or(Mark::Box),
                select: resolve_select(&raw.id, raw.select, mistakes),
                options: options.collect(),
            }
        }
        KindFile::Digits => {
            if raw.cells.is_none() {
                missing("cells");
            }
            let cells = raw.cells.map(resolve_cells).unwrap_or_default();
            FieldKind::Digits { min: raw.min.unwrap_or(cells.len()), cells, meaning: raw.meaning }
        }
        KindFile::Number => FieldKind::Number {
            area: area(),
            max_digits: raw.max_digits.unwrap_or(4),
            meaning: raw.meaning,
            transcribe: raw.transcribe.unwrap_or(Transcribe::Required),
        },
        KindFile::Text => FieldKind::Text { area: area(), transcribe: raw.transcribe.unwrap_or_default() },
        KindFile::Presence => FieldKind::Presence { area: area() },
    };
    let care = Care { personal: raw.personal, double_key: raw.double_key };
    let (id, label) = (FieldId(raw.id), raw.label);
    Field { id, label, page: raw.page, required: raw.required, kind, likely: raw.likely, frame, care }
}

fn resolve_cells(raw: CellsFile) -> Vec<RectMm> {
    match raw {
        CellsFile::List(cells) => cells,
        CellsFile::Comb(c) => {
            (0..c.count).map(|i| RectMm::new(c.at[0] + i as f64 * (c.size[0] + c.gap), c.at[1], c.size[0], c.size[1])).collect()
        }
    }
}

fn resolve_select(id: &str, raw: Option<SelectFile>, mistakes: &mut Vec<Mistake>) -> Select {
    match raw {
        None => Select::One,
        Some(SelectFile::AtMost { at_most }) => Select::AtMost(at_most),
        Some(SelectFile::Word(word)) if word == "one" => Select::One,
        Some(SelectFile::Word(word)) if word == "many" => Select::Many,
        Some(SelectFile::Word(word)) => {
            let message = format!("field `{id}`: `select = \"{word}\"` is not one of \"one\", \"many\", {{ at_most = n }}");
            mistakes.push(Mistake { line: None, message });
            Select::One
        }
    }
}
