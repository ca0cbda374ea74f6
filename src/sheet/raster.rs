//! Draws a [`Sheet`] as pixels, with grey edges, at any resolution. What is printed is what is read: the same list
//! is drawn as PDF.

use super::{Item, Sheet, TextItem, typeface};
use crate::geometry::{Dpi, MM_PER_INCH, RectMm};
use ab_glyph::{Font as _, Glyph, GlyphId, PxScale, point};
use image::GrayImage;

/// The sheet as a grey picture, 255 paper.
pub fn draw(sheet: &Sheet, dpi: Dpi) -> GrayImage {
    let (sx, sy) = dpi.px_per_mm();
    let size = ((sheet.width_mm * sx).round() as u32, (sheet.height_mm * sy).round() as u32);
    let mut canvas = Canvas { pixels: GrayImage::from_pixel(size.0.max(1), size.1.max(1), image::Luma([255])), sx, sy };
    for item in &sheet.items {
        canvas.item(item);
    }
    canvas.pixels
}

struct Canvas {
    pixels: GrayImage,
    sx: f64,
    sy: f64,
}

impl Canvas {
    fn item(&mut self, item: &Item) {
        match item {
            Item::Text(text) => self.text(text),
            Item::Line { line, width, dash } => self.dashed(*line, *width, *dash),
            Item::Rect { rect, width, fill } => self.rect(rect, *width, *fill),
            Item::Picture { rect, pixels } => self.picture(rect, pixels),
        }
    }

    fn text(&mut self, text: &TextItem) {
        let face = typeface::face(text.font);
        let units = f64::from(face.units_per_em().unwrap_or(1000.0));
        let em = text.size / 72.0 * MM_PER_INCH;
        // ab_glyph scales ascent − descent, typography scales the em.
        let height = f64::from(face.height_unscaled()) / units;
        let scale = PxScale { x: (em * height * self.sx) as f32, y: (em * height * self.sy) as f32 };
        for line in text.lines() {
            let mut x = line.x;
            for c in line.text.chars() {
                let id = face.glyph_id(c);
                self.glyph(text, id, scale, (x, line.y));
                x += f64::from(face.h_advance_unscaled(id)) / units * em + text.spacing;
            }
        }
    }

    fn glyph(&mut self, text: &TextItem, id: GlyphId, scale: PxScale, at: (f64, f64)) {
        let glyph = Glyph { id, scale, position: point((at.0 * self.sx) as f32, (at.1 * self.sy) as f32) };
        let Some(outlined) = typeface::face(text.font).outline_glyph(glyph) else { return };
        let bounds = outlined.px_bounds();
        let (left, top) = (bounds.min.x as i64, bounds.min.y as i64);
        outlined.draw(|x, y, coverage| self.shade(left + i64::from(x), top + i64::from(y), f64::from(coverage), 0.0));
    }

    fn dashed(&mut self, [x1, y1, x2, y2]: [f64; 4], width: f64, dash: Option<[f64; 2]>) {
        let Some([on, off]) = dash else { return self.stroke([x1, y1, x2, y2], width) };
        let length = (x2 - x1).hypot(y2 - y1);
        let (ux, uy) = ((x2 - x1) / length, (y2 - y1) / length);
        let mut at = 0.0;
        while at < length {
            let end = (at + on).min(length);
            self.stroke([x1 + ux * at, y1 + uy * at, x1 + ux * end, y1 + uy * end], width);
            at += on + off;
        }
    }

    fn stroke(&mut self, [x1, y1, x2, y2]: [f64; 4], width: f64) {
        let half = width / 2.0;
        let level = (x1 - x2).abs() < 1e-9 || (y1 - y2).abs() < 1e-9;
        if level {
            let (l, r, t, b) = (x1.min(x2), x1.max(x2), y1.min(y2), y1.max(y2));
            let rect = if b - t < 1e-9 { RectMm::new(l, t - half, r - l, width) } else { RectMm::new(l - half, t, width, b - t) };
            return self.fill(&rect, 0.0);
        }
        self.slanted([x1, y1, x2, y2], half);
    }

