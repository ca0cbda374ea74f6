//! Joins pages into submissions, in input order. A missing page, a page out of its place or a page that cannot be
//! matched for certain is said in a finding; nothing is joined on a guess. Does not read and does not check rules.

use super::confirm::{Agreed, CodeSeen};
use super::{Candidate, FieldRecord, FieldRecords, Finding, PageRecord, State, Value};
use crate::codes::{CheckDigit, FacilityCode};
use crate::form::{FieldId, Form, Severity};
use crate::score::Score;

/// A page with its fields decided.
#[derive(Debug, Clone)]
pub struct DecidedPage<P> {
    /// Place of its form in the catalogue.
    pub form: usize,
    /// Page of the form, from 1.
    pub form_page: usize,
    /// Where it came from and how it lay.
    pub record: PageRecord,
    /// The fields of this page, in the form's order.
    pub fields: Vec<(FieldId, FieldRecord)>,
    /// The facility code as seen on this page, where it could be seen.
    pub code: Option<CodeSeen>,
    /// Ways to read the fields that may be read otherwise.
    pub candidates: Vec<(FieldId, Vec<Candidate>)>,
    /// What there is to say of the page as a whole.
    pub findings: Vec<Finding>,
    /// Whatever the caller wants to keep with the page (its picture).
    pub payload: P,
}

/// A submission: its pages, all fields of the form, and what joining had to say.
#[derive(Debug, Clone)]
pub struct Submission<P> {
    /// Place of its form in the catalogue.
    pub form: usize,
    /// Its pages in the form's order; fewer than the form has where one is missing.
    pub pages: Vec<DecidedPage<P>>,
    /// Findings of joining.
    pub findings: Vec<Finding>,
}

/// Rules of the findings about pages and how they belong together: what a person says of fields does not change them.
pub const RULES: &[&str] =
    &["another-sheet", "join-unsure", "other-words", "pages-interleaved", "pages-out-of-order", "page-missing"];

/// How many further pages a submission waits for its missing page: a stack of interleaved pages is no deeper.
const PATIENCE: usize = 16;

/// Digits that must differ, more than half of all that were seen on both, for two unclear codes to be those of two facilities.
const LEAST_DIFFERING: usize = 4;

/// Joins pages as they come.
#[derive(Debug)]
pub struct Joiner<P> {
    waiting: Vec<Waiting<P>>,
    seen: usize,
}

#[derive(Debug)]
struct Waiting<P> {
    submission: Submission<P>,
    complete: bool,
    /// Count of pages seen when its last page came.
    last: usize,
}

/// What a page's repeated code says about belonging to a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kinship {
    Same,
    Unknown,
    Other,
}

impl<P> Default for Joiner<P> {
    fn default() -> Self {
        Self { waiting: Vec::new(), seen: 0 }
    }
}

impl<P> Joiner<P> {
    /// Takes the next page; gives back the submissions that are settled now, in input order.
    pub fn push(&mut self, page: DecidedPage<P>, forms: &[Form]) -> Vec<Submission<P>> {
        self.seen += 1;
        let form = &forms[page.form];
        match self.home_of(&page, form) {
            Some((index, kinship)) => self.join(index, page, form, kinship),
            None => self.open(page, form),
        }
        self.settled(forms, false)
    }

    /// What is still waiting when the input ends, in input order.
    pub fn finish(mut self, forms: &[Form]) -> Vec<Submission<P>> {
        self.settled(forms, true)
    }

    fn open(&mut self, page: DecidedPage<P>, form: &Form) {
        let complete = form.pages.len() == 1;
        let submission = Submission { form: page.form, findings: page.findings.clone(), pages: vec![page] };
        self.waiting.push(Waiting { submission, complete, last: self.seen });
    }

