//! The page's state: plain data, changed by actions alone, and serialisable.

mod action;
pub(crate) mod decisions;
mod diff;
mod document;
mod export;
mod file;
mod files;
mod guide;
pub(crate) mod marks;
mod merge;
mod project;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod trace;
mod undo;

use serde::{Deserialize, Serialize};
use unblocked_rewriter::{Applicability, Options, Range, StaleDecision, World};

pub(crate) use action::{Action, FileAnswer, NewFile};
pub(crate) use document::{Document, Unreadable, VERSION};
pub(crate) use export::Snippet;
pub(crate) use file::{File, FileId, Shared, is_standing};
pub(crate) use guide::{GuideAction, GuideState};
pub(crate) use merge::Side;
use undo::Steps;

/// What the results show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Tab {
    /// Changes and findings.
    #[default]
    Findings,
    /// Functions and what was decided for each.
    Functions,
    /// All files, by what changes in them.
    Files,
}

/// What a narrow screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum View {
    /// The before pane.
    Before,
    /// The after pane.
    #[default]
    After,
    /// The results.
    Results,
}

/// A dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Panel {
    /// A link to the work, or a file of it.
    Share,
    /// What the migrated code can leave the page as.
    Export,
    /// Snapshots of earlier work.
    History,
    /// Everything that can be done, to search and choose from.
    Commands,
    /// The keyboard shortcuts.
    Keys,
}

/// The colors of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Which findings are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Filter {
    /// Safe changes.
    pub(crate) safe: bool,
    /// Changes under an assumption.
    pub(crate) review: bool,
    /// What is left to do by hand.
    pub(crate) manual: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            safe: true,
            review: true,
            manual: true,
        }
    }
}

impl Filter {
    /// Whether findings of this applicability are listed.
    pub(crate) fn shows(self, applicability: Applicability) -> bool {
        match applicability {
            Applicability::Safe => self.safe,
            Applicability::Review => self.review,
            Applicability::Manual => self.manual,
        }
    }
}

/// Where the engine stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Engine {
    /// It is being loaded.
    #[default]
    Starting,
    /// It works on the last change.
    Busy,
    /// It has answered.
    Idle,
    /// It was given up: the same text stopped it again and again.
    Stopped,
}

/// A message to the user, and what can be undone about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Notice {
    /// What happened.
    pub(crate) text: String,
    /// Whether it can be undone ([`Action::Undo`]).
    pub(crate) undo: bool,
    /// Whether it can be done again ([`Action::Redo`]).
    pub(crate) redo: bool,
    /// Tells equal notices apart.
    pub(crate) id: u32,
}

/// A place that the editors are asked to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reveal {
    /// Which file.
    pub(crate) file: FileId,
    /// Where in the text before.
    pub(crate) before: Range,
    /// Where in the generated text after.
    pub(crate) after: Option<Range>,
    /// Both places are in the text after that the user has made.
    pub(crate) own: bool,
    /// Whether the keyboard goes there.
    pub(crate) focus: bool,
    /// Tells requests for the same place apart.
    pub(crate) id: u32,
}

/// The whole state of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The open files, in the order of their tabs; never empty.
    pub(crate) files: Vec<File>,
    /// The file in the panes.
    pub(crate) active: FileId,
    /// What the engine is asked for.
    pub(crate) options: Options,
    /// Which findings are listed.
    pub(crate) filter: Filter,
    /// What the results show.
    pub(crate) tab: Tab,
    /// What a narrow screen shows.
    pub(crate) view: View,
    /// Whether both texts are shown as one.
    pub(crate) unified: bool,
    /// The colors.
    pub(crate) theme: Theme,
    /// Counts changes of the options.
    pub(crate) options_revision: u32,
    /// Whether the files are an example as it was opened.
    untouched: bool,
    /// Names files and requests.
    counter: u32,
    /// The guide.
    #[serde(default)]
    pub(crate) guide: GuideState,
    /// The selected finding of the active file.
    #[serde(skip)]
    pub(crate) selected: Option<usize>,
    /// Where the engine stands.
    #[serde(skip)]
    pub(crate) engine: Engine,
    /// Counts how often all work was replaced.
    #[serde(skip)]
    pub(crate) generation: u32,
    /// The dialog that is open.
    #[serde(skip)]
    pub(crate) panel: Option<Panel>,
    /// The last message.
    #[serde(skip)]
    pub(crate) notice: Option<Notice>,
    /// The place to show.
    #[serde(skip)]
    pub(crate) reveal: Option<Reveal>,
    /// What the rules say of themselves.
    #[serde(skip)]
    pub(crate) rules: Option<Shared<Vec<RuleDocs>>>,
    /// What can be undone.
    #[serde(skip)]
    steps: Steps,
    /// The files that were looked at last, the one in the panes last of all.
    #[serde(skip)]
    recent: Vec<FileId>,
    /// What was among opened files and can't be read, each with its reason.
    #[serde(skip)]
    pub(crate) unreadable: Shared<Vec<String>>,
    /// The decisions that fit nothing in the code.
    #[serde(skip)]
    pub(crate) stale: Vec<StaleDecision>,
}

/// What a rule says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RuleDocs {
    /// Its name.
    pub(crate) name: String,
    /// Its documentation.
    pub(crate) docs: crate::markdown::Element,
}

impl State {
    /// A page over `files`; over one empty `views.py` when there are none.
    pub(crate) fn new(files: &[NewFile], theme: Theme) -> Self {
        let mut state = Self {
            files: Vec::new(),
            active: FileId(0),
            options: Options::for_paste(),
            filter: Filter::default(),
            tab: Tab::default(),
            view: View::default(),
            unified: false,
            theme,
            options_revision: 0,
            untouched: false,
            counter: 0,
            guide: GuideState::default(),
            selected: None,
            engine: Engine::default(),
            generation: 0,
            panel: None,
            notice: None,
            reveal: None,
            rules: None,
            steps: Steps::default(),
            recent: Vec::new(),
            unreadable: Shared::default(),
            stale: Vec::new(),
        };
        state.replace_files(files);
        state
    }

    /// The file in the panes.
    pub(crate) fn active_file(&self) -> Option<&File> {
        self.file(self.active)
    }

    /// A file by its name.
    pub(crate) fn file(&self, id: FileId) -> Option<&File> {
        self.files.iter().find(|file| file.id == id)
    }

    /// Whether there is no code at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.iter().all(|file| file.before.trim().is_empty())
    }

    /// Whether the files are taken for all the code there is.
    pub(crate) fn is_whole(&self) -> bool {
        self.options.world == World::Closed
    }

    fn next(&mut self) -> u32 {
        self.counter += 1;
        self.counter
    }

    fn file_mut(&mut self, id: FileId) -> Option<&mut File> {
        self.files.iter_mut().find(|file| file.id == id)
    }

    /// Whether there is anything of the user's in it: more than an example as it was opened.
    pub(crate) fn is_own(&self) -> bool {
        !self.untouched && !self.is_empty()
    }

    fn notify(&mut self, text: impl Into<String>, undo: bool) {
        let id = self.next();
        self.notice = Some(Notice {
            text: text.into(),
            undo,
            redo: false,
            id,
        });
    }
}
