//! What a name in the code means: where it is defined, and what is known of its value.

use unblocked_syntax::{Field, Kind, NodeId, Span, view};

use crate::facts::{FileFacts, binds};
use crate::types::{ClassRef, FunctionRef, Model, Rows, Type};
use crate::workspace::Analysis;
use crate::world::{Base, Symbol};

/// Where something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The file, by index.
    pub file: usize,
    /// The name that is defined there; empty at the start of a module.
    pub span: Span,
}

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meaning {
    /// The name's own place.
    pub name: Span,
    /// Where it is defined, when that is at hand.
    pub definition: Option<Spot>,
    /// The function that it is, when that is at hand.
    pub function: Option<FunctionRef>,
    /// What its value is, in words.
    pub value: Option<String>,
    /// The module that it comes from, when that is not at hand.
    pub missing: Option<String>,
}

impl Analysis<'_> {
    /// What the name at a byte of a file's text means; `None` where there is no name.
    #[must_use]
    pub fn meaning(&self, path: &str, offset: u32) -> Option<Meaning> {
        let file = self.world.files.iter().position(|it| it.path == path)?;
        let facts = self.world.file(file)?;
        let ast = facts.ast();
        let node = ast.ids().rfind(|&id| {
            let span = ast.span(id);
            ast.kind(id) == Kind::Identifier && span.start <= offset && offset <= span.end
        })?;
        let mut meaning = Meaning {
            name: ast.span(node),
            ..Meaning::default()
        };
        let whole = attribute_of(facts, node).unwrap_or(node);
        let kind = self.files.get(file)?.type_of(whole);
        meaning.value = self.describe(kind);
        match self.symbol(file, facts, node) {
            Some(Found::Symbol(symbol)) => {
                meaning.definition = self.spot(&symbol);
                match symbol {
                    Symbol::Function(function) => meaning.function = Some(function),
                    Symbol::Missing(path) | Symbol::External(path) if path.contains('.') => {
                        meaning.missing = Some(path.to_string());
                    }
                    _ => {}
                }
            }
            Some(Found::Spot(spot)) => meaning.definition = Some(spot),
            None => {}
        }
        if meaning.function.is_none()
            && let Some([function]) = kind.callees()
        {
            meaning.function = Some(*function);
            meaning.definition = meaning.definition.or(self.function_spot(*function));
        }
        Some(meaning)
    }

    fn symbol(&self, file: usize, facts: &FileFacts, node: NodeId) -> Option<Found> {
        let ast = facts.ast();
        let parent = ast.parent(node)?;
        let here = Found::Spot(Spot {
            file,
            span: ast.span(node),
        });
        if matches!(ast.kind(parent), Kind::FunctionDef | Kind::ClassDef)
            && ast.field(node) == Some(Field::Name)
        {
            return Some(match (facts.function_at(parent), facts.class_at(parent)) {
                (Some(index), _) => Found::Symbol(Symbol::Function(FunctionRef { file, index })),
                (_, Some(index)) => Found::Symbol(Symbol::Class(ClassRef { file, index })),
                _ => here,
            });
        }
        let statement = ast
            .ancestors(node)
            .find(|&it| matches!(ast.kind(it), Kind::Import | Kind::ImportFrom));
        if let Some(statement) = statement {
            return self.imported(facts, statement, node).map(Found::Symbol);
        }
        if let Some(attribute) = attribute_of(facts, node) {
            let object = view::Attribute::cast(ast, attribute)?.object;
            let of = self.files.get(file)?.type_of(object);
            return self.member(of, facts.source(node));
        }
        if ast.kind(parent) == Kind::KeywordArgument && ast.field(node) == Some(Field::Name) {
            return self.parameter(file, facts, parent, facts.source(node));
        }
        let name = facts.source(node);
        let mut around = self.scope_of(facts, node);
        while let Some(index) = around {
            if let Some(bound) = local(facts, index, name) {
                let span = ast.span(bound);
                return Some(Found::Spot(Spot { file, span }));
            }
            let nested = facts.functions.iter().enumerate().find_map(|(at, one)| {
                (one.parent == Some(index) && one.class.is_none() && one.name == name).then_some(at)
            });
            if let Some(index) = nested {
                return Some(Found::Symbol(Symbol::Function(FunctionRef { file, index })));
            }
            around = facts.functions.get(index)?.parent;
        }
        self.world.global(file, name).map(Found::Symbol)
    }

    /// The function whose names a node sees first. Those of parameters are the function's own.
    fn scope_of(&self, facts: &FileFacts, node: NodeId) -> Option<usize> {
        let ast = facts.ast();
        let parameters = ast
            .ancestors(node)
            .find(|&it| ast.kind(it) == Kind::Parameters);
        parameters
            .filter(|_| binds(ast, node))
            .and_then(|it| facts.function_at(ast.parent(it)?))
            .or_else(|| facts.owner(node))
    }

    /// What a name in an import statement stands for.
    fn imported(&self, facts: &FileFacts, statement: NodeId, node: NodeId) -> Option<Symbol> {
        let ast = facts.ast();
        let end = ast.span(node).end;
        let import = facts
            .imports_of(statement)
            .find(|import| ast.contains(import.node, node));
        if let Some(import) = import {
            let start = ast.span(import.node).start;
            return Some(if ast.kind(statement) == Kind::Import {
                let path = Span::new(start, end).of(facts.text());
                match ast.kind(import.node) {
                    Kind::DottedName => self.world.resolve(path, false),
                    _ => self.world.resolve(&import.path, false),
                }
            } else {
                self.world.resolve(&import.path, import.is_relative)
            });
        }
        // The module's name, up to here.
        let module = ast.child(statement, Field::ModuleName)?;
        let one = facts.imports_of(statement).next()?;
        let (path, _) = one.path.rsplit_once('.')?;
        let rest = Span::new(end, ast.span(module).end.max(end)).of(facts.text());
        let path = path.strip_suffix(rest)?;
        Some(self.world.resolve(path, one.is_relative))
    }

    /// What `name` of such a value is.
    fn member(&self, of: &Type, name: &str) -> Option<Found> {
        let classes: Vec<ClassRef> = match of {
            Type::Module(file) => return self.world.global(*file, name).map(Found::Symbol),
            Type::Object(class) | Type::Class(class) => vec![*class],
            Type::Instance(instance) => known(&instance.model),
            Type::Model(model) => known(model),
            Type::Manager(manager) => {
                let own = [manager.class.own, manager.class.queryset];
                own.into_iter().flatten().collect()
            }
            Type::QuerySet(queryset) | Type::MaybeQuerySet(queryset) => {
                queryset.class.into_iter().collect()
            }
            _ => Vec::new(),
        };
        classes.into_iter().find_map(|class| {
            let method = self.world.method(class, name).map(Symbol::Function);
            method.map(Found::Symbol).or_else(|| {
                let own = std::iter::once(class);
                let bases = self.world.ancestors(class).iter();
                let all = own.chain(bases.filter_map(|base| match base {
                    Base::Project(class) => Some(*class),
                    _ => None,
                }));
                let mut all = all;
                all.find_map(|class| self.assigned(class, name).map(Found::Spot))
            })
        })
    }

    /// Where a class, or code in it, first gives a value to an attribute.
    fn assigned(&self, class: ClassRef, name: &str) -> Option<Spot> {
        let facts = self.world.file(class.file)?;
        let body = self.world.class(class)?.body;
        let ast = facts.ast();
        let is_name = |&id: &NodeId| {
            if ast.kind(id) != Kind::Identifier || facts.source(id) != name {
                return false;
            }
            match attribute_of(facts, id) {
                // `self.name = …`
                Some(attribute) => ast.field(attribute) == Some(Field::Left),
                // Of the class's own statements.
                None => {
                    binds(ast, id) && ast.statement(id).and_then(|it| ast.parent(it)) == Some(body)
                }
            }
        };
        let id = ast.subtree(body).find(is_name)?;
        Some(Spot {
            file: class.file,
            span: ast.span(id),
        })
    }

    /// The parameter that a keyword argument is for.
    fn parameter(
        &self,
        file: usize,
        facts: &FileFacts,
        argument: NodeId,
        name: &str,
    ) -> Option<Found> {
        let ast = facts.ast();
        let call = ast
            .ancestors(argument)
            .find_map(|it| view::Call::cast(ast, it))?;
        let callee = self.files.get(file)?.type_of(call.function);
        let &[function] = callee.callees()? else {
            return None;
        };
        let of = self.world.file(function.file)?;
        let bound = local(of, function.index, name)?;
        Some(Found::Spot(Spot {
            file: function.file,
            span: of.ast().span(bound),
        }))
    }

    fn spot(&self, symbol: &Symbol) -> Option<Spot> {
        match symbol {
            Symbol::Module(file) => Some(Spot {
                file: *file,
                span: Span::empty(0),
            }),
            Symbol::Function(function) => self.function_spot(*function),
            Symbol::Class(class) => {
                let node = self.world.class(*class)?.node;
                let ast = self.world.file(class.file)?.ast();
                Some(Spot {
                    file: class.file,
                    span: ast.span(ast.child(node, Field::Name)?),
                })
            }
            Symbol::Variable(file, name) => {
                let facts = self.world.file(*file)?;
                let ast = facts.ast();
                let bound = ast.ids().find(|&id| {
                    ast.kind(id) == Kind::Identifier
                        && facts.source(id) == &**name
                        && binds(ast, id)
                        && facts.owner(id).is_none()
                })?;
                Some(Spot {
                    file: *file,
                    span: ast.span(bound),
                })
            }
            Symbol::External(_) | Symbol::Missing(_) => None,
        }
    }

    fn function_spot(&self, function: FunctionRef) -> Option<Spot> {
        let node = self.world.function(function)?.node;
        let ast = self.world.file(function.file)?.ast();
        Some(Spot {
            file: function.file,
            span: ast.span(ast.child(node, Field::Name)?),
        })
    }

    /// What a value is, in words; `None` where nothing is known that helps.
    fn describe(&self, kind: &Type) -> Option<String> {
        let class = |class: &ClassRef| self.world.class(*class).map(|it| it.name.clone());
        let model = |model: &Model| match model {
            Model::Known(known) => class(known),
            Model::Named(name) => Some(name.to_string()),
            Model::User => Some("User".to_owned()),
            Model::OneOf(all) => {
                let names: Vec<String> = all.iter().filter_map(class).collect();
                Some(names.join(" or "))
            }
            Model::Unknown => None,
        };
        let of = |what: &str, name: Option<String>| match name {
            Some(name) => format!("{what} of `{name}`"),
            None => what.to_owned(),
        };
        Some(match kind {
            Type::QuerySet(queryset) if queryset.rows == Rows::Plain => {
                of("queryset of plain rows", model(&queryset.model))
            }
            Type::QuerySet(queryset) => of("queryset", model(&queryset.model)),
            Type::MaybeQuerySet(queryset) => of("perhaps a queryset", model(&queryset.model)),
            Type::Manager(manager) => of("manager", model(&manager.model)),
            Type::Instance(instance) => of("instance", model(&instance.model)),
            Type::Model(of) => format!("model `{}`", model(of)?),
            Type::Object(of) => format!("instance of `{}`", class(of)?),
            Type::Class(of) => format!("class `{}`", class(of)?),
            Type::External(path) => format!("instance of `{path}`"),
            Type::Path(path) => format!("`{path}`"),
            Type::Missing(path) => format!("`{path}`, which is not among the files"),
            Type::Sequence(element) => match self.describe(element) {
                Some(element) => format!("list: {element}"),
                None => "list".to_owned(),
            },
            Type::Coroutine(result) => match self.describe(result) {
                Some(result) => format!("coroutine: {result}"),
                None => "coroutine".to_owned(),
            },
            Type::Page(_) => "page of a paginator".to_owned(),
            Type::Paginator(_) => "paginator".to_owned(),
            Type::Request => "the request".to_owned(),
            Type::Session => "the session".to_owned(),
            Type::Cache => "the cache".to_owned(),
            Type::HttpResponse(..) => "response of an HTTP call".to_owned(),
            Type::Plain => "plain value".to_owned(),
            _ => return None,
        })
    }
}

