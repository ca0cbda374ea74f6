//! Fills forms of many looks with marks and mishaps drawn by the tests' own hand, reads them, and prints what was right,
//! wrong in silence, and sent to a person, by kind of page.
//! `cargo run --release --example marks_probe -- [KIND|all] [PAGES] [SEED] [FOLDER]`: every page has three fields of boxes
//! and three of ringed numbers; pictures of what was wrong or sent to a person go into the folder.

#![allow(clippy::print_stdout, reason = "a program that prints a table")]

#[path = "../tests/read/mod.rs"]
mod read;

use rayon::prelude::*;
use read::desk::{Desk, Glass, Scan, Style, is_ringed, said};
use read::draw::{Chance, Pen, Sheet};
use read::hazard;
use read::marks::{self, Mark, PLAIN, Place, Ring};
use std::collections::BTreeMap;
use uketsuke::form::{Field, FieldKind, Select};
use uketsuke::geometry::RectMm;

/// Looks of forms per run.
const STYLES: usize = 24;

/// What is done to the options of a field, or to the page; `Some` of contrast for a pale scan.
const KINDS: [&str; 40] = [
    "clean",
    "contrast-90",
    "contrast-80",
    "contrast-70",
    "contrast-60",
    "contrast-50",
    "contrast-40",
    "contrast-30",
    "small",
    "large",
    "outside",
    "faint",
    "skips",
    "cross",
    "erased",
    "bleed",
    "open",
    "double",
    "wide",
    "two-in-a-ring",
    "tick-for-ring",
    "underline",
    "ring-round-box",
    "cancelled",
    "replaced",
    "notes",
    "dust",
    "fold",
    "streak",
    "fine-streak",
    "leaning-streak",
    "punch",
    "staple",
    "seal",
    "grey-seal",
    "coffee",
    "smudge",
    "pale-smudge",
    "blot",
    "rough-jpeg",
];

/// What a field may be read as without a person; anything else in silence is wrong.
type Allowed = Vec<Vec<String>>;

struct Page {
    scan: Scan,
    form: usize,
    allowed: BTreeMap<String, Allowed>,
}

fn page(desk: &Desk, kind: &str, seed: u64) -> Page {
    let mut c = Chance::new(seed);
    let form = c.below(STYLES);
    let colour = matches!(kind, "seal" | "coffee");
    let mut sheet = desk.sheet(form, colour);
    let mut pen = Pen::any(&mut c);
    match kind {
        "faint" => pen = Pen { width: c.within(0.4, 0.7), ..Pen::faint(c.within(0.38, 0.5)) },
        "skips" => pen = Pen { skips: c.within(0.2, 0.4), width: c.within(0.3, 0.6), ..Pen::BALL },
        _ => {}
    }
    if kind == "bleed" {
        bleed(desk, form, &mut sheet, &mut c);
    }
    let mut allowed = BTreeMap::new();
    for field in desk.form(form).fields_on(1).filter(|f| matches!(f.kind, FieldKind::Choice { .. })) {
        allowed.insert(field.id.0.clone(), fill(&mut sheet, field, kind, &pen, &mut c));
    }
    for _ in 0..3 {
        mishap(&mut sheet, kind, desk, form, &pen, &mut c);
    }
    let mut glass = Glass::any(&mut c);
    if let Some(percent) = kind.strip_prefix("contrast-") {
        glass.contrast = percent.parse::<f64>().expect("a number") / 100.0;
    }
    if kind == "rough-jpeg" {
        glass.jpeg = Some(30 + c.below(25) as u8);
    }
    Page { scan: glass.scan(&sheet), form, allowed }
}

/// Which options are meant: most often one; several, or none, as the field allows.
fn choice(field: &Field, c: &mut Chance) -> Vec<usize> {
    let count = field.boxes().len();
    match &field.kind {
        FieldKind::Choice { select: Select::One, .. } if c.yes(0.85) => vec![c.below(count)],
        FieldKind::Choice { select: Select::One, .. } => Vec::new(),
        _ => (0..count).filter(|_| c.yes(0.4)).collect(),
    }
}

