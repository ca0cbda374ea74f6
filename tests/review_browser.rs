//! The station's screen in a real browser: a queue cleared by keyboard, two operators who key the same field, a browser
//! closed in the middle, and everybody else kept out.

mod batch;
mod browser;

use batch::{copy, double_keyed_forms, finished, uketsuke};
use browser::{Browser, Desk, ENTER, ESCAPE, request};
use std::path::Path;
use std::time::{Duration, Instant};
use uketsuke::ledger::Ledger;
use uketsuke::record::Status;

const TASK: &str = "document.querySelector('article[data-task]')?.dataset.task ?? ''";
const VERSION: &str = "document.querySelector('article[data-task]')?.dataset.version ?? ''";

/// A browser at a station, with its operator's name said.
fn sit_down(desk: &Desk, who: &str) -> Browser {
    let browser = Browser::open();
    browser.go(&desk.address);
    browser.until("the question for a name", "document.querySelector('#name')");
    assert!(!browser.text("location.href").contains("token"), "the word stays in the address");
    browser.js("document.querySelector('#name').focus()");
    browser.press(who);
    browser.press(ENTER);
    browser.until("the queue", "document.querySelector('.tally')");
    browser
}

fn begin(browser: &Browser) {
    browser.press(ENTER);
    browser.until("a question", "document.querySelector('.pane article')");
}

/// Answers the question that is shown, by keys alone: the likeliest reading, else blank.
fn answer(browser: &Browser) {
    if browser.js("return document.querySelector('[data-act=open]') !== null") == true {
        browser.press(ESCAPE);
        browser.press("o");
        browser.until("the picture", "document.querySelector('[data-act=open]') === null");
    }
    let before = (browser.text(TASK), browser.text(VERSION));
    let takes = "document.querySelector('.ways [data-reply=says], [data-act=passes]') !== null";
    if browser.js(&format!("return {takes}")) == true {
        let first = "document.querySelector('.ways [data-act=take]')?.dataset.reply ?? 'says'";
        if browser.text(first) == "says" { browser.press(ENTER) } else { browser.press("b") }
    } else {
        browser.press(ESCAPE);
        browser.press("b");
    }
    let begun = Instant::now();
    while (browser.text(TASK), browser.text(VERSION)) == before {
        let said = browser.text("document.querySelector('.said').textContent");
        assert!(begun.elapsed() < Duration::from_secs(20), "no answer to {before:?}: {said}");
    }
}

fn decisions(dir: &Path) -> usize {
    Ledger::open(dir).expect("a ledger").decisions().expect("read").len()
}

#[test]
fn an_operator_clears_the_queue_by_keyboard() {
    let dir = copy(finished());
    let desk = Desk::open(uketsuke(), dir.path(), &[]);
    let browser = sit_down(&desk, "佐藤");
    begin(&browser);
    let mut answered = 0;
    while !browser.text(TASK).is_empty() {
        answer(&browser);
        answered += 1;
        assert!(answered < 200, "the queue does not end");
    }
    assert!(answered > 0, "nothing waited: the test shows nothing");
    browser.until("the files", "document.querySelector('[data-writing] .done')");
    let ledger = Ledger::open(dir.path()).expect("a ledger");
    assert!(ledger.records().expect("read").iter().all(|r| r.status != Status::Review));
    assert_eq!(ledger.breaks().expect("read"), []);
    let records = std::fs::read_to_string(dir.path().join("records.ndjson")).expect("records");
    assert!(!records.contains("\"status\":\"review\""));
    let audit = uketsuke().arg("audit").arg(dir.path()).arg("--quiet").output().expect("the program runs");
    assert_eq!(audit.status.code(), Some(0), "{}", batch::text(&audit.stdout));
    browser.press("u");
    browser.until("the last question again", &format!("({TASK}) !== ''"));
    browser.js("document.querySelector('[data-key=p]').click()");
    browser.until("the whole page, by a tap", "document.querySelector('.over:not([hidden]) svg')");
}