enum Found {
    Symbol(Symbol),
    Spot(Spot),
}

fn known(model: &Model) -> Vec<ClassRef> {
    match model {
        Model::Known(class) => vec![*class],
        Model::OneOf(classes) => classes.to_vec(),
        _ => Vec::new(),
    }
}

/// The attribute whose name an identifier is.
fn attribute_of(facts: &FileFacts, node: NodeId) -> Option<NodeId> {
    let parent = facts.ast().parent(node)?;
    (view::Attribute::cast(facts.ast(), parent)?.name == node).then_some(parent)
}

/// Where a function first binds a name itself.
fn local(facts: &FileFacts, function: usize, name: &str) -> Option<NodeId> {
    let ast = facts.ast();
    let definition = facts.functions.get(function)?;
    ast.subtree(definition.node).find(|&id| {
        ast.kind(id) == Kind::Identifier
            && facts.source(id) == name
            && binds(ast, id)
            && (facts.owner(id) == Some(function)
                || (!ast.contains(definition.body, id)
                    && ast
                        .ancestors(id)
                        .find(|&it| ast.kind(it) == Kind::Parameters)
                        .and_then(|it| ast.parent(it))
                        == Some(definition.node)))
    })
}

#[cfg(test)]
mod tests {
    use crate::Workspace;

