//! What can happen to the page, and what follows.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use unblocked_django::DjangoVersion;
use unblocked_rewriter::{
    Applicability, FileReport, Finding, HttpClient, HttpClientScope, Range, StaleDecision, Tests,
    UserDecision, World,
};
use yew::Reducible;

use super::marks::carry;
use super::text::{Change, Origin};
use super::{
    Document, Engine, FileId, GuideAction, Kept, Panel, Reveal, RuleDocs, Shared, Side, State, Tab,
    Theme, View, clean_path,
};

/// A file to open.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewFile {
    /// Its path.
    pub(crate) path: String,
    /// Its raw text, with its own line ends and byte order mark.
    pub(crate) text: String,
}

impl NewFile {
    /// A file of `text` under `path`.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }
}

/// The engine's answer for one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FileAnswer {
    /// The revision of the file's text that was read.
    pub(crate) revision: u32,
    /// What came of it.
    pub(crate) report: FileReport,
}

/// What can happen to the page.
#[derive(Debug)]
pub(crate) enum Action {
    /// The before pane's text changed.
    Edited(FileId, Rc<[Change]>),
    /// The before pane's whole text, after changes that did not fit.
    Text(FileId, String),
    /// The whole text of the before pane is about to be replaced by one of this origin.
    Origin(FileId, Origin),
    /// The after pane's text, which the user changed.
    EditedAfter(FileId, String),
    /// Give the generated text for the user's.
    Regenerate(FileId),
    /// Take one side of all conflicts between the user's text and the generated one.
    Resolve(FileId, Side),
    /// The engine answered: for these options, the files whose outcome is new.
    Answered {
        /// The options' revision.
        options: u32,
        /// Outcomes by file, where they are new.
        files: Vec<FileAnswer>,
        /// Whether this answers everything that was asked.
        complete: bool,
    },
    /// Which decisions fit nothing in the code.
    Stale {
        /// The options' revision.
        options: u32,
        /// Those decisions.
        stale: Vec<StaleDecision>,
    },
    /// The engine checked the user's own text after.
    Checked {
        /// The file.
        id: FileId,
        /// The text that was checked.
        text: Rc<str>,
        /// What was found in it.
        findings: Vec<Finding>,
    },
    /// Decide about changes or a function, in the place of what was decided about the same.
    Decide(UserDecision),
    /// Take a decision back.
    TakeBack(UserDecision),
    /// Take all decisions back.
    ResetDecisions,
    /// The engine's work state changed.
    Engine(Engine),
    /// The engine stopped and was replaced.
    Replaced {
        /// Whether it did not answer in time, rather than failing.
        hung: bool,
    },
    /// What the rules say of themselves.
    Rules(Vec<RuleDocs>),
    /// Open an example, or anything else, in the place of all files.
    Open {
        /// What to call it.
        title: String,
        /// Its files.
        files: Vec<NewFile>,
        /// Whether they are a whole project.
        whole: bool,
    },
    /// Open a link, a file of work or a snapshot in the place of all work.
    OpenDocument {
        /// What to call it.
        title: String,
        /// The work in it.
        document: Box<Document>,
    },
    /// Add files beside the open ones.
    Add(Vec<NewFile>),
    /// Give a file another path.
    Rename(FileId, String),
    /// Close a file.
    Close(FileId),
    /// Undo the last [`Action::Close`], [`Action::Open`] or decision.
    Restore,
    /// Show a file.
    Activate(FileId),
    /// Target another Django.
    Version(DjangoVersion),
    /// Take another HTTP client.
    Client(HttpClient),
    /// Let all requests of an event loop share a client, or don't.
    SharedClient(bool),
    /// Tests become async too, or stay where they go on working.
    ConvertTests(bool),
    /// Withhold changes under an assumption, or don't.
    SafeOnly(bool),
    /// Let independent waits pass at the same time, or not.
    Concurrent(bool),
    /// Take the files for all the code there is, or don't.
    Whole(bool),
    /// List findings of an applicability, or don't.
    Toggle(Applicability),
    /// Show findings or functions.
    Tab(Tab),
    /// Show this on a narrow screen.
    View(View),
    /// Select a finding of the active file and show its place.
    Select(Option<usize>),
    /// Show a place of the active file.
    Reveal(Range),
    /// Take other colors.
    Theme(Theme),
    /// Something of the guide's.
    Guide(GuideAction),
    /// Show both texts as one, or each in its pane.
    Unified(bool),
    /// Open a dialog, or close it.
    Panel(Option<Panel>),
    /// Say something.
    Notify(String),
    /// The message was read.
    Dismiss,
}

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut state = Rc::unwrap_or_clone(self);
        state.act(action);
        Rc::new(state)
    }
}

