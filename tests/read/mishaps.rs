//! What befalls a sheet on its way and in the scanner is no mark, and hides none in silence.

use crate::read::desk::Glass;
use crate::read::draw::Pen;
use crate::read::hazard;
use crate::read::marks::{Mark, Place, Ring};
use crate::{BOXES, Filling, RINGS, desk, filled, harmless};
use uketsuke::geometry::RectMm;

#[test]
fn what_is_left_of_a_rubbed_out_mark_and_what_shines_through_is_no_mark() {
    for (seed, share) in [0.08, 0.14, 0.2].into_iter().enumerate() {
        let answers = filled(seed as u64, |f| {
            f.pen = Pen::faint(share);
            f.every_field(1);
        });
        answers.are_or_asked(&BOXES, "", "pale");
        answers.are_or_asked(&RINGS, "", "pale");
    }
}

#[test]
fn a_field_with_nothing_but_pale_strokes_is_asked_about_and_its_neighbours_are_blank() {
    for (seed, share) in [0.1, 0.13, 0.16].into_iter().enumerate() {
        let answers = filled(seed as u64, |f| {
            f.pen = Pen::faint(share);
            f.ring(RINGS[0], 1, Ring::PLAIN);
            f.mark(BOXES[0], 1, Mark::Check, Place { size: 1.4, off: (0.0, 0.0) });
            f.pen = Pen::BALL;
            f.ring(RINGS[1], 1, Ring::PLAIN);
        });
        answers.are_asked(&[BOXES[0], RINGS[0]], &format!("{share} of black"));
        answers.are(&BOXES[1..], "", "nothing written");
    }
}

#[test]
fn a_mark_beside_a_rubbed_out_one_is_the_mark() {
    let answers = filled(3, |f| {
        f.pen = Pen::faint(0.12);
        f.every_field(1);
        f.pen = Pen::BALL;
        f.every_field(0);
    });
    answers.are(&BOXES, "1", "beside a rubbed-out mark");
    answers.are_or_asked(&RINGS, "1", "beside a rubbed-out ring");
}

#[test]
fn a_dark_smudge_is_no_mark() {
    for (dark, size) in [(0.25, 7.0), (0.5, 3.0), (0.7, 4.0), (0.9, 7.0)] {
        harmless(false, |f, area| {
            let (m, c) = (area.centre(), &mut f.chance);
            let at = (m.x + c.within(-2.0, 2.0), m.y + c.within(-2.0, 2.0));
            let radius = (size * c.within(0.7, 1.0), size);
            hazard::smudge(&mut f.sheet, at, radius, dark, 0.5, c);
        });
    }
}

#[test]
fn a_streak_of_the_scanner_is_no_mark() {
    for (lean, width) in [(0.0, 0.12), (0.0, 0.3), (0.03, 0.2), (-0.08, 0.35)] {
        let read = harmless(false, |f, area| {
            let at = area.centre().x + f.chance.within(-1.5, 1.5);
            hazard::streak(&mut f.sheet, at, lean, width, 0.8);
        });
        assert!(read < 1.0 || width < 0.2, "six streaks of {width} mm and no one is asked");
    }
}

#[test]
fn holes_and_staples_are_no_marks() {
    harmless(false, |f, area| {
        let at = (area.centre().x + f.chance.within(-2.0, 2.0), area.centre().y + f.chance.within(-2.0, 2.0));
        let dark = f.chance.within(0.2, 0.95);
        hazard::punch(&mut f.sheet, at, dark, &mut f.chance);
    });
    for pulled in [false, true] {
        harmless(false, |f, area| {
            let at = (area.centre().x + f.chance.within(-4.0, 2.0), area.centre().y + f.chance.within(-2.0, 2.0));
            hazard::staple(&mut f.sheet, at, pulled, &mut f.chance);
        });
    }
}

#[test]
fn a_red_seal_is_no_mark_and_hides_none_in_colour() {
    let seal = |f: &mut Filling, area: &RectMm| {
        let at = (area.centre().x + f.chance.within(-3.0, 3.0), area.centre().y + f.chance.within(-3.0, 3.0));
        hazard::seal(&mut f.sheet, at, 6.0, &mut f.chance);
    };
    let read = harmless(true, seal);
    assert!(read > 0.9, "{read} read in colour");
}

#[test]
fn a_coffee_stain_is_no_mark() {
    for depth in [0.2, 0.5] {
        let first = Filling::area(BOXES[0], 0).x;
        harmless(true, |f, area| {
            // One cup is enough for a sheet.
            if area.x > first {
                return;
            }
            let turn = f.chance.within(0.0, 6.3);
            let at = (area.centre().x + 32.0 * turn.cos(), area.centre().y + 32.0 * turn.sin());
            hazard::coffee(&mut f.sheet, at, 32.0, depth, &mut f.chance);
        });
    }
}

#[test]
fn the_shadow_of_a_fold_is_no_mark_and_hides_none() {
    let folded = |depth: f64| harmless(false, |f, area| hazard::fold(&mut f.sheet, area.centre().y, depth, 2.5, &mut f.chance));
    let read = folded(0.15);
    assert!(read > 0.7, "{read} read");
    folded(0.45);
}

#[test]
fn a_pale_scan_is_read_as_the_dark_one() {
    let (mut read, mut all) = (0, 0);
    for seed in 0..3 {
        let mut f = Filling::new(seed, false);
        f.pen = Pen::any(&mut f.chance);
        f.every_field(seed as usize);
        for contrast in [1.0, 0.75, 0.5, 0.3] {
            let answers = f.read(&Glass { contrast, seed, noise: 2.0, ..Glass::CLEAN });
            for fields in [BOXES, RINGS] {
                answers.are_or_asked(&fields, &(seed + 1).to_string(), &format!("contrast {contrast}, pen {:?}", f.pen));
                all += fields.len();
                read += fields.iter().filter(|f| answers.said(f).is_some()).count();
            }
        }
    }
    assert!(read * 100 >= all * 95, "{read} of {all} read");
}

#[test]
fn print_of_any_colour_is_found_and_the_pen_on_it_is_read() {
    // Pale pink, a red that is as bright as paper in red light, brown, pale blue; pale print without colour.
    let inks: [&[f32]; 5] = [&[0.98, 0.67, 0.67], &[1.0, 0.3, 0.35], &[0.75, 0.5, 0.25], &[0.5, 0.75, 0.9], &[0.6]];
    for (seed, ink) in inks.into_iter().enumerate() {
        for marked in [false, true] {
            let mut f = Filling::new(seed as u64, false);
            f.sheet = desk().sheet_in(0, ink);
            f.a_number();
            if marked {
                f.every_field(1);
            }
            let answers = f.read(&Glass { seed: seed as u64, ..Glass::CLEAN });
            for fields in [BOXES, RINGS] {
                answers.are(&fields, if marked { "2" } else { "" }, &format!("{ink:?}"));
            }
        }
    }
}

#[test]
fn what_lies_off_the_scan_is_asked_about() {
    let mut f = Filling::new(1, false);
    f.every_field(1);
    f.a_number();
    // The comb ends 17 mm from the sheet's right edge.
    for shift in [18.5, 30.0, 48.0] {
        let answers = f.read(&Glass { shift_mm: (shift, 0.0), ..Glass::CLEAN });
        answers.are_asked(&["digits"], &format!("moved by {shift} mm"));
        answers.are_or_asked(&["box_column"], "2", "still on the scan");
        assert!(answers.said("box_column").is_some());
    }
}
