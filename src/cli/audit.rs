//! `uketsuke audit`: a batch folder against its ledger and, where they are given, the archived scans read again.

use super::args::{AuditArgs, Delivery};
use super::messages::say;
use super::progress::Bar;
use super::run::{Workshop, folder_failure, letters};
use super::{Failure, OUTPUT, in_threads, print, stop, with_threads};
use crate::audit::{self, Archive, Findings, Means, Note};
use crate::batch::folder::{Folder, FolderError};
use crate::batch::lock::Lock;
use crate::batch::{self, Run};
use crate::export::table::Encoding;
use crate::ledger::{FILE_NAME, Ledger, LedgerError};
use crate::provenance::Provenance;
use std::path::Path;

/// Checks, and says what was found: 0 nothing, 1 something.
pub(super) fn run(args: &AuditArgs) -> Result<u8, Failure> {
    let failed = |e: LedgerError| folder_failure(&e.into());
    let path = args.batch.join(FILE_NAME);
    if !path.is_file() {
        return Err(failed(LedgerError::Missing { path }));
    }
    let _lock = Lock::to_look(&args.batch).map_err(|e| folder_failure(&e))?;
    let ledger = Ledger::open(&args.batch).map_err(failed)?;
    let recorded = ledger.provenance();
    let delivery = Delivery {
        master: args.master.clone(),
        received: recorded.as_ref().ok().and_then(|p| p.received_on),
        postmarked: recorded.as_ref().ok().and_then(|p| p.postmarked_on),
    };
    let batch = recorded.as_ref().map(|p| p.batch.clone()).unwrap_or_default();
    let workshop = Workshop::open(&args.forms, &delivery, batch)?;
    let encoding = recorded.as_ref().map_or(Encoding::Utf8Bom, encoding_of);
    let mut here = workshop.provenance(encoding);
    // A master is the same by its content; under what name it is kept plays no part.
    if let (Some(here), Ok(Provenance { master: Some(was), .. })) = (&mut here.master, &recorded)
        && here.sha256 == was.sha256
    {
        here.source.clone_from(&was.source);
    }
    let same = recorded.as_ref().is_ok_and(|p| *p == here);
    let letters = letters(workshop.master.as_ref())?;
    let means = Means { forms: workshop.catalogue.forms(), letters: &letters, same };
    let mut findings = audit::folder(&args.batch, &means).map_err(failed)?;
    let readable = ledger.inputs();
    if let (Some(scans), Ok(inputs)) = (&args.scans, readable) {
        let archive = in_threads(args.jobs, || Archive::find(scans, &inputs, &mut findings))?;
        let again = tempfile::tempdir().map_err(|e| Failure::new(OUTPUT, e))?;
        read_again(args, &workshop, here, encoding, &archive, again.path())?;
        audit::compare(&args.batch, again.path(), &archive, &mut findings).map_err(failed)?;
    }
    tell(args, &findings)?;
    Ok(u8::from(!findings.faults.is_empty()))
}

/// The encoding of tables that a batch was run with.
fn encoding_of(recorded: &Provenance) -> Encoding {
    if recorded.settings["csv_encoding"] == Encoding::Cp932.name() { Encoding::Cp932 } else { Encoding::Utf8Bom }
}

/// The archived scans once more, into a folder of their own.
fn read_again(
    args: &AuditArgs,
    workshop: &Workshop,
    provenance: Provenance,
    encoding: Encoding,
    archive: &Archive,
    into: &Path,
) -> Result<(), Failure> {
    let reader = workshop.reader();
    let desk = workshop.desk(&reader);
    let letters = letters(workshop.master.as_ref())?;
    let folder = Folder::create(into, provenance, encoding).map_err(|e| folder_failure(&e))?;
    let bar = Bar::new(args.quiet || args.json);
    let stop = stop::on_signals()?;
    let outcome = with_threads(args.jobs, |threads| {
        batch::run(&Run { threads, desk: &desk, letters: &letters, given: &archive.given, progress: &bar, stop: &stop }, folder)
    })?;
    bar.finish();
    match outcome {
        Ok(_) => Ok(()),
        Err(FolderError::Stopped { .. }) => Err(Failure::new(
            super::STOPPED,
            say("stopped; nothing was checked to the end", "中断しました。検証は完了していません"),
        )),
        Err(e) => Err(folder_failure(&e)),
    }
}

fn tell(args: &AuditArgs, findings: &Findings) -> Result<(), Failure> {
    if args.json {
        let fault = |f: &audit::Fault| serde_json::json!({"code": f.code(), "message": say(&f.english(), &f.japanese())});
        let summary = serde_json::json!({
            "batch_folder": args.batch,
            "ledger": findings.head,
            "looked_at": findings.looked_at,
            "faults": findings.faults.iter().map(fault).collect::<Vec<_>>(),
            "notes": findings.notes.iter().map(in_words).collect::<Vec<_>>(),
        });
        return print(&format!("{summary}\n"));
    }
    let faults = findings.faults.iter().map(|f| format!("✗ {}: {}\n", f.code(), say(&f.english(), &f.japanese())));
    let notes = findings.notes.iter().map(|n| format!("· {}\n", in_words(n)));
    print(&faults.chain(notes).chain([summary(findings)]).collect::<String>())
}

fn in_words(note: &Note) -> String {
    say(&note.english(), &note.japanese()).to_owned()
}

fn summary(findings: &Findings) -> String {
    let seen = findings.looked_at;
    let head = findings.head.as_ref().map(|h| h.sha256.clone()).unwrap_or_default();
    let verdict = match findings.faults.len() {
        0 => say("✓ nothing differs", "✓ 相違はありません").to_owned(),
        n => format!("{}: {n}", say("✗ differences", "✗ 相違")),
    };
    let words = [
        (say("ledger entries", "台帳の記載"), seen.entries),
        (say("files", "ファイル"), seen.files),
        (say("scans", "画像"), seen.scans),
        (say("records read again", "読み直した記録"), seen.records),
    ];
    let counts: Vec<String> = words.iter().map(|(name, n)| format!("{name} {n}")).collect();
    format!("{}\n{} {head}\n{verdict}\n", counts.join(", "), say("chain head", "末尾のハッシュ値"))
}
