//! One page of a run: from the journal, or worked on now and kept there. Its picture stays with it as long as there is
//! room, and is made again where it is needed later.

use super::journal::{Journal, JournalError, Kept, KeptPage};
use super::patience::{PAGE_SECONDS, within};
use super::pictures::{self, Thumbnail};
use crate::form::Form;
use crate::geometry::RectMm;
use crate::pipeline::{Desk, Origin, PageOutcome, Placed};
use crate::record::join::DecidedPage;
use crate::record::{ExceptionKind, PageException};
use crate::scan::{Page, Scan, ScanError};
use image::GrayImage;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Bytes of pictures kept beside pages in flight: 6 grey pages of A4 at 300 dpi. What does not fit is decoded again
/// where a picture of it is needed.
const KEPT_BYTES: u64 = 54 << 20;

/// One page of an opened file.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The file.
    pub scan: Arc<Scan>,
    /// Its name in records.
    pub source: Arc<str>,
    /// Page within it, from 1.
    pub number: u32,
}

/// A page in its place in the batch.
#[derive(Debug)]
pub struct InBatch {
    /// Its place among all pages, from 0.
    pub position: u64,
    /// The page itself, for pictures.
    pub sheet: Sheet,
    /// Its picture, where there was room to keep it.
    shown: Option<Shown>,
}

/// A page's own outcome: its fields, or why it is in no record.
pub enum Settled {
    /// Its fields.
    Decided(Box<DecidedPage<InBatch>>),
    /// Why it is in no record.
    Outside(PageException),
}

/// Pictures to make of a page.
pub struct Wanted<'a> {
    /// Its form.
    pub form: &'a Form,
    /// Page of the form, from 1.
    pub number: usize,
    /// Fields to cut out.
    pub areas: Vec<RectMm>,
    /// A thumbnail for the report.
    pub thumbnail: bool,
    /// The whole page, legible, for whoever decides about it.
    pub sheet: bool,
}

/// Pictures made of a page.
#[derive(Default)]
pub struct Drawn {
    /// One for each area asked for; none where the page cannot be placed again.
    pub crops: Vec<GrayImage>,
    /// The thumbnail.
    pub thumbnail: Option<Thumbnail>,
    /// The whole page, JPEG.
    pub sheet: Option<Vec<u8>>,
}

/// A picture held in memory, and counted.
#[derive(Debug)]
struct Shown {
    placed: Placed,
    bytes: u64,
    room: Arc<AtomicU64>,
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.room.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

/// Where pages are worked on.
pub struct Bench<'a> {
    desk: &'a Desk<'a>,
    journal: &'a Journal,
    room: Arc<AtomicU64>,
}

impl<'a> Bench<'a> {
    /// A bench for this desk and journal.
    pub fn new(desk: &'a Desk<'a>, journal: &'a Journal) -> Self {
        Self { desk, journal, room: Arc::new(AtomicU64::new(KEPT_BYTES)) }
    }

    /// What becomes of a page: what the journal says, else what comes of working on it.
    pub fn settle(&self, sheet: &Sheet, position: u64) -> Result<Settled, JournalError> {
        let origin = sheet.origin();
        if let Some(kept) = self.journal.page(origin)?
            && let Some(settled) = self.settled(kept, sheet, position, None)
        {
            return Ok(settled);
        }
        match self.work(sheet) {
            Ok(page) => {
                let form = &self.desk.catalogue.forms()[page.form];
                let kept = KeptPage {
                    form: form.id.clone(),
                    edition: form.edition.clone(),
                    form_page: page.form_page,
                    record: page.record,
                    fields: page.fields,
                    code: page.code,
                    candidates: page.candidates,
                    findings: page.findings,
                };
                let kept = self.journal.keep_page(origin, &Kept::Decided(Box::new(kept)))?;
                let settled = self.settled(kept, sheet, position, self.shown(page.payload));
                settled.ok_or_else(|| unreachable_form(origin))
            }
            Err(unread) => {
                let refused = unread.exception.kind == ExceptionKind::Refused;
                if let Some(page) = unread.page.as_ref().filter(|_| refused) {
                    self.journal.keep_thumbnail(origin.sha256, origin.number, &pictures::as_scanned(page))?;
                }
                self.journal.keep_page(origin, &Kept::Outside(unread.exception.clone()))?;
                Ok(Settled::Outside(unread.exception))
            }
        }
    }

    fn settled(&self, kept: Kept, sheet: &Sheet, position: u64, shown: Option<Shown>) -> Option<Settled> {
        Some(match kept {
            Kept::Outside(exception) => Settled::Outside(exception),
            Kept::Decided(page) => Settled::Decided(Box::new(DecidedPage {
                form: page.form_in(self.desk.catalogue.forms())?,
                form_page: page.form_page,
                record: page.record,
                fields: page.fields,
                code: page.code,
                candidates: page.candidates,
                findings: page.findings,
                payload: InBatch { position, sheet: sheet.clone(), shown },
            })),
        })
    }

    fn work(&self, sheet: &Sheet) -> PageOutcome {
        self.desk.decoded(decode(&sheet.scan, sheet.number), sheet.origin())
    }

    fn shown(&self, mut placed: Placed) -> Option<Shown> {
        placed.readings.clear();
        let raster = &placed.page.raster;
        let planes = if raster.has_colour() { 2 } else { 1 };
        let bytes = raster.luma().as_raw().len() as u64 * planes;
        let taken = self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(bytes));
        taken.ok().map(|_| Shown { placed, bytes, room: Arc::clone(&self.room) })
    }

    /// Pictures of a page, upright: those that are asked for.
    pub fn pictures(&self, page: &InBatch, wanted: &Wanted) -> Drawn {
        let draw = |placed: &Placed| Drawn {
            crops: wanted.areas.iter().map(|area| pictures::crop(placed, *area)).collect(),
            thumbnail: wanted.thumbnail.then(|| pictures::thumbnail(placed, wanted.form, wanted.number)),
            sheet: wanted.sheet.then(|| pictures::sheet(placed, wanted.form, wanted.number)),
        };
        match &page.shown {
            Some(shown) => draw(&shown.placed),
            None => self.work(&page.sheet).map_or_else(|_| Drawn::default(), |again| draw(&again.payload)),
        }
    }
}

/// Decodes a page in the time that a page may take.
///
/// # Errors
/// As [`Scan::page`], and where it takes longer.
pub fn decode(scan: &Arc<Scan>, number: u32) -> Result<Page, ScanError> {
    let scan = Arc::clone(scan);
    let decoded = within(Duration::from_secs(PAGE_SECONDS), move || scan.page(number));
    decoded.unwrap_or(Err(ScanError::TooSlow { seconds: PAGE_SECONDS }))
}

impl Sheet {
    /// Where it came from.
    pub fn origin(&self) -> Origin<'_> {
        Origin { source: &self.source, sha256: self.scan.sha256(), number: self.number }
    }
}

fn unreachable_form(origin: Origin) -> JournalError {
    let what = format!("page {} of {} was kept under a form that is not there", origin.number, origin.sha256);
    JournalError { path: super::journal::FILE_NAME.into(), source: what.into() }
}
