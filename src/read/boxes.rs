//! Marks in printed boxes (□): ✓ レ × ■ ●, small, large, partly outside, struck out. Scores only.

mod tick;

use super::MarkScore;
use super::components::Component;
use super::digits::OVERSHOOT_MM;
use super::frame::Aligned;
use super::loose::{self, NEEDLE_MM, UNSURE};
use super::overwritten::{Look, overwritten};
use super::patch::{Patch, SCALE, Window};
use super::strikes::{DIRECTIONS, Line, Place, Traces, UNBROKEN};
use super::strokes::{Strokes, breadth_mm, core, extent_mm, level};
use super::tone::Tone;
use super::trails::crumbled;
use crate::geometry::RectMm;
use crate::score::Score;
use tick::is_tick;

/// How much of the neighbourhood of the boxes is looked at, mm: large ticks and cancelling strokes reach this far.
pub const MARGIN_MM: f64 = 6.0;

/// Scores of every box of a field; `theirs` is what belongs to other fields.
pub fn marks((aligned, tone): (&Aligned, &Tone), strokes: &Strokes, (boxes, theirs): (&[RectMm], &[Window])) -> Vec<MarkScore> {
    let pen = &aligned.pen;
    // The frame's inner edge and the blur of its line are left out.
    let insides: Vec<Window> = boxes.iter().map(|b| pen.window(&b.grown(-0.3))).collect();
    let pieces = pieces(strokes, boxes, &insides, pen);
    let crumbled = crumbled(&strokes.specks, &insides, pen);
    let dotted = overwritten(aligned, boxes, DOTTED);
    let traces = Traces::of(aligned, strokes);
    let mut scores = Vec::with_capacity(boxes.len());
    for (b, area) in boxes.iter().enumerate() {
        let mut seen = look(b, area, &pieces, (&insides, theirs), pen);
        let mut own = pieces.iter().filter(|p| p.counts[b] > 0);
        seen.covered |= own.any(|p| leads_to_another(p.ink, b, boxes, pen));
        let lined = crossed(area, pen, tone) || seen.own > 0.0 && is_lined_through(area, &traces, pen);
        seen.struck |= lined && !is_lone_mark(b, area, &pieces, pen);
        seen.covered |= seen.own > 0.0 && !reaches_the_middle(b, area, &pieces, pen);
        let faint = dotted[b] || crumbled[b] || strokes.doubts().any(|p| p.inside(&insides[b], pen.width) * 3 > p.pixels.len());
        // On a grey ground nobody can tell a stroke from the ground's own dark places.
        seen.covered |= strokes.faint.iter().any(|p| p.inside(&insides[b], pen.width) * 10 > insides[b].area());
        seen.covered |= strokes.pieces.iter().any(|p| is_spread_over(p, area, pen));
        seen.covered |= strokes.smudges.iter().any(|p| p.inside(&insides[b], pen.width) > 0);
        seen.covered |= aligned.is_obscured(&area.grown(0.4));
        scores.push(score(&seen, faint));
    }
    let own: Vec<&Component> = pieces.iter().filter(|p| p.is_in_a_box()).map(|p| p.ink).collect();
    let marked: Vec<&RectMm> = boxes.iter().zip(&scores).filter(|(_, s)| s.marked.get() > 0.5).map(|(b, _)| b).collect();
    let beside = pieces.iter().filter(|p| !p.is_in_a_box() && !p.stem).map(|p| p.ink);
    let beside = beside.filter(|piece| !begins_at(piece, &marked, pen));
    let loose = loose::among(beside, &own, (&insides, theirs), pen).map(|piece| piece.bounds);
    loose::doubt_nearest(&mut scores, &insides, loose);
    scores
}

/// Where a dot may hide on the letter in a bubble. Measured on the answer sheets of another's making, excess over the middle one
/// of five: clean letters 0.035 at most in 999 of 1,000 (flat scans of 150 to 300 dpi), dots of 1 to 1.6 mm 0.05 to 0.4.
const DOTTED: Look = Look { rim: 0.2, dense: 0.1, limit: 0.045, usual: 0.5 };

