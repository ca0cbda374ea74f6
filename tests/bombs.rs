//! What a hostile file may cost: decompression bombs and files that lead in circles are refused, or read, within seconds
//! and little memory. One test, because it looks at the memory of its whole process.

mod pdfs;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdfs::{page, pdf, stream, zlib};
use std::io::Write;
use std::time::{Duration, Instant};
use uketsuke::scan::{Budgets, Scan};

/// Zlib data of so many zeros.
fn zeros(mut count: u64) -> Vec<u8> {
    let block = vec![0; 1 << 20];
    let mut out = ZlibEncoder::new(Vec::new(), Compression::best());
    while count > 0 {
        let n = count.min(block.len() as u64);
        out.write_all(&block[..n as usize]).expect("packed");
        count -= n;
    }
    out.finish().expect("packed")
}

/// CRC-32 as PNG has it (ISO/IEC 15948, annex D).
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { 0xEDB8_8320 ^ (c >> 1) } else { c >> 1 })
    };
    !bytes.iter().fold(u32::MAX, step)
}

fn png(side: u32, depth: u8, colour: u8, data: &[u8]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [side.to_be_bytes(), side.to_be_bytes()].concat();
    header.extend([depth, colour, 0, 0, 0]);
    for (kind, body) in [(b"IHDR", header.as_slice()), (b"IDAT", data), (b"IEND", &[])] {
        file.extend((body.len() as u32).to_be_bytes());
        let chunk = [kind.as_slice(), body].concat();
        file.extend(&chunk);
        file.extend(crc(&chunk).to_be_bytes());
    }
    file
}

/// A TIFF of one deflated strip of 8-bit grey, little endian, with the directory's next pointer as given.
fn tiff(width: u32, height: u32, strip: &[u8], next: u32) -> Vec<u8> {
    let mut file = b"II\x2a\0".to_vec();
    let directory = 8 + strip.len() as u32;
    file.extend(directory.to_le_bytes());
    file.extend(strip);
    let tags: [(u16, u32); 9] =
        [(256, width), (257, height), (258, 8), (259, 8), (262, 1), (273, 8), (277, 1), (278, height), (279, strip.len() as u32)];
    file.extend((tags.len() as u16).to_le_bytes());
    for (tag, value) in tags {
        file.extend(tag.to_le_bytes());
        file.extend(4_u16.to_le_bytes());
        file.extend(1_u32.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend(if next == 1 { directory } else { next }.to_le_bytes());
    file
}

fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let packed = |name: &'static str, side: u32, depth: u8, colour: u8, row: u64| {
        (name, png(side, depth, colour, &zeros(row * u64::from(side))))
    };
    let much = zeros(256 << 20);
    let twice = stream("/Filter [/FlateDecode /FlateDecode]", &zlib(&much));
    let picture = |w: u32, h: u32, filter: &str, data: &[u8]| {
        let about = format!(
            "/Type /XObject /Subtype /Image /Width {w} /Height {h} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter {filter}"
        );
        stream(&about, data)
    };
    let draws = || stream("", b"q 595 0 0 842 0 0 cm /I Do Q");
    let nested = [b"[".repeat(200_000), b"]".repeat(200_000)].concat();
    let deep = [b"q ".repeat(300_000), b"Q ".repeat(300_000)].concat();
    let circle = "/XObject << /I 5 0 R >>";
    let form =
        stream("/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /I 5 0 R >> >>", b"/I Do /I Do");
    let root = |pages: &str| pdf(&[b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(), pages.as_bytes().to_vec()]);
    let mut polyglot = b"%PDF-1.5\n".to_vec();
    polyglot.splice(0..0, b"\xFF\xD8\xFF\xFE\0\x20".iter().copied());
    vec![
        packed("png 30000 bilevel", 30_000, 1, 0, 3751),
        ("png cut short", png(8_000, 8, 0, &zeros(1000))),
        ("png with more than it says", png(100, 8, 0, &much)),
        ("tiff strip with more than it says", tiff(1000, 1000, &much, 0)),
        ("tiff that says much", tiff(60_000, 60_000, &zeros(1 << 20), 0)),
        ("tiff that leads back to itself", tiff(1000, 1000, &zeros(1_000_000), 1)),
        ("pdf content", page(stream("/Filter /FlateDecode", &much), "", vec![])),
        ("pdf content packed twice", page(twice, "", vec![])),
        ("pdf picture", page(draws(), circle, vec![picture(2480, 3508, "/FlateDecode", &much)])),
        ("pdf picture that says much", page(draws(), circle, vec![picture(60_000, 60_000, "/FlateDecode", &zeros(1 << 20))])),
        ("pdf form that draws itself", page(draws(), circle, vec![form])),
        ("pdf nested arrays", page(draws(), "", vec![nested])),
        ("pdf nested states", page(stream("", &deep), "", vec![])),
        ("pdf pages in a circle", root("<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>")),
        ("pdf of a billion pages", root("<< /Type /Pages /Kids [] /Count 1000000000 >>")),
        ("jpeg and pdf at once", polyglot),
        packed("png 8900 rgb", 8_900, 8, 2, 26_701),
    ]
}

/// Most memory that this process has had, in bytes, where the system says so.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kb| kb * 1024)
}

#[test]
fn hostile_files_cost_little() {
    let bombs = bombs();
    // Files that are over a budget are refused before anything is decoded; the others may cost what a page costs.
    let refused = [
        "png 30000 bilevel",
        "png cut short",
        "tiff that says much",
        "pdf content",
        "pdf content packed twice",
        "pdf picture",
        "pdf picture that says much",
    ];
    for (name, bytes) in &bombs {
        let (before, start, bytes) = (peak(), Instant::now(), bytes.clone());
        // A stack as the program gives it.
        let work = std::thread::Builder::new().stack_size(256 << 20).spawn(move || {
            let scan = Scan::open(bytes, &Budgets::default())?;
            (1..=scan.page_count().min(3)).try_for_each(|n| scan.page(n).map(drop))
        });
        let outcome = work.expect("a thread").join().expect("no panic comes out");
        let (took, grew) = (start.elapsed(), peak().zip(before).map_or(0, |(now, then)| now - then) >> 20);
        println!("{name}: {took:?}, {grew} MB more, {:?}", outcome.as_ref().map_err(uketsuke::scan::ScanError::reason));
        assert!(took < Duration::from_secs(5), "{name} took {took:?}");
        assert!(grew <= 450, "{name} took {grew} MB");
        if refused.contains(name) {
            assert!(outcome.is_err(), "{name} was read");
            assert!(took < Duration::from_millis(500) && grew <= 50, "{name} took {took:?} and {grew} MB");
        }
    }
}
