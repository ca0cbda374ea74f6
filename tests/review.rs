//! What the verify station promises without its screen: every answer is an entry of the ledger, records move by
//! themselves, two stations never overwrite each other, and what was done can be taken back.

mod batch;

use batch::{copy, double_keyed_forms, finished, text, uketsuke};
use std::path::Path;
use uketsuke::form::catalogue::Catalogue;
use uketsuke::ledger::Ledger;
use uketsuke::ledger::act::{Act, Deed};
use uketsuke::ledger::live::Row;
use uketsuke::record::{State, Status, Value};
use uketsuke::review::entry::Entry;
use uketsuke::review::station::{Filter, Reply, Signed};
use uketsuke::review::task::{Lane, Task, TaskId, What};
use uketsuke::review::{Refusal, Station};

fn station(dir: &Path) -> Station {
    Station::open(dir, Catalogue::built_in().expect("sound forms"), None).expect("a batch folder")
}

/// The n-th moment of a day.
fn signed(who: &str, n: i64) -> Signed<'_> {
    Signed { who, when: jiff::Timestamp::from_second(1_617_000_000 + n).expect("a moment") }
}

fn waiting(station: &Station) -> Vec<Task> {
    station.queue(&Filter::default(), "佐藤").cloned().collect()
}

fn version(station: &Station, id: &TaskId) -> usize {
    station.record(&id.record).expect("a record").1.history.version
}

/// The first field that waits.
fn first_field(station: &Station) -> TaskId {
    let field = |t: &Task| matches!(t.id.what, What::Field(_));
    waiting(station).into_iter().find(field).expect("a field waits").id
}

/// Answers as somebody would who trusts the likeliest reading, and leaves blank what has none.
fn reply(station: &Station, id: &TaskId) -> Reply {
    let What::Field(field) = &id.what else { return Reply::Passes };
    let (record, _) = station.record(&id.record).expect("a record");
    let says = |value: &Value| match value {
        Value::One(v) => vec![v.clone()],
        Value::Many(v) => v.clone(),
    };
    let best = station.candidates(record, field).iter().find_map(|c| c.value.as_ref());
    Reply::Field(best.map_or(Entry::Blank, |value| Entry::Says(says(value))))
}

fn answer(station: &mut Station, who: &str, n: i64, id: &TaskId) -> Result<(), Refusal> {
    if let (Some(field), What::Field(name)) = (station.field(id), &id.what)
        && field.care.personal
    {
        station.open_field(signed(who, n), &id.record, name)?;
    }
    let (version, reply) = (version(station, id), reply(station, id));
    station.answer(signed(who, n), id, version, &reply)
}

#[test]
fn a_cleared_queue_leaves_no_record_in_review_and_every_answer_in_the_ledger() {
    let dir = copy(finished());
    let mut at = station(dir.path());
    let before = waiting(&at).len();
    assert!(before > 0, "nothing waits: the test shows nothing");
    let mut answered = 0;
    while let Some(task) = waiting(&at).first().cloned() {
        answer(&mut at, "佐藤", answered, &task.id).expect("an answer");
        answered += 1;
        assert!(answered < 200, "the queue does not end");
    }
    assert!(answered >= before as i64);
    assert!(at.records().iter().all(|r| r.status != Status::Review));
    let ledger = Ledger::open(dir.path()).expect("a ledger");
    assert_eq!(ledger.breaks().expect("read"), []);
    assert!(ledger.decisions().expect("read").iter().all(|d| d.who == "佐藤"));
    assert!(ledger.as_read().expect("read").iter().any(|r| r.status == Status::Review));
    let statuses = |records: &[uketsuke::record::Record]| records.iter().map(|r| (r.id.clone(), r.status)).collect::<Vec<_>>();
    assert_eq!(statuses(&ledger.records().expect("read")), statuses(at.records()));
}

#[test]
fn what_follows_from_answers_is_written_out_and_holds_an_audit() {
    let dir = copy(finished());
    let mut at = station(dir.path());
    let mut n = 0;
    while let Some(task) = waiting(&at).first().cloned() {
        answer(&mut at, "佐藤", n, &task.id).expect("an answer");
        n += 1;
    }
    for command in ["export", "receipts"] {
        let done = uketsuke().arg(command).arg(dir.path()).output().expect("the program runs");
        assert!(done.status.success(), "{}", text(&done.stderr));
    }
    let records = std::fs::read_to_string(dir.path().join("records.ndjson")).expect("records");
    assert!(!records.contains("\"status\":\"review\"") && records.contains("\"state\":\"keyed\""));
    let audit = uketsuke().arg("audit").arg(dir.path()).arg("--quiet").output().expect("the program runs");
    assert_eq!(audit.status.code(), Some(0), "{}", text(&audit.stdout));
}

