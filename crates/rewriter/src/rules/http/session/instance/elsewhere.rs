//! Files that may use the session of an instance.

use unblocked_analyzer::{FileAnalysis, FileFacts, Type};
use unblocked_syntax::{Ast, Field, Kind, NodeId};

/// What functions are called that ask for an attribute by its name, or put something in its place.
const LOOKUPS: &[&str] = &["patch", "attr"];

/// True for a name or attribute that is bound or deleted here.
pub(super) fn is_bound(ast: &Ast, id: NodeId) -> bool {
    let mut child = id;
    for up in ast.ancestors(id) {
        match ast.kind(up) {
            Kind::Assignment | Kind::AugmentedAssignment | Kind::For | Kind::ForInClause => {
                return ast.field(child) == Some(Field::Left);
            }
            Kind::NamedExpression => return ast.field(child) == Some(Field::Name),
            Kind::AsPatternTarget | Kind::Delete | Kind::Nonlocal | Kind::Global => return true,
            Kind::PatternList
            | Kind::TuplePattern
            | Kind::ListPattern
            | Kind::Tuple
            | Kind::List
            | Kind::Parenthesized => {}
            _ => return false,
        }
        child = up;
    }
    false
}

/// A file that is looked through.
pub(super) struct Elsewhere<'a> {
    pub(super) file: usize,
    pub(super) facts: &'a FileFacts,
    pub(super) types: &'a FileAnalysis,
}

impl Elsewhere<'_> {
    /// True for a string by which a call looks an attribute up: `patch.object(api, "session")`.
    pub(super) fn looks_up(&self, content: NodeId, name: &str) -> bool {
        let ast = self.facts.ast();
        if self.facts.source(content).rsplit('.').next() != Some(name) {
            return false;
        }
        let call = ast
            .ancestors(content)
            .take(4)
            .find(|&up| ast.kind(up) == Kind::Call);
        let function = call.and_then(|call| ast.child(call, Field::Function));
        function.is_some_and(|function| {
            let function = self.facts.source(function);
            LOOKUPS.iter().any(|lookup| function.contains(lookup))
        })
    }

    /// True for an instance that is an argument of what is not of the project: `pickle.dumps(api)`.
    pub(super) fn is_given_away(&self, id: NodeId) -> bool {
        let ast = self.facts.ast();
        let list = ast.ancestors(id).take(2).find(|&up| {
            ast.kind(up) == Kind::ArgumentList
                || !matches!(ast.kind(up), Kind::KeywordArgument | Kind::ArgumentList)
        });
        let call = list
            .filter(|&list| ast.kind(list) == Kind::ArgumentList)
            .and_then(|list| ast.parent(list))
            .filter(|&call| ast.kind(call) == Kind::Call);
        let function = call.and_then(|call| ast.child(call, Field::Function));
        function.is_some_and(|function| {
            let found = self.types.type_of(function);
            found.callees().is_none()
                && !matches!(
                    found,
                    Type::Class(_) | Type::OneOfClasses(_) | Type::Model(_) | Type::Builtin(_)
                )
        })
    }
}
