//! What `scan` promises: every kind of file a scanner writes gives its pixels, and nothing damaged passes for a page.
//! Walks `tests/data/load`; a new sample there needs no code here.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use flate2::{Compression, write::ZlibEncoder};
use image::{DynamicImage, GrayImage, ImageEncoder, Luma, RgbImage};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use uketsuke::geometry::Dpi;
use uketsuke::image::Raster;
use uketsuke::scan::{Budgets, Page, Scan, ScanError};

fn folder(name: &str) -> Vec<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/load").join(name);
    let mut files: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// What stands before `--` in a sample's name.
fn promise(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().split("--").next().unwrap().to_owned()
}

fn pages(bytes: Vec<u8>) -> Result<Vec<Page>, ScanError> {
    let scan = Scan::open(bytes, &Budgets::default())?;
    (1..=scan.page_count()).map(|number| scan.page(number)).collect()
}

fn only_page(bytes: Vec<u8>) -> Page {
    let mut pages = pages(bytes).unwrap();
    assert_eq!(pages.len(), 1);
    pages.remove(0)
}

/// The reference: the picture from its PNG, decoded by the `image` crate and not by us.
fn reference(name: &str) -> Raster {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/load/pictures/{name}.png"));
    match image::open(path).unwrap() {
        DynamicImage::ImageRgb8(rgb) => Raster::colour(&rgb, Dpi::square(25.4)),
        other => Raster::grey(other.into_luma8(), Dpi::square(25.4)),
    }
}

/// Largest and mean difference of two planes of one size.
fn difference(a: &GrayImage, b: &GrayImage) -> (u8, f64) {
    let each = || a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| a.abs_diff(*b));
    (each().max().unwrap(), each().map(f64::from).sum::<f64>() / a.len() as f64)
}

