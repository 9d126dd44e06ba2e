//! What a decorator of the project makes of a view, as far as its code can be followed.

mod returned;

use unblocked_analyzer::{Analysis, ClassRef, FileFacts, Function, FunctionRef, ParamKind, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::Cannot;
use returned::Inner;

/// What a decorator of the project does with an async view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decoration {
    /// It tells async views apart already, or gives the view itself.
    Aware,
    /// It wraps the view in this function.
    Wraps(Wrapper),
    /// It puts other decorators on the view: these expressions of its file, outermost first.
    Composed(Vec<NodeId>),
}

/// The function that a decorator returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrapper {
    pub(crate) function: FunctionRef,
    /// The variable that holds the view.
    pub(crate) view: String,
    /// The calls of the view, in order of place.
    pub(crate) calls: Vec<NodeId>,
    /// What follows the function in its decorator, `return wrapper` included: each a line.
    pub(crate) ending: Vec<NodeId>,
    /// Of a class whose instances take the view's place: the class, and the statement that keeps the view.
    pub(crate) instance: Option<(ClassRef, NodeId)>,
}

/// Reads a decorator; `is_called` when it stands with arguments: `@role_required("editor")`.
pub(crate) fn decoration(
    analysis: &Analysis<'_>,
    decorator: FunctionRef,
    is_called: bool,
) -> Result<Decoration, Cannot> {
    let reader = Reader::new(analysis, decorator.file)?;
    let Some(definition) = reader.function(decorator.index) else {
        return Err(at_hand());
    };
    if definition.is_async || definition.is_generator || definition.parent.is_some() {
        return Err(Cannot::new("it is no plain function of a module"));
    }
    if is_aware(reader.facts, decorator.index) {
        return Ok(Decoration::Aware);
    }
    if let Some(inner) = reader.optional(decorator.index) {
        return match inner {
            Inner::Maker(inner) => reader.maker(inner, false),
            Inner::Composed(decorators) => Ok(Decoration::Composed(decorators)),
        };
    }
    let returned = reader.returned(decorator.index);
    if !is_called || returned.as_ref().is_some_and(|found| found.gives_itself) {
        return reader.maker(decorator.index, false);
    }
    match returned {
        Some(returned) if returned.ending.len() == 1 => reader.maker(returned.function, false),
        Some(_) => Err(cannot_follow()),
        None => reader.given(decorator.index).ok_or_else(cannot_follow),
    }
}

/// Reads a class that is used as a decorator: its instances take the view's place, or, with arguments, make what does.
pub(crate) fn decoration_of_class(
    analysis: &Analysis<'_>,
    class: ClassRef,
    is_called: bool,
) -> Result<Decoration, Cannot> {
    let reader = Reader::new(analysis, class.file)?;
    let definition = reader.facts.classes.get(class.index).ok_or_else(at_hand)?;
    let call = definition
        .methods
        .get("__call__")
        .copied()
        .ok_or_else(cannot_follow)?;
    let is_plain = definition.bases.iter().all(|base| base == "object");
    let is_kept = analysis.world.descendants(class).is_empty();
    if !is_plain || !is_kept {
        return Err(Cannot::new("its class inherits, or others inherit from it"));
    }
    if is_called {
        return if is_aware(reader.facts, call) {
            Ok(Decoration::Aware)
        } else {
            reader.maker(call, true)
        };
    }
    let ast = reader.facts.ast();
    let knows = ast.subtree(definition.body).any(|node| {
        ast.kind(node) == Kind::Identifier
            && reader.facts.source(node).ends_with("coroutinefunction")
    });
    if knows {
        return Ok(Decoration::Aware);
    }
    reader.instance(class, call)
}

fn at_hand() -> Cannot {
    Cannot::new("it is not at hand")
}

fn cannot_follow() -> Cannot {
    Cannot::new("what it returns can't be followed")
}

/// True when a function has to be given more than its first parameters.
fn needs_more(function: &Function, first: usize) -> bool {
    let params = function.params.iter().zip(&function.beside).skip(first);
    params
        .filter(|(param, _)| param.kind != ParamKind::Rest)
        .any(|(_, beside)| beside.default.is_none())
}

/// A file with decorators.
struct Reader<'a> {
    analysis: &'a Analysis<'a>,
    file: usize,
    facts: &'a FileFacts,
}

impl<'a> Reader<'a> {
    fn new(analysis: &'a Analysis<'a>, file: usize) -> Result<Self, Cannot> {
        let facts = analysis.world.file(file).ok_or_else(at_hand)?;
        Ok(Self {
            analysis,
            file,
            facts,
        })
    }

