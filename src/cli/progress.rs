//! The progress bar: pages done, pages per second, time left. Only on a terminal.

use super::messages::say;
use crate::batch::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on stderr, hidden where stderr is no terminal or silence was asked for.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(silent: bool) -> Self {
        let target = if silent { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let left = say("left", "残り");
        let pages = say("pages", "ページ");
        let template = format!("{{bar:30}} {{pos}}/{{len}} {pages}  {{per_sec}}  {left} {{eta}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn pages_known(&self, pages: u64) {
        self.0.inc_length(pages);
    }

    fn pages_done(&self, pages: u64) {
        self.0.inc(pages);
    }
}
