//! Whether the best placement is sure enough, and what to say where it is not.

use super::blank::{Content, content};
use super::fit::Map;
use super::ink::Ink;
use super::photo::Outlined;
use super::profile::{Hypothesis, Search, hypotheses};
use super::reference::{Reference, References};
use super::rival::{Sides, What};
use super::verdict::{Placement, coarse, fine};
use super::{RegisterSettings, Registered, Unplaced};
use crate::geometry::{Dpi, MM_PER_INCH, PointMm, RectMm, Rotation};
use crate::image::Raster;

/// Share of coarse anchors from which no more candidates are tried than a search wants: where more is written than printed, the right
/// place need not be among the likeliest.
const NOWHERE: f64 = 0.25;
/// Candidates refined to the end where none stands out.
const REFINED: usize = 3;
/// Share of coarse anchors from which a candidate stands out. Measured: the right place 0.90 to 1.0 (thinned strokes with
/// 30 % of their pixels lost included), another edition of the form 0.48 to 0.66, a place on a foreign page 0.2 at most.
const STANDS_OUT: f64 = 0.75;
/// Share of the best candidate's correlation from which another form may be another edition: the two
/// editions of the reader request have 0.71 to 0.78 of each other's, different forms 0.35 at most.
const ALIKE: f32 = 0.5;
/// How much less a page may look like the form at a slip or upside down, and the slip still be looked into.
const SLIP_LOSES: f32 = 0.3;
/// Times a page may go over to a rival before it counts as undecided.
const CHANGES: usize = 4;
/// What is said of a field beside which the page shows other words than the form: more than anything that agrees.
const CONTRADICTED_MM: f64 = 2.0;
/// Lines in place of which a page has others, and their share of all, from which it is another edition. Reasoned; seen: a tally
/// with other candidates is refused, a claim with another title is not.
const REWORDED: (usize, f64) = (4, 0.2);
/// A region with so many anchors shown speaks for itself.
const REGION_ANCHORS: usize = 5;
/// Least share of a region's anchors that agree. Measured: the right form's worst region 0.46 with broken strokes, 0.8
/// else; a region in which another edition differs 0.
const REGION_SHARE: f64 = 0.25;
/// How far, in mm, a sheet may go on displaced beyond a strip in which its print is not found. Measured: two sheets over each
/// other that were followed 1.2 to 5.4, sheets that curl 1.0 at most, paper that a feeder stretched 0.4 to 1.2.
const PIECES_MM: f64 = 1.0;

/// What was tried on the way, kept only for pictures: of several attempts the one by which most of a form was found.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) ink: Option<Ink>,
    pub(super) hypotheses: Vec<(Hypothesis, Option<f64>)>,
    pub(super) placements: Vec<Placement>,
}

impl Trace {
    fn is_better_than(&self, other: &Self) -> bool {
        let share = |trace: &Self| trace.placements.first().map(Placement::share);
        other.ink.is_none() || share(self) > share(other)
    }
}

/// Tries the page as a scan; where that places nothing, as a photograph of a sheet on something darker; and where no form is found
/// then, once more as a scan, farther.
pub(super) fn locate(
    page: &Raster,
    references: &References,
    settings: &RegisterSettings,
    mut trace: Option<&mut Trace>,
) -> Result<Registered, Unplaced> {
    let desk = Desk { references, settings };
    let why = match desk.scanned(page, Search::QUICK, trace.as_deref_mut()) {
        Err(why) if why != Unplaced::Blank => why,
        other => return other,
    };
    let why = match desk.photographed(page, why, trace.as_deref_mut()) {
        Err(why) => why,
        found => return found,
    };
    desk.scanned(page, Search::THOROUGH, trace).map_err(|now| telling(why, now))
}

/// Of two reasons the one that names a form, the first of two that do.
fn telling(before: Unplaced, now: Unplaced) -> Unplaced {
    if before == Unplaced::UnknownForm && now != Unplaced::Blank { now } else { before }
}

/// What pages are held against.
struct Desk<'a> {
    references: &'a References,
    settings: &'a RegisterSettings,
}

