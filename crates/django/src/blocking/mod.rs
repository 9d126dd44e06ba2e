//! What makes its thread wait, of Python, Django and the packages around it: `data/blocking.json`, and its look-ups.
//!
//! Thin but true: an entry is there because its behaviour is known, not because its name sounds like waiting.
//! `tests/django` holds the names against the packages themselves.

mod data;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::{DjangoVersion, Effect, canonical, docs_url};
use data::{ENTRIES, FAMILIES};

/// What does the same without blocking, called with the same arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Native {
    /// The module to import it from.
    pub module: &'static str,
    /// Its name in that module.
    pub name: &'static str,
    /// The Django that brought it; `None` when it does not come with Django.
    pub since: Option<DjangoVersion>,
}

/// What does the same without blocking, but is made or called otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instead {
    /// Its qualified name.
    pub path: &'static str,
    /// The version of its package that brought it, where that is known.
    pub since: Option<&'static str>,
}

/// A function, constructor or method that makes its thread wait, or keeps it busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocking {
    /// Its qualified name. One that ends in `.*` stands for every method of a class, or of what that function returns;
    /// `.**.name` for a method of that name of whatever is reached from there by attributes, calls and items.
    pub path: &'static str,
    /// What it waits for.
    pub effect: Effect,
    /// Whether it may touch Django's connections: wrapped by `sync_to_async` then, by `asyncio.to_thread` otherwise.
    pub touches_django_db: bool,
    /// What does the same natively.
    pub native: Option<Native>,
    /// True when what it returns still has to wait (a generator, a lazy object, a file, a context manager), so that
    /// wrapping the one call does not help.
    pub lazy_result: bool,
    /// True when its effect belongs to the thread that calls it, so that another thread can't call it instead.
    pub thread_bound: bool,
    /// The package that it comes with, on PyPI; `None` for Python's own.
    pub package: Option<&'static str>,
    /// What else does it without blocking.
    pub instead: Option<Instead>,
    /// Its documentation: a URL, or a path below Django's documentation (see [`Blocking::docs_url`]).
    pub docs: &'static str,
    /// What else one should know, in one sentence; empty when there is nothing.
    pub note: &'static str,
}

impl Blocking {
    /// Where its documentation stands, for this Django.
    #[must_use]
    pub fn docs_url(&self, version: DjangoVersion) -> String {
        if self.docs.starts_with("https://") {
            self.docs.to_owned()
        } else {
            docs_url(version, self.docs)
        }
    }

    /// What does the same natively on this Django.
    #[must_use]
    pub fn native_on(&self, version: DjangoVersion) -> Option<Native> {
        self.native
            .filter(|native| native.since.is_none_or(|since| version >= since))
    }
}

static BY_PATH: LazyLock<HashMap<&'static str, &'static Blocking>> =
    LazyLock::new(|| all_blocking().map(|entry| (entry.path, entry)).collect());

/// The entries that end in `.*`, by class.
static BY_CLASS: LazyLock<HashMap<&'static str, &'static Blocking>> = LazyLock::new(|| {
    all_blocking()
        .filter_map(|entry| Some((entry.path.strip_suffix(".*")?, entry)))
        .collect()
});

/// The entries with `.**.`, by what stands before it and by the method.
static BY_ROOT: LazyLock<HashMap<&'static str, HashMap<&'static str, &'static Blocking>>> =
    LazyLock::new(|| {
        let mut roots: HashMap<_, HashMap<_, _>> = HashMap::new();
        for entry in all_blocking() {
            if let Some((root, method)) = entry.path.split_once(".**.") {
                roots.entry(root).or_default().insert(method, entry);
            }
        }
        roots
    });

static FREE: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| FAMILIES.iter().flat_map(|f| &f.free).copied().collect());

static GIVES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let all = FAMILIES.iter().flat_map(|family| &family.gives);
    all.map(|(&path, &class)| (path, class)).collect()
});

/// Every entry of the catalogue.
pub fn all_blocking() -> impl Iterator<Item = &'static Blocking> {
    ENTRIES.iter()
}

