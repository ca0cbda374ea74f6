//! Numbers without cells of their own: cuts the strokes of an area into glyphs and lets the recogniser score each.
//! Where the cutting is doubtful it says so and leaves the number to a person.

mod mistakable;
mod touching;

use super::components::Component;
use super::digits::{CLEAR_MM, FREE_RUBBISH, cut_off, pen_level, score_pixels};
use super::frame::Aligned;
use super::patch::{Patch, SCALE, Window};
use super::strokes::{STRAIGHT_MM, Strokes, breadth_mm, extent_mm};
use super::tone::Tone;
use super::{Glyph, InkScore, NumberScore};
use crate::form::Meaning;
use crate::geometry::RectMm;
use crate::read::boxes::logistic;
use crate::recognize::{DigitClass, DigitModel};
use crate::score::Score;
use mistakable::Row;
use touching::{TOO_WIDE, taken_apart};

/// What is written in `area`; `theirs` is what belongs to other fields.
pub fn number(
    (aligned, tone): (&Aligned, &Tone),
    strokes: &Strokes,
    (area, theirs): (&RectMm, &[Window]),
    (max_digits, meaning): (usize, Meaning),
    model: &dyn DigitModel,
) -> NumberScore {
    let pen = &aligned.pen;
    let written = written_in(pen, strokes, area);
    let ink = ink_score(&written, pen, area);
    let glyphs = joined_hyphens(cut(&written.pieces, pen.width));
    let too_many = glyphs.len() > max_digits + 4;
    if glyphs.is_empty() || too_many || ink.present.get() < 0.5 {
        return NumberScore { ink, glyphs: Vec::new(), segmentation: Score::ZERO, slash: false };
    }
    let height = median_height(&glyphs);
    let said = |glyph: &Cut| match glyph.scored(pen, height, false, model)? {
        Glyph::Digit(scores) => Some(scores),
        Glyph::Separator(_) => None,
    };
    let glyphs: Vec<Cut> = glyphs.into_iter().flat_map(|glyph| taken_apart(glyph, height, pen.width, said)).collect();
    let inner = pen.window(&area.grown(-CLEAR_MM));
    // Of what comes in from beyond what is looked at, no more is known than that it is close; an upright line is a rule's.
    let (cut_short, seen): (Vec<Window>, Vec<Window>) = written.beyond.iter().partition(|b| b.comes_in(pen));
    let (reaching, cut_short): (Vec<Window>, Vec<Window>) =
        cut_short.into_iter().filter(|b| 4 * (b.x1 - b.x0) > b.y1 - b.y0).partition(|b| b.overlaps(&inner));
    let beyond = [seen, reaching].concat();
    let goes_on =
        goes_on(&glyphs, &beyond, (&inner, theirs), height) || goes_on(&glyphs, &cut_short, (&inner, &cut_short), height);
    // Under a smudge, or a line from side to side, may be a digit more, or all may be struck out.
    let crossed = strokes.smudges.iter().any(|p| glyphs.iter().any(|g| g.is_crossed_by(p, height, pen.width)));
    let whole = if written.smudged || crossed || goes_on { Score::new(0.3) } else { Score::ONE };
    let segmentation = glyphs.iter().map(|g| g.certainty(height)).fold(whole, Score::min);
    let scored = glyphs.iter().map(|g| g.scored(pen, height, g.is_free(&inner, &written.beyond, pen.width), model));
    let scored = scored.collect::<Option<Vec<_>>>();
    let mut scored = scored.unwrap_or_default();
    let loses = |(cut, glyph): (&Cut, &Glyph)| {
        let Glyph::Digit(scores) = glyph else { return false };
        !cut_off(scores.best().0, || aligned.hidden_along_print(&cut.window(), tone.threshold())).is_empty()
    };
    let row = Row { cuts: &glyphs, scored: &scored, height, width: pen.width };
    let mistakable = row.may_be_something_else(&written, meaning);
    let doubtful = mistakable || glyphs.iter().zip(&scored).any(loses);
    let may_be_slash = row.may_be_slash(area.h * SCALE);
    let slash = may_be_slash && !doubtful && glyphs.len() == 1 && segmentation.get() >= WHOLE;
    let segmentation = if doubtful || may_be_slash { segmentation.min(Score::new(0.3)) } else { segmentation };
    if meaning == Meaning::Telephone {
        set_brackets(&glyphs, &mut scored, pen.width, height);
    }
    NumberScore { ink, glyphs: scored, segmentation, slash }
}

