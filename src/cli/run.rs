//! `uketsuke run` and `uketsuke read`: the main job, and the same for one file to stdout.

use super::args::{CsvEncodingArg, Delivery, FormsFrom, ReadArgs, RunArgs};
use super::messages::say;
use super::progress::Bar;
use super::{BUG, FORM, Failure, INPUT, OUTPUT, STOPPED, USAGE, catalogue, print, stop, with_threads};
use crate::batch::folder::{Folder, FolderError};
use crate::batch::patience::PAGE_SECONDS;
use crate::batch::{self, Outcome, Run, inputs, sheet};
use crate::export::ndjson;
use crate::export::table::Encoding;
use crate::form::catalogue::Catalogue;
use crate::form::{Form, Policy};
use crate::master::Master;
use crate::pipeline::{Desk, Origin, unreadable};
use crate::postal;
use crate::programme::Programme;
use crate::provenance::{FormVersion, MasterVersion, Provenance};
use crate::read::tesseract::Tesseract;
use crate::read::{Blanks, Reader};
use crate::receipt::wording::Wording;
use crate::receipt::{Letters, Terms};
use crate::recognize::{DigitModel, Pair};
use crate::record::PageException;
use crate::record::join::Joiner;
use crate::register::{References, RegisterSettings};
use crate::scan::{Budgets, Scan};
use crate::settings::Settings;
use crate::validate::Submission;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// Everything a run needs, owned.
pub(super) struct Workshop {
    pub(super) catalogue: Catalogue,
    references: OnceLock<References>,
    pub(super) blanks: Blanks,
    typed: Tesseract,
    pub(super) master: Option<Master>,
    master_name: String,
    pub(super) settings: Settings,
}

impl Workshop {
    /// Opens forms and master, and makes sure that what reading needs is installed.
    pub(super) fn open(forms: &FormsFrom, delivery: &Delivery, batch: String) -> Result<Self, Failure> {
        let catalogue = catalogue(forms)?;
        let references = match forms.forms {
            // What cannot be used of somebody's own forms is told before any page is read.
            Some(_) => OnceLock::from(References::prepare(&catalogue).map_err(|e| Failure::new(FORM, e))?),
            None => OnceLock::new(),
        };
        let blanks = Blanks::new(&catalogue);
        let typed = Tesseract::start().map_err(|e| Failure::new(INPUT, e))?;
        let master = delivery.master.as_deref().map(open_master).transpose()?;
        let name = delivery.master.as_deref().and_then(Path::file_name);
        let settings = Settings { batch, received_on: delivery.received, postmarked_on: delivery.postmarked };
        let master_name = name.map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self { catalogue, references, blanks, typed, master, master_name, settings })
    }

    /// Reads fields with this workshop's parts.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader { catalogue: &self.catalogue, blanks: &self.blanks, digits: Pair::built_in(), typed: &self.typed }
    }

    /// The desk pages are worked on at.
    pub(super) fn desk<'a>(&'a self, reader: &'a Reader<'a>) -> Desk<'a> {
        Desk {
            catalogue: &self.catalogue,
            references: &self.references,
            reader,
            master: self.master.as_ref(),
            settings: &self.settings,
        }
    }

    pub(super) fn provenance(&self, encoding: Encoding) -> Provenance {
        let applied = |form: &Form| {
            let about = Submission {
                received_on: self.settings.received_on,
                postmarked_on: self.settings.postmarked_on,
                received_counts_until: form.received_counts_until,
                ..Submission::default()
            };
            about.application_date()
        };
        let register = RegisterSettings::default();
        Provenance {
            batch: self.settings.batch.clone(),
            program: concat!("uketsuke ", env!("CARGO_PKG_VERSION")).to_owned(),
            model: Pair::built_in().version().to_owned(),
            received_on: self.settings.received_on,
            postmarked_on: self.settings.postmarked_on,
            forms: self.catalogue.forms().iter().map(|f| FormVersion::of(f, applied(f))).collect(),
            master: self.master.as_ref().map(|m| MasterVersion {
                source: self.master_name.clone(),
                sha256: m.version().sha256.clone(),
                as_of: m.version().as_of_to,
            }),
            settings: serde_json::json!({
                "residual_limit_mm": register.residual_limit_mm,
                "agreement": register.agreement,
                "resemblance": register.resemblance,
                "policy": Policy::default(),
                "postal_codes": postal::AS_OF,
                "letters": Terms::default(),
                "page_seconds": PAGE_SECONDS,
                "csv_encoding": encoding.name(),
            }),
        }
    }
}

