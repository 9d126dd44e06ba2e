//! The questions, with the answers that the code gives.

use unblocked_django::{DjangoVersion, Effect, PythonVersion};

use crate::answers::{Input, Question, Source, engine_choices, engine_key, usual_latency};
use crate::assessment::{Assessment, CONNECTIONS, Recommendation, USUAL_ROUNDS, USUAL_TRAFFIC};
use crate::content::servers::SERVERS;
use crate::context::{Context, DRIVERS};
use crate::data::{Engine, Place, Server};

/// What the guide asks about the views and the project at hand.
pub(crate) fn questions(context: &Context<'_>, assessment: &Assessment) -> Vec<Question> {
    let mut all = vec![
        views(context, assessment),
        external(assessment),
        queries(assessment),
        engine(context),
        driver(context),
        benefit(assessment),
        server(context),
        next_server(context),
        django(context),
        python(context),
        number(
            "traffic",
            "How many requests come at the busiest time?",
            "requests per second",
            context.answers.traffic,
            USUAL_TRAFFIC,
        ),
        slots(context),
        number(
            "rounds",
            "How many rounds does a loop around a wait run?",
            "rounds",
            context.answers.rounds.map(f64::from),
            f64::from(USUAL_ROUNDS),
        ),
    ];
    let seen: std::collections::BTreeSet<Effect> = assessment
        .views
        .iter()
        .flat_map(|view| &view.waits)
        .map(|wait| wait.effect)
        .collect();
    all.extend(seen.into_iter().map(|effect| {
        let known = context.answers.latencies.get(effect.as_str()).copied();
        number(
            &format!("latency:{effect}"),
            &format!("How long does {} take, typically?", what(effect)),
            "ms",
            known,
            usual_latency(effect),
        )
    }));
    all
}

fn what(effect: Effect) -> &'static str {
    match effect {
        Effect::Query => "a query",
        Effect::Database => "asking a database past Django",
        Effect::Cpu => "heavy computing",
        Effect::Http => "an HTTP request to another service",
        Effect::Sleep => "a pause",
        Effect::Mail => "sending a mail",
        Effect::File => "reading or writing a file",
        Effect::Process => "running another program",
        Effect::Cache => "asking the cache",
        Effect::Session => "loading the session or its user",
        Effect::Lock => "waiting for a lock",
        Effect::Template => "rendering a template",
        Effect::Queue => "putting a job on the queue",
        Effect::Network => "asking another server (Redis, sockets, storage)",
        Effect::Input => "waiting for input",
    }
}

fn question(id: &str, text: &str, from_guide: bool) -> Question {
    Question {
        id: id.to_owned(),
        text: text.to_owned(),
        from_guide,
        answer: String::new(),
        value: String::new(),
        source: Source::Code,
        input: Input::None,
        places: Vec::new(),
    }
}

fn number(id: &str, text: &str, unit: &str, given: Option<f64>, usual: f64) -> Question {
    let value = given.unwrap_or(usual);
    Question {
        answer: format!("{value} {unit}"),
        value: value.to_string(),
        source: if given.is_some() {
            Source::You
        } else {
            Source::Default
        },
        input: Input::Number(unit.to_owned()),
        ..question(id, text, false)
    }
}

fn views(context: &Context<'_>, assessment: &Assessment) -> Question {
    let chosen = &context.answers.views;
    let advised: Vec<&str> = assessment
        .views
        .iter()
        .filter(|view| {
            matches!(
                view.recommendation,
                Recommendation::Fix | Recommendation::Migrate
            )
        })
        .map(|view| &*view.name)
        .collect();
    let answer = if !chosen.is_empty() {
        chosen
            .iter()
            .map(|view| view.rsplit(':').next().unwrap_or(view))
            .collect::<Vec<_>>()
            .join(", ")
    } else if advised.is_empty() {
        "None of them has to move.".to_owned()
    } else {
        format!("Those that pay: {}", advised.join(", "))
    };
    Question {
        answer,
        source: if chosen.is_empty() {
            Source::Code
        } else {
            Source::You
        },
        input: Input::Many(
            assessment
                .views
                .iter()
                .map(|view| {
                    let label = match view.routes.is_empty() {
                        true => view.name.clone(),
                        false => format!("{} ({})", view.name, view.shown_routes()),
                    };
                    (view.id.clone(), label, chosen.contains(&view.id))
                })
                .collect(),
        ),
        ..question("views", "Which views do you want to migrate?", true)
    }
}

