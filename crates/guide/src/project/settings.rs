//! What the settings at hand say, by value.

use unblocked_analyzer::FileFacts;
use unblocked_syntax::Span;

use super::home::Home;
use super::value::{Item, Value, Values};
use crate::data::{Engine, Place};

/// Settings that only a settings file assigns.
const MARKERS: [&str; 7] = [
    "DATABASES",
    "MIDDLEWARE",
    "INSTALLED_APPS",
    "ROOT_URLCONF",
    "WSGI_APPLICATION",
    "ASGI_APPLICATION",
    "AUTH_USER_MODEL",
];

/// A settings file.
pub(crate) struct SettingsFile<'a> {
    pub(crate) facts: &'a FileFacts,
    pub(crate) values: Values,
    /// How far it is from what runs in production: the lower, the nearer.
    rank: u8,
}

/// The settings files at hand, those that count most first.
#[derive(Default)]
pub(crate) struct Settings<'a> {
    pub(crate) files: Vec<SettingsFile<'a>>,
}

/// A value and the file that gives it.
#[derive(Clone, Copy)]
pub(crate) struct Found<'s, 'a> {
    pub(crate) item: &'s Item,
    pub(crate) file: &'s SettingsFile<'a>,
}

/// A place in a Python file.
pub(crate) fn place(facts: &FileFacts, span: Span) -> Place {
    Place::new(&facts.path, facts.text(), span.into())
}

fn rank(path: &str) -> Option<u8> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.strip_suffix(".py").unwrap_or(name);
    let is_settings = path.contains("settings") || path.contains("config/");
    Some(match stem {
        _ if stem.starts_with("test") || stem.ends_with("_test") || stem.ends_with("tests") => 5,
        _ if stem.contains("prod") || stem.contains("live") || stem.contains("deploy") => 0,
        _ if stem.contains("stag") => 2,
        _ if stem.contains("dev") || stem.contains("local") || stem == "ci" => 4,
        "settings" | "base" | "common" | "defaults" | "django" => 1,
        "__init__" if is_settings => 1,
        _ if is_settings => 3,
        _ => return None,
    })
}

impl<'a> Settings<'a> {
    /// The settings among `files`.
    pub(crate) fn find(files: &'a [FileFacts], home: &Home) -> Self {
        let mut found: Vec<SettingsFile<'a>> = files
            .iter()
            .filter(|facts| !home.is_foreign(&facts.path))
            .filter(|facts| MARKERS.iter().any(|marker| facts.text().contains(marker)))
            .filter_map(|facts| {
                let values = Values::of(facts);
                let marked = MARKERS
                    .iter()
                    .filter(|marker| values.get(marker).is_some())
                    .count();
                let rank = match rank(&facts.path) {
                    Some(rank) if marked > 0 => rank,
                    None if marked > 1 => 3,
                    // A paste goes by any name.
                    None if values.get("DATABASES").is_some() => 3,
                    _ => return None,
                };
                Some(SettingsFile {
                    facts,
                    values,
                    rank,
                })
            })
            .collect();
        found.sort_by_cached_key(|file| (file.rank, home.distance(&file.facts.path)));
        Self { files: found }
    }

    /// The value of a setting, as production has it.
    pub(crate) fn get(&self, name: &str) -> Option<Found<'_, 'a>> {
        self.files.iter().find_map(|file| {
            let item = file.values.get(name)?;
            Some(Found { item, file })
        })
    }

