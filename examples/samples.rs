//! Makes `samples/` from `samples/plan.toml`: `cargo run --release --example samples [HANDWRITING]`, where HANDWRITING is a
//! folder `writer/digit/*.png` or an idx file of digits; without it digits are written in strokes.

use std::error::Error;
use std::path::Path;
use uketsuke::form::catalogue::Catalogue;
use uketsuke::synth::{DigitSource, post};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let catalogue =
        Catalogue::built_in().map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let handwriting = std::env::args_os().nth(1).map(|path| DigitSource::open(Path::new(&path))).transpose()?;
    let plan = std::fs::read_to_string(folder.join("plan.toml"))?;
    for (name, bytes) in post(&plan, &catalogue, handwriting.as_ref())? {
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
