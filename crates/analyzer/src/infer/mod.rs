//! Inference: each function is walked once, in order of evaluation, with an explicit stack.
//!
//! In rounds (`memory`): each learns what functions return and what they are called with, and the next uses it.

mod asked;
mod attribute;
mod awaiting;
mod bind;
mod bound;
mod builtin;
mod by_name;
mod call;
mod callable;
mod collection;
mod computed;
mod consume;
mod container;
mod context;
mod decorated;
mod deferred;
mod external;
mod flow;
mod form;
mod form_data;
mod knowledge;
mod library;
mod manager;
mod memory;
mod method;
mod misawaited;
mod one_of;
mod origin;
mod paginator;
mod position;
mod prefetch;
mod relation;
mod scope;
mod task;
mod threaded;
mod view;

use std::collections::{HashMap, HashSet};

use unblocked_django::Effect;
use unblocked_syntax::{Ast, NodeId};

use crate::facts::{Definition, FileFacts};
use crate::site::{Call, Site, SiteKind, ValueUse};
use crate::types::{Evidence, FunctionRef, Type};

use asked::Asked;
pub use bound::DJANGO_METHOD;
pub use computed::LAZY_OBJECT;
pub(crate) use knowledge::Key;
use knowledge::{Exchange, Run};
pub(crate) use memory::Memory;
pub use prefetch::fetched;
pub(crate) use scope::Environment;

/// What inference found in one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FileAnalysis {
    types: Types,
    /// The places that wait, calls of project functions not included, in order of evaluation per function.
    pub sites: Vec<Site>,
    /// Calls of functions of the project.
    pub calls: Vec<Call>,
    /// Functions of the project used as values.
    pub value_uses: Vec<ValueUse>,
    /// What functions return, by their index.
    returns: HashMap<usize, Type>,
    /// Where querysets begin with which no relation can be loaded.
    pub closed_origins: HashSet<NodeId>,
    /// Where querysets begin with which nothing can be prefetched: their rows are fetched in parts, by `iterator()`, or
    /// `Prefetch` has a say.
    pub not_prefetched: HashSet<NodeId>,
}

impl FileAnalysis {
    /// The type of an expression.
    #[must_use]
    pub fn type_of(&self, node: NodeId) -> &Type {
        self.types.get(node)
    }

    /// What a function of the file returns.
    #[must_use]
    pub fn returned_by(&self, function: usize) -> &Type {
        self.returns.get(&function).unwrap_or(&Type::Unknown)
    }
}

/// The types of the expressions of a file. Most nodes have none.
#[derive(Debug, Default, PartialEq, Eq)]
struct Types {
    /// By node: one more than the place in `known`, or nothing.
    places: Vec<u32>,
    known: Vec<Type>,
}

impl Types {
    fn of(ast: &Ast) -> Self {
        Self {
            places: vec![0; ast.len()],
            known: Vec::new(),
        }
    }

    fn get(&self, node: NodeId) -> &Type {
        self.places
            .get(node.index())
            .and_then(|&place| self.known.get((place as usize).checked_sub(1)?))
            .unwrap_or(&Type::Unknown)
    }

    fn set(&mut self, node: NodeId, kind: Type) {
        let Some(place) = self.places.get_mut(node.index()) else {
            return;
        };
        let known = (*place as usize).checked_sub(1);
        if let Some(slot) = known.and_then(|known| self.known.get_mut(known)) {
            *slot = kind;
        } else if kind != Type::Unknown
            && let Ok(next) = u32::try_from(self.known.len() + 1)
        {
            self.known.push(kind);
            *place = next;
        }
    }
}

/// The inference of one file. Of other files it sees the links, and what is known of the keys that it asks for.
pub(crate) struct Inference<'w, 'k> {
    world: Asked<'w>,
    file: usize,
    facts: &'w FileFacts,
    ast: &'w Ast,
    exchange: Exchange<'k>,
    environment: Environment<'w>,
    /// Module-level names and their types at the end of the module.
    globals: HashMap<&'w str, Type>,
    /// What the names of functions that are done stand for at their end, for the functions nested in them.
    closures: HashMap<usize, HashMap<&'w str, Type>>,
    function: Option<usize>,
    /// Variables of the function whose querysets have been evaluated.
    evaluated: HashSet<&'w str>,
    /// Variables of the function that are `None` before a loop which binds them.
    none_before_loop: HashSet<&'w str>,
    /// Variables that the function takes for many, once that was asked.
    collections: Option<HashSet<&'w str>>,
    /// Variables of the function whose forms have been validated.
    validated: HashSet<&'w str>,
    /// Values that adapters are given, where they take a function.
    early: HashSet<NodeId>,
    result: FileAnalysis,
}

