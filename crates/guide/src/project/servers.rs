//! What serves the site today, as Dockerfile, Procfile, compose file, units, scripts and requirements at hand say.

use unblocked_analyzer::ResourceKind;
use unblocked_rewriter::Range;

use super::requirements::lines_of;
use crate::content::servers::PROGRAMS;
use crate::data::{Place, Server};

/// A command that starts a server.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Command {
    pub(crate) server: Server,
    /// The dotted path of the application: `shop.wsgi:application`.
    pub(crate) application: Option<String>,
    /// Processes.
    pub(crate) workers: Option<u32>,
    /// Threads of each process.
    pub(crate) threads: Option<u32>,
    /// Seconds until a worker that does not answer is replaced.
    pub(crate) timeout: Option<u32>,
    /// The port.
    pub(crate) port: Option<u16>,
    /// The worker class, where one is named.
    pub(crate) worker_class: Option<String>,
    pub(crate) kind: ResourceKind,
    pub(crate) place: Place,
}

/// The words of a command, the brackets, quotes and commas of a JSON array taken off.
fn words(line: &str) -> Vec<String> {
    line.split(|it: char| {
        it.is_whitespace() || matches!(it, ',' | '[' | ']' | '"' | '\'' | '=' | '`')
    })
    .filter(|word| !word.is_empty())
    .map(str::to_owned)
    .collect()
}

/// A server's command in a line, if there is one.
fn command(kind: ResourceKind, place: Place, line: &str) -> Option<Command> {
    let words = words(line);
    // What is installed or copied is not started.
    let installs =
        |word: &str| matches!(word, "install" | "COPY" | "ADD" | "apt-get" | "add" | "pip");
    let (at, usual) = words.iter().enumerate().find_map(|(at, word)| {
        let program = word.rsplit('/').next().unwrap_or(word);
        let (.., server) = PROGRAMS.iter().find(|(name, ..)| *name == program)?;
        Some((at, *server))
    })?;
    if words.iter().take(at).any(|word| installs(word)) {
        return None;
    }
    let rest = words.get(at + 1..).unwrap_or_default();
    let option = |names: &[&str]| {
        rest.iter().enumerate().find_map(|(index, word)| {
            if names.contains(&word.as_str()) {
                return rest.get(index + 1).cloned();
            }
            // `-w4`
            names
                .iter()
                .filter(|name| name.len() == 2)
                .find_map(|name| word.strip_prefix(name))
                .filter(|value| !value.is_empty() && !value.starts_with('-'))
                .map(str::to_owned)
        })
    };
    let number = |names: &[&str]| option(names).and_then(|value| value.parse().ok());
    let worker_class = option(&["-k", "--worker-class"]);
    let application = rest
        .iter()
        .find(|word| {
            !word.starts_with('-')
                && (word.contains(".wsgi")
                    || word.contains(".asgi")
                    || word.ends_with("asgi:application"))
        })
        .cloned();
    let is_asgi = worker_class.as_deref().is_some_and(is_asgi_worker);
    let server = match usual {
        Server::GunicornWsgi if is_asgi => Server::GunicornAsgi,
        server => server,
    };
    let port = option(&[
        "-b",
        "--bind",
        "--listen",
        "--http",
        "--http-socket",
        "--socket",
    ])
    .and_then(|bind| bind.rsplit(':').next().and_then(|port| port.parse().ok()))
    .or_else(|| number(&["-p", "--port"]).and_then(|port: u32| port.try_into().ok()));
    Some(Command {
        server,
        application,
        workers: number(&["-w", "--workers", "--processes"]),
        threads: number(&["--threads"]),
        timeout: number(&["-t", "--timeout"]),
        port,
        worker_class,
        kind,
        place,
    })
}

/// True for Gunicorn's worker classes that speak ASGI.
pub(crate) fn is_asgi_worker(class: &str) -> bool {
    class == "asgi" || class.contains("uvicorn") || class.contains("Uvicorn")
}

