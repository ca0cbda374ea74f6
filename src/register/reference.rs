//! What the program knows of each form page before any scan arrives: its print with the fill-in zones masked, its
//! profiles, its anchors. Prepared once per run; does not look at scans.

use super::anchor::{Anchor, Tensor, places};
use super::fit::Map;
use super::frames::Frames;
use super::heads::Tables;
use super::ink::{Ink, WORKING_DPI};
use super::labels::{Labels, options};
use super::lines::Lines;
use super::plane::{MOST_FIXED, Plane};
use super::repeats::Repeats;
use super::rival::Rivals;
use super::side::{Outline, Profile};
use super::skew::Strips;
use super::witness::Witnesses;
use crate::form::catalogue::Catalogue;
use crate::form::{Field, FieldKind, Form, Mark};
use crate::geometry::{Dpi, MM_PER_INCH, PointMm, RectMm};
use crate::scan;
use image::GrayImage;
use rayon::prelude::*;
use std::sync::OnceLock;

/// Every page of every form of a catalogue, ready to be recognised on scans.
#[derive(Debug)]
pub struct References {
    pub(super) pages: Vec<Reference>,
    /// What tells pages apart that look alike, worked out when first asked for.
    pub(super) rivals: Rivals,
}

/// A form whose blank cannot be used for registration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// The blank's picture cannot be decoded.
    #[error("{form} page {page}: the blank {file} cannot be decoded ({reason}); save it again as a PNG of at least 100 dpi")]
    Undecodable {
        /// The form.
        form: String,
        /// Its page, from 1.
        page: usize,
        /// The blank's file name.
        file: String,
        /// What the decoder said.
        reason: String,
    },
    /// Too little is printed outside the fill-in zones.
    #[error(
        "{form} page {page}: only {anchors} places with print outside its fields, {least} are needed; make fields smaller or check the blank"
    )]
    TooLittlePrint {
        /// The form.
        form: String,
        /// Its page, from 1.
        page: usize,
        /// Anchors found.
        anchors: usize,
        /// Anchors needed.
        least: usize,
    },
}

/// One page of one form.
#[derive(Debug)]
pub(super) struct Reference {
    /// Index of the form in the catalogue.
    pub(super) form: usize,
    /// Page, from 1.
    pub(super) page: usize,
    pub(super) title: String,
    pub(super) width_mm: f64,
    pub(super) height_mm: f64,
    /// The print, fill-in zones emptied.
    pub(super) ink: Ink,
    /// Across and down, of all that is printed: frames that people write into stand on every page too.
    outlines: [Outline; 2],
    /// The same of the print without black bars, made when first asked for.
    fine_outlines: OnceLock<[Outline; 2]>,
    /// Searched at 1 mm per pixel.
    pub(super) coarse: Vec<Anchor>,
    /// Searched at 0.5 and 0.25 mm per pixel.
    pub(super) fine: Vec<Anchor>,
    /// What people mark.
    pub(super) frames: Frames,
    /// Bounds of the page's fields in the order of `Form::fields_on`.
    pub(super) fields: Vec<RectMm>,
    beside: OnceLock<Beside>,
    /// The boxes or numbers of each field's options, and what is printed beside them, cut when the first such page is seen.
    options: Vec<Vec<RectMm>>,
    /// Tables whose columns have heads.
    pub(super) tables: Tables,
    labels: OnceLock<Vec<Labels>>,
    /// How its rows and columns may be taken for each other.
    pub(super) repeats: Repeats,
    /// Shifts in mm at which the print resembles itself: rows or columns that look alike.
    pub(super) aliases: Vec<(f64, f64)>,
    /// Where people write and what else is no print.
    pub(super) zones: Vec<RectMm>,
    /// The print at 2 mm per pixel, thinned out.
    samples: Vec<Sample>,
}

/// What is printed beside and between a page's fields, cut when the first such page is seen.
#[derive(Debug)]
pub(super) struct Beside {
    /// Of each field, in their order.
    pub(super) witnesses: Vec<Witnesses>,
    /// What else is printed, line by line.
    pub(super) lines: Lines,
}

/// Pixels of the finest plane per mm.
pub(super) const PX_PER_MM: f64 = WORKING_DPI / MM_PER_INCH;
/// Narrowest black bar, pixels of the second plane: 3 mm.
pub(super) const BAR_PX: usize = 6;
/// Least anchors of a page; the built-in forms have 188 to 208.
const LEAST_ANCHORS: usize = 12;
/// Fine anchors from which a page's print alone is enough to go by. With fewer, frames that people write into serve as well,
/// all but their insides: a sheet of sixty rows of bubbles prints little else.
const ENOUGH_ANCHORS: usize = 60;

