//! Figures of the work at a batch: how far it is, how fast it goes, and what it says of machine and operators. Counts
//! entries of the ledger; judges nobody.

use super::history::taken_back;
use super::station::Station;
use super::task::Lane;
use crate::ledger::act::{Act, Answer, Deed};
use crate::ledger::decision::{Change, Decision, Standing};
use crate::ledger::live::{Entered, Row};
use crate::record::State;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A pause longer than this is not work, milliseconds.
const LONGEST: i64 = 180_000;

/// How far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Progress {
    /// Questions that people have answered.
    pub answered: usize,
    /// Questions that wait.
    pub waiting: usize,
    /// Of these, for a supervisor.
    pub supervisor: usize,
    /// Pictures that may be keyed.
    pub to_key: usize,
    /// Answers an hour of work; none before there are a few.
    pub per_hour: Option<usize>,
}

/// What is said of one operator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operator {
    /// Answers that hold.
    pub answers: usize,
    /// Answers taken back.
    pub taken_back: usize,
    /// Middle of the seconds between one answer and the next.
    pub median_seconds: Option<String>,
    /// Independent keyings that another person's confirmed, and all that were compared.
    pub agreed: (usize, usize),
    /// Personal fields opened.
    pub opened: usize,
}

/// What the answers say of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Machine {
    /// Fields that were not sure, and that a person has settled.
    pub doubted: usize,
    /// Of these, where the likeliest reading was right: reviews that were not necessary.
    pub unnecessary: usize,
    /// Findings that a person let pass: false alarms.
    pub false_alarms: usize,
    /// All findings answered.
    pub findings: usize,
    /// Fields that were read for sure and that a person found wrong: what must never be.
    pub wrong_though_sure: usize,
}

/// How far the work is.
pub fn progress(station: &Station) -> Progress {
    let lanes = |lane| station.lane(lane);
    let (waiting, supervisor, to_key) = (lanes(Lane::Waiting), lanes(Lane::Supervisor), lanes(Lane::Key));
    let answers = answers(station.log());
    Progress { answered: answers.len(), waiting, supervisor, to_key, per_hour: pace(&answers) }
}

/// Entries that answer a question and still hold.
fn answers(log: &[Entered]) -> Vec<&Entered> {
    let gone = taken_back(log.iter());
    let undone = undoing(log);
    log.iter().filter(|e| is_answer(e) && !gone.contains(&e.seq) && !undone.contains(&e.row.when())).collect()
}

/// Moments at which something was taken back.
fn undoing(log: &[Entered]) -> BTreeSet<Timestamp> {
    let back = log.iter().filter(|e| matches!(&e.row, Row::Act(Act { deed: Deed::TakenBack { .. }, .. })));
    back.map(|e| e.row.when()).collect()
}

fn is_answer(entered: &Entered) -> bool {
    match &entered.row {
        Row::Decision(d) => matches!(d.change, Change::Field { .. }),
        Row::Act(a) => matches!(a.deed, Deed::Settled { .. }),
    }
}

/// Answers an hour, from the gaps between the last ones of each person.
fn pace(answers: &[&Entered]) -> Option<usize> {
    let mut all: Vec<i64> = gaps(answers).into_values().flatten().collect();
    let recent = all.split_off(all.len().saturating_sub(60));
    let took: i64 = recent.iter().sum();
    (recent.len() >= 3).then(|| recent.len() * 3_600_000 / usize::try_from(took.max(1)).unwrap_or(1))
}

/// Milliseconds between one answer of a person and the next, pauses left out.
fn gaps<'a>(answers: &[&'a Entered]) -> BTreeMap<&'a str, Vec<i64>> {
    let mut last: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let mut gaps: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for entered in answers {
        let (who, when) = (entered.row.who(), entered.row.when());
        if let Some(before) = last.insert(who, when) {
            let pause = when.as_millisecond() - before.as_millisecond();
            if pause <= LONGEST {
                gaps.entry(who).or_default().push(pause);
            }
        }
    }
    gaps
}

/// What is said of each operator, by name.
pub fn operators(station: &Station) -> BTreeMap<String, Operator> {
    let log = station.log();
    let mut all: BTreeMap<String, Operator> = BTreeMap::new();
    let held = answers(log);
    for entered in &held {
        all.entry(entered.row.who().to_owned()).or_default().answers += 1;
    }
    for entered in log {
        let operator = all.entry(entered.row.who().to_owned()).or_default();
        match &entered.row {
            Row::Act(Act { deed: Deed::TakenBack { .. }, .. }) => operator.taken_back += 1,
            Row::Act(Act { deed: Deed::Opened, .. }) => operator.opened += 1,
            _ => {}
        }
    }
    for (who, mut pauses) in gaps(&held) {
        pauses.sort_unstable();
        if let Some(operator) = all.get_mut(who) {
            operator.median_seconds = pauses.get(pauses.len() / 2).map(|ms| format!("{:.1}", *ms as f64 / 1000.0));
        }
    }
    agreement(log, &mut all);
    all
}

/// Independent keyings of the same field, held against each other.
fn agreement(log: &[Entered], all: &mut BTreeMap<String, Operator>) {
    let mut keyed: BTreeMap<(&str, &str), Vec<(&str, &Standing)>> = BTreeMap::new();
    for entered in log {
        match &entered.row {
            Row::Act(Act { who, record, field: Some(field), deed: Deed::Keyed { to }, .. }) => {
                keyed.entry((record, &field.0)).or_default().push((who, to));
            }
            Row::Decision(Decision { record, change: Change::Field { field, to, .. }, .. }) => {
                for (who, said) in keyed.remove(&(record.as_str(), field.0.as_str())).unwrap_or_default() {
                    let operator = all.entry(who.to_owned()).or_default();
                    operator.agreed.0 += usize::from(said == to);
                    operator.agreed.1 += 1;
                }
            }
            _ => {}
        }
    }
}

/// What the answers say of the machine.
pub fn machine(station: &Station) -> Machine {
    let mut machine = Machine::default();
    for entered in answers(station.log()) {
        if let Row::Act(Act { deed: Deed::Settled { answer, .. }, .. }) = &entered.row {
            machine.findings += 1;
            machine.false_alarms += usize::from(*answer == Answer::Passes);
        }
    }
    for (now, as_read) in station.records().iter().zip(station.as_read()) {
        for ((id, now_field), (_, was)) in now.fields.iter().zip(as_read.fields.iter()) {
            let settled = matches!(now_field.state, State::Keyed | State::Blank)
                && (now_field.state, &now_field.value) != (was.state, &was.value);
            if !settled {
                continue;
            }
            if matches!(was.state, State::Read | State::Blank) {
                machine.wrong_though_sure += usize::from(was.value != now_field.value);
                continue;
            }
            machine.doubted += 1;
            let likeliest = station.candidates(as_read, id).first();
            machine.unnecessary += usize::from(likeliest.is_some_and(|c| c.value == now_field.value));
        }
    }
    machine
}
