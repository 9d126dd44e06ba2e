//! Relations that querysets load with their rows: `select_related`, `prefetch_related`, `Prefetch`.

use std::sync::Arc;

use unblocked_syntax::view::KeywordArgument;
use unblocked_syntax::{Kind, NodeId, SmallSort};

use super::Inference;
use super::relation::below;
use crate::facts::string_value;
use crate::model::Attribute;
use crate::types::{
    Evidence, Fetched, Held, Instance, Model, Prefetch, Prefetched, QuerySet, Rows, Type,
};

/// How many loaded relations a queryset is known to have: more may be added with every statement.
const MOST_LOADED: usize = 100;

/// How far `select_related()` without names follows relations.
const DEFAULT_DEPTH: usize = 5;

/// What is loaded with a queryset, while more comes to it.
struct Loading {
    loaded: Vec<Arc<str>>,
    prefetched: Vec<Prefetched>,
}

impl Loading {
    fn load(&mut self, path: &str) {
        if self.loaded.len() < MOST_LOADED && !self.loaded.iter().any(|known| **known == *path) {
            self.loaded.push(path.into());
        }
    }

    fn hold(&mut self, rows: Prefetched) {
        if self.prefetched.len() < MOST_LOADED {
            self.prefetched.retain(|known| known.path != rows.path);
            self.prefetched.push(rows);
        }
    }
}

impl Inference<'_, '_> {
    /// `Prefetch(lookup, queryset, to_attr)`
    pub(super) fn prefetch_object(&self, arguments: &[NodeId]) -> Type {
        let argument = |position: usize, name: &str| {
            let by_name = arguments.iter().find_map(|&argument| {
                KeywordArgument::cast(self.ast, argument)
                    .filter(|keyword| self.text(keyword.name) == name)
                    .map(|keyword| keyword.value)
            });
            let by_position = arguments
                .get(position)
                .copied()
                .filter(|&argument| self.ast.kind(argument) != Kind::KeywordArgument);
            by_name.or(by_position)
        };
        let text = |node: Option<NodeId>| string_value(self.text(node?));
        let Some(lookup) = text(argument(0, "lookup")) else {
            return Type::Unknown;
        };
        let queryset = argument(1, "queryset").map(|node| self.type_at(node));
        Type::Prefetch(Arc::new(Prefetch {
            lookup: lookup.into(),
            to_attr: text(argument(2, "to_attr")).map(Into::into),
            queryset: match queryset {
                Some(Type::QuerySet(queryset)) if queryset.rows == Rows::Instances => {
                    Some(queryset)
                }
                _ => None,
            },
        }))
    }

    /// A queryset after `select_related(…)` or `prefetch_related(…)`.
    pub(super) fn with_relations(
        &self,
        builder: &str,
        queryset: &QuerySet,
        arguments: &[NodeId],
    ) -> QuerySet {
        let is_default = builder == "select_related" && arguments.is_empty();
        let takes_back = arguments
            .iter()
            .any(|&argument| self.ast.kind(argument) == Kind::None);
        let mut loading = match is_default || takes_back {
            true => Loading {
                loaded: Vec::new(),
                prefetched: Vec::new(),
            },
            false => Loading {
                loaded: queryset.loaded.to_vec(),
                prefetched: queryset.prefetched.to_vec(),
            },
        };
        if is_default {
            self.load_all(&queryset.model, &mut loading);
        }
        for &argument in arguments {
            match (self.type_at(argument), string_value(self.text(argument))) {
                (Type::Prefetch(prefetch), _) => {
                    self.load_prefetch(&queryset.model, &prefetch, &mut loading);
                }
                (_, Some(name)) => loading.load(&name),
                _ => {}
            }
        }
        QuerySet {
            loaded: loading.loaded.into(),
            prefetched: loading.prefetched.into(),
            ..queryset.clone()
        }
    }

    /// `select_related()` follows all foreign keys that can't be null.
    fn load_all(&self, model: &Model, loading: &mut Loading) {
        let mut level = vec![(model.clone(), String::new())];
        for _ in 0..DEFAULT_DEPTH {
            for (model, prefix) in std::mem::take(&mut level) {
                let Some(info) = self.world.model(&model) else {
                    continue;
                };
                let mut relations: Vec<(&String, &Model)> = info
                    .attributes
                    .iter()
                    .filter_map(|(name, attribute)| match attribute {
                        Attribute::Relation {
                            model,
                            is_null: false,
                            back: None,
                            ..
                        } => Some((name, model)),
                        _ => None,
                    })
                    .collect();
                relations.small_sort_by_key(|(name, _)| *name);
                for (name, model) in relations {
                    if loading.loaded.len() == MOST_LOADED {
                        return;
                    }
                    let path = format!("{prefix}{name}");
                    loading.load(&path);
                    level.push((model.clone(), format!("{path}__")));
                }
            }
        }
    }

