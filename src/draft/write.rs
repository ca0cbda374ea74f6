//! Writes a draft: the form's file with a comment at every guess, and a picture of each page with the fields numbered.

use super::names::Ids;
use super::{DraftField, DraftKind, DraftPage};
use crate::geometry::{Dpi, RectMm};
use crate::sheet::{Align, Font, Item, Sheet, TextItem, raster};
use image::GrayImage;
use std::fmt::Write;

/// Resolution of the numbered pictures.
const PICTURE_DPI: f64 = 150.0;

/// The form's file. The blanks are the files `blanks`, one a page, beside it.
pub fn toml(id: &str, pages: &[DraftPage], blanks: &[String]) -> String {
    let (id, first) = (quoted(id), if pages.len() == 1 { "found.png" } else { "found-1.png, found-2.png, …" });
    let mut text = format!(
        "# Drafted from its blank. Every line below is a guess to be corrected: hold it against {first} and the paper.\n\
         # Then `uketsuke forms check` tells what is wrong and how well each field reads back.\n\n\
         id = {id}\nedition = \"1\"          # of this printing of the form\ntitle = {id}\n\
         letter = \"X\"           # one letter, in its receipt numbers\n"
    );
    for (page, blank) in pages.iter().zip(blanks) {
        let [w, h] = page.size_mm;
        let _ = write!(text, "\n[[page]]\nsize = [{w}, {h}]\nblank = {}\n", quoted(blank));
    }
    let mut ids = Ids::default();
    let mut number = 0;
    for (i, page) in pages.iter().enumerate() {
        for field in &page.fields {
            number += 1;
            write_field(&mut text, field, number, i + 1, &mut ids);
        }
    }
    if number == 0 {
        text.push_str(
            "\n# No frame, box, number or line to write on was found: write the fields by hand (docs/adding-a-form.md).\n",
        );
    }
    text
}

fn write_field(text: &mut String, field: &DraftField, number: usize, page: usize, ids: &mut Ids) {
    let id = ids.of(&field.label, &format!("field_{number}"));
    let label = if field.label.is_empty() { id.clone() } else { field.label.clone() };
    let _ =
        write!(text, "\n# {number}: {}\n[[field]]\nid = {}\nlabel = {}\n", describe(&field.kind), quoted(&id), quoted(&label));
    if page > 1 {
        let _ = writeln!(text, "page = {page}");
    }
    match &field.kind {
        DraftKind::Boxes(options) | DraftKind::Bubbles(options) => write_choice(text, "box", 1, options),
        DraftKind::Rings(from, options) => write_choice(text, "circle", *from, options),
        DraftKind::Words(options) => write_choice(text, "circle", 1, options),
        DraftKind::Comb(cells) => {
            let _ = writeln!(text, "kind = \"digits\"\nframe = \"none\"\ncells = {}", comb(cells));
            text.push_str("# required = true\n# min = 1               # fewest cells filled in; all where this is left out\n");
            text.push_str("# meaning = \"year\"      # month, day, telephone, postal, prefecture, … where it is one\n");
        }
        DraftKind::Frame(area) | DraftKind::Line(area) | DraftKind::Brackets(area) => {
            let _ =
                writeln!(text, "kind = \"text\"          # \"number\" where a number is asked, \"presence\" for a seal or stamp");
            let _ = writeln!(text, "box = {}", rect(&area.grown(-0.4)));
            text.push_str("# required = true\n");
        }
    }
}

/// A string as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn describe(kind: &DraftKind) -> String {
    match kind {
        DraftKind::Boxes(options) => format!("{} to tick", counted(options.len(), "box", "boxes")),
        DraftKind::Bubbles(options) => format!("{} to fill in", counted(options.len(), "bubble", "bubbles")),
        DraftKind::Rings(_, options) => format!("{} to ring", counted(options.len(), "printed number", "printed numbers")),
        DraftKind::Words(options) => format!("{} to ring", counted(options.len(), "printed word", "printed words")),
        DraftKind::Comb(cells) => format!("a comb of {}", counted(cells.len(), "cell", "cells")),
        DraftKind::Frame(_) => "an empty frame".to_owned(),
        DraftKind::Line(_) => "a line to write on".to_owned(),
        DraftKind::Brackets(_) => "room between brackets".to_owned(),
    }
}