/// Certainty from which the cutting into glyphs is in no doubt.
pub const WHOLE: f64 = 0.95;

/// Whether something as tall as the digits stands in line with them outside of the area, no farther away than they are high, or
/// in another field close to them or across the border: the number may not have ended there.
fn goes_on(glyphs: &[Cut], beyond: &[Window], (own, theirs): (&Window, &[Window]), height: f64) -> bool {
    let (x0, x1) = glyphs.iter().fold((usize::MAX, 0), |(a, b), g| (a.min(g.x.0), b.max(g.x.1)));
    let (y0, y1) = glyphs.iter().fold((usize::MAX, 0), |(a, b), g| (a.min(g.y.0), b.max(g.y.1)));
    beyond.iter().any(|b| {
        let (x, y) = b.middle();
        let away = x0.saturating_sub(b.x1).max(b.x0.saturating_sub(x1)) as f64;
        let tall = (b.y1 - b.y0) as f64 >= 0.55 * height;
        let reach = if b.lies_in_one_of(theirs) && !b.overlaps(own) { RUNS_OVER * height } else { height };
        tall && away <= reach && (x < x0 || x > x1) && (y0..y1).contains(&y)
    })
}

/// A thin upright stroke shorter than this may be a dash of a broken line as well as a 1, mm.
const LEAST_ONE_MM: f64 = 2.4;

/// Gap, as a share of the digits' height, under which a digit belongs to the number though it lies in another field.
const RUNS_OVER: f64 = 0.35;

/// Digits of a telephone number.
const TELEPHONE: std::ops::RangeInclusive<usize> = 10..=11;

/// A pair of bent lines in a telephone number that would have two digits too many is a pair of brackets: a recogniser
/// of digits takes them for ones. Where more than one pair could be, nothing is said.
fn set_brackets(cuts: &[Cut], glyphs: &mut [Glyph], width: usize, height: f64) {
    let digits = glyphs.iter().filter(|g| matches!(g, Glyph::Digit(_))).count();
    if glyphs.len() != cuts.len() || TELEPHONE.contains(&digits) || !TELEPHONE.contains(&digits.saturating_sub(2)) {
        return;
    }
    let bent: Vec<Option<char>> = cuts.iter().map(|c| c.bracket(width, height)).collect();
    let opens: Vec<usize> = (0..bent.len()).filter(|&i| bent[i] == Some('(')).collect();
    let closes: Vec<usize> = (0..bent.len()).filter(|&i| bent[i] == Some(')')).collect();
    let apart = |open: usize, close: usize| close > open + 1 && close <= open + 5 && close + 4 < bent.len();
    let mut pairs = opens.iter().flat_map(|&o| closes.iter().map(move |&c| (o, c))).filter(|&(o, c)| apart(o, c));
    if let (Some((open, close)), None) = (pairs.next(), pairs.next()) {
        (glyphs[open], glyphs[close]) = (Glyph::Separator('('), Glyph::Separator(')'));
    }
}

/// What of a field's strokes lies in an area.
pub(super) struct Written {
    /// Pieces that lie in it for the greater part, and are no dust.
    pub(super) pieces: Vec<Component>,
    /// Whether a streak or a stain covers part of it, or something too faint to be read stands in it: nobody knows from this
    /// what is written there, if anything.
    pub(super) smudged: bool,
    /// Dots that lie in it, too small to be strokes.
    dots: Vec<Window>,
    /// Strokes and faint marks that lie outside, for the greater part.
    beyond: Vec<Window>,
}

/// Extent from which a piece may be a stroke, and from which a dot is none of a scanner's specks, mm.
const LEAST_STROKE_MM: f64 = 0.6;
const LEAST_DOT_MM: f64 = 0.25;

