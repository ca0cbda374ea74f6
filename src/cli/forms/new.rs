//! `uketsuke forms new`: the first draft of a form from its empty sheet.

use crate::cli::args::FormsNewArgs;
use crate::cli::messages::say;
use crate::cli::{Failure, INPUT, OUTPUT, USAGE, print};
use crate::draft::{self, DraftPage};
use crate::read::tesseract::Tesseract;
use crate::recognize::Pair;
use crate::scan::{Budgets, Scan};
use crate::whole::write_whole;
use image::GrayImage;
use image::codecs::png::PngEncoder;

/// Shorter side of a blank that can be measured, pixels: A5 at 100 dpi.
const LEAST_PX: u32 = 580;

/// Drafts the form and says what to do next.
pub(super) fn run(args: &FormsNewArgs) -> Result<u8, Failure> {
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if args.id.is_empty() || !args.id.chars().all(sound) || args.id.starts_with('-') {
        let why = say("an id is small letters, digits and hyphens", "id は英小文字・数字・ハイフンで指定してください");
        return Err(Failure::new(USAGE, format!("`{}`: {why}", args.id)));
    }
    let folder = args.out.join(&args.id);
    let file = folder.join("form.toml");
    if file.exists() {
        let why = say(
            "is there already; give another --id or move it away",
            "はすでにあります。別の --id を指定するか、移動してください",
        );
        return Err(Failure::new(USAGE, format!("{} {why}", file.display())));
    }
    let pages = drafts(args)?;
    std::fs::create_dir_all(&folder).map_err(|e| Failure::new(OUTPUT, format!("{}: {e}", folder.display())))?;
    let name = |stem: &str, i: usize| if pages.len() == 1 { format!("{stem}.png") } else { format!("{stem}-{}.png", i + 1) };
    let blanks: Vec<String> = (0..pages.len()).map(|i| name("blank", i)).collect();
    let mut first = 1;
    for (i, page) in pages.iter().enumerate() {
        save(&page.picture, &folder.join(&blanks[i]))?;
        save(&draft::numbered_picture(page, first), &folder.join(name("found", i)))?;
        first += page.fields.len();
    }
    write_whole(&file, draft::toml(&args.id, &pages, &blanks).as_bytes()).map_err(|e| Failure::new(OUTPUT, e))?;
    let found = say("fields proposed", "個の項目を提案しました");
    let next = say("look at found.png beside it, correct the file, then run", "found.png と見比べて修正し、次を実行してください");
    print(&format!("{} {found}: {}\n{next}: uketsuke forms check {}\n", first - 1, file.display(), args.out.display()))?;
    Ok(0)
}

fn drafts(args: &FormsNewArgs) -> Result<Vec<DraftPage>, Failure> {
    let shown = args.blank.display();
    let bytes = std::fs::read(&args.blank).map_err(|e| Failure::new(INPUT, format!("{shown}: {e}")))?;
    let scan = Scan::open(bytes, &Budgets::default()).map_err(|e| Failure::new(INPUT, format!("{shown}: {e}")))?;
    let typed = Tesseract::start().map_err(|e| Failure::new(INPUT, e))?;
    let draft = |number: u32| {
        let page = scan.page(number).map_err(|e| Failure::new(INPUT, format!("{shown}: {e}")))?;
        let (w, h) = page.raster.dimensions();
        if w.min(h) < LEAST_PX {
            let why = say(
                "is too small to measure; scan it at 150 dpi or more",
                "は小さすぎて測れません。150dpi以上でスキャンしてください",
            );
            return Err(Failure::new(INPUT, format!("{shown} ({w} × {h} px) {why}")));
        }
        Ok(draft::page(&page.raster, &typed, Pair::built_in()))
    };
    (1..=scan.page_count()).map(draft).collect()
}

fn save(picture: &GrayImage, path: &std::path::Path) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(PngEncoder::new(&mut bytes)).map_err(|e| Failure::new(OUTPUT, e))?;
    write_whole(path, &bytes).map_err(|e| Failure::new(OUTPUT, e))
}
