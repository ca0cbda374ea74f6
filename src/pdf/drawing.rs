//! A sheet as the operations of a PDF page. Does not know of files.

use super::typeface;
use crate::geometry::RectMm;
use crate::sheet::{Item, Sheet, TextItem};
use ::image::GrayImage;
use printpdf::{
    Color, DictItem, ExternalStream, ExternalXObject, Greyscale, Line, LineDashPattern, LinePoint, Mm, Op, PaintMode,
    PdfDocument, PdfFontHandle, PdfPage, Point, Pt, Rect, TextMatrix, XObject, XObjectId, XObjectTransform,
};
use std::collections::BTreeMap;

/// Points in a millimetre.
const PT_PER_MM: f64 = 72.0 / 25.4;

/// Draws a sheet. Its pictures go to the document, beside those that are there.
pub(super) fn page(sheet: &Sheet, document: &mut PdfDocument) -> PdfPage {
    let mut page = Drawing { height: sheet.height_mm, ops: Vec::new(), document };
    for item in &sheet.items {
        match item {
            Item::Text(text) => page.text(text),
            Item::Line { line, width, dash } => page.line(*line, *width, *dash),
            Item::Rect { rect, width, fill } => page.rect(rect, *width, *fill),
            Item::Picture { rect, pixels } => page.picture(rect, pixels),
        }
    }
    PdfPage::new(Mm(sheet.width_mm as f32), Mm(sheet.height_mm as f32), page.ops)
}

struct Drawing<'a> {
    height: f64,
    ops: Vec<Op>,
    document: &'a mut PdfDocument,
}

impl Drawing<'_> {
    /// PDF counts up from the bottom edge.
    fn point(&self, x: f64, y: f64) -> Point {
        Point { x: pt(x), y: pt(self.height - y) }
    }

    fn text(&mut self, text: &TextItem) {
        let font = PdfFontHandle::External(typeface::id(text.font));
        self.ops.push(Op::StartTextSection);
        self.ops.push(Op::SetFillColor { col: grey(0.0) });
        self.ops.push(Op::SetFont { font, size: Pt(text.size as f32) });
        self.ops.push(Op::SetCharacterSpacing { multiplier: (text.spacing * PT_PER_MM) as f32 });
        for line in text.lines().into_iter().filter(|l| !l.text.is_empty()) {
            let at = self.point(line.x, line.y);
            self.ops.push(Op::SetTextMatrix { matrix: TextMatrix::Translate(at.x, at.y) });
            self.ops.push(Op::ShowText { items: vec![line.text.into()] });
        }
        self.ops.push(Op::EndTextSection);
    }

    fn line(&mut self, [x1, y1, x2, y2]: [f64; 4], width: f64, dash: Option<[f64; 2]>) {
        let on_off = dash.map(|[on, off]| [(on * PT_PER_MM) as f32, (off * PT_PER_MM) as f32]);
        let pattern = on_off.map_or_else(LineDashPattern::solid, |lengths| LineDashPattern::new(0.0, &lengths));
        let points = [self.point(x1, y1), self.point(x2, y2)].map(|p| LinePoint { p, bezier: false }).to_vec();
        self.ops.push(Op::SetOutlineColor { col: grey(0.0) });
        self.ops.push(Op::SetOutlineThickness { pt: pt(width) });
        self.ops.push(Op::SetLineDashPattern { dash: pattern });
        self.ops.push(Op::DrawLine { line: Line { points, is_closed: false } });
    }

    fn rect(&mut self, rect: &RectMm, width: f64, fill: Option<f64>) {
        let corner = self.point(rect.x, rect.bottom());
        let shape = |mode| Op::DrawRectangle {
            rectangle: Rect {
                x: corner.x,
                y: corner.y,
                width: pt(rect.w),
                height: pt(rect.h),
                mode: Some(mode),
                winding_order: None,
            },
        };
        if let Some(level) = fill {
            self.ops.push(Op::SetFillColor { col: grey(level) });
            self.ops.push(shape(PaintMode::Fill));
        }
        if width > 0.0 {
            self.ops.push(Op::SetOutlineColor { col: grey(0.0) });
            self.ops.push(Op::SetOutlineThickness { pt: pt(width) });
            self.ops.push(Op::SetLineDashPattern { dash: LineDashPattern::solid() });
            self.ops.push(shape(PaintMode::Stroke));
        }
    }

    fn picture(&mut self, rect: &RectMm, pixels: &GrayImage) {
        let pictures = &mut self.document.resources.xobjects.map;
        let id = XObjectId(format!("P{}", pictures.len() + 1));
        pictures.insert(id.clone(), XObject::External(embedded(pixels)));
        let corner = self.point(rect.x, rect.bottom());
        let transform = XObjectTransform {
            translate_x: Some(corner.x),
            translate_y: Some(corner.y),
            scale_x: Some(pt(rect.w).0),
            scale_y: Some(pt(rect.h).0),
            no_auto_scale: true,
            ..XObjectTransform::default()
        };
        self.ops.push(Op::UseXobject { id, transform });
    }
}

fn pt(mm: f64) -> Pt {
    Pt((mm * PT_PER_MM) as f32)
}

fn grey(level: f64) -> Color {
    Color::Greyscale(Greyscale::new(level.clamp(0.0, 1.0) as f32, None))
}

/// An image dictionary by ISO 32000-1, 8.9.5: eight bits of grey a pixel.
fn embedded(pixels: &GrayImage) -> ExternalXObject {
    let name = |n: &str| DictItem::Name(n.as_bytes().to_vec());
    let dict = BTreeMap::from([
        ("Type".to_owned(), name("XObject")),
        ("Subtype".to_owned(), name("Image")),
        ("Width".to_owned(), DictItem::Int(i64::from(pixels.width()))),
        ("Height".to_owned(), DictItem::Int(i64::from(pixels.height()))),
        ("ColorSpace".to_owned(), name("DeviceGray")),
        ("BitsPerComponent".to_owned(), DictItem::Int(8)),
        ("Interpolate".to_owned(), DictItem::Bool(true)),
    ]);
    let stream = ExternalStream { dict, content: pixels.as_raw().clone(), compress: true };
    ExternalXObject { stream, width: None, height: None, dpi: None }
}
