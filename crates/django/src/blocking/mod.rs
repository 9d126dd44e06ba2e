//! Functions that make their thread wait, one file per family.
//!
//! Thin but true: an entry is here because its behaviour is known, not because its name sounds like waiting.

mod django;
mod http;
mod python;
mod services;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::{DjangoVersion, Effect, canonical, docs_url};

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

/// A function, constructor or method that makes its thread wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocking {
    /// Its qualified name. One that ends in `.*` stands for every method of a class, or of what that function returns.
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
    /// Its documentation: a URL, or a path below Django's documentation (see [`Blocking::docs_url`]).
    pub docs: &'static str,
    /// What else one should know, in one sentence; empty when there is nothing.
    pub note: &'static str,
}

impl Blocking {
    /// Touches nothing of Django's: may run in any thread.
    const fn thread(path: &'static str, effect: Effect, docs: &'static str) -> Self {
        Self {
            path,
            effect,
            touches_django_db: false,
            native: None,
            lazy_result: false,
            docs,
            note: "",
        }
    }

    /// May use Django's connections: must run in the request's own thread.
    const fn django(path: &'static str, effect: Effect, docs: &'static str) -> Self {
        Self {
            touches_django_db: true,
            ..Self::thread(path, effect, docs)
        }
    }

    const fn native(mut self, module: &'static str, name: &'static str) -> Self {
        self.native = Some(Native {
            module,
            name,
            since: None,
        });
        self
    }

    const fn native_since(
        mut self,
        module: &'static str,
        name: &'static str,
        major: u8,
        minor: u8,
    ) -> Self {
        self.native = Some(Native {
            module,
            name,
            since: Some(DjangoVersion::new(major, minor)),
        });
        self
    }

    const fn lazy(mut self) -> Self {
        self.lazy_result = true;
        self
    }

    const fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

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

/// Every entry of the catalogue.
pub fn all_blocking() -> impl Iterator<Item = &'static Blocking> {
    [
        django::ENTRIES,
        http::ENTRIES,
        python::ENTRIES,
        services::ENTRIES,
    ]
    .into_iter()
    .flatten()
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
    let listed = BY_CLASS.get(canonical(class))?;
    let is_call = !method.is_empty() && method != "*" && !method.starts_with('_');
    is_call.then_some(listed)
}
