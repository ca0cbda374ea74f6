//! Labels as DESIGN has them: NDJSON, one line per submission. `null` is blank, `"?"` what no one could read; a field left
//! out is not judged.

use serde::Deserialize;
use std::collections::BTreeMap;

/// What stands in a field, as a person would say.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Truth {
    /// Nothing.
    Blank,
    /// One value; `"?"` where no one could read it.
    One(String),
    /// Marked options in any order.
    Many(Vec<String>),
}

/// A page of a labelled submission.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelledPage {
    /// File, relative to the folder measured.
    pub source: String,
    /// Page within it, from 1.
    #[serde(default = "first")]
    pub page: u32,
}

fn first() -> u32 {
    1
}

/// A labelled submission.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// Form id, or `id@edition`.
    pub form: String,
    /// Pages in the order they were scanned.
    pub pages: Vec<LabelledPage>,
    /// What stands in the fields judged.
    pub fields: BTreeMap<String, Truth>,
    /// Who filled it in, where figures per writer are wanted.
    #[serde(default)]
    pub writer: Option<String>,
    /// Fields in which something was struck out.
    #[serde(default)]
    pub cancelled: Vec<String>,
}

/// A line of the truth file that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error(
    "line {line}: {why}; a line is {{\"form\":\"ID\",\"pages\":[{{\"source\":\"FILE\",\"page\":1}}],\"fields\":{{\"FIELD\":\"VALUE\"}}}}"
)]
pub struct TruthError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// The labels of a truth file; empty lines are skipped.
///
/// # Errors
/// Every line that is no label, all at once.
pub fn parse(text: &str) -> Result<Vec<Labelled>, Vec<TruthError>> {
    let (mut labels, mut errors) = (Vec::new(), Vec::new());
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line.trim_start_matches('\u{feff}')) {
            Ok(label) => labels.push(label),
            Err(error) => errors.push(TruthError { line: i + 1, why: error.to_string() }),
        }
    }
    if errors.is_empty() { Ok(labels) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_as_the_design_has_it() {
        let line = r#"{"form":"f","pages":[{"source":"a.png","page":1}],"fields":{"a":"1","b":["1","4"],"c":null,"d":"?"}}"#;
        let labels = parse(line).expect("a label");
        let fields = &labels[0].fields;
        assert_eq!(fields["a"], Truth::One("1".to_owned()));
        assert_eq!(fields["b"], Truth::Many(vec!["1".to_owned(), "4".to_owned()]));
        assert_eq!(fields["c"], Truth::Blank);
    }

    #[test]
    fn every_bad_line_is_named() {
        let errors = parse("{}\n\nnonsense\n").expect_err("two bad lines");
        assert_eq!(errors.iter().map(|e| e.line).collect::<Vec<_>>(), [1, 3]);
    }
}
