//! What the files at hand say of the project: settings by value, requirements, servers, middleware, entry points.

mod address;
pub(crate) mod home;
pub(crate) mod middleware;
pub(crate) mod requirements;
pub(crate) mod routes;
pub(crate) mod servers;
pub(crate) mod settings;
pub(crate) mod value;

use unblocked_analyzer::{Analysis, FileFacts, ResourceKind, Workspace, resource_kind};
use unblocked_django::DjangoVersion;

use crate::content::servers::PROGRAMS;
use crate::context::DRIVERS;
use crate::data::{Engine, Place, Server};
use home::Home;
use middleware::Middleware;
use requirements::Requirement;
use routes::Routes;
use servers::Command;
use settings::{Database, Settings};
use value::Values;

/// A text that is not Python.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resource<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
    pub(crate) kind: ResourceKind,
}

/// `asgi.py` or `wsgi.py`.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) facts: &'a FileFacts,
    /// It makes Django's application.
    pub(crate) is_complete: bool,
}

/// What the files at hand say of the project.
pub(crate) struct Project<'a> {
    pub(crate) home: Home,
    pub(crate) settings: Settings<'a>,
    pub(crate) databases: Vec<Database>,
    pub(crate) requirements: Vec<Requirement>,
    pub(crate) commands: Vec<Command>,
    pub(crate) middleware: Vec<Middleware>,
    pub(crate) asgi: Option<Entry<'a>>,
    pub(crate) wsgi: Option<Entry<'a>>,
    pub(crate) resources: Vec<Resource<'a>>,
    /// Under which addresses views are reached.
    pub(crate) routes: Routes,
    /// The Python that it runs on: the oldest that is allowed, or that of its image.
    pub(crate) python: Option<((u32, u32), Place)>,
}

impl<'a> Project<'a> {
    /// Reads the project of the files that are asked about.
    pub(crate) fn read(
        workspace: &'a Workspace,
        analysis: &Analysis<'a>,
        target: DjangoVersion,
        asked: &[&str],
    ) -> Self {
        let files = analysis.world.files;
        let home = Home::find(files, asked);
        let settings = Settings::find(files, &home);
        let mut resources: Vec<Resource<'a>> = workspace
            .resources()
            .filter(|(path, _)| !home.is_foreign(path))
            .filter_map(|(path, text)| {
                let kind = resource_kind(path)?;
                Some(Resource { path, text, kind })
            })
            .collect();
        resources.sort_by_cached_key(|file| home.distance(file.path));
        let mut requirements: Vec<Requirement> = resources
            .iter()
            .flat_map(|file| requirements::read(file.kind, file.path, file.text))
            .collect();
        // What production needs comes before what tests need.
        requirements
            .sort_by_key(|one| one.is_for_development || home.is_for_development(&one.place.file));
        let mut commands: Vec<Command> = resources
            .iter()
            .flat_map(|file| servers::read(file.kind, file.path, file.text))
            .collect();
        commands.extend(own(files, &home).filter_map(gunicorn_config));
        refine_gunicorn(&mut commands, own(files, &home));
        commands.sort_by_key(|command| {
            (
                command.server == Server::RunServer,
                source_rank(command.kind),
            )
        });
        let python = resources
            .iter()
            .filter(|file| file.kind == ResourceKind::Dockerfile)
            .find_map(|file| servers::python(file.path, file.text))
            .or_else(|| {
                resources
                    .iter()
                    .filter(|file| file.kind == ResourceKind::PyProject)
                    .find_map(|file| requirements::python(file.path, file.text))
            });
        let native_remote_user = target >= DjangoVersion::new(5, 2);
        Self {
            databases: settings.databases(),
            routes: Routes::find(analysis, &settings),
            middleware: middleware::find(analysis, &settings, native_remote_user),
            asgi: entry(files, &home, "asgi"),
            wsgi: entry(files, &home, "wsgi"),
            home,
            settings,
            requirements,
            commands,
            resources,
            python,
        }
    }

