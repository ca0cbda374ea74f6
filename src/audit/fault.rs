//! What an audit can find, and how it is told: a code for programs, a sentence in English and in Japanese.

use crate::ledger::chain::Break;

/// Something that should not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An entry of the ledger is not what was written, or is gone.
    Entry(Break),
    /// An entry of the ledger cannot be understood.
    Unreadable {
        /// Which, and how it fails.
        what: String,
    },
    /// Pages in are not pages out.
    Identity {
        /// Pages that came in.
        pages_in: u64,
        /// Pages whose outcome is in the ledger.
        pages_out: u64,
    },
    /// The batch was closed with other counts than its entries add up to.
    Counts,
    /// The head in the manifest is not in the chain: entries behind it are gone, or all was written anew.
    Head {
        /// Entries the manifest speaks of.
        entries: u64,
    },
    /// A part of `manifest.json` is not what the ledger gives.
    Manifest {
        /// Which part.
        part: String,
    },
    /// A file is gone.
    FileMissing {
        /// Its path below the batch folder.
        path: String,
    },
    /// A file is not what was written.
    FileChanged {
        /// Its path below the batch folder.
        path: String,
        /// Where in it, as far as that can be said.
        place: String,
    },
    /// A file that no run wrote.
    FileUnknown {
        /// Its path below the batch folder.
        path: String,
    },
    /// An archived scan is gone.
    ScanMissing {
        /// Its name in the batch.
        source: String,
    },
    /// An archived scan is another file than the one that was read.
    ScanReplaced {
        /// Its name in the batch.
        source: String,
    },
    /// A record comes out otherwise when its scan is read again.
    RecordDiffers {
        /// Its id in the ledger, or its file and page.
        record: String,
        /// What of it.
        parts: Vec<String>,
    },
    /// A page in the ledger ends otherwise when its scan is read again.
    PageDiffers {
        /// File and page.
        page: String,
    },
}

/// Something worth knowing that is no fault of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// People have decided since.
    Decisions {
        /// How often.
        count: usize,
    },
    /// A file was not written again since people decided.
    NotYetWritten {
        /// Its path below the batch folder.
        path: String,
    },
    /// What the batch was run with is not what is here now.
    Other {
        /// What: program, model, forms, master, settings.
        what: String,
        /// What it was.
        was: String,
        /// What it is.
        is: String,
    },
    /// Letters could not be drawn again, so only their hash was checked.
    LettersNotDrawn,
}

