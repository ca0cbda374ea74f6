//! Reading's promise, on pages drawn by the tests' own hand: a mark is read as what it is or shown to a person, and
//! nothing that is no mark is read as one.

#[path = "read/beside.rs"]
mod beside;
#[path = "read/cells.rs"]
mod cells;
#[path = "read/mishaps.rs"]
mod mishaps;
#[path = "read/mod.rs"]
mod read;
#[path = "read/rings.rs"]
mod rings;
#[path = "read/strikes.rs"]
mod strikes;

use read::desk::{Desk, Glass, Style, said};
use read::draw::{Chance, Pen, Sheet};
use read::hazard;
use read::marks::{self, Mark, PLAIN, Place, Ring};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use uketsuke::geometry::RectMm;

const BOXES: [&str; 3] = ["box_column", "box_row", "box_table_m"];
const RINGS: [&str; 3] = ["ring_column_m", "ring_row", "ring_table"];

fn desk() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(|| Desk::new(&[Style::PLAIN, LETTERED]))
}

/// A form with a letter in every box.
const LETTERED: Style = Style { lettered: true, ..Style::PLAIN };

/// A sheet on the desk, and a hand.
struct Filling {
    sheet: Sheet,
    chance: Chance,
    pen: Pen,
}

impl Filling {
    fn new(seed: u64, colour: bool) -> Self {
        Self { sheet: desk().sheet(0, colour), chance: Chance::new(seed), pen: Pen::BALL }
    }

    /// Option `i` (from 0) of a field.
    fn area(field: &str, i: usize) -> RectMm {
        desk().boxes(0, field)[i]
    }

    fn mark(&mut self, field: &str, i: usize, kind: Mark, place: Place) {
        marks::mark(&mut self.sheet, kind, &Self::area(field, i), place, &self.pen, &mut self.chance);
    }

    fn ring(&mut self, field: &str, i: usize, ring: Ring) {
        ring.draw(&mut self.sheet, &Self::area(field, i), &self.pen, &mut self.chance);
    }

    /// Marks option `i` of every field as it asks to be marked.
    fn every_field(&mut self, i: usize) {
        let kind = self.chance.pick(&PLAIN);
        for (boxed, ringed) in BOXES.iter().zip(&RINGS) {
            self.mark(boxed, i, kind, Place::MIDDLE);
            self.ring(ringed, i, Ring::PLAIN);
        }
    }

    /// A stroke in the last cell of the comb: somebody wrote on this sheet.
    fn a_number(&mut self) {
        self.mark("digits", 3, Mark::Slash, Place { size: 0.7, off: (0.0, 0.0) });
    }

    /// "NO" from a point to the right, 3 mm tall.
    fn a_no(&mut self, (x, y): (f64, f64)) {
        let n = vec![(x, y + 3.0), (x, y), (x + 1.6, y + 3.0), (x + 1.6, y)];
        let o = (0..=24).map(|k| (f64::from(k) * 15.0).to_radians()).map(|t| (x + 3.4 + 1.1 * t.cos(), y + 1.5 + 1.5 * t.sin()));
        self.pen.stamp(&mut self.sheet, &[n, o.collect()], &mut self.chance);
    }

    fn strike(&mut self, field: &str, i: usize) {
        marks::double_line(&mut self.sheet, &Self::area(field, i), &self.pen, &mut self.chance);
    }

    fn read(&self, glass: &Glass) -> Answers {
        let decided = desk().read(0, &glass.scan(&self.sheet));
        Answers(decided.into_iter().map(|(id, record, _)| (id, said(&record).map(|v| v.join(",")))).collect())
    }
}

/// What every field was read as; none where a person is asked.
#[derive(Debug)]
struct Answers(BTreeMap<String, Option<String>>);

impl Answers {
    fn said(&self, field: &str) -> Option<&str> {
        self.0[field].as_deref()
    }

    /// Every one of the fields is read as `truth` without a person.
    fn are(&self, fields: &[&str], truth: &str, of: &str) {
        for f in fields {
            assert_eq!(self.said(f), Some(truth), "{of}: {f}");
        }
    }

    /// None of the fields is read, without a person, as anything but `truth`.
    fn are_or_asked(&self, fields: &[&str], truth: &str, of: &str) {
        for f in fields {
            assert!(self.said(f).is_none_or(|s| s == truth), "{of}: {f} is {:?}, not {truth}", self.said(f));
        }
    }

