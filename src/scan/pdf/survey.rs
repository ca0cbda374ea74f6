//! One look over a PDF page without drawing it: is it a scan, that is one picture that covers it; and what is written on it.
//! Does not decode pictures.

use super::admit::Extent;
use super::{Sheet, settings};
use crate::scan::{Budgets, ScanError};
use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache, Paint, RasterImage,
    SoftMask, interpret_page,
};
use hayro::hayro_syntax::object::ObjectIdentifier;
use hayro::hayro_syntax::page::Page as PdfPage;
use hayro::kurbo::{Affine, BezPath, Point, Rect, Shape};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Instant;

/// What a page draws.
pub(super) struct Survey {
    /// The picture that is the page, where the page is a scan.
    pub(super) scan: Option<Place>,
    /// Every visible glyph in drawing order; a new run starts where `starts_run` says so.
    pub(super) glyphs: Vec<PlacedGlyph>,
    /// The streams of all pictures it draws.
    pub(super) pictures: HashSet<ObjectIdentifier>,
}

/// Which of the page's pictures, and where it lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Counted in drawing order.
    pub(super) index: usize,
    /// From the unit square of the picture (y down) to points on the upright sheet, its scale per picture, not per pixel.
    pub(super) unit: Affine,
}

/// A glyph and its box on the upright sheet, in points.
#[derive(Debug, Clone)]
pub(super) struct PlacedGlyph {
    /// Its text; none where the file does not say.
    pub(super) text: Option<String>,
    pub(super) area: Rect,
    /// Origin on the baseline, and where the next glyph's origin is expected.
    pub(super) from: Point,
    pub(super) to: Point,
    /// Height of the type in points.
    pub(super) size: f64,
    pub(super) starts_run: bool,
}

/// Thrown through the interpreter when a page draws more than it may; never reaches the panic hook.
struct TooManyOperations;

impl Survey {
    /// Interprets the page once.
    pub(super) fn take(page: &PdfPage<'_>, sheet: &Sheet, extent: &Extent, budgets: &Budgets) -> Result<Self, ScanError> {
        let cache = InterpreterCache::new();
        let bounds = Rect::new(0.0, 0.0, sheet.width, sheet.height);
        let mut context = Context::new(sheet.upright, bounds, &cache, page.xref(), settings(&Arc::default()));
        let mut watch = Watch::new(bounds, budgets.operations);
        watch.until = Instant::now().checked_add(extent.time);
        let outcome = catch_unwind(AssertUnwindSafe(|| interpret_page(page, &mut context, &mut watch)));
        match outcome {
            Ok(()) => Ok(Self { scan: watch.scan.filter(|_| !watch.inked), glyphs: watch.glyphs, pictures: watch.streams }),
            Err(thrown) if thrown.is::<TooManyOperations>() => {
                let (found, limit) = (watch.operations, budgets.operations);
                Err(ScanError::TooLarge { what: "too many drawing operations on a page".into(), found, limit })
            }
            Err(thrown) => resume_unwind(thrown),
        }
    }
}

/// Hands the page's picture `index` (in drawing order) to `take`. A second look, because pictures live no longer than the
/// call that draws them, and the first look does not know yet which one is the page.
pub(super) fn with_picture(page: &PdfPage<'_>, index: usize, budgets: &Budgets, take: Take<'_>) {
    let cache = InterpreterCache::new();
    let everywhere = Rect::new(-1e9, -1e9, 1e9, 1e9);
    let mut context = Context::new(Affine::IDENTITY, everywhere, &cache, page.xref(), settings(&Arc::default()));
    let mut watch = Watch { take: Some((index, take)), ..Watch::new(everywhere, budgets.operations) };
    interpret_page(page, &mut context, &mut watch);
}

