//! Whether the best placement is sure enough, and what to say where it is not.

use super::blank::is_blank;
use super::fit::Map;
use super::ink::Ink;
use super::profile::{Hypothesis, hypotheses};
use super::reference::Reference;
use super::verdict::{Placement, coarse, fine};
use super::{RegisterSettings, Registered, Unplaced};
use crate::geometry::{Dpi, PointMm, RectMm};
use crate::image::Raster;

/// Candidates whose coarse anchors are searched.
const TRIED: usize = 6;
/// Candidates refined to the end.
const REFINED: usize = 3;

pub(super) fn locate(page: &Raster, references: &[Reference], settings: &RegisterSettings) -> Result<Registered, Unplaced> {
    let ink = Ink::of(page.luma(), page.dpi()).ok_or(Unplaced::UnknownForm)?;
    if is_blank(&ink) { return Err(Unplaced::Blank); }
    let mut tried: Vec<(f64, Hypothesis, Map)> = Vec::new();
    for h in hypotheses(&ink, references, TRIED) {
        let c = coarse(&ink, &references[h.reference], &h);
        if std::env::var("TRACE").is_ok() {
            eprintln!("hyp ref {} rot {:?} score {:.3} coarse {:?}", h.reference, h.rotation, h.score, c.as_ref().map(|c| c.0));
        }
        if let Some((share, map)) = c {
            tried.push((share, h, map));
        }
    }
    tried.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut placed: Vec<Placement> = Vec::new();
    for (_, h, map) in tried.iter().take(REFINED) {
        if let Some(p) = fine(&ink, &references[h.reference], h, map) {
            if std::env::var("TRACE").is_ok() {
                eprintln!("   fine ref {} rot {:?} share {:.3} shown {} residual {:.3} regions {:?}", p.reference, p.rotation, p.share(), p.shown(), p.residual_mm(), p.regions(&references[p.reference]));
            }
            placed.push(p);
        }
    }
    placed.sort_by(|a, b| b.share().total_cmp(&a.share()));
    let Some(best) = placed.first() else { return Err(Unplaced::UnknownForm) };
    let reference = &references[best.reference];
    if best.share() < settings.resemblance { return Err(Unplaced::UnknownForm); }
    if best.share() < settings.agreement { return Err(Unplaced::OtherEdition { title: reference.title.clone() }); }
    Ok(registered(best, reference, &ink))
}

fn registered(best: &Placement, reference: &Reference, ink: &Ink) -> Registered {
    let map = best.map.to_scan(ink.reduction);
    let middle = PointMm { x: reference.width_mm / 2.0, y: reference.height_mm / 2.0 };
    let turn = map.turn_at(middle) - f64::from(best.rotation.degrees());
    Registered {
        form: reference.form,
        page: reference.page,
        map,
        rotation: best.rotation,
        skew_deg: (turn + 540.0).rem_euclid(360.0) - 180.0,
        residual_mm: best.residual_mm(),
        field_residual_mm: vec![],
    }
}
