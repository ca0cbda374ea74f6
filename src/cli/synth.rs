//! `uketsuke synth`: labelled filled scans of a form.

use super::args::{DamageArg, SynthArgs};
use super::forms::find;
use super::messages::say;
use super::{Failure, INPUT, OUTPUT, catalogue, print};
use crate::synth::{Damage, DigitSource, SynthRequest, write};

/// Makes them.
pub(super) fn run(args: &SynthArgs) -> Result<u8, Failure> {
    let catalogue = catalogue(&args.forms)?;
    let form = find(&catalogue, &args.form)?;
    let digits = args.handwriting.as_deref().map(DigitSource::open).transpose().map_err(|e| Failure::new(INPUT, e))?;
    let damage = match args.damage {
        DamageArg::None => Damage::None,
        DamageArg::Scan => Damage::Scan,
        DamageArg::Hard => Damage::Hard,
    };
    let request = SynthRequest {
        count: args.count as usize,
        seed: args.seed,
        damage,
        handwriting: digits.as_ref(),
        ..SynthRequest::new(form)
    };
    write(&request, &args.out).map_err(|e| Failure::new(OUTPUT, e))?;
    print(&format!("{} {}: {}\n", args.count, say("submissions in", "件を作成しました"), args.out.display()))?;
    Ok(0)
}
