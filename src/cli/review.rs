//! `uketsuke review`: the verify station on this machine, opened in the browser.

use super::args::ReviewArgs;
use super::environment;
use super::messages::say;
use super::run::{folder_failure, letters, open_master};
use super::{BUG, Failure, INPUT, OUTPUT, USAGE, catalogue, print};
use crate::form::catalogue::Catalogue;
use crate::master::Master;
use crate::review::Station;
use crate::review::web::{Access, Identity, Setup, WriteOut, serve};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use std::io::IsTerminal;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Requests are short; four at a time leave none waiting behind one that waits for another station's lock.
const WORKERS: usize = 4;

/// Serves the station until it is stopped.
pub(super) fn run(args: &ReviewArgs) -> Result<u8, Failure> {
    let identity = identity(args)?;
    let ip = args.listen.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    if !ip.is_loopback() && identity.is_none() {
        return Err(Failure::new(
            USAGE,
            say(
                "an address that others can reach needs --tls-cert and --tls-key",
                "ほかの端末から接続できるアドレスでは --tls-cert と --tls-key が必要です",
            ),
        ));
    }
    let catalogue = catalogue(&args.forms)?;
    let master = args.master.as_deref().map(open_master).transpose()?.map(Arc::new);
    let write_out = write_out(&args.batch, &catalogue, master.clone());
    let station = Station::open(&args.batch, catalogue, master).map_err(|e| folder_failure(&e))?;
    let due = args.due.or(station.provenance().received_on);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let runtime = runtime.map_err(|e| Failure::new(BUG, e))?;
    let served: Result<(), Failure> = runtime.block_on(async {
        let failed =
            |e: std::io::Error| Failure::new(OUTPUT, format!("{}: {e}", say("the station cannot listen", "待ち受けできません")));
        let listener = TcpListener::bind(SocketAddr::new(ip, args.port)).await.map_err(failed)?;
        let at = listener.local_addr().map_err(failed)?;
        let access = Access::new(at, identity.is_some(), args.name.clone(), random());
        announce(args, &access)?;
        let setup = Setup { access, due, clock, random, write_out };
        serve(station, setup, listener, identity, stopped()).await.map_err(failed)
    });
    served.map(|()| 0)
}

/// Says where the station is, and opens it.
fn announce(args: &ReviewArgs, access: &Access) -> Result<(), Failure> {
    let address = access.address();
    print(&format!("{address}\n"))?;
    let quiet = !std::io::stdout().is_terminal();
    if quiet {
        return Ok(());
    }
    print(say(
        "open this address in the browser; Ctrl-C ends the station\n",
        "このアドレスをブラウザーで開いてください。Ctrl-C で終了します\n",
    ))?;
    if !args.no_open {
        let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        // Where there is no browser to open, the address has been printed.
        let mut browser = Command::new(opener);
        let _ = environment::without(&mut browser).arg(&address).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    }
    Ok(())
}

fn identity(args: &ReviewArgs) -> Result<Option<Identity>, Failure> {
    let (Some(cert), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(None) };
    let read = |path: &Path| std::fs::read(path).map_err(|e| Failure::new(INPUT, format!("{}: {e}", path.display())));
    Identity::from_pem(&read(cert)?, &read(key)?).map(Some).map_err(|e| Failure::new(INPUT, e))
}

/// Writes records, tables and letters again, with what this command was given.
fn write_out(dir: &Path, catalogue: &Catalogue, master: Option<Arc<Master>>) -> WriteOut {
    let (dir, forms): (PathBuf, _) = (dir.to_owned(), catalogue.forms().to_vec());
    Box::new(move || {
        let letters = letters(master.as_deref()).map_err(|e| e.message)?;
        let (records, written) = Station::write_out(&dir, &forms, &letters).map_err(|e| e.to_string())?;
        let notes = written.notes.len();
        let noted = if notes > 0 { format!("（発送前の確認 {notes}件）") } else { String::new() };
        Ok(format!(
            "書き出しました：記録 {records}件、受付のお知らせ {}件、不備のお知らせ {}件{noted}",
            written.receipts, written.notices
        ))
    })
}

/// The hour and the day in Japan: the only place where a decision meets the clock.
#[expect(clippy::disallowed_methods, reason = "a decision is signed with the hour at which it was taken")]
fn clock() -> (Timestamp, Date) {
    let now = Timestamp::now();
    (now, Offset::constant(9).to_datetime(now).date())
}

/// Bytes nobody can guess. Without them there is no station.
fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    match getrandom::fill(&mut bytes) {
        Ok(()) => bytes,
        // A word that could be guessed would open the station to others.
        Err(_) => std::process::abort(),
    }
}

/// Ends with Ctrl-C, or when the system asks.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut ends) = signal(SignalKind::terminate()) else { return };
    let Ok(mut interrupts) = signal(SignalKind::interrupt()) else { return };
    std::future::poll_fn(|context| match ends.poll_recv(context) {
        std::task::Poll::Ready(_) => std::task::Poll::Ready(()),
        std::task::Poll::Pending => interrupts.poll_recv(context).map(drop),
    })
    .await;
}