/// A piece of ink in or near the boxes of a field.
struct Piece<'a> {
    ink: &'a Component,
    /// How many of its pixels lie inside each box.
    counts: Vec<usize>,
    /// Whether it is the stem of a mark that it does not touch.
    stem: bool,
}

impl Piece<'_> {
    fn is_in_a_box(&self) -> bool {
        self.counts.iter().any(|n| *n > 0)
    }
}

fn pieces<'a>(strokes: &'a Strokes, boxes: &[RectMm], insides: &[Window], pen: &Patch) -> Vec<Piece<'a>> {
    let counted = |ink: &'a Component| {
        let counts = insides.iter().map(|w| ink.inside(w, pen.width)).collect();
        Piece { ink, counts, stem: false }
    };
    let mut pieces: Vec<Piece> = strokes.pieces.iter().map(counted).collect();
    let own: Vec<&Component> = pieces.iter().filter(|p| p.is_in_a_box()).map(|p| p.ink).collect();
    for piece in pieces.iter_mut().filter(|p| !p.is_in_a_box()) {
        piece.stem = boxes.iter().any(|area| is_stem(piece.ink, area, &own, pen));
    }
    pieces
}

/// How near to a marked box's outline the arm of its tick begins where it ran along the printed line, mm.
const AT_FRAME_MM: f64 = 0.4;

/// Whether a stroke is a piece of a mark from which the box's own printed line parts it: it begins at the line of a marked box and
/// is no longer than the box.
fn begins_at(piece: &Component, marked: &[&RectMm], pen: &Patch) -> bool {
    let at = |area: &&&RectMm| pen.window(&area.grown(AT_FRAME_MM)).overlaps(&piece.bounds);
    marked.iter().filter(at).any(|area| extent_mm(piece) <= area.w.max(area.h))
}

/// Longest stem of a レ above its box, in sides of the box.
const STEM: f64 = 1.5;

/// How far from the foot of a レ its stem may point, mm: stems bend.
const AIM_MM: f64 = 1.2;

/// Whether a stroke is the stem of a large レ: it comes down to the box from above, runs on where the printed line hides it, and
/// points to the foot of the mark in that box.
fn is_stem(piece: &Component, area: &RectMm, own: &[&Component], pen: &Patch) -> bool {
    let side = area.w.max(area.h);
    let b = &piece.bounds;
    let reaches = pen.window(&area.grown(AT_FRAME_MM)).overlaps(b) && b.y0 < pen.window(area).y0;
    if !reaches || extent_mm(piece) > STEM * side || breadth_mm(&piece.pixels, pen.width) >= NEEDLE_MM {
        return false;
    }
    let mean_x = |from: usize, to: usize| {
        let xs: Vec<usize> =
            piece.pixels.iter().filter(|&&i| (from..to).contains(&(i / pen.width))).map(|i| i % pen.width).collect();
        xs.iter().sum::<usize>() as f64 / xs.len().max(1) as f64
    };
    let third = (b.y1 - b.y0).div_ceil(3);
    let (top, end) = (mean_x(b.y0, b.y0 + third), mean_x(b.y1 - third, b.y1));
    let lean = (end - top) / ((b.y1 - b.y0) - third).max(1) as f64;
    let inside = pen.window(area);
    own.iter().filter(|mark| mark.inside(&inside, pen.width) > 0).any(|mark| {
        let foot = mark.bounds.y1 - 1;
        let Some(at) = mark.pixels.iter().rfind(|&&i| i / pen.width == foot).map(|i| i % pen.width) else { return false };
        let below = foot as f64 - (b.y1 as f64 - third as f64 / 2.0);
        let hidden = foot.saturating_sub(b.y1) as f64 <= SCALE * (side + NEEDLE_MM);
        foot > b.y1 && hidden && (end + lean * below - at as f64).abs() <= AIM_MM * SCALE
    })
}

