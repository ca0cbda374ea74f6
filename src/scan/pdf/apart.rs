//! Pages drawn by a process of their own. No limit holds inside the library that draws: 500 bytes of dashes made it take
//! 22 GB and a minute. The process has limits that the system keeps, and its end costs one page.
//! Does not decide which pages are drawn, and draws nothing itself.

use super::{Coming, Document};
use crate::scan::heavy;
use crate::scan::picture::{Density, Picture, Pixels};
use crate::scan::{Budgets, ScanError, TextRun, guarded};
use image::metadata::Orientation;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The command of the program that draws, as it stands on its command line.
pub(in crate::scan) const COMMAND: &str = "draw-pages";

/// Processor seconds that drawing a page may take; honest pages take less than one.
const SECONDS: u64 = 4;

/// Memory that drawing a page takes beyond its file: an A4 page with its pictures needs less.
const USUAL_BYTES: u64 = 160 << 20;

/// Memory that it may take, A3 for example; such pages take turns.
const MOST_BYTES: u64 = 240 << 20;

/// Memory that it may take more where its pictures are large: with the rest, what a scanned page may take.
const PICTURE_BYTES: u64 = 180 << 20;

/// Processor seconds for a scan, which no hostile drawing can prolong: what the slowest honest ones take, on a slow machine.
const SCAN_SECONDS: u64 = 30;

/// Room for calls within calls while drawing. Only what is used is taken.
const STACK_BYTES: u64 = 64 << 20;

/// The longest header of an answer: a page full of text has some 100 KB.
const HEADER_BYTES: u32 = 32 << 20;

/// What the system ends a process with that is out of processor time.
const SIGXCPU: i32 = 24;

/// What the runtime says before it gives up a process that is out of memory.
const OUT_OF_MEMORY: &[u8] = b"memory allocation of";

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Names this program, which is started again to draw. Where nobody does, pages are drawn in this process, without limits.
pub(in crate::scan) fn by(program: PathBuf) {
    // The first one stays.
    let _ = PROGRAM.set(program);
}

/// A page, or why there is none.
type Answer = Result<(Picture, Vec<TextRun>), ScanError>;

/// What a page may cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Order {
    page: u32,
    seconds: u64,
    bytes: u64,
    /// More to draw with, as far as the page's pictures need it.
    picture_bytes: u64,
    /// More for a page that turns out to be a scan.
    scan_bytes: u64,
}

/// What comes before the samples of a page.
#[derive(Debug, Serialize, Deserialize)]
struct Drawn {
    width: u32,
    height: u32,
    grey: bool,
    density: Density,
    /// As Exif numbers them.
    orientation: u8,
    text: Vec<TextRun>,
}

/// The processes that draw the pages of one file.
#[derive(Default)]
pub(super) struct Drawers {
    idle: Mutex<Vec<Drawer>>,
}

impl Drawers {
    /// A page, from 1, of the file of these bytes. None where no program is named.
    pub(super) fn draw(&self, file: &[u8], page: u32, budgets: &Budgets) -> Option<Answer> {
        let program = PROGRAM.get()?;
        let start = Instant::now();
        let order = Order { page, seconds: SECONDS, bytes: USUAL_BYTES, picture_bytes: 0, scan_bytes: 0 };
        let first = self.attempt(program, file, order, budgets);
        let answer = if let Err(Ended::OutOfMemory) = first {
            heavy::enter(MOST_BYTES);
            let seconds = SECONDS.saturating_sub(start.elapsed().as_secs()).max(1);
            let (picture_bytes, scan_bytes) = (PICTURE_BYTES, budgets.decoded_bytes);
            let order = Order { page, seconds, bytes: MOST_BYTES, picture_bytes, scan_bytes };
            self.attempt(program, file, order, budgets)
        } else {
            first
        };
        Some(answer.unwrap_or_else(|ended| Err(ended.into())))
    }

    fn attempt(&self, program: &Path, file: &[u8], order: Order, budgets: &Budgets) -> Result<Answer, Ended> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let drawer = waiting.map_or_else(|| Drawer::start(program, file, budgets), Ok);
        let mut drawer = drawer.map_err(|_| Ended::BrokenDown)?;
        let Ok(answer) = drawer.draw(order) else { return Err(drawer.why_it_ended()) };
        idle().push(drawer);
        Ok(answer)
    }
}

/// Why a process gives no answer.
enum Ended {
    OutOfTime,
    OutOfMemory,
    BrokenDown,
}

impl From<Ended> for ScanError {
    /// Which of the two limits a page meets first hangs on the machine, so both are one reason.
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::OutOfTime | Ended::OutOfMemory => Self::TooMuchDrawing { seconds: SECONDS, megabytes: MOST_BYTES >> 20 },
            Ended::BrokenDown => Self::DecoderCrash,
        }
    }
}

/// A process that has a file, and draws its pages one by one.
struct Drawer {
    process: Child,
    orders: BufWriter<ChildStdin>,
    answers: BufReader<ChildStdout>,
    complaints: ChildStderr,
}

