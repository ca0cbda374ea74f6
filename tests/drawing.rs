//! PDF pages that are no scans are drawn by a process of their own: the same picture as without it, and whatever drawing
//! would cost, it costs this process nothing and the page alone. One test, because the program is named once per process.

mod pdfs;

use pdfs::{page, stream, zlib};
use uketsuke::scan::{Budgets, Page, Scan, ScanError, draw_apart};

const GREY_FORM: &str = "/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Group << /S /Transparency /CS /DeviceGray >>";

fn first_page(bytes: Vec<u8>) -> Result<Page, ScanError> {
    Scan::open(bytes, &Budgets::default())?.page(1)
}

fn packed(dictionary: &str, content: &str) -> Vec<u8> {
    stream(&format!("{dictionary} /Filter /FlateDecode"), &zlib(content.as_bytes()))
}

/// One page that draws that.
fn drawing(content: &str, resources: &str, more: Vec<Vec<u8>>) -> Vec<u8> {
    page(packed("", content), resources, more)
}

/// Forms that draw the next one ten times, the last of which is missing: a million calls that draw nothing.
fn forms_in_forms() -> Vec<u8> {
    let form = |next: usize| {
        let about = format!("/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /F {next} 0 R >> >>");
        stream(&about, "/F Do ".repeat(10).as_bytes())
    };
    drawing("/F Do", "/XObject << /F 5 0 R >>", (6..=12).map(form).collect())
}

/// Small files; each took between 5 s and a minute, or between 1 and 22 GB.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let curve = "0 0 m 300 900 600 -100 595 842 c 10 800 l ";
    let pattern =
        "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 10 10] /XStep 10 /YStep 10 /Resources << >>";
    let function = "/FunctionType 4 /Domain [0 1 0 1] /Range [0 1 0 1 0 1]";
    let shading = "/Shading << /S << /ShadingType 1 /ColorSpace /DeviceRGB /Domain [0 1 0 1] /Matrix [595 0 0 842 0 0] /Function 5 0 R >> >>";
    let mask = "/ExtGState << /G << /SMask << /S /Luminosity /G 5 0 R >> >> >>";
    let squares = |n| packed(GREY_FORM, &"0 0 595 842 re f ".repeat(n));
    vec![
        ("fine dashes", drawing("[0.00001 0.00001] 0 d 0 0 m 595 842 l S", "", vec![])),
        ("dashes far away", drawing("[1 1] 0 d 0 0 m 1000000000 842 l S", "", vec![])),
        ("a long path", drawing(&format!("0 0 m {}f", "595 842 l 0 1 l ".repeat(500_000)), "", vec![])),
        ("clips in clips", drawing(&format!("q {curve}W n ").repeat(20_000), "", vec![])),
        ("groups", drawing(&"/F Do ".repeat(100_000), "/XObject << /F 5 0 R >>", vec![squares(1)])),
        ("masks", drawing(&"/G gs ".repeat(3_000_000), mask, vec![squares(50)])),
        (
            "a tile",
            drawing(
                &"/Pattern cs /P scn 0 0 595 842 re f ".repeat(30),
                "/Pattern << /P 5 0 R >>",
                vec![packed(pattern, &"0 0 1 1 re f ".repeat(100_000))],
            ),
        ),
        (
            "a function",
            drawing(
                &"/S sh ".repeat(50),
                shading,
                vec![packed(function, &format!("{{ {}dup dup }}", "dup mul sqrt ".repeat(2000)))],
            ),
        ),
        ("forms in forms", forms_in_forms()),
    ]
}

/// Most memory that this process has had, in MB, where the system says so.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kb| kb >> 10)
}

#[test]
fn pages_are_drawn_apart_and_bombs_cost_their_page() {
    let honest = || {
        let text = "BT /T 24 Tf 72 700 Td (Drawn by a program) Tj ET";
        let font = "/Font << /T << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>";
        first_page(drawing(&format!("1 0 0 rg 72 72 400 3 re f 0 g {text}"), font, vec![])).expect("a page")
    };
    let here = honest();
    draw_apart(env!("CARGO_BIN_EXE_uketsuke").into());
    let apart = honest();
    assert_eq!(apart.pixels_sha256, here.pixels_sha256);
    assert_eq!((apart.raster.dpi(), &apart.text_layer), (here.raster.dpi(), &here.text_layer));
    assert_eq!(apart.text_layer[0].text, "Drawn by a program");
    for (name, bytes) in bombs() {
        let before = peak();
        let outcome = first_page(bytes).map(drop);
        println!("{name}: {:?}", outcome.as_ref().map_err(ScanError::reason));
        // A machine fast enough may draw some of them.
        assert!(
            matches!(outcome, Ok(()) | Err(ScanError::TooLarge { .. } | ScanError::TooMuchDrawing { .. })),
            "{name}: {outcome:?}"
        );
        let grew = peak().zip(before).map_or(0, |(now, then)| now - then);
        assert!(grew <= 150, "{name} took {grew} MB of this process");
    }
    assert_neighbours_are_drawn();
}

/// A file goes on after a page that ended the process.
fn assert_neighbours_are_drawn() {
    let sheet = |content: usize| {
        format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R /Resources << >> >>").into_bytes()
    };
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R 4 0 R 7 0 R] /Count 3 >>".to_vec(),
        sheet(5),
        sheet(6),
        stream("", b"72 72 400 3 re f"),
        stream("", b"[0.00001 0.00001] 0 d 0 0 m 595 842 l S"),
        sheet(5),
    ];
    let scan = Scan::open(pdfs::pdf(&objects), &Budgets::default()).expect("a file");
    let reasons: Vec<_> = (1..=3).map(|n| scan.page(n).map_or_else(|e| e.reason(), |_| "drawn")).collect();
    assert_eq!(reasons, ["drawn", "too-large", "drawn"]);
}
