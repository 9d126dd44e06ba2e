//! Everything that is done with the project: `cargo xtask build|bundle|package|serve|test|bench`.
//!
//! Each command does the set-up it needs. What is made once (tools, a standard library, Python environments) lies in a
//! cache folder outside the repository, see [`cache`], so that the second run starts at once.

mod apt;
mod bench;
mod browser;
mod bundle;
mod c_compiler;
mod cache;
mod counts;
mod djangos;
mod embedding;
mod node;
mod package;
mod process;
mod project;
mod python;
mod server;
mod site;
mod test;
mod tools;
mod wasm_fallback;
mod wasm_target;
mod wasm_tests;

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  build                   make the site in dist/; it works from any folder of any static host
  bundle                  make the page as one file that opens by double click, and the site as a zip
  package                 make the engine an npm package, in target/npm/
  serve                   build the site, serve it on loopback and print its address
    --open                open it in the browser
    --dev                 rebuild on every change and reload the page
    --port N              port to listen on (default: the first free one from 8080)
  test                    run every test; the last lines say what passed
    --only PART           rust (format, lints, Rust, WebAssembly), django or e2e
    --postgres            on PostgreSQL as well
  bench                   how long analysis and rewrite take; how fast the page loads and answers, with Lighthouse's scores
    --only PART           engine or web

Set-up happens by itself, once; its results are kept in UNBLOCKED_CACHE (default: the user's cache folder).
";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut args = lexopt::Parser::from_env();
    let Some(command) = args.next()? else {
        print!("{HELP}");
        return Ok(ExitCode::FAILURE);
    };
    match command {
        Short('h') | Long("help") => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Value(name) => match name.to_str().unwrap_or_default() {
            "build" => {
                end(&mut args)?;
                site::build()?;
                Ok(ExitCode::SUCCESS)
            }
            "bundle" => {
                end(&mut args)?;
                bundle::bundle()?;
                Ok(ExitCode::SUCCESS)
            }
            "package" => {
                end(&mut args)?;
                package::package()?;
                Ok(ExitCode::SUCCESS)
            }
            "serve" => serve(&mut args),
            "test" => test(&mut args),
            "bench" => bench(&mut args),
            other => bail!("there is no command `{other}`; `cargo xtask --help` lists them"),
        },
        other => Err(other.unexpected().into()),
    }
}

/// Refuses what is left on the command line.
fn end(args: &mut lexopt::Parser) -> Result<()> {
    match args.next()? {
        Some(extra) => Err(extra.unexpected().into()),
        None => Ok(()),
    }
}

fn serve(args: &mut lexopt::Parser) -> Result<ExitCode> {
    let (mut open, mut dev, mut port) = (false, false, None);
    while let Some(arg) = args.next()? {
        match arg {
            Long("open") => open = true,
            Long("dev") => dev = true,
            Long("port") => port = Some(args.value()?.parse()?),
            other => return Err(other.unexpected().into()),
        }
    }
    if dev {
        site::serve_dev(port, open)?;
    } else {
        let dist = site::build()?;
        server::serve(&dist, port, open)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn test(args: &mut lexopt::Parser) -> Result<ExitCode> {
    let (mut only, mut postgres) = (None, false);
    while let Some(arg) = args.next()? {
        match arg {
            Long("only") => {
                let name = args.value()?.string()?;
                let part = test::Part::named(&name);
                only =
                    Some(part.with_context(|| {
                        format!("there is no part `{name}`: rust, django or e2e")
                    })?);
            }
            Long("postgres") => postgres = true,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(if test::run(only, postgres)? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn bench(args: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut only = None;
    while let Some(arg) = args.next()? {
        match arg {
            Long("only") => {
                let name = args.value()?.string()?;
                let part = bench::Part::named(&name);
                only = Some(
                    part.with_context(|| format!("there is no part `{name}`: engine or web"))?,
                );
            }
            other => return Err(other.unexpected().into()),
        }
    }
    bench::run(only)?;
    Ok(ExitCode::SUCCESS)
}
