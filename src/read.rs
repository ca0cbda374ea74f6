//! read: what stands in each field of a registered page, as scores and evidence. Does not decide: the policy in
//! `record::decide` holds the thresholds.

pub mod boxes;
pub mod components;
mod corrections;
pub mod digits;
pub mod fading;
mod fillers;
pub mod frame;
mod layer;
pub mod light;
mod loose;
pub mod number;
mod overwritten;
pub mod pale;
pub mod paper;
pub mod patch;
pub mod picture;
pub mod print;
pub mod rings;
mod seam;
mod stray;
mod streaks;
mod strikes;
pub mod strokes;
pub mod tesseract;
pub mod tone;
mod trails;
pub mod typed;

use crate::form::catalogue::Catalogue;
use crate::form::{Field, FieldId, FieldKind, Form, Mark};
use crate::geometry::{Dpi, MM_PER_INCH, PointMm, PointPx, RectMm};
use crate::image::Raster;
use crate::recognize::{DigitModel, DigitScores};
use crate::register::{PageMap, Registered};
use crate::scan::{self, Page};
use crate::score::Score;
use ::image::GrayImage;
use digits::OVERSHOOT_MM;
use fading::{Crumbs, Pen};
use frame::{Aligned, Planes};
use pale::Pale;
use patch::{Patch, Window};
use print::Print;
use std::sync::OnceLock;
use tone::{Swatch, Tone};
use typed::TypedText;

/// What was seen in one field.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Which field.
    pub field: FieldId,
    /// Page of the form, from 1.
    pub page: usize,
    /// Where on the form.
    pub box_mm: RectMm,
    /// How the field's own print was found again.
    pub placement: Placement,
    /// What was seen.
    pub evidence: Evidence,
    /// What the page, or this field, shows of the pen.
    pub pen: Pen,
}

/// What a field tells of the pen the page was filled in with.
struct Seen {
    crumbs: Crumbs,
    /// Sought where no stroke was seen.
    pale: Option<Pale>,
}

impl Reading {
    /// Where the field has no print of its own to check, the misfit of the print nearest to it stands for it. Where that
    /// print is another's, a frame of the right shape is no proof: the rows of other editions have the same frames.
    fn with_nearby(mut self, residual_mm: Option<f64>) -> Self {
        self.placement = match (self.placement, residual_mm) {
            (Placement::Unchecked, Some(mm)) => Placement::Found(mm),
            (Placement::Found(own), Some(mm)) => Placement::Found(own.max(mm)),
            (placement, _) => placement,
        };
        self
    }
}

/// How a field's own print was found again after the global fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Placement {
    /// Found, this many mm from where it was expected.
    Found(f64),
    /// There is too little print near the field to check; the page's fit stands alone.
    Unchecked,
    /// There is print near the field on the blank, and it was not found on the page.
    Lost,
    /// Part of the field lies beyond the edge of the picture: what is written there is not seen.
    CutOff,
}

/// Scores per kind of field.
#[derive(Debug, Clone)]
pub enum Evidence {
    /// One per option, in printed order.
    Choice(Vec<MarkScore>),
    /// One per cell, left to right.
    Digits(Vec<CellScore>),
    /// A number without cells.
    Number(NumberScore),
    /// Printed, typed or handwritten text.
    Text(TextScore),
    /// Ink or none.
    Presence(InkScore),
}

impl Evidence {
    /// Whether it is a choice, and nobody can say whether one of its options is marked.
    fn is_choice_in_doubt(&self) -> bool {
        let is_in_doubt = |mark: &MarkScore| (0.1..0.9).contains(&mark.marked.get());
        matches!(self, Self::Choice(marks) if marks.iter().any(is_in_doubt))
    }
}

/// What was seen at one option.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarkScore {
    /// Probability that the option is marked and the mark stands.
    pub marked: Score,
    /// Probability that it was marked and the mark was struck out.
    pub cancelled: Score,
    /// Share of the box (or ring zone) covered by the pen, beyond what the blank prints there.
    pub coverage: f64,
    /// Whether the shape is one that some people use for "not" (×), or a tick or underline where a ring is asked.
    pub ambiguous: bool,
}

/// What was seen in one cell.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each says another thing of a cell, and any of them may go together")]
pub struct CellScore {
    /// The recogniser's scores; a cell without ink scores blank.
    pub scores: DigitScores,
    /// Share of the cell covered by ink, frame removed.
    pub coverage: f64,
    /// Something else runs through the cell (a streak, a neighbour's stroke, faint ink): whatever is read needs a look.
    pub disturbed: bool,
    /// What was read as a 1 leans like a slash that leaves the cell unused.
    pub slash: bool,
    /// The ink is a dash in the middle of the cell.
    pub dash: bool,
    /// The ink keeps clear of the printed frame, and nothing stands in line with it above or below the cell: it is no
    /// piece of a frame and no part of a streak.
    pub free: bool,
    /// Where its ink lies, mm on the form; none where there is none.
    pub ink: Option<RectMm>,
}

