//! `cargo xtask bundle`: the page as one file, and the site as a zip.

use crate::site;
use anyhow::{Context, Result};
use std::fs;

/// Builds the site; its build makes both.
pub(crate) fn bundle() -> Result<()> {
    let dist = site::build()?;
    for (name, what) in [
        ("django-unblocked.html", "the page as one file"),
        ("django-unblocked-site.zip", "the whole site"),
    ] {
        let path = dist.join(name);
        let size = fs::metadata(&path)
            .with_context(|| format!("the build has made no {name}"))?
            .len();
        println!("{} ({what}, {:.2} MB)", path.display(), size as f64 / 1e6);
    }
    Ok(())
}
