//! The guide as one Markdown document.

use std::fmt::Write;

use crate::assessment::Assessment;
use crate::data::{
    Block, CheckItem, Claim, Guide, GuideFile, Pitfall, Place, State, Step, Verdict,
};

/// The whole guide.
#[must_use]
pub fn markdown(guide: &Guide) -> String {
    let mut out = String::new();
    write(&mut out, guide).unwrap_or_default();
    out
}

type Written = std::fmt::Result;

fn write(out: &mut String, guide: &Guide) -> Written {
    writeln!(out, "# Moving to async\n\n{}.\n", guide.summary)?;
    writeln!(out, "{}\n", guide.assessment.summary)?;
    writeln!(out, "| step | | |\n|---|---|---|")?;
    for step in &guide.steps {
        writeln!(
            out,
            "| [{}. {}](#{}) | {} | {} |",
            step.number,
            step.title,
            anchor(&format!("{}. {}", step.number, step.title)),
            step.state.as_str(),
            cell(&step.summary)
        )?;
    }
    writeln!(out, "\n## What async brings\n")?;
    for claim in guide
        .claims
        .iter()
        .filter(|claim| claim.part == "introduction")
    {
        write_claim(out, claim)?;
    }
    writeln!(
        out,
        "## What this is based on\n\n| question | answer | from |\n|---|---|---|"
    )?;
    for question in &guide.questions {
        let from = match question.source {
            crate::Source::Code => match question.places.first() {
                Some(place) => place.to_string(),
                None => "your code".to_owned(),
            },
            crate::Source::You => "you".to_owned(),
            crate::Source::Default => "assumed".to_owned(),
        };
        writeln!(
            out,
            "| {} | {} | {from} |",
            cell(&question.text),
            cell(&question.answer)
        )?;
    }
    writeln!(out)?;
    for step in &guide.steps {
        write_step(out, guide, step)?;
    }
    writeln!(out, "## Common Pitfalls\n")?;
    for pitfall in &guide.pitfalls {
        write_pitfall(out, guide, pitfall)?;
    }
    writeln!(out, "## Migration Checklist\n\n{}", checklist(guide))
}

/// The checklist alone: for an issue, or for printing.
#[must_use]
pub fn checklist(guide: &Guide) -> String {
    let mut out = String::new();
    for item in &guide.checklist {
        item_line(&mut out, item).unwrap_or_default();
    }
    out
}

fn item_line(out: &mut String, item: &CheckItem) -> Written {
    let tick = match item.state {
        State::ToDo => " ",
        State::Done | State::NotNeeded => "x",
    };
    let indent = if item.id.starts_with("view:") {
        "  "
    } else {
        ""
    };
    write!(out, "{indent}- [{tick}] {}", item.title)?;
    if item.state == State::NotNeeded {
        write!(out, " (not needed)")?;
    }
    match &item.places[..] {
        [] => {}
        [place] => write!(out, " ({place})")?,
        [place, rest @ ..] => write!(out, " ({place} and {} more)", rest.len())?,
    }
    writeln!(out)
}

fn write_step(out: &mut String, guide: &Guide, step: &Step) -> Written {
    writeln!(
        out,
        "## {}. {}\n\n*{}.* {}\n",
        step.number,
        step.title,
        capital(step.state.as_str()),
        step.summary
    )?;
    for block in &step.blocks {
        write_block(out, guide, block)?;
    }
    if step.id == "assessment" {
        write_waits(out, &guide.assessment)?;
    }
    Ok(())
}

fn write_block(out: &mut String, guide: &Guide, block: &Block) -> Written {
    match block {
        Block::Text(text) => writeln!(out, "{text}\n"),
        Block::Heading(text) => writeln!(out, "### {text}\n"),
        Block::Places { title, places } => {
            writeln!(out, "{}:\n", title.trim_end_matches(['.', ':']))?;
            write_places(out, places)
        }
        Block::Code { language, text } => fence(out, language, text),
        Block::Example {
            before,
            after,
            note,
            ..
        } => {
            writeln!(out, "Before:\n")?;
            fence(out, "python", before)?;
            if before == after {
                writeln!(out, "After: the same.\n")?;
            } else {
                writeln!(out, "After:\n")?;
                fence(out, "python", after)?;
            }
            if note.is_empty() {
                Ok(())
            } else {
                writeln!(out, "{note}\n")
            }
        }
        Block::Table { header, rows } => {
            writeln!(
                out,
                "| {} |\n|{}",
                header.join(" | "),
                "---|".repeat(header.len())
            )?;
            for row in rows {
                let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
                writeln!(out, "| {} |", cells.join(" | "))?;
            }
            writeln!(out)
        }
        Block::File(path) => match guide.files.iter().find(|file| file.path == *path) {
            Some(file) => write_file(out, file),
            None => Ok(()),
        },
        Block::Claim(id) => match guide.claims.iter().find(|claim| claim.id == *id) {
            Some(claim) => write_claim(out, claim),
            None => Ok(()),
        },
        Block::Rule {
            rule,
            summary,
            places,
        } => {
            writeln!(out, "`{rule}`: {summary} (`unblocked rules {rule}`)\n")?;
            write_places(out, places)
        }
    }
}