/// Every path that the catalogue names, whatever it says of it.
pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
    let others = FAMILIES
        .iter()
        .flat_map(|family| family.free.iter().chain(family.gives.keys()));
    all_blocking()
        .map(|entry| entry.path)
        .chain(others.copied())
}

/// Looks a call up by the qualified name of what is called: a function (`time.sleep`), a constructor
/// (`smtplib.SMTP`) or a method of a class (`redis.Redis.get`).
#[must_use]
pub fn blocking(qualified: &str) -> Option<&'static Blocking> {
    let qualified = canonical(qualified);
    if let Some(entry) = BY_PATH.get(qualified) {
        return (!qualified.ends_with('*')).then_some(entry);
    }
    // Special methods (`__len__`, `__init__`) are not calls to a service.
    let (class, method) = qualified.rsplit_once('.')?;
    if method.is_empty() || method.starts_with(['_', '*', '[']) || FREE.contains(qualified) {
        return None;
    }
    if let Some(listed) = BY_CLASS.get(canonical(class)) {
        return Some(listed);
    }
    root_of(class).and_then(|root| BY_ROOT.get(root)?.get(method).copied())
}

/// What `path` is reached from, of the objects whose parts are not listed one by one.
fn root_of(path: &str) -> Option<&'static str> {
    let mut rest = path;
    loop {
        if let Some((&root, _)) = BY_ROOT.get_key_value(canonical(rest)) {
            return Some(root);
        }
        rest = rest.rsplit_once('.')?.0;
    }
}

/// True for an object whose attributes lead to what waits: `stripe`, `pymongo.MongoClient.shop.orders`.
///
/// ```
/// use unblocked_django::leads_to_waiting;
/// assert!(leads_to_waiting("twilio.rest.Client.messages"));
/// assert!(!leads_to_waiting("requests.Session.headers"));
/// ```
#[must_use]
pub fn leads_to_waiting(path: &str) -> bool {
    root_of(path).is_some()
}

static CLASSES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let of_entries = all_blocking().filter_map(|entry| {
        let class = match entry.path.split_once(".**.") {
            Some((root, _)) => root,
            None => entry.path.rsplit_once('.')?.0,
        };
        let name = class.rsplit('.').next()?;
        name.starts_with(char::is_uppercase).then_some(class)
    });
    of_entries.chain(GIVES.values().copied()).collect()
});

/// True for a class of which the catalogue knows what waits.
///
/// ```
/// use unblocked_django::is_waiting_class;
/// assert!(is_waiting_class("redis.StrictRedis"));
/// assert!(!is_waiting_class("redis.exceptions.RedisError"));
/// ```
#[must_use]
pub fn is_waiting_class(path: &str) -> bool {
    CLASSES.contains(canonical(path))
}

/// The class of what a call of `path` gives, or of an attribute that `path` names; `path` itself when that is not known.
///
/// ```
/// use unblocked_django::given;
/// assert_eq!(given("redis.Redis.pipeline"), "redis.client.Pipeline");
/// assert_eq!(given("shop.pipeline"), "shop.pipeline");
/// ```
#[must_use]
pub fn given(path: &str) -> &str {
    let path = canonical(path);
    GIVES.get(path).copied().unwrap_or(path)
}

/// True when [`given`] knows what `path` gives.
#[must_use]
pub fn is_given(path: &str) -> bool {
    GIVES.contains_key(canonical(path))
}

/// What the end of a `with` block of such an object waits for, and whether that may touch Django's connections.
///
/// ```
/// use unblocked_django::{Effect, waits_at_exit};
/// assert_eq!(waits_at_exit("smtplib.SMTP"), Some((Effect::Mail, false)));
/// assert_eq!(waits_at_exit("redis.Redis"), None);
/// ```
#[must_use]
pub fn waits_at_exit(class: &str) -> Option<(Effect, bool)> {
    let class = canonical(class);
    let family = FAMILIES
        .iter()
        .find(|family| family.with.contains(&class))?;
    Some((family.effect(), family.is_djangos()))
}