fn values(chosen: &[usize]) -> Vec<String> {
    chosen.iter().map(|i| (i + 1).to_string()).collect()
}

/// Fills one field in and says what it may be read as.
fn fill(sheet: &mut Sheet, field: &Field, kind: &str, pen: &Pen, c: &mut Chance) -> Allowed {
    let boxes = field.boxes();
    let chosen = choice(field, c);
    let truth = vec![values(&chosen)];
    for &i in &chosen {
        if is_ringed(field) {
            ringed(sheet, kind, &boxes[i], pen, c);
        } else {
            boxed(sheet, kind, &boxes[i], pen, c);
        }
    }
    let free = (0..boxes.len()).find(|i| !chosen.contains(i));
    let area = |i: usize| boxes[i];
    match (kind, free) {
        ("erased", Some(i)) if c.yes(0.6) => {
            let rubbed = Pen { width: c.within(0.4, 0.7), ..Pen::faint(c.within(0.08, 0.2)) };
            option(sheet, field, &area(i), &rubbed, c);
            truth
        }
        ("two-in-a-ring", Some(_)) if is_ringed(field) => {
            let i = c.below(boxes.len() - 1);
            if chosen.is_empty() && around_two(sheet, &area(i), &area(i + 1), pen, c) { Vec::new() } else { truth }
        }
        ("cancelled" | "replaced", _) if !chosen.is_empty() => {
            let i = chosen[c.below(chosen.len())];
            marks::double_line(sheet, &area(i), pen, c);
            if let (true, Some(other)) = (kind == "replaced", free) {
                option(sheet, field, &area(other), pen, c);
                let left: Vec<usize> = (0..boxes.len()).filter(|o| *o == other || chosen.contains(o) && *o != i).collect();
                return vec![values(&left)];
            }
            vec![values(&chosen.iter().copied().filter(|o| *o != i).collect::<Vec<_>>())]
        }
        ("notes", Some(i)) => {
            let a = area(i);
            let at = (a.right() + c.within(2.0, 6.0), a.y + c.within(-3.0, 1.5));
            let (size, count) = (c.within(2.5, 4.5), 2 + c.below(3));
            marks::words(sheet, at, size, count, &Pen { width: pen.width.min(0.5), ..*pen }, c);
            truth
        }
        _ => truth,
    }
}

/// A mark of the kind the field asks for.
fn option(sheet: &mut Sheet, field: &Field, area: &RectMm, pen: &Pen, c: &mut Chance) {
    if is_ringed(field) {
        Ring::usual(area, c).draw(sheet, area, pen, c);
    } else {
        let (kind, place) = (c.pick(&PLAIN), Place::usual(c));
        marks::mark(sheet, kind, area, place, pen, c);
    }
}

fn boxed(sheet: &mut Sheet, kind: &str, area: &RectMm, pen: &Pen, c: &mut Chance) {
    let usual = Place::usual(c);
    let place = match kind {
        "small" => Place { size: c.within(0.35, 0.6), off: (c.normal(0.08), c.normal(0.08)) },
        "large" => Place { size: c.within(1.6, 2.6), off: (c.normal(0.1), c.normal(0.1)) },
        "outside" => Place { size: c.within(0.8, 1.3), off: (c.pick(&[-0.45, 0.0, 0.45]), c.pick(&[-0.4, 0.4])) },
        _ => usual,
    };
    // Who fills a box in minds its edge.
    let neat = |mark: Mark| if mark == Mark::Fill { Place { size: place.size.min(1.15), ..place } } else { place };
    let mark = if kind == "cross" { Mark::Cross } else { c.pick(&PLAIN) };
    if kind == "ring-round-box" {
        Ring::usual(area, c).draw(sheet, area, pen, c);
    } else {
        marks::mark(sheet, mark, area, neat(mark), pen, c);
    }
}

