//! What may be typed on the command line, as clap reads it. What it means is resolved in the commands.

use crate::scan::DRAW_COMMAND;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use std::net::IpAddr;
use std::path::PathBuf;

/// Turns scans of filled paper forms into validated records, receipts, and a short list of what a person must look at.
///
/// Start with `uketsuke run SCANS --out DIR`; open DIR/report.html when it is done.
#[derive(Debug, Parser)]
#[command(name = "uketsuke", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0   everything accepted, or deficient with its notice
  1   some pages wait for review or were refused
  2   wrong usage
  3   a form file is wrong
  4   no input could be read
  5   the ledger or the output cannot be written
  70  a bug of ours
  130 stopped; the same command again goes on

Messages are Japanese where LC_ALL, LC_MESSAGES or LANG begins with `ja`, else English.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The main job: scans in; records, receipts, notices, exceptions and a report out
    #[command(after_help = "Example:\n  uketsuke run scans/ --out batch-0402 --received 2021-04-02 --postmarked 2021-03-31\n\n\
        The folder then holds records.ndjson, csv/, exceptions.csv, receipts.pdf, notices.pdf, report.html, crops/, \
        manifest.json and ledger.sqlite. Nothing is sent anywhere.")]
    Run(RunArgs),
    /// Read one file to JSON on stdout; nothing is stored
    Read(ReadArgs),
    /// The verify station: what a person must see, in the browser on this machine
    #[command(after_help = "Examples:\n  uketsuke review batch-0402 --master facilities.csv\n  \
        uketsuke review batch-0402 --listen 192.0.2.10 --tls-cert desk.pem --tls-key desk.key\n\n\
        The address that is printed opens the station; it is new every time. Every answer is an entry of the ledger. Records \
        and letters are written again when nothing waits any more. Keys, security and double keying: docs/review.md.")]
    Review(ReviewArgs),
    /// Write the records of a batch folder again, as CSV or NDJSON
    Export(ExportArgs),
    /// Write the receipts and notices of a batch folder again
    Receipts(ReceiptsArgs),
    /// Check a batch folder: its ledger, every file, and the archived scans read again
    #[command(
        after_help = "Examples:\n  uketsuke audit batch-0402\n  uketsuke audit batch-0402 --scans archive/2021-04-02 --master facilities.csv\n\n\
        Ends with 0 where nothing differs, with 1 where something does. Nothing in the folder is changed."
    )]
    Audit(AuditArgs),
    /// List, show, check and print forms
    #[command(subcommand)]
    Forms(FormsCommand),
    /// Make the facility master of the lists that the regional bureaus publish
    #[command(subcommand)]
    Master(MasterCommand),
    /// Numbered pictures of what every stage saw
    Explain(ExplainArgs),
    /// Make labelled filled scans of a form, with the truth beside them
    Synth(SynthArgs),
    /// Measure reading against labels: right, wrong in silence, sent to a person, calibration
    #[command(
        after_help = "Example:\n  uketsuke synth --form intent-survey --count 100 --out labelled\n  uketsuke evaluate labelled\n\n\
        The truth file has one line per submission:\n  \
        {\"form\":\"intent-survey\",\"pages\":[{\"source\":\"a.png\",\"page\":1}],\"fields\":{\"q1\":\"1\",\"q2\":[\"1\",\"4\"],\"q2_other\":null}}\n\
        A field left out is not judged, null is blank, \"?\" is what no one could read. \"writer\":\"NAME\" gives figures per \
        writer, \"cancelled\":[\"FIELD\"] says where something was struck out."
    )]
    Evaluate(EvaluateArgs),
    /// Draws PDF pages for the process that started this one
    #[command(name = DRAW_COMMAND, hide = true)]
    DrawPages,
}

/// Where forms come from.
#[derive(Debug, Args)]
pub struct FormsFrom {
    /// Folder of further forms, added to the built-in ones (one folder per form, each with a form.toml)
    #[arg(long, value_name = "DIR")]
    pub forms: Option<PathBuf>,
}

