//! Classes that code asks for by name: `apps.get_model("shop", "Product")`, `import_string("shop.forms.OrderForm")`, and the
//! loaders of frameworks whose classes a project may replace.

use unblocked_syntax::{Kind, NodeId};

use super::Inference;
use crate::facts::string_value;
use crate::types::{Model, Type};
use crate::world::Symbol;

impl Inference<'_, '_> {
    /// What a call gives, in place of `made` where the call evidently loads a class by name.
    pub(super) fn loaded_by_name(
        &self,
        function: NodeId,
        arguments: &[NodeId],
        made: Type,
    ) -> Type {
        let called = self.text(function).rsplit('.').next().unwrap_or_default();
        let loaded = match called.trim() {
            // Django's own, which frameworks wrap under its name, and swapper's.
            "get_model" | "load_model" => {
                let is_open = matches!(
                    made,
                    Type::Model(Model::Unknown) | Type::Opaque | Type::Unknown
                );
                is_open
                    .then(|| self.model_by_path(&self.path_of(arguments)?))
                    .flatten()
            }
            "import_string" => self.path_of(arguments).and_then(|path| self.at_hand(&path)),
            "get_class" => self
                .path_of(arguments)
                .and_then(|path| self.class_at_hand(&path)),
            "get_classes" => self.classes_by_name(arguments),
            _ => None,
        };
        loaded.unwrap_or(made)
    }

    /// The parts of a name that are given as literals, joined by dots.
    fn path_of(&self, arguments: &[NodeId]) -> Option<String> {
        let texts: Option<Vec<String>> = arguments
            .iter()
            .filter(|&&argument| self.ast.kind(argument) != Kind::KeywordArgument)
            .map(|&argument| string_value(self.text(argument)))
            .collect();
        texts
            .filter(|texts| !texts.is_empty())
            .map(|texts| texts.join("."))
    }

    fn model_by_path(&self, path: &str) -> Option<Type> {
        let (_, name) = path.split_once('.')?;
        Some(Type::Model(
            self.world
                .model_named(path)
                .map_or_else(|| Model::Named(name.into()), Model::Known),
        ))
    }

    fn at_hand(&self, path: &str) -> Option<Type> {
        let symbol = self.world.resolve(path, false);
        let is_at_hand = !matches!(symbol, Symbol::External(_) | Symbol::Missing(_));
        is_at_hand.then(|| self.world.type_of(&symbol)).flatten()
    }

    fn class_at_hand(&self, path: &str) -> Option<Type> {
        self.at_hand(path)
            .filter(|found| matches!(found, Type::Class(_) | Type::Model(_)))
    }

    /// `get_classes("shop.forms", ["OrderForm", "ItemForm"])`.
    fn classes_by_name(&self, arguments: &[NodeId]) -> Option<Type> {
        let [module, names] = arguments else {
            return None;
        };
        let module = string_value(self.text(*module))?;
        if !matches!(self.ast.kind(*names), Kind::List | Kind::Tuple) {
            return None;
        }
        let classes = self.ast.children(*names).map(|name| {
            string_value(self.text(name))
                .and_then(|name| self.class_at_hand(&format!("{module}.{name}")))
                .unwrap_or_default()
        });
        Some(Type::Tuple(classes.collect::<Vec<_>>().into()))
    }
}
