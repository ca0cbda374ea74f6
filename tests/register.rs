//! Registration's promises: fields found where they are, skew told, foreign and blank pages and other editions never placed.

mod warp;

use image::{GrayImage, Luma};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;
use std::sync::OnceLock;
use uketsuke::form::catalogue::Catalogue;
use uketsuke::geometry::{Dpi, PointMm, RectMm, Rotation};
use uketsuke::image::Raster;
use uketsuke::register::{References, RegisterSettings, Registered, Unplaced, explain, locate};
use uketsuke::sheet::{Align, Font, Item, Sheet, TextItem, raster};
use warp::{Damage, drawn, scanned};

fn catalogue() -> &'static Catalogue {
    static FORMS: OnceLock<Catalogue> = OnceLock::new();
    FORMS.get_or_init(|| Catalogue::built_in().expect("the built-in forms are valid"))
}

fn references() -> &'static References {
    static PAGES: OnceLock<References> = OnceLock::new();
    PAGES.get_or_init(|| References::prepare(catalogue()).expect("the built-in blanks are usable"))
}

fn form(id: &str, edition: &str) -> usize {
    catalogue().forms().iter().position(|f| f.id.0 == id && f.edition == edition).expect("a built-in form")
}

fn find(raster: &Raster) -> Result<Registered, Unplaced> {
    locate(raster, references(), &RegisterSettings::default())
}

/// Field-centre errors in mm of a page that must be placed rightly; none where it was refused.
fn errors(index: usize, page: usize, d: &Damage, seed: u64) -> Option<Vec<f64>> {
    let form = &catalogue().forms()[index];
    let scan = scanned(&drawn(form, page, d.filled.then_some(seed)), d, seed);
    let found = find(&scan.raster).ok()?;
    assert_eq!((found.form, found.page), (index, page), "{d:?}");
    assert_eq!(u32::from(found.rotation.degrees()), d.quarter_turns * 90, "{d:?}");
    assert_eq!(found.field_residual_mm.len(), form.fields_on(page).count());
    let k = d.dpi / 25.4;
    let error = |p: PointMm| {
        let (t, m) = (scan.truth(p), found.map.to_px(p));
        (t.0 - m.x).hypot(t.1 - m.y) / k
    };
    Some(form.fields_on(page).map(|f| error(f.bounds().centre())).collect())
}

fn placed_within(d: &Damage, limit_mm: f64) {
    for (index, page) in [("reader-request", "2021-03", 1), ("intent-survey", "2021-03", 1)].map(|(id, e, p)| (form(id, e), p)) {
        let errors = errors(index, page, d, 5).unwrap_or_else(|| panic!("refused: {d:?}"));
        let worst = errors.iter().fold(0.0_f64, |a, b| a.max(*b));
        assert!(worst <= limit_mm, "{worst} mm: {d:?}");
    }
}

/// Pages are drawn and found at 200 dpi where nothing depends on resolution: half the time of 300.
fn plain() -> Damage {
    Damage { dpi: 200.0, ..Damage::default() }
}

#[test]
fn a_page_is_found_whichever_way_up_it_lies() {
    for quarter_turns in 0..4 {
        placed_within(&Damage { quarter_turns, skew_deg: 1.3, ..plain() }, 0.1);
    }
}

#[test]
fn skew_of_fifteen_degrees_and_unequal_scales_are_undone() {
    placed_within(&Damage { skew_deg: 14.8, scale: (0.96, 1.0), ..plain() }, 0.1);
    placed_within(&Damage { skew_deg: -12.0, scale: (1.05, 0.93), ..plain() }, 0.1);
    placed_within(&Damage { scale: (0.86, 0.86), ..plain() }, 0.1);
    placed_within(&Damage { scale: (1.13, 0.98), quarter_turns: 3, ..plain() }, 0.1);
}

#[test]
fn a_shift_of_two_centimetres_and_a_cut_edge_lose_no_field_that_is_there() {
    placed_within(&Damage { shift_mm: (20.0, -20.0), ..plain() }, 0.1);
    placed_within(&Damage { glass_mm: (210.0, 262.0), skew_deg: 0.7, ..plain() }, 0.1);
}

