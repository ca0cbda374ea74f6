//! `uketsuke explain`: numbered pictures of what every stage saw of a file.

use super::args::{Delivery, ExplainArgs};
use super::messages::say;
use super::run::Workshop;
use super::{Failure, INPUT, OUTPUT, print};
use crate::form::Form;
use crate::geometry::{Dpi, RectMm};
use crate::read::picture::Seen;
use crate::record::decide::decide;
use crate::record::{FieldRecord, State, Value};
use crate::register::{RegisterSettings, Registered, locate};
use crate::scan::{Budgets, Page, Scan};
use crate::sheet::{Align, Font, Item, Sheet, TextItem, raster};
use crate::whole::private_folder;
use image::{GrayImage, Rgb, RgbImage};
use imageproc::drawing::draw_line_segment_mut;
use std::path::Path;

/// Writes the pictures of every page.
pub(super) fn run(args: &ExplainArgs) -> Result<u8, Failure> {
    let shown = args.scan.display();
    let bytes = std::fs::read(&args.scan).map_err(|e| Failure::new(INPUT, format!("{shown}: {e}")))?;
    let nothing = Delivery { master: None, received: None, postmarked: None };
    let workshop = Workshop::open(&args.forms, &nothing, "explain".to_owned())?;
    let scan = Scan::open(bytes, &Budgets::default()).map_err(|e| Failure::new(INPUT, format!("{shown}: {e}")))?;
    private_folder(&args.out).map_err(|e| Failure::new(OUTPUT, e))?;
    for number in 1..=scan.page_count() {
        let prefix = if scan.page_count() == 1 { String::new() } else { format!("p{number}-") };
        match scan.page(number) {
            Ok(page) => explain_page(&workshop, &page, &args.out, &prefix)?,
            Err(e) => print(&format!("{} {number}: {e}\n", say("page", "ページ")))?,
        }
    }
    print(&format!("{}: {}\n", say("pictures in", "画像の出力先"), args.out.display()))?;
    Ok(0)
}

fn explain_page(workshop: &Workshop, page: &Page, out: &Path, prefix: &str) -> Result<(), Failure> {
    save_grey(page.raster.luma(), &out.join(format!("{prefix}1-loaded.png")))?;
    let reader = workshop.reader();
    let desk = workshop.desk(&reader);
    for (name, picture) in crate::register::explain(&page.raster, desk.references(), &RegisterSettings::default()) {
        let path = out.join(format!("{prefix}2-located-{name}.png"));
        picture.save(&path).map_err(|e| Failure::new(OUTPUT, format!("{}: {e}", path.display())))?;
    }
    let registered = match locate(&page.raster, desk.references(), &RegisterSettings::default()) {
        Ok(registered) => registered,
        Err(why) => return print(&format!("{} {}: {why:?}\n", say("page", "ページ"), page.number)),
    };
    let form = &workshop.catalogue.forms()[registered.form];
    let readings = reader.read(page, &registered);
    let fields: Vec<FieldRecord> =
        form.fields_on(registered.page).zip(&readings).map(|(f, r)| decide(f, r, &form.policy)).collect();
    let located = outlined(page, &registered, form, &fields);
    located.save(out.join(format!("{prefix}3-read.png"))).map_err(|e| Failure::new(OUTPUT, e))?;
    let seen = reader.see(page, &registered);
    for (i, sheet) in contact_sheets(form, &seen, &fields).iter().enumerate() {
        let path = out.join(format!("{prefix}4-fields-{}.png", i + 1));
        save_grey(&raster::draw(sheet, Dpi::square(150.0)), &path)?;
    }
    Ok(())
}

fn save_grey(picture: &GrayImage, path: &Path) -> Result<(), Failure> {
    picture.save(path).map_err(|e| Failure::new(OUTPUT, format!("{}: {e}", path.display())))
}