    /// The waiting submission this page belongs to: by the code repeated on it, else the one whose page came just before.
    fn home_of(&self, page: &DecidedPage<P>, form: &Form) -> Option<(usize, Kinship)> {
        let lacks = |w: &Waiting<P>| {
            !w.complete && w.submission.form == page.form && w.submission.pages.iter().all(|p| p.form_page != page.form_page)
        };
        let candidates: Vec<usize> = (0..self.waiting.len()).filter(|&i| lacks(&self.waiting[i])).collect();
        let kin = |i: usize| kinship(&self.waiting[i].submission, page, form);
        let same: Vec<usize> = candidates.iter().copied().filter(|&i| kin(i) == Kinship::Same).collect();
        match same.as_slice() {
            [only] => Some((*only, Kinship::Same)),
            [] => {
                let before = |i: &usize| self.waiting[*i].last + 1 == self.seen && kin(*i) == Kinship::Unknown;
                candidates.into_iter().rfind(before).map(|i| (i, Kinship::Unknown))
            }
            // The same code twice: which page belongs to which cannot be known.
            several => several.iter().copied().find(|&i| self.waiting[i].last + 1 == self.seen).map(|i| (i, Kinship::Unknown)),
        }
    }

    fn join(&mut self, index: usize, mut page: DecidedPage<P>, form: &Form, kinship: Kinship) {
        let waiting = &mut self.waiting[index];
        agree(&mut waiting.submission, &mut page, form);
        let apart = waiting.last + 1 != self.seen;
        let backwards = waiting.submission.pages.iter().any(|p| p.form_page > page.form_page);
        let findings = &mut waiting.submission.findings;
        if kinship == Kinship::Unknown {
            findings.push(finding("join-unsure", "2枚の用紙が同じ申請のものか、医療機関等コードから確認できません。"));
        }
        if apart {
            findings.push(finding("pages-interleaved", "この申請の用紙の間に、別の用紙がはさまっています。"));
        } else if backwards {
            findings.push(finding("pages-out-of-order", "この申請の用紙の順序が逆になっています。"));
        }
        findings.extend_from_slice(&page.findings);
        waiting.submission.pages.push(page);
        waiting.submission.pages.sort_by_key(|p| p.form_page);
        waiting.complete = waiting.submission.pages.len() == form.pages.len();
        waiting.last = self.seen;
    }

    /// Takes from the front what is complete, or has waited long enough; what stands behind a waiting one waits too,
    /// because records come in input order.
    fn settled(&mut self, forms: &[Form], all: bool) -> Vec<Submission<P>> {
        let seen = self.seen;
        let done = |w: &Waiting<P>| all || w.complete || seen - w.last >= PATIENCE;
        let ready = self.waiting.iter().take_while(|w| done(w)).count();
        let take = self.waiting.drain(..ready);
        take.map(|w| if w.complete { w.submission } else { incomplete(w.submission, forms) }).collect()
    }
}

/// What is said of a page whose picture shows another sheet as well.
pub fn another_sheet() -> Finding {
    let message = "この画像には、読み取った用紙のほかにも用紙が写っています。1枚ずつ読み込み直してください。";
    finding("another-sheet", message)
}

/// What is said of a page on which other words are printed than on the form.
pub fn other_words() -> Finding {
    let message = "用紙に印刷された文言に、登録の様式と異なるところがあります。様式の版を確認してください。";
    finding("other-words", message)
}

fn finding(rule: &str, message: &str) -> Finding {
    Finding { rule: rule.to_owned(), severity: Severity::Confirm, fields: Vec::new(), message: message.to_owned(), ask: None }
}

fn incomplete<P>(mut submission: Submission<P>, forms: &[Form]) -> Submission<P> {
    let form = &forms[submission.form];
    let pages: Vec<String> = submission.missing(form).iter().map(ToString::to_string).collect();
    let message = format!("{}枚中{}枚目の用紙が見当たりません。", form.pages.len(), pages.join("、"));
    submission.findings.push(finding("page-missing", &message));
    submission
}

