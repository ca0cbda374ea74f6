//! The station without its screen: a batch folder held open, the questions that wait in it, and answers made entries of
//! its ledger. Answers of several people, here or at another station, never overwrite each other.

use super::check::Rules;
use super::clues::{self, Clues};
use super::entry::Entry;
use super::history::History;
use super::rows::{act, decided, followed, passed_on, settled, stand};
use super::task::{Lane, Task, TaskId, What, tasks};
use super::undo::{undone_by, without};
use crate::batch::again::Again;
use crate::batch::folder::FolderError;
use crate::batch::letters::Written;
use crate::batch::lock::Lock;
use crate::export::table::Encoding;
use crate::form::catalogue::Catalogue;
use crate::form::{Field, FieldId, Form};
use crate::ledger::act::{Answer, Deed};
use crate::ledger::decision::Standing;
use crate::ledger::live::{Entered, Live, Row};
use crate::ledger::{self, Ledger, LedgerError};
use crate::master::Master;
use crate::provenance::Provenance;
use crate::receipt::Letters;
use crate::record::{Candidate, Finding, Record};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why an answer is not taken. Nothing is stored then.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The batch folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Nobody has said who is at the station.
    #[error("担当者名を入力してください。")]
    NoName,
    /// The question is no longer there.
    #[error("この項目は、ほかの担当者がすでに確定しました。次の項目へ進みます。")]
    Gone,
    /// The record has changed since it was shown.
    #[error("表示の後に、ほかの担当者がこの記録を変更しました。内容を確かめて、もう一度確定してください。")]
    Changed,
    /// What was entered cannot be.
    #[error("{0}")]
    Entry(String),
    /// One of two independent keyings was by the same person.
    #[error("二重入力の項目です。先に入力した担当者とは別の担当者が入力してください。")]
    SamePerson,
    /// There is nothing to take back.
    #[error("元に戻せる操作がありません。")]
    NothingToUndo,
    /// What was done has been built upon.
    #[error("この後に、ほかの担当者が同じ項目を確定したため、元に戻せません。")]
    BuiltUpon,
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Stale { .. } => Self::Changed,
            LedgerError::Unsigned => Self::NoName,
            error => Self::Folder(error.into()),
        }
    }
}

/// What an operator answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// What a field says.
    Field(Entry),
    /// Nobody can tell here: a supervisor is asked.
    PassOn,
    /// A field cannot be read, or a finding is the applicant's to correct: it goes into a notice.
    Deficient,
    /// A finding holds nothing back.
    Passes,
}

/// Who answers, and when.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The operator's name.
    pub who: &'a str,
    /// The hour, from the caller's clock.
    pub when: Timestamp,
}

/// What a record asks, and what it would become.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// Its questions.
    pub tasks: Vec<Task>,
    /// What is to be said of it as it stands.
    pub findings: Vec<Finding>,
    /// What people have done about it.
    pub history: History,
}

/// Which questions to go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// For whom.
    pub lane: Lane,
    /// Of this form alone.
    pub form: Option<String>,
    /// Asked by this rule alone.
    pub rule: Option<String>,
}

impl Default for Filter {
    fn default() -> Self {
        Self { lane: Lane::Waiting, form: None, rule: None }
    }
}

/// A finished batch folder at which people decide.
pub struct Station {
    dir: PathBuf,
    catalogue: Catalogue,
    master: Option<Arc<Master>>,
    provenance: Provenance,
    crops: BTreeMap<String, Vec<Candidate>>,
    live: Live,
    cases: Vec<Case>,
}

