//! Step 5: the middleware at hand, and what each costs.

use super::{Parts, count, made};
use crate::content::examples;
use crate::data::{Block, State, Step};
use crate::project::middleware::Standing;

const HYBRID: &str = "from asgiref.sync import iscoroutinefunction, markcoroutinefunction\n\n\nclass CustomMiddleware:\n    sync_capable = True\n    async_capable = True\n\n    def __init__(self, get_response):\n        self.get_response = get_response\n        if iscoroutinefunction(get_response):\n            markcoroutinefunction(self)\n\n    def __call__(self, request):\n        if iscoroutinefunction(self):\n            return self.__acall__(request)\n        # before\n        response = self.get_response(request)\n        # after\n        return response\n\n    async def __acall__(self, request):\n        # before\n        response = await self.get_response(request)\n        # after\n        return response\n";

fn words(standing: &Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Django => ("both, in threads", "none: leave it"),
        Standing::Native => ("async and sync", "none"),
        Standing::Both => ("async and sync", "none"),
        Standing::Sync => (
            "sync",
            "none; about 0.2 ms and a thread for each request in flight",
        ),
        Standing::AsyncOnly => ("async", "none under ASGI; a hop to the loop under WSGI"),
        Standing::Broken(_) => ("**broken**", "must be changed"),
        Standing::Unknown => ("not at hand", "look for `async_capable` in its source"),
    }
}

pub(super) fn step(parts: &Parts<'_, '_>) -> Step {
    let middleware = &parts.context.project.middleware;
    let (rules, places, _) = parts.rules_of("middleware");
    let mut blocks = vec![parts.said("Any mixture of synchronous and async middleware works: Django adapts each to the next one. Five synchronous ones in a row cost as much as one. A hybrid runs in its synchronous form whenever the next one inside is synchronous. So: change what is broken, and one of your own only where every request passes through it and waits in it.", "3.1", "topics/http/middleware/#asynchronous-support")];
    if !middleware.is_empty() {
        let rows = middleware
            .iter()
            .map(|one| {
                let (kind, work) = words(&one.standing);
                let detail = match &one.standing {
                    Standing::Broken(why) => format!("{work}: {why}"),
                    _ => work.to_owned(),
                };
                vec![
                    format!("`{}` ({})", one.path, one.listed),
                    kind.to_owned(),
                    detail,
                ]
            })
            .collect();
        blocks.push(Block::Table {
            header: ["middleware", "runs", "what to do"]
                .map(str::to_owned)
                .to_vec(),
            rows,
        });
    }
    blocks.extend(rules);
    for example in examples::MIDDLEWARE {
        blocks.extend(example.blocks(parts.context));
    }
    blocks.push(parts.said("The form that runs in both, natively in each. `markcoroutinefunction` comes with asgiref 3.6.", "4.1", "topics/http/middleware/#asynchronous-support"));
    blocks.push(Block::Code {
        language: "python".to_owned(),
        text: HYBRID.to_owned(),
    });
    blocks.extend(parts.claims_of("middleware"));
    let broken: Vec<_> = middleware
        .iter()
        .filter(|one| matches!(one.standing, Standing::Broken(_)))
        .collect();
    let unknown = middleware
        .iter()
        .filter(|one| one.standing == Standing::Unknown)
        .count();
    let (state, summary) = if !broken.is_empty() {
        (
            State::ToDo,
            format!(
                "{} break every request under ASGI.",
                count(broken.len(), "middleware would", "middlewares would")
            ),
        )
    } else if places > 0 {
        (
            State::ToDo,
            format!("{} to change.", count(places, "place", "places")),
        )
    } else if middleware.is_empty() {
        (
            State::NotNeeded,
            "No `MIDDLEWARE` is at hand; nothing has to be async.".to_owned(),
        )
    } else if unknown > 0 {
        (
            State::NotNeeded,
            format!(
                "Nothing has to change; {} not at hand.",
                count(unknown, "middleware is", "middlewares are")
            ),
        )
    } else {
        (
            State::NotNeeded,
            "Nothing has to change: Django adapts what is synchronous.".to_owned(),
        )
    };
    made("middleware", summary, state, broken.len() + places, blocks)
}
