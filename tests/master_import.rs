//! `uketsuke master import`: both kinds of published list, as bureaus publish them: workbooks in archives in archives, names
//! in CP932, numbers with every separator that occurs.

use std::io::{Cursor, Write};
use std::process::{Command, Output};
use uketsuke::codes::{CheckDigit, FacilityCode};
use uketsuke::master::Master;
use zip::write::SimpleFileOptions;

/// A workbook of one sheet.
fn workbook(sheet: &str, rows: &[Vec<&str>]) -> Vec<u8> {
    let escaped = |t: &str| t.replace('&', "&amp;").replace('<', "&lt;").replace('\n', "&#10;");
    let cell = |row: usize, column: usize, text: &str| {
        let name = char::from(b'A' + column as u8);
        format!("<c r=\"{name}{row}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>", escaped(text))
    };
    let row = |(at, cells): (usize, &Vec<&str>)| {
        let cells: String = cells.iter().enumerate().map(|(column, text)| cell(at + 1, column, text)).collect();
        format!("<row r=\"{}\">{cells}</row>", at + 1)
    };
    let rows: String = rows.iter().enumerate().map(row).collect();
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let parts = [
        (
            "[Content_Types].xml",
            format!(
                "<Types xmlns=\"{package}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"{kind}.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"{kind}.worksheet+xml\"/></Types>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"{sheet}\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>")),
    ];
    archive(&parts.map(|(name, text)| (name, text.into_bytes())))
}

fn archive(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).expect("begun");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("an archive").into_inner()
}

/// The same with one file under a name in CP932, without the flag that says UTF-8.
fn archive_in_cp932(name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let raw = encoding_rs::SHIFT_JIS.encode(name).0.into_owned();
    let stand_in = "x".repeat(raw.len());
    let mut all = archive(&[(&stand_in, bytes)]);
    let places: Vec<usize> = (0..all.len() - raw.len()).filter(|&at| all[at..at + raw.len()] == *stand_in.as_bytes()).collect();
    assert_eq!(places.len(), 2, "once before the file and once in the index");
    for at in places {
        all[at..at + raw.len()].copy_from_slice(&raw);
    }
    all
}

/// The seven digits of a code that checks.
fn seven(prefecture: u8, table: u8, six: u32) -> String {
    let fits = |last: u32| {
        let code: FacilityCode = format!("{prefecture:02}{table}{six:06}{last}").parse().expect("ten digits");
        code.check() == CheckDigit::Right
    };
    let last = (0..10).find(|d| fits(*d)).expect("one of ten fits");
    format!("{six:06}{last}")
}

fn separated(seven: &str, pattern: &str) -> String {
    let mut digits = seven.chars();
    pattern.chars().map(|c| if c == '9' { digits.next().expect("seven") } else { c }).collect()
}

fn import(files: &[(&str, Vec<u8>)]) -> (Output, Option<Master>, String) {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("master.csv");
    let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke"));
    command.env("LC_ALL", "C").args(["master", "import"]);
    for (name, bytes) in files {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        command.arg(path);
    }
    let output = command.arg("--out").arg(&out).output().expect("the program runs");
    let text = std::fs::read_to_string(&out).unwrap_or_default();
    let master = std::fs::read(&out).ok().map(|bytes| Master::from_csv(&bytes).expect("a master"));
    (output, master, text)
}

/// Every way in which bureaus separate the seven digits.
const SEPARATORS: [&str; 9] =
    ["99,9999,9", "99-9999-9", "99－9999－9", "999,999,9", "999,999.9", "99・9999・9", "999 999.9", "99-99999", "9999999"];

/// The print layout of Hokkaido, each number with another separator.
fn printed() -> (Vec<u8>, Vec<String>) {
    let sevens: Vec<String> = (0..SEPARATORS.len() as u32).map(|n| seven(1, 1, 101_200 + n)).collect();
    let numbers: Vec<String> = sevens.iter().zip(SEPARATORS).map(|(s, p)| separated(s, p)).collect();
    let running: Vec<String> = (1..=sevens.len()).map(|n| n.to_string()).collect();
    let names: Vec<String> = running.iter().map(|n| format!("医療法人　第{n}見本\n病院")).collect();
    let mut rows = vec![
        vec!["", "", "コード内容別医療機関一覧表"],
        vec!["", "[令和 8年 9月 1日現在　医科　現存/休止]"],
        vec![
            "項番",
            "医療機関番号",
            "医療機関名称",
            "医療機関所在地",
            "電話番号",
            "開設者氏名",
            "管理者氏名",
            "指定年月日",
            "病床数",
            "備考",
        ],
    ];
    for (at, number) in numbers.iter().enumerate() {
        let beds = if at == 0 { "療養　　 206" } else { "" };
        rows.push(vec![
            &running[at],
            number,
            &names[at],
            "〒005－0813札幌市南区川沿3条",
            "011-571-1234",
            "甲",
            "乙",
            "昭47. 3. 1",
            beds,
            "病院",
        ]);
        rows.push(vec!["", "（市医26）", "", "", "常　勤: 2", "", "", "新規", "", if at == 1 { "休止" } else { "現存" }]);
    }
    (workbook("医科", &rows), sevens)
}

#[test]
fn the_print_layout_comes_whole_with_every_separator_and_a_name_in_cp932() {
    let (book, sevens) = printed();
    let inner = archive_in_cp932("011コード内容別一覧表（医科）北海道r0809.xlsx", book);
    let (output, master, text) = import(&[("outer.zip", archive(&[("inner.zip", inner)]))]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("2026-09-01, 9 / 9") && told.contains("コード内容別一覧表（医科）北海道"), "{told}");
    let master = master.expect("a master");
    for seven in &sevens {
        let code: FacilityCode = format!("011{seven}").parse().expect("a code");
        let facility = master.get(&code).unwrap_or_else(|| panic!("{code} is missing:\n{text}"));
        assert_eq!((code.check(), facility.postal.as_str()), (CheckDigit::Right, "005-0813"));
        assert_eq!((facility.address.as_str(), facility.telephone.as_str()), ("札幌市南区川沿3条", "011-571-1234"));
        assert!(facility.name.starts_with("医療法人　第") && facility.name.ends_with("見本病院"), "{}", facility.name);
    }
    let of = |n: usize| master.get(&format!("011{}", sevens[n]).parse().expect("a code")).expect("listed");
    assert_eq!((of(0).beds, of(1).suspended, of(2).suspended), (Some(206), true, false));
    assert_eq!(master.version().as_of_to.map(|d| d.to_string()).as_deref(), Some("2026-09-01"));
    assert_eq!(master.version().facilities, sevens.len());
}

const HEADINGS: [&str; 24] = [
    "項番",
    "都道府県コード",
    "都道府県名",
    "区分",
    "医療機関番号",
    "併設医療機関番号",
    "医療機関記号番号",
    "医療機関名称",
    "医療機関所在地（郵便番号）",
    "医療機関所在地（住所）",
    "電話番号",
    "FAX番号",
    "病床数",
    "受理届出名称",
    "受理記号",
    "受理番号",
    "算定開始年月日",
    "個別有効開始年月日",
    "備考（見出し）",
    "備考（データ）",
    "市町村コード",
    "市町村名",
    "種別コード",
    "種別",
];

#[test]
fn the_flat_list_gives_each_facility_once_and_fills_what_the_other_leaves_empty() {
    let osaka = seven(27, 3, 123_456);
    let pharmacy = seven(27, 4, 400_012);
    let row = |number: &'static str, filed: &'static str| {
        let mut row = vec![
            "1",
            "27",
            "大阪府",
            "歯科",
            number,
            "",
            "",
            "見本歯科",
            "530-0001",
            "大阪市北区見本1",
            "06-1234-5678",
            "06-1234-5679",
            "",
            filed,
        ];
        row.resize(24, "");
        row
    };
    let number: &'static str = Box::leak(osaka.clone().into_boxed_str());
    let (first, second) = (row(number, "歯初診"), row(number, "外来環"));
    let mut third = row(Box::leak(pharmacy.clone().into_boxed_str()), "調基1");
    third[3] = "薬局";
    let rows = vec![vec![""], vec!["[令和７年１０月１日 現在 ]令和７年１０月３日作成"], HEADINGS.to_vec(), first, second, third];
    let flat = workbook("全体", &rows);
    let print = workbook(
        "Sheet1",
        &[
            vec!["コード内容別医療機関一覧表"],
            vec!["[令和 7年10月 1日現在　歯科　現存/休止]"],
            vec!["項番", "医療機関番号", "医療機関名称", "医療機関所在地", "電話番号"],
            vec!["1", number, "見本歯科", "〒530-0001大阪市北区見本1", ""],
        ],
    );
    let (output, master, text) = import(&[("2025.10_itiran_osaka_shika.xlsx", print), ("2025.10_kikanzentai_osaka.xlsx", flat)]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let master = master.expect("a master");
    assert_eq!(master.version().facilities, 2, "{text}");
    let dental = master.get(&format!("273{osaka}").parse().expect("a code")).expect("listed");
    assert_eq!(
        (dental.kind.as_str(), dental.telephone.as_str(), dental.fax.as_str()),
        ("dental", "06-1234-5678", "06-1234-5679")
    );
    assert_eq!(dental.as_of.map(|d| d.to_string()).as_deref(), Some("2025-10-01"));
    assert!(master.get(&format!("274{pharmacy}").parse().expect("a code")).is_some());
}

/// As the bureaus' files are: the day and category in the title, the prefecture there or in the name only, other prefectures
/// in the rows, headings again on every page, the kind of a facility in any of its rows.
#[test]
fn the_prefecture_of_a_list_is_not_taken_from_its_rows() {
    for (name, prefecture, table, title) in [
        ("2609　コード内容別医療機関一覧表（医科）\\2609（富山医科）コード内容別医療機関一覧表.xlsx", 16, 1, ["", "医科"]),
        ("r8_09_ooita_sika.xlsx", 44, 3, ["", "歯科"]),
        ("r8_09_ika_fukuoka_02.xlsx", 40, 1, ["", "医科"]),
        ("2026.7_kikanzentai_yakkyoku.xlsx", 18, 4, ["[福井県]", "薬局"]),
        ("000499337.xlsx", 18, 3, ["", "歯科"]),
        ("医科_31_鳥取_コード内容別医療機関一覧表.xlsx", 31, 1, ["", "医科"]),
    ] {
        let sevens = [seven(prefecture, table, 140_055), seven(prefecture, table, 140_066)];
        let numbers = sevens.each_ref().map(|s| format!("{} ", separated(s, "99-99999")));
        let day = format!("[令和 8年 7月 1日現在　{}　現存/休止]", title[1]);
        let heads = || [vec!["コード内容別医療機関一覧表", title[0]], vec![&day, "令和 8年 7月 1日作成　　1頁"]];
        let founder = "独立行政法人　東京都見本機構";
        let mut rows = heads().to_vec();
        rows.push(vec![
            "1",
            &numbers[0],
            "見本第一",
            "〒910－0006中央１－９－３０",
            "0776-23-2640",
            founder,
            "乙",
            "昭38. 5. 1",
            "",
            "特定機能",
        ]);
        rows.push(vec!["", "", "", "", "常　勤: 2", "", "", "新規", "", "病院"]);
        rows.push(vec!["", "", "", "", "", "", "", "", "", "現存"]);
        rows.extend(heads());
        rows.push(vec![
            "2",
            &numbers[1],
            "見本第二",
            "〒910－0007中央２－１",
            "058(264)2525",
            founder,
            "乙",
            "令 2. 1. 1",
            "",
            "診療所",
        ]);
        rows.push(vec!["", "", "", "", "", "", "", "新規", "", "休止"]);
        let (output, master, text) = import(&[("list.zip", archive(&[(name, workbook("Sheet1", &rows))]))]);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{name}: {told}");
        assert!(told.contains("2026-07-01, 2 / 2"), "{name}: {told}");
        let master = master.expect("a master");
        let of = |seven: &String| master.get(&format!("{prefecture:02}{table}{seven}").parse().expect("a code")).cloned();
        let both = sevens.each_ref().map(|s| of(s).unwrap_or_else(|| panic!("{name}: {s} is missing in\n{text}")));
        assert_eq!(both.each_ref().map(|f| (f.name.as_str(), f.suspended)), [("見本第一", false), ("見本第二", true)], "{name}");
        if table == 1 {
            assert_eq!(both[0].kind.as_str(), "hospital", "{name}");
        }
    }
}

#[test]
fn what_cannot_be_taken_is_told_and_counts_that_differ_too() {
    let good = seven(1, 1, 101_200);
    let rows = vec![
        vec!["コード内容別医療機関一覧表"],
        vec!["[令和 8年 9月 1日現在　医科　現存/休止]"],
        vec!["項番", "医療機関番号", "医療機関名称", "医療機関所在地", "電話番号"],
        vec!["1", &good, "見本医院", "〒005-0813札幌市", "011-571-1234"],
        vec!["2", "01,1248", "番号の足りない医院", "〒005-0813札幌市", ""],
    ];
    let (output, master, _) = import(&[("北海道.xlsx", workbook("医科", &rows))]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("row 5") && told.contains("1 / 2"), "{told}");
    assert_eq!(master.expect("a master").version().facilities, 1);
}

#[test]
fn what_is_no_list_is_refused_and_nothing_is_written() {
    for (name, bytes) in [
        ("a.xlsx", b"no workbook".to_vec()),
        ("b.xlsx", workbook("x", &[vec!["a", "b"]])),
        ("c.zip", archive(&[("a.txt", vec![1])])),
    ] {
        let (output, master, _) = import(&[(name, bytes)]);
        assert_eq!(output.status.code(), Some(4), "{name}");
        assert!(master.is_none(), "{name}");
    }
}
