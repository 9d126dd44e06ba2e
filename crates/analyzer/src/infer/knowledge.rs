//! What files learn of each other.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::types::{ClassRef, FunctionRef, Model, Type};

/// What can be known across functions and files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// What a function returns.
    Return(FunctionRef),
    /// What a function is called with, by position of the parameter.
    Argument(FunctionRef, usize),
    /// The functions that a decorator of the project decorates.
    Decorated(FunctionRef),
    /// A function that `django.tasks.task` made a task of.
    Task(FunctionRef),
    /// What is assigned to an attribute of `self`.
    Attribute(ClassRef, String),
    /// An attribute of a model that is not at hand, once it was read through and so is a relation.
    Relation(Model, String),
    /// What is assigned to an attribute of a request, as middleware and decorators do for the views behind them.
    OfRequest(String),
    /// What a loop of the function binds a variable to that is `None` before it.
    Kept(FunctionRef, String),
    /// A module-level variable: file and name.
    Global(usize, String),
}

impl Key {
    /// The file whose code it is about.
    fn file(&self) -> Option<usize> {
        match self {
            Self::Return(function)
            | Self::Argument(function, _)
            | Self::Decorated(function)
            | Self::Task(function)
            | Self::Kept(function, _) => Some(function.file),
            Self::Attribute(class, _) => Some(class.file),
            Self::Relation(..) | Self::OfRequest(_) => None,
            Self::Global(file, _) => Some(*file),
        }
    }
}

/// Keys as small numbers.
#[derive(Default)]
pub(super) struct Keys(RefCell<HashMap<Key, usize>>);

impl Keys {
    fn id(&self, key: Key) -> usize {
        let mut ids = self.0.borrow_mut();
        let next = ids.len();
        *ids.entry(key).or_insert(next)
    }
}

/// What one round knows, by number of the key.
#[derive(Default)]
pub(super) struct Knowledge(Vec<Option<Type>>);

impl Knowledge {
    fn get(&self, id: usize) -> Option<&Type> {
        self.0.get(id)?.as_ref()
    }

    /// What files learned, joined in the order of the files.
    pub(super) fn of<'r>(runs: impl Iterator<Item = &'r Run>) -> Self {
        let mut all: Vec<Option<Type>> = Vec::new();
        for (id, kind) in runs.flat_map(|run| &run.learned) {
            if all.len() <= *id {
                all.resize(id + 1, None);
            }
            if let Some(slot) = all.get_mut(*id) {
                *slot = Some(match slot.take() {
                    Some(known) => known.join(kind),
                    None => kind.clone(),
                });
            }
        }
        Self(all)
    }

    /// The keys of which the two know different things.
    pub(super) fn differences(&self, other: &Self) -> Differences {
        (0..self.0.len().max(other.0.len()))
            .filter(|&id| self.get(id) != other.get(id))
            .collect()
    }
}

/// A set of small numbers: of keys, or of questions.
#[derive(Default)]
pub(super) struct Differences(Vec<bool>);

impl Differences {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True when one of `ids` is among them.
    fn concern(&self, ids: &[usize]) -> bool {
        !self.is_empty() && ids.iter().any(|&id| self.0.get(id) == Some(&true))
    }
}

impl FromIterator<usize> for Differences {
    fn from_iter<I: IntoIterator<Item = usize>>(ids: I) -> Self {
        let mut set = Vec::new();
        for id in ids {
            if set.len() <= id {
                set.resize(id + 1, false);
            }
            if let Some(slot) = set.get_mut(id) {
                *slot = true;
            }
        }
        Self(set)
    }
}

/// One inference of one file, as others see it. It depends on the file's text, the links' answers to what it asked, and
/// what was known of the keys that it consumed: where they are the same, so is everything that it found.
pub(super) struct Run {
    /// The questions that it asked.
    asked: Vec<usize>,
    /// The keys that it asked for, known or not.
    consumed: Vec<usize>,
    learned: Vec<(usize, Type)>,
}

impl Run {
    /// True when it would find the same if what is known changed so.
    pub(super) fn stands(&self, known: &Differences) -> bool {
        !known.concern(&self.consumed)
    }

    /// True when it would find the same if the answers to questions changed so.
    pub(super) fn outlives(&self, answers: &Differences) -> bool {
        !answers.concern(&self.asked)
    }
}

/// What a file asks of what is known and adds to it, in one round.
pub(super) struct Exchange<'k> {
    file: usize,
    keys: &'k Keys,
    knowledge: &'k Knowledge,
    consumed: RefCell<BTreeSet<usize>>,
    learned: BTreeMap<usize, Type>,
}

impl<'k> Exchange<'k> {
    pub(super) fn new(file: usize, keys: &'k Keys, knowledge: &'k Knowledge) -> Self {
        Self {
            file,
            keys,
            knowledge,
            consumed: RefCell::default(),
            learned: BTreeMap::new(),
        }
    }

    /// What the round before learned.
    pub(super) fn known(&self, key: Key) -> Option<Type> {
        let is_own = key.file() == Some(self.file);
        let id = self.keys.id(key);
        self.consumed.borrow_mut().insert(id);
        let kind = self.knowledge.get(id)?;
        Some(if is_own {
            kind.clone()
        } else {
            kind.detached()
        })
    }

    /// Tells the next round.
    pub(super) fn learn(&mut self, key: Key, kind: &Type) {
        let kind = match key.file() {
            Some(file) if file != self.file => kind.without_origin().detached(),
            _ => kind.without_origin(),
        };
        let id = self.keys.id(key);
        let joined = match self.learned.get(&id) {
            Some(known) => known.join(&kind),
            None => kind,
        };
        self.learned.insert(id, joined);
    }

    pub(super) fn finish(self, asked: Vec<usize>) -> Run {
        Run {
            asked,
            consumed: self.consumed.into_inner().into_iter().collect(),
            learned: self.learned.into_iter().collect(),
        }
    }
}