pub(super) fn open_master(path: &Path) -> Result<Master, Failure> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|e| Failure::new(INPUT, format!("{shown}: {e}")))?;
    Master::from_csv(&bytes).map_err(|e| Failure::new(INPUT, format!("{shown}:\n{e}")))
}

/// The dated facts.
pub(super) fn programme() -> Result<&'static Programme, Failure> {
    Programme::built_in().map_err(|e| Failure::new(BUG, e))
}

/// Letters as the program's own facts and wording have them.
pub(super) fn letters(master: Option<&Master>) -> Result<Letters<'_>, Failure> {
    let wording = Wording::built_in().map_err(|e| Failure::new(BUG, e))?;
    Ok(Letters { programme: programme()?, wording, master, terms: Terms::default() })
}

pub(super) fn encoding(arg: CsvEncodingArg) -> Encoding {
    match arg {
        CsvEncodingArg::Utf8 => Encoding::Utf8Bom,
        CsvEncodingArg::Cp932 => Encoding::Cp932,
    }
}

/// The failure of a batch folder.
pub(super) fn folder_failure(error: &FolderError) -> Failure {
    match error {
        FolderError::Ledger(error) => Failure::new(error.exit_code(), error),
        FolderError::Journal(_) | FolderError::Output(_) | FolderError::Letters(_) => Failure::new(OUTPUT, error),
        FolderError::Busy { dir } => {
            failure(OUTPUT, error, dir, "は別の処理が使用中です。終了を待つか、別のフォルダーを指定してください")
        }
        FolderError::Finished { dir, what } => {
            let japanese = format!(
                "には別の完了した処理分があります（相違: {what}）。何も変更していません。別のフォルダーを指定してください"
            );
            failure(USAGE, error, dir, &japanese)
        }
        FolderError::Changed { dir, file } => {
            let japanese = format!(
                ": {file} が書き出したときと異なります。export と receipts で台帳から書き直せます。詳しくは audit をお使いください"
            );
            failure(OUTPUT, error, dir, &japanese)
        }
        FolderError::Otherwise { dir } => {
            let japanese =
                ": 同じ画像を読み直した結果が台帳と異なります。台帳は変更していません。audit --scans で確認してください";
            failure(OUTPUT, error, dir, japanese)
        }
        FolderError::Stopped { done } => {
            let japanese = format!(
                "{done} ページで中断しました。結果は失われていません。同じコマンドをもう一度実行すると続きから処理します"
            );
            Failure::new(STOPPED, say(&error.to_string(), &japanese))
        }
    }
}

fn failure(code: u8, error: &FolderError, dir: &Path, japanese: &str) -> Failure {
    Failure::new(code, say(&error.to_string(), &format!("{}{japanese}", dir.display())))
}

/// Runs the main job.
pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let given = inputs::list(&args.scans);
    if given.files.is_empty() && given.unreadable.is_empty() {
        return Err(Failure::new(INPUT, say("there is no file to read in what was given", "読み込むファイルがありません")));
    }
    let name = args.out.file_name().map_or_else(|| "batch".to_owned(), |n| n.to_string_lossy().into_owned());
    let workshop = Workshop::open(&args.forms, &args.delivery, args.batch.clone().unwrap_or(name))?;
    let reader = workshop.reader();
    let desk = workshop.desk(&reader);
    let encoding = encoding(args.csv_encoding);
    let folder = Folder::create(&args.out, workshop.provenance(encoding), encoding).map_err(|e| folder_failure(&e))?;
    let bar = Bar::new(args.quiet || args.json);
    let letters = letters(workshop.master.as_ref())?;
    let stop = stop::on_signals()?;
    let outcome = with_threads(args.jobs, |threads| {
        batch::run(&Run { threads, desk: &desk, letters: &letters, given: &given, progress: &bar, stop: &stop }, folder)
    })?
    .map_err(|e| folder_failure(&e));
    bar.finish();
    let outcome = outcome?;
    tell(args, &outcome)?;
    exit_code(&outcome)
}

fn exit_code(outcome: &Outcome) -> Result<u8, Failure> {
    if !outcome.tally.holds() {
        return Err(Failure::new(
            BUG,
            say("pages were lost or counted twice; please report this", "ページ数が一致しません。開発元へお知らせください"),
        ));
    }
    if outcome.met_a_bug {
        return Err(Failure::new(
            BUG,
            say(
                "a page met a bug of ours; see exceptions.csv",
                "不具合により処理できないページがありました。exceptions.csv を確認してください",
            ),
        ));
    }
    if !outcome.any_input {
        return Err(Failure::new(
            INPUT,
            say(
                "none of the files could be read; see exceptions.csv",
                "どのファイルも読み込めませんでした。exceptions.csv を確認してください",
            ),
        ));
    }
    Ok(u8::from(outcome.tally.needs_a_person()))
}

