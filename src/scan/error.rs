//! Why a file or a page of it could not be loaded: what happened, then what to do.
//! Does not decide what becomes of the batch: one bad page costs one page.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use thiserror::Error;

/// Why a file, or one page of it, is not loaded.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum ScanError {
    /// No bytes at all.
    #[error("the file is empty: copy it again from the scanner or scan the sheet again")]
    EmptyFile,
    /// The content is none of the four kinds of file that are read.
    #[error("the file is not a scan{}: send JPEG, PNG, TIFF or PDF", .looks_like.as_ref().map(|k| format!(" but {k}")).unwrap_or_default())]
    NotAnImage {
        /// What its first bytes look like, where that is known.
        looks_like: Option<Cow<'static, str>>,
    },
    /// The right kind of file, but of a variant that no scanner of the trade writes.
    #[error("{what} cannot be read: save the page as an ordinary JPEG, PNG, TIFF or PDF, or scan the sheet again")]
    Unsupported {
        /// The variant.
        what: String,
    },
    /// Cut short or corrupt. Nothing is guessed about the missing part.
    #[error("the file is damaged ({what}): copy it again from the scanner or scan the sheet again")]
    DamagedFile {
        /// Where decoding ended.
        what: String,
    },
    /// A PDF that asks for a password.
    #[error("the PDF asks for a password: save it without one and send it again")]
    Encrypted,
    /// Over a budget, found before anything was decoded.
    #[error("{what}: {found}, the limit is {limit}: scan at a lower resolution, split the file, or raise the limit")]
    TooLarge {
        /// What was counted.
        what: Cow<'static, str>,
        /// How many there are, or would be.
        found: u64,
        /// How many may be.
        limit: u64,
    },
    /// Decoding it took longer than a page may.
    #[error("decoding took more than {seconds} s: save the page as an ordinary JPEG, PNG, TIFF or PDF, or scan the sheet again")]
    TooSlow {
        /// The limit.
        seconds: u64,
    },
    /// A PDF page that is no scan, and takes more to draw than any form does.
    #[error("drawing the page takes more than {seconds} s or {megabytes} MB: print it to a new PDF, or print and scan it")]
    TooMuchDrawing {
        /// Processor seconds it may take.
        seconds: u64,
        /// Memory it may take.
        megabytes: u64,
    },
    /// A page number outside the file.
    #[error("the file has no page {page}: it has {pages}")]
    NoSuchPage {
        /// The page asked for.
        page: u32,
        /// Pages of the file.
        pages: u32,
    },
    /// A decoder panicked; the panic was caught at the page boundary.
    #[error("a decoder broke down on this page: scan the sheet again, and report the file as a bug of this program")]
    DecoderCrash,
}

impl ScanError {
    /// The reason as exceptions lists carry it, the same in every language and release.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::EmptyFile => "empty-file",
            Self::NotAnImage { .. } => "not-an-image",
            Self::Unsupported { .. } => "unsupported",
            Self::DamagedFile { .. } => "damaged-file",
            Self::Encrypted => "encrypted",
            Self::TooLarge { .. } | Self::TooMuchDrawing { .. } => "too-large",
            Self::TooSlow { .. } => "too-slow",
            Self::NoSuchPage { .. } => "no-such-page",
            Self::DecoderCrash => "decoder-crash",
        }
    }

    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::DamagedFile { what: what.into() }
    }

    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into() }
    }
}