fn kinship<P>(submission: &Submission<P>, page: &DecidedPage<P>, form: &Form) -> Kinship {
    if form.join_on.is_empty() {
        return Kinship::Unknown;
    }
    let field = |id: &FieldId| -> Option<&FieldRecord> {
        let mut fields = submission.pages.iter().flat_map(|p| &p.fields).chain(&page.fields);
        fields.find(|(name, _)| name == id).map(|(_, f)| f)
    };
    let (mut unclear, mut apart) = (false, false);
    for (a, b) in &form.join_on {
        match (field(a), field(b)) {
            (Some(a), Some(b)) if is_same(a, b) => {}
            (Some(a), Some(b)) if a.value.is_some() && b.value.is_some() => apart = true,
            _ => unclear = true,
        }
    }
    if apart {
        return if differ_by_a_slip(form, field) { Kinship::Unknown } else { Kinship::Other };
    }
    let agreed = || submission.pages.iter().any(|earlier| agreed(earlier, page, form).is_some());
    if !unclear || agreed() {
        return Kinship::Same;
    }
    let readings = form.join_on.iter().filter_map(|(a, b)| Some((as_seen(field(a)?)?, as_seen(field(b)?)?)));
    if differ_altogether(readings) { Kinship::Other } else { Kinship::Unknown }
}

/// Whether most digits that were seen on both pages differ, unsure as some may be: no pen slips and no eye misses that often.
fn differ_altogether<'a>(readings: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
    let cells = readings.flat_map(|(a, b)| a.chars().zip(b.chars()));
    let digits: Vec<(char, char)> = cells.filter(|(a, b)| a.is_ascii_digit() && b.is_ascii_digit()).collect();
    let differing = digits.iter().filter(|(a, b)| a != b).count();
    differing >= LEAST_DIFFERING && differing * 2 > digits.len()
}

/// Whether the facility codes on two pages differ in one digit, or in two neighbours exchanged, and one of the codes is no code: of
/// sheets that follow each other, more likely one facility's code, miswritten or misread, than those of two. A person is asked.
fn differ_by_a_slip<'a>(form: &Form, field: impl Fn(&FieldId) -> Option<&'a FieldRecord>) -> bool {
    let code = |ids: [&FieldId; 3]| -> Option<FacilityCode> {
        // A part that is in doubt because the code does not fit was seen all the same.
        let part = |id: &FieldId| match field(id)? {
            FieldRecord { value: Some(Value::One(text)), .. } => Some(text.as_str()),
            unsure => as_seen(unsure),
        };
        let [a, b, c] = ids.map(part);
        FacilityCode::from_parts([a?, b?, c?]).ok()
    };
    let Some(ids) = &form.facility_code else { return false };
    let again = |id: &FieldId| form.join_on.iter().find(|(first, _)| first == id).map(|(_, again)| again);
    let [Some(a), Some(b), Some(c)] = ids.each_ref().map(again) else { return false };
    let (Some(first), Some(second)) = (code(ids.each_ref()), code([a, b, c])) else { return false };
    let (one, other) = (first.digits(), second.digits());
    let differing: Vec<usize> = (0..one.len()).filter(|&i| one[i] != other[i]).collect();
    let slip = match differing.as_slice() {
        [_] => true,
        [i, j] => *j == i + 1 && one[*i] == other[*j] && one[*j] == other[*i],
        _ => false,
    };
    slip && [first, second].iter().any(|code| code.check() == CheckDigit::Wrong)
}

fn agreed<P>(a: &DecidedPage<P>, b: &DecidedPage<P>, form: &Form) -> Option<Agreed> {
    a.code.as_ref()?.agreed(b.code.as_ref()?, &form.policy)
}

