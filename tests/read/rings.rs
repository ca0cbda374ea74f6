//! Rings round numbers and words, and what people draw in their place.

use crate::read::desk::{Desk, Glass, Style, said};
use crate::read::draw::{Chance, Pen};
use crate::read::marks::{self, Mark, Place, Ring};
use crate::{Filling, RINGS, filled};
use std::sync::OnceLock;
use uketsuke::geometry::RectMm;

#[test]
fn open_and_doubled_rings_and_rings_that_touch_a_neighbour_are_rings() {
    let rings = [
        ("open", Ring { open: 60.0, ..Ring::PLAIN }),
        ("doubled", Ring { turns: 2.2, ..Ring::PLAIN }),
        ("wide", Ring { radius: (5.0, 3.2), ..Ring::PLAIN }),
        ("near the neighbour", Ring { radius: (3.4, 4.6), ..Ring::PLAIN }),
    ];
    for (seed, (name, ring)) in rings.into_iter().enumerate() {
        let answers = filled(seed as u64, |f| RINGS.iter().for_each(|r| f.ring(r, 1, ring)));
        answers.are(&RINGS, "2", name);
    }
}

#[test]
fn two_rings_that_touch_are_two_rings() {
    for seed in 0..3 {
        let ring = Ring { radius: (3.6, 4.9), ..Ring::PLAIN };
        let answers = filled(seed, |f| [1, 2].into_iter().for_each(|i| f.ring("ring_column_m", i, ring)));
        answers.are_or_asked(&["ring_column_m"], "2,3", "touching");
    }
}

#[test]
fn one_ring_round_two_numbers_is_a_question() {
    for seed in 0..3 {
        let answers = filled(seed, |f| {
            for field in RINGS {
                let (a, b) = (Filling::area(field, 1), Filling::area(field, 2));
                let both = a.union(&b);
                let ring = Ring { radius: (both.w / 2.0 + 2.5, both.h / 2.0 + 2.5), ..Ring::PLAIN };
                ring.draw(&mut f.sheet, &both, &f.pen, &mut f.chance);
            }
        });
        answers.are_asked(&RINGS, "round two");
    }
}

#[test]
fn a_tick_or_a_line_instead_of_a_ring_is_that_option_or_a_question() {
    for (seed, kind) in [Mark::Check, Mark::Re, Mark::Slash].into_iter().enumerate() {
        let place = Place { size: 1.2, off: (0.1, -0.1) };
        let answers = filled(seed as u64, |f| RINGS.iter().for_each(|r| f.mark(r, 2, kind, place)));
        answers.are_or_asked(&RINGS, "3", &format!("{kind:?}"));
        let answers = filled(seed as u64, |f| {
            for r in RINGS {
                marks::underline(&mut f.sheet, &Filling::area(r, 2), &f.pen, &mut f.chance);
            }
        });
        answers.are_or_asked(&RINGS, "3", "underline");
    }
}

/// What of a small tick lies on the number goes with the number's print.
#[test]
fn a_small_tick_on_a_number_is_no_blank() {
    for seed in 0..3 {
        for off in [(0.8, 0.0), (0.0, -0.8), (0.5, -0.5)] {
            let place = Place { size: 0.9, off };
            let answers = filled(seed, |f| RINGS.iter().for_each(|field| f.mark(field, 1, Mark::Check, place)));
            for field in RINGS {
                assert_ne!(answers.said(field), Some(""), "{field}, seed {seed}, off by {off:?} of its size");
            }
        }
    }
}

/// What a row of dense words to ring says, of 10.5 points, written on by `draw`, which is given the boxes of the words.
fn of_words(seed: u64, draw: impl FnOnce(&mut Filling, &[RectMm])) -> Option<Vec<String>> {
    static WORDS: OnceLock<Desk> = OnceLock::new();
    let desk = WORDS.get_or_init(|| Desk::new(&[Style { figures: ["有", "無", "要", "審", "議", "未"], ..Style::PLAIN }]));
    let mut f = Filling { sheet: desk.sheet(0, false), chance: Chance::new(seed), pen: Pen::BALL };
    f.a_number();
    draw(&mut f, &desk.boxes(0, "ring_row"));
    let read = desk.read(0, &Glass { seed, ..Glass::CLEAN }.scan(&f.sheet));
    said(&read.iter().find(|(id, ..)| id == "ring_row").expect("the row is read").1)
}

#[test]
fn a_ring_round_a_dense_word_is_that_word() {
    for seed in 0..8 {
        let i = seed as usize % 4;
        let tight = Ring { radius: (2.9, 2.7), ..Ring::PLAIN };
        let ring = if seed < 4 { Ring::PLAIN } else { tight };
        let read = of_words(seed, |f, words| ring.draw(&mut f.sheet, &words[i], &f.pen, &mut f.chance));
        assert_eq!(read, Some(vec![(i + 1).to_string()]), "seed {seed}");
    }
    assert_eq!(of_words(9, |_, _| {}), Some(Vec::new()));
}

#[test]
fn what_is_written_over_a_dense_word_is_neither_a_blank_nor_a_ring() {
    for seed in 0..4 {
        let i = seed as usize;
        for kind in [Mark::Check, Mark::Cross, Mark::Slash] {
            let place = Place { size: 0.9, off: (0.0, 0.0) };
            let read = of_words(seed, |f, words| marks::mark(&mut f.sheet, kind, &words[i], place, &f.pen, &mut f.chance));
            assert_eq!(read, None, "{kind:?} over word {i}");
        }
        let read = of_words(seed, |f, words| {
            Ring::PLAIN.draw(&mut f.sheet, &words[i], &f.pen, &mut f.chance);
            marks::double_line(&mut f.sheet, &words[i], &f.pen, &mut f.chance);
        });
        assert_eq!(read, None, "word {i} struck out");
    }
}

#[test]
fn a_ring_between_two_words_is_a_question() {
    for seed in 0..3 {
        let off = 11.0 + f64::from(seed as u32);
        let ring = Ring { off: (off, 0.0), ..Ring::PLAIN };
        let read = of_words(seed, |f, words| ring.draw(&mut f.sheet, &words[0], &f.pen, &mut f.chance));
        assert_eq!(read, None, "{off} mm off");
    }
}
