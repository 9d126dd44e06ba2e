//! Step 8: which server, how it is started, how to roll out and how to measure.

use super::{Parts, made};
use crate::content::servers::{self, SERVERS};
use crate::data::{Block, State, Step};
use crate::files::deployment;
use crate::project::routes::example;

pub(super) fn step(parts: &Parts<'_, '_>) -> Step {
    let context = parts.context;
    let next = context.next_server;
    let facts = servers::facts(next);
    let today = match context.server {
        Some(server) if server.is_asgi() => format!(
            "{} serves the site today, and speaks ASGI: keep it.",
            server.as_str()
        ),
        Some(server) => format!(
            "{} serves the site today. It speaks WSGI: async views work there too, but one request holds one worker, as before. Recommended: {}.",
            server.as_str(),
            next.as_str()
        ),
        None => format!(
            "What serves the site today is not at hand. Recommended: {}.",
            next.as_str()
        ),
    };
    let mut blocks = vec![parts.said(&today, "3.1", "howto/deployment/asgi/")];
    blocks.push(Block::Heading(format!("{} (recommended)", next.as_str())));
    blocks.extend(server(parts, facts));
    for other in SERVERS.iter().filter(|other| other.server != next) {
        blocks.push(Block::Heading(other.server.as_str().to_owned()));
        blocks.extend(server(parts, other));
    }
    blocks.push(Block::Heading("Files".to_owned()));
    blocks.extend(parts.files_of("deployment"));
    blocks.push(Block::Heading("Static files".to_owned()));
    blocks.push(parts.said("ASGI servers serve none. Let nginx or a CDN do it, or WhiteNoise: it works under ASGI, its file responses go through a thread. `runserver` serves them under ASGI only with Daphne or `ASGIStaticFilesHandler`.", "3.0", "howto/static-files/deployment/"));
    blocks.push(Block::Heading("Rollout".to_owned()));
    blocks.push(parts.said(ROLLOUT, "3.1", "topics/async/#async-views"));
    blocks.push(Block::Heading("Measure".to_owned()));
    blocks.push(Block::Text(MEASURE.to_owned()));
    blocks.push(Block::Code {
        language: "sh".to_owned(),
        text: format!("pip install locust\nLOAD_PATHS={} locust -f deploy/locustfile.py --host http://127.0.0.1:{} --headless --users 50 --spawn-rate 10 --run-time 60s --csv before\n# migrate, deploy, then the same with --csv after\n", load_paths(parts), context.project.port()),
    });
    blocks.extend(parts.claims_of("deployment"));
    let (state, summary) = match context.server {
        Some(server) if !parts.needs_asgi => (
            State::NotNeeded,
            format!("No view at hand needs ASGI: stay with {}.", server.as_str()),
        ),
        None if !parts.needs_asgi => (
            State::NotNeeded,
            "No view at hand needs ASGI: WSGI is fine.".to_owned(),
        ),
        Some(server) if server.is_asgi() => (
            State::Done,
            format!("{} serves ASGI already.", server.as_str()),
        ),
        Some(server) => (
            State::ToDo,
            format!("From {} to {}.", server.as_str(), next.as_str()),
        ),
        None => (
            State::ToDo,
            format!("Serve ASGI: {} is recommended.", next.as_str()),
        ),
    };
    let files = parts
        .files
        .iter()
        .filter(|file| file.step == "deployment")
        .count();
    made("deployment", summary, state, files, blocks)
}

/// The addresses of the views that move, as far as they are known, for `LOAD_PATHS`.
fn load_paths(parts: &Parts<'_, '_>) -> String {
    let moving = parts.assessment.views.iter().filter(|view| view.changes());
    let paths: Vec<String> = moving
        .filter_map(|view| view.routes.iter().find_map(|route| example(route)))
        .take(3)
        .collect();
    match paths.is_empty() {
        true => "/your/slow/page/".to_owned(),
        false => paths.join(","),
    }
}

fn server(parts: &Parts<'_, '_>, facts: &servers::Facts) -> [Block; 2] {
    let packages: Vec<String> = facts
        .packages
        .iter()
        .map(|(name, range)| format!("\"{name}{range}\""))
        .collect();
    let command = deployment::command(parts.context, facts.server, "0.0.0.0");
    [
        parts.said(
            &format!(
                "{}{} Processes: {} Stopping: {} Timeouts: {} Lifespan: {}",
                if facts.server == parts.context.next_server {
                    ""
                } else {
                    "For this case: "
                },
                facts.choose,
                facts.workers,
                facts.shutdown,
                facts.timeouts,
                facts.lifespan
            ),
            "3.0",
            facts.docs,
        ),
        Block::Code {
            language: "sh".to_owned(),
            text: format!(
                "pip install {}\n{}\n",
                packages.join(" "),
                command.join(" ")
            ),
        },
    ]
}

const ROLLOUT: &str = "1. Deploy the ASGI server first, with every view as it is: synchronous views run under ASGI. Watch it for a day.\n2. Migrate the first view of the assessment alone, behind the same URL. Send it to one process or one host first (a canary: 5 % of the traffic).\n3. Watch the 95th percentile of its time, errors by kind (`SynchronousOnlyOperation`, `RuntimeWarning: coroutine … was never awaited`), open database connections, and how late `/health/live` answers: late means that something blocks the event loop.\n4. Go back by routing to the WSGI processes that are still there, or by reverting the view: nothing in the database changes with the migration.\n5. Go on in the order of the assessment, one view for each release.";

const MEASURE: &str = "Measure before and after with the same load, on the same machine, with the services behind it as slow as they are in production (or a stand-in that sleeps). What should change: requests per second at the same number of processes, threads and memory under load. What should not: the time of one request alone, unless its calls overlap now.";
