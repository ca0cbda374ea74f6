use super::*;

const HEADER: &str =
    "code10,pref,tensu,code7,kind,name,postal,address,tel,fax,beds,status,paired_code10,as_of,source,source_sha256";

fn master(rows: &str) -> Result<Master, MasterError> {
    Master::from_csv(format!("{HEADER}\n{rows}").as_bytes())
}

#[test]
fn a_facility_is_found_by_its_ten_digits() {
    let row = "1340150268,13,4,0150268,pharmacy,龍閑堂薬局,101-0054,千代田区神田錦町,03-1234-5678,,,現存,,2021-03-01,list,\n";
    let master = master(row).expect("a good row");
    let facility = master.get(&"13-4-0150268".parse().expect("a code")).expect("is listed");
    assert_eq!((facility.name.as_str(), facility.kind), ("龍閑堂薬局", FacilityKind::Pharmacy));
    assert_eq!(master.version().as_of_to, Some(jiff::civil::date(2021, 3, 1)));
    assert_eq!(master.version().sha256.len(), 64);
    assert!(master.get(&"1330150268".parse().expect("a code")).is_none());
}

#[test]
fn a_byte_order_mark_and_missing_optional_columns_do_no_harm() {
    let master = Master::from_csv("\u{feff}name,code10,kind\r\n病院,0110113719,hospital\r\n".as_bytes()).expect("a good file");
    assert_eq!(master.version().facilities, 1);
}

#[test]
fn every_mistake_is_told_at_once_with_its_line() {
    let rows = "134015026,13,4,0150268,pharmacy,薬局,,,,,,,,,,\n\
                1340150268,14,4,0150268,shop,,,,,,many,閉鎖,12,3月,,\n\
                0110113719,01,1,0113719,hospital,札幌病院,,,,,100,現存,,,,\n\
                0110113719,01,1,0113719,hospital,札幌病院,,,,,100,現存,,,,\n\
                short,row\n";
    let error = master(rows).expect_err("mistakes");
    let lines: Vec<u64> = error.mistakes.iter().map(|m| m.line).collect();
    assert_eq!(lines, [2, 3, 3, 3, 3, 3, 3, 3, 5, 6], "{error}");
}

#[test]
fn a_misspelt_column_is_no_silent_loss() {
    let error = Master::from_csv(b"code10,kind,nmae\n").expect_err("a mistake");
    assert_eq!(error.mistakes.len(), 2, "{error}");
}

#[test]
fn another_encoding_is_named_with_its_line() {
    let error = Master::from_csv(b"code10,kind,name\n1340150268,pharmacy,\x96\xf2\x8b\xc7\n").expect_err("cp932");
    assert_eq!(error.mistakes[0].line, 2);
}

#[test]
fn a_column_that_lost_its_noughts_is_named_once_for_all() {
    let rows: Vec<String> = (0..1000).map(|n| format!("{},clinic,みどり医院\r\n", 110_113_719 + n)).collect();
    let error = Master::from_csv(format!("code10,kind,name\r\n{}", rows.concat()).as_bytes()).expect_err("no codes");
    let said = error.to_string();
    assert!(error.mistakes.len() == 1000 && said.lines().count() == 21, "{said}");
    assert!(said.starts_with("line 2: ") && said.contains("leading 0"), "{said}");
    assert!(said.ends_with("and 980 more, of the same kinds or others"), "{said}");
    let short = "code10,kind,name\r\n0110113719,clinic,みどり医院\r\n0110113719\r\n";
    assert_eq!(Master::from_csv(short.as_bytes()).expect_err("a short row").mistakes[0].line, 3);
}

#[test]
fn a_list_without_facilities_and_one_with_other_separators_are_none() {
    let error = Master::from_csv("code10,kind,name\n".as_bytes()).expect_err("nothing is listed").to_string();
    assert!(error.contains("no facility"), "{error}");
    for separated in ["code10;kind;name\n", "code10\tkind\tname\n"] {
        let error = Master::from_csv(separated.as_bytes()).expect_err("not separated by commas").to_string();
        assert!(error.contains("commas"), "{error}");
    }
}