#[test]
fn a_small_sheet_on_a_large_glass_is_found_in_its_corner() {
    placed_within(&Damage { glass_mm: (420.0, 297.0), shift_mm: (-95.0, 5.0), ..plain() }, 0.1);
    placed_within(&Damage { glass_mm: (250.0, 330.0), surround: 20, skew_deg: 3.0, ..plain() }, 0.1);
}

#[test]
fn a_photograph_at_an_angle_is_found_on_a_dark_table_in_uneven_light() {
    let table = Damage { dpi: 250.0, glass_mm: (300.0, 390.0), surround: 60, noise: 5.0, blur: 1, ..Damage::default() };
    placed_within(&Damage { tilt: (0.3, -0.2), skew_deg: 8.0, dusk: 0.4, ..table }, 1.0);
    placed_within(&Damage { tilt: (-0.25, 0.3), skew_deg: -10.0, quarter_turns: 1, ..table }, 1.0);
}

#[test]
fn a_photograph_half_in_shadow_or_small_in_its_picture_is_found() {
    let table = Damage { dpi: 200.0, glass_mm: (340.0, 440.0), surround: 120, ..Damage::default() };
    placed_within(&Damage { tilt: (0.3, -0.2), skew_deg: 5.0, shadow: 0.4, ..table }, 1.0);
    placed_within(&Damage { glass_mm: (380.0, 500.0), surround: 150, skew_deg: -7.0, shadow: 0.3, ..table }, 0.3);
}

#[test]
fn soiled_and_copied_pages_are_found() {
    placed_within(&Damage { noise: 30.0, pepper: 0.02, blur: 1, ..plain() }, 0.1);
    placed_within(&Damage { contrast: 0.3, noise: 6.0, ..plain() }, 0.1);
    placed_within(&Damage { thicken: 2, bitonal: Some(150), ..plain() }, 0.15);
    placed_within(&Damage { thicken: -1, broken: 0.3, bitonal: Some(180), ..plain() }, 0.15);
    placed_within(&Damage { dpi: 204.0, fax: true, bitonal: Some(170), ..Damage::default() }, 0.15);
}

#[test]
fn folds_and_perspective_are_followed() {
    placed_within(&Damage { fold_mm: 0.8, fold_shadow: 0.5, ..plain() }, 0.3);
    placed_within(&Damage { tilt: (0.05, -0.06), skew_deg: 2.0, ..plain() }, 0.15);
}

#[test]
fn a_sheet_that_curls_is_followed_to_its_foot() {
    placed_within(&Damage { curl_mm: 6.0, skew_deg: 1.0, ..plain() }, 0.3);
    placed_within(&Damage { curl_mm: -4.0, tilt: (0.1, 0.05), ..plain() }, 0.3);
}

#[test]
fn a_photographed_sheet_that_bulges_is_followed_along_its_bowed_edges() {
    let table = Damage { dpi: 200.0, glass_mm: (300.0, 390.0), surround: 60, noise: 4.0, blur: 1, ..Damage::default() };
    placed_within(&Damage { bow_mm: 12.0, tilt: (0.15, -0.1), skew_deg: 4.0, ..table }, 1.0);
    placed_within(&Damage { bow_mm: -14.0, curl_mm: 5.0, skew_deg: -6.0, dusk: 0.3, ..table }, 1.0);
}

#[test]
fn black_bars_that_are_not_the_forms_do_not_hide_where_it_lies() {
    for seed in 0..4_u32 {
        let (index, page) = (form("intent-survey", "2021-03"), 1);
        let mut drawn = drawn(&catalogue().forms()[index], page, Some(3));
        for (x, y) in (0..2).flat_map(|bar| (0..110).map(move |dy| (bar, dy))).flat_map(|(bar, dy)| {
            let top = 250 + 1100 * bar + 170 * seed + dy;
            (0..2480).map(move |x| (x, top))
        }) {
            drawn.put_pixel(x, y, Luma([10]));
        }
        let scan = scanned(&drawn, &Damage { skew_deg: 2.0, ..plain() }, 1);
        let found = find(&scan.raster).unwrap_or_else(|why| panic!("{seed}: {why:?}"));
        let centre = PointMm { x: 105.0, y: 148.0 };
        let (t, m) = (scan.truth(centre), found.map.to_px(centre));
        assert!(found.form == index && (t.0 - m.x).hypot(t.1 - m.y) < 2.0, "{seed}");
    }
}