impl Fault {
    /// The same in every language and release.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Entry(Break::Changed { .. }) => "entry-changed",
            Self::Entry(Break::Moved { .. }) => "entry-moved",
            Self::Entry(Break::Missing { .. }) => "entry-missing",
            Self::Entry(Break::Open { .. }) => "ledger-cut-short",
            Self::Unreadable { .. } => "entry-unreadable",
            Self::Identity { .. } => "identity-broken",
            Self::Counts => "counts-differ",
            Self::Head { .. } => "head-differs",
            Self::Manifest { .. } => "manifest-changed",
            Self::FileMissing { .. } => "file-missing",
            Self::FileChanged { .. } => "file-changed",
            Self::FileUnknown { .. } => "file-unknown",
            Self::ScanMissing { .. } => "scan-missing",
            Self::ScanReplaced { .. } => "scan-replaced",
            Self::RecordDiffers { .. } => "record-differs",
            Self::PageDiffers { .. } => "page-differs",
        }
    }

    /// In English.
    pub fn english(&self) -> String {
        match self {
            Self::Entry(broken) => format!("ledger.sqlite: {broken}"),
            Self::Unreadable { what } => what.clone(),
            Self::Identity { pages_in, pages_out } => format!("the ledger has {pages_in} pages in and {pages_out} out"),
            Self::Counts => "the counts in the closing entry of the ledger are not those of its entries".to_owned(),
            Self::Head { entries } => {
                format!(
                    "manifest.json: the ledger does not have the entry {entries} whose hash stands here; entries were removed or replaced"
                )
            }
            Self::Manifest { part } => format!("manifest.json: `{part}` is not what the ledger gives"),
            Self::FileMissing { path } => format!("{path} is missing"),
            Self::FileChanged { path, place } => format!("{path} is not what was written{}", behind(" ", place)),
            Self::FileUnknown { path } => format!("{path} was not written by the run"),
            Self::ScanMissing { source } => format!("scan {source} is not in the archive"),
            Self::ScanReplaced { source } => format!("scan {source} in the archive is not the file that was read"),
            Self::RecordDiffers { record, parts } => format!("record {record} comes out otherwise: {}", parts.join(", ")),
            Self::PageDiffers { page } => format!("page {page} ends otherwise when it is read again"),
        }
    }

    /// In Japanese.
    pub fn japanese(&self) -> String {
        match self {
            Self::Entry(Break::Changed { seq, kind, subject }) => {
                format!("台帳の記載 {seq}（{kind} {subject}）が書き換えられています")
            }
            Self::Entry(Break::Moved { seq, from, kind, subject }) => {
                format!("台帳の記載 {seq}（{kind} {subject}）は、もとは記載 {from} です。順序が入れ替えられています")
            }
            Self::Entry(Break::Missing { from, to }) => format!("台帳の記載 {from}～{to} がありません"),
            Self::Entry(Break::Open { last }) => format!("台帳の記載 {last} より後（完了の記載を含む）がありません"),
            Self::Unreadable { what } => format!("台帳の記載が読めません: {what}"),
            Self::Identity { pages_in, pages_out } => {
                format!("ページ数が一致しません（入力 {pages_in}、結果 {pages_out}）")
            }
            Self::Counts => "台帳の完了の記載にある件数が、個々の記載と一致しません".to_owned(),
            Self::Head { entries } => {
                format!("manifest.json にある記載 {entries} のハッシュ値が台帳にありません。記載が削除または差し替えられています")
            }
            Self::Manifest { part } => format!("manifest.json の「{part}」が台帳と一致しません"),
            Self::FileMissing { path } => format!("{path} がありません"),
            Self::FileChanged { path, place } => format!("{path} が書き換えられています{}", behind("　", place)),
            Self::FileUnknown { path } => format!("{path} はこの処理で書き出したファイルではありません"),
            Self::ScanMissing { source } => format!("保管された画像に {source} がありません"),
            Self::ScanReplaced { source } => format!("保管された画像 {source} は、読み取ったファイルと異なります"),
            Self::RecordDiffers { record, parts } => format!("記録 {record} の読み直しの結果が異なります: {}", parts.join("、")),
            Self::PageDiffers { page } => format!("ページ {page} の読み直しの結果が異なります"),
        }
    }
}

impl Note {
    /// In English.
    pub fn english(&self) -> String {
        match self {
            Self::Decisions { count } => format!("{count} decisions were made after the run"),
            Self::NotYetWritten { path } => format!("{path} was not written again since people decided"),
            Self::Other { what, was, is } => format!("{what} was {was} and is {is} here; results may differ for that"),
            Self::LettersNotDrawn => {
                "program, forms or master are not those of the batch: letters were checked by their hashes only".to_owned()
            }
        }
    }

    /// In Japanese.
    pub fn japanese(&self) -> String {
        match self {
            Self::Decisions { count } => format!("処理の後に {count} 件の判断が記録されています"),
            Self::NotYetWritten { path } => format!("{path} は、判断の後に書き直されていません"),
            Self::Other { what, was, is } => format!("{what} は当時 {was}、現在 {is} です。結果が異なる原因になり得ます"),
            Self::LettersNotDrawn => {
                "プログラム、様式またはマスターが当時と異なるため、お知らせはハッシュ値のみ確認しました".to_owned()
            }
        }
    }
}

fn behind(sign: &str, place: &str) -> String {
    if place.is_empty() { String::new() } else { format!("{sign}({place})") }
}

/// A name as it may be shown on a terminal: without control characters.
pub(super) fn shown(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '�' } else { c }).collect()
}