/// What is written in an area.
pub(super) fn written_in(pen: &Patch, strokes: &Strokes, area: &RectMm) -> Written {
    let window = pen.window(&area.grown(0.5));
    let inside = |p: &Component| p.inside(&window, pen.width) * 2 > p.pixels.len();
    let belongs = |p: &Component| inside(p) && extent_mm(p) >= LEAST_STROKE_MM;
    let is_dot = |p: &&Component| inside(p) && (LEAST_DOT_MM..LEAST_STROKE_MM).contains(&extent_mm(p));
    let covers = |p: &Component| p.inside(&window, pen.width) * 50 > window.area();
    let smudged = strokes.smudges.iter().any(covers) || strokes.doubts().any(inside);
    let beyond = strokes.pieces.iter().chain(strokes.doubts()).filter(|p| !inside(p)).map(|p| p.bounds).collect();
    let dots = strokes.pieces.iter().filter(is_dot).map(|p| p.bounds).collect();
    Written { pieces: strokes.pieces.iter().filter(|p| belongs(p)).cloned().collect(), smudged, dots, beyond }
}

/// Least probability of writing where a smudge covers part of the area: nothing is known.
const UNDER_A_SMUDGE: f64 = 0.5;

/// How sure it is that somebody wrote there: by the longest stroke and the ink of all of them. Under a smudge, nobody can say.
fn ink_score(written: &Written, pen: &Patch, area: &RectMm) -> InkScore {
    let pieces = &written.pieces;
    let pixels: usize = pieces.iter().map(|p| p.pixels.len()).sum();
    let longest = pieces.iter().map(extent_mm).fold(0.0, f64::max);
    let mm2 = pixels as f64 / (SCALE * SCALE);
    let inked = logistic((longest - 1.3) / 0.1) * logistic((mm2 - 0.35) / 0.05);
    let present = if written.smudged { inked.max(UNDER_A_SMUDGE) } else { inked };
    let covered = pixels as f64 / pen.window(area).area().max(1) as f64;
    InkScore { present: Score::new(present.clamp(0.0005, 0.9995)), coverage: covered, cancelled: Score::new(struck(pieces)) }
}

/// Breadth under which all ink together is a line, mm: a scanner's streak, in however many pieces, but no stamp and no name.
const LINE_MM: f64 = 2.0;

/// How far inside its area ink ends that may be the area's own frame, mm and share of its shorter side.
const RIM_MM: f64 = 2.0;
const RIM: f64 = 0.2;

/// How sure it is that a stamp or a name is there: a line alone is neither, nor is what lies along the edges and nowhere else, as the
/// frame does of a sheet that is bent.
pub(super) fn presence(pen: &Patch, strokes: &Strokes, area: &RectMm) -> InkScore {
    let written = written_in(pen, strokes, area);
    let ink = ink_score(&written, pen, area);
    let all: Vec<usize> = written.pieces.iter().flat_map(|p| p.pixels.iter().copied()).collect();
    let inner = pen.window(&area.grown(-RIM_MM.min(RIM * area.w.min(area.h))));
    let is_frame = !all.is_empty() && !all.iter().any(|i| inner.holds(i % pen.width, i / pen.width));
    let is_line = !all.is_empty() && breadth_mm(&all, pen.width) < LINE_MM;
    if is_line || is_frame { InkScore { present: ink.present.min(Score::new(UNDER_A_SMUDGE)), ..ink } } else { ink }
}

/// How near to an area's edge ink ends that comes in from beyond it, mm: the printed line there hides the rest.
const EDGE_MM: f64 = 0.8;

