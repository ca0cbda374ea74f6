//! Cells with digits drawn by the tests' own hand.

use crate::read::desk::{Glass, said};
use crate::read::hazard;
use crate::{Answers, Filling, desk, filled};
use uketsuke::geometry::RectMm;
use uketsuke::read::Evidence;

/// A page with strokes in the last cell of the comb.
fn in_the_last_cell(seed: u64, draw: impl FnOnce(&mut Filling, &RectMm)) -> Answers {
    filled(seed, |f| draw(f, &Filling::area("digits", 3)))
}

#[test]
fn a_lone_one_in_its_cell_is_a_one_or_a_question() {
    for seed in 0..4 {
        let answers = in_the_last_cell(seed, |f, cell| {
            let (m, tall) = (cell.centre(), f.chance.within(0.25, 0.42) * cell.h);
            let lean = f.chance.within(-0.3, 0.6);
            f.pen.draw(&mut f.sheet, &[(m.x + lean, m.y - tall), (m.x, m.y + tall)], &mut f.chance);
        });
        answers.are_or_asked(&["digits"], "1", &format!("seed {seed}"));
    }
}

#[test]
fn two_digits_in_one_cell_are_asked_about_whatever_they_look_like() {
    for seed in 0..4 {
        let mut f = Filling::new(seed, false);
        let cell = Filling::area("digits", 3);
        let (m, half) = (cell.centre(), 0.3 * cell.h);
        let line = |x: f64, lean: f64| [(m.x + x + lean, m.y - half), (m.x + x - lean, m.y + half)];
        let seven = [(m.x - 0.2, m.y - half), (m.x + 1.4, m.y - half), (m.x + 0.5, m.y + half)];
        f.pen.draw(&mut f.sheet, &line(-1.3, 0.1 * seed as f64), &mut f.chance);
        if seed % 2 == 0 {
            f.pen.draw(&mut f.sheet, &seven, &mut f.chance);
        } else {
            f.pen.draw(&mut f.sheet, &line(1.0, 0.0), &mut f.chance);
        }
        let read = desk().read(0, &Glass { seed, ..Glass::CLEAN }.scan(&f.sheet));
        let (_, record, evidence) = read.iter().find(|(id, ..)| id == "digits").expect("the comb is read");
        let Evidence::Digits(cells) = evidence else { panic!("a comb has cells") };
        assert_eq!(cells.iter().map(|c| c.disturbed).collect::<Vec<_>>(), [false, false, false, true], "seed {seed}");
        assert_eq!(said(record), None, "seed {seed}");
    }
}

#[test]
fn a_line_that_leaves_cells_unused_is_no_row_of_ones() {
    for seed in 0..4 {
        let answers = filled(seed, |f| {
            let (first, last) = (Filling::area("digits", 2), Filling::area("digits", 3));
            let line = [(first.x + 0.5, first.bottom() - 0.6), (last.right() - 0.5, last.y + 0.6)];
            f.pen.draw(&mut f.sheet, &line, &mut f.chance);
        });
        answers.are_asked(&["digits"], &format!("one line through two cells, seed {seed}"));
        let answers = in_the_last_cell(seed, |f, cell| {
            let line = [(cell.x + 0.4, cell.bottom() - 0.4), (cell.right() - 0.4, cell.y + 0.4)];
            f.pen.draw(&mut f.sheet, &line, &mut f.chance);
        });
        answers.are_asked(&["digits"], &format!("a line from corner to corner, seed {seed}"));
    }
}

#[test]
fn a_two_whose_foot_lies_on_the_frame_is_no_seven() {
    for white_from in [None, Some(110), Some(150), Some(190)] {
        let mut asked = 0;
        for seed in 0..10 {
            // The line runs 0.1 mm below the cell; a foot on it, a little above and a little below.
            let low = 0.06 * f64::from(seed as u32) - 0.2;
            let mut f = Filling::new(seed, false);
            let cell = Filling::area("digits", 3);
            let (m, top, foot) = (cell.centre(), cell.y + 1.8, cell.bottom() + low);
            let two = [
                (m.x - 1.3, top + 1.0),
                (m.x - 0.6, top),
                (m.x + 0.7, top),
                (m.x + 1.2, top + 1.2),
                (m.x - 1.2, foot),
                (m.x + 1.4, foot),
            ];
            f.pen.draw(&mut f.sheet, &two, &mut f.chance);
            let answers = f.read(&Glass { white_from, seed, ..Glass::CLEAN });
            answers.are_or_asked(&["digits"], "2", &format!("a foot {low:.2} mm below the cell, white from {white_from:?}"));
            asked += usize::from(answers.said("digits").is_none());
        }
        assert!(asked < 10, "a 2 is read where its foot is seen, white from {white_from:?}");
    }
}