/// What is known of a delivery.
#[derive(Debug, Args)]
pub struct Delivery {
    /// Facility master (CSV as `code10,pref,tensu,code7,kind,name,postal,address,tel,fax,beds,status,…`)
    #[arg(long, value_name = "CSV")]
    pub master: Option<PathBuf>,
    /// Day the sheets arrived (YYYY-MM-DD); receipts carry it
    #[arg(long, value_name = "DATE")]
    pub received: Option<Date>,
    /// Day of the postmark (YYYY-MM-DD): the application date, by which rules are chosen
    #[arg(long, value_name = "DATE")]
    pub postmarked: Option<Date>,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Scans: JPEG, PNG, TIFF, PDF; folders are walked in the order of their names
    #[arg(required = true, value_name = "SCAN")]
    pub scans: Vec<PathBuf>,
    /// Batch folder to write
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Forms.
    #[command(flatten)]
    pub forms: FormsFrom,
    /// Delivery.
    #[command(flatten)]
    pub delivery: Delivery,
    /// Name of the batch, shown in the report [default: the name of the batch folder]
    #[arg(long, value_name = "ID")]
    pub batch: Option<String>,
    /// Pages read at the same time [default: one per core]; results do not depend on it
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Encoding of the CSV files
    #[arg(long, value_name = "ENCODING", default_value = "utf8")]
    pub csv_encoding: CsvEncodingArg,
    /// No progress bar, no summary
    #[arg(long)]
    pub quiet: bool,
    /// Summary as JSON on stdout
    #[arg(long)]
    pub json: bool,
}

/// Encodings of CSV files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CsvEncodingArg {
    /// UTF-8 with a byte order mark, as Excel expects it
    Utf8,
    /// CP932 (Windows-31J)
    Cp932,
}

/// Arguments of `read`.
#[derive(Debug, Args)]
pub struct ReadArgs {
    /// One file
    #[arg(value_name = "SCAN")]
    pub scan: PathBuf,
    /// Forms.
    #[command(flatten)]
    pub forms: FormsFrom,
    /// Delivery.
    #[command(flatten)]
    pub delivery: Delivery,
}

/// Arguments of `review`.
#[derive(Debug, Args)]
pub struct ReviewArgs {
    /// Batch folder
    #[arg(value_name = "DIR")]
    pub batch: PathBuf,
    /// Forms.
    #[command(flatten)]
    pub forms: FormsFrom,
    /// Facility master of the batch: codes are looked up in it, letters addressed from it
    #[arg(long, value_name = "CSV")]
    pub master: Option<PathBuf>,
    /// Port [default: any free one]
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub port: u16,
    /// Address to be reached at by others; needs a certificate [default: this machine alone]
    #[arg(long, value_name = "IP")]
    pub listen: Option<IpAddr>,
    /// Certificate chain, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Further host name the station is called by
    #[arg(long, value_name = "HOST")]
    pub name: Vec<String>,
    /// Day by which the batch must be done (YYYY-MM-DD) [default: the day it arrived]
    #[arg(long, value_name = "DATE")]
    pub due: Option<Date>,
    /// Do not open the browser
    #[arg(long)]
    pub no_open: bool,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Batch folder
    #[arg(value_name = "DIR")]
    pub batch: PathBuf,
    /// Forms.
    #[command(flatten)]
    pub forms: FormsFrom,
    /// Encoding of the CSV files
    #[arg(long, value_name = "ENCODING", default_value = "utf8")]
    pub csv_encoding: CsvEncodingArg,
}

/// Arguments of `receipts`.
#[derive(Debug, Args)]
pub struct ReceiptsArgs {
    /// Batch folder
    #[arg(value_name = "DIR")]
    pub batch: PathBuf,
    /// Forms.
    #[command(flatten)]
    pub forms: FormsFrom,
    /// Facility master, for the addresses
    #[arg(long, value_name = "CSV")]
    pub master: Option<PathBuf>,
}

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Batch folder
    #[arg(value_name = "DIR")]
    pub batch: PathBuf,
    /// Archived scans of the batch: read again with its settings and compared, record by record
    #[arg(long, value_name = "DIR")]
    pub scans: Option<PathBuf>,
    /// Forms.
    #[command(flatten)]
    pub forms: FormsFrom,
    /// Facility master of the batch, where it had one
    #[arg(long, value_name = "CSV")]
    pub master: Option<PathBuf>,
    /// Pages read at the same time [default: one per core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// No progress bar
    #[arg(long)]
    pub quiet: bool,
    /// Findings as JSON on stdout
    #[arg(long)]
    pub json: bool,
}

/// Commands about the facility master.
#[derive(Debug, Subcommand)]
pub enum MasterCommand {
    /// Published lists (Excel, or ZIP of Excel, of both kinds) to the CSV that --master reads
    #[command(
        after_help = "Example:\n  uketsuke master import 131東京医科.zip 2026.9_kikanzentai_osaka_ika.xlsx --out facilities.csv\n\n\
        Ends with 1 where a row could not be taken, or a list numbers more facilities than were found; each is told."
    )]
    Import(MasterImportArgs),
}

