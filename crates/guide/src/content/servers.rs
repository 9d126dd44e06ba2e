//! The ASGI servers: how each is installed, started, and what it can do. Tried with Django 4.2 to 6.1.

use crate::data::Server;

/// What is true of an ASGI server.
pub(crate) struct Facts {
    /// Which.
    pub(crate) server: Server,
    /// What pip installs, each with a range that exists.
    pub(crate) packages: &'static [(&'static str, &'static str)],
    /// How its processes are told.
    pub(crate) workers: &'static str,
    /// What it does on SIGTERM.
    pub(crate) shutdown: &'static str,
    /// Its timeouts.
    pub(crate) timeouts: &'static str,
    /// What it does about ASGI's lifespan, which Django does not speak.
    pub(crate) lifespan: &'static str,
    /// When to take it.
    pub(crate) choose: &'static str,
    /// What Django's documentation says of it.
    pub(crate) docs: &'static str,
}

const WORKERS: &str = "`--workers`: one for each core to begin with.";

const GRACEFUL: &str = "`--graceful-timeout 30`: running requests get 30 s after SIGTERM.";

/// Seconds that running requests get when a process is told to stop.
pub(crate) const GRACE: u32 = 30;

/// What starts a server, the package that brings it, and what it serves as unless its options say otherwise; those that
/// only serve WSGI first.
pub(crate) const PROGRAMS: [(&str, &str, Server); 9] = [
    ("gunicorn", "gunicorn", Server::GunicornWsgi),
    ("uwsgi", "uwsgi", Server::Uwsgi),
    ("waitress-serve", "waitress", Server::Waitress),
    ("mod_wsgi-express", "mod-wsgi", Server::ModWsgi),
    ("daphne", "daphne", Server::Daphne),
    ("hypercorn", "hypercorn", Server::Hypercorn),
    ("granian", "granian", Server::Granian),
    ("uvicorn", "uvicorn", Server::Uvicorn),
    ("runserver", "django", Server::RunServer),
];

/// Facts of the servers that speak ASGI, in the order in which they are listed.
pub(crate) const SERVERS: [Facts; 5] = [
    Facts {
        server: Server::GunicornAsgi,
        packages: &[
            ("gunicorn", ">=23,<28"),
            ("uvicorn", ">=0.30,<1"),
            ("uvicorn-worker", ">=0.3,<1"),
        ],
        workers: WORKERS,
        shutdown: GRACEFUL,
        timeouts: "`--timeout` watches the worker, not a request: an async worker that awaits is alive. Put a limit on each outgoing request instead.",
        lifespan: "The worker turns lifespan to \"auto\"; Django logs nothing wrong.",
        choose: "Gunicorn serves the site today: only the worker class and the application change. Not `uvicorn.workers.UvicornWorker`: it is deprecated in favour of the package `uvicorn-worker`. From Gunicorn 24 on its own worker (`-k asgi`) works as well.",
        docs: "howto/deployment/asgi/uvicorn/",
    },
    Facts {
        server: Server::Uvicorn,
        packages: &[("uvicorn", ">=0.30,<1")],
        workers: WORKERS,
        shutdown: "`--timeout-graceful-shutdown 30`: without it, it waits for running requests as long as they take.",
        timeouts: "`--timeout-keep-alive` is about idle connections. There is none for a request.",
        lifespan: "`--lifespan off`: otherwise it logs \"ASGI 'lifespan' protocol appears unsupported\", which is harmless.",
        choose: "There is no Gunicorn to keep: few options, fast, widely used.",
        docs: "howto/deployment/asgi/uvicorn/",
    },
    Facts {
        server: Server::Daphne,
        packages: &[("daphne", ">=4.1,<5")],
        workers: "It has none: start one process for each core behind the proxy, each on its own port or socket.",
        shutdown: "It stops at once on SIGTERM: take the process out of the proxy first.",
        timeouts: "`--http-timeout` limits a whole request; there is none by default.",
        lifespan: "It does not use lifespan.",
        choose: "You use Channels, or want `manage.py runserver` to serve ASGI: put `\"daphne\"` first in `INSTALLED_APPS`.",
        docs: "howto/deployment/asgi/daphne/",
    },
    Facts {
        server: Server::Hypercorn,
        packages: &[("hypercorn", ">=0.17,<1")],
        workers: WORKERS,
        shutdown: GRACEFUL,
        timeouts: "`--read-timeout` and `--keep-alive`; there is none for a request.",
        lifespan: "It logs a warning about lifespan, which is harmless.",
        choose: "You want HTTP/2 or HTTP/3 without a proxy in front.",
        docs: "howto/deployment/asgi/hypercorn/",
    },
    Facts {
        server: Server::Granian,
        packages: &[("granian", ">=2,<3")],
        workers: WORKERS,
        shutdown: "It waits for running requests on SIGTERM; `--workers-kill-timeout` ends that.",
        timeouts: "There is none for a request.",
        lifespan: "`--interface asginl` leaves lifespan out; `asgi` works as well.",
        choose: "You want a server written in Rust, and its own process manager.",
        docs: "howto/deployment/asgi/",
    },
];

/// The facts of a server.
pub(crate) fn facts(server: Server) -> &'static Facts {
    let [gunicorn, uvicorn, daphne, hypercorn, granian] = &SERVERS;
    match server {
        Server::Uvicorn => uvicorn,
        Server::Daphne => daphne,
        Server::Hypercorn => hypercorn,
        Server::Granian => granian,
        _ => gunicorn,
    }
}

/// The command that starts a server, as its words.
pub(crate) fn command(
    server: Server,
    application: &str,
    host: &str,
    port: u16,
    workers: u32,
) -> Vec<String> {
    let (port_text, workers, grace) = (port.to_string(), workers.to_string(), GRACE.to_string());
    let address = format!("{host}:{port}");
    let words: Vec<&str> = match server {
        Server::Uvicorn => vec![
            "uvicorn",
            application,
            "--host",
            host,
            "--port",
            &port_text,
            "--workers",
            &workers,
            "--lifespan",
            "off",
            "--timeout-graceful-shutdown",
            &grace,
        ],
        Server::Daphne => vec!["daphne", "-b", host, "-p", &port_text, application],
        Server::Hypercorn => vec![
            "hypercorn",
            application,
            "--bind",
            &address,
            "--workers",
            &workers,
            "--graceful-timeout",
            &grace,
        ],
        Server::Granian => vec![
            "granian",
            "--interface",
            "asgi",
            application,
            "--host",
            host,
            "--port",
            &port_text,
            "--workers",
            &workers,
        ],
        _ => vec![
            "gunicorn",
            application,
            "-k",
            "uvicorn_worker.UvicornWorker",
            "--bind",
            &address,
            "--workers",
            &workers,
            "--graceful-timeout",
            &grace,
        ],
    };
    words.into_iter().map(str::to_owned).collect()
}

/// The server to move to from the one of today.
pub(crate) fn successor(today: Option<Server>) -> Server {
    match today {
        Some(server) if server.is_asgi() => server,
        Some(Server::GunicornWsgi) => Server::GunicornAsgi,
        _ => Server::Uvicorn,
    }
}
