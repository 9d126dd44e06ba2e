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
    assert!(err.contains("standard input"), "{err}");
}
