//! `cargo xtask bench`: figures and ratios, never a verdict.

use crate::browser;
use crate::djangos;
use crate::node;
use crate::process::{Run, cargo, command, step};
use crate::project;
use crate::site;
use anyhow::Result;

/// The Django whose sources are the text.
const DJANGO: &str = "5.2";

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The engine, natively, on Django's own sources.
    Engine,
    /// Loading and work, in a browser.
    Web,
}

impl Part {
    /// The part with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "engine" => Some(Self::Engine),
            "web" => Some(Self::Web),
            _ => None,
        }
    }
}

/// Measures one part or both.
pub(crate) fn run(only: Option<Part>) -> Result<()> {
    if only != Some(Part::Web) {
        engine()?;
    }
    if only != Some(Part::Engine) {
        web()?;
    }
    Ok(())
}

fn engine() -> Result<()> {
    let python = djangos::environment(DJANGO)?;
    let sources = command(python)
        .args([
            "-c",
            "import django, os; print(os.path.dirname(django.__file__))",
        ])
        .read()?;
    let bench = |verb: &str| {
        let mut cargo = cargo();
        cargo
            .args([
                verb,
                "--quiet",
                "--release",
                "--package=unblocked-bench",
                "--locked",
            ])
            .current_dir(project::root());
        cargo
    };
    step("Building the engine's benchmark (release)", || {
        bench("build").run()
    })?;
    println!("\nEngine, on the sources of Django {DJANGO}:");
    bench("run").arg("--").arg(sources).run()
}

fn web() -> Result<()> {
    let tests = project::root().join("tests/e2e");
    node::install_packages(&tests)?;
    let bench = tests.join("bench");
    let lighthouse = node::install_packages(&bench);
    let browser = browser::chromium(&tests)?;
    let dist = site::build()?;
    println!("\nPage, in Chromium:");
    let mut run = command(node::node()?);
    run.arg(bench.join("run.mjs"))
        .arg("--dist")
        .arg(dist)
        .env("CHROMIUM", browser)
        .current_dir(project::root());
    match lighthouse {
        Ok(()) => {
            run.args(["--lighthouse", "yes"]);
        }
        Err(reason) => println!("without Lighthouse: {reason:#}"),
    }
    run.run()
}