impl References {
    /// Prepares every page of every form, on as many threads as there are. Measured 30 to 40 ms of CPU
    /// per page on a machine three times slower than usual for being busy.
    ///
    /// # Errors
    /// The first form whose blank cannot be decoded or prints too little to be recognised by.
    pub fn prepare(catalogue: &Catalogue) -> Result<Self, ReferenceError> {
        let all = catalogue.forms().iter().enumerate();
        let each: Vec<(usize, &Form, usize)> =
            all.flat_map(|(i, form)| (1..=form.pages.len()).map(move |page| (i, form, page))).collect();
        let made: Vec<Result<Reference, ReferenceError>> =
            each.into_par_iter().map(|(i, form, page)| Reference::prepare(i, form, page)).collect();
        Ok(Self { pages: made.into_iter().collect::<Result<_, _>>()?, rivals: Rivals::default() })
    }
}

impl Reference {
    fn prepare(index: usize, form: &Form, page: usize) -> Result<Self, ReferenceError> {
        let (width_mm, height_mm) = (form.pages[page - 1].width_mm, form.pages[page - 1].height_mm);
        let picture = blank(form, page)?;
        let few = |anchors| ReferenceError::TooLittlePrint { form: form.id.to_string(), page, anchors, least: LEAST_ANCHORS };
        let printed = Ink::of(&picture, Dpi::square(WORKING_DPI)).ok_or_else(|| few(0))?;
        let outlines = outlines(&printed.planes[1]);
        let aliases = own_aliases(&printed.planes[2]);
        let mut print = Unwritten::of(&printed, form, page, Pen::Swings);
        if print.fine.len() < ENOUGH_ANCHORS {
            let more = Unwritten::of(&printed, form, page, Pen::Stays);
            print = if more.fine.len() > print.fine.len() { more } else { print };
        }
        if print.fine.len() < LEAST_ANCHORS || print.coarse.len() < LEAST_ANCHORS {
            return Err(few(print.fine.len().min(print.coarse.len())));
        }
        let fields: Vec<RectMm> = form.fields_on(page).map(Field::bounds).collect();
        let all: Vec<&Field> = form.fields_on(page).collect();
        Ok(Self {
            form: index,
            page,
            title: form.title.clone(),
            width_mm,
            height_mm,
            samples: samples(&print.ink.planes[3], &print.masks[3]),
            outlines,
            fine_outlines: OnceLock::new(),
            coarse: print.coarse,
            fine: print.fine,
            frames: Frames::of(&all, &printed.planes[0]),
            beside: OnceLock::new(),
            options: all.iter().map(|field| options(field)).collect(),
            tables: Tables::of(&all),
            labels: OnceLock::new(),
            repeats: Repeats::of(&all),
            fields,
            aliases,
            zones: print.zones,
            ink: print.ink,
        })
    }

    /// Its print across and down; black bars left out or not.
    pub(super) fn outlines(&self, without_bars: bool) -> &[Outline; 2] {
        if without_bars {
            return self.fine_outlines.get_or_init(|| outlines(&self.ink.planes[1].without_solids(BAR_PX)));
        }
        &self.outlines
    }

    /// What is printed beside and between its fields.
    pub(super) fn beside(&self) -> &Beside {
        self.beside.get_or_init(|| {
            let (planes, masks) = (&self.ink.planes, masks(&self.ink, &self.zones));
            let witnesses = self.fields.iter().map(|field| Witnesses::of(field, &self.fields, planes, &masks)).collect();
            Beside { witnesses, lines: Lines::of((self.width_mm, self.height_mm), &self.fields, planes, &masks) }
        })
    }

    /// What is printed beside the options of each of its fields.
    pub(super) fn labels(&self) -> &[Labels] {
        self.labels.get_or_init(|| self.options.iter().map(|options| Labels::of(self, options)).collect())
    }

    /// Corners of the sheet.
    pub(super) fn corners(&self) -> [PointMm; 4] {
        RectMm::new(0.0, 0.0, self.width_mm, self.height_mm).corners()
    }

