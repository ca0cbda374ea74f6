//! One TIFF directory (IFD): its tags and their values, classic and `BigTIFF`, either byte order.
//! Does not interpret them, and reads no value outside the file.

use crate::scan::bytes::Order;

/// The tags that are read (TIFF 6.0; 347 from Technical Note 2).
pub(super) mod tag {
    pub(in super::super) const NEW_SUBFILE: u16 = 254;
    pub(in super::super) const WIDTH: u16 = 256;
    pub(in super::super) const HEIGHT: u16 = 257;
    pub(in super::super) const BITS_PER_SAMPLE: u16 = 258;
    pub(in super::super) const COMPRESSION: u16 = 259;
    pub(in super::super) const PHOTOMETRIC: u16 = 262;
    pub(in super::super) const FILL_ORDER: u16 = 266;
    pub(in super::super) const STRIP_OFFSETS: u16 = 273;
    pub(in super::super) const ORIENTATION: u16 = 274;
    pub(in super::super) const SAMPLES_PER_PIXEL: u16 = 277;
    pub(in super::super) const ROWS_PER_STRIP: u16 = 278;
    pub(in super::super) const STRIP_BYTES: u16 = 279;
    pub(in super::super) const X_RESOLUTION: u16 = 282;
    pub(in super::super) const Y_RESOLUTION: u16 = 283;
    pub(in super::super) const PLANAR: u16 = 284;
    pub(in super::super) const T4_OPTIONS: u16 = 292;
    pub(in super::super) const RESOLUTION_UNIT: u16 = 296;
    pub(in super::super) const PREDICTOR: u16 = 317;
    pub(in super::super) const COLOUR_MAP: u16 = 320;
    pub(in super::super) const TILE_WIDTH: u16 = 322;
    pub(in super::super) const TILE_HEIGHT: u16 = 323;
    pub(in super::super) const TILE_OFFSETS: u16 = 324;
    pub(in super::super) const TILE_BYTES: u16 = 325;
    pub(in super::super) const EXTRA_SAMPLES: u16 = 338;
    pub(in super::super) const SAMPLE_FORMAT: u16 = 339;
    pub(in super::super) const JPEG_TABLES: u16 = 347;
}

/// How the file is laid out, and where its first directory is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) order: Order,
    pub(super) big: bool,
    pub(super) first: u64,
}

/// Reads the file header.
pub(super) fn header(bytes: &[u8]) -> Option<Header> {
    let order = if bytes.first()? == &b'I' { Order::Little } else { Order::Big };
    let big = order.u16(bytes, 2)? == 43;
    let first = if big { order.u64(bytes, 8)? } else { u64::from(order.u32(bytes, 4)?) };
    Some(Header { order, big, first })
}

/// The tags of one page.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    pub(super) order: Order,
    /// Where the next page's directory is; 0 at the end.
    pub(super) next: u64,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    tag: u16,
    kind: u16,
    count: usize,
    /// Where the values are in the file, already resolved.
    at: usize,
}

impl Entry {
    fn size(self) -> usize {
        match self.kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => 0,
        }
    }
}

impl Directory {
    /// Reads the directory at `offset`; none where it does not lie in the file. A chain that is cut off behind the entries
    /// leads to an offset past the end, so that the caller sees a page missing.
    pub(super) fn read(bytes: &[u8], header: &Header, offset: u64) -> Option<Self> {
        let (order, big) = (header.order, header.big);
        let start = usize::try_from(offset).ok()?;
        let (count, entries_at, size) = if big {
            (usize::try_from(order.u64(bytes, start)?).ok()?, start.checked_add(8)?, 20)
        } else {
            (usize::from(order.u16(bytes, start)?), start.checked_add(2)?, 12)
        };
        let end = entries_at.checked_add(count.checked_mul(size)?)?;
        bytes.get(entries_at..end)?;
        let entries = (0..count).filter_map(|i| entry(bytes, order, big, entries_at + i * size)).collect();
        let next = if big { order.u64(bytes, end) } else { order.u32(bytes, end).map(u64::from) };
        Some(Self { order, next: next.unwrap_or(0), entries })
    }

    /// Whether this is a reduced copy of another page, or a mask.
    pub(super) fn is_preview(&self, bytes: &[u8]) -> bool {
        self.number(bytes, tag::NEW_SUBFILE).is_some_and(|n| n & 0b101 != 0)
    }

    fn find(&self, tag: u16) -> Option<Entry> {
        self.entries.iter().copied().find(|e| e.tag == tag)
    }

    /// The first value of a tag of whole numbers.
    pub(super) fn number(&self, bytes: &[u8], tag: u16) -> Option<u64> {
        let entry = self.find(tag)?;
        if entry.count == 0 { None } else { self.value(bytes, entry, 0) }
    }

    /// All values of a tag of whole numbers.
    pub(super) fn numbers(&self, bytes: &[u8], tag: u16) -> Option<Vec<u64>> {
        let entry = self.find(tag)?;
        (0..entry.count).map(|i| self.value(bytes, entry, i)).collect()
    }

    fn value(&self, bytes: &[u8], entry: Entry, index: usize) -> Option<u64> {
        let at = entry.at + index * entry.size();
        match entry.kind {
            1 | 7 => bytes.get(at).map(|b| u64::from(*b)),
            3 => self.order.u16(bytes, at).map(u64::from),
            4 | 13 => self.order.u32(bytes, at).map(u64::from),
            16 | 18 => self.order.u64(bytes, at),
            _ => None,
        }
    }

    /// A fraction, or a number some writers put in its place.
    pub(super) fn rational(&self, bytes: &[u8], tag: u16) -> Option<f64> {
        let entry = self.find(tag)?;
        match entry.kind {
            5 => {
                let (over, under) = (self.order.u32(bytes, entry.at)?, self.order.u32(bytes, entry.at + 4)?);
                Some(f64::from(over) / f64::from(under))
            }
            11 => self.order.u32(bytes, entry.at).map(|raw| f64::from(f32::from_bits(raw))),
            12 => self.order.u64(bytes, entry.at).map(f64::from_bits),
            _ => self.value(bytes, entry, 0).map(|n| n as f64),
        }
    }

    /// The bytes of a tag.
    pub(super) fn raw<'a>(&self, bytes: &'a [u8], tag: u16) -> Option<&'a [u8]> {
        let entry = self.find(tag)?;
        bytes.get(entry.at..entry.at + entry.count * entry.size())
    }
}

/// One entry, if its type is known and its values lie in the file; unknown ones are passed over, as TIFF 6.0 asks.
fn entry(bytes: &[u8], order: Order, big: bool, at: usize) -> Option<Entry> {
    let (tag, kind) = (order.u16(bytes, at)?, order.u16(bytes, at + 2)?);
    let (count, inline, room) = if big {
        (usize::try_from(order.u64(bytes, at + 4)?).ok()?, at + 12, 8)
    } else {
        (order.u32(bytes, at + 4)? as usize, at + 8, 4)
    };
    let unresolved = Entry { tag, kind, count, at: inline };
    let length = count.checked_mul(unresolved.size()).filter(|_| unresolved.size() > 0)?;
    let at = match length {
        _ if length <= room => inline,
        _ if big => usize::try_from(order.u64(bytes, inline)?).ok()?,
        _ => order.u32(bytes, inline)? as usize,
    };
    bytes.get(at..at.checked_add(length)?)?;
    Some(Entry { at, ..unresolved })
}
