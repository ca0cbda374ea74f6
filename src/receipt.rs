//! The letters that go back to applicants: a receipt (受付のお知らせ) for an accepted submission, a notice (不備のお知らせ)
//! for a deficient one, each as sheets to print. Quotes the programme's facts as they held on the application date.
//! Does not write files, does not judge, and addresses nobody whose code is not confirmed; anonymous forms get no letter.

mod acceptance;
mod addressee;
mod barcode;
pub mod cover;
mod flow;
mod lines;
mod notice;
pub mod number;
mod page;
mod subsidy;
mod values;
pub mod window;
pub mod wording;

use crate::form::{FieldId, Form};
use crate::master::Master;
use crate::programme::Programme;
use crate::record::{Record, Status};
use crate::sheet::Sheet;
use ::image::GrayImage;
use serde::{Deserialize, Serialize};
use window::Window;
use wording::Wording;

/// How letters are laid out and what they grant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Terms {
    /// The window of the envelope.
    pub window: Window,
    /// Days from the letter's date to the day a correction must have arrived; a Saturday or Sunday moves to the Monday.
    /// Public holidays are not known here.
    ///
    /// 行政手続法 第7条 asks for 相当の期間 without a number; two weeks cover the post both ways and a week at the desk.
    pub answer_days: u16,
    /// Whether a correction in time keeps the day of the first postmark as the application date.
    pub keep_postmark: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { window: Window::default(), answer_days: 14, keep_postmark: true }
    }
}

/// Everything letters are written from beside the record.
#[derive(Debug, Clone, Copy)]
pub struct Letters<'a> {
    /// Dated facts.
    pub programme: &'a Programme,
    /// Texts.
    pub wording: &'a Wording,
    /// Facility list, where one was given.
    pub master: Option<&'a Master>,
    /// Layout and policy.
    pub terms: Terms,
}

/// A letter, ready to print.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// Its pages.
    pub sheets: Vec<Sheet>,
    /// What the operator should know before it is posted, in Japanese: no address, characters replaced by 〓.
    pub notes: Vec<String>,
}

impl Letters<'_> {
    /// The receipt of an accepted submission: one page, smaller type where there is much to say. None for any other
    /// status and for anonymous forms.
    pub fn receipt(&self, record: &Record, form: &Form) -> Option<Letter> {
        let due = record.status == Status::Accepted && !form.anonymous;
        due.then(|| acceptance::letter(self, record, form))
    }

    /// The notice of a deficient submission; as many pages as its table needs. None for any other status and for
    /// anonymous forms. `crop` gives the picture of a field as it was filled in, where there is one.
    pub fn notice(&self, record: &Record, form: &Form, crop: &dyn Fn(&Record, &FieldId) -> Option<GrayImage>) -> Option<Letter> {
        let due = record.status == Status::Deficient && !form.anonymous;
        due.then(|| notice::letter(self, record, form, crop))
    }
}
