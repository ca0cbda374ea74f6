//! `uketsuke evaluate`: reading measured against labels.

use super::args::EvaluateArgs;
use super::messages::say;
use super::run::Workshop;
use super::{Failure, INPUT, OUTPUT, in_threads, print};
use crate::evaluate::{evaluate, table, truth};

/// Measures, and prints the figures.
pub(super) fn run(args: &EvaluateArgs) -> Result<u8, Failure> {
    let path = args.truth.clone().unwrap_or_else(|| args.scans.join("truth.ndjson"));
    let shown = path.display();
    let text = std::fs::read_to_string(&path).map_err(|e| Failure::new(INPUT, format!("{shown}: {e}")))?;
    let labels = truth::parse(&text).map_err(|errors| {
        let all: Vec<String> = errors.iter().map(|e| format!("{shown}: {e}")).collect();
        Failure::new(INPUT, all.join("\n"))
    })?;
    let workshop = Workshop::open(&args.forms, &args.delivery, String::new())?;
    let unknown = labels.iter().find(|l| workshop.catalogue.named(&l.form).is_none());
    if let Some(label) = unknown {
        let what = say("names a form that is not there:", "にある様式がありません:");
        return Err(Failure::new(INPUT, format!("{shown} {what} `{}`", label.form)));
    }
    let reader = workshop.reader();
    let desk = workshop.desk(&reader);
    let measured = in_threads(args.jobs, || evaluate(&desk, &args.scans, &labels))?;
    let json = || serde_json::to_string_pretty(&measured).map(|t| t + "\n").map_err(|e| Failure::new(OUTPUT, e));
    let text = if args.json { json()? } else { table::markdown(&measured) };
    match &args.out {
        Some(file) => std::fs::write(file, text).map_err(|e| Failure::new(OUTPUT, format!("{}: {e}", file.display())))?,
        None => print(&text)?,
    }
    Ok(0)
}