/// Views whose waits `picks` picks: how many, and where the waits are.
fn waits_of(assessment: &Assessment, picks: impl Fn(Effect) -> bool) -> (usize, usize, Vec<Place>) {
    let mut places: Vec<Place> = Vec::new();
    let mut views = 0;
    let mut several = 0;
    for view in &assessment.views {
        let found: Vec<&Place> = view
            .waits
            .iter()
            .filter(|wait| picks(wait.effect))
            .map(|wait| &wait.place)
            .collect();
        views += usize::from(!found.is_empty());
        several += usize::from(found.len() > 1);
        places.extend(found.into_iter().cloned());
    }
    places.sort();
    places.dedup();
    (views, several, places)
}

fn external(assessment: &Assessment) -> Question {
    let (views, _, places) = waits_of(assessment, |effect| {
        matches!(effect, Effect::Http | Effect::Network)
    });
    let total = assessment.views.len();
    let answer = match views {
        0 => "No: none that is known.".to_owned(),
        _ => format!("Yes: {views} of {total} that wait."),
    };
    Question {
        answer,
        places,
        ..question(
            "external",
            "Do these views make slow external API calls?",
            true,
        )
    }
}

fn queries(assessment: &Assessment) -> Question {
    let (views, several, places) = waits_of(assessment, |effect| effect == Effect::Query);
    let answer = match (views, several) {
        (0, _) => "No: they do not ask the database.".to_owned(),
        (_, 0) => "No: one query each, at most.".to_owned(),
        (_, several) => format!(
            "Yes: {several} of {}. They run one after another, in async code too.",
            assessment.views.len()
        ),
    };
    Question {
        answer,
        places,
        ..question(
            "queries",
            "Do they perform multiple database queries?",
            true,
        )
    }
}

fn engine(context: &Context<'_>) -> Question {
    let found = context.project.engine();
    let source = if context.answers.engine.is_some() {
        Source::You
    } else if found.is_some() {
        Source::Code
    } else {
        Source::Default
    };
    Question {
        answer: match context.engine {
            Engine::Unknown => {
                "Not known: choose, or add settings.py. Every database works.".to_owned()
            }
            engine => format!(
                "{}. Django's ORM works in async views on every database.",
                engine.as_str()
            ),
        },
        value: engine_key(context.engine).to_owned(),
        source,
        input: Input::Choice(engine_choices()),
        places: found.map(|(_, place)| place).into_iter().collect(),
        ..question(
            "engine",
            "Are you using Django ORM or a database that supports async (PostgreSQL, MySQL)?",
            true,
        )
    }
}

fn driver(context: &Context<'_>) -> Question {
    let at_hand = context
        .driver
        .as_deref()
        .and_then(|name| context.project.requirement(name));
    let words = |name: &str| {
        DRIVERS
            .iter()
            .find(|(pip, ..)| *pip == name)
            .map_or(name.to_owned(), |(_, _, words)| (*words).to_owned())
    };
    let answer = match context.driver.as_deref() {
        Some(name @ ("asyncpg" | "aiomysql")) => format!("{}, which Django does not use: it needs a driver of its own.", words(name)),
        Some(name) => format!("{}. None has to be async.", words(name)),
        None => "Not known. None has to be async: Django uses psycopg, mysqlclient, sqlite3 or oracledb (cx_Oracle below 5.0).".to_owned(),
    };
    let mut choices: Vec<(String, String)> = Vec::new();
    for (name, of, label) in DRIVERS {
        let fits = context.engine == Engine::Unknown || of == context.engine;
        if fits && name != "psycopg2-binary" {
            choices.push((name.to_owned(), label.to_owned()));
        }
    }
    Question {
        answer,
        value: context.driver.clone().unwrap_or_default(),
        source: if context.answers.driver.is_some() {
            Source::You
        } else if context.driver.is_some() {
            Source::Code
        } else {
            Source::Default
        },
        input: Input::Choice(choices),
        places: at_hand.map(|one| one.place.clone()).into_iter().collect(),
        ..question("driver", "What async database driver are you using?", true)
    }
}

fn benefit(assessment: &Assessment) -> Question {
    let best: Vec<String> = assessment
        .views
        .iter()
        .filter(|view| {
            matches!(
                view.recommendation,
                Recommendation::Fix | Recommendation::Migrate | Recommendation::Blocked
            )
        })
        .take(5)
        .map(|view| format!("`{}` ({})", view.name, view.recommendation.as_str()))
        .collect();
    Question {
        answer: if best.is_empty() {
            "None: nothing slow beside the database.".to_owned()
        } else {
            best.join(", ")
        },
        ..question(
            "benefit",
            "Which views would benefit most from async?",
            true,
        )
    }
}