fn write_waits(out: &mut String, assessment: &Assessment) -> Written {
    for view in &assessment.views {
        writeln!(
            out,
            "### `{}` ({})\n\n{}{} {}\n",
            view.name,
            view.place,
            if view.routes.is_empty() {
                String::new()
            } else {
                format!("At `{}`. ", view.shown_routes())
            },
            capital(view.recommendation.as_str()),
            if view.work.is_empty() {
                String::new()
            } else {
                format!("— {}.", view.work)
            },
        )?;
        writeln!(
            out,
            "| waits for | where | through | takes | before | after | overlapping |\n|---|---|---|---|---|---|---|"
        )?;
        for wait in &view.waits {
            let through: Vec<String> = wait
                .chain
                .iter()
                .map(|link| format!("`{}`", link.label))
                .collect();
            let span = |(start, end): (f64, f64)| {
                if wait.is_counted {
                    format!("{start:.0}–{end:.0} ms")
                } else {
                    "other branch".to_owned()
                }
            };
            let times = if wait.times > 1 {
                format!(" × {}", wait.times)
            } else {
                String::new()
            };
            let takes = if wait.is_counted {
                format!("{:.0} ms{times}", wait.duration)
            } else {
                "–".to_owned()
            };
            writeln!(
                out,
                "| {}: `{}` | {} | {} | {takes} | {} | {} | {} |",
                wait.effect,
                wait.label.replace('|', "\\|"),
                wait.place,
                through.join(" → "),
                span(wait.before),
                span(wait.after),
                span(wait.overlapped),
            )?;
        }
        if !view.in_turn.is_empty() {
            writeln!(out, "\nOne after another, once it is async:\n")?;
            for one in &view.in_turn {
                writeln!(out, "* {}: {}", one.because, one.reason)?;
            }
        }
        if view.is_cut {
            writeln!(out, "| … and more | | | | | | |")?;
        }
        writeln!(
            out,
            "\n{} {}\n",
            if view.changes() {
                format!(
                    "In all {:.0} ms before, {:.0} ms after, {:.0} ms with everything overlapping that may.",
                    view.before, view.after, view.overlapped
                )
            } else {
                format!("In all {:.0} ms.", view.before)
            },
            view.capacity()
        )?;
    }
    if assessment.views.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "### The model\n\n{} places in {} processes today, {} requests/s at the busiest time.\n",
        assessment.model.slots, assessment.model.processes, assessment.model.traffic
    )?;
    for formula in &assessment.model.formulas {
        writeln!(out, "    {formula}")?;
    }
    writeln!(out)?;
    for assumption in &assessment.model.assumptions {
        writeln!(out, "- {assumption}")?;
    }
    writeln!(out)
}

fn write_places(out: &mut String, places: &[Place]) -> Written {
    const SHOWN: usize = 20;
    for place in places.iter().take(SHOWN) {
        writeln!(out, "- {place} `{}`", place.label.replace('`', "'"))?;
    }
    if places.len() > SHOWN {
        writeln!(out, "- … and {} more", places.len() - SHOWN)?;
    }
    writeln!(out)
}

fn write_file(out: &mut String, file: &GuideFile) -> Written {
    writeln!(out, "**{}**: {}\n", file.path, file.purpose)?;
    match &file.patch {
        Some(patch) => fence(out, "diff", patch),
        None => fence(out, &file.language, &file.text),
    }
}

fn write_claim(out: &mut String, claim: &Claim) -> Written {
    let word = match claim.verdict {
        Verdict::True => "True",
        Verdict::Partly => "True in part",
        Verdict::Wrong => "Not so",
    };
    writeln!(out, "> “{}”\n>", claim.original)?;
    write!(out, "> **{word}.** {}", claim.explanation)?;
    if !claim.otherwise.is_empty() {
        write!(out, " *If you follow it:* {}", claim.otherwise)?;
    }
    writeln!(
        out,
        " ({}, [documentation]({}))\n",
        claim.versions(),
        claim.docs_url
    )
}

fn write_pitfall(out: &mut String, guide: &Guide, pitfall: &Pitfall) -> Written {
    writeln!(
        out,
        "### {}\n\n**{}** {}",
        pitfall.title, pitfall.verdict, pitfall.explanation
    )?;
    writeln!(
        out,
        "({}, [documentation]({}))\n",
        pitfall.versions(),
        pitfall.docs_url
    )?;
    if !pitfall.places.is_empty() {
        write_places(out, &pitfall.places)?;
    }
    let of_guide =
        |claim: &&Claim| claim.part == "pitfalls" && claims_of(&pitfall.id).contains(&&*claim.id);
    for claim in guide.claims.iter().filter(of_guide) {
        write_claim(out, claim)?;
    }
    Ok(())
}

/// The claims of the original guide's pitfalls, by the pitfall that they are about.
fn claims_of(pitfall: &str) -> &'static [&'static str] {
    match pitfall {
        "mixing-orm" => &["mixing-orm"],
        "forgetting-await" => &["forgetting-await"],
        "blocking-operations" => &["blocking-operations"],
        "database-connections" => &["connection-pool"],
        "middleware" => &["all-middleware-async"],
        _ => &[],
    }
}

/// A fence longer than any run of backticks in the text.
fn fence(out: &mut String, language: &str, text: &str) -> Written {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let ticks = "`".repeat(longest.max(2) + 1);
    writeln!(out, "{ticks}{language}\n{}\n{ticks}\n", text.trim_end())
}

/// Text for a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(characters)
        .collect()
}

/// The anchor that Markdown viewers give a heading.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|character| match character {
            ' ' => Some('-'),
            character if character.is_alphanumeric() || character == '-' => Some(character),
            _ => None,
        })
        .collect()
}
