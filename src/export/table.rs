//! CSV for Excel: one table per form and `exceptions.csv`, with Japanese headings, in UTF-8 with BOM or CP932. Cells that a
//! spreadsheet would compute are made inert. Programs should read `records.ndjson`, which keeps states and evidence.
//!
//! Lists are joined by `;`. A field that is not sure is an empty cell and is named in the column 未確定の項目, so that it is
//! never taken for a blank one. Excel drops leading zeros of codes when a file is double-clicked; they are in the file.

use crate::form::{FieldId, Form, Severity};
use crate::record::{ExceptionKind, PageException, PageRecord, Record, Value};
use encoding_rs::{EncoderResult, SHIFT_JIS};
use std::collections::BTreeMap;
use std::io;
use unicode_normalization::char::{canonical_combining_class, compose};

/// How a table's characters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8 with a byte order mark, which makes Excel recognise it.
    #[default]
    Utf8Bom,
    /// Code page 932, Windows' Shift JIS, for older programs.
    Cp932,
}

impl Encoding {
    /// Its name on the command line and in the settings of a batch.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8Bom => "utf8",
            Self::Cp932 => "cp932",
        }
    }
}

/// A table, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The file's bytes; lines end with CR LF.
    pub bytes: Vec<u8>,
    /// Characters the encoding does not have, each replaced by 〓.
    pub replaced: usize,
}

/// `csv/<form>.csv`: the records of one form, one after the other.
pub struct Rows<'a> {
    form: &'a Form,
    out: csv::Writer<Vec<u8>>,
}

impl<'a> Rows<'a> {
    /// The table of a form, with its heading.
    pub fn new(form: &'a Form) -> io::Result<Self> {
        let mut out = writer();
        write_row(&mut out, &heading(form))?;
        Ok(Self { form, out })
    }

    /// Adds a record of the form.
    pub fn add(&mut self, record: &Record) -> io::Result<()> {
        write_row(&mut self.out, &row(self.form, record))
    }

    /// The table.
    pub fn finish(self, encoding: Encoding) -> io::Result<Table> {
        encoded(self.out, encoding)
    }
}

/// `exceptions.csv`: every page that is in no record, and why, in the order given.
pub fn exceptions_csv<'a>(exceptions: impl IntoIterator<Item = &'a PageException>, encoding: Encoding) -> io::Result<Table> {
    let mut out = writer();
    write_row(&mut out, &["ファイル", "ページ", "SHA-256", "種別", "理由", "内容と対処"])?;
    for e in exceptions {
        let kind = match e.kind {
            ExceptionKind::Blank => "blank",
            ExceptionKind::Refused => "refused",
        };
        write_row(&mut out, &[&*e.source, &*e.page.to_string(), &*e.sha256, kind, &*e.reason, &*e.message])?;
    }
    encoded(out, encoding)
}

/// Labels as on paper; where two columns would be called the same, the field's id tells them apart.
fn heading(form: &Form) -> Vec<String> {
    let before = ["受付番号", "記録ID", "状態", "受付日", "消印日", "ファイル", "ページ"];
    let after = ["未確定の項目", "指摘事項"];
    let labels: Vec<&str> = form.csv.iter().map(|id| label(form, id)).collect();
    let mut uses = BTreeMap::new();
    before.iter().chain(&after).chain(&labels).for_each(|l| *uses.entry(*l).or_insert(0) += 1);
    let named = form.csv.iter().zip(&labels).map(|(id, l)| if uses[l] > 1 { format!("{l} ({id})") } else { (*l).to_owned() });
    let plain = |l: &&str| (*l).to_owned();
    before.iter().map(plain).chain(named).chain(after.iter().map(plain)).collect()
}

fn row(form: &Form, record: &Record) -> Vec<String> {
    let day = |d: Option<jiff::civil::Date>| d.map(|d| d.to_string()).unwrap_or_default();
    let (sources, pages) = whence(&record.pages);
    let mut row = vec![
        record.receipt_no.clone().unwrap_or_default(),
        record.id.clone(),
        record.status.name().to_owned(),
        day(record.received_on),
        day(record.postmarked_on),
        sources,
        pages,
    ];
    row.extend(form.csv.iter().map(|id| record.fields.get(id).and_then(|f| f.value.as_ref()).map(cell).unwrap_or_default()));
    row.push(unsure(form, record));
    row.push(findings(record));
    row
}

/// Files and page numbers of a record; the file once where all its pages come from one.
fn whence(pages: &[PageRecord]) -> (String, String) {
    let mut sources: Vec<&str> = pages.iter().map(|p| p.source.as_str()).collect();
    if sources.iter().all(|s| *s == sources[0]) {
        sources.truncate(1);
    }
    let numbers: Vec<String> = pages.iter().map(|p| p.page.to_string()).collect();
    (sources.join(";"), numbers.join(";"))
}

fn cell(value: &Value) -> String {
    match value {
        Value::One(v) => v.clone(),
        Value::Many(v) => v.join(";"),
    }
}