    const MODELS: &str = "from django.db import models\n\nLIMIT = 10\n\n\nclass Recent(models.QuerySet):\n    def recent(self):\n        return self.filter(new=True)\n\n\nclass Order(models.Model):\n    number = models.IntegerField()\n    objects = Recent.as_manager()\n\n    def total(self, factor=1):\n        self.cached = 3\n        return self.number * factor\n";

    /// What the name at `|` of `views` means: the line where it is defined, and its value.
    fn at(views: &str) -> (Option<String>, Option<String>) {
        let offset = views.find('|').unwrap();
        let text = views.replacen('|', "", 1);
        let mut workspace = Workspace::new();
        workspace.set_file("shop/views.py", &text);
        workspace.set_file("shop/models.py", MODELS);
        workspace.set_file("shop/__init__.py", "");
        let analysis = workspace.analyze();
        let Some(meaning) = analysis.meaning("shop/views.py", u32::try_from(offset).unwrap())
        else {
            return (None, None);
        };
        let definition = meaning.definition.map(|spot| {
            let facts = analysis.world.file(spot.file).unwrap();
            let (before, _) = facts.text().split_at(spot.span.start as usize);
            let line = before.matches('\n').count() + 1;
            format!("{}:{line} {}", facts.path, spot.span.of(facts.text()))
        });
        (definition, meaning.value.or(meaning.missing))
    }

