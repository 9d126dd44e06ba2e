//! What stands around views: decorators on them, on their classes, and in URL patterns.

use unblocked_analyzer::{Analysis, FunctionRef, Symbol, Type};
use unblocked_django::{DjangoVersion, decorator};
use unblocked_syntax::{Field, Kind, NodeId};

use super::decoration::{Decoration, Wrapper, decoration, decoration_of_class};
use super::{alias, asked, kept};
use crate::because::Because;
use crate::classes::decorators::{head, method_decorator};
use crate::draft::Cannot;
use crate::effects::Effects;
use crate::options::Options;

/// The first Django whose `method_decorator` makes an async method of an async method.
const METHOD_DECORATOR_SINCE: DjangoVersion = DjangoVersion::new(5, 2);

/// How many decorators of decorators are followed.
const MAX_DEPTH: usize = 8;

/// Checks that every decorator of a view stands an async view on the target. Gives the wrappers of the project's own ones
/// that have to get an async variant for it.
pub(crate) fn check_decorators(
    analysis: &Analysis<'_>,
    function: FunctionRef,
    options: &Options,
) -> Result<Vec<Wrapper>, Cannot> {
    let mut wrappers = Vec::new();
    let Some(definition) = analysis.world.function(function) else {
        return Ok(wrappers);
    };
    for &node in &definition.decorators {
        let on_method = definition
            .class
            .and_then(|_| method_decorator(analysis, function.file, node));
        let is_method = on_method.is_some();
        let decorators = on_method.map_or_else(|| vec![node], |found| found.decorators);
        for node in decorators {
            let found = check_decorator(analysis, options, function.file, node, is_method)
                .map_err(|Refusal { name, why }| {
                    Cannot::of(
                        Because::SyncDecorator,
                        format!("its decorator `{name}` {why}"),
                    )
                })?;
            wrappers.extend(found);
        }
    }
    Ok(wrappers)
}

/// Why a decorator doesn't stand an async view.
pub(crate) struct Refusal {
    /// As it is named.
    pub(crate) name: String,
    /// Read after its name.
    pub(crate) why: String,
}

/// Checks one decorator, for a function or, where `method_decorator` puts it on one, a method.
pub(crate) fn check_decorator(
    analysis: &Analysis<'_>,
    options: &Options,
    file: usize,
    node: NodeId,
    on_method: bool,
) -> Result<Vec<Wrapper>, Refusal> {
    let check = Check {
        analysis,
        options,
        on_method,
    };
    check.decorator(file, node, 0)
}

/// What stands around a view where it is used.
pub(crate) struct Around {
    /// The wrappers that have to get an async variant.
    pub(crate) wrappers: Vec<Wrapper>,
    /// It ends up in a URL pattern.
    pub(crate) is_route: bool,
}

/// Looks at what is made of a view where it stands: `path("…", never_cache(login_required(view)))`, from the inside out.
/// Why that does not stand an async view is said of the view: "stands in …".
pub(crate) fn around(
    analysis: &Analysis<'_>,
    options: &Options,
    file: usize,
    node: NodeId,
) -> Result<Around, Cannot> {
    around_nested(analysis, options, file, node, 0)
}

