//! The engine in WebAssembly says the same as the native one, on every Python file of `tests`.

use crate::cache;
use crate::counts::Counts;
use crate::node;
use crate::process::{Run, cargo, command, step};
use crate::project;
use crate::tools;
use crate::wasm_target::{Environment, TARGET};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// Runs both and compares, file by file.
pub(crate) fn run() -> Result<Counts> {
    let root = project::root();
    let target = project::target_folder()?;
    let module = step("Building the engine's WebAssembly tests", || {
        build(&root, &target)
    })?;
    step("Comparing WebAssembly with native code", || {
        let files = python_files(&root)?;
        let dumps = target.join("xtask/parity");
        let (native, wasm) = (dumps.join("native"), dumps.join("wasm"));
        for folder in [&native, &wasm] {
            cache::remove_folder(folder)?;
            fs::create_dir_all(folder)?;
        }
        cargo()
            .args([
                "run",
                "--quiet",
                "--package=unblocked-parity",
                "--locked",
                "--",
            ])
            .arg(&native)
            .args(&files)
            .current_dir(&root)
            .run()?;
        command(node::node()?)
            .arg("tests/parity/run.mjs")
            .arg(module)
            .arg(&wasm)
            .args(&files)
            .current_dir(&root)
            .run()?;
        let mut counts = Counts::default();
        for (index, file) in files.iter().enumerate() {
            let read = |folder: &Path| fs::read_to_string(folder.join(format!("{index}.txt")));
            let difference = first_difference(&read(&native)?, &read(&wasm)?);
            if let Some(difference) = &difference {
                eprintln!("{}: {difference}", file.display());
            }
            counts += Counts::one(difference.is_none());
        }
        Ok(counts)
    })
}

/// Builds the module that Node can load; returns its path.
fn build(root: &Path, target: &Path) -> Result<PathBuf> {
    let mut build = cargo();
    // The page's profile: it is the page's code that is tested, and its dependencies are built already.
    build
        .args([
            "rustc",
            "--package=unblocked-parity",
            "--lib",
            "--crate-type=cdylib",
        ])
        .args(["--profile=web", "--target", TARGET, "--locked"])
        .current_dir(root);
    Environment::prepare()?.apply(&mut build);
    build.run()?;
    let package = target.join("xtask/parity/package");
    command(tools::wasm_bindgen()?)
        .args(["--target", "nodejs", "--no-typescript", "--out-dir"])
        .arg(&package)
        .arg(target.join(TARGET).join("web/unblocked_parity.wasm"))
        .run_quietly()?;
    // So that Node does not take it for part of a package above.
    fs::write(package.join("package.json"), "{}")?;
    Ok(package.join("unblocked_parity.js"))
}

/// Every Python file of the fixtures and of the tests on Django, relative to the root.
fn python_files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![
        PathBuf::from("tests/fixtures"),
        PathBuf::from("tests/django"),
    ];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root.join(&folder))
            .with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "py") {
                files.push(path);
            }
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("there are no Python files to compare on");
    }
    Ok(files)
}

/// Where two texts differ first.
fn first_difference(native: &str, wasm: &str) -> Option<String> {
    if native == wasm {
        return None;
    }
    let mut section = "";
    let mut ours = native.lines();
    let mut theirs = wasm.lines();
    loop {
        let (native, wasm) = (ours.next(), theirs.next());
        if native != wasm || native.is_none() {
            let show = |line: Option<&str>| line.unwrap_or("the end").trim().to_owned();
            return Some(format!(
                "{section}: native {}, WebAssembly {}",
                show(native),
                show(wasm)
            ));
        }
        if let Some(line) = native.filter(|line| line.starts_with("---") || line.starts_with("==="))
        {
            section = line;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_dumps_do_not_differ() {
        assert_eq!(first_difference("=== a\n1\n", "=== a\n1\n"), None);
    }

    #[test]
    fn the_first_difference_is_shown_with_its_section() {
        let difference = first_difference("=== a\n--- b\n1\n2\n", "=== a\n--- b\n1\n3\n");
        assert_eq!(
            difference.as_deref(),
            Some("--- b: native 2, WebAssembly 3")
        );
        let shorter = first_difference("=== a\n1\n", "=== a\n");
        assert_eq!(
            shorter.as_deref(),
            Some("=== a: native 1, WebAssembly the end")
        );
    }
}
