//! Which files are open: opened, added, renamed, deleted.

use std::collections::HashSet;

use super::{File, FileId, NewFile, Shared, State, Tab};

/// More files than this are not all shown as tabs.
const MANY: usize = 12;

/// How many files of a larger project are shown as tabs: those that were looked at last.
const TABS: usize = 8;

impl State {
    pub(super) fn open(&mut self, title: &str, files: &[NewFile], whole: bool) {
        let lost = !self.is_empty();
        let earlier = self.work_now();
        self.generation += 1;
        self.forget_decisions();
        self.replace_files(files);
        if self.has_many() {
            // Which of them change is the first question.
            self.tab = Tab::Files;
        }
        if self.is_whole() != whole {
            self.set_whole(whole);
        }
        let said = format!("Opened {title}.");
        self.notify(said.clone(), lost);
        self.done(said, earlier);
    }

    pub(super) fn add(&mut self, files: &[NewFile]) {
        let earlier = self.work_now();
        // Code gives way to code when it is none of the user's.
        let code = files.iter().any(|file| !file.text.is_empty());
        if code && (self.is_empty() || self.untouched) {
            self.files.clear();
        }
        self.untouched = false;
        let first = self.add_files(files);
        self.activate(first);
        let said = match (files, self.active_file()) {
            ([_], Some(file)) => format!("Added {}.", file.path),
            _ => format!("Added {} files.", files.len()),
        };
        self.done_aloud(said, earlier);
    }

    pub(super) fn rename(&mut self, id: FileId, path: &str) {
        let Some(path) = clean_path(path) else {
            return;
        };
        let Some(old) = self.file(id).map(|file| file.path.clone()) else {
            return;
        };
        if old == path {
            return;
        }
        if self.files.iter().any(|file| file.path == path) {
            self.notify(format!("There is already a file named {path}."), false);
            return;
        }
        let earlier = self.work_now();
        self.move_decisions(&old, &path);
        let said = format!("Renamed {old} to {path}.");
        self.with_file(id, |file| file.path = path);
        self.done_aloud(said, earlier);
    }

    pub(super) fn delete(&mut self, id: FileId) {
        let Some(at) = self.files.iter().position(|file| file.id == id) else {
            return;
        };
        let earlier = self.work_now();
        let file = self.files.remove(at);
        if self.files.is_empty() {
            self.add_files(&[NewFile::new("views.py", "")]);
        }
        self.leave(id, at);
        self.done_aloud(format!("Deleted {}.", file.path), earlier);
    }

    /// Takes a file from the tabs; it stays open.
    pub(super) fn hide(&mut self, id: FileId) {
        let at = self.files.iter().position(|file| file.id == id);
        self.leave(id, at.unwrap_or_default() + 1);
    }

    /// Goes to another file when this one is in the panes: of many to the one that was looked at before, of few to the
    /// one at `at`.
    fn leave(&mut self, id: FileId, at: usize) {
        self.recent.retain(|other| *other != id);
        if self.active != id {
            return;
        }
        let mut earlier = self.recent.iter().rev().copied();
        let last = earlier.find(|id| self.has_many() && self.file(*id).is_some());
        let beside = self.files.get(at).or(self.files.last());
        self.activate(last.or(beside.map(|file| file.id)));
    }

    /// Whether there are more files than tabs show well.
    pub(crate) fn has_many(&self) -> bool {
        self.files.len() > MANY
    }

    /// The files that are shown as tabs, in their order.
    pub(crate) fn tabs(&self) -> impl Iterator<Item = &File> {
        let many = self.has_many();
        self.files
            .iter()
            .filter(move |file| !many || self.recent.contains(&file.id))
    }

    /// Puts a file in the panes.
    pub(super) fn activate(&mut self, id: Option<FileId>) {
        if let Some(id) = id {
            self.active = id;
            self.recent.retain(|other| *other != id);
            self.recent.push(id);
            let most = self.recent.len().saturating_sub(TABS);
            self.recent.drain(..most);
        }
        self.selected = None;
        self.reveal = None;
    }

    /// Puts `files` in the place of those that are open.
    pub(super) fn replace_files(&mut self, files: &[NewFile]) {
        self.files.clear();
        self.recent.clear();
        self.unreadable = Shared::default();
        self.add_files(files);
        if self.files.is_empty() {
            self.add_files(&[NewFile::new("views.py", "")]);
        }
        self.untouched = true;
        self.activate(self.files.first().map(|file| file.id));
    }

    /// Adds files, each under a path that no other has; gives the first.
    fn add_files(&mut self, files: &[NewFile]) -> Option<FileId> {
        let mut taken: HashSet<String> = self.files.iter().map(|file| file.path.clone()).collect();
        let mut first = None;
        for file in files {
            let id = FileId(self.next());
            let path = free_path(&file.path, &taken);
            taken.insert(path.clone());
            self.files.push(File::new(id, path, file));
            first.get_or_insert(id);
        }
        first
    }
}

/// `path`, or with a number when it is taken.
fn free_path(path: &str, taken: &HashSet<String>) -> String {
    let path = clean_path(path).unwrap_or_else(|| "views.py".to_owned());
    if !taken.contains(&path) {
        return path;
    }
    let (stem, extension) = path.rsplit_once('.').unwrap_or((&path, "py"));
    (2..)
        .map(|number| format!("{stem}_{number}.{extension}"))
        .find(|path| !taken.contains(path))
        .unwrap_or_default()
}

/// A path as the engine knows it: `/` between folders, relative, of visible characters. `None` when nothing is left.
pub(super) fn clean_path(path: &str) -> Option<String> {
    let parts: Vec<String> = path
        .split(['/', '\\'])
        .map(|part| {
            part.trim()
                .chars()
                .filter(|character| !character.is_control() && !is_direction(*character))
                .take(80)
                .collect()
        })
        .filter(|part: &String| !matches!(part.as_str(), "" | "." | ".."))
        .collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Whether a character only turns the direction of writing: it could make one name look like another.
fn is_direction(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
