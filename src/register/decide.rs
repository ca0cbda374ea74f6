//! Whether the best placement is sure enough, and what to say where it is not.

use super::blank::{Content, content};
use super::fit::Map;
use super::ink::Ink;
use super::profile::{Hypothesis, hypotheses};
use super::reference::Reference;
use super::verdict::{Placement, coarse, evidence, fine};
use super::{RegisterSettings, Registered, Unplaced};
use crate::geometry::{Dpi, MM_PER_INCH, PointMm, Rotation};
use crate::image::Raster;

/// Candidates whose coarse anchors are searched.
const TRIED: usize = 8;
/// Candidates refined to the end where none stands out.
const REFINED: usize = 3;
/// Share of coarse anchors from which a candidate stands out. Measured: the right place 0.90 to 1.0 (thinned strokes with
/// 30 % of their pixels lost included), another edition of the form 0.48 to 0.66, a place on a foreign page 0.2 at most.
const STANDS_OUT: f64 = 0.75;
/// Share of the best candidate's correlation from which another form may be another edition: the two
/// editions of the reader request have 0.71 to 0.78 of each other's, different forms 0.35 at most.
const ALIKE: f32 = 0.5;
/// A region with so many anchors shown speaks for itself.
const REGION_ANCHORS: usize = 5;
/// Least share of a region's anchors that agree. Measured: the right form's worst region 0.46 with broken strokes, 0.8
/// else; a region in which another edition differs 0.
const REGION_SHARE: f64 = 0.25;

/// What was tried on the way, kept only for pictures.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) ink: Option<Ink>,
    pub(super) hypotheses: Vec<(Hypothesis, Option<f64>)>,
    pub(super) placements: Vec<Placement>,
}

/// Tries the resolution the file states; where that finds nothing, the one at which the longer side of the picture would
/// be that of A4; where no form is found then, whether the picture is a photograph of a sheet on something darker.
pub(super) fn locate(
    page: &Raster,
    references: &[Reference],
    settings: &RegisterSettings,
    mut trace: Option<&mut Trace>,
) -> Result<Registered, Unplaced> {
    let first = attempt(page, page.dpi(), references, settings, trace.as_deref_mut());
    let (Err(Unplaced::UnknownForm), Some(dpi)) = (&first, other_dpi(page)) else {
        return first.or_else(|why| photographed(page, references, settings, why));
    };
    attempt(page, dpi, references, settings, trace).or(first).or_else(|why| photographed(page, references, settings, why))
}

/// The same for a sheet seen at an angle, straightened first; `why` is what was said of the picture as it is.
fn photographed(
    page: &Raster,
    references: &[Reference],
    settings: &RegisterSettings,
    why: Unplaced,
) -> Result<Registered, Unplaced> {
    if why == Unplaced::Blank {
        return Err(why);
    }
    let Some(sheet) = super::photo::straightened(page) else { return Err(why) };
    let Ok(found) = attempt(&sheet.raster, sheet.raster.dpi(), references, settings, None) else { return Err(why) };
    let map = found.map.seen_through(&sheet.back);
    let Some(reference) = references.iter().find(|r| r.form == found.form && r.page == found.page) else { return Err(why) };
    let turn = map.turn_at(middle(reference));
    let rotation = Rotation::ALL[(turn / 90.0).round().rem_euclid(4.0) as usize % 4];
    Ok(Registered { skew_deg: signed(turn - f64::from(rotation.degrees())), map, rotation, ..found })
}

/// None where it is within 8 % of what the file states: the search covers that already.
fn other_dpi(page: &Raster) -> Option<Dpi> {
    let (w, h) = page.dimensions();
    let (stated, aspect) = (page.dpi().y, page.dpi().x / page.dpi().y);
    let (wide, high) = (f64::from(w) / aspect, f64::from(h));
    let y = wide.max(high) / 297.0 * MM_PER_INCH;
    ((y / stated - 1.0).abs() > 0.08).then_some(Dpi { x: y * aspect, y })
}

fn attempt(
    page: &Raster,
    dpi: Dpi,
    references: &[Reference],
    settings: &RegisterSettings,
    trace: Option<&mut Trace>,
) -> Result<Registered, Unplaced> {
    let ink = Ink::of(page.luma(), dpi).ok_or(Unplaced::UnknownForm)?;
    let content = content(&ink);
    if content == Content::Nothing {
        return Err(Unplaced::Blank);
    }
    let mut keep = Trace::default();
    let trace = trace.unwrap_or(&mut keep);
    let placements = placements(&ink, references, trace);
    let verdict = judge(&placements, references, settings).map(|best| registered(best, &references[best.reference], &ink));
    trace.placements = placements;
    trace.ink = Some(ink);
    match verdict {
        Err(Unplaced::UnknownForm) if content == Content::Faint => Err(Unplaced::Blank),
        other => other,
    }
}

