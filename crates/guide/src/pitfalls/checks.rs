//! How each pitfall is looked for.

use unblocked_analyzer::{Base, ClassRef, HalfAsync, Site, SiteKind, SyncOnly, Type};
use unblocked_django::{DjangoVersion, Effect, decorator};
use unblocked_syntax::{Field, Kind};

use super::scan::{Scan, Spot, is_async, is_query};
use crate::context::Context;
use crate::data::Place;
use crate::project::middleware::Standing;

/// Where the code has a pitfall, and where the migration keeps clear of it.
#[derive(Default)]
pub(super) struct Found {
    pub(super) places: Vec<Place>,
    pub(super) avoided: Vec<Place>,
}

impl From<Vec<Place>> for Found {
    fn from(places: Vec<Place>) -> Self {
        Self {
            places,
            avoided: Vec::new(),
        }
    }
}

/// In async code it is a pitfall; in code that becomes async it would be one.
fn split(spots: Vec<Spot>) -> Found {
    let mut found = Found::default();
    for spot in spots {
        if spot.in_async {
            found.places.push(spot.place);
        } else if spot.is_converted {
            found.avoided.push(spot.place);
        }
    }
    found
}

/// Wherever it is.
fn places(spots: Vec<Spot>) -> Found {
    let places: Vec<Place> = spots.into_iter().map(|spot| spot.place).collect();
    places.into()
}

/// Code that is async already, and not right.
fn half(scan: &Scan<'_>, picks: impl Fn(&HalfAsync) -> bool) -> Found {
    places(scan.sites(|site| matches!(&site.kind, SiteKind::HalfAsync(what) if picks(what))))
}

type Check = fn(&Context<'_>, &Scan<'_>) -> Found;

/// The check of a pitfall, by its name.
pub(super) fn check(id: &str) -> Option<Check> {
    Some(match id {
        "mixing-orm" => |_, scan| split(scan.sites(is_query)),
        "forgetting-await" => |_, scan| half(scan, |what| matches!(what, HalfAsync::Unawaited(_))),
        "blocking-operations" => |_, scan| split(scan.sites(blocks)),
        "database-connections" => |context, _| kept_connections(context).into(),
        "middleware" => |context, _| broken_middleware(context).into(),
        "request-user" => {
            |_, scan| split(scan.sites(|site| matches!(site.kind, SiteKind::RequestUser { .. })))
        }
        "lost-404" => lost_404,
        "template-queries" => |_, scan| split(scan.sites(|site| site.effect == Effect::Template)),
        "atomic-requests" => |context, _| {
            let atomic = context
                .project
                .databases
                .iter()
                .filter(|one| one.is_atomic());
            let places = atomic.filter_map(|one| one.atomic_requests.as_ref());
            places
                .map(|setting| setting.place.clone())
                .collect::<Vec<_>>()
                .into()
        },
        "transactions" => |_, scan| {
            split(scan.sites(|site| {
                matches!(
                    site.kind,
                    SiteKind::SyncOnly {
                        what: SyncOnly::Transaction | SyncOnly::Cursor
                    }
                )
            }))
        },
        "manager-overrides" => |_, scan| {
            split(scan.sites(|site| {
                matches!(
                    site.kind,
                    SiteKind::Method {
                        overridden_by: Some(_),
                        ..
                    }
                )
            }))
        },
        "mixed-handlers" => mixed_handlers,
        "sync-decorators" => sync_decorators,
        "drf" => |_, scan| rest_framework(scan).into(),
        "gathered-queries" => |_, scan| gathered(scan).into(),
        "threads-with-orm" => |_, scan| {
            let spots = scan.sites(|site| {
                let SiteKind::HalfAsync(HalfAsync::Threaded(threaded)) = &site.kind else {
                    return false;
                };
                threaded.is_any_thread && matches!(site.effect, Effect::Query | Effect::Session)
            });
            places(spots)
        },
        "loop-in-loop" => |_, scan| half(scan, |what| matches!(what, HalfAsync::OwnLoop { .. })),
        "wrong-await" => |_, scan| {
            half(scan, |what| {
                matches!(
                    what,
                    HalfAsync::Misawaited(_)
                        | HalfAsync::NotAsyncIterable { .. }
                        | HalfAsync::AsyncGenerator
                        | HalfAsync::Early { .. }
                )
            })
        },
        "invented-names" => |_, scan| half(scan, |what| matches!(what, HalfAsync::NeverWas(_))),
        "stop-iteration" => |_, scan| stop_iteration(scan).into(),
        "cached-coroutines" => |_, scan| cached(scan).into(),
        "thread-locals" => |_, scan| {
            let locals = scan.calls_of(&["threading.local"]);
            locals
                .map(|call| scan.place(call.facts, call.node))
                .collect::<Vec<_>>()
                .into()
        },
        "async-receivers" => async_receivers,
        "async-paginator" => |_, scan| {
            let calls = scan.calls_of(&["django.core.paginator.AsyncPaginator"]);
            calls
                .map(|call| scan.place(call.facts, call.node))
                .collect::<Vec<_>>()
                .into()
        },
        "missing-options" => |context, _| invented_settings(context).into(),
        _ => return None,
    })
}