#[test]
fn skew_is_told_to_a_fiftieth_of_a_degree() {
    for skew_deg in [-13.0, -1.37, 0.0, 0.21, 4.4] {
        let f = form("usage-application", "2020-12");
        let scan = scanned(&drawn(&catalogue().forms()[f], 2, Some(1)), &Damage { skew_deg, quarter_turns: 2, ..plain() }, 3);
        let found = find(&scan.raster).expect("placed");
        assert_eq!(found.rotation, Rotation::R180);
        assert!((found.skew_deg - skew_deg).abs() < 0.02, "{} for {skew_deg}", found.skew_deg);
    }
}

#[test]
fn a_wrong_resolution_in_the_file_does_no_harm() {
    let f = form("reader-request", "2021-03");
    let scan = scanned(&drawn(&catalogue().forms()[f], 1, None), &plain(), 3);
    for dpi in [72.0, 96.0, 300.0, 600.0] {
        let found = find(&Raster::grey(scan.raster.luma().clone(), Dpi::square(dpi)));
        let found = found.unwrap_or_else(|e| panic!("{dpi} dpi: {e:?}"));
        let p = PointMm { x: 105.0, y: 150.0 };
        let (t, m) = (scan.truth(p), found.map.to_px(p));
        assert!((t.0 - m.x).hypot(t.1 - m.y) < 2.0, "{dpi} dpi");
    }
}

#[test]
fn every_field_near_print_has_a_residual_and_fields_off_the_page_have_none() {
    let index = form("reader-request", "2021-03");
    let whole = scanned(&drawn(&catalogue().forms()[index], 1, None), &plain(), 3);
    let found = find(&whole.raster).expect("placed");
    assert!(found.field_residual_mm.iter().all(|r| r.is_some_and(|r| r < 0.2)), "{:?}", found.field_residual_mm);
    let cut = scanned(
        &drawn(&catalogue().forms()[index], 1, None),
        &Damage { glass_mm: (210.0, 250.0), shift_mm: (0.0, -23.0), ..plain() },
        3,
    );
    if let Ok(found) = find(&cut.raster) {
        let form = &catalogue().forms()[index];
        for (field, residual) in form.fields_on(1).zip(&found.field_residual_mm) {
            let gone = cut.truth(field.bounds().centre()).1 < 0.0;
            assert!(!gone || residual.is_none(), "{} lies off the page", field.id);
        }
    }
}

#[test]
fn two_editions_of_one_form_are_told_apart() {
    for edition in ["2020-11", "2021-03"] {
        let index = form("reader-request", edition);
        for d in [plain(), Damage { skew_deg: 3.0, noise: 20.0, ..plain() }, Damage { thicken: 2, bitonal: Some(150), ..plain() }]
        {
            let scan = scanned(&drawn(&catalogue().forms()[index], 1, Some(9)), &d, 9);
            let found = find(&scan.raster).unwrap_or_else(|e| panic!("{edition}: {e:?}"));
            assert_eq!(found.form, index, "{edition}");
        }
    }
}

#[test]
fn an_edition_we_do_not_have_is_refused_by_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("forms/reader-request");
    let only_new = Catalogue::default().with_dir(&folder).expect("one form");
    let references = References::prepare(&only_new).expect("usable");
    let old = &catalogue().forms()[form("reader-request", "2020-11")];
    for d in [plain(), Damage { skew_deg: -4.0, contrast: 0.5, ..plain() }] {
        let scan = scanned(&drawn(old, 1, Some(2)), &d, 2);
        let said = locate(&scan.raster, &references, &RegisterSettings::default());
        assert_eq!(said.err(), Some(Unplaced::OtherEdition { title: old.title.clone() }));
    }
}

// Pages that are none of our forms.

const PROSE: &str = "平素より格別のご高配を賜り厚く御礼申し上げます。さて、このたび当会では会員の皆様に下記のとおりご案内申し上げます。\
ご多用のところ誠に恐縮ではございますが、何卒ご出席くださいますようお願い申し上げます。なお、準備の都合がございますので、\
同封の葉書にて来る十五日までにご返信くださいますようお願いいたします。";

fn text(x: f64, y: f64, size: f64, words: &str, wrap: f64) -> Item {
    Item::Text(TextItem {
        text: words.into(),
        at: [x, y],
        size,
        font: Font::Mincho,
        align: Align::Left,
        spacing: 0.0,
        wrap: Some(wrap),
        leading: size * 0.6,
    })
}