#[test]
fn of_two_stations_the_second_to_answer_is_told_and_changes_nothing() {
    let dir = copy(finished());
    let (mut one, mut other) = (station(dir.path()), station(dir.path()));
    let id = first_field(&one);
    let version = version(&other, &id);
    answer(&mut one, "佐藤", 1, &id).expect("an answer");
    let entries = Ledger::open(dir.path()).expect("a ledger").entries().expect("read").len();
    let late = other.answer(signed("鈴木", 2), &id, version, &Reply::Field(Entry::Blank));
    assert!(matches!(late, Err(Refusal::Gone | Refusal::Changed)), "{late:?}");
    assert_eq!(Ledger::open(dir.path()).expect("a ledger").entries().expect("read").len(), entries);
    assert_eq!(other.log(), one.log());
}

#[test]
fn what_was_done_is_taken_back_by_further_entries() {
    let dir = copy(finished());
    let mut at = station(dir.path());
    let (before, asked) = (at.records().to_vec(), waiting(&at));
    let id = first_field(&at);
    answer(&mut at, "佐藤", 1, &id).expect("an answer");
    let entries = at.log().len();
    assert!(matches!(at.undo(signed("鈴木", 2)), Err(Refusal::NothingToUndo)));
    assert_eq!(at.undo(signed("佐藤", 3)).expect("taken back"), id);
    assert!(at.log().len() > entries);
    assert_eq!(waiting(&at), asked);
    let bare = |r: &uketsuke::record::Record| (r.id.clone(), r.status, r.fields.clone());
    assert_eq!(at.records().iter().map(bare).collect::<Vec<_>>(), before.iter().map(bare).collect::<Vec<_>>());
    assert!(matches!(at.undo(signed("佐藤", 4)), Err(Refusal::NothingToUndo)));
    assert_eq!(waiting(&station(dir.path())), asked);
}

#[test]
fn nothing_is_decided_without_a_name_or_on_a_page_that_shows_an_older_state() {
    let dir = copy(finished());
    let mut at = station(dir.path());
    let id = first_field(&at);
    let now = version(&at, &id);
    assert!(matches!(at.answer(signed("　", 1), &id, now, &Reply::Field(Entry::Blank)), Err(Refusal::NoName)));
    at.answer(signed("佐藤", 2), &id, now, &Reply::PassOn).expect("passed on");
    assert!(matches!(at.answer(signed("佐藤", 3), &id, now, &Reply::Field(Entry::Blank)), Err(Refusal::Changed)));
    let nowhere = TaskId { record: "nobody".to_owned(), ..id };
    assert!(matches!(at.answer(signed("佐藤", 4), &nowhere, 0, &Reply::PassOn), Err(Refusal::Gone)));
}

#[test]
fn what_nobody_here_can_tell_waits_for_a_supervisor() {
    let dir = copy(finished());
    let mut at = station(dir.path());
    let id = first_field(&at);
    let now = version(&at, &id);
    at.answer(signed("佐藤", 1), &id, now, &Reply::PassOn).expect("passed on");
    assert!(waiting(&at).iter().all(|t| t.id != id));
    let supervisor = Filter { lane: Lane::Supervisor, ..Filter::default() };
    assert_eq!(at.queue(&supervisor, "部長").map(|t| t.id.clone()).collect::<Vec<_>>(), std::slice::from_ref(&id));
    let now = version(&at, &id);
    at.answer(signed("部長", 2), &id, now, &Reply::Deficient).expect("an answer");
    let (record, case) = at.record(&id.record).expect("a record");
    let What::Field(field) = &id.what else { unreachable!("a field") };
    assert!(case.findings.iter().any(|f| f.fields.contains(field) && f.ask.is_some()), "{:?}", case.findings);
    assert_eq!(
        record.fields.get(field).map(|f| f.state),
        at.as_read().iter().find(|r| r.id == id.record).and_then(|r| r.fields.get(field)).map(|f| f.state)
    );
}

#[test]
fn opening_a_personal_field_is_noted_once_for_each_who_does() {
    let dir = copy(finished());
    let mut at = station(dir.path());
    let field = uketsuke::form::FieldId("contact_name".to_owned());
    let record = at.records().iter().find(|r| r.fields.get(&field).is_some()).expect("a request").id.clone();
    for (n, who) in ["佐藤", "佐藤", "鈴木"].into_iter().enumerate() {
        at.open_field(signed(who, n as i64), &record, &field).expect("noted");
    }
    let opened = |e: &uketsuke::ledger::live::Entered| matches!(&e.row, Row::Act(Act { deed: Deed::Opened, .. }));
    assert_eq!(at.log().iter().filter(|e| opened(e)).count(), 2);
    assert!(matches!(at.open_field(signed("", 9), &record, &field), Err(Refusal::NoName)));
}

