//! The `uketsuke` program: reads its arguments, runs, and ends with the exit code of what happened.

use std::process::ExitCode;

fn main() -> ExitCode {
    uketsuke::cli::main()
}
