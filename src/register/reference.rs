//! What the program knows of each form page before any scan arrives: its print with the fill-in zones masked, its
//! profiles, its anchors. Prepared once per run; does not look at scans.

use super::anchor::{Anchor, places};
use super::fit::Map;
use super::ink::{Ink, WORKING_DPI};
use super::plane::Plane;
use super::profile::Profile;
use super::skew::Strips;
use crate::form::catalogue::Catalogue;
use crate::form::{Field, FieldKind, Form, Mark};
use crate::geometry::{Dpi, MM_PER_INCH, PointMm, RectMm};
use crate::scan;
use image::GrayImage;

/// Every page of every form of a catalogue, ready to be recognised on scans.
#[derive(Debug)]
pub struct References {
    pub(super) pages: Vec<Reference>,
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
    /// Across and down.
    pub(super) profiles: (Profile, Profile),
    /// Searched at 1 mm per pixel.
    pub(super) coarse: Vec<Anchor>,
    /// Searched at 0.5 and 0.25 mm per pixel.
    pub(super) fine: Vec<Anchor>,
    /// Bounds of the page's fields in the order of `Form::fields_on`.
    pub(super) fields: Vec<RectMm>,
    /// Shifts in mm at which the print resembles itself: rows or columns that look alike.
    pub(super) aliases: Vec<(f64, f64)>,
    samples: Vec<(PointMm, f32)>,
}

/// Pixels of the finest plane per mm.
const PX_PER_MM: f64 = WORKING_DPI / MM_PER_INCH;
/// Blanks are drawn at twice the working resolution, so that their edges are as grey as a reduced scan's.
const DRAWN_DPI: f64 = 2.0 * WORKING_DPI;
/// Least anchors of a page; the built-in forms have 188 to 208.
const LEAST_ANCHORS: usize = 12;

impl References {
    /// Prepares every page of every form. Takes some 25 ms of CPU per page.
    ///
    /// # Errors
    /// The first form whose blank cannot be decoded or prints too little to be recognised by.
    pub fn prepare(catalogue: &Catalogue) -> Result<Self, ReferenceError> {
        let mut pages = Vec::new();
        for (index, form) in catalogue.forms().iter().enumerate() {
            for page in 1..=form.pages.len() {
                pages.push(Reference::prepare(index, form, page)?);
            }
        }
        Ok(Self { pages })
    }
}

impl Reference {
    fn prepare(index: usize, form: &Form, page: usize) -> Result<Self, ReferenceError> {
        let (width_mm, height_mm) = (form.pages[page - 1].width_mm, form.pages[page - 1].height_mm);
        let (picture, dpi) = blank(form, page)?;
        let few = |anchors| ReferenceError::TooLittlePrint { form: form.id.to_string(), page, anchors, least: LEAST_ANCHORS };
        let mut ink = Ink::of(&picture, dpi).ok_or_else(|| few(0))?;
        let masks = masks(&ink, form, page);
        for (plane, mask) in ink.planes.iter_mut().zip(&masks) {
            plane.px.iter_mut().zip(&mask.px).for_each(|(v, m)| {
                if *m != 0 {
                    *v = 0;
                }
            });
        }
        let coarse = anchors(&ink, &masks, 43, 24, &[(2, 12)]);
        let fine = anchors(&ink, &masks, 26, 12, &[(1, 12), (0, 24)]);
        if fine.len() < LEAST_ANCHORS || coarse.len() < LEAST_ANCHORS {
            return Err(few(fine.len().min(coarse.len())));
        }
        let half = &ink.planes[1];
        let down = Profile::of(&Strips::for_rows(half).profile(0.0, 0), 2.0 / PX_PER_MM);
        let across = Profile::of(&Strips::for_columns(half).profile(0.0, 0), 2.0 / PX_PER_MM);
        let fields = form.fields_on(page).map(Field::bounds).collect();
        let samples = samples(&ink.planes[3], &masks[3]);
        let title = form.title.clone();
        let aliases = Vec::new();
        let mut made = Self {
            form: index,
            page,
            title,
            width_mm,
            height_mm,
            ink,
            profiles: (across, down),
            coarse,
            fine,
            fields,
            aliases,
            samples,
        };
        made.aliases = made.own_aliases();
        Ok(made)
    }

    /// Corners of the sheet.
    pub(super) fn corners(&self) -> [PointMm; 4] {
        RectMm::new(0.0, 0.0, self.width_mm, self.height_mm).corners()
    }