/// What was seen at one box.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// Share of the inside that is inked by pieces that belong to this box.
    own: f64,
    /// Share inked by pieces that belong rather to another box.
    foreign: f64,
    /// Diagonal of the largest own piece, mm.
    extent_mm: f64,
    /// Size of the largest piece in or near the box, mm, that belongs to no other.
    near_mm: f64,
    /// Two strokes from corner to corner.
    cross: bool,
    /// Strokes that run well beyond the box on both sides, or a scribble all over it.
    struck: bool,
    /// Something lies over the box, or its print is gone: nobody can say from this what the pen did.
    covered: bool,
}

fn look(b: usize, area: &RectMm, pieces: &[Piece], (insides, theirs): (&[Window], &[Window]), pen: &Patch) -> Seen {
    let inside = insides[b].area().max(1) as f64;
    let near = pen.window(&area.grown(1.5));
    let row = pen.window(&RectMm::new(area.x - MARGIN_MM, area.y - 0.5, area.w + 2.0 * MARGIN_MM + 12.0, area.h + 1.0));
    let mut seen = Seen::default();
    for Piece { ink: piece, counts: count, stem } in pieces {
        let most = count.iter().copied().max().unwrap_or(0);
        if count[b] > 0 && count[b] * 3 >= most {
            seen.own += count[b] as f64 / inside;
            seen.extent_mm = seen.extent_mm.max(extent_mm(piece));
            seen.cross |= is_cross(piece, pen.width);
            seen.struck |= is_struck(piece, area, pen) && !is_lone_mark(b, area, pieces, pen);
            seen.covered |= is_blot(piece, area, pen);
            seen.covered |=
                is_needle(piece, area, pen) && !goes_on(piece, pieces, pen.width) && !is_arm(piece, area, pieces, pen);
        } else if count[b] > 0 {
            seen.foreign += count[b] as f64 / inside;
        }
        // A ring round the box, or a tick that only grazes it, belongs to it without inking its inside.
        let elsewhere = most == 0 && is_in_the_midst_of_one(piece, theirs);
        if most == count[b] && !stem && !elsewhere && piece.inside(&near, pen.width) > 0 {
            seen.near_mm = seen.near_mm.max(extent_mm(piece));
        }
        let (w, h) = piece.size();
        let long_line = w as f64 > 8.0 * SCALE && (h as f64) < 3.0 * SCALE && w > 3 * h;
        seen.struck |= long_line && piece.inside(&row, pen.width) * 3 > piece.pixels.len() * 2;
    }
    seen
}

/// Whether a piece has its middle well within what belongs to another field, as what crosses out a mark there has.
fn is_in_the_midst_of_one(piece: &Component, theirs: &[Window]) -> bool {
    let by = (OVERSHOOT_MM * SCALE) as usize;
    let (x, y) = piece.bounds.middle();
    theirs.iter().any(|w| x >= w.x0 + by && x + by < w.x1 && y >= w.y0 + by && y + by < w.y1)
}

/// How far beyond its box a filled mark runs over, mm: further, it is a blot that fell there.
const OVERFILL_MM: f64 = 0.6;

/// Ink against the form's print from which what is filled in is a pen's wherever it ends, and from which it is a pen's
/// where it ends with the box: a stain or a thumb's shadow is as pale as pencil, but minds no box. Strokes may be fainter,
/// because nothing but a pen makes strokes.
const FILLED: (f32, f32) = (0.6, 0.36);

/// Least share of a piece that is filled in for it to be no stroke: a felt pen's tick is solid where its strokes meet.
const SOLID: f64 = 0.3;

/// Whether a piece is filled in where no box is, or too pale to be filled in by a pen.
fn is_blot(piece: &Component, area: &RectMm, pen: &Patch) -> bool {
    let core = core(piece, pen.width);
    if core.is_empty() || (core.len() as f64) < SOLID * piece.pixels.len() as f64 {
        return false;
    }
    let outside = |mm: f64, pixels: &[usize]| {
        let near = pen.window(&area.grown(mm));
        pixels.iter().filter(|&&i| !near.holds(i % pen.width, i / pen.width)).count() as f64 / pixels.len() as f64
    };
    let level = level(pen, &core);
    let runs_over = outside(0.3, &piece.pixels) > 0.15;
    outside(OVERFILL_MM, &core) > 0.12 || level < FILLED.1 || level < FILLED.0 && runs_over
}

