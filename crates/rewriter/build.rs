//! Takes the documentation out of each rule's source, for `src/rules/table.rs`.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src/rules");
    let out = env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    take(Path::new("src/rules"), &out)
}

/// Writes the documentation of every module in `folder` to a file of the same name in `out`.
fn take(folder: &Path, out: &Path) -> io::Result<()> {
    fs::create_dir_all(out)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (from, to) = (entry.path(), out.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            take(&from, &to)?;
        } else if from.extension().is_some_and(|extension| extension == "rs") {
            let docs: String = fs::read_to_string(&from)?
                .lines()
                .map_while(|line| line.strip_prefix("//!"))
                .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
                .collect();
            fs::write(to, docs)?;
        }
    }
    Ok(())
}
