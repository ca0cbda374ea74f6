//! Turns scanned, hand-filled paper forms into validated records, printable receipts, and a short list of what a
//! person must still look at. The modules are the path of a sheet, in order; each imports only from those before it.

pub mod audit;
pub mod batch;
pub mod calendar;
pub mod cli;
pub mod codes;
pub mod draft;
pub mod evaluate;
pub mod export;
pub mod form;
pub mod geometry;
pub mod image;
pub mod ledger;
pub mod master;
pub mod pdf;
pub mod pipeline;
pub mod postal;
pub mod programme;
pub mod provenance;
pub mod read;
pub mod receipt;
pub mod recognize;
pub mod record;
pub mod register;
pub mod review;
pub mod scan;
pub mod score;
pub mod settings;
pub mod sheet;
pub mod synth;
pub mod tally;
pub mod validate;
pub mod whole;
