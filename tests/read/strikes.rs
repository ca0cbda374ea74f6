//! Marks struck out with a thin pen, on a scan without grey that leaves of its lines what it will.

use crate::read::desk::Glass;
use crate::read::draw::Pen;
use crate::read::marks::{Mark, Place, Ring};
use crate::{Answers, BOXES, Filling, RINGS};

const FINE: Pen = Pen { width: 0.22, skips: 0.06, ..Pen::BALL };

/// Ends of lines, mm from the middle of an area.
type Lines = [[(f64, f64); 2]];

/// Every second option is marked with a fine pen, then the lines are drawn through it.
fn marked_and_lined(seed: u64, kind: Mark, lines: &Lines) -> Answers {
    let mut f = Filling::new(seed, false);
    f.pen = FINE;
    f.a_number();
    for (boxed, ringed) in BOXES.iter().zip(&RINGS) {
        f.mark(boxed, 1, kind, Place { size: 0.8, off: (0.0, 0.0) });
        f.ring(ringed, 1, Ring::PLAIN);
    }
    for field in BOXES.iter().chain(&RINGS) {
        let middle = Filling::area(field, 1).centre();
        // Rings are twice as large as boxes.
        let by = if RINGS.contains(field) { 1.6 } else { 1.0 };
        for line in lines {
            let at = |(x, y): (f64, f64)| (middle.x + x * by, middle.y + y * by);
            FINE.draw(&mut f.sheet, &[at(line[0]), at(line[1])], &mut f.chance);
        }
    }
    f.read(&Glass { seed, white_from: Some(150), ..Glass::CLEAN })
}

#[test]
fn thin_lines_through_a_mark_and_beyond_it_strike_it_out() {
    let level: &Lines = &[[(-4.0, 0.2), (4.0, -0.3)]];
    let upright: &Lines = &[[(-0.4, -4.0), (-0.3, 4.0)], [(0.5, -4.0), (0.4, 4.0)]];
    let cross: &Lines = &[[(-3.2, -3.2), (3.2, 3.2)], [(-3.2, 3.2), (3.2, -3.2)]];
    for seed in 0..3 {
        for (name, lines) in [("level", level), ("upright", upright), ("a cross", cross)] {
            let answers = marked_and_lined(seed, Mark::Check, lines);
            answers.are_asked(&BOXES, &format!("{name}, seed {seed}"));
            answers.are_asked(&RINGS, &format!("{name}, seed {seed}"));
        }
    }
}

#[test]
fn a_line_in_dashes_through_a_box_that_is_half_lost_at_one_end_strikes_it_out() {
    let level: &Lines = &[[(-2.8, 0.2), (-1.3, 0.1)], [(-0.8, 0.1), (1.0, -0.1)], [(1.5, -0.1), (4.0, -0.3)]];
    let asked = |seed: u64| {
        let answers = marked_and_lined(seed, Mark::Check, level);
        BOXES.iter().filter(|field| answers.said(field).is_none()).count()
    };
    let asked: usize = (0..6).map(asked).sum();
    assert!(asked >= 14, "{asked} of 18");
}

#[test]
fn the_same_marks_with_nothing_through_them_are_read() {
    let one_side: &Lines = &[[(1.0, 0.0), (4.0, -0.3)]];
    for seed in 0..3 {
        for kind in [Mark::Check, Mark::Re] {
            let answers = marked_and_lined(seed, kind, &[]);
            answers.are(&BOXES, "2", &format!("{kind:?}, seed {seed}"));
            answers.are(&RINGS, "2", &format!("{kind:?}, seed {seed}"));
        }
        // Along a flat ring's own top a line runs from side to side as well.
        let mut f = Filling::new(seed, false);
        f.a_number();
        for field in RINGS {
            f.ring(field, 1, Ring { radius: (3.6, 2.2), ..Ring::PLAIN });
        }
        f.read(&Glass { seed, ..Glass::CLEAN }).are(&RINGS, "2", "a flat ring");
        marked_and_lined(seed, Mark::Check, one_side).are(&RINGS, "2", "a line that ends in the ring");
    }
}

#[test]
fn the_stem_of_a_large_re_through_its_box_strikes_nothing_out() {
    for seed in 0..3 {
        let mut f = Filling::new(seed, false);
        f.a_number();
        // Such a mark of the box in a table is asked about; by which rule was not looked into.
        for field in &BOXES[..2] {
            let (area, m) = (Filling::area(field, 1), Filling::area(field, 1).centre());
            let (x, low) = (m.x - 1.0, area.bottom() + 0.9);
            f.pen.draw(
                &mut f.sheet,
                &[(x, area.y - 1.2), (x, m.y), (x + 0.2, low), (area.right() + 1.9, area.y + 0.1)],
                &mut f.chance,
            );
        }
        f.read(&Glass { seed, ..Glass::CLEAN }).are(&BOXES[..2], "2", &format!("seed {seed}"));
    }
}
