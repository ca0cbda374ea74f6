//! CCITT Group 3 and 4 (ITU-T T.4, T.6) to one byte per pixel, for TIFF strips and PDF images alike.
//! Does not know their containers, and does not invent rows that are missing.

use super::ScanError;
use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext};

/// Paints rows into a plane of bytes.
struct Rows<'a> {
    free: std::slice::ChunksExactMut<'a, u8>,
    columns: usize,
    white: u8,
    black: u8,
    painted: usize,
}

impl Decoder for Rows<'_> {
    fn push_row(&mut self, changes: &[u32]) {
        let Some(row) = self.free.next() else { return };
        let row = &mut row[..self.columns];
        row.fill(self.white);
        for run in changes.chunks(2) {
            let end = run.get(1).map_or(self.columns, |&end| end as usize);
            row[run[0] as usize..end].fill(self.black);
        }
        self.painted += 1;
    }
}

/// Decodes `settings.rows` rows into `plane`, `settings.columns` bytes each; white and black are written as told.
pub(super) fn decode(data: &[u8], settings: DecodeSettings, white: u8, black: u8, plane: &mut [u8]) -> Result<(), ScanError> {
    let (columns, wanted) = (settings.columns as usize, settings.rows as usize);
    if columns == 0 || plane.len() < columns * wanted {
        return Err(ScanError::damaged("CCITT: no columns"));
    }
    let mut rows = Rows { free: plane.chunks_exact_mut(columns), columns, white, black, painted: 0 };
    let outcome = hayro_ccitt::decode(data, &mut rows, &mut DecoderContext::new(settings));
    match outcome {
        _ if rows.painted < wanted => Err(ScanError::damaged(format!("CCITT: {} of {wanted} rows", rows.painted))),
        Err(error) => Err(ScanError::damaged(format!("CCITT: {error}"))),
        Ok(_) => Ok(()),
    }
}
