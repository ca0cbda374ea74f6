//! Forms that are none of ours, made up by seed: questionnaires of any layout, editions of one that differ in a few printed
//! rows, and dense sheets whose rows look alike.
#![allow(dead_code, unreachable_pub, reason = "each test and example uses its own part of it")]

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write;
use std::path::Path;
use uketsuke::form::catalogue::Catalogue;

const WORDS: [&str; 40] = [
    "会員",
    "番号",
    "氏名",
    "住所",
    "電話",
    "地区",
    "年度",
    "期間",
    "回数",
    "人数",
    "金額",
    "方法",
    "理由",
    "内容",
    "希望",
    "区分",
    "種類",
    "場所",
    "時間",
    "曜日",
    "担当",
    "責任者",
    "施設",
    "設備",
    "台数",
    "面積",
    "利用",
    "申込",
    "変更",
    "継続",
    "新規",
    "中止",
    "参加",
    "欠席",
    "満足",
    "不満",
    "改善",
    "要望",
    "連絡",
    "備考",
];

fn words(rng: &mut ChaCha8Rng, count: usize) -> String {
    (0..count).map(|_| *WORDS.choose(rng).expect("not empty")).collect()
}

/// The head of a form's file: A4, anonymous, one page.
fn head(text: &mut String, id: &str, edition: &str, title: &str) {
    let _ = write!(
        text,
        "id = \"{id}\"\nedition = \"{edition}\"\ntitle = \"{title}\"\nletter = \"Q\"\nanonymous = true\n\n[[page]]\nprint = [\n"
    );
}

struct Question {
    label: String,
    /// Options to tick, or none: a comb.
    options: Vec<String>,
    cells: usize,
}

/// A questionnaire whose layout hangs on `seed` alone. Rows in `changed` ask something else, in the same place.
pub fn questionnaire(id: &str, edition: &str, seed: u64, changed: &[usize]) -> String {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (rows, left) = (rng.random_range(10..22), rng.random_range(15.0..28.0_f64));
    let pitch = (rng.random_range(190.0..225.0_f64) / rows as f64).min(14.0);
    let (top, answers) = (rng.random_range(42.0..58.0_f64), left + rng.random_range(58.0..75.0));
    let framed = rng.random_bool(0.5);
    let title = words(&mut rng, 4);
    let foot = words(&mut rng, 9);
    let (intro, mut questions) = (words(&mut rng, 22), Vec::new());
    for row in 0..rows {
        let of_row = if changed.contains(&row) { 1000 + row as u64 } else { row as u64 };
        let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(7919).wrapping_add(of_row));
        let ticked = rng.random_bool(0.7);
        let options = (0..if ticked { rng.random_range(2..5) } else { 0 }).map(|_| words(&mut rng, 1)).collect();
        questions.push(Question { label: words(&mut rng, 3), options, cells: rng.random_range(2..6) });
    }
    let mut text = String::new();
    head(&mut text, id, edition, &title);
    let _ = writeln!(text, "  {{ text = \"{title}\", at = [105, 22], size = 15, align = \"centre\" }},");
    let _ = writeln!(text, "  {{ text = \"{intro}\", at = [{left:.1}, 31], wrap = 165, leading = 5.5, size = 9.5 }},");
    let _ = writeln!(text, "  {{ text = \"{foot}\", at = [105, 287], size = 8, align = \"centre\" }},");
    for (i, q) in questions.iter().enumerate() {
        let y = top + pitch * i as f64;
        let _ = writeln!(text, "  {{ text = \"{}．{}\", at = [{left:.1}, {:.2}], size = 10 }},", i + 1, q.label, y + 4.2);
        for (k, option) in q.options.iter().enumerate() {
            let x = answers + 26.0 * k as f64;
            let _ = writeln!(text, "  {{ text = \"{option}\", at = [{:.2}, {:.2}], size = 9 }},", x + 5.5, y + 4.0);
        }
        if framed {
            let _ = writeln!(text, "  {{ rect = [{:.2}, {:.2}, {:.2}, {pitch:.3}] }},", left - 2.0, y - 1.5, 214.0 - 2.0 * left);
        }
    }
    text.push_str("]\n");
    for (i, q) in questions.iter().enumerate() {
        let y = top + pitch * i as f64;
        let _ = writeln!(text, "\n[[field]]\nid = \"q{}\"\nlabel = \"{}\"", i + 1, q.label);
        if q.options.is_empty() {
            let _ = writeln!(
                text,
                "kind = \"digits\"\nmin = 1\ncells = {{ at = [{answers:.2}, {:.2}], size = [6, 6.5], count = {} }}",
                y - 0.7,
                q.cells
            );
            continue;
        }
        text.push_str("kind = \"choice\"\nmark = \"box\"\nselect = \"many\"\noptions = [\n");
        for (k, option) in q.options.iter().enumerate() {
            let x = answers + 26.0 * k as f64;
            let _ = writeln!(text, "  {{ value = \"{k}\", label = \"{option}\", box = [{x:.2}, {:.2}, 3.6, 3.6] }},", y + 0.6);
        }
        text.push_str("]\n");
    }
    text
}