/// How far from its frame the middle of a box begins, as a share of its side.
const RIM: f64 = 0.22;

/// Whether any of the ink that counts for a box lies in its middle: what lies along its sides alone may be its own frame, on a
/// sheet that is bent or was taken through a bad lens.
fn reaches_the_middle(b: usize, area: &RectMm, pieces: &[Piece], pen: &Patch) -> bool {
    let middle = pen.window(&area.grown(-RIM * area.w.min(area.h)));
    pieces.iter().any(|p| p.counts[b] > 0 && p.ink.inside(&middle, pen.width) > 0)
}

/// How far beyond its box the largest tick runs, mm.
const FAR_MM: f64 = 9.0;

/// How near to a box an arrow ends that leads to it, mm.
const NEAR_MM: f64 = 2.5;

/// Whether a mark runs off farther than any does and ends at another box, as an arrow does.
fn leads_to_another(piece: &Component, from: usize, boxes: &[RectMm], pen: &Patch) -> bool {
    let (b, around) = (&piece.bounds, pen.window(&boxes[from].grown(FAR_MM)));
    let runs_off = b.x0 < around.x0 || b.x1 > around.x1 || b.y0 < around.y0 || b.y1 > around.y1;
    let near = |to: &RectMm| piece.inside(&pen.window(&to.grown(NEAR_MM)), pen.width) > 0;
    runs_off && boxes.iter().enumerate().any(|(at, to)| at != from && near(to))
}

/// How much wider and taller than a box a piece is, in the midst of which the box lies, that is no mark of this box: a seal
/// on a scan without colour, a drawing, writing across. A ring round a box is twice as wide, a large tick hardly more.
const SPREAD: f64 = 2.6;

/// Whether a box lies in the midst of something far larger than a mark.
fn is_spread_over(piece: &Component, area: &RectMm, pen: &Patch) -> bool {
    let (w, h) = piece.size();
    let (x, y) = pen.to_patch(area.centre());
    let large = (w.min(h)) as f64 > SPREAD * SCALE * area.w.max(area.h);
    large && x >= 0.0 && y >= 0.0 && piece.bounds.holds(x as usize, y as usize)
}

/// How far beyond its box a straight stroke may run, as a share of the box's side: a slash of twice the box's size whose
/// middle lies a quarter beside that of the box; a staple through a box runs over by more on one side at least.
const SLASH: f64 = 0.75;

/// Whether a piece is straight as no long stroke of a hand is (a staple, a scratch, a hair), or straight along or down the
/// sheet as no slash and no tick is (the same cut off by print, or a line that strikes the box out).
fn is_needle(piece: &Component, area: &RectMm, pen: &Patch) -> bool {
    is_straight(piece, pen) && (is_beyond_a_slash(piece, area, pen) || is_along(piece, area))
}

/// Whether all that the pen did at a box is one straight stroke aslant that runs over it by no more than a slash does, or one
/// tick with its foot there that runs through no other box.
fn is_lone_mark(b: usize, area: &RectMm, pieces: &[Piece], pen: &Patch) -> bool {
    let near = pen.window(&area.grown(OUT_MM));
    let mut there = pieces.iter().filter(|p| p.counts[b] > 0 || p.ink.inside(&near, pen.width) > 0);
    let slash = |ink: &Component| is_straight(ink, pen) && !is_beyond_a_slash(ink, area, pen) && !is_along(ink, area);
    let tick = |ink: &Component| !ink.bounds.comes_in(pen) && ends_at(ink, area, pen) && is_tick(ink, pen.width);
    let alone = |p: &Piece| p.counts.iter().filter(|n| **n > 0).count() == 1;
    there.next().is_some_and(|p| slash(p.ink) || alone(p) && tick(p.ink)) && there.next().is_none()
}

/// How far below its box the foot of a tick may lie, as a share of the box's side.
const BELOW: f64 = 0.75;

