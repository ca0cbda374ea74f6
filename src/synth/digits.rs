//! Handwritten digits from pictures, to be pasted into cells: an MNIST folder or file (idx, plain or gz), or a folder
//! `writer/digit/*.png`. Does not know forms; contrast is normalised here, size and ink come from the page.

use super::dice::Dice;
use super::paper::Paper;
use super::pen::Pen;
use crate::geometry::RectMm;
use std::path::{Path, PathBuf};

/// Pictures of digits, by writer.
#[derive(Debug, Clone)]
pub struct DigitSource {
    writers: Vec<[Vec<Cut>; 10]>,
}

/// One digit cut to its ink: opacity 0 to 1, row-major.
#[derive(Debug, Clone)]
struct Cut {
    width: usize,
    height: usize,
    ink: Vec<f32>,
}

/// Handwriting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DigitSourceError {
    /// A file or folder could not be read.
    #[error("{path} cannot be read: {error}; name an idx file of MNIST or a folder writer/digit/*.png")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// An idx file is not what its header says.
    #[error("{path} is not an idx file of digits; expected magic {expected:#x}")]
    NotIdx {
        /// The file.
        path: PathBuf,
        /// Magic number of the kind expected.
        expected: u32,
    },
    /// Not every digit is there.
    #[error("{path} holds no picture of the digit {digit}; every digit is needed at least once")]
    Missing {
        /// The folder.
        path: PathBuf,
        /// The digit without a picture.
        digit: usize,
    },
}

impl DigitSource {
    /// Reads handwriting: an idx image file (its labels beside it), a folder with such a pair, or `writer/digit/*.png`.
    pub fn open(path: &Path) -> Result<Self, DigitSourceError> {
        let writers = match idx_pair(path) {
            Some((images, labels)) => vec![read_idx(&images, &labels)?],
            None => read_folders(path)?,
        };
        let writers: Vec<_> = writers.into_iter().filter(|w| w.iter().all(|cuts| !cuts.is_empty())).collect();
        if writers.is_empty() {
            return Err(DigitSourceError::Missing { path: path.to_owned(), digit: 0 });
        }
        Ok(Self { writers })
    }

    /// How many writers there are.
    pub fn writers(&self) -> usize {
        self.writers.len()
    }

    /// Pastes one digit of a writer into a cell with the ink of `pen`.
    pub(crate) fn paste(&self, value: u8, writer: usize, cell: &RectMm, paper: &mut Paper, pen: &Pen, dice: &mut Dice) {
        let cuts = &self.writers[writer % self.writers.len()][usize::from(value)];
        let cut = dice.pick(cuts);
        let room = cell.grown(-(cell.w.min(cell.h) * 0.1).max(0.35));
        let wanted = cell.h * dice.normal(0.7, 0.06).clamp(0.5, 0.85);
        let scale = (wanted / cut.height as f64).min(room.w / cut.width as f64).min(room.h / cut.height as f64);
        let (w, h) = (cut.width as f64 * scale, cut.height as f64 * scale);
        let (free_x, free_y) = ((room.w - w).max(0.0), (room.h - h).max(0.0));
        let x = room.x + free_x * dice.normal(0.5, 0.14).clamp(0.0, 1.0);
        let y = room.y + free_y * dice.normal(0.5, 0.14).clamp(0.0, 1.0);
        let (pw, ph) = ((w * paper.scale).round().max(1.0) as usize, (h * paper.scale).round().max(1.0) as usize);
        let ink: Vec<f32> = cut.scaled(pw, ph).iter().map(|o| o * pen.opacity as f32).collect();
        paper.lay((x * paper.scale).round() as i64, (y * paper.scale).round() as i64, pw, &ink, pen.colour);
    }
}

impl Cut {
    /// From dark-on-light or light-on-dark grey, row-major; none where there is no ink to speak of.
    fn new(width: usize, height: usize, grey: &[u8]) -> Option<Self> {
        let mut sorted = grey.to_vec();
        sorted.sort_unstable();
        let paper = f32::from(sorted[sorted.len() / 2]);
        let (low, high) = (f32::from(sorted[sorted.len() / 100]), f32::from(sorted[sorted.len() - 1 - sorted.len() / 100]));
        let ink_level = if paper - low > high - paper { low } else { high };
        let range = ink_level - paper;
        if range.abs() < 25.0 {
            return None;
        }
        // Below a fifth of the contrast it is paper; above three fifths it is all ink.
        let ink: Vec<f32> = grey.iter().map(|v| (((f32::from(*v) - paper) / range - 0.2) / 0.4).clamp(0.0, 1.0)).collect();
        Self { width, height, ink }.cropped()
    }