/// A questionnaire with a table of five rows of boxes below it, whose columns have these heads.
pub fn rated(id: &str, edition: &str, heads: [&str; 3]) -> String {
    const ROWS: [&str; 5] = ["言葉づかい", "説明のわかりやすさ", "時間の正確さ", "身だしなみ", "緊急時の対応"];
    let mut text = String::new();
    head(&mut text, id, edition, "利用者調査");
    text.push_str("  { text = \"在宅サービス利用者調査票\", at = [105, 24], size = 16, align = \"centre\" },\n");
    let intro =
        "この調査は今後の計画を作成するための基礎資料とするものです。職員の対応について、それぞれ一つに印を付けてください。";
    let _ = writeln!(text, "  {{ text = \"{intro}\", at = [25, 36], wrap = 160, leading = 6, size = 10 }},");
    text.push_str("  { text = \"桜丘市高齢福祉課　様式第七号\", at = [105, 280], size = 9, align = \"centre\" },\n");
    let (x, y) = (|k: usize| 90.0 + 24.0 * k as f64, |row: usize| 80.0 + 8.0 * row as f64);
    for (k, head) in heads.iter().enumerate() {
        let _ = writeln!(text, "  {{ text = \"{head}\", at = [{:.1}, 75], size = 10, align = \"centre\" }},", x(k) + 1.7);
    }
    for (row, label) in ROWS.iter().enumerate() {
        let _ = writeln!(text, "  {{ text = \"{label}\", at = [27, {:.1}], size = 10 }},", y(row) + 3.2);
        let _ = writeln!(text, "  {{ rect = [25, {:.1}, 140, 8] }},", y(row) - 2.3);
    }
    text.push_str("]\n");
    for (row, label) in ROWS.iter().enumerate() {
        let _ =
            writeln!(text, "\n[[field]]\nid = \"r{row}\"\nlabel = \"{label}\"\nkind = \"choice\"\nmark = \"box\"\noptions = [");
        for k in 0..heads.len() {
            let _ = writeln!(text, "  {{ value = \"{k}\", label = \"{k}\", box = [{:.1}, {:.1}, 3.4, 3.4] }},", x(k), y(row));
        }
        text.push_str("]\n");
    }
    text
}

/// Sixty rows of five boxes in three columns; with or without a number before each row.
pub fn answer_sheet(id: &str, numbered: bool) -> String {
    let mut text = String::new();
    head(&mut text, id, "1", "解答用紙");
    text.push_str("  { text = \"解答用紙\", at = [105, 22], size = 16, align = \"centre\" },\n");
    text.push_str("  { text = \"各問について一つだけ選び、該当する枠に印を付けてください。\", at = [20, 34], size = 10 },\n");
    text.push_str("  { text = \"試験センター　様式六十の四\", at = [105, 284], size = 9, align = \"centre\" },\n");
    let place = |i: usize| (20.0 + 62.0 * (i / 20) as f64, 48.0 + 11.2 * (i % 20) as f64);
    for i in 0..60 {
        let (x, y) = place(i);
        let label = if numbered { (i + 1).to_string() } else { "問".to_owned() };
        let _ = writeln!(text, "  {{ text = \"{label}\", at = [{x}, {:.2}], size = 10.5 }},", y + 3.4);
    }
    text.push_str("]\n");
    for i in 0..60 {
        let (x, y) = place(i);
        let _ = writeln!(
            text,
            "\n[[field]]\nid = \"q{}\"\nlabel = \"問{}\"\nkind = \"choice\"\nmark = \"box\"\noptions = [",
            i + 1,
            i + 1
        );
        for k in 0..5 {
            let _ = writeln!(
                text,
                "  {{ value = \"{k}\", label = \"{k}\", box = [{:.2}, {y:.2}, 4, 4] }},",
                x + 10.0 + 7.5 * f64::from(k)
            );
        }
        text.push_str("]\n");
    }
    text
}

/// The forms of these files, read from a folder as `--forms` reads them.
pub fn catalogue(files: &[(String, String)]) -> Catalogue {
    added(Catalogue::default(), files)
}

/// The same beside others.
pub fn added(others: Catalogue, files: &[(String, String)]) -> Catalogue {
    let folder = tempfile::tempdir().expect("a folder for forms");
    for (name, text) in files {
        write(&folder.path().join(name), text);
    }
    others.with_dir(folder.path()).unwrap_or_else(|e| panic!("{}", e[0]))
}

fn write(folder: &Path, text: &str) {
    std::fs::create_dir_all(folder).expect("the folder can be made");
    std::fs::write(folder.join("form.toml"), text).expect("the form can be written");
}

/// `count` forms: six editions of one that differ in two or three rows each, the rest of any layout.
pub fn many(count: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|i| {
            if i < 6 {
                let changed: &[usize] = [&[][..], &[2, 3], &[5, 6, 7], &[1, 8], &[3, 4, 9], &[0, 2]][i];
                let edition = format!("{}", 2015 + i);
                return (format!("yearly@{edition}"), questionnaire("yearly", &edition, 5, changed));
            }
            let id = format!("survey-{i:02}");
            (id.clone(), questionnaire(&id, "1", 100 + i as u64, &[]))
        })
        .collect()
}