#[test]
fn a_streak_beside_or_through_a_cell_is_no_one() {
    for (seed, (at, lean)) in
        [(0.5, 0.0), (0.2, 0.02), (0.5, 0.06), (-0.02, 0.0), (0.06, 0.0), (0.97, -0.03), (0.97, 0.17), (0.03, 0.17), (0.9, -0.2)]
            .into_iter()
            .enumerate()
    {
        for width in [0.1, 0.25, 0.5] {
            let answers = in_the_last_cell(seed as u64, |f, cell| {
                let middle = f.sheet.height as f64 / crate::read::draw::PX / 2.0;
                let x = cell.x + at * cell.w - lean * (cell.centre().y - middle);
                hazard::streak(&mut f.sheet, x, lean, width, 0.9);
            });
            answers.are_or_asked(&["digits"], "", &format!("{width} mm at {at}, leaning {lean}"));
        }
    }
}

#[test]
fn a_digit_past_the_end_of_the_comb_is_asked_about() {
    for (seed, past) in [7.5, 5.5, -28.0].into_iter().enumerate() {
        let answers = in_the_last_cell(seed as u64, |f, cell| {
            let one = |m: f64| [(m, cell.y + 1.8), (m, cell.bottom() - 1.8)];
            f.pen.draw(&mut f.sheet, &one(cell.centre().x), &mut f.chance);
            f.pen.draw(&mut f.sheet, &one(cell.centre().x + past), &mut f.chance);
        });
        answers.are_asked(&["digits"], &format!("one more {past} mm on"));
    }
    let answers = in_the_last_cell(3, |f, cell| {
        let one = |m: f64| [(m, cell.y + 1.8), (m, cell.bottom() - 1.8)];
        f.pen.draw(&mut f.sheet, &one(cell.centre().x), &mut f.chance);
        f.pen.draw(&mut f.sheet, &one(cell.centre().x + 14.0), &mut f.chance);
    });
    answers.are_or_asked(&["digits"], "1", "two cells away it is no part of the number");
}

#[test]
fn a_small_digit_above_or_below_a_cell_is_asked_about() {
    let seven = |f: &mut Filling, (x, y): (f64, f64), half: f64| {
        let points = [(x - 0.6 * half, y - half), (x + 0.6 * half, y - half), (x - 0.2 * half, y + half)];
        f.pen.draw(&mut f.sheet, &points, &mut f.chance);
    };
    for (seed, off) in [-6.2, -5.7, 5.7, 6.2].into_iter().enumerate() {
        let disturbed = |aside: f64| {
            let mut f = Filling::new(seed as u64, false);
            let m = Filling::area("digits", 3).centre();
            seven(&mut f, (m.x, m.y), 2.2);
            seven(&mut f, (m.x + aside, m.y + off), 1.6);
            let read = desk().read(0, &Glass { seed: seed as u64, ..Glass::CLEAN }.scan(&f.sheet));
            let (_, record, evidence) = read.iter().find(|(id, ..)| id == "digits").expect("the comb is read");
            let Evidence::Digits(cells) = evidence else { panic!("a comb has cells") };
            assert!(!cells[3].disturbed || said(record).is_none());
            cells[3].disturbed
        };
        assert!(disturbed(0.4), "{off} mm from the middle of the cell");
        assert!(!disturbed(9.0), "{off} mm from it, past the comb");
    }
}

#[test]
fn a_digit_that_goes_on_far_beyond_its_cell_is_asked_about() {
    for (seed, below) in [(0, 0.8), (1, 1.4), (2, 3.0), (3, 4.0)] {
        let mut f = Filling::new(seed, false);
        let cell = Filling::area("digits", 3);
        let m = cell.centre();
        let seven = [(m.x - 1.4, m.y - 2.0), (m.x + 1.4, m.y - 2.0), (m.x - 0.6, cell.bottom() + below)];
        f.pen.draw(&mut f.sheet, &seven, &mut f.chance);
        let read = desk().read(0, &Glass { seed, ..Glass::CLEAN }.scan(&f.sheet));
        let (_, record, evidence) = read.iter().find(|(id, ..)| id == "digits").expect("the comb is read");
        let Evidence::Digits(cells) = evidence else { panic!("a comb has cells") };
        assert_eq!(cells[3].disturbed, below > 2.0, "{below} mm below");
        assert!(below < 2.0 || said(record).is_none(), "{below} mm below");
    }
}
