//! What one file says, from that file alone: functions, classes, imports, and which function each node belongs to.

mod class;
mod collect;
mod imports;
mod interface;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ops::Deref;
use std::sync::Arc;

use unblocked_syntax::{Ast, Field, Kind, NodeId, Parse, Span};

pub(crate) use class::string_value;
pub use interface::{Binding, Interface, Outline, Param, ParamKind, Signature};
pub(crate) use interface::{Definition, Made, Meta, Target};

/// Deepest nesting that is analysed. CPython itself gives up long before; a function that nests deeper is left as it is.
pub const MAX_DEPTH: u32 = 400;

/// What is written beside a parameter's name.
#[derive(Debug, Clone, Copy)]
pub struct Beside {
    /// `name: Product`
    pub annotation: Option<NodeId>,
    /// `form_class=LoginForm`
    pub default: Option<NodeId>,
}

/// A `def`, nested ones and methods included: its signature, and where it stands.
#[derive(Debug, Clone)]
pub struct Function {
    signature: Arc<Signature>,
    /// The definition, without decorators.
    pub node: NodeId,
    /// The definition with its decorators.
    pub statement: NodeId,
    /// Its body.
    pub body: NodeId,
    /// What stands beside the names of its parameters.
    pub beside: Vec<Beside>,
    /// The expressions of its decorators.
    pub decorators: Vec<NodeId>,
}

impl Deref for Function {
    type Target = Signature;

    fn deref(&self) -> &Signature {
        &self.signature
    }
}

/// A `class`: its outline, and where it stands.
#[derive(Debug, Clone)]
pub struct Class {
    outline: Arc<Outline>,
    /// The definition, without decorators.
    pub node: NodeId,
    /// Its body.
    pub body: NodeId,
}

impl Deref for Class {
    type Target = Outline;

    fn deref(&self) -> &Outline {
        &self.outline
    }
}

/// A name that an import binds, and where.
#[derive(Debug, Clone)]
pub struct Import {
    binding: Arc<Binding>,
    /// The name (or `name as alias`) within the statement.
    pub node: NodeId,
    /// The statement.
    pub statement: NodeId,
    /// The function that it stands in.
    pub function: Option<usize>,
}

impl Deref for Import {
    type Target = Binding;

    fn deref(&self) -> &Binding {
        &self.binding
    }
}

/// The facts of one file: its interface, and what belongs to this parse of it alone.
pub struct FileFacts {
    /// Path, with `/`, relative to the project's root.
    pub path: String,
    /// Dotted name of the module.
    pub module: String,
    /// Text and tree.
    pub parse: Parse,
    /// Functions, in order of place.
    pub functions: Vec<Function>,
    /// Classes, in order of place.
    pub classes: Vec<Class>,
    /// Imports, in order of place.
    pub imports: Vec<Import>,
    /// Dotted paths in strings: settings and URLconfs name functions like this.
    pub mentioned: HashSet<String>,
    interface: Arc<Interface>,
    owners: Vec<u32>,
    bound: OnceCell<HashSet<String>>,
    defined: OnceCell<HashSet<String>>,
    imported: OnceCell<Imported>,
}

/// Imports by what is asked of them.
#[derive(Default)]
struct Imported {
    /// The first import of a path at module level, by index.
    at_module_level: HashMap<String, usize>,
    /// What names stand for, anywhere in the file.
    paths: HashMap<String, HashSet<String>>,
}

const MODULE: u32 = u32::MAX;

impl FileFacts {
    /// Collects the facts of a parsed file.
    #[must_use]
    pub fn new(path: &str, parse: Parse) -> Self {
        let mut facts = Self {
            path: path.to_owned(),
            module: imports::module_name(path),
            owners: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            imports: Vec::new(),
            mentioned: HashSet::new(),
            interface: Arc::default(),
            bound: OnceCell::new(),
            defined: OnceCell::new(),
            imported: OnceCell::new(),
            parse,
        };
        facts.collect();
        facts
    }

    /// Replaces a part of the text, re-parses incrementally and collects anew.
    /// Returns false, and changes nothing, when the range does not lie on characters of the text.
    pub(crate) fn edit(&mut self, span: Span, replacement: &str) -> bool {
        if !self.parse.edit(span, replacement) {
            return false;
        }
        self.functions.clear();
        self.classes.clear();
        self.imports.clear();
        self.mentioned.clear();
        self.bound.take();
        self.defined.take();
        self.imported.take();
        self.owners.clear();
        self.collect();
        true
    }

    /// What other files can see of this one.
    #[must_use]
    pub fn interface(&self) -> &Arc<Interface> {
        &self.interface
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.parse.text()
    }

