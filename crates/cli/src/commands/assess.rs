//! `unblocked assess`.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use unblocked_guide::{Assessment, ViewAssessment};

use super::guide::guides;
use crate::args::{AssessArgs, AssessFormat};
use crate::error::Error;

pub(super) fn assess(args: &AssessArgs) -> Result<ExitCode, Error> {
    let guides = guides(&args.paths, &args.answers)?;
    let mut out = BufWriter::new(anstream::stdout().lock());
    match args.output_format {
        AssessFormat::Json => {
            let all: Vec<&Assessment> = guides.iter().map(|guide| &guide.assessment).collect();
            match &all[..] {
                [one] => serde_json::to_writer_pretty(&mut out, one)?,
                all => serde_json::to_writer_pretty(&mut out, all)?,
            }
            writeln!(out)?;
        }
        AssessFormat::Table => {
            for guide in &guides {
                table(&mut out, &guide.assessment)?;
            }
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The columns that have a fixed width.
fn cells(view: &ViewAssessment) -> [String; 5] {
    [
        view.order
            .map(|order| order.to_string())
            .unwrap_or_default(),
        view.name.clone(),
        view.recommendation.as_str().to_owned(),
        format!("{:.0}", view.before),
        if view.changes() {
            format!("{:.0}", view.overlapped)
        } else {
            "–".to_owned()
        },
    ]
}

fn table(out: &mut impl Write, assessment: &Assessment) -> Result<(), Error> {
    writeln!(out, "{}", assessment.summary)?;
    if assessment.views.is_empty() {
        return Ok(());
    }
    let header = ["#", "view", "advice", "ms", "async"].map(str::to_owned);
    let rows: Vec<[String; 5]> = assessment.views.iter().map(cells).collect();
    let mut widths = [0_usize; 5];
    for row in std::iter::once(&header).chain(&rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    writeln!(out)?;
    line(out, &widths, &header)?;
    for (view, row) in assessment.views.iter().zip(&rows) {
        line(out, &widths, row)?;
        writeln!(out, "     {}", view.reason)?;
        if let Some(because) = view.because {
            writeln!(out, "     {because}: {}", because.what_to_do())?;
        }
        let place = &view.place;
        let work = if view.work.is_empty() {
            String::new()
        } else {
            format!("; {}", view.work)
        };
        let routes = match view.routes.is_empty() {
            true => String::new(),
            false => format!("; at {}", view.shown_routes()),
        };
        writeln!(out, "     {place}{routes}; waits for {}{work}", waits(view))?;
        for one in &view.in_turn {
            writeln!(out, "     {}: {}", one.because, one.reason)?;
        }
    }
    writeln!(
        out,
        "\n`ms` is one request as it is, `async` with everything overlapping that may, with the usual latencies: \
         --latency http=450 says otherwise."
    )?;
    Ok(())
}

/// What a view waits for, each thing once: `http (requests.get), query ×3`.
fn waits(view: &ViewAssessment) -> String {
    let mut by_effect: Vec<(String, usize, String)> = Vec::new();
    for wait in &view.waits {
        let effect = wait.effect.to_string();
        match by_effect.iter_mut().find(|(known, ..)| *known == effect) {
            Some((_, number, _)) => *number += 1,
            None => by_effect.push((effect, 1, wait.label.clone())),
        }
    }
    let words: Vec<String> = by_effect
        .into_iter()
        .map(|(effect, number, label)| match number {
            1 => format!("{effect} ({label})"),
            _ => format!("{effect} ×{number}"),
        })
        .collect();
    words.join(", ")
}

fn line(out: &mut impl Write, widths: &[usize; 5], row: &[String; 5]) -> Result<(), Error> {
    let cells: Vec<String> = widths
        .iter()
        .zip(row)
        .map(|(&width, cell)| format!("{cell:width$}"))
        .collect();
    writeln!(out, "{}", cells.join("  ").trim_end())?;
    Ok(())
}
