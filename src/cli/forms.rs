//! `uketsuke forms`: list, show, print; `check` and `new` have files of their own.

use super::args::{FormsCommand, FormsFrom, FormsPrintArgs, FormsShowArgs};
use super::messages::say;
use super::{FORM, Failure, OUTPUT, USAGE, catalogue, print};
use crate::export::form_json::form_json;
use crate::export::schema::schema;
use crate::form::catalogue::Catalogue;
use crate::form::{FieldKind, Form, draw};
use crate::geometry::{Dpi, RectMm};
use crate::pdf;
use crate::scan::blank;
use crate::sheet::{Item, Sheet};
use crate::whole::write_whole;
use std::fmt::Write;
use std::path::{Path, PathBuf};

mod check;
mod new;

/// Runs one of the commands.
pub(super) fn run(command: FormsCommand) -> Result<u8, Failure> {
    match command {
        FormsCommand::List(from) => list(&from),
        FormsCommand::Show(args) => show(&args),
        FormsCommand::Check(args) => check::run(&args),
        FormsCommand::New(args) => new::run(&args),
        FormsCommand::Print(args) => print_blank(&args),
    }
}

/// The form of that name: `id` for the edition in use, `id@edition` for a certain one.
pub(super) fn find<'a>(catalogue: &'a Catalogue, name: &str) -> Result<&'a Form, Failure> {
    catalogue.named(name).ok_or_else(|| {
        let known: Vec<String> = catalogue.forms().iter().map(|f| format!("{}@{}", f.id, f.edition)).collect();
        let what = say("there is no form", "様式がありません:");
        Failure::new(USAGE, format!("{what} `{name}`; {}", known.join(", ")))
    })
}

fn list(from: &FormsFrom) -> Result<u8, Failure> {
    let mut text = String::new();
    for form in catalogue(from)?.forms() {
        let old = form.superseded_by.as_ref().map(|by| format!("  [superseded by {by}]")).unwrap_or_default();
        let (pages, fields) = (form.pages.len(), form.fields.len());
        let _ = writeln!(text, "{:<20} {:<8} {pages} p. {fields:>3} fields  {}{old}", form.id.0, form.edition, form.title);
    }
    print(&text)?;
    Ok(0)
}

fn show(args: &FormsShowArgs) -> Result<u8, Failure> {
    let catalogue = catalogue(&args.forms)?;
    let form = find(&catalogue, &args.id)?;
    let text = match (args.json, args.schema) {
        (true, _) => form_json(form),
        (_, true) => schema(form),
        _ => summary(form),
    };
    print(&text)?;
    Ok(0)
}

fn summary(form: &Form) -> String {
    let mut text = format!("{} {}  {}\n", form.id, form.edition, form.title);
    for field in &form.fields {
        let kind = match &field.kind {
            FieldKind::Choice { options, .. } => {
                format!("choice {}", options.iter().map(|o| o.value.as_str()).collect::<Vec<_>>().join("|"))
            }
            FieldKind::Digits { cells, .. } => format!("digits {}", cells.len()),
            FieldKind::Number { max_digits, .. } => format!("number ≤{max_digits}"),
            FieldKind::Text { .. } => "text".to_owned(),
            FieldKind::Presence { .. } => "presence".to_owned(),
        };
        let must = if field.required { "*" } else { " " };
        let _ = writeln!(text, "  p.{} {must} {:<26} {:<34} {}", field.page, field.id.0, kind, field.label);
    }
    for rule in &form.rules {
        let _ = writeln!(text, "  rule {:<28} {:<11} {}", rule.id, format!("{:?}", rule.severity).to_lowercase(), rule.message);
    }
    text
}

fn print_blank(args: &FormsPrintArgs) -> Result<u8, Failure> {
    let catalogue = catalogue(&args.forms)?;
    let form = find(&catalogue, &args.id)?;
    if args.png {
        for page in 1..=form.pages.len() {
            let picture = blank::picture(form, page, Dpi::square(f64::from(args.dpi))).map_err(|e| Failure::new(FORM, e))?;
            let path = numbered(&args.out, page, form.pages.len());
            picture.save_with_format(&path, image::ImageFormat::Png).map_err(|e| cannot_write(&path, &e))?;
        }
    } else {
        let sheets = (1..=form.pages.len()).map(|page| blank_sheet(form, page)).collect::<Result<Vec<_>, _>>()?;
        let bytes = pdf::write(&sheets, &form.title).map_err(|e| cannot_write(&args.out, &e))?;
        write_whole(&args.out, &bytes).map_err(|e| Failure::new(OUTPUT, e))?;
    }
    Ok(0)
}

/// The sheet to print: drawn by us, or the picture of somebody else's blank.
fn blank_sheet(form: &Form, page: usize) -> Result<Sheet, Failure> {
    let about = &form.pages[page - 1];
    if about.blank.is_none() {
        return Ok(draw::blank(form, page));
    }
    let pixels = blank::picture(form, page, Dpi::square(300.0)).map_err(|e| Failure::new(FORM, e))?;
    let rect = RectMm::new(0.0, 0.0, about.width_mm, about.height_mm);
    Ok(Sheet { width_mm: about.width_mm, height_mm: about.height_mm, items: vec![Item::Picture { rect, pixels }] })
}

fn cannot_write(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::new(
        OUTPUT,
        format!("{}: {error}; {}", path.display(), say("name a file that can be written", "書き込める場所を指定してください")),
    )
}

/// `F-1.png`, `F-2.png` where there are several pages.
fn numbered(out: &Path, page: usize, pages: usize) -> PathBuf {
    if pages == 1 {
        return out.to_owned();
    }
    let stem = out.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let extension = out.extension().map_or_else(|| "png".to_owned(), |e| e.to_string_lossy().into_owned());
    out.with_file_name(format!("{stem}-{page}.{extension}"))
}
