//! Dictionaries and lists in memory: what is in them, and what comes into them.

use unblocked_syntax::view::{KeywordArgument, Subscript};
use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use crate::facts::string_value;
use crate::types::{Mapping, Type};

impl<'w> Inference<'w, '_> {
    /// `{"key": value, **others}`
    pub(super) fn dictionary(&mut self, node: NodeId) {
        let ast = self.ast;
        let mut mapping = Mapping::default();
        let mut keys: Option<Type> = None;
        for part in ast.children(node) {
            match ast.kind(part) {
                Kind::Pair => {
                    let (Some(key), Some(value)) =
                        (ast.child(part, Field::Key), ast.child(part, Field::Value))
                    else {
                        continue;
                    };
                    let kind = self.type_at(key);
                    keys = Some(keys.map_or(kind.clone(), |keys| keys.join(&kind)));
                    let value = self.type_at(value).stored();
                    mapping.insert(self.literal_key(key).as_deref(), value);
                }
                Kind::DictionarySplat => {
                    let kind = ast.first_child(part).map(|inner| self.type_at(inner));
                    put_all(&mut mapping, &kind.unwrap_or_default());
                }
                _ => {}
            }
        }
        mapping.key = keys.unwrap_or(Type::Plain);
        self.set(node, Type::mapping(mapping));
    }

    /// `{key: value for …}`
    pub(super) fn comprehended(&self, node: NodeId) -> Type {
        let part = |field| {
            let pair = self.ast.child(node, Field::Body)?;
            Some(self.type_at(self.ast.child(pair, field)?))
        };
        Type::mapping(Mapping::of(
            part(Field::Key).unwrap_or_default(),
            part(Field::Value).unwrap_or_default().stored(),
        ))
    }

    /// `dict(key=value)`, `dict(pairs)`
    pub(super) fn made_by_dict(&self, arguments: &[NodeId]) -> Type {
        let mut mapping = Mapping::default();
        mapping.key = Type::Plain;
        self.put_arguments(&mut mapping, arguments);
        Type::mapping(mapping)
    }

    fn put_arguments(&self, mapping: &mut Mapping, arguments: &[NodeId]) {
        for &argument in arguments {
            match KeywordArgument::cast(self.ast, argument) {
                Some(KeywordArgument { name, value }) => {
                    mapping.insert(Some(self.text(name)), self.type_at(value).stored());
                }
                None if self.ast.kind(argument) == Kind::DictionarySplat => {
                    let inner = self.ast.first_child(argument);
                    let kind = inner.map(|inner| self.type_at(inner));
                    put_all(mapping, &kind.unwrap_or_default());
                }
                None => put_all(mapping, &self.type_at(argument)),
            }
        }
    }

    /// `mapping[key]`
    pub(super) fn under_key(&self, mapping: &Mapping, key: NodeId) -> Type {
        match self.literal_key(key) {
            Some(key) => mapping.get(&key).cloned().unwrap_or_default(),
            None => mapping.value(),
        }
    }

    fn literal_key(&self, key: NodeId) -> Option<String> {
        (self.ast.kind(key) == Kind::String)
            .then(|| string_value(self.text(key)))
            .flatten()
    }

    /// `name[key] = value`
    pub(super) fn item_assigned(&mut self, target: NodeId, value: &Type) {
        let Some(Subscript {
            value: object,
            index,
        }) = Subscript::cast(self.ast, target)
        else {
            return;
        };
        let key = self.literal_key(index);
        match self.type_at(object) {
            Type::Mapping(mapping) => {
                let mut mapping = (*mapping).clone();
                mapping.insert(key.as_deref(), value.stored());
                mapping.key = mapping.key.join(&self.type_at(index));
                self.rename(object, Type::mapping(mapping));
            }
            // What takes a string as a key is a dictionary, whatever else is in it.
            Type::Unknown if key.is_some() => {
                let mut mapping = Mapping::of(Type::Plain, Type::Unknown);
                mapping.insert(key.as_deref(), value.stored());
                self.rename(object, Type::mapping(mapping));
            }
            Type::Sequence(element) if self.ast.kind(index) != Kind::Slice => {
                self.rename(object, Type::sequence(element.join(value)));
            }
            _ => {}
        }
    }

    /// The variable stands for something else from here on.
    fn rename(&mut self, object: NodeId, kind: Type) {
        if self.ast.kind(object) == Kind::Identifier {
            self.environment.bind(self.text(object), kind);
        }
    }

    /// `left += right`, and the like.
    pub(super) fn augmented(&mut self, node: NodeId, left: NodeId) {
        if self.ast.kind(left) != Kind::Identifier {
            return;
        }
        let name = self.text(left);
        let right = self.ast.child(node, Field::Right);
        let right = right.map(|right| self.type_at(right)).unwrap_or_default();
        let kind = match (self.lookup(name), right) {
            (Type::QuerySet(_), _) => return,
            (Type::Sequence(known), right) => put_in(&known, &right.element()),
            (Type::Mapping(known), Type::Mapping(other)) => {
                let mut known = (*known).clone();
                known.update(&other);
                Type::mapping(known)
            }
            (Type::Plain, Type::Plain) => Type::Plain,
            _ => Type::Unknown,
        };
        self.environment.bind(name, kind);
    }

    /// A method of a dictionary.
    pub(super) fn call_mapping(
        &mut self,
        object: NodeId,
        name: &str,
        mapping: &Mapping,
        arguments: &[NodeId],
    ) -> Type {
        let found = |inference: &Self| {
            let key = arguments.first();
            key.map_or(Type::Unknown, |&key| inference.under_key(mapping, key))
        };
        let default = arguments.get(1).map(|&value| self.type_at(value));
        match name {
            "get" => found(self).join(&default.unwrap_or(Type::None)),
            "pop" => match default {
                Some(default) => found(self).join(&default),
                None => found(self),
            },
            "setdefault" => {
                let value = default.unwrap_or(Type::None).stored();
                let key = arguments.first().and_then(|&key| self.literal_key(key));
                let known = key.as_deref().and_then(|key| mapping.get(key));
                let kind = known.map_or_else(|| value.clone(), |known| known.join(&value));
                let mut mapping = mapping.clone();
                mapping.insert(key.as_deref(), kind.clone());
                self.rename(object, Type::mapping(mapping));
                kind
            }
            "update" => {
                self.consumed_by(name, arguments);
                let mut mapping = mapping.clone();
                self.put_arguments(&mut mapping, arguments);
                self.rename(object, Type::mapping(mapping));
                Type::None
            }
            "values" => Type::sequence(mapping.value()),
            "items" => Type::sequence(Type::tuple(vec![mapping.key.clone(), mapping.value()])),
            "keys" => Type::sequence(mapping.key.clone()),
            "copy" => Type::mapping(mapping.clone()),
            _ => Type::Unknown,
        }
    }

    /// A method of a list, a set or a tuple.
    pub(super) fn call_sequence(
        &mut self,
        object: NodeId,
        name: &str,
        element: &Type,
        arguments: &[NodeId],
    ) -> Type {
        self.consumed_by(name, arguments);
        let added = match name {
            "append" | "appendleft" | "add" => arguments.first(),
            "insert" => arguments.get(1),
            "extend" | "update" => {
                let list = arguments.iter().fold(element.clone(), |known, &argument| {
                    put_in(&known, &self.type_at(argument).element()).element()
                });
                self.rename(object, Type::sequence(list));
                return Type::None;
            }
            "pop" | "popleft" => return element.clone(),
            "copy" | "union" => return Type::sequence(element.clone()),
            "count" | "index" => return Type::Plain,
            _ => return Type::Unknown,
        };
        let added = added.map(|&value| self.type_at(value).stored());
        self.rename(object, put_in(element, &added.unwrap_or_default()));
        Type::None
    }
}

/// A list that gets another element. `None` stands for those of an empty one.
fn put_in(element: &Type, added: &Type) -> Type {
    Type::sequence(match element {
        Type::None => added.clone(),
        element => element.join(added),
    })
}

fn put_all(mapping: &mut Mapping, other: &Type) {
    match other {
        Type::Mapping(other) => mapping.update(other),
        Type::Sequence(pair) => {
            let value = match &**pair {
                Type::Tuple(parts) => parts.get(1).cloned().unwrap_or_default(),
                pair => pair.element(),
            };
            mapping.insert(None, value);
        }
        other => mapping.insert(None, other.element()),
    }
}
