//! Ink beside the options: notes, words, arrows and ticks that missed.

use crate::read::marks::{self, Mark, Place, Ring};
use crate::{BOXES, Filling, RINGS, filled, harmless};

#[test]
fn notes_beside_an_option_are_no_marks() {
    harmless(false, |f, area| {
        let at = (area.right() + 2.5, area.y + f.chance.within(-1.5, 0.5));
        marks::words(&mut f.sheet, at, 3.5, 3, &f.pen, &mut f.chance);
    });
}

/// An arrow from a point to another, drawn in one go.
fn arrow(f: &mut Filling, from: (f64, f64), to: (f64, f64)) {
    let back = (from.0 - to.0).signum() * 1.6;
    let head = [(to.0 + back, to.1 - 1.0), to, (to.0 + back, to.1 + 1.0)];
    f.pen.stamp(&mut f.sheet, &[vec![from, to], head.to_vec()], &mut f.chance);
}

#[test]
fn a_word_beside_a_mark_and_an_arrow_away_from_it_are_asked_about() {
    for seed in 0..4 {
        for field in [BOXES[1], RINGS[1]] {
            let mark = |f: &mut Filling| {
                if field == BOXES[1] {
                    f.mark(field, 0, Mark::Check, Place::MIDDLE);
                } else {
                    f.ring(field, 0, Ring::PLAIN);
                }
                Filling::area(field, 0)
            };
            // 0.5 mm from the ring; 1.5 mm from the box, where its tick ends.
            let close = if field == BOXES[1] { 1.5 } else { 3.6 };
            for off in [4.0, close] {
                let said = filled(seed, |f| {
                    let area = mark(f);
                    f.a_no((area.right() + off, area.y - 0.5));
                });
                said.are_asked(&[field], &format!("words {off} mm beside a mark, seed {seed}"));
            }
            for apart in [0.0, 1.2] {
                let said = filled(seed, |f| {
                    let (area, other) = (mark(f), Filling::area(field, 1));
                    let from = if field == BOXES[1] { area.right() - 0.5 } else { area.right() + 1.8 };
                    arrow(f, (from + apart, area.centre().y), (other.x - 1.5, other.centre().y));
                });
                said.are_asked(&[field], &format!("an arrow {apart} mm from the mark, seed {seed}"));
            }
        }
    }
}

#[test]
fn a_tick_that_missed_every_box_is_asked_about() {
    for seed in 0..4 {
        for off in [(5.0, 0.0), (0.0, -4.2), (-4.6, 1.0)] {
            for field in BOXES {
                let answers = filled(seed, |f| {
                    f.a_number();
                    let area = Filling::area(field, 0);
                    let (x, y) = (area.centre().x + off.0, area.centre().y + off.1);
                    let tick = [(x - 1.4, y), (x - 0.4, y + 1.3), (x + 1.8, y - 1.6)];
                    f.pen.draw(&mut f.sheet, &tick, &mut f.chance);
                });
                answers.are_asked(&[field], &format!("a tick {off:?} mm from the box, seed {seed}"));
            }
        }
    }
}

#[test]
fn a_tick_or_a_line_at_the_words_of_an_option_is_asked_about() {
    for seed in 0..2 {
        for field in ["box_column", "ring_column_m"] {
            let (area, m) = (Filling::area(field, 1), Filling::area(field, 1).centre());
            let tick = |x: f64| vec![(x - 1.6, m.y), (x - 0.5, m.y + 1.6), (x + 2.4, m.y - 2.4)];
            let under = vec![(area.right() + 2.5, area.bottom() + 1.3), (area.right() + 13.0, area.bottom() + 1.5)];
            let strokes = [
                (tick(area.x - 7.5), "before"),
                (tick(area.right() + 7.0), "on"),
                (tick(area.right() + 20.0), "after"),
                (under, "under"),
            ];
            for (path, of) in strokes {
                let answers = filled(seed, |f| {
                    f.a_number();
                    f.pen.draw(&mut f.sheet, &path, &mut f.chance);
                });
                answers.are_asked(&[field], &format!("a stroke {of} the words, seed {seed}"));
                let others = BOXES.iter().chain(&RINGS).filter(|other| **other != field);
                let blank = others.clone().filter(|other| answers.said(other) == Some("")).count();
                assert!(blank >= 4, "{of} {field}: {answers:?}");
            }
        }
    }
}