/// Waits for anything but the database, and blocks the thread.
fn blocks(site: &Site) -> bool {
    matches!(
        site.effect,
        Effect::Http
            | Effect::Sleep
            | Effect::Mail
            | Effect::Process
            | Effect::Lock
            | Effect::Network
            | Effect::Queue
            | Effect::Input
    ) && !site.kind.is_half_async()
        && !matches!(
            site.kind,
            SiteKind::Missing { .. } | SiteKind::OpaqueMethod { .. }
        )
}

/// Names of coroutine methods of querysets, managers, instances and sessions.
const COROUTINES: [&str; 22] = [
    "aget",
    "acreate",
    "aupdate",
    "adelete",
    "asave",
    "acount",
    "aexists",
    "afirst",
    "alast",
    "aget_or_create",
    "aupdate_or_create",
    "abulk_create",
    "abulk_update",
    "aaggregate",
    "ain_bulk",
    "alatest",
    "aearliest",
    "acontains",
    "arefresh_from_db",
    "aadd",
    "aset",
    "aremove",
];

pub(crate) fn kept_connections(context: &Context<'_>) -> Vec<Place> {
    let kept = context
        .project
        .databases
        .iter()
        .filter(|one| one.keeps_connections());
    kept.filter_map(|one| one.conn_max_age.as_ref())
        .map(|age| age.place.clone())
        .collect()
}

fn broken_middleware(context: &Context<'_>) -> Vec<Place> {
    let broken = context
        .project
        .middleware
        .iter()
        .filter_map(|one| match one.standing {
            Standing::Broken(why) => Some(
                one.defined
                    .clone()
                    .unwrap_or_else(|| one.listed.clone())
                    .labelled(why),
            ),
            _ => None,
        });
    broken.collect()
}

fn lost_404(_: &Context<'_>, scan: &Scan<'_>) -> Found {
    let in_try = |facts: &unblocked_analyzer::FileFacts, node| {
        facts
            .ast()
            .ancestors(node)
            .any(|up| facts.ast().kind(up) == Kind::Try)
    };
    let bare = scan.calls_of(&["aget"]).filter(|call| {
        call.in_async && !in_try(call.facts, call.node) && is_view(call.facts, call.node)
    });
    let places = bare.map(|call| scan.place(call.facts, call.node)).collect();
    let shortcuts = scan.sites(
        |site| matches!(&site.kind, SiteKind::Function { path } if path.ends_with("_or_404")),
    );
    Found {
        places,
        avoided: split(shortcuts).avoided,
    }
}

/// True for code in a function of a request.
fn is_view(facts: &unblocked_analyzer::FileFacts, node: unblocked_syntax::NodeId) -> bool {
    facts
        .owner(node)
        .and_then(|index| facts.functions.get(index))
        .is_some_and(|function| {
            function
                .params
                .iter()
                .take(2)
                .any(|param| param.name == "request")
        })
}

fn mixed_handlers(_: &Context<'_>, scan: &Scan<'_>) -> Found {
    let mut places = Vec::new();
    for class in crate::handlers::mixed(scan.analysis) {
        let facts = scan.analysis.world.file(class.file);
        if let Some(facts) = facts
            && let Some(found) = facts.classes.get(class.index)
        {
            let name = facts.ast().child(found.node, Field::Name);
            places.push(scan.place(facts, name.unwrap_or(found.node)));
        }
    }
    places.into()
}

