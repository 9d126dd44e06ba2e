//! A C compiler that knows WebAssembly. Apple's and Microsoft's don't, nor does gcc: each candidate is tried.

use crate::apt;
use crate::cache;
use crate::process::{Run, command, find, step};
use crate::python;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

const CC: &str = "CC_wasm32_unknown_unknown";
const AR: &str = "AR_wasm32_unknown_unknown";

/// Zig brings a clang for every target, as a Python package.
const ZIG: &str = "0.15.2";

/// The versions of clang and LLVM that are looked for, as Debian and Ubuntu name them.
const VERSIONS: std::ops::RangeInclusive<u32> = 14..=26;

/// Where clang is when it isn't on the PATH: Homebrew, MacPorts, LLVM's installer.
const FOLDERS: &[&str] = &[
    "/opt/homebrew/opt/llvm/bin",
    "/usr/local/opt/llvm/bin",
    "/opt/local/bin",
    r"C:\Program Files\LLVM\bin",
];

struct Compiler {
    cc: PathBuf,
    ar: PathBuf,
}

/// The variables by which build scripts find compiler and archiver for the target.
pub(crate) fn environment() -> Result<Vec<(&'static str, OsString)>> {
    // Whoever sets these knows what they want.
    if std::env::var_os(CC).is_some() {
        return Ok(Vec::new());
    }
    let compiler = match installed() {
        Some(compiler) => compiler,
        None => zig().or_else(|zig| {
            debian().map_err(|debian| {
                anyhow::anyhow!(
                    "no C compiler here knows wasm32: install clang (LLVM's own; on macOS `brew install llvm`).\n  \
                     Tried besides: Zig from Python's package index: {zig:#}\n  Debian's clang: {debian:#}"
                )
            })
        })?,
    };
    Ok(vec![(CC, compiler.cc.into()), (AR, compiler.ar.into())])
}

/// The first clang on this machine that really compiles for the target.
fn installed() -> Option<Compiler> {
    // Any archiver will do for any compiler; the one of the same version is likeliest to be there.
    let archiver = |suffix: &str| {
        find(&format!("llvm-ar{suffix}"))
            .or_else(|| suffixes().find_map(|any| find(&format!("llvm-ar{any}"))))
    };
    let on_path = suffixes().filter_map(|suffix| {
        Some(Compiler {
            cc: find(&format!("clang{suffix}"))?,
            ar: archiver(&suffix)?,
        })
    });
    let elsewhere = FOLDERS.iter().map(|folder| {
        let program = |name| {
            Path::new(folder)
                .join(name)
                .with_extension(std::env::consts::EXE_EXTENSION)
        };
        Compiler {
            cc: program("clang"),
            ar: program("llvm-ar"),
        }
    });
    on_path.chain(elsewhere).find(Compiler::works)
}

/// What stands behind the name of a program for a version of LLVM: nothing, then `-26` and down.
fn suffixes() -> impl Iterator<Item = String> {
    std::iter::once(String::new()).chain(VERSIONS.rev().map(|version| format!("-{version}")))
}

impl Compiler {
    fn works(&self) -> bool {
        self.try_out().is_ok()
    }

    /// Compiles and archives a file of one line.
    fn try_out(&self) -> Result<()> {
        let folder = cache::folder()?.join(format!("try-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let result = self.try_out_in(&folder);
        cache::remove_folder(&folder)?;
        result
    }

    fn try_out_in(&self, folder: &Path) -> Result<()> {
        fs::write(
            folder.join("try.c"),
            "#include <stdint.h>\nuint8_t try_out(uint8_t c) { return c; }\n",
        )?;
        command(&self.cc)
            .args(["--target=wasm32-unknown-unknown", "-O2", "-c"])
            .args(["try.c", "-o", "try.o"])
            .current_dir(folder)
            .run_quietly()?;
        command(&self.ar)
            .args(["cq", "libtry.a", "try.o"])
            .current_dir(folder)
            .run_quietly()
    }
}

/// Zig from Python's package index. Build scripts want one program for each of `zig cc` and `zig ar`: two small scripts.
fn zig() -> Result<Compiler> {
    let folder = cache::folder_made_by(&format!("zig-{ZIG}"), |folder| {
        step(
            &format!("Installing Zig {ZIG} (its C compiler knows WebAssembly; once)"),
            || {
                let venv = folder.join("venv");
                let python = python::make_venv(&python::base()?, &venv)?;
                python::install(&python, [format!("ziglang=={ZIG}").as_ref()])?;
                let package = command(&python)
                    .args([
                        "-c",
                        "import os, ziglang; print(os.path.dirname(ziglang.__file__))",
                    ])
                    .read()?;
                fs::rename(package, folder.join("ziglang"))?;
                cache::remove_folder(&venv)
            },
        )
    })?;
    let compiler = Compiler {
        // Zig takes the last target, and does not know the name that build scripts give it.
        cc: script(
            &folder,
            "zig-cc",
            "cc",
            "-target wasm32-freestanding -fno-sanitize=undefined",
        )?,
        ar: script(&folder, "zig-ar", "ar", "")?,
    };
    compiler.try_out().context("it does not compile")?;
    Ok(compiler)
}

/// A script that runs Zig with arguments before and after those that it is given.
fn script(folder: &Path, name: &str, before: &str, after: &str) -> Result<PathBuf> {
    let (path, text) = if cfg!(windows) {
        let text = format!("@\"%~dp0ziglang\\zig.exe\" {before} %* {after}\r\n");
        (folder.join(name).with_extension("cmd"), text)
    } else {
        let text =
            format!("#!/bin/sh\nexec \"$(dirname \"$0\")/ziglang/zig\" {before} \"$@\" {after}\n");
        (folder.join(name), text)
    };
    if fs::read_to_string(&path).is_ok_and(|found| found == text) {
        return Ok(path);
    }
    fs::write(&path, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(path)
}

fn debian() -> Result<Compiler> {
    apt::install(&["clang", "llvm"], "a C compiler that knows WebAssembly")?;
    match installed() {
        Some(compiler) => Ok(compiler),
        None => bail!("it is installed and does not compile for wasm32"),
    }
}