/// Whether the lowest ink of a piece lies in a box or not far below it.
fn ends_at(piece: &Component, area: &RectMm, pen: &Patch) -> bool {
    let foot = pen.window(&RectMm { h: area.h + BELOW * area.h, ..*area });
    let row = piece.bounds.y1 - 1;
    piece.pixels.iter().any(|&i| i / pen.width == row && foot.holds(i % pen.width, row))
}

fn is_straight(piece: &Component, pen: &Patch) -> bool {
    breadth_mm(&piece.pixels, pen.width) < NEEDLE_MM
}

fn is_beyond_a_slash(piece: &Component, area: &RectMm, pen: &Patch) -> bool {
    let near = pen.window(&area.grown(SLASH * area.w.min(area.h)));
    let b = &piece.bounds;
    b.x0 < near.x0 || b.x1 > near.x1 || b.y0 < near.y0 || b.y1 > near.y1
}

/// Whether a piece longer than its box runs along or down the sheet rather than aslant. In a box twice as wide as tall, a slash
/// from corner to corner is as flat.
fn is_along(piece: &Component, area: &RectMm) -> bool {
    let (w, h) = (piece.size().0 as f64 / area.w, piece.size().1 as f64 / area.h);
    w.min(h) * 9.0 < w.max(h) * 4.0 && extent_mm(piece) > area.w.min(area.h)
}

/// How far apart the two strokes of a レ may end where the frame's line or a skip of the pen parts them, mm.
const PARTED_MM: f64 = 1.5;

/// Shortest stroke that another goes on in, mm: shorter, it is dust beside a scratch.
const LEAST_STROKE_MM: f64 = 1.2;

/// Whether a stroke goes on in another that runs another way: the upright of a レ, or half of a tick, that was parted from
/// the rest of it. A staple that was parted by print goes on straight.
fn goes_on(piece: &Component, pieces: &[Piece], width: usize) -> bool {
    let apart = (PARTED_MM * SCALE) as usize;
    let (a, own) = (&piece.bounds, extent_mm(piece));
    let others = pieces.iter().map(|p| p.ink).filter(|p| p.bounds != *a && extent_mm(p) >= LEAST_STROKE_MM.max(own / 4.0));
    others.into_iter().any(|p| {
        let b = &p.bounds;
        let near = a.x0 <= b.x1 + apart && b.x0 <= a.x1 + apart && a.y0 <= b.y1 + apart && b.y0 <= a.y1 + apart;
        near && breadth_mm(&[piece.pixels.as_slice(), &p.pixels].concat(), width) >= NEEDLE_MM
    })
}

/// How far from the box's edge strokes that run out of it are counted, mm: beyond the frame's blur and the usual
/// overshoot of a filled mark, within the least overhang of a cancelling line.
const OUT_MM: f64 = 0.7;

/// Ink on one side of a box from which more than one stroke leaves it there, mm: twice a ball-point's width and the gap.
const TWO_MM: f64 = 1.1;

/// Longest arm of a tick, mm: a staple has 8 and more.
const ARM_MM: f64 = 7.5;

/// How far above a tick's arm a staple or a scratch that print cut in two goes on, mm.
const ABOVE_MM: f64 = 3.0;

/// Whether a straight stroke is the arm of a レ or ✓ whose hook lies under the box's own print: it starts low in the box,
/// rises to the right, and ends where nothing goes on in its direction.
fn is_arm(piece: &Component, area: &RectMm, pieces: &[Piece], pen: &Patch) -> bool {
    let (b, box_) = (&piece.bounds, pen.window(&area.grown(0.4)));
    let (w, h) = (piece.size().0 as f64, piece.size().1 as f64);
    let starts_low = b.x0 >= box_.x0 && b.x0 < box_.x1 && b.y1 <= box_.y1 && 2 * b.y1 > box_.y0 + box_.y1;
    let corner = |x0: usize, y0: usize| {
        let third = Window { x0, x1: x0 + (b.x1 - b.x0).div_ceil(3), y0, y1: y0 + (b.y1 - b.y0).div_ceil(3) };
        piece.inside(&third, pen.width)
    };
    let low_right = corner(b.x1 - (b.x1 - b.x0).div_ceil(3), b.y1 - (b.y1 - b.y0).div_ceil(3));
    let rises = 2.0 * h > w && 4.0 * w > h && low_right == 0;
    let above = (ABOVE_MM * SCALE) as usize;
    let beyond =
        Window { x0: b.x1.saturating_sub(above / 3), x1: b.x1 + above, y0: b.y0.saturating_sub(above), y1: b.y0 + above / 3 };
    let goes_on = |p: &Component| {
        p.bounds != *b
            && p.inside(&beyond, pen.width) > 0
            && breadth_mm(&[piece.pixels.as_slice(), &p.pixels].concat(), pen.width) < NEEDLE_MM
    };
    starts_low && rises && extent_mm(piece) <= ARM_MM && !pieces.iter().map(|p| p.ink).any(goes_on)
}