    /// A person is asked about every one of the fields.
    fn are_asked(&self, fields: &[&str], of: &str) {
        for f in fields {
            assert_eq!(self.said(f), None, "{of}: {f}");
        }
    }
}

/// A page filled by `fill`, read from a clean scan.
fn filled(seed: u64, fill: impl FnOnce(&mut Filling)) -> Answers {
    let mut f = Filling::new(seed, false);
    fill(&mut f);
    f.read(&Glass { seed, ..Glass::CLEAN })
}

/// Every field's second option is marked and then something happens to the page; whatever it is, nothing is read as
/// anything but that mark, and a page on which nothing is marked as anything but blank. Gives the share that was read.
fn harmless(colour: bool, mishap: impl Fn(&mut Filling, &RectMm)) -> f64 {
    let (mut read, mut all) = (0, 0);
    for seed in 0..2 {
        for marked in [false, true] {
            let mut f = Filling::new(seed, colour);
            f.a_number();
            if marked {
                f.every_field(1);
            }
            for field in BOXES.iter().chain(&RINGS) {
                mishap(&mut f, &Filling::area(field, seed as usize % 3));
            }
            let answers = f.read(&Glass { seed, ..Glass::CLEAN });
            for fields in [BOXES, RINGS] {
                answers.are_or_asked(&fields, if marked { "2" } else { "" }, &format!("seed {seed}"));
                all += fields.len();
                read += fields.iter().filter(|f| answers.said(f).is_some()).count();
            }
        }
    }
    f64::from(read as u32) / f64::from(all as u32)
}

#[test]
fn where_only_a_number_is_written_all_else_is_blank() {
    let answers = filled(1, |f| {
        f.a_number();
        hazard::dust(&mut f.sheet, 150, &mut f.chance);
    });
    answers.are(&BOXES, "", "boxes");
    answers.are(&RINGS, "", "rings");
}

#[test]
fn an_empty_page_is_asked_about() {
    let answers = filled(1, |f| hazard::dust(&mut f.sheet, 150, &mut f.chance));
    answers.are_asked(&[BOXES.as_slice(), &RINGS, &["digits"]].concat(), "empty");
}

#[test]
fn what_a_scan_without_grey_leaves_of_a_pencil_is_that_mark_or_a_question() {
    let (mut read, mut trails) = (0, 0);
    for (seed, share) in [0.35, 0.45, 0.6].into_iter().enumerate() {
        let seed = seed as u64;
        let mut f = Filling::new(seed, false);
        f.pen = Pen { grain: 0.4, ..Pen::faint(share) };
        f.every_field(1);
        for white_from in (80..=230).step_by(10) {
            let answers = f.read(&Glass { white_from: Some(white_from), noise: 4.0, seed, ..Glass::CLEAN });
            let of = format!("{share} of black, white from {white_from}");
            answers.are_or_asked(&BOXES, "2", &of);
            answers.are_or_asked(&RINGS, "2", &of);
            let sure = BOXES.iter().chain(&RINGS).filter(|f| answers.said(f).is_some()).count();
            read += usize::from(sure == 6);
            trails += usize::from((1..6).contains(&sure));
        }
    }
    assert!(read >= 9 && trails >= 3, "read whole {read} times, in part {trails} times, of 48");
}

#[test]
fn every_shape_of_mark_in_a_box_is_a_mark() {
    for (seed, kind) in PLAIN.into_iter().enumerate() {
        filled(seed as u64, |f| BOXES.iter().for_each(|b| f.mark(b, 2, kind, Place::MIDDLE))).are(
            &BOXES,
            "3",
            &format!("{kind:?}"),
        );
    }
}

#[test]
fn a_cross_is_a_mark_or_a_question_never_nothing() {
    for seed in 0..3 {
        let answers = filled(seed, |f| BOXES.iter().for_each(|b| f.mark(b, 0, Mark::Cross, Place::MIDDLE)));
        answers.are_or_asked(&BOXES, "1", "cross");
    }
}

#[test]
fn small_and_large_marks_are_marks() {
    for size in [0.6, 1.4] {
        for (seed, kind) in [Mark::Check, Mark::Re, Mark::Slash].into_iter().enumerate() {
            let place = Place { size, off: (0.0, 0.0) };
            let answers = filled(seed as u64, |f| BOXES.iter().for_each(|b| f.mark(b, 1, kind, place)));
            answers.are_or_asked(&BOXES, "2", &format!("{kind:?} of {size}"));
            assert!(BOXES.iter().filter(|b| answers.said(b).is_some()).count() >= 2, "{kind:?} of {size}: {answers:?}");
        }
    }
}

