//! `unblocked rules`.

use std::io::Write;
use std::process::ExitCode;

use unblocked_rewriter::RuleInfo;

use crate::args::{RulesArgs, RulesFormat};
use crate::error::Error;

pub(super) fn rules(args: &RulesArgs) -> Result<ExitCode, Error> {
    let all = unblocked_rewriter::rules();
    let mut out = anstream::stdout().lock();
    let Some(name) = &args.name else {
        match args.output_format {
            RulesFormat::Text => list(&mut out, &all)?,
            RulesFormat::Json => json(&mut out, &all)?,
        }
        return Ok(ExitCode::SUCCESS);
    };
    let rule = all
        .iter()
        .find(|rule| rule.name == *name)
        .ok_or_else(|| Error::NoSuchRule(name.clone()))?;
    match args.output_format {
        RulesFormat::Text => writeln!(out, "{}", rule.docs.trim_end())?,
        RulesFormat::Json => json(&mut out, rule)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(out: &mut impl Write, rules: &[RuleInfo]) -> Result<(), Error> {
    let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    for rule in rules {
        writeln!(out, "{:width$}  {}", rule.name, rule.summary)?;
    }
    Ok(())
}

fn json(out: &mut impl Write, value: &(impl serde::Serialize + ?Sized)) -> Result<(), Error> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)?;
    Ok(())
}
