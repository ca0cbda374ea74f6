//! review: what a person must see, one question at a time, and what becomes of records when it has been answered. Works on
//! a finished batch folder; every answer is a further entry of its ledger. Reads no scan and draws no letter.

pub mod check;
pub mod clues;
pub mod entry;
pub mod group;
pub mod history;
pub mod pictures;
mod rows;
pub mod station;
pub mod stats;
pub mod task;
mod undo;
pub mod web;

pub use station::{Refusal, Station};