    /// Correlation of a page with this form's print at 2 mm per pixel, fill-in zones left out; −1 to 1. Half the form
    /// must lie on the page.
    pub(super) fn likeness(&self, ink: &Ink, map: &Map) -> f32 {
        let plane = &ink.planes[3];
        let (w, h) = (plane.w as f64 * 8.0, plane.h as f64 * 8.0);
        let (mut n, mut a, mut b, mut aa, mut bb, mut ab) = (0.0_f32, 0.0, 0.0, 0.0, 0.0, 0.0);
        for (p, v) in &self.samples {
            let (x, y) = map.at(*p);
            if x < 0.0 || y < 0.0 || x >= w || y >= h {
                continue;
            }
            let u = plane.sample((x / 8.0) as f32, (y / 8.0) as f32);
            n += 1.0;
            a += u;
            b += v;
            aa += u * u;
            bb += v * v;
            ab += u * v;
        }
        let spread = (aa - a * a / n) * (bb - b * b / n);
        if n < self.samples.len() as f32 / 2.0 || spread <= 0.0 { -1.0 } else { (ab - a * b / n) / spread.sqrt() }
    }

    /// Local peaks of the print's correlation with itself shifted along one axis by 4 to 40 mm. The built-in forms have
    /// peaks of up to 0.7 where the right place has 0.9.
    fn own_aliases(&self) -> Vec<(f64, f64)> {
        let mut out = Vec::new();
        for (ux, uy) in [(0.0, 1.0), (1.0, 0.0)] {
            let scores: Vec<f32> = (3..=41)
                .map(|mm| self.likeness(&self.ink, &Self::own_map().shifted(ux * f64::from(mm), uy * f64::from(mm))))
                .collect();
            for i in 1..scores.len() - 1 {
                if scores[i] > 0.35 && scores[i] >= scores[i - 1] && scores[i] > scores[i + 1] {
                    let mm = (i + 3) as f64;
                    out.extend([(ux * mm, uy * mm), (-ux * mm, -uy * mm)]);
                }
            }
        }
        out
    }

    /// The print as the anchors see it: pixels of the finest plane for a point in mm.
    pub(super) fn own_map() -> Map {
        Map::new([PX_PER_MM, 0.0, 0.0, 0.0, PX_PER_MM, 0.0, 0.0, 0.0, 1.0])
    }
}

/// The blank and its resolution: the form's own drawing, or its picture taken as the whole sheet.
fn blank(form: &Form, page: usize) -> Result<(GrayImage, Dpi), ReferenceError> {
    let dpi = Dpi::square(DRAWN_DPI);
    let undecodable = |e: crate::scan::ScanError| ReferenceError::Undecodable {
        form: form.id.to_string(),
        page,
        file: form.pages[page - 1].blank.as_ref().map(|b| b.name.clone()).unwrap_or_default(),
        reason: e.to_string(),
    };
    scan::blank::picture(form, page, dpi).map(|picture| (picture, dpi)).map_err(undecodable)
}

/// 255 where a pen may have been, at each plane's resolution.
fn masks(ink: &Ink, form: &Form, page: usize) -> [Plane; 4] {
    let mut full = Plane::new(ink.planes[0].w, ink.planes[0].h, 0);
    for zone in form.fields_on(page).flat_map(fill_zones) {
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
fn fill_zones(field: &Field) -> Vec<RectMm> {
    let margin = match &field.kind {
        FieldKind::Digits { .. } => -0.3,
        FieldKind::Choice { mark: Mark::Box, .. } => 2.0,
        FieldKind::Choice { mark: Mark::Circle, .. } => 3.0,
        FieldKind::Number { .. } | FieldKind::Text { .. } | FieldKind::Presence { .. } => -0.2,
    };
    field.boxes().iter().map(|b| b.grown(margin)).collect()
}

fn anchors(ink: &Ink, masks: &[Plane; 4], cell: usize, side: usize, levels: &[(usize, usize)]) -> Vec<Anchor> {
    let spots = places(&ink.planes[1], &masks[1], PX_PER_MM / 2.0, cell, side);
    spots.into_iter().filter_map(|p| Anchor::cut(p, &ink.planes, masks, PX_PER_MM, levels)).collect()
}

/// Every second pixel of the coarsest plane in a chequerboard, masked ones left out.
fn samples(plane: &Plane, mask: &Plane) -> Vec<(PointMm, f32)> {
    let mm = |i: usize| (i as f64 + 0.5) * 8.0 / PX_PER_MM;
    let all = (0..plane.h).flat_map(|y| (0..plane.w).filter(move |x| (x + y) % 2 == 0).map(move |x| (x, y)));
    let seen = all.filter(|(x, y)| mask.at(*x, *y) < 128);
    seen.map(|(x, y)| (PointMm { x: mm(x), y: mm(y) }, f32::from(plane.at(x, y)))).collect()
}