#[test]
fn two_operators_key_the_same_field_without_seeing_each_other() {
    let dir = copy(finished());
    let forms = double_keyed_forms();
    let desk = Desk::open(uketsuke(), dir.path(), &["--forms", &forms.to_string_lossy()]);
    let (first, second) = (sit_down(&desk, "佐藤"), sit_down(&desk, "鈴木"));
    let field = Ledger::open(dir.path()).expect("a ledger").records().expect("read").into_iter().find_map(|record| {
        let form = record.form.0 == "reader-request" && record.status == Status::Review;
        let unsure = |f: &uketsuke::record::Finding| f.rule == "unsure" && !f.fields[0].0.starts_with("units");
        let open =
            record.findings.iter().find(|f| form && unsure(f) && f.fields[0].0 != "claims_online" && f.fields[0].0 != "emr")?;
        Some(format!("{}.{}", record.id, open.fields[0]))
    });
    let field = field.expect("a field of digits waits");
    let before = decisions(dir.path());
    for (browser, who) in [(&first, "first"), (&second, "second")] {
        browser.go(&desk.at(&format!("/work?task={field}")));
        browser.until(who, &format!("({TASK}) === '{field}'"));
        assert!(
            browser.js("return document.querySelectorAll('.ways li').length") == 0,
            "{who} is shown what the machine thought"
        );
        browser.until("the field to type in", "document.activeElement.id === 'typed'");
        let shape = browser.text("document.querySelector('#typed').placeholder");
        let count: usize =
            shape.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a number of digits");
        browser.press(&"2".repeat(count));
        browser.press(ENTER);
        browser.until("the next question", &format!("({TASK}) !== '{field}'"));
        if who == "first" {
            assert_eq!(decisions(dir.path()), before, "one keying decided");
        }
    }
    let decided = Ledger::open(dir.path()).expect("a ledger").decisions().expect("read");
    assert!(decided[before..].iter().any(|d| d.who == "鈴木" && d.why.contains("佐藤")), "{decided:?}");
}

#[test]
fn a_browser_closed_in_the_middle_of_an_entry_loses_nothing() {
    let dir = copy(finished());
    let desk = Desk::open(uketsuke(), dir.path(), &[]);
    let browser = sit_down(&desk, "佐藤");
    begin(&browser);
    answer(&browser);
    let kept = decisions(dir.path());
    let asked = browser.text(TASK);
    let types = browser.js("return document.querySelector('#typed') !== null") == true;
    if types {
        browser.js("document.querySelector('#typed').focus()");
        browser.press("12");
        std::thread::sleep(Duration::from_millis(600));
    }
    drop(browser);
    let again = sit_down(&desk, "佐藤");
    assert_eq!(decisions(dir.path()), kept);
    again.go(&desk.at(&format!("/work?task={asked}")));
    again.until("the same question", &format!("({TASK}) === '{asked}'"));
    if types {
        assert_eq!(again.text("document.querySelector('#typed').value"), "12");
    }
}

#[test]
fn a_page_of_another_origin_gets_and_changes_nothing() {
    let dir = copy(finished());
    let desk = Desk::open(uketsuke(), dir.path(), &[]);
    let browser = sit_down(&desk, "佐藤");
    let entries = Ledger::open(dir.path()).expect("a ledger").entries().expect("read").len();
    // Another name for this machine is another origin to the browser, and a foreign host to the station.
    let other = desk.address.replace("127.0.0.1", "127.0.0.2").split("/open").next().expect("an address").to_owned();
    browser.go("data:text/html,<p>elsewhere</p>");
    for address in [desk.at("/"), desk.at("/picture/sheet?record=x&page=1"), other] {
        let script =
            format!("return fetch('{address}', {{credentials: 'include'}}).then(r => r.status + ' ' + r.type, () => 'refused')");
        assert_eq!(browser.js(&script), "refused", "{address}");
        let script = format!(
            "return fetch('{address}', {{mode: 'no-cors', method: 'POST', credentials: 'include', body: 'a=b'}}).then(() => 'sent', () => 'refused')"
        );
        browser.js(&script);
    }
    assert_eq!(Ledger::open(dir.path()).expect("a ledger").entries().expect("read").len(), entries);
}

