//! Methods and properties that only read relations of their object: where those are loaded, they ask nothing.

use unblocked_analyzer::{FileFacts, FunctionRef, SiteKind, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use super::Draft;

/// How many methods are looked into for one call.
const MOST_METHODS: usize = 16;

impl Draft<'_> {
    /// True when calling a method of `object`, which waits for nothing but relations of it, asks nothing here: they were
    /// loaded with it.
    pub(crate) fn is_all_loaded(&self, object: NodeId, method: FunctionRef) -> bool {
        let Type::Instance(instance) = self.type_of(object) else {
            return false;
        };
        if instance.loaded.is_empty() {
            return false;
        }
        let is_loaded = |path: &str| {
            instance.loaded.iter().any(|loaded| {
                loaded
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
            })
        };
        let mut methods = vec![(method, String::new())];
        let mut next = 0;
        while let Some((method, prefix)) = methods.get(next).cloned() {
            next += 1;
            let Some(needs) = self.needs(method, &prefix) else {
                return false;
            };
            if next > MOST_METHODS || !needs.relations.iter().all(|path| is_loaded(path)) {
                return false;
            }
            for further in needs.methods {
                if !methods.contains(&further) {
                    methods.push(further);
                }
            }
        }
        true
    }

    /// What a method reads of its object; `None` if it waits for anything else.
    fn needs(&self, method: FunctionRef, prefix: &str) -> Option<Needs> {
        let facts = self.analysis.world.file(method.file)?;
        let file = self.analysis.files.get(method.file)?;
        let receiver = &facts.functions.get(method.index)?.params.first()?.name;
        let path = |node: NodeId| path(facts, receiver, prefix, node);
        let mut needs = Needs::default();
        let own = Some(method.index);
        let first = file.sites.partition_point(|site| site.function < own);
        for site in file
            .sites
            .iter()
            .skip(first)
            .take_while(|site| site.function == own)
        {
            match &site.kind {
                SiteKind::Attribute { .. } => needs.relations.push(path(site.node)?),
                SiteKind::Property { object, callee, .. } => {
                    if self.colors.contains_key(callee) {
                        needs.methods.push((*callee, path(*object)?));
                    }
                }
                SiteKind::Implicit { callee, .. } => {
                    if self.colors.contains_key(callee) {
                        needs.methods.push((*callee, path(site.node)?));
                    }
                }
                _ => return None,
            }
        }
        let first = file.calls.partition_point(|call| call.function < own);
        for call in file
            .calls
            .iter()
            .skip(first)
            .take_while(|call| call.function == own)
        {
            if self.colors.contains_key(&call.callee) {
                let ast = facts.ast();
                let object = ast.child(ast.child(call.node, Field::Function)?, Field::Object)?;
                needs.methods.push((call.callee, path(object)?));
            }
        }
        Some(needs)
    }
}

#[derive(Default)]
struct Needs {
    /// Paths, as in `select_related`.
    relations: Vec<String>,
    /// Methods, with the path to their object.
    methods: Vec<(FunctionRef, String)>,
}

/// `self.room.venue` as `room__venue`, below `prefix`.
fn path(facts: &FileFacts, receiver: &str, prefix: &str, node: NodeId) -> Option<String> {
    let ast = facts.ast();
    let mut names = Vec::new();
    let mut at = node;
    while ast.kind(at) == Kind::Attribute {
        names.push(facts.source(ast.child(at, Field::Attribute)?));
        at = ast.child(at, Field::Object)?;
    }
    if ast.kind(at) != Kind::Identifier || facts.source(at) != receiver {
        return None;
    }
    if !prefix.is_empty() {
        names.push(prefix);
    }
    names.reverse();
    Some(names.join("__"))
}
