//! `report.html`: the page an operator keeps on the second screen. One file, no requests, works from the disk for years.
//! What needs a person comes first. It shows and filters; decisions are made in the review, letters are printed elsewhere.
//!
//! Pictures make the file heavy, so they are asked for one at a time while it is written, and only for the first
//! [`LOOK_PICTURES`] submissions and pages that need a look and the first [`ACCEPTED_PICTURES`] accepted ones; the page says so.

mod charts;
mod view;

use crate::form::{FieldId, Form};
use crate::provenance::Provenance;
use crate::record::{PageException, Records};
use crate::tally::Tally;
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};
use view::Page;

/// Submissions and pages that need a look and are shown with pictures. With all their crops from grey scans they take up to
/// 150 kB each (300 of them made 49 MB), so the file stays near 25 MB; beyond 30 MB a browser on an office machine takes
/// seconds to open it.
pub const LOOK_PICTURES: usize = 150;

/// Accepted submissions shown with pictures: enough to see at a glance that registration and reading lie right.
pub const ACCEPTED_PICTURES: usize = 24;

/// A finished batch, to be shown.
#[derive(Clone, Copy)]
pub struct ReportInput<'a> {
    /// What it was run with.
    pub provenance: &'a Provenance,
    /// Its counts.
    pub tally: &'a Tally,
    /// Forms of the batch, for titles and labels.
    pub forms: &'a [Form],
    /// Submissions in input order.
    pub records: &'a dyn Records,
    /// Pages that are in no record, in input order.
    pub exceptions: &'a [PageException],
    /// Where pictures come from.
    pub pictures: &'a dyn Pictures,
}

/// Where the report's pictures come from. Each is asked for at most once, when its place in the file is reached.
pub trait Pictures {
    /// The thumbnail of a page; none where there is none to show.
    fn page(&self, source: &str, page: u32, sha256: &str) -> Option<PagePicture>;
    /// The bytes (JPEG or PNG) of a crop, by its path in the record.
    fn crop(&self, path: &str) -> Option<Vec<u8>>;
}

/// No pictures at all.
#[derive(Debug, Clone, Copy)]
pub struct NoPictures;

impl Pictures for NoPictures {
    fn page(&self, _: &str, _: u32, _: &str) -> Option<PagePicture> {
        None
    }

    fn crop(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

/// A thumbnail with the outlines of its fields.
#[derive(Debug, Clone, PartialEq)]
pub struct PagePicture {
    /// JPEG or PNG, about 600 px wide, the way up it should be read.
    pub image: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Fields of the page; empty for pages that are on no form.
    pub outlines: Vec<Outline>,
}

/// Where a field lies on a thumbnail.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// Field.
    pub field: FieldId,
    /// Corners in thumbnail pixels, in order around it.
    pub polygon: Vec<[f64; 2]>,
}

/// Writes the page. The same input gives the same bytes.
pub fn write_report(out: &mut impl Write, input: &ReportInput) -> io::Result<()> {
    Page::of(input).write_into(out)
}

/// A picture as the `src` of an image.
fn data_uri(image: &[u8]) -> String {
    let kind = if image.starts_with(b"\x89PNG") { "png" } else { "jpeg" };
    format!("data:image/{kind};base64,{}", BASE64.encode(image))
}

/// The hash by which the page's security policy admits its own style and script, and nothing else.
fn csp_hash(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(Sha256::digest(text.as_bytes())))
}
