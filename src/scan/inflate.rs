//! Deflate, LZW and run-length data, decoded against a limit or to an exact length.
//! Does not allocate by what the data claims: a bomb ends at the limit.

use super::ScanError;
use flate2::read::{DeflateDecoder, ZlibDecoder};
use std::io::Read;

/// Decoded data, or how it failed.
pub(super) type Decoded = Result<Vec<u8>, ScanError>;

/// Inflates zlib data, or bare deflate data, up to `limit` bytes. Data that ends early is an error.
pub(super) fn flate(data: &[u8], limit: u64) -> Decoded {
    match read_all(ZlibDecoder::new(data), limit) {
        // Some writers leave the zlib header out; a header that is there fails in its own words.
        Err(_) if !has_zlib_header(data) => read_all(DeflateDecoder::new(data), limit),
        decoded => decoded,
    }
}

fn has_zlib_header(data: &[u8]) -> bool {
    matches!(*data, [cmf, flg, ..] if cmf & 15 == 8 && u16::from_be_bytes([cmf, flg]).is_multiple_of(31))
}

fn read_all(reader: impl Read, limit: u64) -> Decoded {
    let mut out = Vec::new();
    reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut out)
        .map_err(|e| ScanError::damaged(format!("deflate: {e}, after {} bytes", out.len())))?;
    within(out, limit)
}

/// Inflates zlib data to exactly `length` bytes; padding behind them is not kept.
pub(super) fn flate_exact(data: &[u8], length: usize) -> Decoded {
    let mut out = vec![0; length];
    let mut reader = ZlibDecoder::new(data);
    // Read to its end, the decoder compares its checksum, which tells damage that still decodes. Behind the last row there
    // may be padding: some writers fill the last strip up.
    let padding = length as u64 + (1 << 16);
    let outcome = reader.read_exact(&mut out).and_then(|()| std::io::copy(&mut reader.take(padding), &mut std::io::sink()));
    outcome.map_err(|e| ScanError::damaged(format!("deflate: {e}")))?;
    Ok(out)
}

/// Decodes LZW as TIFF and PDF write it (most significant bit first; `early` is the one-code-early switch of widths).
pub(super) fn lzw(data: &[u8], early: bool, limit: u64) -> Decoded {
    use weezl::{BitOrder, LzwStatus, decode::Decoder};
    let mut decoder = if early { Decoder::with_tiff_size_switch(BitOrder::Msb, 8) } else { Decoder::new(BitOrder::Msb, 8) };
    let (mut out, mut rest, mut block) = (Vec::new(), data, vec![0; 1 << 16]);
    loop {
        let step = decoder.decode_bytes(rest, &mut block);
        rest = &rest[step.consumed_in..];
        out.extend_from_slice(&block[..step.consumed_out]);
        if out.len() as u64 > limit {
            return within(out, limit);
        }
        match step.status {
            Ok(LzwStatus::Ok) if step.consumed_in + step.consumed_out > 0 => {}
            // Done, or out of data: writers that leave the end code out are many; the caller counts the bytes.
            Ok(_) => return Ok(out),
            Err(e) => return Err(ScanError::damaged(format!("LZW: {e}, after {} bytes", out.len()))),
        }
    }
}

/// Decodes run lengths: TIFF's `PackBits` and PDF's `RunLengthDecode` differ only in what 128 means (nothing; the end).
pub(super) fn run_length(data: &[u8], ends_at_128: bool, limit: u64) -> Decoded {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(&control) = data.get(at) {
        at += 1;
        match control {
            0..=127 => {
                let end = at + usize::from(control) + 1;
                out.extend_from_slice(data.get(at..end).unwrap_or(&data[at..]));
                at = end;
            }
            128 if ends_at_128 => break,
            128 => {}
            129.. => {
                let Some(&value) = data.get(at) else { break };
                out.resize(out.len() + 257 - usize::from(control), value);
                at += 1;
            }
        }
        if out.len() as u64 > limit {
            break;
        }
    }
    within(out, limit)
}

fn within(out: Vec<u8>, limit: u64) -> Decoded {
    if out.len() as u64 > limit {
        return Err(ScanError::TooLarge { what: "too many bytes once decoded".into(), found: out.len() as u64, limit });
    }
    Ok(out)
}
