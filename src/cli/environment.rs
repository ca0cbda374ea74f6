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

/// Set in the program that was started again: where the system takes a setting out (of a program with privileges of its
/// own), it would be found lacking for ever.
const STARTED_AGAIN: &str = "UKETSUKE_STARTED_AGAIN";

/// Starts the program again, once, with what its environment lacks. What is set there already stays as it is.
///
/// # Errors
/// Where it cannot be started: what to set.
pub fn complete() -> Result<(), String> {
    let told = std::env::var(TUNABLES).unwrap_or_default();
    let tunables = completed(&told);
    let lacks_openmp = std::env::var_os(OPENMP.0).is_none();
    let Ok(program) = std::env::current_exe() else { return Ok(()) };
    if std::env::var_os(STARTED_AGAIN).is_some() || !lacks_openmp && tunables == told {
        return Ok(());
    }
    let openmp = std::env::var(OPENMP.0).unwrap_or_else(|_| OPENMP.1.to_owned());
    let mut again = Command::new(program);
    let set = again.args(std::env::args_os().skip(1)).env(TUNABLES, &tunables).env(OPENMP.0, &openmp).env(STARTED_AGAIN, "1");
    let error = set.exec();
    let words = format!("{}={openmp} {TUNABLES}={tunables}", OPENMP.0);
    Err(format!("the program could not start itself again: {error}; set {words} and try again"))
}

/// What is told there, and what of ours it does not name.
fn completed(told: &str) -> String {
    let lacked = ALLOCATOR.iter().filter(|(name, _)| !told.contains(name)).map(|(name, value)| format!("{name}={value}"));
    [told.to_owned()].into_iter().filter(|t| !t.is_empty()).chain(lacked).collect::<Vec<_>>().join(":")
}

/// Takes them out of what another program is started with.
pub(super) fn without(command: &mut Command) -> &mut Command {
    command.env_remove(OPENMP.0).env_remove(TUNABLES).env_remove(STARTED_AGAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_stays_and_what_lacks_is_added_once() {
        let of_ours = completed("");
        assert!(ALLOCATOR.iter().all(|(name, value)| of_ours.contains(&format!("{name}={value}"))), "{of_ours}");
        assert_eq!(completed(&of_ours), of_ours);
        let mixed = completed("glibc.malloc.check=3:glibc.malloc.hugetlb=0");
        assert!(mixed.starts_with("glibc.malloc.check=3:glibc.malloc.hugetlb=0:glibc.malloc.mmap_threshold="), "{mixed}");
        assert!(!mixed.contains("hugetlb=1"), "{mixed}");
    }
}
