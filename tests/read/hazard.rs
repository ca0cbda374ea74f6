//! What the post, the desk and the scanner do to a sheet that nobody meant as a mark.

use super::draw::{Chance, Pen, Point, RED, Sheet, curve, fibre};

/// Everything of the sheet from left to right.
fn across(sheet: &Sheet) -> f64 {
    sheet.width as f64 / super::draw::PX
}

fn down(sheet: &Sheet) -> f64 {
    sheet.height as f64 / super::draw::PX
}

const GREY: [f64; 3] = [0.1, 0.1, 0.1];

/// The shadow of a fold at `y` mm, `depth` dark at its crease, fading over `soft` mm below it.
pub fn fold(sheet: &mut Sheet, y: f64, depth: f64, soft: f64, c: &mut Chance) {
    let (lean, crease) = (c.normal(0.004), c.within(0.1, 0.25));
    let window = ((0.0, y - 3.0 * soft - 1.0), (across(sheet), y + 3.0 * soft + 1.0));
    sheet.lay(window, GREY, |p| {
        let off = p.1 - y - lean * p.0;
        let shadow = if off > 0.0 { (-off / soft).exp() } else { (-off * off / 0.1).exp() };
        depth * (0.7 * shadow + 0.3 * (-(off / crease).powi(2)).exp())
    });
}

/// A dark line of the scanner's whole length, leaning by `lean` mm per mm, through `x` mm at half height.
pub fn streak(sheet: &mut Sheet, x: f64, lean: f64, width: f64, dark: f64) {
    let (middle, reach) = (down(sheet) / 2.0, lean.abs() * down(sheet) / 2.0 + width + 0.2);
    let window = (((x - reach).max(0.0), 0.0), (x + reach, down(sheet)));
    sheet.lay(window, GREY, |p| {
        let off = (p.0 - x - lean * (p.1 - middle)).abs();
        dark * ((width / 2.0 - off) / 0.06 + 0.5).clamp(0.0, 1.0)
    });
}

/// A punched hole, as dark as what lies behind it, with a torn rim. What was printed there is gone.
pub fn punch(sheet: &mut Sheet, at: Point, dark: f64, c: &mut Chance) {
    let (r, rim) = (c.within(2.7, 3.2), u64::from(c.bits()));
    let window = ((at.0 - 4.0, at.1 - 4.0), (at.0 + 4.0, at.1 + 4.0));
    let off = |p: Point| (p.0 - at.0).hypot(p.1 - at.1) - r - 0.15 * fibre(p.0 * 2.0, p.1 * 2.0, rim);
    sheet.cut(window, 1.0 - dark, |p| off(p) < 0.0);
    sheet.lay(window, GREY, |p| 0.35 * (-(off(p) / 0.25).powi(2)).exp());
}

/// A staple of 10 mm, or the two holes it left.
pub fn staple(sheet: &mut Sheet, at: Point, pulled: bool, c: &mut Chance) {
    let turn = c.within(-1.6, 1.6);
    let end = (at.0 + 10.0 * turn.cos(), at.1 + 10.0 * turn.sin());
    let metal = Pen { width: 0.5, colour: [0.3; 3], opacity: 0.85, grain: 0.1, skips: 0.0, tremble: 0.0 };
    if pulled {
        for p in [at, end] {
            Pen { width: 0.6, ..metal }.draw(sheet, &[p, (p.0 + 0.2, p.1 + 0.1)], c);
        }
    } else {
        metal.draw(sheet, &[at, end], c);
    }
}

/// A red seal: a ring with two characters, or a square one.
pub fn seal(sheet: &mut Sheet, at: Point, radius: f64, c: &mut Chance) {
    let ink = Pen { width: 0.5, colour: RED, opacity: c.within(0.6, 0.95), grain: c.within(0.1, 0.4), skips: 0.0, tremble: 0.03 };
    let on = |i: i32| {
        let a = f64::from(i * 5).to_radians();
        (at.0 + radius * a.cos(), at.1 + radius * a.sin())
    };
    let mut lines = vec![(0..=72).map(on).collect()];
    for _ in 0..9 {
        let mut p = || (at.0 + radius * c.within(-0.6, 0.6), at.1 + radius * c.within(-0.75, 0.75));
        let (a, b) = (p(), p());
        lines.push(curve(a, a, b, b));
    }
    ink.stamp(sheet, &lines, c);
}

/// The ring a cup leaves: brown, darker at its edges, pale within.
pub fn coffee(sheet: &mut Sheet, at: Point, radius: f64, depth: f64, c: &mut Chance) {
    let (broad, blot) = (c.within(0.8, 2.5), u64::from(c.bits()));
    let reach = radius + broad + 2.0;
    sheet.lay(((at.0 - reach, at.1 - reach), (at.0 + reach, at.1 + reach)), [0.55, 0.38, 0.2], |p| {
        let off = (p.0 - at.0).hypot(p.1 - at.1) - radius + (fibre(p.0 / 6.0, p.1 / 6.0, blot) - 0.5);
        let rim = (-((off.abs() - broad / 2.0) / 0.25).powi(2)).exp();
        let band = if off.abs() < broad / 2.0 { 0.6 } else { 0.0 };
        let inside = if off < 0.0 { 0.12 } else { 0.0 };
        depth * (band + 0.5 * rim + inside).min(1.0) * (0.6 + 0.6 * fibre(p.0 / 3.0, p.1 / 3.0, blot ^ 1)).min(1.0)
    });
}

/// A dirty thumb or toner: a dark blot with a soft edge, radii in mm.
pub fn smudge(sheet: &mut Sheet, at: Point, radius: Point, dark: f64, soft: f64, c: &mut Chance) {
    let blot = u64::from(c.bits());
    let reach = (radius.0.max(radius.1)) * 1.3 + 2.0 * soft;
    sheet.lay(((at.0 - reach, at.1 - reach), (at.0 + reach, at.1 + reach)), GREY, |p| {
        let r = ((p.0 - at.0) / radius.0).hypot((p.1 - at.1) / radius.1) + 0.3 * (fibre(p.0 / 2.0, p.1 / 2.0, blot) - 0.5);
        let edge = ((1.0 - r) * radius.0.min(radius.1) / soft + 0.5).clamp(0.0, 1.0);
        dark * edge * (0.75 + 0.25 * fibre(p.0 / 0.4, p.1 / 0.4, blot ^ 3))
    });
}

/// Grains of dust, 0.1 to 0.35 mm.
pub fn dust(sheet: &mut Sheet, count: usize, c: &mut Chance) {
    for _ in 0..count {
        let p = (c.within(0.0, across(sheet)), c.within(0.0, down(sheet)));
        let grain = Pen { width: c.within(0.1, 0.35), opacity: c.within(0.4, 1.0), tremble: 0.0, ..Pen::BALL };
        grain.draw(sheet, &[p, (p.0 + c.within(0.0, 0.15), p.1)], c);
    }
}
