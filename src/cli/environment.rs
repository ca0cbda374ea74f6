//! What libraries read from the environment when the program is loaded: set by starting it again, once. Does not decide what
//! the program itself does.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Tesseract is six times faster on two cores with one OpenMP thread for each of ours.
const OPENMP: (&str, &str) = ("OMP_THREAD_LIMIT", "1");

/// Where glibc looks for its settings, divided by colons.
const TUNABLES: &str = "GLIBC_TUNABLES";

/// glibc's allocator. Blocks of 4 MB and more (pages) come from the system and go back to it (it would keep them below a
/// threshold that it raises to 32 MB: 50 of 340 MB on two cores), in huge pages where the system has them; below that up to
/// 16 MB of free memory are kept. With the threshold alone an A4 page costs 8,700 page faults, a sixth of all its time.
const ALLOCATOR: [(&str, &str); 3] =
    [("glibc.malloc.mmap_threshold", "4194304"), ("glibc.malloc.hugetlb", "1"), ("glibc.malloc.trim_threshold", "16777216")];

/// Starts the program again, once, with what its environment lacks. What is set there already stays as it is.
///
/// # Errors
/// Where it cannot be started: what to set.
pub fn complete() -> Result<(), String> {
    let told = std::env::var(TUNABLES).unwrap_or_default();
    let lacks_openmp = std::env::var_os(OPENMP.0).is_none();
    let lacked: Vec<String> =
        ALLOCATOR.iter().filter(|(name, _)| !told.contains(name)).map(|(name, value)| format!("{name}={value}")).collect();
    let Ok(program) = std::env::current_exe() else { return Ok(()) };
    if !lacks_openmp && lacked.is_empty() {
        return Ok(());
    }
    let tunables = [told].into_iter().filter(|t| !t.is_empty()).chain(lacked).collect::<Vec<_>>().join(":");
    let openmp = std::env::var(OPENMP.0).unwrap_or_else(|_| OPENMP.1.to_owned());
    let mut again = Command::new(program);
    let error = again.args(std::env::args_os().skip(1)).env(TUNABLES, &tunables).env(OPENMP.0, &openmp).exec();
    let set = format!("{}={openmp} {TUNABLES}={tunables}", OPENMP.0);
    Err(format!("the program could not start itself again: {error}; set {set} and try again"))
}

/// Takes them out of what another program is started with.
pub(super) fn without(command: &mut Command) -> &mut Command {
    command.env_remove(OPENMP.0).env_remove(TUNABLES)
}