fn counted(n: usize, one: &str, several: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { several })
}

/// A choice whose options are numbered from `from`.
fn write_choice(text: &mut String, mark: &str, from: u8, options: &[(RectMm, String)]) {
    let _ = writeln!(text, "kind = \"choice\"\nmark = {mark:?}\nselect = \"one\"        # or \"many\", {{ at_most = 2 }}");
    if mark == "box" {
        text.push_str("frame = \"none\"\n");
    }
    text.push_str("options = [\n");
    for (i, (area, label)) in options.iter().enumerate() {
        let value = (usize::from(from) + i).to_string();
        let label = if label.is_empty() { value.clone() } else { label.clone() };
        let _ = writeln!(text, "  {{ value = {}, label = {}, box = {} }},", quoted(&value), quoted(&label), rect(area));
    }
    text.push_str("]\n# required = true\n");
}

/// Cells as a comb where they are regular to a tenth of a millimetre, else one by one.
fn comb(cells: &[RectMm]) -> String {
    let (first, n) = (cells[0], cells.len());
    let mean = |of: fn(&RectMm) -> f64| cells.iter().map(of).sum::<f64>() / n as f64;
    let (w, h) = (mean(|c| c.w), mean(|c| c.h));
    let step = if n > 1 { (cells[n - 1].x - first.x) / (n - 1) as f64 } else { w };
    let regular = cells.iter().enumerate().all(|(i, c)| (c.x - first.x - i as f64 * step).abs() < 0.15);
    if regular {
        let (x, y) = (first.x, mean(|c| c.y));
        return format!("{{ at = [{x:.2}, {y:.2}], size = [{w:.2}, {h:.2}], count = {n}, gap = {:.2} }}", (step - w).max(0.0));
    }
    format!("[{}]", cells.iter().map(rect).collect::<Vec<_>>().join(", "))
}

fn rect(r: &RectMm) -> String {
    format!("[{:.2}, {:.2}, {:.2}, {:.2}]", r.x, r.y, r.w, r.h)
}

/// A page's picture with each field outlined and numbered, from `first`.
pub fn numbered_picture(page: &DraftPage, first: usize) -> GrayImage {
    let [width_mm, height_mm] = page.size_mm;
    let whole = RectMm::new(0.0, 0.0, width_mm, height_mm);
    let mut pale = page.picture.clone();
    pale.iter_mut().for_each(|v| *v = 255 - (255 - *v) / 2);
    let mut items = vec![Item::Picture { rect: whole, pixels: pale }];
    for (i, field) in page.fields.iter().enumerate() {
        let boxes = field.boxes();
        items.extend(boxes.iter().map(|b| Item::Rect { rect: *b, width: 0.4, fill: None }));
        let Some(at) = boxes.first() else { continue };
        let text = (first + i).to_string();
        let wide = 1.9 * text.len() as f64 + 0.8;
        items.push(Item::Rect { rect: RectMm::new(at.x - wide - 0.3, at.y - 0.6, wide, 3.6), width: 0.25, fill: Some(1.0) });
        items.push(Item::Text(TextItem {
            text,
            at: [at.x - wide / 2.0 - 0.3, at.y + 2.3],
            size: 9.0,
            font: Font::Gothic,
            align: Align::Centre,
            spacing: 0.0,
            wrap: None,
            leading: 4.0,
        }));
    }
    raster::draw(&Sheet { width_mm, height_mm, items }, Dpi::square(PICTURE_DPI))
}
