//! What is printed is what is read: a sheet written as PDF and rasterised by a PDF reader is the sheet drawn as pixels;
//! its text can be copied; what cannot be printed is said.

use ::image::{GrayImage, Luma};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use uketsuke::form::catalogue::Catalogue;
use uketsuke::form::draw;
use uketsuke::geometry::{Dpi, RectMm};
use uketsuke::pdf::{self, PdfError};
use uketsuke::sheet::{Align, Font, Item, Sheet, TextItem, raster};

const DPI: f64 = 150.0;

fn text(text: &str, at: [f64; 2], font: Font) -> TextItem {
    TextItem { text: text.to_owned(), at, size: 12.0, font, align: Align::Left, spacing: 0.0, wrap: None, leading: 7.0 }
}

fn sheet() -> Sheet {
    let picture =
        GrayImage::from_fn(60, 40, |x, y| Luma([if (10..30).contains(&x) && (10..30).contains(&y) { 20 } else { 230 }]));
    let items = vec![
        Item::Text(text("顔認証付きカードリーダー提供申請書 Sma-pa 0123456789", [10.0, 20.0], Font::Mincho)),
        Item::Text(TextItem {
            spacing: 1.5,
            align: Align::Centre,
            ..text("受付番号\n保険医療機関等", [80.0, 35.0], Font::Gothic)
        }),
        Item::Text(TextItem {
            wrap: Some(60.0),
            align: Align::Right,
            ..text(&"折り返す文、".repeat(8), [140.0, 55.0], Font::Mincho)
        }),
        Item::Line { line: [10.0, 90.0, 120.0, 90.0], width: 0.5, dash: None },
        Item::Line { line: [10.0, 95.0, 120.0, 110.0], width: 0.3, dash: None },
        Item::Line { line: [10.0, 115.0, 120.0, 115.0], width: 0.6, dash: Some([3.0, 2.0]) },
        Item::Rect { rect: RectMm::new(20.0, 120.0, 40.0, 15.0), width: 0.4, fill: Some(0.8) },
        Item::Rect { rect: RectMm::new(70.0, 120.0, 8.0, 15.0), width: 0.0, fill: Some(0.0) },
        Item::Picture { rect: RectMm::new(90.0, 120.0, 30.0, 20.0), pixels: picture },
    ];
    Sheet { width_mm: 152.4, height_mm: 152.4, items }
}

/// Page `page` (from 0) of a PDF as a PDF reader shows it.
fn shown(bytes: &[u8], page: usize) -> GrayImage {
    let pdf = Pdf::new(bytes.to_vec()).expect("a PDF");
    let scale = (DPI / 72.0) as f32;
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let render_settings = RenderSettings { hinting: false, ..RenderSettings::default() };
    let cache = RenderCache::new();
    let pixmap = render(&pdf.pages()[page], &cache, &InterpreterSettings::default(), &render_settings, &settings);
    let (w, h) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    let grey: Vec<u8> = pixmap.data_as_u8_slice().chunks_exact(4).map(|p| p[0]).collect();
    GrayImage::from_raw(w, h, grey).expect("four bytes a pixel")
}

/// Share of dark pixels of `a` that have no dark pixel of `b` within a pixel.
fn astray(a: &GrayImage, b: &GrayImage) -> f64 {
    let (w, h) = (a.width().min(b.width()), a.height().min(b.height()));
    let near = |x: u32, y: u32| {
        let (xs, ys) = (x.saturating_sub(1)..(x + 2).min(w), y.saturating_sub(1)..(y + 2).min(h));
        xs.into_iter().any(|x| ys.clone().any(|y| b.get_pixel(x, y)[0] < 160))
    };
    let dark: Vec<(u32, u32)> =
        (0..h).flat_map(|y| (0..w).map(move |x| (x, y))).filter(|&(x, y)| a.get_pixel(x, y)[0] < 110).collect();
    assert!(dark.len() > 500, "there is something to compare");
    dark.iter().filter(|&&(x, y)| !near(x, y)).count() as f64 / dark.len() as f64
}