#[test]
fn a_tick_of_twice_its_box_is_a_mark_and_a_struck_one_is_none() {
    for size in [1.8, 2.1, 2.4] {
        for (seed, kind) in [Mark::Check, Mark::Re].into_iter().enumerate() {
            for low in [0.0, -0.3] {
                let place = Place { size, off: (0.0, low) };
                let ticked = |f: &mut Filling| f.mark("box_row", 1, kind, place);
                let of = format!("{kind:?} of {size}, {low} down");
                let answers = filled(seed as u64, ticked);
                if kind == Mark::Check {
                    answers.are(&["box_row"], "2", &of);
                }
                // The stem of a レ may run along the side of its box.
                answers.are_or_asked(&["box_row"], "2", &of);
                let struck = filled(seed as u64, |f| {
                    ticked(f);
                    f.strike("box_row", 1);
                });
                struck.are_or_asked(&["box_row"], "", &format!("{of}, struck"));
            }
        }
    }
}

#[test]
fn a_slash_of_twice_its_box_is_a_mark_and_two_of_them_or_one_over_a_tick_are_none() {
    let slashes = |tick: bool, up: f64, apart: &[f64]| {
        filled(11, |f| {
            for b in BOXES {
                let area = Filling::area(b, 1);
                if tick {
                    f.mark(b, 1, Mark::Check, Place::MIDDLE);
                }
                for apart in apart {
                    let (x, y) = (area.centre().x + apart, area.centre().y - up * area.h);
                    f.pen.draw(&mut f.sheet, &[(x + area.w, y - area.h), (x - area.w, y + area.h)], &mut f.chance);
                }
            }
        })
    };
    slashes(false, 0.0, &[0.0]).are(&BOXES, "2", "a slash");
    for up in [-0.12, 0.12] {
        // In a narrow column it reaches the next box.
        let answers = slashes(false, up, &[0.0]);
        answers.are_or_asked(&BOXES, "2", "a slash off the middle");
        assert!(BOXES.iter().filter(|b| answers.said(b).is_some()).count() >= 2, "{up}: {answers:?}");
    }
    slashes(false, 0.0, &[-0.7, 0.7]).are_or_asked(&BOXES, "", "two slashes");
    slashes(false, 0.0, &[-0.4, 0.4]).are_or_asked(&BOXES, "", "two slashes side by side");
    slashes(true, 0.0, &[0.0]).are_or_asked(&BOXES, "", "a tick struck out by a slash");
}

#[test]
fn a_tick_whose_hook_lies_under_the_frame_is_a_mark_and_a_longer_line_is_a_question() {
    let arm = |beyond: f64| {
        filled(7, |f| {
            for b in BOXES {
                let area = Filling::area(b, 1);
                let corner = (area.x + 0.6, area.bottom());
                let tick = [(area.x, area.bottom()), corner, (corner.0 + beyond * 0.75, corner.1 - beyond)];
                f.pen.draw(&mut f.sheet, &tick, &mut f.chance);
            }
        })
    };
    arm(5.4).are(&BOXES, "2", "a tick");
    arm(9.0).are_asked(&BOXES, "a scratch or a staple");
}

#[test]
fn the_stem_of_a_large_tick_along_the_side_of_its_box_is_no_mark_of_the_box_above() {
    // The stem comes down beside the frame and runs on under its left line to the foot below the box.
    let tick = |f: &mut Filling, b: &str, rise: f64, stem: bool| {
        let area = Filling::area(b, 1);
        let foot = (area.x + 0.1, area.bottom() + 0.9);
        let path = [(area.x - 0.8, area.y - rise), (area.x - 0.2, area.y), foot, (foot.0 + 5.0, foot.1 - 5.4)];
        f.pen.draw(&mut f.sheet, &path[if stem { 0 } else { 2 }..], &mut f.chance);
    };
    for (seed, rise) in [1.5, 3.0, 4.5].into_iter().enumerate() {
        let answers = filled(seed as u64, |f| BOXES.iter().for_each(|b| tick(f, b, rise, true)));
        answers.are_or_asked(&BOXES, "2", &format!("a stem {rise} mm above its box"));
        answers.are(&["box_table_m"], "2", &format!("a stem {rise} mm above its box"));
    }
    // A stroke of the same length that points elsewhere, as a slash meant for the box above does.
    let answers = filled(3, |f| {
        for b in BOXES {
            tick(f, b, 0.0, false);
            let area = Filling::area(b, 1);
            let slash = [(area.x + 2.0, area.y - 4.5), (area.x - 0.6, area.y + 0.2)];
            f.pen.draw(&mut f.sheet, &slash, &mut f.chance);
        }
    });
    answers.are_asked(&BOXES, "a slash that ends at the box");
}