impl Drawer {
    fn start(program: &Path, file: &[u8], budgets: &Budgets) -> io::Result<Self> {
        let mut process = Command::new(program)
            .arg(COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is for the run, which finishes its pages.
            .process_group(0)
            .spawn()?;
        let (orders, answers, complaints) = (process.stdin.take(), process.stdout.take(), process.stderr.take());
        let (Some(orders), Some(answers), Some(complaints)) = (orders, answers, complaints) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let (orders, answers) = (BufWriter::new(orders), BufReader::new(answers));
        let mut drawer = Self { process, orders, answers, complaints };
        send(&mut drawer.orders, budgets, file)?;
        Ok(drawer)
    }

    /// An error here is the end of the process; one within is the page's.
    fn draw(&mut self, order: Order) -> io::Result<Answer> {
        send(&mut self.orders, &order, &[])?;
        let (answer, samples) = receive::<Result<Drawn, ScanError>>(&mut self.answers)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(answer.and_then(|drawn| drawn.with(samples)))
    }

    /// What ended a process that does not answer.
    fn why_it_ended(mut self) -> Ended {
        let mut said = Vec::new();
        let _ = (&mut self.complaints).take(4096).read_to_end(&mut said);
        let signal = self.process.wait().ok().and_then(|status| status.signal());
        if signal == Some(SIGXCPU) {
            Ended::OutOfTime
        } else if said.windows(OUT_OF_MEMORY.len()).any(|w| w == OUT_OF_MEMORY) {
            Ended::OutOfMemory
        } else {
            Ended::BrokenDown
        }
    }
}

impl Drop for Drawer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drawn {
    fn of(picture: Picture, text: Vec<TextRun>) -> (Self, Vec<u8>) {
        let (width, height) = picture.pixels.dimensions();
        let grey = matches!(picture.pixels, Pixels::Grey(_));
        let samples = match picture.pixels {
            Pixels::Grey(grey) => grey.into_raw(),
            Pixels::Rgb(rgb) => rgb.into_raw(),
        };
        let orientation = picture.orientation.to_exif();
        (Self { width, height, grey, density: picture.density, orientation, text }, samples)
    }

    fn with(self, samples: Vec<u8>) -> Answer {
        let wrap = if self.grey { Pixels::grey } else { Pixels::rgb };
        let pixels = wrap(self.width, self.height, samples)?;
        let orientation = Orientation::from_exif(self.orientation).ok_or(ScanError::DecoderCrash)?;
        Ok((Picture { pixels, density: self.density, orientation }, self.text))
    }
}

/// The other end: draws pages of one file for the process that started this one, until that ends.
///
/// # Errors
/// Where the other process went away in the midst of something.
pub(in crate::scan) fn serve(orders: impl Read, answers: impl Write) -> io::Result<()> {
    // What was on a page must not be left in a file that the system writes when a process breaks down.
    limit(Resource::Core, 0);
    let (mut orders, mut answers) = (BufReader::new(orders), BufWriter::new(answers));
    let Some((budgets, file)) = receive::<Budgets>(&mut orders)? else { return Ok(()) };
    let file: Arc<[u8]> = file.into();
    let document = guarded(|| Document::open(&file, &budgets)).map(Arc::new);
    let own = data_bytes();
    while let Some((order, _)) = receive::<Order>(&mut orders)? {
        let outcome = match &document {
            Ok(document) => decode(document, order, own, &budgets),
            Err(error) => Err(error.clone()),
        };
        match outcome {
            Ok((picture, text)) => {
                let (drawn, samples) = Drawn::of(picture, text);
                send(&mut answers, &Ok::<_, ScanError>(drawn), &samples)?;
            }
            Err(error) => send(&mut answers, &Err::<Drawn, _>(error), &[])?,
        }
    }
    Ok(())
}

/// Draws a page within the order's limits, in a process that had `own` bytes before its first page.
fn decode(document: &Arc<Document>, order: Order, own: u64, budgets: &Budgets) -> Answer {
    let data = own + STACK_BYTES + order.bytes;
    limit(Resource::Data, data);
    let used = Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime)).unwrap_or_default();
    let used = used.as_secs();
    limit(Resource::Cpu, used + order.seconds);
    let (document, budgets) = (Arc::clone(document), *budgets);
    let grant = move |coming| match coming {
        Coming::Drawing { picture_bytes } => limit(Resource::Data, data + picture_bytes.min(order.picture_bytes)),
        Coming::Scan => {
            limit(Resource::Data, data + order.scan_bytes);
            limit(Resource::Cpu, used + SCAN_SECONDS);
        }
    };
    let work = move || guarded(|| document.decode_here(order.page, &budgets, &grant));
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES as usize).spawn(work);
    thread.map_err(|_| ScanError::DecoderCrash)?.join().unwrap_or(Err(ScanError::DecoderCrash))
}

/// Sets a limit that may be set anew for the next page.
fn limit(what: Resource, to: u64) {
    let maximum = getrlimit(what).maximum;
    let current = Some(maximum.map_or(to, |most| most.min(to)));
    // Where the system refuses, the process that waits for the page has a limit, too.
    let _ = setrlimit(what, Rlimit { current, maximum });
}

/// What this process holds now, by the measure of the limit.
fn data_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmData:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) << 10
}

/// A header as JSON, then bytes, each after its length.
fn send(to: &mut impl Write, header: &impl Serialize, bytes: &[u8]) -> io::Result<()> {
    let header = serde_json::to_vec(header)?;
    to.write_all(&(header.len() as u32).to_le_bytes())?;
    to.write_all(&header)?;
    to.write_all(&(bytes.len() as u64).to_le_bytes())?;
    to.write_all(bytes)?;
    to.flush()
}

/// The same from the other end; none where it has ended.
fn receive<T: for<'a> Deserialize<'a>>(from: &mut impl Read) -> io::Result<Option<(T, Vec<u8>)>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length);
    if length > HEADER_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let header = serde_json::from_slice(&exactly(from, u64::from(length))?)?;
    let mut length = [0; 8];
    from.read_exact(&mut length)?;
    Ok(Some((header, exactly(from, u64::from_le_bytes(length))?)))
}

/// Memory is taken as bytes come, not as they are promised.
fn exactly(from: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