/// Arguments of `master import`.
#[derive(Debug, Args)]
pub struct MasterImportArgs {
    /// Lists as published
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// CSV to write
    #[arg(long, value_name = "CSV")]
    pub out: PathBuf,
}

/// Commands about forms.
#[derive(Debug, Subcommand)]
pub enum FormsCommand {
    /// One line per form: id, edition, pages, fields, title
    List(FormsFrom),
    /// A form's fields; as JSON for other programs, or the JSON Schema of its records
    Show(FormsShowArgs),
    /// Check form folders: every mistake with its line and remedy, and how well each field reads back when it is filled in
    Check(FormsCheckArgs),
    /// Draw a blank: what is printed is what is read
    Print(FormsPrintArgs),
    /// Draft a form from its empty sheet: finds combs, boxes, numbers to ring, frames and lines, with the words beside them
    #[command(after_help = "Example:\n  uketsuke forms new blank.pdf --id site-visit --out myforms\n\
        writes myforms/site-visit/form.toml, the straightened blank beside it, and found.png with every field numbered. \
        Correct the file, then: uketsuke forms check myforms")]
    New(FormsNewArgs),
}

/// Arguments of `forms show`.
#[derive(Debug, Args)]
pub struct FormsShowArgs {
    /// Form id, or id@edition
    pub id: String,
    /// The resolved form as JSON, lengths in mm from the top left of the sheet
    #[arg(long, conflicts_with = "schema")]
    pub json: bool,
    /// JSON Schema of its records
    #[arg(long)]
    pub schema: bool,
    /// Forms.
    #[command(flatten)]
    pub forms: FormsFrom,
}

/// Arguments of `forms check`.
#[derive(Debug, Args)]
pub struct FormsCheckArgs {
    /// Folders of forms; none checks the built-in ones
    #[arg(value_name = "DIR")]
    pub dirs: Vec<PathBuf>,
    /// Sheets of each form to fill in and read back, clean and as scanned; 0 for none
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub sheets: usize,
}

/// Arguments of `forms new`.
#[derive(Debug, Args)]
pub struct FormsNewArgs {
    /// The empty sheet: a scan, a picture or a PDF, upright
    #[arg(value_name = "BLANK")]
    pub blank: PathBuf,
    /// Id of the form: small letters, digits and hyphens
    #[arg(long, value_name = "ID")]
    pub id: String,
    /// Folder of forms to put it in, as a folder of its own
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
}

/// Arguments of `forms print`.
#[derive(Debug, Args)]
pub struct FormsPrintArgs {
    /// Form id, or id@edition
    pub id: String,
    /// File to write; with --png and several pages `F-1.png`, `F-2.png`
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// A picture instead of a PDF
    #[arg(long)]
    pub png: bool,
    /// Resolution of the picture
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(50..=1200))]
    pub dpi: u32,
    /// Forms.
    #[command(flatten)]
    pub forms: FormsFrom,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// One file
    #[arg(value_name = "SCAN")]
    pub scan: PathBuf,
    /// Folder for the pictures
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Forms.
    #[command(flatten)]
    pub forms: FormsFrom,
}

/// Arguments of `synth`.
#[derive(Debug, Args)]
pub struct SynthArgs {
    /// Form id, or id@edition
    #[arg(long, value_name = "ID")]
    pub form: String,
    /// How many submissions
    #[arg(long, default_value_t = 10)]
    pub count: u32,
    /// Seed: the same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How the sheets were treated
    #[arg(long, default_value = "scan")]
    pub damage: DamageArg,
    /// Handwritten digits to use: MNIST idx files or a folder WRITER/DIGIT/*.png [default: drawn strokes]
    #[arg(long, value_name = "PATH")]
    pub handwriting: Option<PathBuf>,
    /// Folder for the pages, truth.ndjson and, for forms with a facility code, a facility list master.csv
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Forms.
    #[command(flatten)]
    pub forms: FormsFrom,
}

/// Arguments of `evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// Folder of labelled scans
    #[arg(value_name = "DIR")]
    pub scans: PathBuf,
    /// The labels [default: DIR/truth.ndjson]
    #[arg(long, value_name = "NDJSON")]
    pub truth: Option<PathBuf>,
    /// File to write instead of stdout
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Pages read at the same time [default: one per core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// All figures as JSON instead of Markdown
    #[arg(long)]
    pub json: bool,
    /// Forms.
    #[command(flatten)]
    pub forms: FormsFrom,
    /// Delivery.
    #[command(flatten)]
    pub delivery: Delivery,
}

/// How synthetic sheets were treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DamageArg {
    /// Crisp
    None,
    /// As an office scanner delivers them
    Scan,
    /// Faxed, faint, folded, turned
    Hard,
}
