//! The command line: arguments to calls, results to messages and exit codes. Decides nothing about sheets.

mod again;
pub mod args;
mod audit;
pub mod environment;
mod evaluate;
mod explain;
mod forms;
mod master;
mod messages;
mod progress;
mod review;
mod run;
mod stop;
mod synth;

use args::{Cli, Command, FormsFrom};
use clap::Parser;
use rayon::ThreadPool;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::form::catalogue::Catalogue;
use crate::form::file::FormError;
use crate::read::tesseract::Tesseract;
use crate::scan;
use messages::say;

/// How a command ended badly: its exit code, what happened, and what to do.
#[derive(Debug)]
pub struct Failure {
    /// Exit code, as `--help` lists them.
    pub code: u8,
    /// What happened, then what to do.
    pub message: String,
}

impl Failure {
    /// A failure with that exit code.
    pub fn new(code: u8, message: impl std::fmt::Display) -> Self {
        Self { code, message: format!("{message}") }
    }
}

/// Wrong usage.
pub const USAGE: u8 = 2;
/// A form file is wrong.
pub const FORM: u8 = 3;
/// No input could be read.
pub const INPUT: u8 = 4;
/// The ledger or the output cannot be written.
pub const OUTPUT: u8 = 5;
/// Our bug.
pub const BUG: u8 = 70;
/// Stopped by a signal, to be gone on with: what shells say of Ctrl-C.
pub const STOPPED: u8 = 130;

/// Parses, runs, and says how it ended.
pub fn main() -> ExitCode {
    if let Err(e) = environment::complete() {
        return report(&Failure::new(BUG, e));
    }
    quiet_panics();
    scan::draw_apart(own_program());
    let cli = Cli::parse();
    match command(cli.command) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => report(&failure),
    }
}

fn command(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Read(args) => run::read(&args),
        Command::Review(args) => review::run(&args),
        Command::Export(args) => again::export(&args),
        Command::Receipts(args) => again::receipts(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Forms(command) => forms::run(command),
        Command::Master(command) => master::run(&command),
        Command::Explain(args) => explain::run(&args),
        Command::Synth(args) => synth::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::DrawPages => {
            scan::draw_pages(std::io::stdin().lock(), std::io::stdout().lock()).map_err(|e| Failure::new(BUG, e)).map(|()| 0)
        }
    }
}

#[allow(clippy::print_stderr, reason = "the one place where failures reach the terminal")]
fn report(failure: &Failure) -> ExitCode {
    eprintln!("uketsuke: {}", failure.message);
    ExitCode::from(failure.code)
}

/// This program, for processes of its own: what the system knows it by stays true when the file is replaced meanwhile.
fn own_program() -> PathBuf {
    let known = PathBuf::from("/proc/self/exe");
    if known.exists() { known } else { std::env::current_exe().unwrap_or(known) }
}

/// A panic while reading one page is told with that page; its text, which may hold what was on the page, is not printed.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|_| {}));
}

/// Does work on that many threads of its own, one per core where none is said.
fn in_threads<R: Send>(jobs: Option<usize>, work: impl FnOnce() -> R + Send) -> Result<R, Failure> {
    with_threads(jobs, |threads| threads.install(work))
}

/// Does work with that many threads, one per core where none is said, and waits until they have ended: what a thread
/// holds (Tesseract's handles) is given back before the program ends.
fn with_threads<R>(jobs: Option<usize>, work: impl FnOnce(&ThreadPool) -> R) -> Result<R, Failure> {
    if jobs == Some(0) {
        return Err(Failure::new(USAGE, say("--jobs is at least 1", "--jobs は1以上を指定してください")));
    }
    // What thread-local values hold is given back only after a scope has ended, perhaps while the program ends.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.unwrap_or(0)).exit_handler(|_| Tesseract::leave_thread());
    pool.build_scoped(rayon::ThreadBuilder::run, work).map_err(|e| Failure::new(BUG, e))
}

/// All forms of a command.
fn catalogue(from: &FormsFrom) -> Result<Catalogue, Failure> {
    let built_in = Catalogue::built_in().map_err(|e| form_failure(&e))?;
    match &from.forms {
        Some(dir) => built_in.with_dir(dir).map_err(|e| form_failure(&e)),
        None => Ok(built_in),
    }
}

fn form_failure(errors: &[FormError]) -> Failure {
    let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
    Failure::new(FORM, format!("{}\n{}", say("a form cannot be used:", "使えない様式があります:"), all.join("\n")))
}

/// Writes to stdout. That nobody reads on (a broken pipe) is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::new(OUTPUT, format!("stdout: {e}"))),
        _ => Ok(()),
    }
}
