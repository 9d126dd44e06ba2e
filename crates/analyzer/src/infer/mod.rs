//! Inference: each function is walked once, in order of evaluation, with an explicit stack.
//!
//! In rounds: each learns what functions return and what they are called with, and the next uses it, until nothing new
//! is learned. The last one's sites count.

mod attribute;
mod bind;
mod call;
mod consume;
mod flow;
mod method;
mod relation;
mod scope;

use std::collections::{HashMap, HashSet};

use unblocked_django::Effect;
use unblocked_syntax::{Ast, NodeId};

use crate::facts::FileFacts;
use crate::site::{Call, Site, SiteKind, ValueUse};
use crate::types::{ClassRef, Evidence, FunctionRef, Model, Type};
use crate::world::World;

pub(crate) use scope::Environment;

/// What inference found in one file.
#[derive(Debug, Default)]
pub struct FileAnalysis {
    /// The type of each expression, by node.
    pub types: Vec<Type>,
    /// The places that wait, calls of project functions not included, in order of evaluation per function.
    pub sites: Vec<Site>,
    /// Calls of functions of the project.
    pub calls: Vec<Call>,
    /// Functions of the project used as values.
    pub value_uses: Vec<ValueUse>,
    /// Module-level names and their types at the end of the module.
    pub(crate) globals: HashMap<String, Type>,
}

impl FileAnalysis {
    /// The type of an expression.
    #[must_use]
    pub fn type_of(&self, node: NodeId) -> &Type {
        self.types.get(node.index()).unwrap_or(&Type::Unknown)
    }
}

/// What one round learns, and the next uses.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Knowledge {
    /// What functions return.
    pub(crate) returns: HashMap<FunctionRef, Type>,
    /// What functions are called with, by position of the parameter.
    pub(crate) arguments: HashMap<FunctionRef, Vec<Option<Type>>>,
    /// What is assigned to attributes of `self`.
    pub(crate) attributes: HashMap<(ClassRef, String), Type>,
    /// Attributes of models that are not at hand that were read through, so that they are relations.
    pub(crate) relations: HashSet<(Model, String)>,
    /// Module-level names.
    pub(crate) globals: Vec<HashMap<String, Type>>,
}

/// Types go one call further each round; this many calls deep they are followed.
const MOST_ROUNDS: usize = 6;

/// Infers all files.
pub(crate) fn infer(world: &World<'_>) -> Vec<FileAnalysis> {
    let mut knowledge = Knowledge {
        globals: vec![HashMap::new(); world.files.len()],
        ..Knowledge::default()
    };
    let mut analyses = Vec::new();
    for round in 0..MOST_ROUNDS {
        let mut learned = Knowledge::default();
        analyses.clear();
        for file in 0..world.files.len() {
            let Some(facts) = world.file(file) else {
                continue;
            };
            let mut inference = Inference::new(world, file, facts, &knowledge, &mut learned);
            inference.run();
            let analysis = inference.result;
            learned.globals.push(analysis.globals.clone());
            if round == 0
                && let Some(slot) = knowledge.globals.get_mut(file)
            {
                // Later files see the globals of earlier ones; the next round sees all.
                slot.clone_from(&analysis.globals);
            }
            analyses.push(analysis);
        }
        if learned == knowledge {
            break;
        }
        knowledge = learned;
    }
    analyses
}

/// The inference of one file.
pub(crate) struct Inference<'w, 'k> {
    world: &'w World<'w>,
    file: usize,
    facts: &'w FileFacts,
    ast: &'w Ast,
    knowledge: &'k Knowledge,
    learned: &'k mut Knowledge,
    environment: Environment<'w>,
    /// What the names of functions that are done stand for at their end, for the functions nested in them.
    closures: HashMap<usize, HashMap<&'w str, Type>>,
    function: Option<usize>,
    /// Variables of the function whose querysets have been evaluated.
    evaluated: HashSet<&'w str>,
    result: FileAnalysis,
}

impl<'w, 'k> Inference<'w, 'k> {
    fn new(
        world: &'w World<'w>,
        file: usize,
        facts: &'w FileFacts,
        knowledge: &'k Knowledge,
        learned: &'k mut Knowledge,
    ) -> Self {
        Self {
            world,
            file,
            facts,
            ast: facts.ast(),
            knowledge,
            learned,
            environment: Environment::default(),
            closures: HashMap::new(),
            function: None,
            evaluated: HashSet::new(),
            result: FileAnalysis {
                types: vec![Type::Unknown; facts.ast().len()],
                ..FileAnalysis::default()
            },
        }
    }

    fn run(&mut self) {
        self.walk(NodeId::ROOT);
        self.result.globals = self
            .environment
            .names()
            .map(|(name, kind)| (name.to_owned(), kind.clone()))
            .collect();
        // Functions come in order of place, so an outer one is done before those in it.
        for index in 0..self.facts.functions.len() {
            self.function = Some(index);
            self.environment = Environment::default();
            self.evaluated.clear();
            self.bind_parameters(index);
            if let Some(function) = self.facts.functions.get(index) {
                self.walk(function.body);
            }
            let names = self
                .environment
                .names()
                .map(|(name, kind)| (name, kind.clone()))
                .collect();
            self.closures.insert(index, names);
        }
    }

    fn text(&self, node: NodeId) -> &'w str {
        self.facts.source(node)
    }

    fn type_at(&self, node: NodeId) -> Type {
        self.result.type_of(node).clone()
    }

    fn set(&mut self, node: NodeId, kind: Type) {
        if let Some(slot) = self.result.types.get_mut(node.index()) {
            *slot = kind;
        }
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
        let function = FunctionRef {
            file: self.file,
            index,
        };
        let returns = &mut self.learned.returns;
        let joined = match returns.get(&function) {
            Some(known) => known.join(kind),
            None => kind.clone(),
        };
        returns.insert(function, joined);
    }

    /// What a call of a project function gives.
    fn returned_by(&self, function: FunctionRef) -> Type {
        let returned = self
            .knowledge
            .returns
            .get(&function)
            .cloned()
            .unwrap_or_default();
        // A response's node means nothing outside of its function.
        let returned = match returned {
            Type::HttpResponse(_) => Type::External("requests.Response".into()),
            other => other,
        };
        match self.world.function(function) {
            Some(facts) if facts.is_async => Type::coroutine(returned),
            Some(facts) if facts.is_generator => Type::Unknown,
            _ => returned,
        }
    }
}