#[cfg(test)]
impl CellScore {
    /// A cell with these scores and nothing else to say of it.
    pub(crate) fn plain(scores: DigitScores) -> Self {
        Self { scores, coverage: 0.1, disturbed: false, slash: false, dash: false, free: true, ink: None }
    }
}

/// What was seen where a number may be written.
#[derive(Debug, Clone)]
pub struct NumberScore {
    /// Ink or none.
    pub ink: InkScore,
    /// The digits in reading order, with separators; empty where segmentation found no plausible reading.
    pub glyphs: Vec<Glyph>,
    /// How sure the cutting into glyphs is.
    pub segmentation: Score,
    /// It is one 1, of which nothing is doubtful but that it may be a slash.
    pub slash: bool,
}

/// One glyph of a number.
#[derive(Debug, Clone)]
pub enum Glyph {
    /// A digit with its scores.
    Digit(DigitScores),
    /// A hyphen, bracket, comma or dot.
    Separator(char),
}

/// What was seen where text may stand.
#[derive(Debug, Clone, PartialEq)]
pub struct TextScore {
    /// Ink or none.
    pub ink: InkScore,
    /// The text read from print or taken from the text layer, with its confidence; none for handwriting.
    pub read: Option<(String, Score)>,
    /// A text layer was there and disagreed with the pixels.
    pub layer_disagrees: bool,
}

/// How sure it is that there is ink, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InkScore {
    /// Probability that a pen or stamp was here.
    pub present: Score,
    /// Share of the area covered.
    pub coverage: f64,
    /// Whether two parallel strokes or a scribble run through all of it.
    pub cancelled: Score,
}

/// The forms' own print as pictures at the scale of the patches, and around every field, prepared when first needed.
#[derive(Debug)]
pub struct Blanks {
    pages: Vec<Vec<OnceLock<BlankPage>>>,
    prints: Vec<Vec<OnceLock<Print>>>,
    wider: Vec<Vec<OnceLock<Print>>>,
}

/// A page's own print at the scale of the patches.
#[derive(Debug)]
struct BlankPage {
    /// Black on white.
    picture: GrayImage,
    /// Where the tone of such a page is measured.
    swatches: Vec<Swatch>,
}

impl Blanks {
    /// Room for every page of every form; nothing is drawn yet.
    pub fn new(catalogue: &Catalogue) -> Self {
        let forms = catalogue.forms().iter();
        let fields = || forms.clone().map(|f| f.fields.iter().map(|_| OnceLock::new()).collect()).collect();
        Self {
            pages: forms.clone().map(|f| f.pages.iter().map(|_| OnceLock::new()).collect()).collect(),
            prints: fields(),
            wider: fields(),
        }
    }

    /// Where the tone of a page (from 1) of the form at that place in the catalogue is measured.
    fn swatches(&self, catalogue: &Catalogue, form: usize, page: usize) -> &[Swatch] {
        &self.blank(catalogue, form, page).swatches
    }

    /// The print around a field, both by their place in the catalogue and the form.
    pub fn print(&self, catalogue: &Catalogue, form: usize, field: usize) -> &Print {
        self.prints[form][field].get_or_init(|| {
            let field = &catalogue.forms()[form].fields[field];
            Print::of(self.page(catalogue, form, field.page), picture::surroundings(field))
        })
    }

    /// The print around a choice and its options' words.
    fn wider(&self, catalogue: &Catalogue, form: usize, field: usize) -> &Print {
        self.wider[form][field].get_or_init(|| {
            let fields = &catalogue.forms()[form].fields;
            let (field, blank) = (&fields[field], self.page(catalogue, form, fields[field].page));
            let others = fields.iter().filter(|other| other.page == field.page && other.id != field.id);
            let others: Vec<RectMm> = others.flat_map(Field::boxes).collect();
            Print::of(blank, stray::surroundings(field, &others, blank))
        })
    }

    /// The blank of a page (from 1) of the form at that place in the catalogue.
    pub fn page(&self, catalogue: &Catalogue, form: usize, page: usize) -> &GrayImage {
        &self.blank(catalogue, form, page).picture
    }

    fn blank(&self, catalogue: &Catalogue, form: usize, page: usize) -> &BlankPage {
        self.pages[form][page - 1].get_or_init(|| BlankPage::of(&catalogue.forms()[form], page))
    }
}