impl State {
    pub(super) fn act(&mut self, action: Action) {
        if let Action::Edited(..)
        | Action::EditedAfter(..)
        | Action::Rename(..)
        | Action::Decide(..)
        | Action::Version(..)
        | Action::Client(..)
        | Action::SharedClient(..)
        | Action::ConvertTests(..)
        | Action::SafeOnly(..)
        | Action::Whole(..) = action
        {
            self.untouched = false;
        }
        match action {
            Action::Edited(id, changes) => self.with_file(id, |file| file.edit(changes)),
            Action::Text(id, text) => self.with_file(id, |file| file.set_text(&text)),
            Action::Origin(id, origin) => self.with_file(id, |file| file.origin = origin),
            Action::Checked { id, text, findings } => {
                self.with_file(id, |file| file.checked(&text, findings));
            }
            Action::EditedAfter(id, text) => self.with_file(id, |file| file.edit_after(&text)),
            Action::Regenerate(id) => self.with_file(id, |file| file.regenerate()),
            Action::Resolve(id, side) => self.with_file(id, |file| file.resolve(side)),
            Action::Answered {
                options,
                files,
                complete,
            } => self.answered(options, files, complete),
            Action::Stale { options, stale } => {
                if options == self.options_revision {
                    self.stale = stale;
                }
            }
            Action::Decide(decision) => self.decide(decision),
            Action::TakeBack(decision) => self.take_back(&decision),
            Action::ResetDecisions => self.reset_decisions(),
            Action::Engine(engine) => self.engine = engine,
            Action::Replaced { hung } => self.replaced(hung),
            Action::Rules(rules) => self.rules = Some(Shared::new(rules)),
            Action::Open {
                title,
                files,
                whole,
            } => self.open(&title, &files, whole),
            Action::OpenDocument { title, document } => self.open_document(&title, &document),
            Action::Add(files) => self.add(&files),
            Action::Rename(id, path) => self.rename(id, &path),
            Action::Close(id) => self.close(id),
            Action::Restore => self.restore(),
            Action::Activate(id) => self.activate(Some(id)),
            Action::Version(version) => {
                self.options.target_version = version;
                let oldest = version.oldest_python();
                self.options.python_version =
                    self.options.python_version.map(|python| python.max(oldest));
                self.options_revision += 1;
            }
            Action::Client(client) => {
                self.options.http_client = client;
                self.options_revision += 1;
            }
            Action::SharedClient(is_shared) => {
                self.options.http_client_scope = if is_shared {
                    HttpClientScope::Application
                } else {
                    HttpClientScope::View
                };
                self.options_revision += 1;
            }
            Action::ConvertTests(converts) => {
                self.options.tests = if converts {
                    Tests::Convert
                } else {
                    Tests::Keep
                };
                self.options_revision += 1;
            }
            Action::SafeOnly(safe_only) => {
                self.options.safe_only = safe_only;
                self.options_revision += 1;
            }
            Action::Concurrent(concurrent) => {
                self.options.concurrent = concurrent;
                self.options_revision += 1;
            }
            Action::Whole(whole) => self.set_whole(whole),
            Action::Toggle(applicability) => {
                let shown = match applicability {
                    Applicability::Safe => &mut self.filter.safe,
                    Applicability::Review => &mut self.filter.review,
                    Applicability::Manual => &mut self.filter.manual,
                };
                *shown = !*shown;
            }
            Action::Tab(tab) => self.tab = tab,
            Action::View(view) => self.view = view,
            Action::Select(index) => self.select(index),
            Action::Reveal(range) => self.reveal(range, None),
            Action::Theme(theme) => self.theme = theme,
            Action::Guide(action) => self.guide(action),
            Action::Unified(unified) => self.unified = unified,
            Action::Panel(panel) => self.panel = panel,
            Action::Notify(text) => self.notify(text, false),
            Action::Dismiss => self.notice = None,
        }
    }

    fn with_file(&mut self, id: FileId, change: impl FnOnce(&mut super::File)) {
        if let Some(file) = self.file_mut(id) {
            change(file);
        }
    }

