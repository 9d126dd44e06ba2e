//! A browser for the tests: an installed Chrome or Chromium, else Debian's, else the one that Playwright downloads.

use crate::apt;
use crate::node;
use crate::process::{Run, command, find, step};
use anyhow::{Result, anyhow, bail};
use std::env::{home_dir, var_os};
use std::path::{Path, PathBuf};

/// A browser that can be run. `tests` is the folder whose npm packages have Playwright.
pub(crate) fn chromium(tests: &Path) -> Result<PathBuf> {
    if let Some(browser) = installed().or_else(|| downloaded(tests)) {
        return Ok(browser);
    }
    let debian = apt::install(&["chromium"], "a browser for the tests");
    if let Some(browser) = installed() {
        return Ok(browser);
    }
    let playwright = step(
        "Downloading Chromium with Playwright (a browser for the tests)",
        || {
            command(node::node()?)
                .arg(tests.join("node_modules/playwright-core/cli.js"))
                .args(["install", "chromium"])
                .run_quietly()
        },
    );
    downloaded(tests).ok_or_else(|| {
        let reason = |result: Result<()>| result.err().map(|error| format!("{error:#}")).unwrap_or_default();
        anyhow!(
            "no browser for the tests: install Chrome or Chromium, or set CHROME_PATH to the program.\n  Tried besides: {}\n  Playwright's download: {}",
            reason(debian),
            reason(playwright)
        )
    })
}

/// A Firefox that can be run: the one that `FIREFOX` names, an installed one, else Debian's.
pub(crate) fn firefox() -> Option<PathBuf> {
    let installed = || {
        let named = var_os("FIREFOX").map(PathBuf::from);
        let mut all: Vec<_> = named.into_iter().collect();
        all.extend(["firefox-esr", "firefox"].into_iter().filter_map(find));
        if cfg!(target_os = "macos") {
            all.push("/Applications/Firefox.app/Contents/MacOS/firefox".into());
        }
        if cfg!(windows) {
            all.push("C:/Program Files/Mozilla Firefox/firefox.exe".into());
        }
        all.into_iter().find(|path| runs(path))
    };
    installed().or_else(|| {
        // Where it can't be had, what it would have run is named.
        let _ = apt::install(&["firefox-esr"], "a second browser for the tests");
        installed()
    })
}

fn installed() -> Option<PathBuf> {
    candidates().into_iter().find(|path| runs(path))
}

/// Everything that may be a browser, the likeliest first.
fn candidates() -> Vec<PathBuf> {
    let named = ["CHROMIUM", "CHROME_PATH"]
        .into_iter()
        .filter_map(|name| var_os(name).map(PathBuf::from));
    let on_path = [
        "chromium",
        "chromium-browser",
        "google-chrome-stable",
        "google-chrome",
        "chrome",
        "microsoft-edge",
    ]
    .into_iter()
    .filter_map(find);
    let mut all: Vec<_> = named.chain(on_path).collect();
    if cfg!(target_os = "macos") {
        all.extend(on_macos(home_dir()));
    }
    if cfg!(windows) {
        let folders = ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"];
        all.extend(on_windows(
            folders
                .into_iter()
                .filter_map(|name| var_os(name).map(PathBuf::from)),
        ));
    }
    all
}

fn on_macos(home: Option<PathBuf>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for root in [Some(PathBuf::from("/")), home].into_iter().flatten() {
        for name in ["Google Chrome", "Chromium", "Microsoft Edge"] {
            found.push(root.join(format!("Applications/{name}.app/Contents/MacOS/{name}")));
        }
    }
    found
}

fn on_windows(folders: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    folders
        .flat_map(|folder| {
            [
                "Google/Chrome/Application/chrome.exe",
                "Chromium/Application/chrome.exe",
                "Microsoft/Edge/Application/msedge.exe",
            ]
            .map(|program| folder.join(program))
        })
        .collect()
}

/// Whether the program is there and starts. Ubuntu's `chromium-browser` may be a stub that asks for a snap.
fn runs(path: &Path) -> bool {
    // On Windows `--version` would open a window.
    path.is_file() && (cfg!(windows) || command(path).arg("--version").succeeds())
}

/// The browser that Playwright downloaded, if it did.
fn downloaded(tests: &Path) -> Option<PathBuf> {
    let path = playwright_path(tests).ok()?;
    runs(&path).then_some(path)
}

fn playwright_path(tests: &Path) -> Result<PathBuf> {
    let path = command(node::node()?)
        .args([
            "--print",
            "require('playwright-core').chromium.executablePath()",
        ])
        .current_dir(tests)
        .read()?;
    if path.is_empty() {
        bail!("Playwright names no browser for this system");
    }
    Ok(path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chrome_is_looked_for_where_its_installers_put_it() {
        let mac = on_macos(Some("/Users/ada".into()));
        assert!(
            mac.contains(&"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome".into())
        );
        assert!(
            mac.contains(&"/Users/ada/Applications/Chromium.app/Contents/MacOS/Chromium".into())
        );
        let windows = on_windows(["C:/Program Files".into()].into_iter());
        assert!(windows.contains(&"C:/Program Files/Google/Chrome/Application/chrome.exe".into()));
    }

    #[test]
    fn what_is_not_a_program_is_no_browser() {
        assert!(!runs(Path::new("/nowhere/chrome")));
        assert!(!runs(&std::env::temp_dir()));
    }
}