/// Receives a picture while it is being drawn.
type Take<'t> = &'t mut dyn FnMut(&RasterImage<'_>);

/// A device that watches what is drawn.
struct Watch<'t> {
    page: Rect,
    operations: u64,
    most: u64,
    until: Option<Instant>,
    pictures: usize,
    streams: HashSet<ObjectIdentifier>,
    scan: Option<Place>,
    /// Whether anything visible was drawn beside, or after, the picture that is the page.
    inked: bool,
    glyphs: Vec<PlacedGlyph>,
    /// Clips in force: their bounds, and whether they are rectangles.
    clips: Vec<(Rect, bool)>,
    /// Transparency groups in force: whether they let everything through unchanged.
    groups: Vec<bool>,
    /// Which picture to hand out, and to whom.
    take: Option<(usize, Take<'t>)>,
}

impl Watch<'_> {
    fn new(page: Rect, most: u64) -> Self {
        Self {
            page,
            operations: 0,
            most,
            until: None,
            pictures: 0,
            streams: HashSet::new(),
            scan: None,
            inked: false,
            glyphs: Vec::new(),
            clips: Vec::new(),
            groups: Vec::new(),
            take: None,
        }
    }

    fn count(&mut self, operations: usize) {
        self.operations += operations as u64;
        if self.operations > self.most || self.until.is_some_and(|until| Instant::now() > until) {
            resume_unwind(Box::new(TooManyOperations));
        }
    }

    /// Whether a picture at `unit` is the whole page: alone in its place, upright or turned by quarters, unmasked, uncut.
    fn is_page(&self, unit: Affine) -> bool {
        let [a, b, c, d, ..] = unit.as_coeffs();
        let size = self.page.width().max(self.page.height());
        // A quarter pixel at 300 dpi over the side; anything more is a skew that only drawing can undo.
        let straight = (b.abs().max(c.abs())).min(a.abs().max(d.abs())) < size * 1e-4;
        let area = unit.transform_rect_bbox(Rect::new(0.0, 0.0, 1.0, 1.0));
        let seen = area.intersect(self.page);
        // Scanners leave margins of some mm; more than 15 % of the sheet empty is a picture on a page, not a page.
        let covers = seen.area() >= 0.85 * self.page.area();
        // What lies outside the page is not shown, so a picture that reaches out by more than 2 % is drawn and cut.
        let inside = self.page.inflate(self.page.width() * 0.02, self.page.height() * 0.02);
        let uncut = self
            .clips
            .iter()
            .all(|(clip, rectangular)| *rectangular && clip.inflate(size * 0.005, size * 0.005).contains_rect(seen));
        straight && covers && inside.contains_rect(area) && uncut && self.groups.iter().all(|plain| *plain)
    }

    fn ink(&mut self, props: &DrawProps<'_>, mode: &DrawMode) {
        self.count(1);
        // White on white paper is nothing, but white over a scan covers it up.
        let white = matches!(&props.paint, Paint::Color(c) if c.to_rgba().to_rgba8() == [255; 4]);
        let unseen = matches!(mode, DrawMode::Invisible) || white && self.scan.is_none();
        if !unseen {
            self.inked = true;
        }
    }
}

impl<'a> Device<'a> for Watch<'_> {
    fn draw_path(&mut self, _: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.ink(&props, mode);
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.count(1);
        self.clips.push((clip.path.bounding_box(), false));
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        self.count(1);
        self.clips.push((*rect, true));
    }

    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, blend: BlendMode) {
        self.count(1);
        // On white paper multiplying with what is below changes nothing; scanning software writes it.
        let plain = opacity > 0.999 && mask.is_none() && matches!(blend, BlendMode::Normal | BlendMode::Multiply);
        self.groups.push(plain);
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.count(run.glyphs().len());
        if matches!(mode, DrawMode::Invisible) {
            return;
        }
        self.ink(&props, mode);
        for (index, glyph) in run.glyphs().iter().enumerate() {
            let advance = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                Glyph::Type3(drawn) => drawn.advance_width(),
            };
            let text = glyph.as_unicode().map(|text| match text {
                BfString::Char(c) => c.to_string(),
                BfString::String(s) => s,
            });
            let place = props.transform * glyph.transform();
            self.glyphs.push(PlacedGlyph::new(text, place, f64::from(advance.unwrap_or(500.0)), index == 0));
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.count(1);
        let index = self.pictures;
        self.pictures += 1;
        self.streams.insert(match &image {
            Image::Stencil(stencil) => stencil.stream().obj_id(),
            Image::Raster(raster) => raster.stream().obj_id(),
        });
        if let (Some((wanted, take)), Image::Raster(raster)) = (&mut self.take, &image)
            && *wanted == index
        {
            take(raster);
        }
        let unit = props.transform * Affine::scale_non_uniform(f64::from(image.width().max(1)), f64::from(image.height().max(1)));
        let opaque = match &image {
            Image::Stencil(_) => false,
            Image::Raster(raster) => {
                let dict = raster.stream().dict();
                !["SMask", "Mask", "SMaskInData"].iter().any(|key| dict.contains_key(key))
            }
        };
        if opaque && self.is_page(unit) {
            // Whatever was drawn before lies under it now: text that a scanner's OCR put there, too.
            self.scan = Some(Place { index, unit });
            self.inked = false;
            self.glyphs.clear();
        } else {
            self.inked = true;
        }
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn pop_transparency_group(&mut self) {
        self.groups.pop();
    }
}

impl PlacedGlyph {
    /// From a glyph's own units, 1000 to the height of the type.
    fn new(text: Option<String>, place: Affine, advance: f64, starts_run: bool) -> Self {
        let from = place * Point::ZERO;
        // 880 above and 120 below the baseline: the body of Japanese type.
        let area = place.transform_rect_bbox(Rect::new(0.0, -120.0, advance.max(1.0), 880.0));
        let size = (place * Point::new(0.0, 1000.0)).distance(from);
        Self { text, area, from, to: place * Point::new(advance, 0.0), size, starts_run }
    }
}
