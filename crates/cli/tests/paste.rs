//! `unblocked migrate -`: code by standard input.

#![allow(clippy::unwrap_used)]

use assert_cmd::Command;

fn migrate(arguments: &[&str], before: &[u8]) -> (i32, Vec<u8>, String) {
    let output = Command::cargo_bin("unblocked")
        .unwrap()
        .arg("migrate")
        .args(arguments)
        .arg("-")
        .write_stdin(before)
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), output.stdout, err)
}

#[test]
fn the_code_after_the_migration_comes_out_and_nothing_else() {
    for before in [
        "",
        "x = 1\n",
        "\u{feff}x = 'naïve'\r\ny = 2",
        "def broken(:\n\tpass\n",
    ] {
        let (status, after, err) = migrate(&["--target-version", "5.0"], before.as_bytes());
        assert_eq!((status, &*err), (0, ""));
        assert_eq!(after, before.as_bytes());
    }
}

#[test]
fn what_is_not_utf_8_is_status_2() {
    let (status, after, err) = migrate(&[], b"name = 'caf\xe9'\n");
    assert_eq!((status, after), (2, Vec::new()));
    assert!(
        err.contains("standard input is not UTF-8 (line 1)"),
        "{err}"
    );
}

#[test]
fn there_is_no_file_to_write_to() {
    let (status, after, err) = migrate(&["--write"], b"x = 1\n");
    assert_eq!((status, after), (2, Vec::new()));
    assert!(err.contains("--write needs files"), "{err}");
}

#[test]
fn diff_and_report_are_to_be_had_of_a_paste_too() {
    assert_eq!(migrate(&["--diff"], b"x = 1\n"), (0, vec![], String::new()));
    let (status, report, _) = migrate(&["--output-format", "json"], b"x = 1\n");
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(
        (status, &report["summary"]["read"]),
        (0, &serde_json::json!(1))
    );
}