impl BlankPage {
    fn of(form: &Form, page: usize) -> Self {
        let sheet = &form.pages[page - 1];
        // Registration has decoded the same blank before any page could be placed on it.
        let white = || {
            let size = |mm: f64| (mm * patch::SCALE) as u32;
            GrayImage::from_pixel(size(sheet.width_mm), size(sheet.height_mm), ::image::Luma([255]))
        };
        let own = scan::blank::picture(form, page, Dpi::square(patch::SCALE * MM_PER_INCH)).unwrap_or_else(|_| white());
        let fields: Vec<&Field> = form.fields_on(page).collect();
        if sheet.blank.is_none() {
            return Self { swatches: Swatch::all(&own, &own, &fields), picture: own };
        }
        // A scan has paper of its own, which is no print; and print of its own colour.
        let white = paper::on_white(&own);
        let picture = paper::in_black(&white);
        Self { swatches: Swatch::all(&picture, &white, &fields), picture }
    }
}

/// What reading needs beside the page itself.
pub struct Reader<'a> {
    /// All forms.
    pub catalogue: &'a Catalogue,
    /// Their own print.
    pub blanks: &'a Blanks,
    /// Scores digits.
    pub digits: &'a dyn DigitModel,
    /// Reads print.
    pub typed: &'a dyn TypedText,
}

impl Reader<'_> {
    /// What stands in every field of a registered page, in the form's order.
    pub fn read(&self, page: &Page, registered: &Registered) -> Vec<Reading> {
        let tone = self.tone(page, registered);
        let nearby = registered.field_residual_mm.iter().copied().chain(std::iter::repeat(None));
        let (mut crumbs, mut beside) = (Crumbs::default(), Pale::default());
        let read = |(at, nearby)| {
            let (reading, seen) = self.field(page, registered, at, &tone);
            crumbs.add(seen.crumbs);
            seen.pale.iter().for_each(|p| beside.add(p));
            (reading.with_nearby(nearby), seen.pale)
        };
        let readings: Vec<(Reading, Option<Pale>)> = self.fields_on(registered).zip(nearby).map(read).collect();
        let form = &self.catalogue.forms()[registered.form];
        // A later page may be one that most people leave alone.
        let asks = registered.page == 1 || form.fields_on(registered.page).any(|field| field.required);
        let is_pale = |own: &Option<Pale>| own.is_some_and(|own| own.is_written(&beside));
        let pale = readings.iter().filter(|(_, own)| is_pale(own)).count();
        let choices = readings.iter().filter(|(reading, _)| matches!(reading.evidence, Evidence::Choice(_))).count();
        let in_doubt = readings.iter().filter(|(reading, _)| reading.evidence.is_choice_in_doubt()).count();
        let of_the_page = match crumbs.pen(asks) {
            Pen::Sound if pale::is_the_pens(pale, readings.len()) || pale::are_the_pages(in_doubt, choices, readings.len()) => {
                Pen::Broken
            }
            said => said,
        };
        let with_pen = |(mut reading, own): (Reading, Option<Pale>)| {
            reading.pen = if of_the_page == Pen::Sound && is_pale(&own) { Pen::Pale } else { of_the_page };
            reading
        };
        let mut readings: Vec<Reading> = readings.into_iter().map(with_pen).collect();
        fillers::take_out(&mut readings);
        corrections::doubt(form, &mut readings);
        readings
    }

    /// The fields of a registered page by their place in the form.
    fn fields_on(&self, registered: &Registered) -> impl Iterator<Item = usize> {
        let fields = self.catalogue.forms()[registered.form].fields.iter().enumerate();
        fields.filter(|(_, field)| field.page == registered.page).map(|(at, _)| at)
    }

    fn tone(&self, page: &Page, registered: &Registered) -> Tone {
        let swatches = self.blanks.swatches(self.catalogue, registered.form, registered.page);
        tone::measure(&page.raster, &registered.map, swatches)
    }

    /// Leaves a choice open in which nothing is marked, and beside which something is.
    fn doubt_blank(&self, marks: &mut [MarkScore], (planes, registered): (Planes, &Registered), at: usize, tone: &Tone) {
        if marks.iter().any(|m| m.marked.get() > MARKLESS || m.cancelled.get() > MARKLESS) {
            return;
        }
        let fields = &self.catalogue.forms()[registered.form].fields;
        let aligned = frame::align(planes, &registered.map, self.blanks.wider(self.catalogue, registered.form, at), tone);
        let (pen, strokes) = (&aligned.pen, strokes::strokes(&aligned.pen, tone));
        let options: Vec<Window> = fields[at].boxes().iter().map(|b| pen.window(b)).collect();
        loose::doubt_nearest(marks, &options, stray::strokes(&strokes, &theirs(fields, at, pen), pen));
    }

    fn field(&self, page: &Page, registered: &Registered, at: usize, tone: &Tone) -> (Reading, Seen) {
        let fields = &self.catalogue.forms()[registered.form].fields;
        let field = &fields[at];
        let bounds = field.bounds();
        let (raster, map): (&Raster, _) = (&page.raster, &registered.map);
        let planes = Planes::of(raster, matches!(field.kind, FieldKind::Presence { .. }));
        let print = self.blanks.print(self.catalogue, registered.form, at);
        let aligned = frame::align(planes, map, print, tone);
        let (pen, strokes) = (&aligned.pen, strokes::strokes(&aligned.pen, tone));
        let theirs = theirs(fields, at, pen);
        let mut evidence = match &field.kind {
            FieldKind::Choice { mark: Mark::Box, .. } => {
                Evidence::Choice(boxes::marks((&aligned, tone), &strokes, (&field.boxes(), &theirs)))
            }
            FieldKind::Choice { mark: Mark::Circle, .. } => {
                Evidence::Choice(rings::marks(&aligned, &strokes, &field.boxes(), &theirs))
            }
            FieldKind::Digits { cells, min, .. } => {
                let comb = digits::Comb { cells, min: *min };
                Evidence::Digits(digits::cells((&aligned, tone), &strokes, (comb, &theirs), self.digits))
            }
            FieldKind::Number { area, max_digits, meaning, .. } => {
                let meant = (*max_digits, *meaning);
                Evidence::Number(number::number((&aligned, tone), &strokes, (area, &theirs), meant, self.digits))
            }
            FieldKind::Text { area, .. } => {
                Evidence::Text(typed::text(raster, map, (pen, &strokes), area, &page.text_layer, self.typed))
            }
            FieldKind::Presence { area } => Evidence::Presence(number::presence(pen, &strokes, area)),
        };
        if let Evidence::Choice(marks) = &mut evidence {
            self.doubt_blank(marks, (planes, registered), at, tone);
        }
        let crumbs = Crumbs::of(&aligned, &strokes, field);
        let around = fading::writable(field, pen);
        let unwritten = !strokes.pieces.iter().any(|p| fading::is_stroke(p) && p.bounds.lies_in_one_of(&around));
        let red = || raster.has_colour().then(|| patch::ink(raster.luma(), map, print.area, tone.contrast));
        let pale = unwritten.then(|| Pale::of((&aligned, tone), &strokes, red().as_ref(), (&around, &theirs)));
        let seen = Seen { crumbs, pale };
        let cut_off = field.boxes().iter().any(|area| !is_within(raster, map, area));
        let placement = if cut_off { Placement::CutOff } else { placement(&aligned) };
        let reading = Reading { field: field.id.clone(), page: field.page, box_mm: bounds, placement, evidence, pen: Pen::Sound };
        (reading, seen)
    }
}