/// How sure it is that words are there: lines that run through the area from edge to edge are none, nor is what reaches in from
/// beyond by less than half of it: streaks, the rim of a cup's stain, a ring or a seal below. Small words that stand on the area's
/// edge, with nothing on the other side of it, are words.
pub(super) fn words(written: &Written, pen: &Patch, area: &RectMm) -> InkScore {
    let ink = ink_score(written, pen, area);
    let window = pen.window(area);
    let near = (EDGE_MM * SCALE) as usize;
    let goes_on = |b: &Window, (edge, crosses): (usize, bool), end: fn(&Window) -> usize| {
        crosses || written.beyond.iter().any(|o| o.x0 < b.x1 && b.x0 < o.x1 && end(o).abs_diff(edge) <= near)
    };
    let passes = |piece: &Component| {
        let b = &piece.bounds;
        let edges = [b.y0 <= window.y0 + near, b.y1 + near >= window.y1];
        let within = b.y1.min(window.y1).saturating_sub(b.y0.max(window.y0));
        let through = edges == [true, true] && breadth_mm(&piece.pixels, pen.width) < LINE_MM;
        let comes_in = match edges {
            [true, false] => goes_on(b, (window.y0, b.y0 < window.y0), |o| o.y1),
            [false, true] => goes_on(b, (window.y1, b.y1 > window.y1), |o| o.y0),
            _ => false,
        };
        through || comes_in && 2 * within < window.y1 - window.y0
    };
    if written.pieces.iter().all(passes) { InkScore { present: ink.present.min(Score::new(UNDER_A_SMUDGE)), ..ink } } else { ink }
}

/// Whether a long, flat stroke runs through most of what is written.
fn struck(pieces: &[Component]) -> f64 {
    let (x0, x1) = pieces.iter().fold((usize::MAX, 0), |(a, b), p| (a.min(p.bounds.x0), b.max(p.bounds.x1)));
    let all = x1.saturating_sub(x0) as f64;
    let flat = |p: &&Component| {
        let (w, h) = p.size();
        w as f64 > 5.0 * SCALE && w > 4 * h && w as f64 > 0.7 * all
    };
    if pieces.len() > 1 && pieces.iter().any(|p| flat(&p)) { 0.6 } else { 0.0005 }
}

/// Pieces that stand over or under each other: one glyph.
#[derive(Debug, Clone)]
struct Cut {
    pixels: Vec<usize>,
    x: (usize, usize),
    y: (usize, usize),
    /// Largest overlap in x with a neighbour it was not joined to, as a share of the narrower one.
    overlap: f64,
}

fn cut(pieces: &[Component], width: usize) -> Vec<Cut> {
    let as_cut = |p: &Component| Cut {
        pixels: p.pixels.clone(),
        x: (p.bounds.x0, p.bounds.x1),
        y: (p.bounds.y0, p.bounds.y1),
        overlap: 0.0,
    };
    let mut sorted: Vec<Cut> = pieces.iter().map(as_cut).collect();
    sorted.sort_by_key(|c| (c.x.0, c.y.0));
    let mut glyphs: Vec<Cut> = Vec::new();
    for piece in sorted {
        let overlap = glyphs.last().map_or(0.0, |g| g.overlap_with(&piece));
        match glyphs.last_mut() {
            Some(last) if overlap > 0.45 => last.join(piece),
            _ => glyphs.push(Cut { overlap, ..piece }),
        }
    }
    debug_assert!(glyphs.iter().all(|g| g.x.1 <= width));
    glyphs
}

/// A hyphen broken by a skip of the pen is one hyphen.
fn joined_hyphens(glyphs: Vec<Cut>) -> Vec<Cut> {
    if glyphs.is_empty() {
        return glyphs;
    }
    let height = median_height(&glyphs);
    let mut joined: Vec<Cut> = Vec::with_capacity(glyphs.len());
    for glyph in glyphs {
        match joined.last_mut() {
            Some(last) if last.is_hyphen(height) && glyph.is_hyphen(height) => last.join(glyph),
            _ => joined.push(glyph),
        }
    }
    joined
}

impl Cut {
    /// Some ink as one glyph.
    fn of(pixels: Vec<usize>, width: usize) -> Option<Self> {
        let rows = pixels.iter().map(|i| i / width);
        let columns = pixels.iter().map(|i| i % width);
        let (x, y) = ((columns.clone().min()?, columns.max()? + 1), (rows.clone().min()?, rows.max()? + 1));
        Some(Self { pixels, x, y, overlap: 0.0 })
    }

