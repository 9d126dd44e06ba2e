//! The work as one text that leaves the page, as a link, a file or saved state, and comes back: versioned, and read with
//! care, as anybody may have written it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use unblocked_guide::Answers;
use unblocked_rewriter::Options;

use super::{File, NewFile, State};

/// The form that is written. Every older one stays readable.
pub(crate) const VERSION: u32 = 1;

/// The most files that a document may hold.
const MOST_FILES: usize = 5_000;

/// The work: code, options, decisions, answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Document {
    /// Says what this is, and in which form.
    #[serde(rename = "djangoUnblocked")]
    version: u32,
    files: Vec<SavedFile>,
    /// The position of the file in the panes.
    #[serde(default)]
    active: usize,
    /// Options that differ from those of a paste, decisions among them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    options: Map<String, Value>,
    /// The guide's answers.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    guide: Map<String, Value>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SavedFile {
    path: String,
    /// With its own line ends and byte order mark.
    text: String,
    /// What the user made of the generated text, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<SavedAfter>,
}

/// An edited after text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SavedAfter {
    /// The generated text that it was made from: another engine may generate another.
    base: String,
    /// The user's text.
    text: String,
}

/// Why a text is no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Part of it is missing or changed, or it never was one.
    Damaged,
    /// A later version of the page has written it.
    Newer,
    /// It holds more than the page takes.
    TooLarge,
}

impl Unreadable {
    /// What to tell the user of `what`, such as `This link`.
    pub(crate) fn message(self, what: &str) -> String {
        match self {
            Self::Damaged => format!(
                "{what} is damaged, perhaps cut off: it can’t be opened. Your work is as it was."
            ),
            Self::Newer => format!(
                "{what} comes from a newer version of Django Unblocked. Reload the page and open it again. Your work is as it was."
            ),
            Self::TooLarge => {
                format!("{what} holds too many files to be opened. Your work is as it was.")
            }
        }
    }
}

impl Document {
    /// Reads what [`Self::write`] has written.
    pub(crate) fn read(text: &str) -> Result<Self, Unreadable> {
        let value: Value = serde_json::from_str(text).map_err(|_| Unreadable::Damaged)?;
        let version = value.get("djangoUnblocked").and_then(Value::as_u64);
        match version {
            Some(version) if version > u64::from(VERSION) => return Err(Unreadable::Newer),
            Some(1) => {}
            _ => return Err(Unreadable::Damaged),
        }
        let document: Self = serde_json::from_value(value).map_err(|_| Unreadable::Damaged)?;
        match document.files.len() {
            0 => Err(Unreadable::Damaged),
            count if count > MOST_FILES => Err(Unreadable::TooLarge),
            _ => Ok(document),
        }
    }

    /// The document as text, in pieces: it with no files in it up to where they belong, one for each file, and the rest.
    pub(crate) fn pieces(mut self) -> impl Iterator<Item = String> {
        const HERE: &str = "\"files\":[";
        let files = std::mem::take(&mut self.files);
        let frame = self.write();
        let cut = frame.find(HERE).map_or(frame.len(), |at| at + HERE.len());
        let (start, end) = frame.split_at(cut);
        let (start, end) = (start.to_owned(), end.to_owned());
        let files = files.into_iter().enumerate().map(|(index, file)| {
            let comma = if index > 0 { "," } else { "" };
            format!(
                "{comma}{}",
                serde_json::to_string(&file).unwrap_or_default()
            )
        });
        std::iter::once(start).chain(files).chain([end])
    }

    /// The document as text.
    pub(crate) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Its files, as they are opened.
    pub(super) fn files(&self) -> Vec<NewFile> {
        self.files
            .iter()
            .map(|file| NewFile::new(&file.path, &file.text))
            .collect()
    }

    /// Its options. What this version does not know of them is left out.
    pub(super) fn options(&self) -> Options {
        laid_over(Options::for_paste(), &self.options)
    }

    /// The guide's answers in it, if there are any.
    pub(super) fn answers(&self) -> Option<Answers> {
        (!self.guide.is_empty()).then(|| laid_over(Answers::default(), &self.guide))
    }

    /// Gives `file`, opened from the one at `index`, what the user made of its after text.
    pub(super) fn edit_after(&self, index: usize, file: &mut File) {
        if let Some(after) = self.files.get(index).and_then(|file| file.after.as_ref())
            && after.base != after.text
        {
            file.after.base = after.base.as_str().into();
            file.after.edited = Some(after.text.as_str().into());
        }
    }

    /// The position of the file in the panes.
    pub(super) fn active(&self) -> usize {
        self.active
    }
}

/// `defaults` with what `saved` says, as far as this version knows it.
fn laid_over<T: Serialize + DeserializeOwned>(defaults: T, saved: &Map<String, Value>) -> T {
    let mut known = as_map(&defaults);
    for (name, value) in saved {
        if !known.contains_key(name) {
            continue;
        }
        let fits = |value: &Value| {
            let alone = Map::from_iter([(name.clone(), value.clone())]);
            serde_json::from_value::<T>(Value::Object(alone)).is_ok()
        };
        let value = match value {
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .filter(|item| fits(&Value::Array(vec![(*item).clone()])))
                    .cloned()
                    .collect(),
            ),
            value => value.clone(),
        };
        if fits(&value) {
            known.insert(name.clone(), value);
        }
    }
    serde_json::from_value(Value::Object(known)).unwrap_or(defaults)
}

fn as_map<T: Serialize>(value: &T) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// What differs from `defaults`.
fn difference<T: Serialize>(value: &T, defaults: &T) -> Map<String, Value> {
    let defaults = as_map(defaults);
    let mut map = as_map(value);
    map.retain(|name, value| defaults.get(name) != Some(value));
    map
}

impl State {
    /// The work as it is.
    pub(crate) fn document(&self) -> Document {
        Document {
            version: VERSION,
            files: self
                .files
                .iter()
                .map(|file| SavedFile {
                    path: file.path.clone(),
                    text: file.raw_before(),
                    after: file.after.edited.as_ref().map(|text| SavedAfter {
                        base: file.after.base.to_string(),
                        text: text.to_string(),
                    }),
                })
                .collect(),
            active: self
                .files
                .iter()
                .position(|file| file.id == self.active)
                .unwrap_or_default(),
            options: difference(&self.options, &Options::for_paste()),
            guide: difference(&self.guide.answers, &Answers::default()),
        }
    }

    /// Puts `document` in the place of all work; what was there can be restored.
    pub(super) fn open_document(&mut self, title: &str, document: &Document) {
        let lost = !self.is_empty() && !self.untouched;
        let earlier = self.work_now();
        self.generation += 1;
        self.stale.clear();
        self.options = document.options();
        self.options_revision += 1;
        if let Some(answers) = document.answers() {
            self.guide.answers = answers;
            self.guide.revision += 1;
        }
        self.replace_files(&document.files());
        for (index, file) in self.files.iter_mut().enumerate() {
            document.edit_after(index, file);
        }
        self.activate(self.files.get(document.active()).map(|file| file.id));
        self.untouched = false;
        let said = format!("Opened {title}.");
        self.notify(said.clone(), lost);
        self.done(said, earlier);
    }

    /// A page over `document`, as on a visit after it was saved.
    pub(crate) fn resume(&mut self, document: &Document) {
        self.open_document("your work", document);
        self.forget_steps();
        self.notice = None;
    }
}
