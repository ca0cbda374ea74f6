//! `manifest.json`: what the batch was made from and with, the counts, where the chain of its ledger ends, and every file
//! beside it with its hash. The same batch gives the same bytes: there is no clock in it.

use crate::ledger::chain::Head;
use crate::provenance::{InputFile, Provenance};
use crate::tally::Tally;
use crate::whole::FileHash;
use serde::Serialize;

/// Number of this layout. 2 added `ledger` and `files`.
const FORMAT: u32 = 2;

/// What `manifest.json` says.
#[derive(Debug, Clone, Copy)]
pub struct Manifest<'a> {
    /// What the batch was run with.
    pub provenance: &'a Provenance,
    /// Where the chain of the ledger ends.
    pub ledger: &'a Head,
    /// Input files, in input order.
    pub inputs: &'a [InputFile],
    /// The counts.
    pub tally: &'a Tally,
    /// Every file of the batch folder but the manifest and the ledger, by name.
    pub files: &'a [FileHash],
}

#[derive(Serialize)]
struct Layout<'a> {
    format: u32,
    #[serde(flatten)]
    provenance: &'a Provenance,
    ledger: &'a Head,
    inputs: &'a [InputFile],
    counts: Counts<'a>,
    files: &'a [FileHash],
}

#[derive(Serialize)]
struct Counts<'a> {
    #[serde(flatten)]
    tally: &'a Tally,
    identity_holds: bool,
}

/// The bytes of `manifest.json`, indented, with a newline at the end.
pub fn manifest(about: &Manifest) -> serde_json::Result<Vec<u8>> {
    let Manifest { provenance, ledger, inputs, tally, files } = *about;
    let counts = Counts { tally, identity_holds: tally.holds() };
    let mut bytes = serde_json::to_vec_pretty(&Layout { format: FORMAT, provenance, ledger, inputs, counts, files })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The files that a `manifest.json` lists; none where it lists none, as those of layout 1, or is none.
pub fn listed_files(manifest: &[u8]) -> Option<Vec<FileHash>> {
    let json: serde_json::Value = serde_json::from_slice(manifest).ok()?;
    serde_json::from_value(json.get("files")?.clone()).ok()
}