fn assert_same(name: &str, sheet: &Sheet) {
    let bytes = pdf::write(std::slice::from_ref(sheet), name).expect("the sheet can be written");
    let (printed, drawn) = (shown(&bytes, 0), raster::draw(sheet, Dpi::square(DPI)));
    let (more, less) = (astray(&printed, &drawn), astray(&drawn, &printed));
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    printed.save(folder.join(format!("{name}-printed.png"))).expect("the folder is there");
    drawn.save(folder.join(format!("{name}-drawn.png"))).expect("the folder is there");
    assert!(more < 0.002 && less < 0.002, "{name}: {more} only in the PDF, {less} only in the picture");
}

#[test]
fn the_pdf_of_a_sheet_shows_what_the_raster_draws() {
    assert_same("everything", &sheet());
}

#[test]
fn the_blanks_of_the_built_in_forms_print_as_they_are_drawn() {
    let catalogue = Catalogue::built_in().expect("the built-in forms have no mistake");
    for form in catalogue.forms().iter().filter(|f| f.superseded_by.is_none()) {
        for page in 1..=form.pages.len() {
            assert_same(&format!("{}-{page}", form.id), &draw::blank(form, page));
        }
    }
}

#[test]
fn text_can_be_copied_and_subsets_keep_the_file_small() {
    let bytes = pdf::write(&[sheet(), sheet()], "題名").expect("the sheets can be written");
    let copied: String = pdf_extract::extract_text_from_mem(&bytes).expect("text").split_whitespace().collect();
    assert!(copied.contains("顔認証付きカードリーダー提供申請書Sma-pa0123456789"), "{copied}");
    assert!(copied.contains("受付番号") && copied.contains("保険医療機関等"), "{copied}");
    assert!(bytes.len() < 60_000, "{} bytes", bytes.len());
}

#[test]
fn the_same_sheets_are_the_same_bytes_whatever_was_written_before() {
    let first = pdf::write(&[sheet()], "a").expect("written");
    pdf::write(&[sheet(), sheet()], "b").expect("written");
    assert!(first == pdf::write(&[sheet()], "a").expect("written"));
    assert!(first != pdf::write(&[sheet()], "c").expect("written"));
}

#[test]
fn sheets_written_in_parts_show_what_they_show_alone() {
    let worded = |words: &str, font| Sheet { items: vec![Item::Text(text(words, [10.0, 20.0], font))], ..sheet() };
    let first = worded("表紙", Font::Gothic);
    let others = [sheet(), worded("受付番号の後に来る字、鬱", Font::Mincho), worded("鬱を含む別の字、龍", Font::Mincho), sheet()];
    let mut document = pdf::Document::default();
    for part in [&others[..1], &others[1..1], &others[1..3], &others[3..]] {
        document.append(part).expect("the sheets can be drawn");
    }
    document.prepend(std::slice::from_ref(&first)).expect("the sheet can be drawn");
    let bytes = document.finish("部分").expect("the document can be written");
    for (page, sheet) in std::iter::once(&first).chain(&others).enumerate() {
        let alone = pdf::write(std::slice::from_ref(sheet), "一枚").expect("the sheet can be written");
        assert!(shown(&bytes, page) == shown(&alone, 0), "page {page}");
    }
    let copied: String = pdf_extract::extract_text_from_mem(&bytes).expect("text").split_whitespace().collect();
    assert!(copied.starts_with("表紙") && copied.contains("後に来る字、鬱") && copied.contains("別の字、龍"), "{copied}");
}

#[test]
fn a_character_without_a_shape_is_said_and_not_dropped() {
    let lacking = Sheet { items: vec![Item::Text(text("\u{e001}田\t", [10.0, 10.0], Font::Mincho))], ..sheet() };
    let Err(PdfError::MissingCharacters(missing)) = pdf::write(&[sheet(), lacking], "") else { panic!("not said") };
    let characters: Vec<char> = missing.iter().map(|m| m.character).collect();
    assert_eq!(characters, ['\u{e001}', '\t']);
    assert_eq!(missing[0].sheet, 2);
    assert_eq!(pdf::write(&[], ""), Err(PdfError::NoSheets));
}
