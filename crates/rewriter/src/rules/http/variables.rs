//! The variables of a function that hold responses.

use std::collections::{HashMap, HashSet};

use unblocked_analyzer::{HttpLibrary, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use super::decide::library;
use super::response::{self, Use};
use super::scope::Scope;
use super::urllib;

/// The variables that hold responses.
pub(super) struct Variables<'a> {
    /// By call, the variable that it is bound to.
    pub(super) of: HashMap<NodeId, &'a str>,
    /// What is done with the responses in a variable; `None` when something else than can be followed.
    pub(super) uses: HashMap<&'a str, Option<Vec<(NodeId, Use)>>>,
    /// How many calls a variable is bound to.
    pub(super) counts: HashMap<&'a str, usize>,
}

impl<'a> Variables<'a> {
    pub(super) fn new(
        scope: &Scope<'a>,
        requests: &[(NodeId, &str)],
        kept: &HashSet<NodeId>,
    ) -> Self {
        let mut variables = Self {
            of: HashMap::new(),
            uses: HashMap::new(),
            counts: HashMap::new(),
        };
        for &(call, _) in requests {
            if let Some(name) = bound_to(scope, call).or_else(|| urllib::entered_as(scope, call)) {
                variables.of.insert(call, name);
                *variables.counts.entry(name).or_default() += 1;
            }
        }
        let names: HashSet<&str> = variables.of.values().copied().collect();
        for name in names {
            let calls: Vec<NodeId> = requests
                .iter()
                .map(|&(call, _)| call)
                .filter(|call| variables.of.get(call) == Some(&name))
                .collect();
            let mut libraries = requests
                .iter()
                .filter(|(call, _)| calls.contains(call))
                .map(|&(_, function)| library(function));
            let first = libraries.next();
            let uses = first
                .filter(|&first| {
                    libraries.all(|other| other == first)
                        && !calls.iter().any(|call| kept.contains(call))
                })
                .and_then(|library| uses_of(scope, name, &calls, library));
            variables.uses.insert(name, uses);
        }
        variables
    }
}

/// The variable of `name = requests.get(…)`.
fn bound_to<'a>(scope: &Scope<'a>, call: NodeId) -> Option<&'a str> {
    let ast = scope.ast();
    let assignment = ast.parent(call)?;
    let statement = ast.parent(assignment)?;
    let left = ast.child(assignment, Field::Left)?;
    (ast.kind(assignment) == Kind::Assignment
        && ast.kind(statement) == Kind::ExpressionStatement
        && ast.field(call) == Some(Field::Right)
        && ast.kind(left) == Kind::Identifier
        && ast.child(assignment, Field::Type).is_none())
    .then(|| scope.text(left))
}

/// What is done with the responses in a variable.
fn uses_of<'a>(
    scope: &Scope<'a>,
    name: &'a str,
    calls: &[NodeId],
    library: HttpLibrary,
) -> Option<Vec<(NodeId, Use)>> {
    let ast = scope.ast();
    let mut loads = Vec::new();
    let mut others = Vec::new();
    for id in scope.occurrences(name) {
        let parent = ast.parent(id)?;
        match ast.kind(parent) {
            Kind::Assignment if ast.field(id) == Some(Field::Left) => {
                let right = ast.child(parent, Field::Right);
                if right.is_none_or(|right| !calls.contains(&right)) {
                    others.push(id);
                }
                continue;
            }
            Kind::Global | Kind::Nonlocal | Kind::Delete | Kind::AugmentedAssignment
                if ast.field(id) != Some(Field::Right) =>
            {
                return None;
            }
            Kind::For | Kind::ForInClause if ast.field(id) == Some(Field::Left) => {
                others.push(id);
                continue;
            }
            Kind::AsPatternTarget
                if ast
                    .parent(parent)
                    .and_then(|pattern| ast.first_child(pattern))
                    .is_some_and(|entered| calls.contains(&entered)) =>
            {
                continue;
            }
            Kind::PatternList
            | Kind::TuplePattern
            | Kind::ListPattern
            | Kind::AsPatternTarget
            | Kind::Parameters
            | Kind::DefaultParameter
            | Kind::TypedParameter
            | Kind::TypedDefaultParameter
                if ast.field(id) != Some(Field::Value) =>
            {
                others.push(id);
                continue;
            }
            Kind::NamedExpression if ast.field(id) == Some(Field::Name) => return None,
            _ => {}
        }
        // A closure may see any of the values.
        if scope.facts.owner(id) != scope.function
            || scope.ancestors(id).any(|up| ast.kind(up) == Kind::Lambda)
        {
            return None;
        }
        loads.push(id);
    }
    let region = |a: NodeId, b: NodeId| {
        scope.ancestors(a).any(|up| {
            matches!(ast.kind(up), Kind::For | Kind::While | Kind::Try) && ast.contains(up, b)
        })
    };
    let mut uses = Vec::new();
    for load in loads {
        match scope.type_of(load) {
            Type::HttpResponse(call, _) if calls.contains(call) => {
                if others.iter().any(|&other| region(other, load)) {
                    return None;
                }
                let kind = response::classify(scope, load, library)?;
                // It may be something else as well, of which the truth is another matter.
                if matches!(kind, Use::Truth(_)) && !others.is_empty() {
                    return None;
                }
                uses.push((load, kind));
            }
            Type::HttpResponse(..) => return None,
            Type::Unknown | Type::Undefined(_) | Type::None => {
                if calls.iter().any(|&call| call < load || region(call, load)) {
                    return None;
                }
            }
            _ => {
                if calls.iter().any(|&call| region(call, load)) {
                    return None;
                }
            }
        }
    }
    Some(uses)
}