    /// Correlation of a page with this form's print at 2 mm per pixel, fill-in zones left out; −1 to 1. Half the form
    /// must lie on the page. `map` is taken to be affine.
    pub(super) fn likeness(&self, ink: &Ink, map: &Map) -> f32 {
        let plane = &ink.planes[3];
        if plane.w > MOST_FIXED || plane.h > MOST_FIXED {
            return -1.0;
        }
        // Where the form's first sample lies on the page's plane, and a step to the right and down, 16.16 fixed point.
        let place = |x: f64, y: f64| {
            let p = map.at(PointMm { x: (x + 0.5) * SAMPLES_MM, y: (y + 0.5) * SAMPLES_MM });
            [p.0 / 8.0 - 0.5, p.1 / 8.0 - 0.5]
        };
        let fixed = |v: f64| (v * 65_536.0) as i32;
        let (o, r, d) = (place(0.0, 0.0), place(64.0, 0.0), place(0.0, 64.0));
        let [right, down] = [r, d].map(|to| [0, 1].map(|i| fixed((to[i] - o[i]) / 64.0)));
        let o = o.map(fixed);
        let at = |s: &Sample, i: usize| {
            let (x, y) = (i32::from(s.x), i32::from(s.y));
            o[i].wrapping_add(x.wrapping_mul(right[i])).wrapping_add(y.wrapping_mul(down[i]))
        };
        let (mut n, mut sums, mut squares) = (0_u32, [0_u32; 2], [0_u64; 3]);
        for sample in &self.samples {
            let Some(u) = plane.sample_fixed(at(sample, 0), at(sample, 1)) else { continue };
            let (u, v) = (u32::from(u), u32::from(sample.ink));
            n = n.wrapping_add(1);
            sums = [sums[0].wrapping_add(u), sums[1].wrapping_add(v)];
            let each = [u.wrapping_mul(u), v.wrapping_mul(v), u.wrapping_mul(v)].map(u64::from);
            squares = [0, 1, 2].map(|i| squares[i].wrapping_add(each[i]));
        }
        let (n, [a, b], [aa, bb, ab]) = (f64::from(n), sums.map(f64::from), squares.map(|s| s as f64));
        let spread = (aa - a * a / n) * (bb - b * b / n);
        let shown = n >= self.samples.len() as f64 / 2.0 && spread > 0.0;
        if shown { ((ab - a * b / n) / spread.sqrt()) as f32 } else { -1.0 }
    }

    /// Whether a pen may have been at a point, or what is there is no print for another reason.
    pub(super) fn hides(&self, p: PointMm) -> bool {
        self.zones.iter().any(|z| z.contains(p))
    }

    /// Whether the sheets are of one size, to a few millimetres.
    pub(super) fn size_is(&self, other: &Self) -> bool {
        (self.width_mm - other.width_mm).hypot(self.height_mm - other.height_mm) < 3.0
    }

    /// The form's points upside down, in pixels of the finest plane.
    pub(super) fn half_turn(&self) -> Map {
        Map::new([-PX_PER_MM, 0.0, PX_PER_MM * self.width_mm, 0.0, -PX_PER_MM, PX_PER_MM * self.height_mm, 0.0, 0.0, 1.0])
    }

    /// The print as the anchors see it: pixels of the finest plane for a point in mm.
    pub(super) const fn own_map() -> Map {
        Map::new([PX_PER_MM, 0.0, 0.0, 0.0, PX_PER_MM, 0.0, 0.0, 0.0, 1.0])
    }
}

/// The form's own drawing, or its picture taken as the whole sheet, at the resolution of the finest plane: drawn with grey
/// edges, which are those of a scan reduced to it.
fn blank(form: &Form, page: usize) -> Result<GrayImage, ReferenceError> {
    let undecodable = |e: crate::scan::ScanError| ReferenceError::Undecodable {
        form: form.id.to_string(),
        page,
        file: form.pages[page - 1].blank.as_ref().map(|b| b.name.clone()).unwrap_or_default(),
        reason: e.to_string(),
    };
    scan::blank::picture(form, page, Dpi::square(WORKING_DPI)).map_err(undecodable)
}

fn outlines(half: &Plane) -> [Outline; 2] {
    let across = Strips::for_columns(half).profile(0.0, 0);
    let down = Strips::for_rows(half).profile(0.0, 0);
    [across, down].map(|pixels| Outline::new(Profile::of(&pixels, 2.0 / PX_PER_MM)))
}

/// Local peaks of the print's correlation with itself shifted along one axis by 4 to 70 mm. The built-in forms have
/// peaks of up to 0.7. `quarter` at about 1 mm per pixel.
fn own_aliases(quarter: &Plane) -> Vec<(f64, f64)> {
    const LEAST: f32 = 0.25;
    const MOST: usize = 6;
    let mm = 4.0 / PX_PER_MM;
    let mut out: Vec<(f32, (f64, f64))> = Vec::new();
    for (ux, uy) in [(0, 1), (1, 0)] {
        let scores: Vec<f32> = (3..=71).map(|px| quarter.likeness_shifted(ux * px, uy * px)).collect();
        for i in 1..scores.len() - 1 {
            if scores[i] > LEAST && scores[i] >= scores[i - 1] && scores[i] > scores[i + 1] {
                let by = (i + 3) as f64 * mm;
                out.push((scores[i], (ux as f64 * by, uy as f64 * by)));
            }
        }
    }
    out.sort_by(|a, b| b.0.total_cmp(&a.0));
    out.truncate(MOST);
    out.into_iter().flat_map(|(_, (x, y))| [(x, y), (-x, -y)]).collect()
}