/// Settles what was unsure of a code that is on two pages.
fn agree<P>(submission: &mut Submission<P>, page: &mut DecidedPage<P>, form: &Form) {
    for earlier in &mut submission.pages {
        let Some(agreed) = agreed(earlier, page, form) else { continue };
        for DecidedPage { code, fields, .. } in [earlier, &mut *page] {
            if let Some(code) = code {
                code.settle(&agreed, fields, &form.policy);
            }
        }
    }
}

/// The same value, whatever it was first read as and completed with, or the same reading, sure or not: that the same ten
/// digits were seen twice, on two sheets, is evidence of its own.
fn is_same(a: &FieldRecord, b: &FieldRecord) -> bool {
    a.value.is_some() && a.value == b.value || as_seen(a).is_some() && as_seen(a) == as_seen(b)
}

/// What the machine saw, sure or not.
fn as_seen(field: &FieldRecord) -> Option<&str> {
    match (&field.value, &field.first_reading) {
        (_, Some(first)) => Some(first),
        (Some(Value::One(value)), None) => Some(value),
        _ => None,
    }
}

impl<P> Submission<P> {
    /// Pages of the form (from 1) that are not there.
    pub fn missing(&self, form: &Form) -> Vec<usize> {
        (1..=form.pages.len()).filter(|n| self.pages.iter().all(|p| p.form_page != *n)).collect()
    }

    /// Every field of the form in its order; those of a missing page are uncertain, never blank.
    pub fn fields(&self, form: &Form) -> FieldRecords {
        let mut fields = FieldRecords::default();
        for field in &form.fields {
            let read = self.pages.iter().flat_map(|p| &p.fields).find(|(id, _)| *id == field.id).map(|(_, f)| f.clone());
            fields.insert(field.id.clone(), read.unwrap_or_else(|| unseen(field)));
        }
        fields
    }
}