impl Desk<'_> {
    /// The sizes of sheet among the forms, mm, and the pages that have them.
    fn sizes(&self) -> Vec<((f64, f64), Vec<usize>)> {
        let mut out: Vec<((f64, f64), Vec<usize>)> = Vec::new();
        for (i, r) in self.references.pages.iter().enumerate() {
            let same = |(size, _): &&mut ((f64, f64), _)| (size.0 - r.width_mm).hypot(size.1 - r.height_mm) < 3.0;
            match out.iter_mut().find(same) {
                Some((_, pages)) => pages.push(i),
                None => out.push(((r.width_mm, r.height_mm), vec![i])),
            }
        }
        out
    }

    /// Resolutions at which the picture would show the whole of a form's sheet; none within 8 % of what the file states:
    /// the search covers that already.
    fn other_resolutions(&self, page: &Raster) -> Vec<(Dpi, Vec<usize>)> {
        let (w, h) = page.dimensions();
        let (stated, aspect) = (page.dpi().y, page.dpi().x / page.dpi().y);
        let longer = (f64::from(w) / aspect).max(f64::from(h));
        let at = |size: (f64, f64)| longer / size.0.max(size.1) * MM_PER_INCH;
        let sizes = self.sizes().into_iter().map(|(size, pages)| (at(size), pages));
        let others = sizes.filter(|(y, _)| (y / stated - 1.0).abs() > 0.08);
        others.map(|(y, pages)| (Dpi { x: y * aspect, y }, pages)).collect()
    }

    /// Tries the resolution the file states; where that places nothing, those at which the longer side of the picture would be
    /// that of a form's sheet.
    fn scanned(&self, page: &Raster, search: Search, mut trace: Option<&mut Trace>) -> Result<Registered, Unplaced> {
        let all: Vec<usize> = (0..self.references.pages.len()).collect();
        let mut why = match self.attempt(page, page.dpi(), (&all, search), trace.as_deref_mut()) {
            Err(why) if why != Unplaced::Blank => why,
            other => return other,
        };
        // Also where it is like some form, or like a part of it: at another size it may be another.
        for (dpi, asked) in self.other_resolutions(page) {
            match self.attempt(page, dpi, (&asked, search), trace.as_deref_mut()) {
                Err(now) => why = telling(why, now),
                found => return found,
            }
        }
        Err(why)
    }

    /// The same for a sheet seen at an angle, straightened first; `why` is what was said of the picture as it is.
    fn photographed(&self, page: &Raster, mut why: Unplaced, mut trace: Option<&mut Trace>) -> Result<Registered, Unplaced> {
        let outlines = Outlined::all(page);
        let tries =
            outlines.iter().flat_map(|outlined| self.sizes().into_iter().map(move |(size, asked)| (outlined, size, asked)));
        for (outlined, size, asked) in tries {
            let Some(sheet) = outlined.straightened(size) else { continue };
            let found = match self.attempt(&sheet.raster, sheet.raster.dpi(), (&asked, Search::QUICK), trace.as_deref_mut()) {
                Ok(found) => found,
                Err(now) => {
                    why = telling(why, now);
                    continue;
                }
            };
            let map = found.map.seen_through(&sheet.view);
            let turn = map.turn_at(PointMm { x: size.0 / 2.0, y: size.1 / 2.0 });
            let rotation = Rotation::ALL[(turn / 90.0).round().rem_euclid(4.0) as usize % 4];
            return Ok(Registered { skew_deg: signed(turn - f64::from(rotation.degrees())), map, rotation, ..found });
        }
        Err(why)
    }

    /// The page taken to have that resolution, held against the pages `asked`.
    fn attempt(
        &self,
        page: &Raster,
        dpi: Dpi,
        (asked, search): (&[usize], Search),
        trace: Option<&mut Trace>,
    ) -> Result<Registered, Unplaced> {
        let ink = Ink::of(page.luma(), dpi).ok_or(Unplaced::UnknownForm)?;
        let content = content(&ink);
        if content == Content::Nothing {
            return Err(Unplaced::Blank);
        }
        let mut tried = Trace::default();
        let candidates = hypotheses(&ink, &self.references.pages, asked, search);
        let mut placements = self.placements(&ink, &candidates, search, &mut tried);
        let verdict = self.judge(&ink, &mut placements, &candidates);
        let verdict = verdict.and_then(|()| registered(&placements[0], &self.references.pages[placements[0].reference], &ink));
        if let Some(trace) = trace {
            tried = Trace { placements, ink: Some(ink), ..tried };
            if tried.is_better_than(trace) {
                *trace = tried;
            }
        }
        match verdict {
            Err(Unplaced::UnknownForm) if content == Content::Faint => Err(Unplaced::Blank),
            other => other,
        }
    }

    /// Candidates refined, best first. Once one stands out the others are not tried: what else the page might be is for
    /// `judge` to ask.
    fn placements(&self, ink: &Ink, candidates: &[Hypothesis], search: Search, trace: &mut Trace) -> Vec<Placement> {
        let references = &self.references.pages;
        let mut tried: Vec<(f64, Hypothesis, Map)> = Vec::new();
        for (i, h) in candidates.iter().enumerate() {
            if i >= search.tried && tried.iter().any(|(share, ..)| *share > NOWHERE) {
                break;
            }
            let found = coarse(ink, &references[h.reference], &h.map);
            trace.hypotheses.push((*h, found.map(|f| f.0)));
            tried.extend(found.map(|(share, map)| (share, *h, map)));
            if found.is_some_and(|(share, _)| share > STANDS_OUT) {
                break;
            }
        }
        tried.sort_by(|a, b| b.0.total_cmp(&a.0));
        let best = tried.first().map_or(0.0, |t| t.0);
        tried.retain(|(share, ..)| *share > 0.15 && *share > 0.4 * best);
        tried.truncate(if best > STANDS_OUT { 1 } else { REFINED });
        let refined = |(_, h, map): &(f64, Hypothesis, Map)| fine(ink, &references[h.reference], h.reference, h.rotation, map);
        let mut out: Vec<Placement> = tried.iter().filter_map(refined).collect();
        out.sort_by(|a, b| b.share().total_cmp(&a.share()));
        out
    }

    /// Whether the first placement holds. One that a rival beats has given its place to that rival.
    fn judge(&self, ink: &Ink, placements: &mut [Placement], candidates: &[Hypothesis]) -> Result<(), Unplaced> {
        let first = placements.first().ok_or(Unplaced::UnknownForm)?;
        if first.share() < self.settings.resemblance {
            return Err(Unplaced::UnknownForm);
        }
        let undecided = self.settle(ink, &mut placements[0], candidates).err();
        let best = &placements[0];
        let reference = &self.references.pages[best.reference];
        let title = || reference.title.clone();
        if best.shown() * 5 < reference.fine.len() * 2 || best.residual_mm() > self.settings.residual_limit_mm {
            return Err(Unplaced::Misfit { title: title(), residual_mm: best.residual_mm() });
        }
        let foreign =
            |(shown, agree): &(usize, usize)| *shown >= REGION_ANCHORS && (*agree as f64) < REGION_SHARE * *shown as f64;
        if best.share() < self.settings.agreement || best.regions(reference).iter().any(foreign) {
            return Err(Unplaced::OtherEdition { title: title() });
        }
        let jump = best.jump_mm(reference);
        if jump > PIECES_MM {
            return Err(Unplaced::Misfit { title: title(), residual_mm: jump });
        }
        match undecided {
            None => Ok(()),
            Some(What::Slip(alias)) => {
                let (dx, dy) = reference.aliases[alias];
                Err(Unplaced::Misfit { title: title(), residual_mm: dx.hypot(dy) })
            }
            Some(_) => Err(Unplaced::OtherEdition { title: title() }),
        }
    }

    /// Asks of everything a placed page may be mistaken for which of the two the page shows, and goes over to the rival
    /// where it is the rival.
    ///
    /// # Errors
    /// What it cannot be told from.
    fn settle(&self, ink: &Ink, best: &mut Placement, candidates: &[Hypothesis]) -> Result<(), What> {
        let references = &self.references.pages;
        let mut last = What::HalfTurn;
        'changed: for _ in 0..CHANGES {
            for what in self.mistakable(ink, best, candidates) {
                last = what;
                let Some(rival) = self.references.rivals.of(references, best.reference, what) else { continue };
                match rival.sides(ink, &best.map) {
                    Sides::Own => {}
                    Sides::Open => return Err(what),
                    Sides::Theirs => {
                        let there = Reference::own_map().onto(&rival.across, &best.map).ok_or(what)?;
                        let (reference, rotation) = match what {
                            What::Other(other) => (other, rotation_of(&there, &references[other])),
                            What::Slip(_) | What::HalfTurn => (best.reference, rotation_of(&there, &references[best.reference])),
                        };
                        *best = fine(ink, &references[reference], reference, rotation, &there).ok_or(what)?;
                        continue 'changed;
                    }
                }
            }
            return Ok(());
        }
        Err(last)
    }

    /// Other forms that look alike, and the form's own slips that the page does not rule out at a glance.
    fn mistakable(&self, ink: &Ink, best: &Placement, candidates: &[Hypothesis]) -> Vec<What> {
        let reference = &self.references.pages[best.reference];
        let likeness = reference.likeness(ink, &best.map);
        let mut others: Vec<usize> = candidates.iter().filter(|h| h.score > ALIKE * likeness).map(|h| h.reference).collect();
        let alike = |(_, other): &(usize, &Reference)| {
            other.size_is(reference) && other.likeness(&reference.ink, &Reference::own_map()) > ALIKE
        };
        others.extend(self.references.pages.iter().enumerate().filter(alike).map(|(i, _)| i));
        others.sort_unstable();
        others.dedup();
        let others = others.into_iter().filter(|i| *i != best.reference).map(What::Other);
        let slipped =
            |(_, (dx, dy)): &(usize, &(f64, f64))| reference.likeness(ink, &best.map.shifted(*dx, *dy)) > likeness - SLIP_LOSES;
        let slips = reference.aliases.iter().enumerate().filter(slipped).map(|(i, _)| What::Slip(i));
        let turned = Reference::own_map().onto(&reference.half_turn(), &best.map);
        let turned = turned.filter(|map| reference.likeness(ink, map) > likeness - SLIP_LOSES).map(|_| What::HalfTurn);
        others.chain(slips).chain(turned).collect()
    }
}

