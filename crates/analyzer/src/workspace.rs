//! The files at hand, kept parsed, linked and inferred.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use unblocked_syntax::{Parse, Span};

use crate::facts::{Class, FileFacts, Function};
use crate::infer::{FileAnalysis, Memory};
use crate::middleware::{self, UserMiddleware};
use crate::resource::{ResourceKind, resource_kind};
use crate::settings;
use crate::template::{Processors, Template, find_processors};
use crate::types::{ClassRef, FunctionRef};
use crate::world::Links;

/// The files at hand. A change of one file re-parses that file alone, and the next analysis repeats what depends on it.
#[derive(Default)]
pub struct Workspace {
    /// In the order of their paths.
    files: Vec<FileFacts>,
    /// The texts of files that are not Python ([`resource_kind`]), by path.
    resources: BTreeMap<String, String>,
    /// What the last analysis leaves to the next; only how long that one takes depends on it.
    kept: RefCell<Kept>,
    watcher: Option<Watcher>,
}

/// How far a long analysis has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many of all Python files are inferred, in the round of this number, counted from one.
    Inferred {
        /// The round.
        round: usize,
        /// Files that are done in it.
        done: usize,
        /// All files.
        all: usize,
    },
    /// What becomes of the functions is being decided.
    Planning,
    /// So many of all Python files are written.
    Written {
        /// Files that are done.
        done: usize,
        /// All files.
        all: usize,
    },
}

type Watcher = Box<dyn Fn(Progress)>;

#[derive(Default)]
struct Kept {
    links: Option<Arc<Links>>,
    memory: Memory,
}

/// What the files mean together.
pub struct Analysis<'w> {
    /// The linked files.
    pub world: World<'w>,
    /// What inference found, by file.
    pub files: Vec<Arc<FileAnalysis>>,
}

/// The files, linked: [`Links`], and the files' own facts beside them.
#[derive(Clone)]
pub struct World<'w> {
    /// The files, in the order of their paths.
    pub files: &'w [FileFacts],
    links: Arc<Links>,
    /// The texts of files that are not Python, by path.
    resources: &'w BTreeMap<String, String>,
    templates: OnceCell<BTreeMap<String, Template>>,
    processors: OnceCell<Processors>,
    /// The file with such settings.
    atomic_requests: OnceCell<Option<usize>>,
    user_middleware: OnceCell<UserMiddleware>,
}

impl<'w> World<'w> {
    pub(crate) fn new(
        files: &'w [FileFacts],
        links: Arc<Links>,
        resources: &'w BTreeMap<String, String>,
    ) -> Self {
        Self {
            files,
            links,
            resources,
            templates: OnceCell::new(),
            processors: OnceCell::new(),
            atomic_requests: OnceCell::new(),
            user_middleware: OnceCell::new(),
        }
    }

    /// Who sets `request.user`.
    #[must_use]
    pub fn user_middleware(&self) -> &UserMiddleware {
        self.user_middleware.get_or_init(|| middleware::find(self))
    }

    /// The template that a name means, and its path: the only one at hand below a `templates` folder.
    #[must_use]
    pub fn template(&self, name: &str) -> Option<(&str, &Template)> {
        let all = self.templates.get_or_init(|| {
            self.resources
                .iter()
                .filter(|(path, _)| resource_kind(path) == Some(ResourceKind::Template))
                .map(|(path, text)| (path.clone(), Template::parse(text)))
                .collect()
        });
        let mut found = all.iter().filter(|(path, _)| {
            path.strip_suffix(name)
                .is_some_and(|folder| folder == "templates/" || folder.ends_with("/templates/"))
        });
        let (path, template) = found.next()?;
        found.next().is_none().then_some((&**path, template))
    }

    /// True when a template at hand reads an attribute of that name of anything.
    #[must_use]
    pub fn is_read_in_templates(&self, name: &str) -> bool {
        let read = format!(".{name}");
        self.resources
            .iter()
            .filter(|(path, _)| resource_kind(path) == Some(ResourceKind::Template))
            .any(|(_, text)| text.contains(&read))
    }

    /// What adds to the context of every template.
    #[must_use]
    pub fn context_processors(&self) -> &Processors {
        self.processors.get_or_init(|| find_processors(self.files))
    }