fn unseen(field: &crate::form::Field) -> FieldRecord {
    FieldRecord {
        value: None,
        state: State::Uncertain,
        confidence: Score::ZERO,
        threshold: Score::ONE,
        first_reading: None,
        note: Some("用紙がないため読み取れません".to_owned()),
        page: field.page,
        box_mm: field.bounds(),
        residual_mm: None,
        crop: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::catalogue::Catalogue;

    /// A page of the usage application with this code on it, each part read; `?` for one that is not,
    /// `first>value` for one that was completed, `first>?` for one that is unsure.
    fn page(forms: &[Form], form_page: usize, code: &str) -> DecidedPage<()> {
        let form = forms.iter().position(|f| f.id.0 == "usage-application").expect("built in");
        let names = ["prefecture_code", "score_table_code", "institution_code"];
        let fields = names.iter().zip(code.split('-')).map(|(name, text)| {
            let id = FieldId(if form_page == 1 { (*name).to_owned() } else { format!("{name}_again") });
            let field = forms[form].fields.iter().find(|f| f.id == id).expect("a field of the form");
            let mut record = unseen(field);
            if text != "?" {
                let (first, value) = text.split_once('>').unwrap_or((text, text));
                if value != "?" {
                    (record.state, record.value) = (State::Read, Some(Value::One(value.to_owned())));
                }
                record.first_reading = Some(first.to_owned());
            }
            (id, record)
        });
        let record = PageRecord {
            source: format!("{code}-{form_page}"),
            page: 1,
            sha256: String::new(),
            pixels_sha256: String::new(),
            form_page,
            dpi: [300.0; 2],
            residual_mm: 0.0,
            rotation: 0,
            skew_deg: 0.0,
        };
        let (candidates, findings) = (Vec::new(), Vec::new());
        DecidedPage { form, form_page, record, fields: fields.collect(), code: None, candidates, findings, payload: () }
    }

    /// The submissions that come of pages in this order: how many pages each has, and what was found in joining.
    fn joined(pages: &[(usize, &str)]) -> Vec<(usize, Vec<String>)> {
        let forms = Catalogue::built_in().expect("forms of the program");
        let mut joiner = Joiner::default();
        let mut out = Vec::new();
        for (form_page, code) in pages {
            out.extend(joiner.push(page(forms.forms(), *form_page, code), forms.forms()));
        }
        out.extend(joiner.finish(forms.forms()));
        out.into_iter().map(|s| (s.pages.len(), s.findings.into_iter().map(|f| f.rule).collect())).collect()
    }

    fn whole(rules: &[&str]) -> (usize, Vec<String>) {
        (2, rules.iter().map(|r| (*r).to_owned()).collect())
    }

    fn alone() -> (usize, Vec<String>) {
        (1, vec!["page-missing".to_owned()])
    }

    // Worked examples of the notices: codes with their right check digits.
    const ONE: &str = "01-1-0113719";
    const OTHER: &str = "13-4-0150268";

    #[test]
    fn pages_with_the_same_code_belong_together_wherever_they_lie() {
        assert_eq!(joined(&[(1, ONE), (2, ONE)]), [whole(&[])]);
        assert_eq!(joined(&[(2, ONE), (1, ONE)]), [whole(&["pages-out-of-order"])]);
        let interleaved = [whole(&["pages-interleaved"]), whole(&["pages-interleaved"])];
        assert_eq!(joined(&[(1, ONE), (1, OTHER), (2, ONE), (2, OTHER)]), interleaved);
    }

    #[test]
    fn a_code_completed_from_the_master_belongs_to_the_same_code_read_at_once() {
        assert_eq!(joined(&[(1, "01-1-0713719>0113719"), (2, ONE)]), [whole(&[])]);
        assert_eq!(joined(&[(2, ONE), (1, "01-1-0713719>0113719")]), [whole(&["pages-out-of-order"])]);
    }

    #[test]
    fn pages_of_two_facilities_are_not_joined() {
        assert_eq!(joined(&[(1, ONE), (2, OTHER)]), [alone(), alone()]);
    }

    #[test]
    fn a_page_whose_code_is_unclear_goes_with_the_one_before_it_and_a_person_is_asked() {
        assert_eq!(joined(&[(1, ONE), (2, "01-1-?")]), [whole(&["join-unsure"])]);
        assert_eq!(joined(&[(1, OTHER), (2, "01-1-?")]), [alone(), alone()]);
        assert_eq!(joined(&[(1, ONE), (2, "01>?-1-0113778>?")]), [whole(&["join-unsure"])]);
    }

    #[test]
    fn a_page_whose_code_is_unclear_and_looks_like_another_altogether_goes_with_none() {
        assert_eq!(joined(&[(1, ONE), (2, "01-1-2468024>?")]), [alone(), alone()]);
        assert_eq!(joined(&[(1, "01>?-1>?-0113719>?"), (2, OTHER)]), [alone(), alone()]);
    }

    #[test]
    fn a_slip_of_the_pen_in_the_code_parts_no_sheets_that_follow_each_other() {
        for slip in ["01-1-0113718", "01-1-0713719", "01-1-0131719", "02-1-0113719"] {
            assert_eq!(joined(&[(1, ONE), (2, slip)]), [whole(&["join-unsure"])], "{slip}");
            assert_eq!(joined(&[(1, slip), (2, ONE)]), [whole(&["join-unsure"])], "{slip}");
        }
        let in_doubt = "03-1-0113719>?";
        assert_eq!(joined(&[(1, ONE), (2, in_doubt)]), [whole(&["join-unsure"])], "in doubt because the code does not fit");
        assert_eq!(joined(&[(1, "01-1-0113719>?"), (2, "01-3-0113719")]), [whole(&["join-unsure"])]);
        assert_eq!(joined(&[(1, ONE), (2, "01-1-0713718")]), [alone(), alone()], "two digits");
        let with_another_between = joined(&[(1, ONE), (1, OTHER), (2, OTHER), (2, "01-1-0113718")]);
        assert_eq!(with_another_between, [alone(), whole(&[]), alone()], "not on a guess");
    }
}