/// Requests that no page of the station makes.
#[test]
fn strangers_are_refused() {
    let dir = copy(finished());
    let desk = Desk::open(uketsuke(), dir.path(), &[]);
    let host = desk.host().to_owned();
    let port = host.rsplit_once(':').expect("a port").1;
    let get = |path: &str, more: &str| request(&host, &format!("GET {path} HTTP/1.1\r\nHost: {host}{more}"), &[]);
    assert_eq!(get("/", "").status, 403);
    assert_eq!(get("/open?token=wrong", "").status, 403);
    assert_eq!(request(&host, &format!("GET / HTTP/1.1\r\nHost: evil.example:{port}"), &[]).status, 403);
    let token = desk.address.split("token=").nth(1).expect("a word");
    let opened = get(&format!("/open?token={token}"), "");
    assert_eq!(opened.status, 303);
    let set = opened.head.lines().find_map(|l| l.strip_prefix("set-cookie: ")).expect("a cookie");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
    let cookie = format!("\r\nCookie: {}", set.split(';').next().expect("a value"));
    let inside = get("/", &cookie);
    assert_eq!(inside.status, 200);
    for needed in ["content-security-policy: default-src 'none'", "cache-control: no-store", "x-frame-options: DENY"] {
        assert!(inside.head.to_lowercase().contains(&needed.to_lowercase()), "{needed}: {}", inside.head);
    }
    assert!(!inside.head.contains("unsafe-inline"));
    let page = batch::text(&inside.body);
    let csrf = page.split("name=\"csrf\" content=\"").nth(1).and_then(|p| p.split('"').next()).expect("a word");
    let post = |path: &str, origin: &str, csrf: &str, body: &[u8]| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nx-csrf-token: {csrf}\r\nContent-Type: application/x-www-form-urlencoded{cookie}"
        );
        request(&host, &head, body).status
    };
    let own = format!("http://{host}");
    assert_eq!(post("/name", "http://evil.example", csrf, b"name=a"), 403);
    assert_eq!(post("/name", &own, "wrong", b"name=a"), 403);
    let nowhere = b"task=x.y&version=0&reply=blank";
    assert_eq!(post("/answer", &own, csrf, nowhere), 401, "answered without a name");
    assert_eq!(post("/name", &own, csrf, &vec![b'a'; 10 << 20]), 413);
    assert_eq!(post("/name", &own, csrf, b"name=a"), 204);
    assert_eq!(post("/answer", &own, csrf, nowhere), 409);
    for path in [
        "/picture/field?record=../../etc/passwd&field=x",
        "/picture/sheet?record=..%2F..%2Fledger.sqlite&page=1",
        "/assets/../../Cargo.toml",
        "/ledger.sqlite",
    ] {
        assert_eq!(get(path, &cookie).status, 404, "{path}");
    }
    assert_eq!(get("/", &format!("{cookie}\r\nSec-Fetch-Site: cross-site")).status, 403);
}

#[test]
fn over_the_network_it_takes_a_certificate_and_then_speaks_tls_alone() {
    use std::io::{Read, Write};
    use std::sync::Arc;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

    let dir = copy(finished());
    let bare = uketsuke().arg("review").arg(dir.path()).args(["--listen", "0.0.0.0"]).output().expect("the program runs");
    assert_eq!(bare.status.code(), Some(2), "{}", batch::text(&bare.stderr));
    let file =
        |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name).to_string_lossy().into_owned();
    let (cert, key) = (file("cert.pem"), file("key.pem"));
    let desk = Desk::open(uketsuke(), dir.path(), &["--listen", "0.0.0.0", "--tls-cert", &cert, "--tls-key", &key]);
    assert!(desk.address.starts_with("https://localhost:"), "{}", desk.address);
    let port = desk.host().rsplit_once(':').expect("a port").1.to_owned();
    let local = format!("127.0.0.1:{port}");
    assert_eq!(request(&local, &format!("GET / HTTP/1.1\r\nHost: localhost:{port}"), &[]).status, 0, "plain text is answered");
    let mut roots = RootCertStore::empty();
    roots.add(tokio_rustls::rustls::pki_types::CertificateDer::from_pem_file(&cert).expect("a certificate")).expect("added");
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), "localhost".try_into().expect("a name")).expect("a client");
    let mut stream = StreamOwned::new(client, std::net::TcpStream::connect(&local).expect("a station"));
    let path = desk.address.split_once(&port).expect("a path").1;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("; Secure"), "{answer}");
}
