//! What libraries read from the environment when the program is loaded: set by starting it again, once.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Tesseract is six times faster on two cores with one OpenMP thread for each of ours.
///
/// And glibc's allocator: blocks of 4 MB and more (pages) come from the system and go back to it (it would keep them below a
/// threshold that it raises to 32 MB: 50 of 340 MB on two cores), in huge pages where the system has them; below that a
/// thread keeps up to 16 MB of free memory and takes 4 MB more at a time. Otherwise every page costs thousands of page
/// faults: a sixth of all its time.
const LACKED: [(&str, &str); 2] = [
    ("OMP_THREAD_LIMIT", "1"),
    (
        "GLIBC_TUNABLES",
        "glibc.malloc.mmap_threshold=4194304:glibc.malloc.hugetlb=1:glibc.malloc.trim_threshold=16777216:glibc.malloc.top_pad=4194304",
    ),
];

/// Starts the program again, once, with what its environment lacks. What is set there already stays as it is.
///
/// # Errors
/// Where it cannot be started: what to set.
pub fn complete() -> Result<(), String> {
    let lacking: Vec<_> = LACKED.into_iter().filter(|(name, _)| std::env::var_os(name).is_none()).collect();
    let Ok(program) = std::env::current_exe() else { return Ok(()) };
    if lacking.is_empty() {
        return Ok(());
    }
    let words: Vec<String> = lacking.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let arguments = std::env::args_os().skip(1);
    let error = Command::new(program).args(arguments).envs(lacking).exec();
    Err(format!("the program could not start itself again: {error}; set {} and try again", words.join(" ")))
}
