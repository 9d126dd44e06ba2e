//! What can happen to the page, and what follows.

use std::collections::HashMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use unblocked_django::DjangoVersion;
use unblocked_rewriter::{
    Applicability, Choice, FileReport, Finding, HttpClient, HttpClientScope, Options, Range,
    StaleDecision, Tests, UserDecision, World,
};
use yew::Reducible;

use super::marks::carry;
use super::text::{Change, Origin, take_apart};
use super::{
    Document, Engine, File, FileId, GuideAction, Panel, Reveal, RuleDocs, Shared, Side, State, Tab,
    Theme, View,
};

/// A file to open.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewFile {
    /// Its path.
    pub(super) path: String,
    /// Its text, with `\n` as line end.
    pub(super) text: Rc<str>,
    /// What the text has besides.
    pub(super) origin: Origin,
}

impl NewFile {
    /// A file of `raw` text, line ends and byte order mark included, under `path`.
    pub(crate) fn new(path: &str, raw: &str) -> Self {
        let (text, origin) = take_apart(raw);
        Self {
            path: path.to_owned(),
            text: text.into(),
            origin,
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
    /// Decide about a finding of a file, by its position; without a choice, take back what was decided.
    DecideFinding(FileId, usize, Option<Choice>),
    /// Take a decision back.
    TakeBack(UserDecision),
    /// Take back those decisions that fit nothing in the code.
    ClearStale,
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
    /// Delete a file.
    Delete(FileId),
    /// Take a file of many from the tabs.
    Hide(FileId),
    /// These of the opened files can't be read, each with its reason.
    Unreadable(Vec<String>),
    /// List all files.
    Files,
    /// Have the engine go on with what it was stopped at.
    Resume,
    /// Undo the last thing that was done, other than typing.
    Undo,
    /// Do what was undone last again.
    Redo,
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
    /// Show a place of the text after that the user has made.
    RevealOwn(Range),
    /// Show a place of a file, and put the keyboard there.
    Go(String, Range),
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
        | Action::DecideFinding(..)
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
            Action::Regenerate(id) => {
                self.change_after(id, "Reset to the generated code.", File::regenerate);
            }
            Action::Resolve(id, side) => {
                self.change_after(id, "Resolved all conflicts.", |file| file.resolve(side));
            }
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
            Action::DecideFinding(id, index, choice) => self.decide_finding(id, index, choice),
            Action::TakeBack(decision) => self.take_back(&decision),
            Action::ClearStale => self.clear_stale(),
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
            Action::Delete(id) => self.delete(id),
            Action::Hide(id) => self.hide(id),
            Action::Unreadable(paths) => self.unreadable = Shared::new(paths),
            Action::Files => {
                self.tab = Tab::Files;
                self.view = View::Results;
            }
            Action::Resume => self.options_revision += 1,
            Action::Undo => self.step(true),
            Action::Redo => self.step(false),
            Action::Activate(id) => self.activate(Some(id)),
            Action::Version(version) => {
                self.change_options(format!("Django {version}."), |options| {
                    options.target_version = version;
                    let oldest = version.oldest_python();
                    options.python_version =
                        options.python_version.map(|python| python.max(oldest));
                });
            }
            Action::Client(client) => {
                let said = format!("HTTP client {}.", super::export::client_name(client));
                self.change_options(said, |options| options.http_client = client);
            }
            Action::SharedClient(is_shared) => {
                let said = option("Shared client", is_shared);
                self.change_options(said, |options| {
                    options.http_client_scope = if is_shared {
                        HttpClientScope::Application
                    } else {
                        HttpClientScope::View
                    };
                });
            }
            Action::ConvertTests(convert) => {
                let said = option("Async tests", convert);
                self.change_options(said, |options| {
                    options.tests = if convert { Tests::Convert } else { Tests::Keep };
                });
            }
            Action::SafeOnly(safe_only) => {
                let said = option("Safe changes only", safe_only);
                self.change_options(said, |options| options.safe_only = safe_only);
            }
            Action::Concurrent(concurrent) => {
                let said = option("Concurrent", concurrent);
                self.change_options(said, |options| options.concurrent = concurrent);
            }
            Action::Whole(whole) => {
                let earlier = self.options_now();
                self.set_whole(whole);
                self.done(option("Whole project", whole), earlier);
            }
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
            Action::RevealOwn(range) => {
                self.reveal(range, Some(range));
                self.with_reveal(|reveal| reveal.own = true);
            }
            Action::Go(path, range) => {
                if let Some(id) = self.files.iter().find(|it| it.path == path).map(|it| it.id) {
                    self.activate(Some(id));
                    self.reveal(range, None);
                    self.with_reveal(|reveal| reveal.focus = true);
                    self.view = View::Before;
                }
            }
            Action::Theme(theme) => self.theme = theme,
            Action::Guide(action) => self.guide(action),
            Action::Unified(unified) => self.unified = unified,
            Action::Panel(panel) => self.panel = panel,
            Action::Notify(text) => self.notify(text, false),
            Action::Dismiss => self.notice = None,
        }
    }

    /// Changes what the engine is asked for, in a way that can be undone.
    pub(super) fn change_options(&mut self, said: String, change: impl FnOnce(&mut Options)) {
        let before = self.options.clone();
        let earlier = self.options_now();
        change(&mut self.options);
        if self.options != before {
            self.options_revision += 1;
            self.done(said, earlier);
        }
    }

    /// Changes a text after, in a way that can be undone.
    fn change_after(&mut self, id: FileId, said: &str, change: impl FnOnce(&mut File)) {
        let Some(earlier) = self.after_now(id) else {
            return;
        };
        let replaced = self.file(id).map(|file| file.after.replaced);
        self.with_file(id, change);
        if self.file(id).map(|file| file.after.replaced) != replaced {
            self.done_aloud(said, earlier);
        }
    }

    pub(super) fn with_file(&mut self, id: FileId, change: impl FnOnce(&mut super::File)) {
        if let Some(file) = self.file_mut(id) {
            change(file);
        }
    }

    fn answered(&mut self, options: u32, answers: Vec<FileAnswer>, complete: bool) {
        if options != self.options_revision {
            return;
        }
        let active = self.active;
        let mut files: HashMap<String, &mut File> = self
            .files
            .iter_mut()
            .map(|file| (file.path.clone(), file))
            .collect();
        for answer in answers {
            let Some(file) = files
                .get_mut(&answer.report.path)
                .filter(|file| file.revision == answer.revision)
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

    pub(super) fn set_whole(&mut self, whole: bool) {
        self.options.world = if whole { World::Closed } else { World::Open };
        // Bare statements are no code of a project.
        self.options.bare_statements = !whole;
        self.options_revision += 1;
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

    fn with_reveal(&mut self, change: impl FnOnce(&mut Reveal)) {
        if let Some(reveal) = &mut self.reveal {
            change(reveal);
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
            own: false,
            focus: false,
            id,
        });
    }
}

/// An option that was switched, as a sentence.
fn option(name: &str, on: bool) -> String {
    format!("{name}: {}.", if on { "on" } else { "off" })
}