/// The same of what `depth` names lead to.
pub(super) fn around_nested(
    analysis: &Analysis<'_>,
    options: &Options,
    file: usize,
    node: NodeId,
    depth: usize,
) -> Result<Around, Cannot> {
    let elsewhere = || {
        Cannot::of(
            Because::UsedAsValue,
            "is used where a coroutine may not be expected",
        )
    };
    let facts = analysis.world.file(file).ok_or_else(elsewhere)?;
    let ast = facts.ast();
    let mut wrappers = Vec::new();
    let mut at = node;
    loop {
        while let Some(up) = ast
            .parent(at)
            .filter(|&up| matches!(ast.kind(up), Kind::Parenthesized | Kind::KeywordArgument))
        {
            at = up;
        }
        let parent = ast.parent(at).ok_or_else(elsewhere)?;
        match ast.kind(parent) {
            Kind::Assignment if depth < MAX_DEPTH => {
                wrappers.extend(kept::uses(analysis, options, file, parent, depth)?);
                return Ok(Around {
                    wrappers,
                    is_route: false,
                });
            }
            Kind::ExpressionStatement => {
                return Ok(Around {
                    wrappers,
                    is_route: false,
                });
            }
            Kind::ArgumentList => {}
            _ => return Err(elsewhere()),
        }
        let outer = ast.parent(parent).ok_or_else(elsewhere)?;
        let decorator = ast.child(outer, Field::Function).ok_or_else(elsewhere)?;
        let last = facts
            .source(decorator)
            .rsplit('.')
            .next()
            .unwrap_or_default();
        if matches!(last, "path" | "re_path" | "url") {
            return Ok(Around {
                wrappers,
                is_route: true,
            });
        }
        let found = check_decorator(analysis, options, file, decorator, false).map_err(
            |Refusal { name, why }| {
                Cannot::of(
                    Because::SyncDecorator,
                    format!("stands in `{name}`, which {why}"),
                )
            },
        )?;
        wrappers.extend(found);
        at = outer;
    }
}

/// What a function view stands in where it is used as a value: decorators in URL patterns, and nothing else.
pub(crate) fn check_routes(
    analysis: &Analysis<'_>,
    options: &Options,
    effects: &Effects<'_>,
    function: FunctionRef,
) -> Result<Vec<Wrapper>, Cannot> {
    let mut wrappers = Vec::new();
    for &(file, node) in effects.passed_on(function) {
        if alias::is_of_handler(analysis, function, file, node) {
            continue;
        }
        match around(analysis, options, file, node) {
            Ok(found) if found.is_route => wrappers.extend(found.wrappers),
            Err(cannot) if cannot.reason.starts_with("stands") => {
                return Err(cannot.said(|reason| format!("it {reason}")));
            }
            _ => {
                return Err(Cannot::of(
                    Because::UsedAsValue,
                    "it is passed on as a value, and what calls it may be synchronous",
                ));
            }
        }
    }
    Ok(wrappers)
}

struct Check<'a> {
    analysis: &'a Analysis<'a>,
    options: &'a Options,
    on_method: bool,
}