/// Candidates refined, best first.
fn placements(ink: &Ink, references: &[Reference], trace: &mut Trace) -> Vec<Placement> {
    let mut tried: Vec<(f64, Hypothesis, Map)> = Vec::new();
    for h in hypotheses(ink, references, TRIED) {
        // Once a place stands out, the same form's others are slips, which `refined` tries by itself, and other forms
        // matter only where they look alike.
        let stands_out = |(share, t, _): &(f64, Hypothesis, Map)| {
            *share > STANDS_OUT && (t.reference == h.reference || h.score < ALIKE * t.score)
        };
        if tried.iter().any(stands_out) {
            continue;
        }
        let found = coarse(ink, &references[h.reference], &h.map);
        trace.hypotheses.push((h, found.map(|f| f.0)));
        tried.extend(found.map(|(share, map)| (share, h, map)));
    }
    tried.sort_by(|a, b| b.0.total_cmp(&a.0));
    let best = tried.first().map_or(0.0, |t| t.0);
    tried.retain(|(share, ..)| *share > 0.15 && *share > 0.4 * best);
    tried.truncate(REFINED);
    let mut out: Vec<Placement> = tried.iter().filter_map(|(share, h, map)| refined(ink, references, h, *share, map)).collect();
    out.sort_by(|a, b| b.share().total_cmp(&a.share()));
    out
}

/// Refines a candidate after trying whether the form fits better a row or column further on.
fn refined(ink: &Ink, references: &[Reference], h: &Hypothesis, share: f64, map: &Map) -> Option<Placement> {
    let reference = &references[h.reference];
    let (mut share, mut map) = (share, *map);
    let likeness = reference.likeness(ink, &map);
    let first = map;
    for (dx, dy) in &reference.aliases {
        let shifted = first.shifted(*dx, *dy);
        if reference.likeness(ink, &shifted) < likeness - 0.1 {
            continue;
        }
        if let Some((other, there)) = coarse(ink, reference, &shifted).filter(|(other, _)| *other > share) {
            (share, map) = (other, there);
        }
    }
    fine(ink, reference, h.reference, h.rotation, &map)
}

fn judge<'a>(
    placements: &'a [Placement],
    references: &[Reference],
    settings: &RegisterSettings,
) -> Result<&'a Placement, Unplaced> {
    let best = placements.first().ok_or(Unplaced::UnknownForm)?;
    let reference = &references[best.reference];
    let title = || reference.title.clone();
    if best.share() < settings.resemblance {
        return Err(Unplaced::UnknownForm);
    }
    if best.shown() * 5 < reference.fine.len() * 2 || best.residual_mm() > settings.residual_limit_mm {
        return Err(Unplaced::Misfit { title: title(), residual_mm: best.residual_mm() });
    }
    let foreign = |(shown, agree): &(usize, usize)| *shown >= REGION_ANCHORS && (*agree as f64) < REGION_SHARE * *shown as f64;
    if best.share() < settings.agreement || best.regions(reference).iter().any(foreign) {
        return Err(Unplaced::OtherEdition { title: title() });
    }
    let beaten = |rival: &Placement| beats(best, rival, references);
    let rivals = placements.iter().skip(1).filter(|p| p.reference != best.reference && p.share() > settings.resemblance);
    if rivals.clone().all(beaten) { Ok(best) } else { Err(Unplaced::OtherEdition { title: title() }) }
}

/// Whether the print in which two forms differ is clearly that of the first.
fn beats(best: &Placement, rival: &Placement, references: &[Reference]) -> bool {
    let (a, b) = (&references[best.reference], &references[rival.reference]);
    let (own, agree) = evidence(best, a, rival, b);
    let (theirs, against) = evidence(rival, b, best, a);
    // Three places at least, of which six in ten speak for it, and no more than a third of the rival's own for the rival.
    // Measured between the editions of the reader request: at least 64 of 66 for, at most 1 of 82 against.
    own + theirs >= 3 && agree * 10 >= own * 6 && against * 3 <= theirs
}

fn middle(reference: &Reference) -> PointMm {
    PointMm { x: reference.width_mm / 2.0, y: reference.height_mm / 2.0 }
}

/// Degrees between −180 and 180.
fn signed(degrees: f64) -> f64 {
    (degrees + 540.0).rem_euclid(360.0) - 180.0
}

fn registered(best: &Placement, reference: &Reference, ink: &Ink) -> Registered {
    let map = best.map.to_scan(ink.reduction);
    let turn = map.turn_at(middle(reference)) - f64::from(best.rotation.degrees());
    let near = |area: &crate::geometry::RectMm| {
        let (x, y) = best.map.at(area.centre());
        ink.shows(x, y).then(|| best.misfit_near(area)).flatten()
    };
    Registered {
        form: reference.form,
        page: reference.page,
        map,
        rotation: best.rotation,
        skew_deg: signed(turn),
        residual_mm: best.residual_mm(),
        field_residual_mm: reference.fields.iter().map(near).collect(),
    }
}
