//! Names for what is new in a function.

use unblocked_analyzer::{Model, Rows, Type};
use unblocked_syntax::{Kind, NodeId};

use super::Draft;

impl Draft<'_> {
    /// A name for the rows of a queryset that nothing in the function uses.
    pub(crate) fn row_name(&self, source: NodeId) -> String {
        let model = match self.type_of(source) {
            Type::QuerySet(queryset) | Type::MaybeQuerySet(queryset) => Some(&queryset.model),
            _ => None,
        };
        let name = match model {
            Some(Model::Named(name)) => snake_case(name),
            Some(Model::Known(class)) => self
                .analysis
                .world
                .class(*class)
                .map_or_else(String::new, |class| snake_case(&class.name)),
            Some(Model::User) => "user".to_owned(),
            _ => String::new(),
        };
        let plain = matches!(self.type_of(source), Type::QuerySet(queryset) if queryset.rows == Rows::Plain);
        let wanted = if plain { "row".to_owned() } else { name };
        [wanted.as_str(), "row", "item", "entry", "element", "each"]
            .into_iter()
            .find(|name| !name.is_empty() && !is_keyword(name) && !self.uses_name(name))
            .map_or_else(|| "queryset_row".to_owned(), str::to_owned)
    }

    /// True when a name occurs in the function, or stands for something in its module.
    pub(crate) fn uses_name(&self, name: &str) -> bool {
        let names = self.names.get_or_init(|| {
            let ast = self.ast();
            let scope = self
                .definition()
                .map_or(NodeId::ROOT, |function| function.statement);
            ast.subtree(scope)
                .filter(|&id| ast.kind(id) == Kind::Identifier)
                .map(|id| self.text(id))
                .collect()
        });
        names.contains(name) || self.analysis.world.global(self.file_index, name).is_some()
    }
}

fn snake_case(name: &str) -> String {
    let mut out = String::new();
    let mut previous_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && previous_lower {
            out.push('_');
        }
        previous_lower = c.is_lowercase() || c.is_ascii_digit();
        out.extend(c.to_lowercase());
    }
    out
}

fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "and"
            | "as"
            | "assert"
            | "async"
            | "await"
            | "break"
            | "class"
            | "continue"
            | "def"
            | "del"
            | "elif"
            | "else"
            | "except"
            | "finally"
            | "for"
            | "from"
            | "global"
            | "if"
            | "import"
            | "in"
            | "is"
            | "lambda"
            | "nonlocal"
            | "not"
            | "or"
            | "pass"
            | "raise"
            | "return"
            | "try"
            | "while"
            | "with"
            | "yield"
            | "match"
            | "case"
            | "type"
            | "list"
            | "set"
            | "dict"
            | "id"
            | "filter"
            | "map"
            | "object"
    )
}
