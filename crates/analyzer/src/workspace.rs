//! The files at hand, kept parsed.

use unblocked_syntax::{Parse, Span};

use crate::facts::FileFacts;
use crate::infer::{FileAnalysis, infer};
use crate::world::World;

/// The files at hand. A change of one file re-parses that file alone.
#[derive(Default)]
pub struct Workspace {
    /// In the order of their paths.
    files: Vec<FileFacts>,
}

/// What the files mean together.
pub struct Analysis<'w> {
    /// The linked files.
    pub world: World<'w>,
    /// What inference found, by file.
    pub files: Vec<FileAnalysis>,
}

impl Workspace {
    /// An empty workspace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn position(&self, path: &str) -> Result<usize, usize> {
        self.files.binary_search_by(|file| (*file.path).cmp(path))
    }

    /// Adds a file, or replaces its whole text. `path` uses `/` between folders, relative to the project's root.
    pub fn set_file(&mut self, path: &str, text: &str) {
        match self.position(path) {
            Ok(at) => {
                if let Some(slot) = self.files.get_mut(at)
                    && slot.text() != text
                {
                    *slot = FileFacts::new(path, Parse::new(text.to_owned()));
                }
            }
            Err(at) => self
                .files
                .insert(at, FileFacts::new(path, Parse::new(text.to_owned()))),
        }
    }

    /// Replaces bytes `start..end` of a file's text: the cheap way for a keystroke.
    /// Returns false, and changes nothing, when there is no such file or the range does not lie on its characters.
    pub fn edit_file(&mut self, path: &str, start: usize, end: usize, text: &str) -> bool {
        let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end)) else {
            return false;
        };
        match self
            .position(path)
            .ok()
            .and_then(|at| self.files.get_mut(at))
        {
            Some(file) => file.edit(Span::new(start, end), text),
            None => false,
        }
    }

    /// Removes a file.
    pub fn remove_file(&mut self, path: &str) {
        if let Ok(at) = self.position(path) {
            self.files.remove(at);
        }
    }

    /// Path and text of every file, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|file| (&*file.path, file.text()))
    }

    /// Links and infers all files.
    #[must_use]
    pub fn analyze(&self) -> Analysis<'_> {
        let world = World::new(&self.files);
        let files = infer(&world);
        Analysis { world, files }
    }
}