fn tell(args: &RunArgs, outcome: &Outcome) -> Result<(), Failure> {
    if args.json {
        let summary = serde_json::json!({
            "batch_folder": args.out,
            "counts": outcome.tally,
            "identity_holds": outcome.tally.holds(),
            "receipts": outcome.written.receipts,
            "notices": outcome.written.notices,
            "notes": outcome.written.notes,
            "left_alone": outcome.left_alone,
            "nothing_new": outcome.again,
        });
        return print(&format!("{summary}\n"));
    }
    if args.quiet {
        return Ok(());
    }
    print(&summary(outcome))
}

/// The identity and the letters, for people.
fn summary(outcome: &Outcome) -> String {
    let p = &outcome.tally.pages;
    let ok = if outcome.tally.holds() { "✓" } else { "✗" };
    let counts = [p.accepted, p.review, p.deficient, p.refused, p.duplicate, p.blank];
    let names = [
        say("accepted", "受付"),
        say("review", "要確認"),
        say("deficient", "不備"),
        say("refused", "受付外"),
        say("duplicate", "重複"),
        say("blank", "白紙"),
    ];
    let parts: Vec<String> = names.iter().zip(counts).map(|(name, n)| format!("{name} {n}")).collect();
    let letters = [
        (say("receipts", "受付のお知らせ"), outcome.written.receipts),
        (say("notices", "不備のお知らせ"), outcome.written.notices),
        (say("letters that need a look before they are posted", "発送前に確認が必要なお知らせ"), outcome.written.notes.len()),
        (say("files that are no scans, left alone", "スキャンでないため対象外としたファイル"), outcome.left_alone),
    ];
    let identity = format!("{} {} = {}  {ok}\n", say("pages in", "入力ページ"), outcome.tally.pages_in, parts.join(" + "));
    let lines = letters.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{what}: {n}\n"));
    let again = say("this batch was finished before; nothing was done again", "この処理分は完了済みです。何も処理していません");
    let again = outcome.again.then(|| format!("{again}\n"));
    std::iter::once(identity).chain(lines).chain(again).collect()
}

/// Reads one file; its records go to stdout, its pages that are in no record to stdout as well, one JSON per line.
pub(super) fn read(args: &ReadArgs) -> Result<u8, Failure> {
    let shown = args.scan.display().to_string();
    let bytes = std::fs::read(&args.scan).map_err(|e| Failure::new(INPUT, format!("{shown}: {e}")))?;
    let workshop = Workshop::open(&args.forms, &args.delivery, "read".to_owned())?;
    let source = args.scan.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let scan = Scan::open(bytes, &Budgets::default()).map_err(|e| {
        let exception = unreadable(Origin { source: &source, sha256: "", number: 0 }, &e);
        Failure::new(INPUT, format!("{shown}: {}", exception.message))
    })?;
    let scan = Arc::new(scan);
    let origin = |number| Origin { source: &source, sha256: scan.sha256(), number };
    let reader = workshop.reader();
    let desk = workshop.desk(&reader);
    let mut joiner = Joiner::default();
    let (mut submissions, mut refused) = (Vec::new(), 0);
    for number in 1..=scan.page_count() {
        match desk.decoded(sheet::decode(&scan, number), origin(number)) {
            Ok(page) => submissions.extend(joiner.push(page, workshop.catalogue.forms())),
            Err(unread) => {
                refused += usize::from(unread.exception.kind == crate::record::ExceptionKind::Refused);
                print_exception(&unread.exception)?;
            }
        }
    }
    submissions.extend(joiner.finish(workshop.catalogue.forms()));
    let records: Vec<_> = submissions.iter().map(|s| desk.record(s)).collect();
    let bytes = ndjson(&records).map_err(|e| Failure::new(BUG, e))?;
    print(&String::from_utf8_lossy(&bytes))?;
    let waiting = records.iter().any(|r| r.status == crate::record::Status::Review);
    Ok(u8::from(waiting || refused > 0))
}

fn print_exception(exception: &PageException) -> Result<(), Failure> {
    let line = serde_json::to_string(exception).map_err(|e| Failure::new(BUG, e))?;
    print(&format!("{line}\n"))
}