fn server(context: &Context<'_>) -> Question {
    let found = context.project.server();
    Question {
        answer: match context.server {
            Some(server) if server.is_asgi() => format!("{}: it speaks ASGI.", server.as_str()),
            Some(server) => format!("{}: it speaks WSGI.", server.as_str()),
            None => "Not known: choose, or add Dockerfile, Procfile, a unit or a compose file."
                .to_owned(),
        },
        value: context.server.map_or("", Server::key).to_owned(),
        source: if context.answers.server.is_some() {
            Source::You
        } else if found.is_some() {
            Source::Code
        } else {
            Source::Default
        },
        input: Input::Choice(
            Server::ALL
                .iter()
                .map(|server| (server.key().to_owned(), server.as_str().to_owned()))
                .collect(),
        ),
        places: found.map(|(_, place)| place).into_iter().collect(),
        ..question("server", "What's your current deployment setup?", true)
    }
}

fn next_server(context: &Context<'_>) -> Question {
    Question {
        answer: context.next_server.as_str().to_owned(),
        value: context.next_server.key().to_owned(),
        source: if context.answers.next_server.is_some() {
            Source::You
        } else {
            Source::Default
        },
        input: Input::Choice(
            SERVERS
                .iter()
                .map(|facts| {
                    (
                        facts.server.key().to_owned(),
                        facts.server.as_str().to_owned(),
                    )
                })
                .collect(),
        ),
        ..question("next-server", "What shall serve ASGI?", false)
    }
}

fn django(context: &Context<'_>) -> Question {
    let found = context.project.django();
    let mut answer = format!("Django {}", context.target);
    if let Some((version, _)) = &found
        && *version != context.target
    {
        answer.push_str(&format!("; the requirements ask for Django {version}"));
    }
    answer.push('.');
    let is_of_code = found
        .as_ref()
        .is_some_and(|(version, _)| *version == context.target);
    let choices = DjangoVersion::SUPPORTED.iter();
    Question {
        answer,
        value: context.target.to_string(),
        source: match is_of_code {
            true => Source::Code,
            false => Source::Default,
        },
        input: Input::Choice(
            choices
                .map(|version| (version.to_string(), format!("Django {version}")))
                .collect(),
        ),
        places: found.map(|(_, place)| place).into_iter().collect(),
        ..question("django", "Which Django?", false)
    }
}

/// Minor versions of Python 3 that can be chosen, where Django runs on them.
const PYTHONS: [u8; 7] = [8, 9, 10, 11, 12, 13, 14];

fn python(context: &Context<'_>) -> Question {
    let found = context.project.python.as_ref();
    let mut answer = format!("Python {} and later can run the code", context.python);
    if let Some(((major, minor), _)) = found {
        answer.push_str(&format!("; it runs on Python {major}.{minor}"));
    }
    answer.push('.');
    let oldest = context.target.oldest_python();
    Question {
        answer,
        value: context.python.to_string(),
        source: match (context.is_python_given, found) {
            (true, _) => Source::You,
            (false, Some(_)) => Source::Code,
            (false, None) => Source::Default,
        },
        input: Input::Choice(
            PYTHONS
                .into_iter()
                .map(|minor| PythonVersion::new(3, minor))
                .filter(|version| *version >= oldest)
                .map(|version| (version.to_string(), format!("Python {version} and later")))
                .collect(),
        ),
        places: found.map(|(_, place)| place.clone()).into_iter().collect(),
        ..question("python", "Which Python, at least?", false)
    }
}

fn slots(context: &Context<'_>) -> Question {
    let at_hand = context
        .project
        .command()
        .filter(|one| one.server.is_asgi() || one.workers.is_some() || one.threads.is_some());
    Question {
        answer: match context.server {
            Some(server) if server.is_asgi() => format!(
                "{} at a time (under ASGI each has a thread of its own; {CONNECTIONS} for each process are reckoned with)",
                context.slots
            ),
            _ => format!("{} at a time (processes × threads)", context.slots),
        },
        value: context.slots.to_string(),
        source: if context.answers.slots.is_some() {
            Source::You
        } else if at_hand.is_some() {
            Source::Code
        } else {
            Source::Default
        },
        input: Input::Number("requests".to_owned()),
        places: at_hand.map(|one| one.place.clone()).into_iter().collect(),
        ..question(
            "slots",
            "How many requests are served at the same time today?",
            false,
        )
    }
}
