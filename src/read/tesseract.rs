//! Lines of print through Tesseract (jpn+eng), one handle per thread. Used for typed text only.
//!
//! `OMP_THREAD_LIMIT=1` must stand in the environment before the process starts: Tesseract's own threads make a line
//! six times slower on two cores.

use super::typed::TypedText;
use crate::score::Score;
use image::GrayImage;
use std::cell::RefCell;
use std::path::Path;

/// Languages of the forms.
const LANGUAGES: &str = "jpn+eng";

/// Why Tesseract cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Tesseract could not be started for {LANGUAGES} ({0}); install tesseract-ocr-jpn and tesseract-ocr-eng")]
pub struct TesseractError(String);

/// Tesseract with one handle per thread, made at its first line (90 ms, 40 MB).
#[derive(Debug, Clone, Copy)]
pub struct Tesseract(());

thread_local! {
    static HANDLE: RefCell<Option<tesseract::Tesseract>> = const { RefCell::new(None) };
}

impl Tesseract {
    /// Makes sure that the language data is there. Where it lies in none of the usual folders, Tesseract itself is asked.
    ///
    /// # Errors
    /// What to install where it is not.
    pub fn start() -> Result<Self, TesseractError> {
        if !is_installed() {
            let handle = open()?;
            HANDLE.with(|slot| *slot.borrow_mut() = Some(handle));
        }
        Ok(Self(()))
    }

    /// Gives this thread's handle back, where it has one. To be called before the thread ends: Tesseract complains where
    /// the program ends first.
    pub fn leave_thread() {
        HANDLE.with(|slot| slot.borrow_mut().take());
    }
}

/// Where Debian, Ubuntu and Tesseract's own installation keep language data.
const FOLDERS: [&str; 4] = [
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
];

/// Whether one folder of language data has all languages: looked for by name, since opening them takes 90 ms and 40 MB,
/// and most batches hold no typed line.
fn is_installed() -> bool {
    let all_in = |folder: &Path| LANGUAGES.split('+').all(|l| folder.join(format!("{l}.traineddata")).is_file());
    match std::env::var_os("TESSDATA_PREFIX") {
        Some(folder) => all_in(Path::new(&folder)),
        None => FOLDERS.iter().any(|folder| all_in(Path::new(folder))),
    }
}

fn open() -> Result<tesseract::Tesseract, TesseractError> {
    let mut handle = tesseract::Tesseract::new(None, Some(LANGUAGES)).map_err(|e| TesseractError(e.to_string()))?;
    handle.set_page_seg_mode(tesseract::PageSegMode::PsmSingleLine);
    Ok(handle)
}

impl TypedText for Tesseract {
    fn read_line(&self, line: &GrayImage, dpi: u32) -> Option<(String, Score)> {
        HANDLE.with(|slot| {
            let handle = slot.borrow_mut().take().map_or_else(|| open().ok(), Some)?;
            // A failing call drops the handle; the next line opens another.
            let (w, h) = (line.width() as i32, line.height() as i32);
            let handle = handle.set_frame(line.as_raw(), w, h, 1, w).ok()?;
            let mut handle = handle.set_source_resolution(dpi as i32).recognize().ok()?;
            let text = handle.get_text().ok()?;
            let table = handle.get_tsv_text(0).ok();
            *slot.borrow_mut() = Some(handle);
            Some((text.trim().to_owned(), worst_word(&table?)))
        })
    }
}

/// The least confidence of any word in Tesseract's table (column 11 of lines of level 5, 0..100).
fn worst_word(table: &str) -> Score {
    let word = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        (columns.first() == Some(&"5")).then(|| columns.get(10).and_then(|c| c.parse::<f64>().ok()))?
    };
    let worst = table.lines().filter_map(word).fold(f64::NAN, f64::min);
    Score::new(worst / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_sure_as_its_worst_word() {
        let table = "4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t-1\t\n5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t96.5\tabc\n5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t41.0\tdef\n";
        assert!((worst_word(table).get() - 0.41).abs() < 1e-9);
        assert_eq!(worst_word(""), Score::ZERO);
    }
}