    /// The tree.
    #[must_use]
    pub fn ast(&self) -> &Ast {
        self.parse.ast()
    }

    /// The text of a node.
    #[must_use]
    pub fn source(&self, node: NodeId) -> &str {
        self.ast().text(node, self.text())
    }

    /// The function that runs the node: the nearest one whose body holds it. Defaults, decorators and annotations
    /// belong to the function around.
    #[must_use]
    pub fn owner(&self, node: NodeId) -> Option<usize> {
        match self.owners.get(node.index()) {
            Some(&MODULE) | None => None,
            Some(&index) => Some(index as usize),
        }
    }

    /// The function that a node belongs to, as a reader sees it: the one that runs it, or the one that it decorates.
    #[must_use]
    pub fn function_around(&self, node: NodeId) -> Option<usize> {
        let ast = self.ast();
        self.owner(node).or_else(|| {
            let decorated = ast
                .ancestors(node)
                .find(|&up| ast.kind(up) == Kind::Decorated)?;
            self.functions
                .iter()
                .position(|function| function.statement == decorated)
        })
    }

    /// The dotted name of an expression that is nothing but names and dots.
    #[must_use]
    pub fn dotted(&self, node: NodeId) -> Option<String> {
        self.ast().dotted(node, self.text())
    }

    /// The function that a definition is, by index.
    #[must_use]
    pub fn function_at(&self, node: NodeId) -> Option<usize> {
        self.functions
            .binary_search_by_key(&node, |function| function.node)
            .ok()
    }

    /// The class that a definition is, by index.
    #[must_use]
    pub fn class_at(&self, node: NodeId) -> Option<usize> {
        self.classes
            .binary_search_by_key(&node, |class| class.node)
            .ok()
    }

    /// The names that an import statement binds.
    pub fn imports_of(&self, statement: NodeId) -> impl Iterator<Item = &Import> {
        let first = self
            .imports
            .partition_point(|import| import.statement < statement);
        self.imports
            .iter()
            .skip(first)
            .take_while(move |import| import.statement == statement)
    }

    /// The functions nested in a function, at any depth.
    pub fn nested(&self, index: usize) -> impl Iterator<Item = (usize, &Function)> {
        let body = self.functions.get(index).map(|function| function.body);
        self.functions
            .iter()
            .enumerate()
            .skip(index + 1)
            .take_while(move |(_, inner)| {
                body.is_some_and(|body| self.ast().contains(body, inner.node))
            })
    }

    /// True for `yield from …`.
    #[must_use]
    pub fn yields_from(&self, node: NodeId) -> bool {
        let mut words = self.source(node).split_whitespace();
        (words.next(), words.next()) == (Some("yield"), Some("from"))
            && self.ast().first_child(node).is_some()
    }

    fn imported(&self) -> &Imported {
        self.imported.get_or_init(|| {
            let mut imported = Imported::default();
            for (index, import) in self.imports.iter().enumerate() {
                if self.ast().parent(import.statement) == Some(NodeId::ROOT) {
                    imported
                        .at_module_level
                        .entry(import.path.clone())
                        .or_insert(index);
                }
                imported
                    .paths
                    .entry(import.name.clone())
                    .or_default()
                    .insert(import.path.clone());
            }
            imported
        })
    }

    /// The first import of a path among the statements of the module.
    #[must_use]
    pub fn module_import(&self, path: &str) -> Option<&Import> {
        let index = self.imported().at_module_level.get(path)?;
        self.imports.get(*index)
    }

    /// True when an import gives the name to something else than what the path stands for.
    #[must_use]
    pub fn imports_otherwise(&self, name: &str, path: &str) -> bool {
        self.imported()
            .paths
            .get(name)
            .is_some_and(|paths| paths.iter().any(|other| other != path))
    }

    /// True when the file defines a function or class of the name, methods not included.
    #[must_use]
    pub fn defines(&self, name: &str) -> bool {
        let defined = || {
            let functions = self
                .functions
                .iter()
                .filter(|f| f.class.is_none())
                .map(|f| &f.name);
            functions
                .chain(self.classes.iter().map(|c| &c.name))
                .cloned()
                .collect()
        };
        self.defined.get_or_init(defined).contains(name)
    }

    /// True when code of the file binds the name otherwise than by an import or a definition: by assignment, as a
    /// parameter, in a loop.
    #[must_use]
    pub fn binds(&self, name: &str) -> bool {
        self.bound.get_or_init(|| self.bound_names()).contains(name)
    }