/// Whether two strokes or more leave the box on one side and on the side across: 二重線, whatever is under it. Where a
/// broad pen's two lines run together, they are as broad as two; what is broader still runs along the side.
fn crossed(area: &RectMm, pen: &Patch, tone: &Tone) -> bool {
    let w = pen.window(&area.grown(OUT_MM));
    let ink = |x: usize, y: usize| pen.at(x as i64, y as i64) > tone.threshold();
    let two = |line: &mut dyn Iterator<Item = bool>| {
        let (mut runs, mut length, mut before) = (0_u32, 0_u32, false);
        for inked in line {
            runs += u32::from(inked && !before);
            length += u32::from(inked);
            before = inked;
        }
        runs >= 2 || (TWO_MM * SCALE..2.5 * TWO_MM * SCALE).contains(&f64::from(length))
    };
    let upright = |x: usize| two(&mut (w.y0..w.y1).map(|y| ink(x, y)));
    let across = upright(w.x0) && upright(w.x1.saturating_sub(1));
    let level = |y: usize| two(&mut (w.x0..w.x1).map(|x| ink(x, y)));
    across || level(w.y0) && level(w.y1.saturating_sub(1))
}

/// How far from level or upright a line that strikes a box out may be, degrees: beyond, it may be a mark's own stroke.
const LEVEL_DEG: f64 = 20.0;

/// How near to the line of a stroke its ink lies, mm; and least ink of a mark under a cross, mm²: chosen
/// on five such marks, the least of which left 0.19.
const NEAR_LINE_MM: f64 = 0.45;
const UNDER_MM2: f64 = 0.17;

/// Share of a solid upright line that is inked beyond the box at either end, from which it is no stem.
const BEYOND_A_STEM: f64 = 0.85;

/// Whether a line runs through the box and beyond it on both sides, level or upright, or two aslant that cross over a mark. A cross
/// alone is a mark.
fn is_lined_through(area: &RectMm, traces: &Traces, pen: &Patch) -> bool {
    let edge = |direction: usize| {
        let turn = (direction as f64 + 0.5) / DIRECTIONS as f64 * std::f64::consts::TAU - std::f64::consts::PI;
        let (sin, cos) = libm::sincos(turn);
        (area.w / 2.0 / cos.abs()).min(area.h / 2.0 / sin.abs()) * SCALE
    };
    // Lines nearer to the frame may be what is left of the frame.
    let aside_mm = (area.w.min(area.h) / 2.0 - 0.8).max(0.0);
    let (middle, edge) = (pen.to_patch(area.centre()), std::array::from_fn(edge));
    let place = |beyond_mm| Place { middle, edge, aside_mm, beyond_mm, is_printed: true };
    let long = traces.through(&place(0.4..1.4));
    let clearest = |lines: Vec<Line>| lines.into_iter().max_by(|a, b| a.inked.total_cmp(&b.inked));
    let (upright, level): (Vec<Line>, Vec<Line>) =
        long.iter().filter(|line| line.aslant() < LEVEL_DEG).partition(|line| line.is_upright());
    // The stem of a レ larger than its box runs through it too, and turns a little below.
    let is_stem = |line: Line| line.inked >= UNBROKEN && line.beyond < BEYOND_A_STEM;
    if !level.is_empty() || clearest(upright).is_some_and(|line| !is_stem(line)) {
        return true;
    }
    // The strokes of a cross end nearer to the box, or are cut into dashes there.
    let crossing = traces.through(&place(0.25..0.75)).into_iter().chain(long);
    let aslant = crossing.filter(|line| line.aslant() >= LEVEL_DEG);
    let (down, up): (Vec<Line>, Vec<Line>) = aslant.partition(|line| line.angle < std::f64::consts::FRAC_PI_2);
    let (Some(down), Some(up)) = (clearest(down), clearest(up)) else { return false };
    let inside = pen.window(&area.grown(-0.3));
    let places = (inside.y0..inside.y1).flat_map(|y| (inside.x0..inside.x1).map(move |x| (x, y)));
    let near = |at: (usize, usize)| down.distance(at).min(up.distance(at)) <= NEAR_LINE_MM * SCALE;
    let under = places.filter(|at| traces.is_inked(*at) && !near(*at)).count();
    under as f64 >= UNDER_MM2 * SCALE * SCALE
}

