//! A PDF page that is no scan, drawn at 300 dpi on white paper.
//! Does not decide whether it is one.

use super::{Omissions, Sheet, settings};
use crate::scan::picture::Pixels;
use crate::scan::{Budgets, ScanError};
use hayro::hayro_syntax::page::Page as PdfPage;
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};
use std::sync::Arc;

/// Draws the page.
pub(super) fn draw(page: &PdfPage<'_>, sheet: &Sheet, budgets: &Budgets) -> Result<Pixels, ScanError> {
    // Rounded, not cut off: 841.92 pt are 3508 px, where hayro's own `render` makes 3507 of them.
    let side = |points: f64| (points * sheet.scale()).round().max(1.0);
    let (width, height) = (side(sheet.width), side(sheet.height));
    // Four bytes a pixel to draw on, and four for what is made of it while that is still there.
    budgets.admit(width.min(4e9) as u32, height.min(4e9) as u32, 8)?;
    let sides = u16::try_from(width as u32).ok().zip(u16::try_from(height as u32).ok());
    let (width, height) = sides.ok_or(ScanError::TooLarge {
        what: "too many pixels along a side of the page".into(),
        found: width.max(height) as u64,
        limit: u64::from(u16::MAX),
    })?;
    let mut context = RenderContext::new(width, height);
    let place = Affine::scale(sheet.scale()) * sheet.upright;
    let omissions = Arc::default();
    let interpreting = settings(&omissions);
    render_into(page, &RenderCache::new(), &interpreting, &RenderSettings::default(), &mut context, place);
    Omissions::check(&omissions)?;
    context.flush();
    let mut pixmap = Pixmap::new(width, height);
    let target = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..RasterizerSettings::default() };
    context.render_with(&mut pixmap, &mut Resources::default(), target);
    // On opaque white the premultiplied colours are the colours.
    let rgba = pixmap.data_as_u8_slice().as_chunks::<4>().0;
    let rgb = rgba.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
    Pixels::rgb(u32::from(width), u32::from(height), rgb)
}