    /// A line in any direction: coverage falls off over one pixel at its sides.
    fn slanted(&mut self, [x1, y1, x2, y2]: [f64; 4], half: f64) {
        let (ax, ay, bx, by) = (x1 * self.sx, y1 * self.sy, x2 * self.sx, y2 * self.sy);
        let radius = half * (self.sx + self.sy) / 2.0;
        let length2 = (bx - ax).powi(2) + (by - ay).powi(2);
        let reach = radius + 1.0;
        for y in (ay.min(by) - reach) as i64..=(ay.max(by) + reach) as i64 {
            for x in (ax.min(bx) - reach) as i64..=(ax.max(bx) + reach) as i64 {
                let (px, py) = (x as f64 + 0.5, y as f64 + 0.5);
                let t = (((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length2).clamp(0.0, 1.0);
                let distance = (px - ax - t * (bx - ax)).hypot(py - ay - t * (by - ay));
                self.shade(x, y, (radius + 0.5 - distance).clamp(0.0, 1.0), 0.0);
            }
        }
    }

    fn rect(&mut self, rect: &RectMm, width: f64, fill: Option<f64>) {
        if let Some(grey) = fill {
            self.fill(rect, grey);
        }
        if width > 0.0 {
            let h = width / 2.0;
            let (l, t, r, b) = (rect.x, rect.y, rect.right(), rect.bottom());
            self.fill(&RectMm::new(l - h, t - h, r - l + width, width), 0.0);
            self.fill(&RectMm::new(l - h, b - h, r - l + width, width), 0.0);
            self.fill(&RectMm::new(l - h, t + h, width, b - t - width), 0.0);
            self.fill(&RectMm::new(r - h, t + h, width, b - t - width), 0.0);
        }
    }

    /// An upright rectangle, covered exactly: edges between pixels shade both.
    fn fill(&mut self, rect: &RectMm, grey: f64) {
        let (l, r) = (rect.x * self.sx, rect.right() * self.sx);
        let (t, b) = (rect.y * self.sy, rect.bottom() * self.sy);
        for y in t.floor() as i64..b.ceil() as i64 {
            let cy = (b.min(y as f64 + 1.0) - t.max(y as f64)).clamp(0.0, 1.0);
            for x in l.floor() as i64..r.ceil() as i64 {
                let cx = (r.min(x as f64 + 1.0) - l.max(x as f64)).clamp(0.0, 1.0);
                self.shade(x, y, cx * cy, grey);
            }
        }
    }

    fn picture(&mut self, rect: &RectMm, pixels: &GrayImage) {
        let (l, t) = ((rect.x * self.sx).round() as i64, (rect.y * self.sy).round() as i64);
        let (w, h) = (((rect.w * self.sx).round() as u32).max(1), ((rect.h * self.sy).round() as u32).max(1));
        let fitted = image::imageops::resize(pixels, w, h, image::imageops::FilterType::Triangle);
        for (x, y, p) in fitted.enumerate_pixels() {
            self.shade(l + i64::from(x), t + i64::from(y), 1.0, f64::from(p[0]) / 255.0);
        }
    }

    /// Lays `grey` (0 black to 1 white) over a pixel, as opaque as `coverage`.
    fn shade(&mut self, x: i64, y: i64, coverage: f64, grey: f64) {
        if x < 0 || y < 0 || x >= i64::from(self.pixels.width()) || y >= i64::from(self.pixels.height()) {
            return;
        }
        let pixel = self.pixels.get_pixel_mut(x as u32, y as u32);
        let now = f64::from(pixel[0]);
        pixel[0] = (now + (grey * 255.0 - now) * coverage + 0.5) as u8;
    }
}