    /// The facts of a file.
    #[must_use]
    pub fn file(&self, index: usize) -> Option<&'w FileFacts> {
        self.files.get(index)
    }

    /// The settings file at hand that runs every view in a transaction (`ATOMIC_REQUESTS`), by its path.
    #[must_use]
    pub fn atomic_requests(&self) -> Option<&'w str> {
        let find = || settings::atomic_requests(self.files);
        let file = (*self.atomic_requests.get_or_init(find))?;
        self.file(file).map(|facts| &*facts.path)
    }

    /// A function's facts.
    #[must_use]
    pub fn function(&self, function: FunctionRef) -> Option<&'w Function> {
        self.file(function.file)?.functions.get(function.index)
    }

    /// A class's facts.
    #[must_use]
    pub fn class(&self, class: ClassRef) -> Option<&'w Class> {
        self.file(class.file)?.classes.get(class.index)
    }
}

impl Deref for World<'_> {
    type Target = Links;

    fn deref(&self) -> &Links {
        &self.links
    }
}

impl Workspace {
    /// An empty workspace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has `watcher` told how far an analysis has come, file by file. What comes of it does not depend on that.
    pub fn watch(&mut self, watcher: impl Fn(Progress) + 'static) {
        self.watcher = Some(Box::new(watcher));
    }

    /// Tells who watches how far it has come.
    pub fn tell(&self, progress: Progress) {
        if let Some(watcher) = &self.watcher {
            watcher(progress);
        }
    }

    fn position(&self, path: &str) -> Result<usize, usize> {
        self.files.binary_search_by(|file| (*file.path).cmp(path))
    }

    /// Adds a file, or replaces its whole text. `path` uses `/` between folders, relative to the project's root.
    pub fn set_file(&mut self, path: &str, text: &str) {
        if resource_kind(path).is_some() {
            self.resources.insert(path.to_owned(), text.to_owned());
            return;
        }
        match self.position(path) {
            Ok(at) => {
                if let Some(slot) = self.files.get_mut(at)
                    && slot.text() != text
                {
                    *slot = FileFacts::new(path, Parse::new(text.to_owned()));
                    self.kept.get_mut().memory.forget(at);
                }
            }
            Err(at) => {
                self.files
                    .insert(at, FileFacts::new(path, Parse::new(text.to_owned())));
                self.kept.take();
            }
        }
    }

    /// Replaces bytes `start..end` of a file's text: the cheap way for a keystroke.
    /// Returns false, and changes nothing, when there is no such file or the range does not lie on its characters.
    pub fn edit_file(&mut self, path: &str, start: usize, end: usize, text: &str) -> bool {
        if let Some(resource) = self.resources.get_mut(path) {
            let fits = resource.get(start..end).is_some();
            if fits {
                resource.replace_range(start..end, text);
            }
            return fits;
        }
        let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) else {
            return false;
        };
        let Ok(at) = self.position(path) else {
            return false;
        };
        let changed = self
            .files
            .get_mut(at)
            .is_some_and(|file| file.edit(Span::new(start, end), text));
        if changed {
            self.kept.get_mut().memory.forget(at);
        }
        changed
    }

    /// Removes a file.
    pub fn remove_file(&mut self, path: &str) {
        self.resources.remove(path);
        if let Ok(at) = self.position(path) {
            self.files.remove(at);
            self.kept.take();
        }
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        match self.position(path) {
            Ok(at) => self.files.get(at).map(FileFacts::text),
            Err(_) => self.resources.get(path).map(String::as_str),
        }
    }

    /// Path and text of every file, in the order of their paths, those that are not Python last.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        let python = self.files.iter().map(|file| (&*file.path, file.text()));
        python.chain(self.resources())
    }

    /// Path and text of the files that are not Python ([`resource_kind`]), in the order of their paths.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.resources.iter().map(|(path, text)| (&**path, &**text))
    }

    /// Links and infers all files, as far as the last analysis does not hold any more.
    #[must_use]
    pub fn analyze(&self) -> Analysis<'_> {
        let mut kept = self.kept.borrow_mut();
        let kept = &mut *kept;
        let interfaces = self.files.iter().map(FileFacts::interface);
        let links = match kept.links.take() {
            Some(links) if links.is_of(interfaces.clone()) => links,
            old => {
                let links = Arc::new(Links::new(interfaces.cloned().collect()));
                if let Some(old) = old {
                    kept.memory.relink(&old, &links);
                }
                links
            }
        };
        kept.links = Some(links.clone());
        let files = kept.memory.infer(&links, &self.files, |round, done| {
            let all = self.files.len();
            self.tell(Progress::Inferred { round, done, all });
        });
        Analysis {
            world: World::new(&self.files, links, &self.resources),
            files,
        }
    }
}