    /// The requirement of a name.
    pub(crate) fn requirement(&self, name: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|one| one.name == name)
    }

    /// The database that views ask: `default`, or the first.
    pub(crate) fn database(&self) -> Option<&Database> {
        self.databases
            .iter()
            .find(|one| one.alias == "default")
            .or(self.databases.first())
    }

    /// The engine, as settings say, else as the driver that is required says.
    pub(crate) fn engine(&self) -> Option<(Engine, Place)> {
        let set = self
            .database()
            .filter(|database| database.engine != Engine::Unknown)
            .map(|database| (database.engine, database.place.clone()));
        set.or_else(|| {
            DRIVERS
                .into_iter()
                .filter(|(name, ..)| !matches!(*name, "asyncpg" | "aiomysql"))
                .find_map(|(name, engine, _)| Some((engine, self.requirement(name)?.place.clone())))
        })
    }

    /// The command that serves the site.
    pub(crate) fn command(&self) -> Option<&Command> {
        self.commands.first()
    }

    /// The port that the site is served on.
    pub(crate) fn port(&self) -> u16 {
        self.commands
            .iter()
            .find_map(|command| command.port)
            .unwrap_or(8000)
    }

    /// The server, as commands say, else the one that is required.
    pub(crate) fn server(&self) -> Option<(Server, Place)> {
        if let Some(command) = self.command().filter(|one| one.server != Server::RunServer) {
            return Some((command.server, command.place.clone()));
        }
        let mut required = PROGRAMS
            .into_iter()
            .filter(|(.., server)| *server != Server::RunServer);
        required.find_map(|(_, name, server)| {
            let requirement = self.requirement(name)?;
            let server = match self.requirement("uvicorn-worker") {
                Some(_) if server == Server::GunicornWsgi => Server::GunicornAsgi,
                _ => server,
            };
            Some((server, requirement.place.clone()))
        })
    }

    /// The Django that is required, when the product knows it.
    pub(crate) fn django(&self) -> Option<(DjangoVersion, Place)> {
        let requirement = self.requirement("django")?;
        let (major, minor) = requirement.lowest()?;
        let version = DjangoVersion::new(u8::try_from(major).ok()?, u8::try_from(minor).ok()?);
        DjangoVersion::SUPPORTED
            .contains(&version)
            .then(|| (version, requirement.place.clone()))
    }

    /// The name of the package with the settings: `shop` of `shop.settings`.
    pub(crate) fn package(&self) -> String {
        let of_setting = |name: &str| {
            let text = self.settings.get(name)?.item.text()?.to_owned();
            text.split('.').next().map(str::to_owned)
        };
        let of_file = |entry: Option<Entry<'_>>| {
            let (package, _) = self.home.module(&entry?.facts.module).rsplit_once('.')?;
            Some(package.to_owned())
        };
        let of_command = || {
            let application = self.command()?.application.as_deref()?;
            let module = application.split(':').next()?;
            let (package, _) = module.rsplit_once('.')?;
            Some(package.to_owned())
        };
        of_file(self.asgi)
            .or_else(|| of_file(self.wsgi))
            .or_else(|| of_setting("ASGI_APPLICATION"))
            .or_else(|| of_setting("WSGI_APPLICATION"))
            .or_else(|| of_setting("ROOT_URLCONF"))
            .or_else(of_command)
            .unwrap_or_else(|| "myproject".to_owned())
    }

    /// The module with the settings, as `wsgi.py` names it, or as its file is called.
    pub(crate) fn settings_module(&self) -> String {
        let named = [self.asgi, self.wsgi]
            .into_iter()
            .flatten()
            .find_map(|entry| settings_of(entry.facts));
        named
            .or_else(|| {
                let file = self.settings.files.first()?;
                let module = self.home.module(&file.facts.module);
                module.contains('.').then(|| module.to_owned())
            })
            .unwrap_or_else(|| format!("{}.settings", self.package()))
    }
}

/// The `"…"` of `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "…")`.
fn settings_of(facts: &FileFacts) -> Option<String> {
    let text = facts.text();
    let (_, rest) = text.split_once("DJANGO_SETTINGS_MODULE")?;
    let rest = rest.get(1..)?;
    let start = rest.find(['"', '\''])? + 1;
    let value = rest.get(start..)?;
    let value = value.get(..value.find(['"', '\''])?)?;
    let is_path = value
        .chars()
        .all(|it| it.is_alphanumeric() || matches!(it, '_' | '.'));
    (is_path && !value.is_empty()).then(|| value.to_owned())
}

/// The Python files that are no other project's.
fn own<'a>(files: &'a [FileFacts], home: &Home) -> impl Iterator<Item = &'a FileFacts> {
    files.iter().filter(|facts| !home.is_foreign(&facts.path))
}

fn entry<'a>(files: &'a [FileFacts], home: &Home, name: &str) -> Option<Entry<'a>> {
    let file = format!("{name}.py");
    own(files, home)
        .filter(|facts| facts.path == file || facts.path.ends_with(&format!("/{file}")))
        .min_by_key(|facts| home.distance(&facts.path))
        .map(|facts| Entry {
            facts,
            is_complete: facts.text().contains(&format!("get_{name}_application"))
                || facts.text().contains("get_default_application"),
        })
}

/// Where a command is written says how sure it is that it runs in production.
fn source_rank(kind: ResourceKind) -> u8 {
    match kind {
        ResourceKind::Unit | ResourceKind::Procfile => 0,
        ResourceKind::Dockerfile => 1,
        ResourceKind::Script => 2,
        _ => 3,
    }
}

fn is_gunicorn_config(facts: &FileFacts) -> bool {
    let name = facts.path.rsplit('/').next().unwrap_or_default();
    name.starts_with("gunicorn") && name.ends_with(".py")
}

/// What `gunicorn.conf.py` says.
fn gunicorn_config(facts: &FileFacts) -> Option<Command> {
    if !is_gunicorn_config(facts) {
        return None;
    }
    let values = Values::of(facts);
    let class = values.get("worker_class");
    let number = |name: &str| {
        values
            .get(name)
            .and_then(value::Item::number)
            .map(|it| it as u32)
    };
    let worker_class = class.and_then(value::Item::text).map(str::to_owned);
    let is_asgi = worker_class.as_deref().is_some_and(servers::is_asgi_worker);
    let span = class.map_or_else(
        || facts.ast().span(unblocked_syntax::NodeId::ROOT),
        |item| item.span,
    );
    Some(Command {
        server: if is_asgi {
            Server::GunicornAsgi
        } else {
            Server::GunicornWsgi
        },
        application: None,
        workers: number("workers"),
        threads: number("threads"),
        timeout: number("timeout"),
        port: None,
        worker_class,
        kind: ResourceKind::Other,
        place: settings::place(facts, span),
    })
}

/// A worker class in `gunicorn.conf.py` holds for commands that name none.
fn refine_gunicorn<'a>(commands: &mut [Command], mut files: impl Iterator<Item = &'a FileFacts>) {
    let Some(config) = files.find_map(gunicorn_config) else {
        return;
    };
    for command in commands {
        if command.server == Server::GunicornWsgi && command.worker_class.is_none() {
            command.server = config.server;
            command.workers = command.workers.or(config.workers);
            command.threads = command.threads.or(config.threads);
            command.timeout = command.timeout.or(config.timeout);
        }
    }
}