    fn function(&self, index: usize) -> Option<&'a Function> {
        self.facts.functions.get(index)
    }

    fn is_path(&self, node: NodeId, path: &str) -> bool {
        let types = self.analysis.files.get(self.file);
        types.is_some_and(
            |types| matches!(types.type_of(node), Type::Path(found) if &**found == path),
        )
    }

    /// A function that takes the view and gives what takes its place. `is_method`: it has a `self` before the view.
    fn maker(&self, index: usize, is_method: bool) -> Result<Decoration, Cannot> {
        let no = |what: &str| Err(Cannot::new(what));
        let maker = self.function(index).ok_or_else(at_hand)?;
        let first = usize::from(is_method);
        let parameter = maker.params.get(first).ok_or_else(cannot_follow)?;
        let view = parameter.name.as_str();
        let is_given_more = needs_more(maker, first + 1);
        if let Some(composed) = self.composed(index, view) {
            return if composed.is_empty() {
                Ok(Decoration::Aware)
            } else {
                Ok(Decoration::Composed(composed))
            };
        }
        let Some(returned) = self.returned(index) else {
            return Err(cannot_follow());
        };
        if is_given_more {
            return no("it takes more than the view");
        }
        let inner = self.function(returned.function).ok_or_else(at_hand)?;
        if inner.is_generator {
            return no("what it returns is a generator");
        }
        let ast = self.facts.ast();
        let is_wraps = |node: NodeId| self.is_path(node, "functools.wraps");
        let keeps_name =
            |decorator: NodeId| ast.child(decorator, Field::Function).is_some_and(is_wraps);
        if !inner.decorators.iter().all(|&node| keeps_name(node)) {
            return no("what it returns is decorated itself");
        }
        let mut calls = Vec::new();
        for node in ast.subtree(maker.body) {
            if ast.kind(node) != Kind::Identifier
                || self.facts.source(node) != view
                || ast.field(node) == Some(Field::Attribute)
            {
                continue;
            }
            let parent = ast.parent(node).unwrap_or(node);
            let is_own = self.facts.owner(node) == Some(returned.function);
            match ast.kind(parent) {
                Kind::Call if is_own && ast.field(node) == Some(Field::Function) => {
                    calls.push(parent);
                }
                // `view.__name__`
                Kind::Attribute => {}
                Kind::KeywordArgument if ast.field(node) == Some(Field::Name) => {}
                // `if view is None`
                Kind::Comparison if self.facts.source(parent).ends_with("None") => {}
                Kind::ArgumentList
                    if ast.parent(parent).is_some_and(|call| {
                        ast.child(call, Field::Function)
                            .is_some_and(|function| self.keeps_names(function))
                    }) => {}
                _ => return no(&format!("it does more with `{view}` than call it")),
            }
        }
        Ok(Decoration::Wraps(Wrapper {
            function: FunctionRef {
                file: self.file,
                index: returned.function,
            },
            view: view.to_owned(),
            calls,
            ending: returned.ending,
            instance: None,
        }))
    }

    /// True for `wraps` and `update_wrapper`.
    fn keeps_names(&self, function: NodeId) -> bool {
        self.is_path(function, "functools.wraps")
            || self.is_path(function, "functools.update_wrapper")
    }

    /// An instance of a class in the place of the view: `__init__` keeps it, `__call__` calls it.
    fn instance(&self, class: ClassRef, call: usize) -> Result<Decoration, Cannot> {
        let definition = self.facts.classes.get(class.index).ok_or_else(at_hand)?;
        let init = definition
            .methods
            .get("__init__")
            .and_then(|&init| self.function(init))
            .ok_or_else(cannot_follow)?;
        let call = self
            .function(call)
            .filter(|method| method.decorators.is_empty() && method.params.len() > 1)
            .map(|_| call)
            .ok_or_else(cannot_follow)?;
        let parameter = init.params.get(1).ok_or_else(cannot_follow)?;
        if needs_more(init, 2) {
            return Err(Cannot::new("it takes more than the view"));
        }
        let ast = self.facts.ast();
        let mut kept = None;
        for node in ast.subtree(init.body) {
            if ast.kind(node) != Kind::Identifier
                || self.facts.source(node) != parameter.name
                || ast.field(node) == Some(Field::Attribute)
            {
                continue;
            }
            let parent = ast.parent(node).unwrap_or(node);
            match ast.kind(parent) {
                Kind::Assignment if ast.field(node) == Some(Field::Right) && kept.is_none() => {
                    let target = ast.child(parent, Field::Left);
                    kept = target
                        .filter(|&target| self.facts.source(target).starts_with("self."))
                        .zip(ast.statement(parent));
                    if kept.is_none() {
                        return Err(cannot_follow());
                    }
                }
                Kind::Attribute => {}
                Kind::ArgumentList
                    if ast.parent(parent).is_some_and(|call| {
                        ast.child(call, Field::Function)
                            .is_some_and(|function| self.keeps_names(function))
                    }) => {}
                _ => {
                    return Err(Cannot::new(format!(
                        "it does more with `{}` than call it",
                        parameter.name
                    )));
                }
            }
        }
        let (target, keeps) = kept.ok_or_else(cannot_follow)?;
        let name = self.facts.source(target);
        let mut calls = Vec::new();
        for node in ast.subtree(definition.body) {
            if ast.kind(node) != Kind::Attribute
                || self.facts.source(node) != name
                || ast.contains(keeps, node)
            {
                continue;
            }
            let is_called = ast.field(node) == Some(Field::Function);
            match ast.parent(node) {
                Some(parent) if is_called && self.facts.owner(node) == Some(call) => {
                    calls.push(parent);
                }
                // `self.view.__name__`
                Some(parent) if ast.kind(parent) == Kind::Attribute => {}
                _ => {
                    return Err(Cannot::new(format!(
                        "more is done with `{name}` than to call it in `__call__`"
                    )));
                }
            }
        }
        Ok(Decoration::Wraps(Wrapper {
            function: FunctionRef {
                file: self.file,
                index: call,
            },
            view: parameter.name.clone(),
            calls,
            ending: Vec::new(),
            instance: Some((class, keeps)),
        }))
    }
}

/// True when a decorator asks whether what it decorates is async, or returns an async function.
fn is_aware(facts: &FileFacts, index: usize) -> bool {
    let ast = facts.ast();
    let asks = facts.functions.get(index).is_some_and(|function| {
        ast.subtree(function.body).any(|node| {
            ast.kind(node) == Kind::Call
                && ast
                    .child(node, Field::Function)
                    .is_some_and(|callee| facts.source(callee).ends_with("iscoroutinefunction"))
        })
    });
    asks || facts.nested(index).any(|(_, nested)| nested.is_async)
}
