//! Messages in the user's language: Japanese where the locale says so, else English.

use std::sync::OnceLock;

/// The message in the language of the locale.
pub(super) fn say<'a>(english: &'a str, japanese: &'a str) -> &'a str {
    if japanese_locale() { japanese } else { english }
}

/// Whether the locale is Japanese: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set decides (POSIX).
fn japanese_locale() -> bool {
    static JAPANESE: OnceLock<bool> = OnceLock::new();
    *JAPANESE.get_or_init(|| {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|v| std::env::var(v).ok()).find(|v| !v.is_empty());
        set.is_some_and(|v| v.starts_with("ja"))
    })
}