fn ringed(sheet: &mut Sheet, kind: &str, area: &RectMm, pen: &Pen, c: &mut Chance) {
    let usual = Ring::usual(area, c);
    let ring = match kind {
        "small" => Ring { radius: (c.within(1.9, 2.4), c.within(1.9, 2.4)), off: (c.normal(0.15), c.normal(0.15)), ..usual },
        "large" => Ring { radius: (c.within(4.2, 6.5), c.within(3.6, 4.4)), tilt: 0.0, ..usual },
        "outside" => Ring { off: (c.pick(&[-1.2, 1.2]), c.within(-1.0, 1.0)), ..usual },
        "open" => Ring { open: c.within(45.0, 75.0), ..usual },
        "double" => Ring { turns: c.within(1.7, 2.6), open: 0.0, ..usual },
        "wide" => Ring { radius: (c.within(5.0, 9.0), c.within(3.0, 3.8)), off: (c.within(0.0, 3.0), 0.0), tilt: 0.0, ..usual },
        _ => usual,
    };
    match kind {
        "tick-for-ring" => {
            let place = Place { size: c.within(0.9, 1.8), off: (c.normal(0.15), c.normal(0.15)) };
            marks::mark(sheet, c.pick(&[Mark::Check, Mark::Re, Mark::Slash]), area, place, pen, c);
        }
        "underline" => marks::underline(sheet, area, pen, c),
        _ => ring.draw(sheet, area, pen, c),
    }
}

/// One ring round two neighbours, where they are near enough for anyone to draw it.
fn around_two(sheet: &mut Sheet, a: &RectMm, b: &RectMm, pen: &Pen, c: &mut Chance) -> bool {
    let both = a.union(b);
    if both.w.max(both.h) > 24.0 {
        return false;
    }
    let radius = (both.w / 2.0 * c.within(1.1, 1.3) + 0.8, both.h / 2.0 * c.within(1.1, 1.3) + 0.8);
    Ring { radius, tilt: 0.0, off: (c.normal(0.3), c.normal(0.3)), ..Ring::usual(a, c) }.draw(sheet, &both, pen, c);
    true
}

/// What was written on the back shows through: strokes, pale and soft, some just where an option is.
fn bleed(desk: &Desk, form: usize, sheet: &mut Sheet, c: &mut Chance) {
    let pale = Pen { width: c.within(0.5, 0.9), grain: 0.1, ..Pen::faint(c.within(0.08, 0.2)) };
    for field in desk.form(form).fields_on(1) {
        for area in field.boxes() {
            match c.below(4) {
                0 => option(sheet, field, &area, &pale, c),
                1 => marks::words(sheet, (area.x - 3.0, area.y - 1.0), 4.0, 3, &pale, c),
                _ => {}
            }
        }
    }
}

/// One mishap near an option.
fn mishap(sheet: &mut Sheet, kind: &str, desk: &Desk, form: usize, pen: &Pen, c: &mut Chance) {
    let fields: Vec<&Field> = desk.form(form).fields_on(1).filter(|f| matches!(f.kind, FieldKind::Choice { .. })).collect();
    let field = fields[c.below(fields.len())];
    let boxes = field.boxes();
    let m = boxes[c.below(boxes.len())].centre();
    let at = (m.x + c.normal(1.8), m.y + c.normal(1.8));
    let _ = pen;
    match kind {
        "dust" => hazard::dust(sheet, 400, c),
        "fold" => {
            let (depth, soft) = (c.within(0.08, 0.5), c.within(0.8, 3.5));
            hazard::fold(sheet, at.1, depth, soft, c);
        }
        "streak" => hazard::streak(sheet, at.0, 0.0, c.within(0.15, 0.5), c.within(0.3, 1.0)),
        "fine-streak" => hazard::streak(sheet, at.0, 0.0, c.within(0.06, 0.15), c.within(0.2, 0.9)),
        "leaning-streak" => hazard::streak(sheet, at.0, c.normal(0.06), c.within(0.1, 0.5), c.within(0.3, 1.0)),
        "punch" => hazard::punch(sheet, at, c.within(0.1, 0.95), c),
        "staple" => hazard::staple(sheet, at, c.yes(0.4), c),
        "seal" | "grey-seal" => hazard::seal(sheet, at, c.within(4.5, 7.5), c),
        "coffee" => {
            let (radius, turn) = (c.within(26.0, 42.0), c.within(0.0, 6.3));
            let depth = c.within(0.15, 0.6);
            hazard::coffee(sheet, (at.0 + radius * turn.cos(), at.1 + radius * turn.sin()), radius, depth, c);
        }
        "smudge" | "pale-smudge" | "blot" => {
            let radius =
                if kind == "blot" { (c.within(0.3, 1.6), c.within(0.3, 1.6)) } else { (c.within(1.5, 8.0), c.within(1.5, 8.0)) };
            let dark = if kind == "pale-smudge" { c.within(0.1, 0.4) } else { c.within(0.4, 0.95) };
            let soft = c.within(0.2, 1.5);
            hazard::smudge(sheet, at, radius, dark, soft, c);
        }
        _ => {}
    }
}

