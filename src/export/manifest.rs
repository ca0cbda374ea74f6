//! `manifest.json`: what the batch was made from and with, and the counts. The same batch gives the same bytes: there is
//! no clock in it. Does not list the files written beside it.

use crate::provenance::{InputFile, Provenance};
use crate::tally::Tally;
use serde::Serialize;

/// Number of this layout.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Manifest<'a> {
    format: u32,
    #[serde(flatten)]
    provenance: &'a Provenance,
    inputs: &'a [InputFile],
    counts: Counts<'a>,
}

#[derive(Serialize)]
struct Counts<'a> {
    #[serde(flatten)]
    tally: &'a Tally,
    identity_holds: bool,
}

/// The bytes of `manifest.json`, indented, with a newline at the end.
pub fn manifest(provenance: &Provenance, inputs: &[InputFile], tally: &Tally) -> serde_json::Result<Vec<u8>> {
    let counts = Counts { tally, identity_holds: tally.holds() };
    let mut bytes = serde_json::to_vec_pretty(&Manifest { format: FORMAT, provenance, inputs, counts })?;
    bytes.push(b'\n');
    Ok(bytes)
}