/// How far pens stray from where they are meant to write.
#[derive(Clone, Copy)]
enum Pen {
    /// As people write.
    Swings,
    /// Hardly: what leaves the box is left to the robustness of the fit.
    Stays,
}

/// A form's print with the fill-in zones emptied, and the anchors in it.
struct Unwritten {
    ink: Ink,
    masks: [Plane; 4],
    zones: Vec<RectMm>,
    coarse: Vec<Anchor>,
    fine: Vec<Anchor>,
}

impl Unwritten {
    fn of(printed: &Ink, form: &Form, page: usize, pen: Pen) -> Self {
        let fields = form.fields_on(page).flat_map(|field| fill_zones(field, pen));
        let zones: Vec<RectMm> = fields.chain(form.pages[page - 1].mask.iter().copied()).collect();
        let masks = masks(printed, &zones);
        let mut ink = printed.clone();
        for (plane, mask) in ink.planes.iter_mut().zip(&masks) {
            plane.px.iter_mut().zip(&mask.px).for_each(|(v, m)| *v = if *m == 0 { *v } else { 0 });
        }
        let tensor = Tensor::of(&ink.planes[1], &masks[1]);
        let anchors = |cell, side, levels: &[(usize, usize)]| {
            let spots = places(&tensor, PX_PER_MM / 2.0, cell, side).into_iter();
            spots.filter_map(|at| Anchor::cut(at, &ink.planes, &masks, PX_PER_MM, levels)).collect()
        };
        let coarse = anchors(43, 24, &[(2, 12)]);
        let fine = anchors(26, 12, &[(1, 12), (0, 24)]);
        Self { ink, masks, zones, coarse, fine }
    }
}

/// 255 where a pen may have been, at each plane's resolution.
fn masks(ink: &Ink, zones: &[RectMm]) -> [Plane; 4] {
    let mut full = Plane::new(ink.planes[0].w, ink.planes[0].h, 0);
    for zone in zones {
        let px = |v: f64, limit: usize| ((v * PX_PER_MM).round().max(0.0) as usize).min(limit);
        let (l, r) = (px(zone.x, full.w), px(zone.right(), full.w));
        for y in px(zone.y, full.h)..px(zone.bottom(), full.h) {
            full.px[y * full.w + l..y * full.w + r].fill(255);
        }
    }
    let half = full.halved();
    let quarter = half.halved();
    let eighth = quarter.halved();
    [full, half, quarter, eighth]
}

/// Where a pen may have been. Cells keep their printed frames (writers stay inside, and a frame is the best anchor a
/// form has); ticks run 2 mm over their box; rings are drawn 3 mm around their number.
fn fill_zones(field: &Field, pen: Pen) -> Vec<RectMm> {
    let margin = match (&field.kind, pen) {
        (FieldKind::Digits { .. }, _) => -0.3,
        (FieldKind::Choice { mark: Mark::Box, .. }, Pen::Swings) => 2.0,
        (FieldKind::Choice { mark: Mark::Box, .. }, Pen::Stays) => 0.0,
        (FieldKind::Choice { mark: Mark::Circle, .. }, _) => 3.0,
        (FieldKind::Number { .. } | FieldKind::Text { .. } | FieldKind::Presence { .. }, _) => -0.2,
    };
    field.boxes().iter().map(|b| b.grown(margin)).collect()
}

/// The print at one pixel of the coarsest plane.
#[derive(Debug, Clone, Copy)]
struct Sample {
    x: u16,
    y: u16,
    ink: u8,
}

/// mm per pixel of the coarsest plane.
const SAMPLES_MM: f64 = 8.0 / PX_PER_MM;

/// Every second pixel of every second row of the coarsest plane, in turn the odd and the even ones, masked ones left out.
fn samples(plane: &Plane, mask: &Plane) -> Vec<Sample> {
    let all = (0..plane.h).step_by(2).flat_map(|y| (y / 2 % 2..plane.w).step_by(2).map(move |x| (x, y)));
    let seen = all.filter(|(x, y)| mask.at(*x, *y) < 128);
    seen.map(|(x, y)| Sample { x: x as u16, y: y as u16, ink: plane.at(x, y) }).collect()
}