/// What on a patch around a field belongs to other fields of its page.
fn theirs(fields: &[Field], at: usize, pen: &Patch) -> Vec<Window> {
    let field = &fields[at];
    let others = fields.iter().enumerate().filter(|(i, other)| *i != at && other.page == field.page);
    let reach = |other: &Field| if is_choice(field) == is_choice(other) { OVERSHOOT_MM } else { BORDER_MM };
    let theirs = others.flat_map(|(_, other)| other.boxes().into_iter().map(move |b| b.grown(reach(other))));
    theirs.filter(|b| b.overlaps(&pen.area)).map(|b| pen.window(&b)).collect()
}

/// Probability up to which a choice's options are taken for neither marked nor struck out.
const MARKLESS: f64 = 0.05;

/// How far beyond its area what is written belongs to a choice, for a field that is none, and the other way round, mm: what stands
/// between the two is a question of both, for it may be a missed tick as well as a digit too many.
const BORDER_MM: f64 = 0.5;

const fn is_choice(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Choice { .. })
}

/// Whether all of an area lies on the picture.
fn is_within(raster: &Raster, map: &PageMap, area: &RectMm) -> bool {
    let (w, h) = raster.dimensions();
    let inside = |p: PointPx| p.x >= 0.0 && p.y >= 0.0 && p.x <= f64::from(w) && p.y <= f64::from(h);
    let corners = [(area.x, area.y), (area.right(), area.y), (area.right(), area.bottom()), (area.x, area.bottom())];
    corners.into_iter().all(|(x, y)| inside(map.to_px(PointMm { x, y })))
}

fn placement(aligned: &Aligned) -> Placement {
    match (aligned.residual_mm, aligned.lost) {
        (Some(mm), _) => Placement::Found(mm),
        (None, true) => Placement::Lost,
        (None, false) => Placement::Unchecked,
    }
}