    fn load_prefetch(&self, model: &Model, prefetch: &Prefetch, loading: &mut Loading) {
        let (way, last) = match prefetch.lookup.rsplit_once("__") {
            Some((way, last)) => (Some(way), last),
            None => (None, &*prefetch.lookup),
        };
        if let Some(way) = way {
            loading.load(way);
        }
        let around = way.map_or_else(
            || model.clone(),
            |way| self.at_end_of(model, way, &loading.prefetched),
        );
        let relation = self
            .world
            .model(&around)
            .and_then(|info| info.attributes.get(last));
        let (to, held, back) = match relation {
            Some(Attribute::Relation { model, back, .. }) => (model.clone(), Held::Row, back),
            Some(Attribute::Manager { model, back, .. }) => (model.clone(), Held::List, back),
            _ => (Model::Unknown, Held::List, &None),
        };
        let is_there = loading.loaded.iter().any(|known| {
            known
                .strip_prefix(&*prefetch.lookup)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
        });
        if held == Held::Row && is_there {
            // The one instance that `select_related` has loaded stays.
            return;
        }
        let path = match (&prefetch.to_attr, way) {
            (Some(attribute), Some(way)) => Arc::from(format!("{way}__{attribute}")),
            (Some(attribute), None) => attribute.clone(),
            (None, _) => prefetch.lookup.clone(),
        };
        loading.load(&path);
        if let Some(back) = back {
            loading.load(&format!("{path}__{back}"));
        }
        let queryset = prefetch.queryset.as_ref();
        for inner in queryset.iter().flat_map(|queryset| queryset.loaded.iter()) {
            loading.load(&format!("{path}__{inner}"));
        }
        for inner in queryset
            .iter()
            .flat_map(|queryset| queryset.prefetched.iter())
        {
            loading.hold(Prefetched {
                path: format!("{path}__{}", inner.path).into(),
                ..inner.clone()
            });
        }
        let held = match prefetch.to_attr {
            Some(_) => held,
            None => Held::Relation,
        };
        loading.hold(Prefetched {
            path,
            held,
            model: queryset.map_or(to, |queryset| queryset.model.clone()),
            evidence: queryset.map_or(Evidence::Evident, |queryset| queryset.evidence),
            deferred: queryset.map_or_else(Arc::default, |queryset| queryset.deferred.clone()),
            origin: queryset.and_then(|queryset| queryset.origin.clone()),
        });
    }

    /// The model at the end of a path of relations.
    fn at_end_of(&self, model: &Model, path: &str, prefetched: &[Prefetched]) -> Model {
        let mut model = model.clone();
        let mut walked = String::new();
        for name in path.split("__") {
            walked.push_str(name);
            let into_attribute = prefetched.iter().find(|rows| *rows.path == *walked);
            walked.push_str("__");
            let relation = self
                .world
                .model(&model)
                .and_then(|info| info.attributes.get(name));
            model = match (into_attribute, relation) {
                (Some(rows), _) => rows.model.clone(),
                (_, Some(Attribute::Relation { model, .. } | Attribute::Manager { model, .. })) => {
                    model.clone()
                }
                _ => return Model::Unknown,
            };
        }
        model
    }
}

/// What is loaded with the rows of a relation; `None` when they are not loaded themselves.
#[must_use]
pub fn fetched(instance: &Instance, name: &str) -> Option<Fetched> {
    let loaded = below(&instance.loaded, name)?;
    let own = instance.prefetched.iter().find(|rows| *rows.path == *name);
    Some(Fetched {
        loaded,
        deferred: own.map_or_else(Arc::default, |rows| rows.deferred.clone()),
        prefetched: instance
            .prefetched
            .iter()
            .filter_map(|rows| {
                let rest = rows.path.strip_prefix(name)?.strip_prefix("__")?;
                Some(Prefetched {
                    path: rest.into(),
                    ..rows.clone()
                })
            })
            .collect(),
        origin: own.and_then(|rows| rows.origin.clone()),
    })
}

/// An attribute that `Prefetch(to_attr=…)` put the rows into: a list, of which nothing has to be awaited.
pub(super) fn into_attribute(instance: &Instance, name: &str) -> Option<Type> {
    let rows = instance
        .prefetched
        .iter()
        .find(|rows| *rows.path == *name && rows.held != Held::Relation)?;
    let row = fetched(instance, name)?.row(rows.model.clone(), rows.evidence);
    Some(match rows.held {
        Held::List => Type::sequence(Type::Instance(row)),
        Held::Row | Held::Relation => Type::Instance(row),
    })
}