    fn cropped(&self) -> Option<Self> {
        let inked = |x: usize, y: usize| self.ink[y * self.width + x] > 0.4;
        let columns: Vec<usize> = (0..self.width).filter(|x| (0..self.height).any(|y| inked(*x, y))).collect();
        let rows: Vec<usize> = (0..self.height).filter(|y| (0..self.width).any(|x| inked(x, *y))).collect();
        let (l, r, t, b) = (*columns.first()?, *columns.last()?, *rows.first()?, *rows.last()?);
        let ink = (t..=b).flat_map(|y| self.ink[y * self.width + l..=y * self.width + r].to_vec()).collect();
        Some(Self { width: r - l + 1, height: b - t + 1, ink })
    }

    /// Bilinear, its edges made crisp again where it grew.
    fn scaled(&self, width: usize, height: usize) -> Vec<f32> {
        let grown = (height as f32 / self.height as f32).max(1.0);
        let at = |x: isize, y: isize| {
            if x < 0 || y < 0 || x >= self.width as isize || y >= self.height as isize {
                0.0
            } else {
                self.ink[y as usize * self.width + x as usize]
            }
        };
        let sample = |i: usize| {
            let fx = ((i % width) as f32 + 0.5) * self.width as f32 / width as f32 - 0.5;
            let fy = ((i / width) as f32 + 0.5) * self.height as f32 / height as f32 - 0.5;
            let (x, y) = (fx.floor(), fy.floor());
            let (ax, ay) = (fx - x, fy - y);
            let (x, y) = (x as isize, y as isize);
            let top = at(x, y) * (1.0 - ax) + at(x + 1, y) * ax;
            let bottom = at(x, y + 1) * (1.0 - ax) + at(x + 1, y + 1) * ax;
            (((top * (1.0 - ay) + bottom * ay) - 0.5) * grown + 0.5).clamp(0.0, 1.0)
        };
        (0..width * height).map(sample).collect()
    }
}

fn idx_pair(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let of = |images: &Path| {
        let name = images.file_name()?.to_str()?;
        if !name.contains("images") {
            return None;
        }
        let labels = images.with_file_name(name.replace("images-idx3", "labels-idx1").replace("images.idx3", "labels.idx1"));
        labels.is_file().then(|| (images.to_owned(), labels))
    };
    if path.is_file() { of(path) } else { sorted_entries(path).ok()?.iter().find_map(|p| of(p)) }
}

fn read_idx(images: &Path, labels: &Path) -> Result<[Vec<Cut>; 10], DigitSourceError> {
    let pixels = idx_body(images, 0x0803, 16)?;
    let names = idx_body(labels, 0x0801, 8)?;
    let mut cuts: [Vec<Cut>; 10] = std::array::from_fn(|_| Vec::new());
    for (picture, name) in pixels.1.chunks_exact(28 * 28).zip(&names.1).take(20_000) {
        if let (Some(slot), Some(cut)) = (cuts.get_mut(usize::from(*name)), Cut::new(28, 28, picture)) {
            slot.push(cut);
        }
    }
    Ok(cuts)
}

fn idx_body(path: &Path, magic: u32, header: usize) -> Result<(Vec<u8>, Vec<u8>), DigitSourceError> {
    let unreadable = |error| DigitSourceError::Unreadable { path: path.to_owned(), error };
    let raw = std::fs::read(path).map_err(unreadable)?;
    let mut bytes = if raw.starts_with(&[0x1f, 0x8b]) { gunzip(&raw).unwrap_or_default() } else { raw };
    if bytes.len() < header || bytes[..4] != magic.to_be_bytes() {
        return Err(DigitSourceError::NotIdx { path: path.to_owned(), expected: magic });
    }
    let body = bytes.split_off(header);
    Ok((bytes, body))
}

/// The body of a gzip file (RFC 1952): header with an optional file name, then deflate.
fn gunzip(raw: &[u8]) -> Option<Vec<u8>> {
    let named = raw.get(3)? & 8 != 0;
    let start = if named { 10 + raw.get(10..)?.iter().position(|b| *b == 0)? + 1 } else { 10 };
    miniz_oxide::inflate::decompress_to_vec_with_limit(raw.get(start..)?, 100_000_000).ok()
}

fn read_folders(path: &Path) -> Result<Vec<[Vec<Cut>; 10]>, DigitSourceError> {
    let list = |p: &Path| sorted_entries(p).map_err(|error| DigitSourceError::Unreadable { path: p.to_owned(), error });
    let mut writers = Vec::new();
    for writer in list(path)?.into_iter().filter(|p| p.is_dir()) {
        let mut cuts: [Vec<Cut>; 10] = std::array::from_fn(|_| Vec::new());
        for (digit, slot) in cuts.iter_mut().enumerate() {
            let folder = writer.join(digit.to_string());
            for file in list(&folder).unwrap_or_default() {
                if let Ok(picture) = image::open(&file) {
                    let grey = picture.to_luma8();
                    slot.extend(Cut::new(grey.width() as usize, grey.height() as usize, grey.as_raw()));
                }
            }
        }
        writers.push(cuts);
    }
    Ok(writers)
}

/// Entries by name, so that the order never depends on the file system.
fn sorted_entries(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)?.filter_map(|e| e.ok().map(|e| e.path())).collect();
    entries.sort();
    Ok(entries)
}