/// The colour of a state: sure ones green and grey, those for a person orange, red and blue.
fn colour(state: State) -> Rgb<u8> {
    match state {
        State::Read | State::Keyed => Rgb([20, 150, 60]),
        State::Blank => Rgb([140, 140, 140]),
        State::Uncertain => Rgb([235, 120, 0]),
        State::Cancelled => Rgb([210, 30, 30]),
        State::Picture => Rgb([40, 90, 210]),
    }
}

/// The scan with every box of every field where it was found.
fn outlined(page: &Page, registered: &Registered, form: &Form, fields: &[FieldRecord]) -> RgbImage {
    let mut picture = image::DynamicImage::ImageLuma8(page.raster.luma().clone()).into_rgb8();
    for (field, record) in form.fields_on(registered.page).zip(fields) {
        for area in field.boxes() {
            outline(&mut picture, registered, area, colour(record.state));
        }
    }
    picture
}

fn outline(picture: &mut RgbImage, registered: &Registered, area: RectMm, colour: Rgb<u8>) {
    let corners = area.corners().map(|c| registered.map.to_px(c));
    for i in 0..4 {
        let (a, b) = (corners[i], corners[(i + 1) % 4]);
        for (dx, dy) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)] {
            draw_line_segment_mut(
                picture,
                ((a.x + dx) as f32, (a.y + dy) as f32),
                ((b.x + dx) as f32, (b.y + dy) as f32),
                colour,
            );
        }
    }
}

/// Height of a row of a contact sheet, mm, and rows on one sheet.
const ROW_MM: f64 = 24.0;
const ROWS: usize = 11;

/// One row per field: all ink, the pen's alone, and what was made of it.
fn contact_sheets(form: &Form, seen: &[Seen], fields: &[FieldRecord]) -> Vec<Sheet> {
    let rows: Vec<(&Seen, &FieldRecord)> = seen.iter().zip(fields).collect();
    let sheet = |rows: &[(&Seen, &FieldRecord)]| {
        let items = rows.iter().enumerate().flat_map(|(i, (seen, record))| row(form, i, seen, record)).collect();
        Sheet { width_mm: 297.0, height_mm: ROW_MM * ROWS as f64 + 6.0, items }
    };
    rows.chunks(ROWS).map(sheet).collect()
}

fn row(form: &Form, i: usize, seen: &Seen, record: &FieldRecord) -> Vec<Item> {
    let top = 3.0 + i as f64 * ROW_MM;
    let label = form.field(&seen.field).map(|f| f.label.clone()).unwrap_or_default();
    let value = match &record.value {
        Some(Value::One(v)) => v.clone(),
        Some(Value::Many(v)) => v.join(", "),
        None => "—".to_owned(),
    };
    let first = record.first_reading.as_deref().map(|f| format!("  first {f}")).unwrap_or_default();
    let state = format!("{:?} {value}  {:.4}{first}", record.state, record.confidence.get());
    let note = record.note.clone().unwrap_or_default();
    let text = |text: String, dy: f64| {
        Item::Text(TextItem {
            text,
            at: [212.0, top + dy],
            size: 8.0,
            font: Font::Gothic,
            align: Align::Left,
            spacing: 0.0,
            wrap: Some(82.0),
            leading: 4.0,
        })
    };
    let mut items = vec![fitted(&seen.all, 3.0, top), fitted(&seen.pen, 107.0, top)];
    items.extend([text(format!("{} {label}", seen.field), 4.0), text(state, 12.0), text(note, 17.0)]);
    items
}

/// A picture scaled into a place of 100 mm by a row's height.
fn fitted(picture: &GrayImage, x: f64, y: f64) -> Item {
    let (w, h) = (f64::from(picture.width().max(1)), f64::from(picture.height().max(1)));
    let scale = (100.0 / w).min((ROW_MM - 2.0) / h);
    Item::Picture { rect: RectMm::new(x, y, w * scale, h * scale), pixels: picture.clone() }
}