/// The quarter turn nearest to a map.
fn rotation_of(map: &Map, reference: &Reference) -> Rotation {
    let turn = map.to_scan((1, 1)).turn_at(middle(reference));
    Rotation::ALL[(turn / 90.0).round().rem_euclid(4.0) as usize % 4]
}

fn middle(reference: &Reference) -> PointMm {
    PointMm { x: reference.width_mm / 2.0, y: reference.height_mm / 2.0 }
}

/// Degrees between −180 and 180.
fn signed(degrees: f64) -> f64 {
    (degrees + 540.0).rem_euclid(360.0) - 180.0
}

/// # Errors
/// Where the page has other words than the form in too many places.
fn registered(best: &Placement, reference: &Reference, ink: &Ink) -> Result<Registered, Unplaced> {
    let map = best.map.to_scan(ink.reduction);
    let turn = map.turn_at(middle(reference)) - f64::from(best.rotation.degrees());
    let usual = best.usual();
    let beside = reference.beside();
    let replaced = beside.lines.replaced(ink, &best.map, usual);
    if replaced.len() >= REWORDED.0 && replaced.len() as f64 >= REWORDED.1 * beside.lines.count() as f64 {
        return Err(Unplaced::OtherEdition { title: reference.title.clone() });
    }
    let slipped = reference.repeats.slipped(reference, ink, &best.map, usual);
    let exchanged = reference.tables.exchanged(reference, ink, &best.map, usual);
    let near = |(at, area): (usize, &RectMm)| {
        let (x, y) = best.map.at(area.centre());
        let residual = ink.shows(x, y).then(|| best.misfit_near(area)).flatten();
        let contradicted = slipped[at]
            || beside.witnesses[at].contradict(ink, &best.map, usual)
            || reference.labels()[at].are_exchanged(ink, &best.map, usual)
            || exchanged.contains(&at)
            || replaced.iter().any(|line| line.is_on_row_of(area));
        if contradicted { Some(CONTRADICTED_MM) } else { residual }
    };
    Ok(Registered {
        form: reference.form,
        page: reference.page,
        map,
        rotation: best.rotation,
        skew_deg: signed(turn),
        residual_mm: best.residual_mm(),
        field_residual_mm: reference.fields.iter().enumerate().map(near).collect(),
        reworded: !replaced.is_empty() || !exchanged.is_empty(),
    })
}