fn line(x1: f64, y1: f64, x2: f64, y2: f64) -> Item {
    Item::Line { line: [x1, y1, x2, y2], width: 0.2, dash: None }
}

fn page(items: Vec<Item>) -> Raster {
    let sheet = Sheet { width_mm: 210.0, height_mm: 297.0, items };
    Raster::grey(raster::draw(&sheet, Dpi::square(200.0)), Dpi::square(200.0))
}

fn ruled(rows: usize, columns: usize, words: bool) -> Raster {
    let (h, w) = (250.0 / rows as f64, 180.0 / columns as f64);
    let mut items: Vec<Item> = (0..=rows).map(|r| line(15.0, 20.0 + r as f64 * h, 195.0, 20.0 + r as f64 * h)).collect();
    items.extend((0..=columns).map(|c| line(15.0 + c as f64 * w, 20.0, 15.0 + c as f64 * w, 270.0)));
    if words {
        let cells = (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c)));
        items.extend(cells.map(|(r, c)| {
            let from: String = PROSE.chars().cycle().skip(r * 7 + c * 13).take(4).collect();
            text(16.0 + c as f64 * w, 20.0 + (r as f64 + 0.7) * h, 9.0, &from, w)
        }));
    }
    page(items)
}

fn foreign() -> Vec<(&'static str, Raster)> {
    let dense = PROSE.repeat(14);
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let noise = GrayImage::from_fn(1654, 2339, |_, _| Luma([rng.random()]));
    let photo = GrayImage::from_fn(1654, 2339, |x, y| {
        let (x, y) = (f64::from(x) / 90.0, f64::from(y) / 130.0);
        Luma([(128.0 + 60.0 * x.sin() * y.cos() + 50.0 * (x * 0.7 + y).sin()) as u8])
    });
    let grey = |g: GrayImage| Raster::grey(g, Dpi::square(200.0));
    let letter = vec![
        text(130.0, 30.0, 10.5, "令和三年三月三日", 60.0),
        text(20.0, 70.0, 10.5, &PROSE.repeat(3), 170.0),
        text(95.0, 190.0, 10.5, "記", 20.0),
    ];
    let list = (0..12)
        .map(|i| text(25.0, 40.0 + 18.0 * f64::from(i), 11.0, &format!("{}　ある　　ない　（　　　　　）", i + 1), 160.0))
        .collect();
    let receipt = (0..40)
        .map(|i| text(60.0, 20.0 + 6.0 * f64::from(i), 9.0, &format!("品目{i:02}　　　　　{}円", i * 137), 90.0))
        .collect();
    vec![
        ("letter", page(letter)),
        ("dense text", page(vec![text(15.0, 20.0, 9.0, &dense, 180.0)])),
        ("large text", page(vec![text(20.0, 30.0, 22.0, &PROSE.repeat(2), 170.0)])),
        ("numbered list", page(list)),
        ("receipt", page(receipt)),
        ("ledger", ruled(32, 1, false)),
        ("graph paper", ruled(50, 36, false)),
        ("table", ruled(24, 5, true)),
        ("wide table", ruled(9, 3, true)),
        ("photograph", grey(photo)),
        ("noise", grey(noise)),
        ("black", grey(GrayImage::from_pixel(1654, 2339, Luma([3])))),
    ]
}

#[test]
fn foreign_pages_are_never_placed() {
    for (name, raster) in foreign() {
        let said = find(&raster).err();
        assert!(matches!(said, Some(Unplaced::UnknownForm | Unplaced::Blank)), "{name}: {said:?}");
        assert!(said != Some(Unplaced::Blank) || name == "black", "{name} is not blank");
    }
}

#[test]
fn a_form_seen_in_a_mirror_is_no_form() {
    let drawn = drawn(&catalogue().forms()[form("reader-request", "2021-03")], 1, None);
    let scan = scanned(&image::imageops::flip_horizontal(&drawn), &plain(), 1);
    assert!(matches!(find(&scan.raster), Err(Unplaced::UnknownForm)));
}