fn score(seen: &Seen, faint: bool) -> MarkScore {
    // Dirt covers less than 4 % and is compact; a tick of a 0.3-mm pen covers 6 % and is longer than 2 mm.
    let inked = logistic((seen.own - 0.032) / 0.0055);
    let long = logistic((seen.extent_mm - 1.25) / 0.11);
    let mut marked = (inked * long).clamp(0.0005, 0.9995);
    if seen.near_mm > 2.2 || seen.foreign > 0.10 || faint {
        marked = marked.max(UNSURE);
    }
    if seen.covered {
        marked = marked.clamp(UNSURE, 1.0 - UNSURE);
    }
    let cancelled = if seen.struck { 0.7 } else { 0.0005 };
    MarkScore {
        marked: Score::new(marked * (1.0 - cancelled)),
        cancelled: Score::new(cancelled),
        coverage: seen.own,
        ambiguous: seen.cross,
    }
}

/// The logistic function.
pub(super) fn logistic(t: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-t))
}

/// Whether a piece is two strokes from corner to corner: ink in the four corners and the middle of its window, none
/// in the middle of its sides. Some people mean "not" by it.
fn is_cross(piece: &Component, width: usize) -> bool {
    let (w, h) = piece.size();
    if w < 10 || h < 10 || w > 2 * h || h > 2 * w {
        return false;
    }
    let mut ninths = [0_usize; 9];
    for &i in &piece.pixels {
        let (x, y) = (i % width - piece.bounds.x0, i / width - piece.bounds.y0);
        ninths[(y * 3 / h).min(2) * 3 + (x * 3 / w).min(2)] += 1;
    }
    let least_corner = [0, 2, 6, 8].map(|c| ninths[c]).into_iter().min().unwrap_or(0);
    let sides: usize = [1, 3, 5, 7].map(|c| ninths[c]).into_iter().sum();
    let corners: usize = [0, 2, 6, 8].map(|c| ninths[c]).into_iter().sum();
    least_corner * 12 > piece.pixels.len() && ninths[4] * 12 > piece.pixels.len() && corners > 2 * sides
}

/// Strokes through the box and well beyond it on both sides, or ink all over it and beyond every side.
fn is_struck(piece: &Component, area: &RectMm, pen: &Patch) -> bool {
    let b = pen.window(area);
    let beyond = |mm: f64| (mm * SCALE) as usize;
    let left = b.x0.saturating_sub(piece.bounds.x0);
    let right = piece.bounds.x1.saturating_sub(b.x1);
    let above = b.y0.saturating_sub(piece.bounds.y0);
    let below = piece.bounds.y1.saturating_sub(b.y1);
    let (most, thin) = (beyond(1.5), breadth_mm(&piece.pixels, pen.width) < 1.5);
    let through = left > most && right > most || thin && above > most && below > most;
    let (w, h) = piece.size();
    let dense = piece.pixels.len() * 5 > w * h * 2;
    let over = beyond(0.6);
    through || (dense && left > over && right > over && above > over && below > over)
}
