//! What Python code means to Django: names, types, effects, calls, views.

use std::collections::BTreeMap;

/// The files at hand. A change of one file re-parses that file alone.
#[derive(Default)]
pub struct Workspace {
    files: BTreeMap<String, String>,
}

impl Workspace {
    /// An empty workspace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces its whole text. `path` uses `/` between folders, relative to the project's root.
    pub fn set_file(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), text.to_owned());
    }

    /// Replaces bytes `start..end` of a file's text: the cheap way for a keystroke.
    /// Returns false, and changes nothing, when there is no such file or the range does not lie on its characters.
    pub fn edit_file(&mut self, path: &str, start: usize, end: usize, text: &str) -> bool {
        let Some(file) = self.files.get_mut(path) else {
            return false;
        };
        if file.get(start..end).is_none() {
            return false;
        }
        file.replace_range(start..end, text);
        true
    }

    /// Removes a file.
    pub fn remove_file(&mut self, path: &str) {
        self.files.remove(path);
    }

    /// Path and text of every file, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (&**path, &**text))
    }
}
