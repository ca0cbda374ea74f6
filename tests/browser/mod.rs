//! A real browser, driven over `WebDriver` (W3C): Debian's Chromium and `ChromeDriver`. A library for it would turn on
//! features of serde and syn, so that every dependency were built a second time for tests; what is needed is little.
#![allow(dead_code, reason = "each test uses its part")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const ESCAPE: &str = "\u{e00c}";

/// A station, ended when it is dropped.
pub(crate) struct Desk {
    child: Child,
    /// The address that opens it.
    pub address: String,
}

impl Desk {
    /// Opens the station of a batch folder.
    pub(crate) fn open(mut command: Command, batch: &Path, more: &[&str]) -> Self {
        let mut child = command.arg("review").arg(batch).args(more).stdout(Stdio::piped()).spawn().expect("the program runs");
        let mut address = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut address).expect("an address");
        assert!(address.starts_with("http"), "no address: {address}");
        Self { child, address: address.trim().to_owned() }
    }

    /// Host and port.
    pub(crate) fn host(&self) -> &str {
        self.address.split('/').nth(2).expect("a host")
    }

    /// An address at the station.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What was answered to a request.
pub(crate) struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

/// A request as it is written, so that nothing is sent that the test does not say.
pub(crate) fn request(host: &str, head: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(host).expect("a station");
    stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a limit");
    let written = format!("{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(written.as_bytes()).expect("sent");
    // A station may refuse before it has read all of it.
    let _ = stream.write_all(body);
    let mut all = Vec::new();
    let mut some = vec![0; 1 << 16];
    // ChromeDriver keeps the connection open whatever it is asked.
    while !is_whole(&all) {
        match stream.read(&mut some) {
            Ok(n) if n > 0 => all.extend_from_slice(&some[..n]),
            _ => break,
        }
    }
    let at = end_of_head(&all).unwrap_or(all.len());
    let head = String::from_utf8_lossy(&all[..at]).into_owned();
    let status = head.split_whitespace().nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    Answer { status, head, body: all.get(at + 4..).unwrap_or_default().to_vec() }
}

fn end_of_head(all: &[u8]) -> Option<usize> {
    all.windows(4).position(|w| w == b"\r\n\r\n")
}

/// Whether as much has come as the head says.
fn is_whole(all: &[u8]) -> bool {
    let Some(at) = end_of_head(all) else { return false };
    let head = String::from_utf8_lossy(&all[..at]).to_lowercase();
    let length = head.lines().find_map(|l| l.strip_prefix("content-length:")).and_then(|n| n.trim().parse::<usize>().ok());
    length.is_some_and(|n| all.len() >= at + 4 + n)
}

/// A browser with one window, ended when it is dropped.
pub(crate) struct Browser {
    driver: Child,
    host: String,
    session: String,
}

impl Browser {
    /// A new browser. Its driver and the browser choose ports that somebody else may take before they have them (the driver
    /// wants its port twice, for both kinds of address), so what could not be started is started anew.
    pub(crate) fn open() -> Self {
        let mut last = String::new();
        for _ in 0..5 {
            match Self::start() {
                Ok(browser) => return browser,
                Err(why) => last = why,
            }
        }
        panic!("no browser: {last}");
    }

    fn start() -> Result<Self, String> {
        let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let driver = started.unwrap_or_else(|e| {
            panic!("chromedriver cannot be started ({e}): the tests of the screen need Debian's chromium and chromium-driver; scripts/test installs them")
        });
        let mut browser = Self { driver, host: String::new(), session: String::new() };
        let mut said = BufReader::new(browser.driver.stdout.as_mut().expect("its output")).lines().map_while(Result::ok);
        let port = said.find_map(|line| line.split_once("started successfully on port ").map(|(_, rest)| rest.to_owned()));
        browser.host = format!("127.0.0.1:{}", port.ok_or("chromedriver ended before it had a port")?.trim_end_matches('.'));
        let arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1280,800"];
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": arguments}}}});
        let begun = browser.ask("POST", "/session", &wanted)?;
        browser.session = format!("/session/{}", begun["sessionId"].as_str().ok_or("no session: is chromium installed?")?);
        Ok(browser)
    }

    /// What the driver answers, or what it says is wrong.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let head = format!("{method} {}{path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json", self.session, self.host);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = request(&self.host, &head, &body);
        let mut value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status == 200 { Ok(value["value"].take()) } else { Err(format!("{path}: {} {value}", answer.status)) }
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        self.ask(method, path, body).unwrap_or_else(|why| panic!("{why}"))
    }

    pub(crate) fn go(&self, address: &str) {
        self.send("POST", "/url", &json!({"url": address}));
    }

    /// What a script gives.
    pub(crate) fn js(&self, script: &str) -> Value {
        self.send("POST", "/execute/sync", &json!({"script": script, "args": []}))
    }

    pub(crate) fn text(&self, script: &str) -> String {
        self.js(&format!("return {script}")).as_str().unwrap_or_default().to_owned()
    }

    /// Presses keys one after the other.
    pub(crate) fn press(&self, keys: &str) {
        let both =
            |k: char| [json!({"type": "keyDown", "value": k.to_string()}), json!({"type": "keyUp", "value": k.to_string()})];
        let actions: Vec<Value> = keys.chars().flat_map(both).collect();
        self.send("POST", "/actions", &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]}));
    }

    /// Waits until a script gives true.
    pub(crate) fn until(&self, what: &str, script: &str) {
        let begun = Instant::now();
        while self.js(&format!("return Boolean({script})")) != json!(true) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{what} did not come: {}", self.text("document.body.innerText"));
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let head = format!("DELETE {} HTTP/1.1\r\nHost: {}", self.session, self.host);
            let _ = request(&self.host, &head, &[]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