impl Check<'_> {
    fn too_old(&self, name: &str, since: DjangoVersion) -> Refusal {
        let what = if self.on_method { "methods" } else { "views" };
        let target = self.options.target_version;
        refusal(
            name,
            format!("knows async {what} from Django {since} on, and the target is {target}"),
        )
    }

    fn decorator(&self, file: usize, node: NodeId, depth: usize) -> Result<Vec<Wrapper>, Refusal> {
        let (Some(facts), Some(found)) = (
            self.analysis.world.file(file),
            self.analysis.files.get(file),
        ) else {
            return Ok(Vec::new());
        };
        let ast = facts.ast();
        let head = head(facts, node);
        let name = facts.source(head);
        if depth > MAX_DEPTH {
            return Err(refusal(name, "can't be followed"));
        }
        let own = match found.type_of(head) {
            Type::Path(path) => {
                return match asked::obstacle(self.analysis, file, node, path) {
                    Some(why) => Err(refusal(name, why)),
                    None => self.library(name, path),
                };
            }
            // `method_decorator` itself has to know async methods.
            Type::Function(_) | Type::Class(_)
                if self.on_method && self.options.target_version < METHOD_DECORATOR_SINCE =>
            {
                return Err(self.too_old(name, METHOD_DECORATOR_SINCE));
            }
            Type::Function(own) => {
                let is_called = ast.kind(node) == Kind::Call;
                let is_plain = !is_called || ast.child(node, Field::Function) == Some(head);
                if is_plain {
                    decoration(self.analysis, *own, is_called).map(|found| (found, own.file))
                } else {
                    Err(Cannot::new("what it returns can't be followed"))
                }
            }
            Type::Class(class) => {
                let is_called = ast.kind(node) == Kind::Call;
                decoration_of_class(self.analysis, *class, is_called)
                    .map(|found| (found, class.file))
            }
            _ => return self.variable(file, node, depth),
        };
        match own {
            Ok((Decoration::Aware, _)) => Ok(Vec::new()),
            Ok((Decoration::Wraps(wrapper), _)) => Ok(vec![wrapper]),
            Ok((Decoration::Composed(decorators), file)) => {
                let mut wrappers = Vec::new();
                for node in decorators {
                    wrappers.extend(self.decorator(file, node, depth + 1)?);
                }
                Ok(wrappers)
            }
            Err(cannot) => Err(refusal(
                name,
                format!("wraps it in a synchronous function ({})", cannot.reason),
            )),
        }
    }

    /// `staff_only = user_passes_test(is_staff)`, in this module or another.
    fn variable(&self, file: usize, node: NodeId, depth: usize) -> Result<Vec<Wrapper>, Refusal> {
        let Some(facts) = self.analysis.world.file(file) else {
            return Ok(Vec::new());
        };
        let head = head(facts, node);
        let name = facts.source(head);
        let value = facts.dotted(head).and_then(|dotted| {
            let symbol = match dotted.rsplit_once('.') {
                None => self.analysis.world.global(file, &dotted)?,
                Some((module, name)) => {
                    let Symbol::Module(module) = self.analysis.world.global(file, module)? else {
                        return None;
                    };
                    self.analysis.world.global(module, name)?
                }
            };
            let Symbol::Variable(at, variable) = symbol else {
                return None;
            };
            Some((at, assigned_once(self.analysis, at, &variable)?))
        });
        match value {
            Some((at, value)) if node == head => self.decorator(at, value, depth + 1),
            _ => Err(refusal(
                name,
                "is not at hand, and may not know async views",
            )),
        }
    }

    fn library(&self, name: &str, path: &str) -> Result<Vec<Wrapper>, Refusal> {
        let known = decorator(path);
        let since = known.map(|known| {
            if self.on_method {
                known.method_since
            } else {
                known.fbv_since
            }
        });
        if matches!(
            path,
            "asgiref.sync.sync_to_async" | "channels.db.database_sync_to_async"
        ) {
            return Err(refusal(
                name,
                "runs it in Django's thread: what calls it awaits it",
            ));
        }
        match since {
            Some(Some(since)) if self.options.target_version >= since => Ok(Vec::new()),
            Some(Some(since)) => Err(self.too_old(name, since)),
            Some(None) => Err(refusal(name, "works in synchronous code only")),
            None if path.starts_with("rest_framework") => Err(refusal(
                name,
                "makes a view of Django REST framework, and those are synchronous (adrf has async ones)",
            )),
            None => Err(refusal(name, "may not know async views")),
        }
    }
}

fn refusal(name: &str, why: impl Into<String>) -> Refusal {
    Refusal {
        name: name.to_owned(),
        why: why.into(),
    }
}

/// The value of a variable of a module that is assigned once.
fn assigned_once(analysis: &Analysis<'_>, file: usize, name: &str) -> Option<NodeId> {
    let facts = analysis.world.file(file)?;
    let ast = facts.ast();
    let mut values = ast
        .ids()
        .filter(|&node| ast.kind(node) == Kind::Assignment)
        .filter(|&node| {
            ast.child(node, Field::Left)
                .is_some_and(|left| facts.source(left) == name)
        });
    let (Some(only), None) = (values.next(), values.next()) else {
        return None;
    };
    let is_of_module =
        facts.owner(only).is_none() && ast.ancestors(only).nth(1) == Some(NodeId::ROOT);
    ast.child(only, Field::Right).filter(|_| is_of_module)
}
