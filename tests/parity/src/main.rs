//! Writes the dump of each file into a folder: `unblocked-parity FOLDER FILE…`.

use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = args.next().context("no folder to write to")?;
    for (index, path) in args.enumerate() {
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let name = path.to_string_lossy();
        fs::write(
            folder.join(format!("{index}.txt")),
            unblocked_parity::dump(&name, &text),
        )?;
    }
    Ok(())
}