#[test]
fn print_moved_by_a_row_within_the_page_is_not_read_from_the_wrong_place() {
    // The lower half of the sheet was copied 9 mm too high: every anchor there is a row away. Or another sheet lies over it.
    let index = form("reader-request", "2021-03");
    let whole = drawn(&catalogue().forms()[index], 1, None);
    for mm in [2.5, 4.0, 5.5, 9.0] {
        let mut moved = whole.clone();
        for y in 1750..3400 {
            for x in 0..whole.width() {
                moved.put_pixel(x, y - (mm / 25.4 * 300.0) as u32, *whole.get_pixel(x, y));
            }
        }
        let scan = scanned(&moved, &plain(), 1);
        assert!(find(&scan.raster).is_err(), "{mm} mm");
    }
}

// Blank pages.

fn blanks() -> Vec<(&'static str, Raster)> {
    let white = || GrayImage::from_pixel(1654, 2339, Luma([250]));
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let mut dust = white();
    for _ in 0..60 {
        let (x, y) = (rng.random_range(0..1650), rng.random_range(0..2330));
        (0..9).for_each(|i| dust.put_pixel(x + i % 3, y + i / 3, Luma([60])));
    }
    let mut streak = white();
    (0..2339).for_each(|y| (700..703).for_each(|x| streak.put_pixel(x, y, Luma([90]))));
    let mut holes = white();
    let disc = |g: &mut GrayImage, cx: i64, cy: i64| {
        let spots =
            (-24..=24_i64).flat_map(|dy| (-24..=24_i64).map(move |dx| (dx, dy))).filter(|(dx, dy)| dx * dx + dy * dy < 560);
        spots.for_each(|(dx, dy)| g.put_pixel((cx + dx) as u32, (cy + dy) as u32, Luma([10])));
    };
    disc(&mut holes, 95, 850);
    disc(&mut holes, 95, 1480);
    (0..90).for_each(|i| (0..5).for_each(|j| holes.put_pixel(60 + i, 50 + i / 2 + j, Luma([30]))));
    let grainy = GrayImage::from_fn(1654, 2339, |_, _| Luma([rng.random_range(215..255)]));
    let all = [("white", white()), ("dust", dust), ("streak", streak), ("holes and a staple", holes), ("grain", grainy)];
    all.map(|(n, g)| (n, Raster::grey(g, Dpi::square(200.0)))).into()
}

#[test]
fn blank_backs_are_blank() {
    for (name, raster) in blanks() {
        assert_eq!(find(&raster).err(), Some(Unplaced::Blank), "{name}");
    }
}

#[test]
fn print_showing_through_leaves_a_back_blank() {
    for contrast in [0.08, 0.15, 0.2] {
        let drawn = drawn(&catalogue().forms()[form("intent-survey", "2021-03")], 1, None);
        let scan = scanned(&image::imageops::flip_horizontal(&drawn), &Damage { contrast, blur: 2, noise: 3.0, ..plain() }, 1);
        assert_eq!(find(&scan.raster).err(), Some(Unplaced::Blank), "{contrast}");
    }
}

#[test]
fn a_blank_form_and_a_faint_form_are_forms() {
    for contrast in [1.0, 0.25, 0.15] {
        let index = form("intent-survey", "2021-03");
        let scan = scanned(&drawn(&catalogue().forms()[index], 1, None), &Damage { contrast, noise: 2.0, ..plain() }, 1);
        assert_eq!(find(&scan.raster).map(|r| r.form), Ok(index), "{contrast}");
    }
}

#[test]
fn a_word_on_the_back_is_not_blank() {
    let mut back = GrayImage::from_pixel(2480, 3508, Luma([250]));
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    warp::scribble(&mut back, &RectMm::new(60.0, 100.0, 40.0, 8.0), &mut rng);
    assert_eq!(find(&Raster::grey(back, Dpi::square(300.0))).err(), Some(Unplaced::UnknownForm));
}

#[test]
fn the_same_page_gives_the_same_numbers_and_pictures() {
    let index = form("usage-application", "2020-12");
    let scan = scanned(&drawn(&catalogue().forms()[index], 1, Some(1)), &Damage { skew_deg: 2.0, noise: 9.0, ..plain() }, 1);
    let (a, b) = (find(&scan.raster).expect("placed"), find(&scan.raster).expect("placed"));
    assert_eq!((a.map, a.field_residual_mm), (b.map, b.field_residual_mm));
    let pictures = explain(&scan.raster, references(), &RegisterSettings::default());
    assert_eq!(pictures.iter().map(|p| p.0.as_str()).collect::<Vec<_>>(), ["1-ink", "2-candidates", "3-anchors", "4-fields"]);
}
