//! `uketsuke forms check`: every mistake of form folders, then how well each field reads back from sheets filled in by
//! machine.

use crate::cli::args::{Delivery, FormsCheckArgs, FormsFrom};
use crate::cli::messages::say;
use crate::cli::run::Workshop;
use crate::cli::{FORM, Failure, catalogue, print};
use crate::evaluate::figures::{Counts, Measured};
use crate::evaluate::read_back;
use crate::form::Form;
use crate::form::catalogue::Catalogue;
use crate::synth::{Damage, SynthRequest};
use std::fmt::Write;
use std::path::Path;

/// Exit code where a field read back wrong or a page was not found: someone should look.
const LOOK: u8 = 1;

/// Checks.
pub(super) fn run(args: &FormsCheckArgs) -> Result<u8, Failure> {
    let mut all = catalogue(&FormsFrom { forms: None })?;
    for dir in &args.dirs {
        all = all.with_dir(dir).map_err(|e| crate::cli::form_failure(&e))?;
    }
    print(&format!("{}: {}\n", say("forms without a mistake", "誤りのない様式"), all.forms().len()))?;
    for dir in &args.dirs {
        warn(dir)?;
    }
    let mut code = 0;
    for dir in args.dirs.iter().filter(|_| args.sheets > 0) {
        code = code.max(read_back_all(dir, args.sheets)?);
    }
    Ok(code)
}

/// Tells what will cost readings in the forms of a folder.
fn warn(dir: &Path) -> Result<(), Failure> {
    let own = Catalogue::default().with_dir(dir).map_err(|e| crate::cli::form_failure(&e))?;
    for form in own.forms() {
        for warning in &form.warnings {
            let line = warning.line.map(|line| format!(":{line}")).unwrap_or_default();
            print(&format!("{}@{}{line}: {}: {}\n", form.id, form.edition, say("warning", "注意"), warning.message))?;
        }
    }
    Ok(())
}

/// Fills in and reads back every form of a folder.
fn read_back_all(dir: &Path, sheets: usize) -> Result<u8, Failure> {
    let own = Catalogue::default().with_dir(dir).map_err(|e| crate::cli::form_failure(&e))?;
    let nothing = Delivery { master: None, received: None, postmarked: None };
    let workshop = Workshop::open(&FormsFrom { forms: Some(dir.to_owned()) }, &nothing, String::new())?;
    let reader = workshop.reader();
    let desk = workshop.desk(&reader);
    let mut code = 0;
    for form in own.forms().iter().filter(|f| f.superseded_by.is_none()) {
        let measured = |damage| {
            let request = SynthRequest { count: sheets, damage, typed: 0.0, ..SynthRequest::new(form) };
            read_back(&desk, &request).map_err(|e| Failure::new(FORM, format!("{}@{}: {e}", form.id, form.edition)))
        };
        let (clean, scanned) = (measured(Damage::None)?, measured(Damage::Scan)?);
        print(&table(form, &clean, &scanned))?;
        if [&clean, &scanned].iter().any(|m| !m.wrong.is_empty() || !m.unread.is_empty() || m.other_form > 0) {
            code = LOOK;
        }
    }
    Ok(code)
}

/// One line per field: right, unsure or kept as a picture, wrong and silent; on clean sheets and on scanned ones.
fn table(form: &Form, clean: &Measured, scanned: &Measured) -> String {
    let mut text = format!("\n{}@{}  {}\n", form.id, form.edition, form.title);
    let head = say("read / unsure or a picture / WRONG", "読取 / 不確実・画像 / 誤読");
    let (on_clean, on_scanned) = (say("clean", "きれいな用紙"), say("scanned", "スキャン"));
    let _ = writeln!(text, "  {:<28} {on_clean}  {on_scanned}   ({head})", say("field", "項目"));
    for field in &form.fields {
        let of = |m: &Measured| {
            let counts = m.fields.values().find_map(|fields| fields.get(&field.id.0)).copied().unwrap_or_default();
            (line(&counts), remark(&counts))
        };
        let ((first, why), (second, why_scanned)) = (of(clean), of(scanned));
        let _ = writeln!(text, "  {:<28} {first}  {second}  {}", field.id.0, why.or(why_scanned).unwrap_or_default());
    }
    for (m, name) in [(clean, on_clean), (scanned, on_scanned)] {
        for (reason, sheets) in &m.unread {
            let _ = writeln!(text, "  {name}: {sheets} {}: {reason}", say("sheets were not read", "枚が読み取れませんでした"));
        }
    }
    text
}

fn line(c: &Counts) -> String {
    format!("{:>3} /{:>3} /{:>3}", c.right, c.review + c.cancelled + c.picture, c.wrong)
}

/// What to do about a field that does not read well.
fn remark(c: &Counts) -> Option<&'static str> {
    if c.wrong > 0 {
        return Some(say(
            "← WRONG: measure its boxes again (explain shows where they lie)",
            "← 誤読: 枠の位置を測り直してください",
        ));
    }
    let sent = c.review + c.cancelled;
    (sent * 4 > c.judged).then(|| {
        say("← often unsure: are its boxes inside the printed frame?", "← 不確実: 枠の内側を測っているか確認してください")
    })
}