impl<'w, 'k> Inference<'w, 'k> {
    fn new(world: Asked<'w>, file: usize, facts: &'w FileFacts, exchange: Exchange<'k>) -> Self {
        Self {
            world,
            file,
            facts,
            ast: facts.ast(),
            exchange,
            environment: Environment::default(),
            globals: HashMap::new(),
            closures: HashMap::new(),
            function: None,
            evaluated: HashSet::new(),
            none_before_loop: HashSet::new(),
            collections: None,
            validated: HashSet::new(),
            early: HashSet::new(),
            result: FileAnalysis {
                types: Types::of(facts.ast()),
                ..FileAnalysis::default()
            },
        }
    }

    fn run(mut self) -> (Run, FileAnalysis) {
        self.walk(NodeId::ROOT);
        self.globals = self
            .environment
            .names()
            .map(|(name, kind)| (name, kind.without_origin()))
            .collect();
        for (&name, kind) in &self.globals {
            if self.facts.interface().names.get(name) == Some(&Definition::Variable) {
                let key = Key::Global(self.file, name.to_owned());
                self.exchange.learn(key, kind);
            }
        }
        // Functions come in order of place, so an outer one is done before those in it.
        for index in 0..self.facts.functions.len() {
            self.function = Some(index);
            self.environment = Environment::default();
            self.evaluated.clear();
            self.none_before_loop.clear();
            self.collections = None;
            self.validated.clear();
            self.bind_parameters(index);
            if let Some(function) = self.facts.functions.get(index) {
                self.walk(function.body);
            }
            let names = self
                .environment
                .names()
                .map(|(name, kind)| (name, kind.without_origin()))
                .collect();
            self.closures.insert(index, names);
        }
        (self.exchange.finish(self.world.finish()), self.result)
    }

    fn text(&self, node: NodeId) -> &'w str {
        self.facts.source(node)
    }

    fn type_at(&self, node: NodeId) -> Type {
        self.result.type_of(node).clone()
    }

    fn set(&mut self, node: NodeId, kind: Type) {
        self.result.types.set(node, kind);
    }

    fn site(&mut self, node: NodeId, effect: Effect, evidence: Evidence, kind: SiteKind) {
        self.result.sites.push(Site {
            node,
            function: self.function,
            effect,
            evidence,
            kind,
        });
    }

    fn learn_return(&mut self, kind: &Type) {
        let Some(index) = self.function else { return };
        let known = self.result.returns.get(&index);
        let joined = known.map_or_else(|| kind.clone(), |known| known.join(kind));
        self.result.returns.insert(index, joined.without_origin());
        let function = FunctionRef {
            file: self.file,
            index,
        };
        self.exchange.learn(Key::Return(function), kind);
    }

    /// What a call of a project function gives.
    fn returned_by(&self, function: FunctionRef) -> Type {
        let returned = self
            .exchange
            .known(Key::Return(function))
            .unwrap_or_default();
        // A response's node means nothing outside of its function.
        let returned = match returned {
            Type::HttpResponse(_, library) => library.response(),
            other => other,
        };
        match self.world.function(function) {
            // What is async has no iterator that is told apart from others; what is decorated may be anything.
            Some(facts)
                if facts.is_generator && (facts.is_async || !facts.decorator_names.is_empty()) =>
            {
                Type::Unknown
            }
            Some(facts) if facts.is_async => Type::coroutine(returned),
            _ => returned,
        }
    }

    fn is_in_generator(&self) -> bool {
        let function = self
            .function
            .and_then(|index| self.facts.functions.get(index));
        function.is_some_and(|function| function.is_generator)
    }
}