    fn bound_names(&self) -> HashSet<String> {
        let ast = self.ast();
        ast.ids()
            .filter(|&id| ast.kind(id) == Kind::Identifier && binds(ast, id))
            .map(|id| self.source(id).to_owned())
            .collect()
    }

    /// True when the function contains a syntax error or nests too deep to be changed.
    #[must_use]
    pub fn is_damaged(&self, function: &Function) -> bool {
        self.is_damaged_at(function.statement)
    }

    /// True when the statement contains a syntax error or nests too deep to be changed.
    #[must_use]
    pub fn is_damaged_at(&self, statement: NodeId) -> bool {
        let ast = self.ast();
        ast.has_error(statement)
            || ast
                .subtree(statement)
                .any(|node| ast.depth(node) > MAX_DEPTH)
    }
}

/// True when an identifier is bound where it stands: by assignment, as a parameter, in a loop.
pub(crate) fn binds(ast: &Ast, id: NodeId) -> bool {
    ast.parent(id).is_some_and(|parent| match ast.kind(parent) {
        Kind::Parameters
        | Kind::LambdaParameters
        | Kind::TypedParameter
        | Kind::ListSplatPattern
        | Kind::DictionarySplatPattern
        | Kind::PatternList
        | Kind::TuplePattern
        | Kind::ListPattern
        | Kind::AsPatternTarget
        | Kind::Global => true,
        Kind::DefaultParameter | Kind::TypedDefaultParameter | Kind::NamedExpression => {
            ast.field(id) == Some(Field::Name)
        }
        Kind::Assignment | Kind::AugmentedAssignment | Kind::For | Kind::ForInClause => {
            ast.field(id) == Some(Field::Left)
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(path: &str, text: &str) -> FileFacts {
        FileFacts::new(path, Parse::new(text.to_owned()))
    }

    #[test]
    fn functions_know_their_names_places_and_parameters() {
        let facts = facts(
            "shop/views.py",
            "@cache\nasync def a(x, *args, y: int = 1, **kw):\n    def inner(): yield 1\n\nclass C(Base, metaclass=M):\n    z = 1\n    def m(self): pass\n",
        );
        let names: Vec<_> = facts.functions.iter().map(|f| &*f.qualname).collect();
        assert_eq!(names, ["a", "a.inner", "C.m"]);
        let a = &facts.functions[0];
        assert!(a.is_async && !a.is_generator && a.decorators.len() == 1);
        let params: Vec<_> = a.params.iter().map(|p| (&*p.name, p.kind)).collect();
        assert_eq!(
            params,
            [
                ("x", ParamKind::Plain),
                ("args", ParamKind::Rest),
                ("y", ParamKind::KeywordOnly),
                ("kw", ParamKind::Rest)
            ]
        );
        assert!(facts.functions[1].is_generator && facts.functions[1].parent == Some(0));
        assert_eq!(facts.functions[2].class, Some(0));
        assert_eq!(facts.classes[0].bases.len(), 1);
        assert_eq!(
            facts.functions[0]
                .beside
                .iter()
                .filter(|beside| beside.annotation.is_some())
                .count(),
            1
        );
    }

    #[test]
    fn defaults_and_decorators_run_in_the_function_around() {
        let facts = facts(
            "v.py",
            "def outer():\n    @deco(one())\n    def inner(x=two()):\n        three()\n",
        );
        let owner_of = |name: &str| {
            let node = facts
                .ast()
                .ids()
                .find(|&id| facts.ast().kind(id) == Kind::Identifier && facts.source(id) == name)
                .unwrap();
            facts.owner(node)
        };
        assert_eq!(owner_of("one"), Some(0));
        assert_eq!(owner_of("two"), Some(0));
        assert_eq!(owner_of("three"), Some(1));
    }

    #[test]
    fn imports_resolve_to_absolute_paths() {
        let facts = facts(
            "shop/api/views.py",
            "import os.path\nimport requests as r\nfrom django.shortcuts import render, redirect as go\nfrom . import utils\nfrom ..services import load\nfrom .models import *\n",
        );
        let imports: Vec<_> = facts
            .imports
            .iter()
            .map(|i| (&*i.name, &*i.path, i.is_relative))
            .collect();
        assert_eq!(
            imports,
            [
                ("os", "os", false),
                ("r", "requests", false),
                ("render", "django.shortcuts.render", false),
                ("go", "django.shortcuts.redirect", false),
                ("utils", "shop.api.utils", true),
                ("load", "shop.services.load", true),
            ]
        );
        assert_eq!(facts.module, "shop.api.views");
        assert_eq!(facts.interface().star_imports, ["shop.api.models"]);
    }
}
