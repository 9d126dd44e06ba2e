//! What `prefetch_related` fetches with an instance.

use std::sync::Arc;

use super::{Evidence, Instance, Model, Origin, QuerySet};

/// `Prefetch(lookup, queryset, to_attr)`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Prefetch {
    /// The relations, as in `prefetch_related`.
    pub lookup: Arc<str>,
    /// The attribute that holds the rows.
    pub to_attr: Option<Arc<str>>,
    /// What they are fetched with.
    pub queryset: Option<QuerySet>,
}

impl Prefetch {
    pub(super) fn without_origin(&self) -> Self {
        Self {
            queryset: self.queryset.as_ref().map(QuerySet::without_origin),
            ..self.clone()
        }
    }
}

/// What holds rows that `Prefetch` fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Held {
    /// The relation itself.
    Relation,
    /// An attribute: a list of the rows.
    List,
    /// An attribute: the one row, or `None`.
    Row,
}

/// Rows that `Prefetch` fetches with a queryset of its own, or into an attribute. What those rows have loaded stands with
/// what the instance has, below the path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Prefetched {
    /// The relations to them, and what holds them: `items__paid`.
    pub path: Arc<str>,
    /// What holds them.
    pub held: Held,
    /// Their model.
    pub model: Model,
    /// How sure.
    pub evidence: Evidence,
    /// Their fields that may not be loaded.
    pub deferred: Arc<[Arc<str>]>,
    /// Where they come from, if relations can be loaded with them there.
    pub origin: Option<Origin>,
}

/// What is loaded with the rows of a relation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Fetched {
    /// Relations, as of an [`Instance`].
    pub loaded: Arc<[Arc<str>]>,
    /// Fields that may not be.
    pub deferred: Arc<[Arc<str>]>,
    /// What `Prefetch` fetched with them.
    pub prefetched: Arc<[Prefetched]>,
    /// Where they come from, if relations can be loaded with them there.
    pub origin: Option<Origin>,
}

impl Fetched {
    pub(super) fn without_origin(&self) -> Self {
        Self {
            prefetched: without_origin(&self.prefetched),
            origin: None,
            ..self.clone()
        }
    }

    /// A row of which this is loaded.
    #[must_use]
    pub fn row(&self, model: Model, evidence: Evidence) -> Instance {
        Instance {
            model,
            evidence,
            loaded: self.loaded.clone(),
            deferred: self.deferred.clone(),
            prefetched: self.prefetched.clone(),
            origin: self.origin.clone(),
        }
    }
}

pub(super) fn without_origin(all: &Arc<[Prefetched]>) -> Arc<[Prefetched]> {
    if all.iter().all(|rows| rows.origin.is_none()) {
        return all.clone();
    }
    all.iter()
        .map(|rows| Prefetched {
            origin: None,
            ..rows.clone()
        })
        .collect()
}

/// What is known of rows that come from either of two places.
pub(super) fn join(a: &Arc<[Prefetched]>, b: &Arc<[Prefetched]>) -> Arc<[Prefetched]> {
    if a == b {
        return a.clone();
    }
    // What may leave fields out counts from either side.
    let joined = a
        .iter()
        .filter(|rows| rows.held == Held::Relation || b.contains(rows));
    let others = b
        .iter()
        .filter(|rows| rows.held == Held::Relation && !a.contains(rows));
    joined.chain(others).cloned().collect()
}