/// Labels of the fields whose empty cell does not mean a blank.
fn unsure(form: &Form, record: &Record) -> String {
    let labels: Vec<&str> = record.fields.iter().filter(|(_, f)| f.state.is_open()).map(|(id, _)| label(form, id)).collect();
    labels.join(";")
}

fn findings(record: &Record) -> String {
    let said: Vec<String> = record.findings.iter().map(|f| format!("[{}] {}", severity_name(f.severity), f.message)).collect();
    said.join(" / ")
}

/// What an operator calls the gravity of a finding.
pub const fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Deficiency => "不備",
        Severity::Confirm => "要確認",
        Severity::Warning => "注意",
        Severity::Info => "参考",
    }
}

fn label<'a>(form: &'a Form, id: &'a FieldId) -> &'a str {
    form.field(id).map_or(&id.0, |f| &f.label)
}

fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new())
}

fn write_row(out: &mut csv::Writer<Vec<u8>>, row: &[impl AsRef<str>]) -> io::Result<()> {
    Ok(out.write_record(row.iter().map(|cell| inert(cell.as_ref())))?)
}

fn encoded(out: csv::Writer<Vec<u8>>, encoding: Encoding) -> io::Result<Table> {
    let utf8 = out.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(encode(&String::from_utf8_lossy(&utf8), encoding))
}

/// The cell with a leading apostrophe where a spreadsheet would compute it: `=`, `+`, `-`, `@`, their full-width forms, or
/// a control character at the start. A plain negative number stays a number; `+81-3-…` is quoted, because a spreadsheet
/// would subtract it.
pub fn inert(cell: &str) -> String {
    let first = cell.trim_start_matches(' ').chars().next();
    let computes = matches!(first, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r' | '\n' | '\0'));
    if computes && !is_negative_number(cell) { format!("'{cell}") } else { cell.to_owned() }
}

fn is_negative_number(cell: &str) -> bool {
    let Some(digits) = cell.strip_prefix('-') else { return false };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, part].iter().all(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()))
}

fn encode(text: &str, encoding: Encoding) -> Table {
    match encoding {
        Encoding::Utf8Bom => Table { bytes: ["\u{feff}", text].concat().into_bytes(), replaced: 0 },
        Encoding::Cp932 => encode_cp932(&composed(text)),
    }
}

/// Code page 932 as the WHATWG Encoding Standard has it, 〓 for what it lacks (never `&#NNN;`).
fn encode_cp932(text: &str) -> Table {
    let (mut bytes, mut replaced) = (Vec::with_capacity(text.len() + 16), 0);
    let mut encoder = SHIFT_JIS.new_encoder();
    let mut rest = text;
    loop {
        bytes.reserve(rest.len() * 2 + 16);
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
        rest = &rest[read..];
        match result {
            EncoderResult::InputEmpty => return Table { bytes, replaced },
            EncoderResult::OutputFull => {}
            EncoderResult::Unmappable(_) => {
                bytes.extend_from_slice(&[0x81, 0xAC]);
                replaced += 1;
            }
        }
    }
}

/// Letters and their separate voicing marks joined (が in file names of some systems is か and ゛), and the dashes and
/// signs that code page 932 knows under another code point under that one.
fn composed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().map(in_cp932) {
        let joined = out.chars().next_back().filter(|_| canonical_combining_class(c) != 0).and_then(|last| compose(last, c));
        if let Some(joined) = joined {
            out.pop();
            out.push(joined);
        } else {
            out.push(c);
        }
    }
    out
}

/// The code point under which Microsoft's table has this character.
const fn in_cp932(c: char) -> char {
    match c {
        '〜' => '～',
        '\u{2014}' => '\u{2015}',
        '\u{2212}' => '－',
        '\u{2016}' => '∥',
        '\u{a2}' => '￠',
        '\u{a3}' => '￡',
        '\u{a5}' => '￥',
        '\u{ac}' => '￢',
        '\u{a6}' => '￤',
        '\u{203e}' => '￣',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_compute_is_quoted_and_numbers_stay() {
        for (raw, safe) in [
            ("=1+2", "'=1+2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+81-3-1234-5678", "'+81-3-1234-5678"),
            ("-1+cmd", "'-1+cmd"),
            ("-", "'-"),
            ("＝1", "'＝1"),
            ("\t=1", "'\t=1"),
            (" =1", "' =1"),
            ("-5", "-5"),
            ("-0.25", "-0.25"),
            ("03-1234-5678", "03-1234-5678"),
            ("090(1234)5678", "090(1234)5678"),
            ("", ""),
        ] {
            assert_eq!(inert(raw), safe);
        }
    }

    #[test]
    fn cp932_keeps_what_it_has_under_another_code_point_and_replaces_the_rest_visibly() {
        let decode = |t: &Table| SHIFT_JIS.decode(&t.bytes).0.into_owned();
        let kept = encode("髙﨑〜か\u{3099}①－\u{2212}¥", Encoding::Cp932);
        assert_eq!((decode(&kept).as_str(), kept.replaced), ("髙﨑～が①－－￥", 0));
        let lost = encode("𠮷野家 😀 &#1;", Encoding::Cp932);
        assert_eq!((decode(&lost).as_str(), lost.replaced), ("〓野家 〓 &#1;", 2));
    }
}
