//! Objects of libraries: clients, connections, files, and what they lead to.

use std::sync::Arc;

use unblocked_django::{Owner, blocking, canonical, given, is_given, leads_to_waiting};
use unblocked_syntax::{Kind, NodeId};

use super::{Inference, Key};
use crate::site::SiteKind;
use crate::types::{ClassRef, Evidence, FunctionRef, Type};
use crate::world::{Base, Symbol, attribute_path};

/// What a file field of an instance holds.
pub(super) const FIELD_FILE: &str = "django.db.models.fields.files.FieldFile";

const CELERY_TASK: &str = "celery.Task";

/// True for a class that a call gave.
pub(super) fn is_class(path: &str) -> bool {
    attribute_path(path, "()").is_some_and(|part| is_given(&part))
}

/// What calling such a class gives.
pub(super) fn made_by(path: &Arc<str>) -> Option<Type> {
    external_part(path, "()")
}

impl Inference<'_, '_> {
    pub(super) fn call_external(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        path: &Arc<str>,
        arguments: &[NodeId],
    ) -> Type {
        let name = self.text(attribute);
        if name == "writerows" {
            for &argument in arguments {
                self.iterated(argument, argument);
            }
        }
        match canonical(path) {
            "django.dispatch.Signal" => {
                return self.owned_call(node, object, attribute, Owner::Signal, Type::Unknown);
            }
            super::task::TASK => return self.call_task(node, object, attribute),
            super::task::RESULT => {
                return self.owned_call(node, object, attribute, Owner::TaskResult, Type::Unknown);
            }
            _ => {}
        }
        let method = format!("{path}.{name}");
        if let Some(result) = unblocked_django::coroutine_method(&method) {
            return Type::coroutine(match result {
                "" => Type::Plain,
                class => Type::External(class.into()),
            });
        }
        if path.starts_with("asyncio.")
            && (name == "run_until_complete"
                || (name == "create_task" && &**path != "asyncio.TaskGroup"))
        {
            return self.scheduled(node, name, arguments);
        }
        if let Some(entry) = blocking(&method) {
            self.site(
                node,
                entry.effect,
                Evidence::Proven,
                SiteKind::Function {
                    path: method.as_str().into(),
                },
            );
        }
        if let Some(library) = super::library::sent_by(&method) {
            return Type::HttpResponse(node, library);
        }
        external_part(path, name).unwrap_or_default()
    }

    /// An attribute or an item (`[]`) of a library's object, when it leads to what waits.
    pub(super) fn external_attribute(&self, of: &Type, name: &str) -> Option<Type> {
        let (Type::Path(path) | Type::External(path)) = of else {
            return None;
        };
        let part = attribute_path(path, name)?;
        (is_given(&part) || leads_to_waiting(path)).then(|| external_part(path, name))?
    }

    /// A client that a class which `class` inherits from holds.
    pub(super) fn inherited_client(&self, class: ClassRef, name: &str) -> Option<Type> {
        let bases = self.world.ancestors(class).iter();
        let mut classes = bases.filter_map(|base| match base {
            Base::Project(base) => Some(*base),
            _ => None,
        });
        let kind = classes.find_map(|base| {
            let key = Key::Attribute(base, name.to_owned());
            self.exchange.known(key)
        });
        kind.filter(|kind| matches!(kind, Type::External(_)))
    }

    /// True for a function that Celery made a task of: `@shared_task`, or `@app.task` of a `Celery`.
    pub(super) fn is_celery_task(&self, function: FunctionRef) -> bool {
        let Some(signature) = self.world.function(function) else {
            return false;
        };
        signature
            .decorator_names
            .iter()
            .any(|name| match self.world.dotted(function.file, name) {
                Some(Symbol::External(path)) => canonical(&path) == "celery.shared_task",
                Some(_) => false,
                None => name.split_once('.').is_some_and(|(app, rest)| {
                    rest == "task"
                        && matches!(
                            self.world.global(function.file, app),
                            Some(Symbol::Variable(file, app)) if matches!(
                                self.global_variable(file, &app),
                                Type::External(path) if canonical(&path) == "celery.Celery"
                            )
                        )
                }),
            })
    }

    /// A method of a function that is a task of Celery's: `send.delay(…)`.
    pub(super) fn call_celery_task(
        &mut self,
        node: NodeId,
        task: NodeId,
        attribute: NodeId,
        arguments: &[NodeId],
    ) -> Type {
        self.call_external(node, task, attribute, &CELERY_TASK.into(), arguments)
    }

    /// `client = redis.Redis()` in the body of a class.
    pub(super) fn class_attribute_assigned(&mut self, left: NodeId, kind: &Type) {
        let ast = self.ast;
        if !matches!(kind, Type::External(_)) || ast.kind(left) != Kind::Identifier {
            return;
        }
        let class = ast
            .ancestors(left)
            .nth(3)
            .filter(|&up| ast.kind(up) == Kind::ClassDef)
            .and_then(|up| self.facts.class_at(up));
        if let Some(index) = class {
            let class = ClassRef {
                file: self.file,
                index,
            };
            let key = Key::Attribute(class, self.text(left).to_owned());
            self.exchange.learn(key, kind);
        }
    }
}

/// What a method of a library's object gives, or what its attribute is.
fn external_part(path: &str, name: &str) -> Option<Type> {
    let path = attribute_path(path, name)?;
    Some(Type::External(if is_given(&path) {
        given(&path).into()
    } else {
        path
    }))
}