impl Station {
    /// Opens a batch folder.
    ///
    /// # Errors
    /// Where it is no batch folder, its ledger was changed, or a run has it.
    pub fn open(dir: &Path, catalogue: Catalogue, master: Option<Arc<Master>>) -> Result<Self, FolderError> {
        let path = dir.join(ledger::FILE_NAME);
        if !path.is_file() {
            return Err(LedgerError::Missing { path }.into());
        }
        // An older schema is taken over in the file, which nobody else may be using then.
        let ledger = {
            let _lock = Lock::take(dir)?;
            Ledger::open_to_append(dir)?.sound()?
        };
        let provenance = ledger.provenance()?;
        let crops = ledger.crops()?.into_iter().map(|c| (c.path, c.candidates)).collect();
        let live = Live::of(ledger)?;
        let everything = (0..live.standing().records().len()).collect();
        let mut station = Self { dir: dir.to_owned(), catalogue, master, provenance, crops, live, cases: Vec::new() };
        station.cases = vec![Case::default(); station.records().len()];
        station.look_again(&everything);
        Ok(station)
    }

    /// The batch folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the batch was run with.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// The facility list, where it was given.
    pub fn master(&self) -> Option<&Master> {
        self.master.as_deref()
    }

    /// Whether the batch was run with a facility list that was not given here.
    pub fn lacks_master(&self) -> bool {
        self.provenance.master.is_some() && self.master.is_none()
    }

    /// Forms.
    pub fn forms(&self) -> &[Form] {
        self.catalogue.forms()
    }

    /// Records as they stand, in input order.
    pub fn records(&self) -> &[Record] {
        self.live.standing().records()
    }

    /// Records as the machine left them, in input order.
    pub fn as_read(&self) -> &[Record] {
        self.live.as_read()
    }

    /// What people did, in the order of the chain.
    pub fn log(&self) -> &[Entered] {
        self.live.standing().log()
    }

    /// The record of that id, and its case.
    pub fn record(&self, id: &str) -> Option<(&Record, &Case)> {
        let at = self.live.standing().place(id)?;
        Some((&self.records()[at], &self.cases[at]))
    }

    /// The form of a record.
    pub fn form(&self, record: &Record) -> Option<&Form> {
        self.rules().form(record)
    }

    /// Whether the ledger vouches for a picture of that path; what it does not know is never opened.
    pub fn knows_picture(&self, path: &str) -> bool {
        self.crops.contains_key(path)
    }

    /// Ways to read a field, likeliest first, as the machine saw them; none where it kept none.
    pub fn candidates(&self, record: &Record, field: &FieldId) -> &[Candidate] {
        let crop = record.fields.get(field).and_then(|f| f.crop.as_ref());
        crop.and_then(|path| self.crops.get(path)).map_or(&[], Vec::as_slice)
    }

    /// What rules and the facility list say of a field if it said this.
    pub fn clues(&self, record: &Record, field: &FieldId, says: &Standing) -> Clues {
        clues::clues(&self.rules(), record, field, says)
    }

