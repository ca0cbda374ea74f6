//! What becomes of a submission on its way to a file, by level of damage: chooses wear, scanner and kind of file.
//! Does not do any of it: `wear`, `scanner` and `file` do.

use super::dice::Dice;
use super::file::{FileKind, Picture};
use super::fill::{Desk, is_post_desk};
use super::paper::Paper;
use super::scanner::Pass;
use super::wear;
use super::{Damage, SynthPage};
use crate::form::{Field, Form};
use crate::geometry::{Dpi, RectMm, Rotation};
use image::GrayImage;

/// What all pages of a submission share: they went through the same scanner on the same day.
pub(crate) struct Fate {
    /// How badly it goes.
    pub(crate) damage: Damage,
    /// The kind of file.
    pub(crate) kind: FileKind,
    /// What the scanner records.
    pub(crate) mode: Mode,
    /// Resolution.
    pub(crate) dpi: Dpi,
    /// The sheets lay upside down.
    pub(crate) upside_down: bool,
    /// The letter was folded in three.
    pub(crate) folded: bool,
    /// The post desk stamped it.
    pub(crate) stamped: bool,
    /// JPEG quality.
    pub(crate) quality: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Shades of grey.
    Grey,
    /// Red, green and blue.
    Colour,
    /// Black and white.
    Bilevel,
    /// Black and white through a fax machine, with its line across the top.
    Fax,
}

impl Fate {
    /// A fate drawn by chance.
    pub(crate) fn new(damage: Damage, dice: &mut Dice) -> Self {
        match damage {
            Damage::None => Self {
                damage,
                kind: FileKind::Png,
                mode: Mode::Grey,
                dpi: Dpi::square(300.0),
                upside_down: false,
                folded: false,
                stamped: false,
                quality: 90,
            },
            Damage::Scan => Self::office(dice),
            Damage::Hard => Self::hard(dice),
        }
    }

    fn office(dice: &mut Dice) -> Self {
        let mode = dice.weighted(&[(0.42, Mode::Grey), (0.4, Mode::Colour), (0.18, Mode::Bilevel)]);
        let kind = match mode {
            Mode::Bilevel => dice.weighted(&[(0.6, FileKind::Tiff), (0.25, FileKind::Pdf), (0.15, FileKind::Png)]),
            _ => dice.weighted(&[(0.6, FileKind::Jpeg), (0.1, FileKind::Png), (0.05, FileKind::Tiff), (0.25, FileKind::Pdf)]),
        };
        Self {
            damage: Damage::Scan,
            kind,
            mode,
            dpi: Dpi::square(if dice.chance(0.6) { 300.0 } else { 200.0 }),
            upside_down: dice.chance(0.08),
            folded: dice.chance(0.45),
            stamped: dice.chance(0.35),
            quality: dice.whole(75, 92) as u8,
        }
    }

    fn hard(dice: &mut Dice) -> Self {
        let mode = dice.weighted(&[(0.35, Mode::Grey), (0.25, Mode::Colour), (0.15, Mode::Bilevel), (0.25, Mode::Fax)]);
        let kind = match mode {
            Mode::Bilevel | Mode::Fax => dice.weighted(&[(0.7, FileKind::Tiff), (0.3, FileKind::Pdf)]),
            _ => dice.weighted(&[(0.75, FileKind::Jpeg), (0.25, FileKind::Pdf)]),
        };
        let dpi = match mode {
            Mode::Fax => *dice.pick(&[Dpi { x: 204.0, y: 98.0 }, Dpi { x: 204.0, y: 196.0 }, Dpi { x: 204.0, y: 196.0 }]),
            _ => Dpi::square(*dice.pick(&[150.0, 200.0, 200.0, 300.0])),
        };
        Self {
            damage: Damage::Hard,
            kind,
            mode,
            dpi,
            upside_down: dice.chance(0.2),
            folded: dice.chance(0.7),
            stamped: dice.chance(0.5),
            quality: dice.whole(30, 75) as u8,
        }
    }

    /// Whether the scan has only black and white: a pen too pale for it would leave nothing that could be read.
    pub(crate) fn is_bilevel(&self) -> bool {
        matches!(self.mode, Mode::Bilevel | Mode::Fax)
    }

    /// Whether the scan has colour.
    pub(crate) fn is_colour(&self) -> bool {
        self.mode == Mode::Colour
    }

    /// The printed sheet before anyone writes on it: a good print, or a copy of a copy.
    pub(crate) fn printed(&self, blank: &GrayImage, dice: &mut Dice) -> Paper {
        let hard = self.damage == Damage::Hard;
        let mut printed = blank.clone();
        if hard && dice.chance(0.4) {
            wear::photocopy(&mut printed, dice.whole(-1, 1) as i32, dice);
        }
        let mut paper = Paper::new(&printed, self.is_colour());
        if hard && dice.chance(0.2) {
            wear::shine_through(&mut paper, &printed, dice.between(0.05, 0.16));
        }
        paper
    }

    /// The post desk's stamp on the first page, clear of the fields except on a bad day.
    pub(crate) fn receive(&self, form: &Form, number: usize, desk: &mut Desk<'_, '_>) {
        if !self.stamped || number != 1 || form.fields_on(number).any(is_post_desk) {
            return;
        }
        let over_fields = self.damage == Damage::Hard && desk.dice.chance(0.3);
        let kept_clear: Vec<RectMm> =
            if over_fields { Vec::new() } else { form.fields_on(number).flat_map(Field::boxes).collect() };
        let page = &form.pages[number - 1];
        wear::received_stamp(desk, (page.width_mm, page.height_mm), &kept_clear);
    }