    /// The values of a setting in all files but those of tests.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = Found<'_, 'a>> {
        self.files
            .iter()
            .filter(|file| file.rank < 5)
            .filter_map(move |file| {
                let item = file.values.get(name)?;
                Some(Found { item, file })
            })
    }

    /// The databases that are set up, as production has them.
    pub(crate) fn databases(&self) -> Vec<Database> {
        // A later file that only changes an entry (`DATABASES["default"]["CONN_MAX_AGE"] = 60`) has no engine.
        let found = self
            .all("DATABASES")
            .filter(|found| matches!(found.item.settled(), Value::Dict(_)))
            .max_by_key(|found| {
                let engines = match found.item.settled() {
                    Value::Dict(pairs) => pairs
                        .iter()
                        .filter(|(_, item)| engine(item).is_some())
                        .count(),
                    _ => 0,
                };
                (engines > 0, 9 - found.file.rank)
            });
        let Some(found) = found else {
            return Vec::new();
        };
        let Value::Dict(pairs) = found.item.settled() else {
            return Vec::new();
        };
        pairs
            .iter()
            .map(|(alias, item)| self.database(alias, item, found))
            .collect()
    }

    fn database(&self, alias: &str, item: &Item, found: Found<'_, 'a>) -> Database {
        let facts = found.file.facts;
        // What another file says of the same entry comes on top.
        let get = |key: &str| {
            let own = item.get(key).map(|item| (item, facts));
            let more = self.all("DATABASES").find_map(|other| {
                let item = other.item.get(alias)?.get(key)?;
                (!std::ptr::eq(other.file.facts, facts)).then_some((item, other.file.facts))
            });
            match (own, more) {
                (Some(own), _) => Some(own),
                (None, more) => more,
            }
        };
        let spelled = engine(item);
        let age = get("CONN_MAX_AGE").or_else(|| get("conn_max_age"));
        let options = get("OPTIONS");
        let option =
            |name: &str| options.and_then(|(options, facts)| Some((options.get(name)?, facts)));
        let setting = |found: Option<(&Item, &FileFacts)>| {
            found.map(|(item, facts)| Setting {
                value: item.settled().clone(),
                span: item.span,
                place: place(facts, item.span),
                path: facts.path.clone(),
            })
        };
        Database {
            alias: alias.to_owned(),
            engine: spelled
                .as_deref()
                .map_or(Engine::Unknown, Engine::from_path),
            spelled,
            place: place(facts, item.span),
            engine_setting: setting(item.get("ENGINE").map(|item| (item, facts))),
            conn_max_age: setting(age),
            pool: setting(option("pool")),
            async_mode: setting(option("async_mode")),
            options: setting(options),
            atomic_requests: setting(get("ATOMIC_REQUESTS")),
            is_dictionary: matches!(item.settled(), Value::Dict(_)),
            item: item.clone(),
            path: facts.path.clone(),
        }
    }
}

/// The engine of an entry of `DATABASES`, as it is spelled, or as the scheme of its address says.
fn engine(item: &Item) -> Option<String> {
    if let Some(engine) = item.get("ENGINE").and_then(Item::text) {
        return Some(engine.to_owned());
    }
    let Value::Call(name, arguments, _) = &item.value else {
        return None;
    };
    // `dj_database_url.config(default="postgres://…")`, `env.db("DATABASE_URL", default="…")`
    if !(name.contains("dj_database_url") || name.ends_with(".db") || name.ends_with("db_url")) {
        return None;
    }
    let address = item
        .get("default")
        .or_else(|| {
            arguments
                .iter()
                .find(|it| it.text().is_some_and(|it| it.contains("://")))
        })?
        .text()?;
    let scheme = address.split("://").next()?.split('+').next()?;
    let engine = match scheme {
        "postgres" | "postgresql" | "pgsql" | "psql" | "postgis" => "django.db.backends.postgresql",
        "mysql" | "mysql2" => "django.db.backends.mysql",
        "sqlite" | "sqlite3" => "django.db.backends.sqlite3",
        "oracle" => "django.db.backends.oracle",
        _ => return None,
    };
    Some(engine.to_owned())
}

/// An entry's setting, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) value: Value,
    pub(crate) span: Span,
    pub(crate) place: Place,
    pub(crate) path: String,
}

/// A database of `DATABASES`.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pub(crate) alias: String,
    pub(crate) engine: Engine,
    /// The engine as it is spelled.
    pub(crate) spelled: Option<String>,
    pub(crate) place: Place,
    pub(crate) engine_setting: Option<Setting>,
    pub(crate) conn_max_age: Option<Setting>,
    pub(crate) pool: Option<Setting>,
    pub(crate) async_mode: Option<Setting>,
    pub(crate) options: Option<Setting>,
    pub(crate) atomic_requests: Option<Setting>,
    /// It is written as a dictionary, so that entries can be added to it.
    pub(crate) is_dictionary: bool,
    pub(crate) item: Item,
    /// The file with it.
    pub(crate) path: String,
}

impl Database {
    /// True when connections outlive their request: `CONN_MAX_AGE` is anything but 0.
    pub(crate) fn keeps_connections(&self) -> bool {
        self.conn_max_age
            .as_ref()
            .is_some_and(|age| match age.value {
                Value::Number(number) => number != 0.0,
                Value::None => true,
                // An address's own default is 0.
                _ => false,
            })
    }

    /// True when every view runs in a transaction.
    pub(crate) fn is_atomic(&self) -> bool {
        self.atomic_requests
            .as_ref()
            .is_some_and(|setting| !matches!(setting.value, Value::Bool(false) | Value::None))
    }
}