    fn rules(&self) -> Rules<'_> {
        let had_master = self.provenance.master.is_some();
        Rules { catalogue: &self.catalogue, master: self.master.as_deref(), had_master }
    }

    /// Takes in what other stations appended.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn catch_up(&mut self) -> Result<(), Refusal> {
        let touched = self.live.catch_up()?;
        self.look_again(&touched);
        Ok(())
    }

    fn look_again(&mut self, touched: &BTreeSet<usize>) {
        for &at in touched {
            let (now, as_read) = (&self.records()[at], &self.as_read()[at]);
            let history = History::of_record(self.log(), &now.id);
            let verdict = self.rules().verdict(now, as_read, self.records(), &history);
            let findings = verdict.map_or_else(|| now.findings.clone(), |v| v.findings);
            let tasks = tasks(now, self.form(now), &findings, &history);
            self.cases[at] = Case { tasks, findings, history };
        }
    }

    /// The questions that wait for this person, oldest record first.
    pub fn queue<'a>(&'a self, filter: &'a Filter, who: &'a str) -> impl DoubleEndedIterator<Item = &'a Task> {
        let cases = self.records().iter().zip(&self.cases);
        let of_form = move |(record, _): &(&Record, &Case)| filter.form.as_ref().is_none_or(|form| record.form.0 == *form);
        cases.filter(of_form).flat_map(move |(_, case)| {
            let asked = move |t: &&Task| t.lane == filter.lane && filter.rule.as_ref().is_none_or(|rule| t.rule == *rule);
            case.tasks.iter().filter(asked).filter(move |t| may_answer(t, case, who))
        })
    }

    /// How many questions wait in a lane, whoever may answer them.
    pub fn lane(&self, lane: Lane) -> usize {
        self.cases.iter().flat_map(|c| &c.tasks).filter(|t| t.lane == lane).count()
    }

    /// A question by its name, where it still waits.
    pub fn task(&self, id: &TaskId) -> Option<&Task> {
        self.record(&id.record)?.1.tasks.iter().find(|t| t.id == *id)
    }

    /// The field a question is about.
    pub fn field(&self, id: &TaskId) -> Option<&Field> {
        let What::Field(field) = &id.what else { return None };
        self.form(self.record(&id.record)?.0)?.field(field)
    }

    /// Takes an answer: it becomes entries of the ledger, the rules run again, and the record moves on by itself.
    /// `version` is that of the record as it was shown.
    ///
    /// # Errors
    /// Where it is not taken; nothing is stored then.
    pub fn answer(&mut self, signed: Signed, id: &TaskId, version: usize, reply: &Reply) -> Result<(), Refusal> {
        if signed.who.trim().is_empty() {
            return Err(Refusal::NoName);
        }
        self.catch_up()?;
        let (record, case) = self.record(&id.record).ok_or(Refusal::Gone)?;
        let task = case.tasks.iter().find(|t| t.id == *id).ok_or(Refusal::Gone)?;
        if case.history.version != version {
            return Err(Refusal::Changed);
        }
        if !may_answer(task, case, signed.who) {
            return Err(Refusal::SamePerson);
        }
        if task.lane == Lane::Key && !matches!(reply, Reply::Field(_)) {
            let why = "任意の入力項目です。入力しないときは、次の項目へ進んでください。";
            return Err(Refusal::Entry(why.to_owned()));
        }
        let rows = match (&id.what, reply) {
            (_, Reply::PassOn) => vec![passed_on(signed, task)],
            (What::Field(field), Reply::Field(entry)) => self.entered(signed, record, case, field, entry)?,
            (What::Field(field), Reply::Deficient) => {
                vec![settled(signed, task, &task.rule, vec![field.clone()], Answer::Deficient)]
            }
            (What::Finding(rule, fields), Reply::Deficient) => {
                vec![settled(signed, task, rule, fields.clone(), Answer::Deficient)]
            }
            (What::Finding(rule, fields), Reply::Passes) => vec![settled(signed, task, rule, fields.clone(), Answer::Passes)],
            _ => return Err(Refusal::Entry("この項目には、その操作はできません。".to_owned())),
        };
        self.store(&id.record, version, rows)
    }

    /// A field of a finding is corrected: what a person reads in place of what the machine was sure of.
    ///
    /// # Errors
    /// Where it is not taken; nothing is stored then.
    pub fn correct(
        &mut self,
        signed: Signed,
        record: &str,
        field: &FieldId,
        version: usize,
        entry: &Entry,
    ) -> Result<(), Refusal> {
        self.catch_up()?;
        let (known, case) = self.record(record).ok_or(Refusal::Gone)?;
        if case.history.version != version {
            return Err(Refusal::Changed);
        }
        let rows = self.entered(signed, known, case, field, entry)?;
        self.store(record, version, rows)
    }

    fn entered(&self, signed: Signed, record: &Record, case: &Case, field: &FieldId, entry: &Entry) -> Result<Vec<Row>, Refusal> {
        let form = self.form(record).ok_or(Refusal::Gone)?;
        let about = form.field(field).ok_or(Refusal::Gone)?;
        if about.care.personal && !case.history.has_opened(signed.who, field) {
            return Err(Refusal::Entry("個人情報の項目です。開いて画像を見てから確定してください（O キー）。".to_owned()));
        }
        let to = entry.standing(about).map_err(Refusal::Entry)?;
        let decided = |why: String| decided(signed, record, field, &to, why).ok_or(Refusal::Gone);
        if !about.care.double_key {
            return Ok(vec![decided(entry.why().to_owned())?]);
        }
        let before = case.history.keyed.get(field).map_or(&[][..], Vec::as_slice);
        if before.iter().any(|(who, _)| who == signed.who) {
            return Err(Refusal::SamePerson);
        }
        let keyed = Row::Act(act(signed, &record.id, Some(field.clone()), Deed::Keyed { to: to.clone() }));
        match before {
            [(first, said)] if *said == to => Ok(vec![keyed, decided(format!("{}（{first}と一致）", entry.why()))?]),
            [] | [_] => Ok(vec![keyed]),
            several => {
                let names: Vec<&str> = several.iter().map(|(who, _)| who.as_str()).collect();
                Ok(vec![decided(format!("{}（{}の不一致を裁定）", entry.why(), names.join("と")))?])
            }
        }
    }

    /// Appends rows about one record, and what follows from them, in one go.
    pub(super) fn store(&mut self, record: &str, version: usize, mut rows: Vec<Row>) -> Result<(), Refusal> {
        let _beside = Lock::beside(&self.dir)?;
        let rules =
            Rules { catalogue: &self.catalogue, master: self.master.as_deref(), had_master: self.provenance.master.is_some() };
        let touched = self.live.append(|standing, as_read| {
            let at = standing.place(record).ok_or(Refusal::Gone)?;
            let mut history = History::of_record(standing.log(), record);
            if history.version != version {
                return Err(Refusal::Changed);
            }
            let now = &standing.records()[at];
            let undone: BTreeSet<u64> = rows.iter().flat_map(undone_by).collect();
            if !undone.is_empty() {
                history = without(standing.log(), record, &undone);
            }
            let mut after = now.clone();
            for row in &rows {
                history.take(row);
                stand(&mut after, row);
            }
            if let (Some(verdict), Some(first)) =
                (rules.verdict(&after, &as_read[at], standing.records(), &history), rows.first())
            {
                rows.extend(followed(first, now, &after, verdict));
            }
            Ok(rows)
        })?;
        self.look_again(&touched);
        Ok(())
    }

    /// Notes that somebody opened a personal field. Once per person and field.
    ///
    /// # Errors
    /// Where it cannot be noted: then it must not be shown.
    pub fn open_field(&mut self, signed: Signed, record: &str, field: &FieldId) -> Result<(), Refusal> {
        if signed.who.trim().is_empty() {
            return Err(Refusal::NoName);
        }
        self.catch_up()?;
        let (known, case) = self.record(record).ok_or(Refusal::Gone)?;
        if known.fields.get(field).is_none() {
            return Err(Refusal::Gone);
        }
        if case.history.has_opened(signed.who, field) {
            return Ok(());
        }
        let row = Row::Act(act(signed, record, Some(field.clone()), Deed::Opened));
        let _beside = Lock::beside(&self.dir)?;
        let touched = self.live.append(|_, _| Ok::<_, Refusal>(vec![row]))?;
        self.look_again(&touched);
        Ok(())
    }

    /// Writes records, tables and letters again, as things stand now.
    ///
    /// # Errors
    /// Where the folder is in use by a run, or cannot be written.
    pub fn write_out(dir: &Path, forms: &[Form], letters: &Letters) -> Result<(usize, Written), FolderError> {
        let again = Again::open_beside(dir)?;
        let (records, _) = again.export(forms, encoding_of(&again.ledger().provenance()?))?;
        Ok((records, again.receipts(forms, letters)?))
    }
}

/// The encoding of tables that the batch was run with.
fn encoding_of(provenance: &Provenance) -> Encoding {
    if provenance.settings["csv_encoding"] == Encoding::Cp932.name() { Encoding::Cp932 } else { Encoding::Utf8Bom }
}

/// Whether this person may answer: of two independent keyings not both, and of their disagreement neither.
fn may_answer(task: &Task, case: &Case, who: &str) -> bool {
    let What::Field(field) = &task.id.what else { return true };
    case.history.keyed.get(field).is_none_or(|keyed| keyed.iter().all(|(first, _)| first != who))
}