#[test]
fn a_field_keyed_by_a_person_is_told_from_one_that_was_read() {
    let dir = copy(finished());
    let mut at = station(dir.path());
    let id = first_field(&at);
    answer(&mut at, "佐藤", 1, &id).expect("an answer");
    let What::Field(field) = &id.what else { unreachable!("a field") };
    let (record, _) = at.record(&id.record).expect("a record");
    let as_read = at.as_read().iter().find(|r| r.id == id.record).and_then(|r| r.fields.get(field)).expect("a field");
    let now = record.fields.get(field).expect("a field");
    assert!(matches!(now.state, State::Keyed | State::Blank));
    assert_eq!((&now.first_reading, now.confidence), (&as_read.first_reading, as_read.confidence));
}

/// A station at which digits are keyed by two, and the first field of digits that waits.
fn double_keyed(dir: &Path) -> (Station, TaskId) {
    let forms = Catalogue::built_in().expect("sound forms").with_dir(&double_keyed_forms()).expect("a sound form");
    let station = Station::open(dir, forms, None).expect("a batch folder");
    let asked = waiting(&station).into_iter().map(|t| t.id).find(|id| station.field(id).is_some_and(|f| f.care.double_key));
    let id = asked.expect("a field of digits waits");
    (station, id)
}

fn says(station: &Station, id: &TaskId, digit: char) -> Reply {
    let uketsuke::form::FieldKind::Digits { cells, .. } = &station.field(id).expect("a field").kind else {
        unreachable!("digits")
    };
    Reply::Field(Entry::Says(vec![digit.to_string().repeat(cells.len())]))
}

fn stands(station: &Station, id: &TaskId) -> (State, Option<String>) {
    let What::Field(field) = &id.what else { unreachable!("a field") };
    let (record, _) = station.record(&id.record).expect("a record");
    (record.fields.get(field).expect("a field").state, record.fields.one(field).map(str::to_owned))
}

#[test]
fn what_two_people_key_alike_counts_and_one_cannot_be_both() {
    let dir = copy(finished());
    let (mut at, id) = double_keyed(dir.path());
    let before = stands(&at, &id);
    let (now, reply) = (version(&at, &id), says(&at, &id, '3'));
    at.answer(signed("佐藤", 1), &id, now, &reply).expect("a first keying");
    assert_eq!(stands(&at, &id), before);
    assert!(at.queue(&Filter::default(), "佐藤").all(|t| t.id != id), "the first sees it again");
    assert!(at.queue(&Filter::default(), "鈴木").any(|t| t.id == id), "the second does not see it");
    let now = version(&at, &id);
    assert!(matches!(at.answer(signed("佐藤", 2), &id, now, &reply), Err(Refusal::SamePerson)));
    at.answer(signed("鈴木", 3), &id, now, &reply).expect("a second keying");
    assert_eq!(stands(&at, &id).0, State::Keyed);
}

#[test]
fn where_two_differ_a_third_decides() {
    let dir = copy(finished());
    let (mut at, id) = double_keyed(dir.path());
    for (n, (who, digit)) in [("佐藤", '3'), ("鈴木", '4')].into_iter().enumerate() {
        let (now, reply) = (version(&at, &id), says(&at, &id, digit));
        at.answer(signed(who, n as i64), &id, now, &reply).expect("a keying");
        assert_ne!(stands(&at, &id).0, State::Keyed);
    }
    for who in ["佐藤", "鈴木"] {
        assert!(at.queue(&Filter::default(), who).all(|t| t.id != id), "{who} sees the disagreement");
    }
    let (now, reply) = (version(&at, &id), says(&at, &id, '4'));
    at.answer(signed("高橋", 9), &id, now, &reply).expect("a decision");
    let (state, value) = stands(&at, &id);
    assert!(state == State::Keyed && value.is_some_and(|v| v.starts_with('4')));
    let figures = uketsuke::review::stats::operators(&at);
    assert_eq!((figures["佐藤"].agreed, figures["鈴木"].agreed), ((0, 1), (1, 1)));
}

#[test]
fn a_personal_field_is_not_decided_unseen_nor_an_optional_one_sent_back() {
    let dir = copy(finished());
    let mut at = station(dir.path());
    let pictures = Filter { lane: Lane::Key, ..Filter::default() };
    let of_contact = |t: &&Task| matches!(&t.id.what, What::Field(f) if f.0 == "contact_name");
    let id = at.queue(&pictures, "佐藤").find(of_contact).expect("a name waits to be keyed").id.clone();
    let reply = Reply::Field(Entry::Says(vec!["見本　太郎".to_owned()]));
    let now = version(&at, &id);
    assert!(matches!(at.answer(signed("佐藤", 1), &id, now, &reply), Err(Refusal::Entry(_))));
    assert!(matches!(at.answer(signed("佐藤", 2), &id, now, &Reply::Deficient), Err(Refusal::Entry(_))));
    let What::Field(field) = &id.what else { unreachable!("a field") };
    at.open_field(signed("佐藤", 3), &id.record, field).expect("noted");
    let now = version(&at, &id);
    at.answer(signed("佐藤", 4), &id, now, &reply).expect("keyed");
    assert_eq!(stands(&at, &id), (State::Keyed, Some("見本　太郎".to_owned())));
}