    fn answered(&mut self, options: u32, answers: Vec<FileAnswer>, complete: bool) {
        if options != self.options_revision {
            return;
        }
        let active = self.active;
        for answer in answers {
            let Some(file) = self
                .files
                .iter_mut()
                .find(|file| file.path == answer.report.path && file.revision == answer.revision)
            else {
                continue;
            };
            let findings = answer.report.findings.len();
            file.answer(Shared::new(answer.report));
            if file.id == active && self.selected.is_some_and(|index| index >= findings) {
                self.selected = None;
            }
        }
        if complete {
            self.engine = Engine::Idle;
        }
    }

    fn replaced(&mut self, hung: bool) {
        self.engine = Engine::Starting;
        let what = if hung {
            "The analysis took too long and was stopped"
        } else {
            "The analysis failed"
        };
        self.notify(
            format!("{what}. It has been started again with your code; nothing was lost."),
            false,
        );
    }

    fn set_whole(&mut self, whole: bool) {
        self.options.world = if whole { World::Closed } else { World::Open };
        // Bare statements are no code of a project.
        self.options.bare_statements = !whole;
        self.options_revision += 1;
    }

    fn open(&mut self, title: &str, files: &[NewFile], whole: bool) {
        let lost = !self.is_empty();
        self.keep();
        self.generation += 1;
        self.forget_decisions();
        self.replace_files(files);
        if self.is_whole() != whole {
            self.set_whole(whole);
        }
        self.notify(format!("Opened {title}."), lost);
    }

    fn add(&mut self, files: &[NewFile]) {
        // Code gives way to code when it is none of the user's.
        let code = files.iter().any(|file| !file.text.is_empty());
        if code && (self.is_empty() || self.untouched) {
            self.keep();
            self.files.clear();
        }
        self.untouched = false;
        let mut first = None;
        for file in files {
            let id = self.add_file(file);
            first.get_or_insert(id);
        }
        self.activate(first);
    }

    fn rename(&mut self, id: FileId, path: &str) {
        let Some(path) = clean_path(path) else {
            return;
        };
        if self.file(id).is_some_and(|file| file.path == path) {
            return;
        }
        if self.is_taken(&path) {
            self.notify(format!("There is already a file named {path}."), false);
            return;
        }
        if let Some(old) = self.file(id).map(|file| file.path.clone()) {
            self.move_decisions(&old, &path);
        }
        self.with_file(id, |file| file.path = path);
    }

    fn close(&mut self, id: FileId) {
        let Some(at) = self.files.iter().position(|file| file.id == id) else {
            return;
        };
        self.keep();
        let file = self.files.remove(at);
        if self.files.is_empty() {
            self.add_file(&NewFile::new("views.py", ""));
        }
        if self.active == id {
            let next = self.files.get(at).or(self.files.last());
            self.activate(next.map(|file| file.id));
        }
        self.notify(
            format!("Closed {}.", file.path),
            !file.before.trim().is_empty() || file.is_edited(),
        );
    }

    /// Keeps the open files for [`Action::Restore`].
    pub(super) fn keep(&mut self) {
        self.decided = None;
        self.closed = Some(Kept {
            files: self.files.clone(),
            active: self.active,
            whole: self.is_whole(),
            decisions: self.options.decisions.clone(),
            options: None,
        });
    }

    fn restore(&mut self) {
        if self.restore_decisions() {
            self.notice = None;
        } else if let Some(kept) = self.closed.take() {
            self.files = kept.files;
            if let Some(options) = kept.options {
                self.options = options;
                self.options_revision += 1;
            }
            if self.is_whole() != kept.whole {
                self.set_whole(kept.whole);
            }
            if self.options.decisions != kept.decisions {
                self.options.decisions = kept.decisions;
                self.options_revision += 1;
            }
            self.activate(Some(kept.active));
            self.notice = None;
        }
    }

    fn select(&mut self, index: Option<usize>) {
        self.selected = index;
        let place = index.and_then(|index| {
            let finding = self.active_file()?.report.as_ref()?.findings.get(index)?;
            Some((finding.before, finding.after))
        });
        if let Some((before, after)) = place {
            self.reveal(before, after);
        }
    }

    fn reveal(&mut self, before: Range, after: Option<Range>) {
        let id = self.next();
        let report = self.active_file().and_then(|file| file.report.as_ref());
        let after = after.or(report.map(|report| carry(before, &report.edits)));
        self.reveal = Some(Reveal {
            file: self.active,
            before,
            after,
            id,
        });
    }
}