    fn overlap_with(&self, right: &Self) -> f64 {
        let shared = self.x.1.min(right.x.1).saturating_sub(right.x.0.max(self.x.0)) as f64;
        let narrower = (self.x.1 - self.x.0).min(right.x.1 - right.x.0).max(1) as f64;
        shared / narrower
    }

    /// Pixels between this and the next.
    fn gap_to(&self, next: &Self) -> f64 {
        next.x.0.saturating_sub(self.x.1) as f64
    }

    fn join(&mut self, other: Self) {
        self.pixels.extend(other.pixels);
        self.x = (self.x.0.min(other.x.0), self.x.1.max(other.x.1));
        self.y = (self.y.0.min(other.y.0), self.y.1.max(other.y.1));
    }

    fn size(&self) -> (f64, f64) {
        ((self.x.1 - self.x.0) as f64, (self.y.1 - self.y.0) as f64)
    }

    /// Whether a streak or a stain runs over it, or beside it no farther than the next digit would stand.
    fn is_crossed_by(&self, smudge: &Component, height: f64, width: usize) -> bool {
        let reach = (RUNS_OVER * height) as usize;
        let near = Window { x0: self.x.0.saturating_sub(reach), x1: self.x.1 + reach, ..self.window() };
        smudge.inside(&near, width) > 0
    }

    fn window(&self) -> Window {
        Window { x0: self.x.0, x1: self.x.1, y0: self.y.0, y1: self.y.1 }
    }

    fn is_hyphen(&self, height: f64) -> bool {
        let (w, h) = self.size();
        h < 0.35 * height && w > 1.2 * h
    }

    /// `(` or `)`, where it is one thin line as tall as the digits that is bent to one side at both ends.
    fn bracket(&self, width: usize, height: f64) -> Option<char> {
        let (w, h) = self.size();
        if h < 0.85 * height || w > 0.6 * h {
            return None;
        }
        let rows = self.y.1 - self.y.0;
        let mut spans = vec![(usize::MAX, 0); rows];
        for &i in &self.pixels {
            let (x, span) = (i % width, &mut spans[i / width - self.y.0]);
            *span = (span.0.min(x), span.1.max(x + 1));
        }
        let wide = spans.iter().filter(|(a, b)| b.saturating_sub(*a) as f64 > 0.3 * h).count();
        let middle = |from: usize, to: usize| {
            let inked = spans[from..to].iter().filter(|(a, b)| a < b);
            let (sum, n) = inked.fold((0.0, 0), |(s, n), (a, b)| (s + (a + b) as f64 / 2.0, n + 1));
            (n > 0).then(|| sum / f64::from(n))
        };
        let fifth = (rows / 5).max(1);
        let (top, bottom) = (middle(0, fifth)?, middle(rows - fifth, rows)?);
        let bulge = (middle(2 * fifth, rows - 2 * fifth)? - f64::midpoint(top, bottom)) / h;
        (wide * 20 <= rows && bulge.abs() > 0.05).then_some(if bulge < 0.0 { '(' } else { ')' })
    }

    /// How sure it is that this is one glyph and all of it.
    fn certainty(&self, height: f64) -> Score {
        let (w, h) = self.size();
        let touching = w > TOO_WIDE * height && !self.is_hyphen(height);
        let odd_size = h < 0.55 * height && !self.is_hyphen(height);
        let dash = w < 0.4 * h && h < LEAST_ONE_MM * SCALE;
        Score::new(if touching || odd_size || dash || self.overlap > 0.25 { 0.3 } else { 0.999 })
    }

    /// A straight line that stands free of the area's edges, upright, with nothing in line with it above or below: no piece
    /// of a rule or of a streak, and neither a slash through the place nor a tick in it.
    fn is_free(&self, inner: &Window, beyond: &[Window], width: usize) -> bool {
        let (w, h) = self.size();
        let within = self.x.0 >= inner.x0 && self.x.1 <= inner.x1 && self.y.0 >= inner.y0 && self.y.1 <= inner.y1;
        let in_line = |other: &Window| {
            let away = other.y0.saturating_sub(self.y.1).max(self.y.0.saturating_sub(other.y1)) as f64;
            // A streak of the scanner leans by as much as the page lies askew.
            let apart = other.x0.saturating_sub(self.x.1).max(self.x.0.saturating_sub(other.x1)) as f64;
            away > 0.0 && apart <= CLEAR_MM * SCALE + 0.27 * away
        };
        within && w < 0.7 * h && breadth_mm(&self.pixels, width) < STRAIGHT_MM && !beyond.iter().any(in_line)
    }