#[test]
fn every_valid_sample_shows_its_picture() {
    let mut wrong = Vec::new();
    for path in folder("valid") {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let expected = reference(&promise(&path));
        let pages = match pages(fs::read(&path).unwrap()) {
            Ok(pages) => pages,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        for page in pages {
            let raster = &page.raster;
            if raster.dimensions() != expected.dimensions() || raster.has_colour() != expected.has_colour() {
                wrong.push(format!("{name}: {:?}, colour {}", raster.dimensions(), raster.has_colour()));
                continue;
            }
            // JPEG at quality 95 of hard-edged drawings differs by 2 grey levels in the mean, with colour at half
            // resolution by 4 in the red plane; a wrong turn or inversion differs by more than 20.
            let (most, mean) = if name.contains("lossy") { (255, 5.0) } else { (0, 0.0) };
            for (plane, ours, theirs) in [("luma", raster.luma(), expected.luma()), ("pen", raster.pen(), expected.pen())] {
                let (largest, average) = difference(ours, theirs);
                if largest > most || average > mean {
                    wrong.push(format!("{name}: {plane} differs by {largest}, {average:.2} in the mean"));
                }
            }
            let dpi = raster.dpi();
            if (dpi.x - 25.4).abs() > 0.5 || (dpi.y - 25.4).abs() > 0.5 {
                wrong.push(format!("{name}: {dpi:?}"));
            }
            if !page.text_layer.is_empty() {
                wrong.push(format!("{name}: a scan has text {:?}", page.text_layer));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_invalid_sample_is_refused_for_its_reason() {
    let mut wrong = Vec::new();
    for path in folder("invalid") {
        let outcome = pages(fs::read(&path).unwrap());
        let reason = outcome.as_ref().map_or_else(ScanError::reason, |_| "nothing");
        if reason != promise(&path) {
            wrong.push(format!("{}: refused for {reason}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A page with handwriting-like strokes and paper noise, so that no codec can compress it to nothing.
fn noisy(width: u32, height: u32) -> GrayImage {
    let mut state = 1_u32;
    GrayImage::from_fn(width, height, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let ink = (x / 7 + y / 3) % 11 == 0;
        Luma([if ink { 40 } else { 225 } + (state >> 28) as u8])
    })
}

fn jpeg(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 85)
        .write_image(picture.as_bytes(), picture.width(), picture.height(), picture.color().into())
        .unwrap();
    bytes
}

#[test]
fn a_jpeg_that_ends_early_is_never_a_page() {
    let grey = DynamicImage::ImageLuma8(noisy(1240, 1754));
    let colour = DynamicImage::ImageRgb8(grey.to_rgb8());
    for whole in [jpeg(&grey), jpeg(&colour)] {
        assert!(pages(whole.clone()).is_ok());
        for percent in [3, 20, 50, 80, 95, 98] {
            let mut cut = whole[..whole.len() * percent / 100].to_vec();
            assert_eq!(pages(cut.clone()).unwrap_err().reason(), "damaged-file", "cut at {percent} %");
            // As a careless repair would leave it: an end marker behind what is left.
            cut.extend([0xFF, 0xD9]);
            assert_eq!(pages(cut).unwrap_err().reason(), "damaged-file", "cut at {percent} % and closed");
        }
    }
}

#[test]
fn blank_paper_is_not_taken_for_a_jpeg_that_ends_early() {
    for (width, height) in [(1240, 1754), (2480, 3508), (1000, 8), (1001, 17), (8, 4000), (1, 1)] {
        let blank = DynamicImage::ImageLuma8(GrayImage::from_pixel(width, height, Luma([255])));
        let page = only_page(jpeg(&blank));
        assert_eq!(page.raster.dimensions(), (width, height));
        assert!(page.raster.luma().as_raw().iter().all(|v| *v >= 254));
        let colour = only_page(jpeg(&DynamicImage::ImageRgb8(RgbImage::from_pixel(width, height, image::Rgb([255; 3])))));
        assert_eq!(colour.raster.dimensions(), (width, height));
    }
}

fn tiff_of(picture: &GrayImage, dpi: (u32, u32)) -> Vec<u8> {
    use tiff::encoder::{Rational, TiffEncoder, colortype::Gray8};
    use tiff::tags::ResolutionUnit;
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    let mut page = encoder.new_image::<Gray8>(picture.width(), picture.height()).unwrap();
    page.resolution_unit(ResolutionUnit::Inch);
    page.x_resolution(Rational { n: dpi.0, d: 1 });
    page.y_resolution(Rational { n: dpi.1, d: 1 });
    page.write_data(picture.as_raw()).unwrap();
    file.into_inner()
}

#[test]
fn fax_pixels_become_square() {
    for (rows, dpi) in [(1143, 98), (2286, 196)] {
        let page = only_page(tiff_of(&noisy(1728, rows), (204, dpi)));
        let (width, height) = page.raster.dimensions();
        assert_eq!(width, 1728);
        assert!((f64::from(height) - f64::from(rows) * 204.0 / f64::from(dpi)).abs() <= 1.0);
        let got = page.raster.dpi();
        assert!((got.x - 204.0).abs() < 0.01 && (got.y - 204.0).abs() < 0.2, "{got:?}");
        // The sheet keeps its length.
        let inches = f64::from(height) / got.y;
        assert!((inches - f64::from(rows) / f64::from(dpi)).abs() < 1e-9);
    }
}

#[test]
fn a_damaged_tiff_page_costs_that_page_only() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/load/valid/bw--g4-three-pages.tif");
    let mut bytes = fs::read(path).unwrap();
    // The first page's strip starts behind the header: its data become ones, which no Group 4 row begins with.
    bytes[8..40].fill(0);
    let scan = Scan::open(bytes, &Budgets::default()).unwrap();
    assert_eq!(scan.page_count(), 3);
    assert_eq!(scan.page(1).unwrap_err().reason(), "damaged-file");
    let (second, third) = (scan.page(2).unwrap(), scan.page(3).unwrap());
    assert_eq!((second.number, third.number), (2, 3));
    assert_eq!(second.pixels_sha256, third.pixels_sha256);
    assert_eq!(scan.page(4).unwrap_err(), ScanError::NoSuchPage { page: 4, pages: 3 });
    assert_eq!(scan.page(0).unwrap_err().reason(), "no-such-page");
}

#[test]
fn pages_cut_off_at_the_end_of_a_tiff_are_counted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/load/valid/bw--g4-three-pages.tif");
    let bytes = fs::read(path).unwrap();
    let scan = Scan::open(bytes[..bytes.len() / 2].to_vec(), &Budgets::default()).unwrap();
    assert!(scan.page_count() >= 2);
    assert_eq!(scan.page(scan.page_count()).unwrap_err().reason(), "damaged-file");
}

#[test]
fn pages_decode_in_parallel_to_the_same_pixels() {
    fn shared<T: Send + Sync>(_: &T) {}
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/load/valid/grey--object-streams.pdf");
    let scan = Scan::open(fs::read(path).unwrap(), &Budgets::default()).unwrap();
    shared(&scan);
    let alone = scan.page(1).unwrap().pixels_sha256;
    std::thread::scope(|threads| {
        let runs: Vec<_> = (0..4).map(|_| threads.spawn(|| scan.page(1).unwrap().pixels_sha256)).collect();
        assert!(runs.into_iter().all(|run| run.join().unwrap() == alone));
    });
}

#[test]
fn the_same_pixels_have_the_same_hash_in_every_container() {
    let hash = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/load/valid").join(name);
        only_page(fs::read(path).unwrap()).pixels_sha256
    };
    let png = hash("bw--1-bit.png");
    assert_eq!(png.len(), 64);
    for name in ["bw--g4.tif", "bw--g3-2d-fill-order-2.tif", "bw--ccitt-g4.pdf", "bw--jbig2.pdf", "bw--img2pdf-g4.pdf"] {
        assert_eq!(hash(name), png, "{name}");
    }
    assert_ne!(hash("grey--8-bit.png"), png);
}

#[test]
fn budgets_are_held_before_decoding() {
    let whole = jpeg(&DynamicImage::ImageLuma8(noisy(400, 400)));
    let reason = |budgets: Budgets| {
        Scan::open(whole.clone(), &budgets).and_then(|scan| scan.page(1)).map_or_else(|e| e.reason(), |_| "none")
    };
    assert_eq!(reason(Budgets::default()), "none");
    assert_eq!(reason(Budgets { file_bytes: 100, ..Budgets::default() }), "too-large");
    assert_eq!(reason(Budgets { pixels: 159_999, ..Budgets::default() }), "too-large");
    assert_eq!(reason(Budgets { decoded_bytes: 159_999, ..Budgets::default() }), "too-large");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/load/valid/bw--g4-three-pages.tif");
    let few = Budgets { pages: 2, ..Budgets::default() };
    assert_eq!(Scan::open(fs::read(path).unwrap(), &few).unwrap_err().reason(), "too-large");
}

/// A PDF of one page from the bodies of its objects, the first of them the catalogue.
fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.5\n".to_vec();
    let mut places = Vec::new();
    for (index, body) in objects.iter().enumerate() {
        places.push(out.len());
        writeln!(out, "{} 0 obj", index + 1).unwrap();
        out.extend(body);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for place in places {
        writeln!(out, "{place:010} 00000 n ").unwrap();
    }
    write!(out, "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1).unwrap();
    out
}

fn stream(keys: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<< {keys} /Length {} >>\nstream\n", data.len()).into_bytes();
    out.extend(data);
    out.extend(b"\nendstream");
    out
}

/// A4, upright, with a Japanese font and a Latin one, neither of them in the file.
fn written(content: &str, page: &str) -> Vec<u8> {
    let japanese = "<< /Type /Font /Subtype /Type0 /BaseFont /MS-Gothic /Encoding /UniJIS-UCS2-H /DescendantFonts [ \
        << /Type /Font /Subtype /CIDFontType2 /BaseFont /MS-Gothic /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) \
        /Supplement 2 >> /DW 1000 /FontDescriptor << /Type /FontDescriptor /FontName /MS-Gothic /Flags 4 /FontBBox [0 -137 \
        1000 859] /ItalicAngle 0 /Ascent 859 /Descent -140 /CapHeight 769 /StemV 78 >> >> ] >>";
    pdf(&[
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.276 841.89] {page} /Contents 4 0 R /Resources << /Font << \
             /J 5 0 R /L << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
        )
        .into_bytes(),
        stream("", content.as_bytes()),
        japanese.as_bytes().to_vec(),
    ])
}

/// Least value of the luma plane within a rectangle in mm at 300 dpi.
fn darkest(page: &Page, [x, y, w, h]: [f64; 4]) -> u8 {
    let px = |mm: f64| (mm * 300.0 / 25.4) as u32;
    let luma = page.raster.luma();
    (px(y)..px(y + h)).flat_map(|y| (px(x)..px(x + w)).map(move |x| luma.get_pixel(x, y)[0])).min().unwrap()
}

/// An entry that other programs show and this one cannot draw would be read as left out.
#[test]
fn what_was_entered_without_a_picture_of_it_is_refused() {
    let reason = |annotation: &str| {
        let bytes = written("", &format!("/Annots [ << /Type /Annot /Rect [100 500 300 520] {annotation} >> ]"));
        pages(bytes).err().map(|error| error.reason())
    };
    assert_eq!(reason("/Subtype /Widget /FT /Tx /V (Sakura Clinic)"), Some("unsupported"));
    assert_eq!(reason("/Subtype /Widget /Parent << /FT /Btn /V /Yes >>"), Some("unsupported"));
    assert_eq!(reason("/Subtype /FreeText /Contents (Sakura Clinic)"), Some("unsupported"));
    assert_eq!(reason("/Subtype /StrikeOut"), Some("unsupported"));
    for nothing in
        ["/Subtype /Widget /FT /Tx", "/Subtype /Widget /FT /Tx /V ()", "/Subtype /Widget /FT /Btn /V /Off", "/Subtype /Link"]
    {
        assert_eq!(reason(nothing), None, "{nothing}");
    }
    assert_eq!(reason("/Subtype /FreeText /Contents (Sakura Clinic) /F 2"), None, "hidden");
}

#[test]
fn a_born_digital_page_is_drawn_with_its_words_in_place() {
    // 医療機関コード at 20 mm from the left, its baseline 40 mm from the top, 12 pt.
    let utf16 = "533B 7642 6A5F 95A2 30B3 30FC 30C9";
    let at = |mm: f64| mm / 25.4 * 72.0;
    let content = format!(
        "BT /J 12 Tf 1 0 0 1 {} {} Tm <{utf16}> Tj ET BT /L 10 Tf 1 0 0 1 {} {} Tm (Reader 0150268) Tj ET",
        at(20.0),
        841.89 - at(40.0),
        at(100.0),
        841.89 - at(200.0)
    );
    let page = only_page(written(&content, ""));
    assert_eq!(page.raster.dimensions(), (2480, 3508));
    assert!((page.raster.dpi().x - 300.0).abs() < 1e-9);
    assert!(!page.raster.has_colour());
    let texts: Vec<&str> = page.text_layer.iter().map(|run| run.text.as_str()).collect();
    assert_eq!(texts, ["医療機関コード", "Reader 0150268"]);
    let area = page.text_layer[0].area;
    assert!((area.x - 20.0).abs() < 0.05 && area.y < 40.0 && area.bottom() > 40.0, "{area:?}");
    // Seven characters of 12 pt.
    assert!((area.w - 7.0 * 12.0 / 72.0 * 25.4).abs() < 0.1, "{area:?}");
    assert!(darkest(&page, area.into()) < 80, "the characters are drawn, though their font is not in the file");
    assert_eq!(darkest(&page, [100.0, 60.0, 50.0, 50.0]), 255);

    // The second extractor reads the Latin words alike; on the Japanese ones it panics, which is why it comes second.
    let latin = written("BT /L 10 Tf 1 0 0 1 100 500 Tm (Reader 0150268) Tj ET", "");
    let theirs = pdf_extract::extract_text_from_mem(&latin).unwrap();
    assert_eq!(theirs.trim(), only_page(latin).text_layer[0].text);
}

#[test]
fn words_on_a_turned_page_stand_where_they_are_seen() {
    // 30 mm from the left and 50 mm from the bottom of the unturned page: 50 mm from the left and 30 mm from the top
    // once it is turned a quarter clockwise.
    let at = |mm: f64| mm / 25.4 * 72.0;
    let content = format!("BT /L 10 Tf 1 0 0 1 {} {} Tm (Reader) Tj ET", at(30.0), at(50.0));
    let page = only_page(written(&content, "/Rotate 90"));
    assert_eq!(page.raster.dimensions(), (3508, 2480));
    let area = page.text_layer[0].area;
    assert!(area.h > area.w, "the words run down the page");
    assert!((area.y - 30.0).abs() < 0.1 && area.x < 50.0 && area.right() > 50.0, "{area:?}");
    assert!(darkest(&page, area.into()) < 80);
}

#[test]
fn cells_of_a_table_are_runs_of_their_own() {
    let content = "BT /L 10 Tf 1 0 0 1 100 500 Tm (12) Tj 1 0 0 1 200 500 Tm (34) Tj ET";
    let page = only_page(written(content, ""));
    let texts: Vec<&str> = page.text_layer.iter().map(|run| run.text.as_str()).collect();
    assert_eq!(texts, ["12", "34"]);
}

#[test]
fn a_flate_bomb_ends_at_the_limit() {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let block = vec![b' '; 1 << 20];
    (0..450).for_each(|_| encoder.write_all(&block).unwrap());
    let bomb = encoder.finish().unwrap();
    let bare = |contents: Vec<u8>| {
        pdf(&[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << >> >>".to_vec(),
            contents,
        ])
    };
    let reason = |bytes: Vec<u8>| pages(bytes).map_or_else(|e| e.reason(), |_| "none");
    assert_eq!(reason(bare(stream("/Filter /FlateDecode", &bomb))), "too-large");
    // The same in an object stream, which is inflated on opening.
    let objects = stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", &bomb);
    assert_eq!(reason(pdf(&[b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(), objects])), "too-large");
}

#[test]
fn an_answer_says_what_to_do() {
    for path in folder("invalid") {
        let error = pages(fs::read(&path).unwrap()).unwrap_err();
        let text = error.to_string();
        assert!(["again", "send", "save", "scan at"].iter().any(|advice| text.contains(advice)), "{text}");
    }
}
