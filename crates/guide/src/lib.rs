//! The guide: assessment, eight steps, pitfalls, checklist and files, made from the code at hand.
//!
//! [`guide`] makes plain data ([`Guide`]) from files, options and [`Answers`]; the page shows it, the command writes it as one
//! Markdown document ([`markdown`]). What Django and the libraries around it are like stands in `content`, each claim with
//! its version and Django's documentation; what is read of the project (settings by value, requirements, servers) in
//! `project`; what is made for it in `files`.

mod answers;
mod assessment;
mod checklist;
mod content;
mod context;
mod data;
mod files;
mod handlers;
mod markdown;
mod pitfalls;
mod project;
mod questions;
mod steps;

use unblocked_django::DjangoVersion;
use unblocked_rewriter::{Options, Report, Workspace, migrate};

pub use answers::{Answers, Input, Question, Source};
pub use assessment::{Assessment, Effort, Model, Recommendation, ViewAssessment, ViewWait};
pub use data::{
    Block, CheckItem, Claim, Engine, Guide, GuideFile, Pitfall, Place, Server, State, Step, Verdict,
};
pub use markdown::{checklist as checklist_markdown, markdown};

use context::Context;
use project::Project;

/// The Django that the requirements nearest to the files that are `asked` about ask for, when it is one that can be a
/// target. None asked about: all of them are.
#[must_use]
pub fn required_django(workspace: &Workspace, asked: &[&str]) -> Option<DjangoVersion> {
    let analysis = workspace.analyze();
    let project = Project::read(workspace, &analysis, DjangoVersion::default(), asked);
    project.django().map(|(version, _)| version)
}

/// Makes the guide for the files of `workspace`. `report` is what a migration with `options` came to.
#[must_use]
pub fn guide(
    workspace: &Workspace,
    options: &Options,
    answers: &Answers,
    report: &Report,
) -> Guide {
    let analysis = workspace.analyze();
    let asked: Vec<&str> = report.timelines.iter().map(|one| &*one.path).collect();
    let project = Project::read(workspace, &analysis, options.target_version, &asked);
    let context = Context::new(&analysis, report, project, answers, options);
    let overlapped = if options.concurrent {
        None
    } else {
        let options = Options {
            concurrent: true,
            ..options.clone()
        };
        Some(migrate(workspace, &options))
    };
    let assessment = assessment::assess(
        &analysis,
        report,
        overlapped.as_ref().unwrap_or(report),
        answers,
        context.serving(),
        &context.project.routes,
    );
    let claims = content::claims::claims(options.target_version);
    let mut files = Vec::new();
    files.extend(files::settings::files(&context));
    files.extend(files::asgi::file(&context));
    files.extend(files::requirements::files(&context));
    files.extend(files::deployment::files(&context));
    files.push(files::measure::file(&context));
    files.extend(files::suite::files(&context));
    let pitfalls = pitfalls::pitfalls(&context);
    let parts = steps::Parts::new(&context, &assessment, &files, &claims);
    let steps = steps::steps(&parts);
    let checklist = checklist::checklist(&context, &assessment, &pitfalls, &files);
    Guide {
        target_version: options.target_version,
        summary: summary(&context),
        questions: questions::questions(&context, &assessment),
        assessment,
        claims,
        steps,
        pitfalls,
        checklist,
        files,
    }
}

/// What the project is, in one line.
fn summary(context: &Context<'_>) -> String {
    let mut parts = vec![format!("Django {}", context.target)];
    if context.engine != Engine::Unknown {
        parts.push(match &context.driver {
            Some(driver) => format!("{} ({driver})", context.engine.as_str()),
            None => context.engine.as_str().to_owned(),
        });
    }
    parts.push(match context.server {
        Some(server) => format!("{} today", server.as_str()),
        None => "server not known".to_owned(),
    });
    parts.join(", ")
}