#[derive(Default)]
struct Row {
    fields: usize,
    right: usize,
    wrong: Vec<String>,
    review: Vec<String>,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, otherwise: u64| args.get(i).and_then(|a| a.parse().ok()).unwrap_or(otherwise);
    let kind = args.first().map_or("all", String::as_str);
    let (pages, seed) = (number(1, 100), number(2, 1));
    let styles: Vec<Style> = (0..STYLES as u64).map(|i| Style::any(&mut Chance::new(seed * 1_000_003 + i))).collect();
    let desk = Desk::new(&styles);
    println!("{:16} {:5} {:>6} {:>6} {:>5} {:>8}", "kind", "field", "n", "right", "wrong", "review");
    for kind in KINDS.iter().filter(|k| kind == "all" || **k == kind) {
        let rows: Vec<[Row; 2]> =
            (0..pages).into_par_iter().map(|i| measure(&desk, kind, seed * 1_000_000 + i, args.get(3))).collect();
        for (which, name) in ["box", "ring"].iter().enumerate() {
            let total = |f: fn(&Row) -> usize| rows.iter().map(|r| f(&r[which])).sum::<usize>();
            let (n, review) = (total(|r| r.fields), total(|r| r.review.len()));
            let share = 100.0 * review as f64 / n.max(1) as f64;
            println!("{kind:16} {name:5} {n:6} {:6} {:5} {share:7.2}%", total(|r| r.right), total(|r| r.wrong.len()));
            rows.iter().flat_map(|r| &r[which].wrong).take(12).for_each(|w| println!("    {w}"));
        }
    }
}

fn measure(desk: &Desk, kind: &str, seed: u64, folder: Option<&String>) -> [Row; 2] {
    let page = page(desk, kind, seed);
    let mut rows = [Row::default(), Row::default()];
    for (id, record, evidence) in desk.read(page.form, &page.scan) {
        let Some(allowed) = page.allowed.get(&id) else { continue };
        let field = desk.field(page.form, &id);
        let row = &mut rows[usize::from(is_ringed(field))];
        row.fields += 1;
        let told = || format!("{kind} {seed} {id}: {allowed:?} read as {:?} {:?}", said(&record), record.first_reading);
        let verdict = match said(&record) {
            Some(value) if allowed.contains(&value) => {
                row.right += 1;
                continue;
            }
            Some(_) => {
                row.wrong.push(told());
                "wrong"
            }
            None => {
                row.review.push(told());
                "review"
            }
        };
        if let Some(folder) = folder {
            let name = format!("{folder}/{verdict}-{kind}-{seed}-{id}");
            page.scan.cutting(&field.bounds().grown(8.0)).save(format!("{name}.png")).expect("saved");
            std::fs::write(format!("{name}.txt"), format!("{}\n{record:#?}\n{evidence:#?}\n", told())).expect("written");
        }
    }
    rows
}