    fn defined(views: &str) -> Option<String> {
        at(views).0
    }

    #[test]
    fn names_lead_to_their_definitions_in_other_files() {
        let order = Some("shop/models.py:11 Order".to_owned());
        assert_eq!(defined("from .models import Or|der\n"), order);
        assert_eq!(
            defined("from .models import Order as O\n\ndef view(request):\n    return |O()\n"),
            order
        );
        assert_eq!(defined("from shop import models\n\nmodels.Orde|r\n"), order);
        assert_eq!(
            defined("from .mod|els import Order\n"),
            Some("shop/models.py:1 ".to_owned())
        );
        assert_eq!(
            defined("import shop.mo|dels\n"),
            Some("shop/models.py:1 ".to_owned())
        );
        assert_eq!(
            defined("from .models import LIMIT\n\nprint(LIMI|T)\n"),
            Some("shop/models.py:3 LIMIT".to_owned())
        );
    }

    #[test]
    fn attributes_lead_to_methods_and_fields() {
        let view = |line: &str| {
            defined(&format!(
                "from .models import Order\n\n\ndef view(request):\n    order = Order.objects.get(pk=1)\n    {line}\n"
            ))
        };
        assert_eq!(
            view("order.tot|al()"),
            Some("shop/models.py:15 total".to_owned())
        );
        assert_eq!(
            view("order.num|ber"),
            Some("shop/models.py:12 number".to_owned())
        );
        assert_eq!(
            view("order.cach|ed"),
            Some("shop/models.py:16 cached".to_owned())
        );
        assert_eq!(
            view("Order.objects.rec|ent()"),
            Some("shop/models.py:7 recent".to_owned())
        );
        assert_eq!(
            view("order.total(fac|tor=2)"),
            Some("shop/models.py:15 factor".to_owned())
        );
    }

    #[test]
    fn local_names_lead_to_where_they_are_bound_first() {
        let text = "def view(request, pk):\n    for item in range(p|k):\n        print(item)\n";
        assert_eq!(defined(text), Some("shop/views.py:1 pk".to_owned()));
        let text = "def view(request):\n    for item in []:\n        print(it|em)\n";
        assert_eq!(defined(text), Some("shop/views.py:2 item".to_owned()));
        let text =
            "def view(request):\n    def inner():\n        return req|uest\n    return inner()\n";
        assert_eq!(defined(text), Some("shop/views.py:1 request".to_owned()));
        let text = "def view(request):\n    def inner():\n        return 1\n    return inn|er()\n";
        assert_eq!(defined(text), Some("shop/views.py:2 inner".to_owned()));
    }

    #[test]
    fn values_are_described() {
        let value = |line: &str| {
            at(&format!(
                "from .models import Order\nfrom other.things import Thing\n\n\ndef view(request):\n    orders = Order.objects.filter(pk=1)\n    order = orders.get()\n    {line}\n"
            ))
            .1
        };
        assert_eq!(value("ord|ers"), Some("queryset of `Order`".to_owned()));
        assert_eq!(value("o|rder"), Some("instance of `Order`".to_owned()));
        assert_eq!(value("Orde|r"), Some("model `Order`".to_owned()));
        assert_eq!(
            value("Th|ing"),
            Some("`other.things.Thing`, which is not among the files".to_owned())
        );
        assert_eq!(at("x = 1 | + 2\n"), (None, None));
    }
}