/// Async functions under a decorator of Django's that does not know them yet.
fn sync_decorators(context: &Context<'_>, scan: &Scan<'_>) -> Found {
    let mut places = Vec::new();
    for (file, facts) in scan.analysis.world.files.iter().enumerate() {
        let ast = facts.ast();
        for function in facts.functions.iter().filter(|function| function.is_async) {
            for &node in &function.decorators {
                let mut head = node;
                while ast.kind(head) == Kind::Call
                    && let Some(inner) = ast.child(head, Field::Function)
                {
                    head = inner;
                }
                if let Some(Type::Path(path)) = scan.type_of(file, head)
                    && let Some(known) = decorator(path)
                    && !known.on_function(context.target)
                {
                    places.push(scan.place(facts, node));
                }
            }
        }
    }
    places.into()
}

fn rest_framework(scan: &Scan<'_>) -> Vec<Place> {
    let mut places = Vec::new();
    for (file, facts) in scan.analysis.world.files.iter().enumerate() {
        for function in facts.functions.iter().filter(|function| function.is_async) {
            let is_api_view = function
                .decorators
                .iter()
                .any(|&node| facts.source(node).starts_with("api_view"));
            let is_handler = function.class.is_some_and(|index| {
                let bases = scan.analysis.world.ancestors(ClassRef { file, index });
                bases.iter().any(|base| {
                    matches!(base, Base::External(path) if path.starts_with("rest_framework"))
                })
            });
            if is_api_view || is_handler {
                let name = facts
                    .ast()
                    .child(function.node, Field::Name)
                    .unwrap_or(function.node);
                places.push(scan.place(facts, name));
            }
        }
    }
    places
}

/// `gather` over two queries and more.
fn gathered(scan: &Scan<'_>) -> Vec<Place> {
    let gathers = scan.calls_of(&["asyncio.gather"]);
    let over = gathers.filter(|gather| {
        let ast = gather.facts.ast();
        let inside = scan.calls.iter().filter(|call| {
            call.file == gather.file
                && call.node != gather.node
                && ast.contains(gather.node, call.node)
                && COROUTINES
                    .iter()
                    .any(|name| call.name.rsplit('.').next() == Some(name))
        });
        inside.count() > 1
    });
    over.map(|call| scan.place(call.facts, call.node)).collect()
}

fn stop_iteration(scan: &Scan<'_>) -> Vec<Place> {
    let calls = scan.calls_of(&["asyncio.to_thread", "sync_to_async"]);
    let wrong = calls.filter(|call| {
        let ast = call.facts.ast();
        ast.child(call.node, Field::Arguments)
            .and_then(|arguments| ast.first_child(arguments))
            .is_some_and(|first| call.facts.source(first) == "next")
    });
    wrong
        .map(|call| scan.place(call.facts, call.node))
        .collect()
}

/// `lru_cache` and the like on coroutines.
fn cached(scan: &Scan<'_>) -> Vec<Place> {
    let mut places = Vec::new();
    for facts in scan.analysis.world.files {
        for function in facts.functions.iter().filter(|function| function.is_async) {
            let wrong = function.decorators.iter().filter(|&&node| {
                let source = facts.source(node);
                let name = source.split('(').next().unwrap_or(source);
                matches!(
                    name.rsplit('.').next(),
                    Some("lru_cache" | "cache" | "cached_property")
                )
            });
            places.extend(wrong.map(|&node| scan.place(facts, node)));
        }
    }
    places
}

fn async_receivers(context: &Context<'_>, scan: &Scan<'_>) -> Found {
    if context.target >= DjangoVersion::new(5, 0) {
        return Found::default();
    }
    let mut places = Vec::new();
    for facts in scan.analysis.world.files {
        for (index, function) in facts.functions.iter().enumerate() {
            let receives = function
                .decorators
                .iter()
                .any(|&node| facts.source(node).starts_with("receiver"));
            if receives && is_async(facts, Some(index)) {
                let name = facts
                    .ast()
                    .child(function.node, Field::Name)
                    .unwrap_or(function.node);
                places.push(scan.place(facts, name));
            }
        }
    }
    places.into()
}

/// Settings that Django does not have.
pub(crate) fn invented_settings(context: &Context<'_>) -> Vec<Place> {
    let mut places = Vec::new();
    for database in &context.project.databases {
        let spelled = database.spelled.as_deref().unwrap_or_default();
        if crate::files::settings::corrected(spelled).is_some()
            && let Some(setting) = &database.engine_setting
        {
            places.push(setting.place.clone());
        }
        if let Some(setting) = &database.async_mode {
            places.push(setting.place.clone().labelled("async_mode"));
        }
    }
    places
}