#[test]
fn a_mark_half_outside_its_box_is_that_mark_or_a_question() {
    for (seed, off) in [(0.5, 0.0), (0.4, -0.4), (-0.5, 0.3), (0.0, -0.5)].into_iter().enumerate() {
        let place = Place { size: 1.1, off };
        let answers = filled(seed as u64, |f| BOXES.iter().for_each(|b| f.mark(b, 1, Mark::Check, place)));
        answers.are_or_asked(&BOXES, "2", &format!("{off:?}"));
    }
}

#[test]
fn faint_pencil_and_a_failing_ball_point_are_read() {
    let pens = [Pen::faint(0.4), Pen { skips: 0.25, ..Pen::BALL }];
    for (seed, pen) in pens.into_iter().enumerate() {
        let answers = filled(seed as u64, |f| {
            f.pen = pen;
            f.every_field(1);
        });
        answers.are_or_asked(&BOXES, "2", "faint");
        answers.are_or_asked(&RINGS, "2", "faint");
        let read = BOXES.iter().chain(&RINGS).filter(|f| answers.said(f).is_some()).count();
        assert!(read >= 5, "pen {seed}: {answers:?}");
    }
}

#[test]
fn a_ring_round_a_box_is_its_mark_or_a_question() {
    for seed in 0..3 {
        for radius in [2.6, 3.4, 4.2] {
            let ring = Ring { radius: (radius, radius), ..Ring::PLAIN };
            let answers = filled(seed, |f| BOXES.iter().for_each(|b| f.ring(b, 1, ring)));
            answers.are_or_asked(&BOXES, "2", &format!("a ring of {radius} mm"));
        }
    }
}

#[test]
fn a_struck_mark_does_not_count_and_what_replaces_it_is_at_most_a_question() {
    for seed in 0..3 {
        let struck = |replaced: bool| {
            filled(seed, |f| {
                f.every_field(0);
                BOXES.iter().chain(&RINGS).for_each(|field| f.strike(field, 0));
                if replaced {
                    f.every_field(2);
                }
            })
        };
        for (replaced, truth) in [(false, ""), (true, "3")] {
            struck(replaced).are_or_asked(&BOXES, truth, &format!("replaced {replaced}"));
            struck(replaced).are_or_asked(&RINGS, truth, &format!("replaced {replaced}"));
        }
    }
}

#[test]
fn a_dot_on_the_letter_in_a_box_is_asked_about_and_a_letter_alone_is_none() {
    let read = |seed: u64, dotted: bool| {
        let mut f = Filling { sheet: desk().sheet(1, false), ..Filling::new(seed, false) };
        f.a_number();
        if dotted {
            let spiral = |m: uketsuke::geometry::PointMm| {
                (0..=60)
                    .map(move |k| (f64::from(k) * 0.3, f64::from(k) / 60.0 * 0.45))
                    .map(move |(t, r)| (m.x + r * t.cos(), m.y + r * t.sin()))
            };
            for (i, b) in BOXES.iter().enumerate() {
                let dot: Vec<(f64, f64)> = spiral(Filling::area(b, i).centre()).collect();
                f.pen.draw(&mut f.sheet, &dot, &mut f.chance);
            }
        }
        let decided = desk().read(1, &Glass { seed, ..Glass::CLEAN }.scan(&f.sheet));
        Answers(decided.into_iter().map(|(id, record, _)| (id, said(&record).map(|v| v.join(",")))).collect())
    };
    for seed in 0..3 {
        read(seed, false).are(&BOXES, "", "letters alone");
        for (i, b) in BOXES.iter().enumerate() {
            read(seed, true).are_or_asked(&[b], &(i + 1).to_string(), &format!("a dot, seed {seed}"));
        }
    }
}
