//! Dictionaries, by what is under their keys.

use std::sync::Arc;

use super::{MAX_NESTING, Type};

/// A dictionary in memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Mapping {
    /// What is under the keys that the code names, by name.
    entries: Vec<(Arc<str>, Type)>,
    /// What is under other keys, if there may be some.
    rest: Option<Type>,
    /// What its keys are.
    pub key: Type,
}

/// Keys of a dictionary that are told apart.
const MAX_KEYS: usize = 100;

impl Mapping {
    /// A dictionary of such values, under such keys.
    #[must_use]
    pub fn of(key: Type, value: Type) -> Self {
        Self {
            entries: Vec::new(),
            rest: Some(value.within(MAX_NESTING)),
            key: key.within(MAX_NESTING),
        }
    }

    /// What is under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Type> {
        match self.entries.iter().find(|(name, _)| **name == *key) {
            Some((_, value)) => Some(value),
            None => self.rest.as_ref(),
        }
    }

    /// What the code puts under keys that it names.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.entries.iter().map(|(name, value)| (&**name, value))
    }

    /// What is under other keys, if there may be some.
    #[must_use]
    pub fn rest(&self) -> Option<&Type> {
        self.rest.as_ref()
    }

    /// What is under any key.
    #[must_use]
    pub fn value(&self) -> Type {
        self.entries
            .iter()
            .map(|(_, value)| value)
            .chain(&self.rest)
            .cloned()
            .reduce(|a, b| a.join(&b))
            .unwrap_or_default()
    }

    /// A value is put under a key; `None` for a key that is computed.
    pub fn insert(&mut self, key: Option<&str>, value: Type) {
        let value = value.within(MAX_NESTING);
        match key {
            Some(key) => {
                if let Some((_, slot)) = self.entries.iter_mut().find(|(name, _)| **name == *key) {
                    *slot = value;
                    return;
                }
                if self.entries.len() < MAX_KEYS {
                    self.entries.push((key.into(), value));
                    return;
                }
            }
            // It may be any of those that are there.
            None => {
                for (_, known) in &mut self.entries {
                    *known = known.join(&value);
                }
            }
        }
        self.rest = Some(match self.rest.take() {
            Some(rest) => rest.join(&value),
            None => value,
        });
    }

    /// All of another dictionary is put into this one.
    pub fn update(&mut self, other: &Self) {
        for (key, value) in &other.entries {
            self.insert(Some(key), value.clone());
        }
        if let Some(rest) = &other.rest {
            self.insert(None, rest.clone());
        }
    }

    /// All types in it, its keys' too.
    pub fn parts(&self) -> impl Iterator<Item = &Type> {
        let values = self.entries.iter().map(|(_, value)| value);
        values.chain(&self.rest).chain([&self.key])
    }

    pub(super) fn map(&self, change: fn(&Type) -> Type) -> Self {
        Self {
            entries: self
                .entries
                .iter()
                .map(|(key, value)| (key.clone(), change(value)))
                .collect(),
            rest: self.rest.as_ref().map(change),
            key: change(&self.key),
        }
    }

    pub(super) fn join(&self, other: &Self) -> Self {
        let mut joined = Self {
            entries: Vec::new(),
            rest: match (&self.rest, &other.rest) {
                (Some(a), Some(b)) => Some(a.join(b)),
                (a, b) => a.clone().or_else(|| b.clone()),
            },
            key: self.key.join(&other.key),
        };
        for (name, value) in &self.entries {
            let value = match other.get(name) {
                Some(others) => value.join(others),
                None => value.clone(),
            };
            joined.entries.push((name.clone(), value));
        }
        for (name, value) in &other.entries {
            if !self.entries.iter().any(|(known, _)| known == name) {
                let value = match &self.rest {
                    Some(rest) => value.join(rest),
                    None => value.clone(),
                };
                joined.insert(Some(name), value);
            }
        }
        joined
    }
}