    /// Wears and scans one filled page.
    pub(crate) fn page(&self, form: &Form, number: usize, mut paper: Paper, dice: &mut Dice) -> SynthPage {
        let size_mm = (form.pages[number - 1].width_mm, form.pages[number - 1].height_mm);
        let folds = self.wear(&mut paper, size_mm, dice);
        let pass = self.pass(paper.planes.len(), folds, dice);
        SynthPage {
            picture: self.taken(&pass, &paper, dice),
            kind: self.kind,
            form_page: number,
            map: pass.map(size_mm),
            matrix: pass.matrix(size_mm),
            rotation: pass.rotation.degrees(),
        }
    }

    /// Scans a sheet that is no page of a form.
    pub(crate) fn picture(&self, paper: &Paper, dice: &mut Dice) -> Picture {
        self.taken(&self.pass(paper.planes.len(), Vec::new(), dice), paper, dice)
    }

    fn taken(&self, pass: &Pass, paper: &Paper, dice: &mut Dice) -> Picture {
        let mut planes = pass.scan(paper, dice);
        if self.mode == Mode::Fax {
            wear::fax_header(&mut planes[0], self.dpi, dice);
        }
        Picture { planes, dpi: self.dpi, bilevel: self.is_bilevel(), quality: self.quality }
    }

    /// Creases, holes, staples and stains; gives the folds that displace what lies beyond them.
    pub(crate) fn wear(&self, paper: &mut Paper, size_mm: (f64, f64), dice: &mut Dice) -> Vec<(f64, f64, f64)> {
        let hard = self.damage == Damage::Hard;
        let mut folds = Vec::new();
        if self.folded {
            let depth = if hard { dice.between(0.1, 0.35) } else { dice.between(0.03, 0.12) };
            let places = wear::creases(paper, size_mm.1, depth, dice);
            if hard && dice.chance(0.4) {
                folds = places.iter().map(|y| (*y, dice.normal(0.0, 0.25), dice.normal(0.0, 0.3))).collect();
            }
        }
        if self.damage == Damage::None {
            return folds;
        }
        if dice.chance(0.12) {
            wear::file_holes(paper, size_mm.1, dice);
        }
        if dice.chance(0.12) {
            wear::staple(paper, dice);
        }
        if hard && dice.chance(0.12) {
            wear::stain(paper, size_mm, dice);
        }
        folds
    }

    fn pass(&self, planes: usize, folds: Vec<(f64, f64, f64)>, dice: &mut Dice) -> Pass {
        let hard = self.damage == Damage::Hard;
        if self.damage == Damage::None {
            return Pass::crisp(planes);
        }
        let bilevel = self.is_bilevel();
        let paper_level = if hard { dice.between(190.0, 255.0) } else { dice.between(232.0, 254.0) };
        let black = if hard { dice.between(10.0, 110.0) } else { dice.between(8.0, 45.0) };
        let tint = [0.0, dice.between(0.0, 4.0), dice.between(0.0, 10.0)];
        let tone = (0..planes).map(|i| (black, paper_level - tint[i])).collect();
        Pass {
            dpi: self.dpi,
            skew_deg: if hard {
                dice.between(-10.0, 10.0) * if dice.chance(0.5) { 1.0 } else { 0.3 }
            } else {
                dice.normal(0.0, 1.2)
            },
            scale: if hard { dice.between(0.88, 1.12) } else { dice.between(0.98, 1.02) },
            shift_mm: if hard {
                (dice.normal(0.0, 4.0), dice.normal(0.0, 4.0))
            } else {
                (dice.normal(0.0, 1.5), dice.normal(0.0, 1.5))
            },
            rotation: self.rotation(dice),
            folds,
            blur_px: if hard { dice.between(0.4, 1.3) } else { dice.between(0.3, 0.75) } * self.dpi.y.min(200.0) / 200.0,
            noise: if hard { dice.between(2.0, 12.0) } else { dice.between(1.0, 4.0) },
            tone,
            lid: *dice.pick(&[255, 255, 248, 225]),
            streaks: self.streaks(dice),
            specks: if hard && dice.chance(0.4) { dice.between(0.000_05, 0.001) } else { 0.0 },
            threshold: bilevel.then(|| {
                (black + (paper_level - black) * if hard { dice.between(0.5, 0.72) } else { dice.between(0.52, 0.66) }) as u8
            }),
        }
    }

    fn rotation(&self, dice: &mut Dice) -> Rotation {
        if self.damage == Damage::Hard && self.mode != Mode::Fax && dice.chance(0.1) {
            return *dice.pick(&[Rotation::R90, Rotation::R270]);
        }
        if self.upside_down { Rotation::R180 } else { Rotation::R0 }
    }

    fn streaks(&self, dice: &mut Dice) -> Vec<(f64, f64, f64)> {
        let count = match self.damage {
            Damage::None => 0,
            Damage::Scan => usize::from(dice.chance(0.05)),
            Damage::Hard => {
                if dice.chance(0.25) {
                    1 + dice.below(3)
                } else {
                    0
                }
            }
        };
        let strength = if self.damage == Damage::Hard { 120.0 } else { 40.0 };
        (0..count).map(|_| (dice.unit(), dice.between(1.0, 2.6), -dice.between(0.3, 1.0) * strength)).collect()
    }
}