/// The servers that a file starts. Lines that a backslash continues are one.
pub(crate) fn read(kind: ResourceKind, path: &str, text: &str) -> Vec<Command> {
    let is_read = matches!(
        kind,
        ResourceKind::Dockerfile
            | ResourceKind::Compose
            | ResourceKind::Procfile
            | ResourceKind::Unit
            | ResourceKind::Script
    );
    if !is_read {
        return Vec::new();
    }
    let mut commands = Vec::new();
    let mut joined = String::new();
    let mut first = None;
    for (start, line) in lines_of(text) {
        if line.trim_start().starts_with('#') {
            continue;
        }
        let begin = *first.get_or_insert(start);
        match line.trim_end().strip_suffix('\\') {
            Some(part) => {
                joined.push_str(part);
                joined.push(' ');
            }
            None => {
                joined.push_str(line);
                let range = Range {
                    start: begin + (joined.len() - joined.trim_start().len()),
                    end: start + line.len(),
                };
                let place = Place::new(path, text, range);
                commands.extend(command(kind, place, &joined));
                joined.clear();
                first = None;
            }
        }
    }
    commands
}

/// The Python that an image is built on (`FROM python:3.12-slim`), and where it says so.
pub(crate) fn python(path: &str, text: &str) -> Option<((u32, u32), Place)> {
    lines_of(text).find_map(|(start, line)| {
        let words = words(line);
        words
            .first()
            .filter(|word| word.eq_ignore_ascii_case("FROM"))?;
        let tag = words
            .iter()
            .filter_map(|word| word.rsplit('/').next())
            .find_map(|image| image.strip_prefix("python:"))?;
        let mut numbers = tag
            .split(|it: char| !it.is_ascii_digit())
            .map(str::parse::<u32>);
        let version = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        let range = Range {
            start,
            end: start + line.len(),
        };
        Some((version, Place::new(path, text, range)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: ResourceKind, text: &str) -> Vec<String> {
        read(kind, "file", text)
            .into_iter()
            .map(|it| {
                format!(
                    "{} {} workers {:?} port {:?} line {}",
                    it.server.key(),
                    it.application.unwrap_or_default(),
                    it.workers,
                    it.port,
                    it.place.line
                )
            })
            .collect()
    }

    #[test]
    fn reads_commands_of_every_kind() {
        assert_eq!(
            of(
                ResourceKind::Procfile,
                "release: python manage.py migrate\nweb: gunicorn shop.wsgi -w4 --timeout 60\n"
            ),
            ["gunicorn-wsgi shop.wsgi workers Some(4) port None line 2"]
        );
        assert_eq!(
            of(
                ResourceKind::Dockerfile,
                "FROM python:3.12\nRUN pip install gunicorn uvicorn\n\
                 CMD [\"gunicorn\", \"-k\", \"uvicorn_worker.UvicornWorker\", \\\n  \
                 \"--bind\", \"0.0.0.0:8080\", \"shop.asgi:application\"]\n"
            ),
            ["gunicorn-asgi shop.asgi:application workers None port Some(8080) line 3"]
        );
        assert_eq!(
            of(
                ResourceKind::Unit,
                "[Service]\nExecStart=/srv/venv/bin/daphne -p 8001 shop.asgi:application\n"
            ),
            ["daphne shop.asgi:application workers None port Some(8001) line 2"]
        );
    }

    #[test]
    fn reads_the_ports_of_wsgi_servers() {
        let port = |line: &str| {
            let found = read(
                ResourceKind::Procfile,
                "Procfile",
                &format!("web: {line}\n"),
            );
            found.first().and_then(|command| command.port)
        };
        for line in [
            "uwsgi --http :8080 --module shop.wsgi --processes 4",
            "uwsgi --http-socket=0.0.0.0:8080 -w shop.wsgi",
            "waitress-serve --port=8080 shop.wsgi:application",
            "waitress-serve --listen=*:8080 shop.wsgi:application",
            "gunicorn --bind=0.0.0.0:8080 shop.wsgi",
            "mod_wsgi-express start-server shop/wsgi.py --port 8080",
        ] {
            assert_eq!(port(line), Some(8080), "{line}");
        }
    }

    #[test]
    fn what_is_only_installed_or_mentioned_serves_nothing() {
        for text in [
            "RUN pip install gunicorn\n",
            "COPY gunicorn /etc/\n",
            "# CMD gunicorn shop.wsgi\n",
            "RUN echo hello\n",
        ] {
            assert!(of(ResourceKind::Dockerfile, text).is_empty(), "{text}");
        }
        assert!(of(ResourceKind::Template, "gunicorn shop.wsgi").is_empty());
    }

    #[test]
    fn reads_the_python_of_an_image() {
        let version = |text| python("Dockerfile", text).map(|found| found.0);
        assert_eq!(
            version("FROM --platform=linux/amd64 python:3.12-slim AS web\n"),
            Some((3, 12))
        );
        assert_eq!(version("FROM python:latest\n"), None);
        assert_eq!(version("FROM debian:12\n"), None);
    }
}