    fn scored(&self, pen: &Patch, height: f64, free: bool, model: &dyn DigitModel) -> Option<Glyph> {
        if self.is_hyphen(height) {
            return Some(Glyph::Separator('-'));
        }
        // The recogniser was taught on cells a quarter taller than the digits in them.
        let level = pen_level(pen, &self.pixels);
        let scores = score_pixels(pen, (&self.pixels, &[]), level, height / SCALE * 1.3, model)?;
        Some(Glyph::Digit(if free { scores.weighed(DigitClass::Rubbish, FREE_RUBBISH) } else { scores }))
    }
}

fn median_height(glyphs: &[Cut]) -> f64 {
    let mut heights: Vec<f64> = glyphs.iter().map(|g| g.size().1).collect();
    heights.sort_by(f64::total_cmp);
    // Hyphens are low: the upper half is digits.
    heights[heights.len() * 3 / 4]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digit_close_by_belongs_to_the_number_in_whatever_field_it_lies() {
        let last = Cut { pixels: Vec::new(), x: (60, 80), y: (10, 50), overlap: 0.0 };
        let next_field = [Window { x0: 84, x1: 300, y0: 0, y1: 60 }];
        let own = |x1: usize| Window { x0: 0, x1, y0: 0, y1: 60 };
        let goes_on = |gap: usize, border: usize, theirs: &[Window]| {
            let digit = Window { x0: 80 + gap, x1: 100 + gap, y0: 10, y1: 50 };
            super::goes_on(std::slice::from_ref(&last), &[digit], (&own(border), theirs), 40.0)
        };
        assert!(goes_on(12, 82, &next_field) && !goes_on(20, 82, &next_field));
        assert!(goes_on(20, 102, &next_field), "across the border");
        assert!(goes_on(20, 82, &[]) && !goes_on(50, 82, &[]));
        // Of a digit that is cut off by the edge of what is looked at, it is asked whether it is close, as of one in another field.
        let cut_short = |gap: usize| {
            let digit = [Window { x0: 80 + gap, x1: 100 + gap, y0: 10, y1: 50 }];
            super::goes_on(std::slice::from_ref(&last), &digit, (&own(82), &digit), 40.0)
        };
        assert!(cut_short(12) && !cut_short(20));
    }

    #[test]
    fn a_short_dash_is_no_sure_one() {
        let stroke = |mm: f64| Cut { pixels: Vec::new(), x: (60, 62), y: (10, 10 + (mm * SCALE) as usize), overlap: 0.0 };
        let certainty = |mm: f64| stroke(mm).certainty(mm * SCALE).get();
        assert!(certainty(2.1) < 0.5 && certainty(3.5) > 0.99);
    }

    #[test]
    fn a_stroke_is_free_where_nothing_goes_on_above_or_below_it() {
        let inner = Window { x0: 10, x1: 150, y0: 10, y1: 60 };
        let width = 200;
        let cut = |x: (usize, usize), y: (usize, usize)| {
            let pixels = (y.0..y.1).flat_map(|row| (x.0..x.1).map(move |column| row * width + column)).collect();
            Cut { pixels, x, y, overlap: 0.0 }
        };
        let one = cut((60, 64), (15, 55));
        let at = |x0: usize, y0: usize| Window { x0, x1: x0 + 4, y0, y1: y0 + 8 };
        assert!(one.is_free(&inner, &[], width));
        assert!(one.is_free(&inner, &[at(120, 0)], width), "something elsewhere");
        assert!(!one.is_free(&inner, &[at(61, 0)], width), "a dashed line goes on above");
        assert!(!one.is_free(&inner, &[at(68, 64)], width), "and, leaning, below");
        let slash = Cut { x: (40, 80), ..one.clone() };
        assert!(!slash.is_free(&inner, &[], width), "a slash through the place is no upright stroke");
        let rule = cut((60, 64), (5, 55));
        assert!(!rule.is_free(&inner, &[], width), "reaches the edge");
        let mut tick = one;
        tick.pixels.extend((0..20).flat_map(|i| (0..4).map(move |k| (54 - i) * width + 64 + i + k)));
        tick.x.1 = 88;
        assert!(!tick.is_free(&inner, &[], width), "a レ is no straight line");
    }

    /// How sure a stamp and words are in the middle of 30 by 25 mm with strokes `(x, y, w, h)` in mm.
    fn looked_at(strokes: &[(f64, f64, f64, f64)]) -> [f64; 2] {
        let (width, height) = (240, 200);
        let mut pen = Patch { area: RectMm::new(0.0, 0.0, 30.0, 25.0), width, height, ink: vec![0.0; width * height] };
        for &(x, y, w, h) in strokes {
            let window = pen.window(&RectMm::new(x, y, w, h));
            (0..pen.ink.len()).filter(|i| window.holds(i % width, i / width)).for_each(|i| pen.ink[i] = 1.0);
        }
        let seen = super::super::strokes::strokes(&pen, &Tone { contrast: 200.0, print: 200.0, noise: 2.0 });
        let area = RectMm::new(2.0, 2.0, 26.0, 21.0);
        let words = words(&written_in(&pen, &seen, &area), &pen, &area);
        [presence(&pen, &seen, &area), words].map(|ink| ink.present.get())
    }

    fn seen(strokes: &[(f64, f64, f64, f64)]) -> f64 {
        looked_at(strokes)[0]
    }

    #[test]
    fn what_only_passes_through_a_line_of_words_is_asked_about() {
        let words = |strokes: &[(f64, f64, f64, f64)]| looked_at(strokes)[1];
        let (streaks, ring) = ([(9.0, 2.2, 0.3, 20.6), (21.0, 2.2, 0.4, 20.6)], [(8.0, 16.0, 8.0, 0.4), (8.0, 16.0, 0.4, 8.4)]);
        let word = [(8.0, 8.0, 3.0, 0.4), (9.0, 6.0, 0.4, 6.0), (14.0, 6.0, 0.4, 6.0)];
        let parted = [(8.0, 16.0, 8.0, 0.4), (8.0, 16.0, 0.4, 6.9), (8.0, 23.4, 0.4, 1.2)];
        for doubtful in [words(&streaks), words(&ring), words(&parted)] {
            assert!((0.3..=0.7).contains(&doubtful), "{doubtful}");
        }
        assert!(words(&word) > 0.99 && words(&[&streaks[..], &word].concat()) > 0.99);
        let low = [(8.0, 20.0, 3.0, 0.4), (9.0, 20.0, 0.4, 2.8), (14.0, 20.0, 0.4, 2.8)];
        assert!(words(&low) > 0.99, "small words on the line's edge");
        assert!(words(&[]) < 0.01);
    }

    #[test]
    fn a_broken_streak_is_no_stamp() {
        let broken: Vec<(f64, f64, f64, f64)> = (0..6).map(|k| (14.0, 3.0 + 3.2 * f64::from(k), 0.3, 2.4)).collect();
        let doubtful = seen(&broken);
        assert!((0.3..=0.7).contains(&doubtful), "{doubtful}");
        assert!(seen(&[(8.0, 6.0, 12.0, 0.4), (8.0, 6.0, 0.4, 12.0), (8.0, 12.0, 12.0, 0.4)]) > 0.99);
        assert!(seen(&[]) < 0.01);
    }

    #[test]
    fn a_frame_that_lies_a_little_inside_is_no_stamp() {
        let frame = [(3.2, 3.5, 23.0, 0.4), (26.0, 3.5, 0.4, 18.0)];
        let doubtful = seen(&frame);
        assert!((0.3..=0.7).contains(&doubtful), "{doubtful}");
        assert!(seen(&[frame[0], frame[1], (8.0, 8.0, 12.0, 0.4), (14.0, 6.0, 0.4, 12.0)]) > 0.99, "a name in it");
    }
}
