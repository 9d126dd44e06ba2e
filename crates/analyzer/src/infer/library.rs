//! Calls of what is not the project's own code at hand: libraries, and modules that were not given.

use std::sync::Arc;

use unblocked_django::{Effect, async_function, blocking, canonical};
use unblocked_syntax::{Kind, NodeId};

use super::Inference;
use super::flow::LOADED_USER;
use crate::site::{Call, SiteKind, SyncOnly};
use crate::types::{Evidence, HttpLibrary, Instance, Model, Type};

impl Inference<'_, '_> {
    /// A call of what a project module defines that is not at hand.
    pub(super) fn call_missing(&mut self, node: NodeId, path: &Arc<str>) -> Type {
        let name = path.rsplit('.').next().unwrap_or(path);
        if class_like(name) {
            // `Product(…)` from a module called models is a model.
            return if path.split('.').rev().nth(1) == Some("models") {
                Type::Instance(Instance {
                    model: Model::Named(name.into()),
                    evidence: Evidence::Evident,
                    loaded: Arc::default(),
                    deferred: Arc::default(),
                    prefetched: Arc::default(),
                    origin: None,
                })
            } else {
                if !self.is_raised(node) && !is_inert_class(path) {
                    self.missing_site(node, path);
                }
                Type::MissingObject(path.clone())
            };
        }
        self.missing_site(node, path);
        Type::Opaque
    }

    fn missing_site(&mut self, node: NodeId, path: &Arc<str>) {
        self.site(
            node,
            Effect::Query,
            Evidence::Evident,
            SiteKind::Missing { path: path.clone() },
        );
    }

    /// True for the operand of `raise`.
    fn is_raised(&self, node: NodeId) -> bool {
        self.ast
            .parent(node)
            .is_some_and(|parent| self.ast.kind(parent) == Kind::Raise)
    }

    /// A call of a library's function or class, by its path.
    pub(super) fn call_path(
        &mut self,
        node: NodeId,
        path: &Arc<str>,
        arguments: &[NodeId],
    ) -> Type {
        let name = canonical(path);
        let argument_type = |inference: &Self| {
            arguments
                .first()
                .map(|&first| inference.type_at(first))
                .unwrap_or_default()
        };
        let instance = |model: Model, evidence| {
            Type::Instance(Instance {
                model,
                evidence,
                loaded: Arc::default(),
                deferred: Arc::default(),
                prefetched: Arc::default(),
                origin: None,
            })
        };
        let result = match name {
            "django.shortcuts.get_object_or_404" | "django.shortcuts.aget_object_or_404" => {
                match argument_type(self) {
                    Type::Model(model) => {
                        let argument = arguments.first().copied();
                        self.fetched(argument, &model)
                    }
                    Type::Missing(path) => {
                        let name = path.rsplit('.').next().unwrap_or(&path);
                        instance(Model::Named(name.into()), Evidence::Evident)
                    }
                    Type::Undefined(name) => instance(Model::Named(name), Evidence::Evident),
                    Type::Manager(manager) => instance(manager.model, manager.evidence),
                    // A model, a manager or a queryset it is, whichever.
                    other => match other.element() {
                        Type::Unknown => instance(Model::Unknown, Evidence::Evident),
                        row => row,
                    },
                }
            }
            "django.shortcuts.get_list_or_404" | "django.shortcuts.aget_list_or_404" => {
                Type::sequence(match argument_type(self) {
                    Type::Model(model) => instance(model, Evidence::Proven),
                    Type::Manager(manager) => instance(manager.model, manager.evidence),
                    other => other.element(),
                })
            }
            "django.apps.apps.get_model" => return Type::Model(Model::Unknown),
            "django.contrib.auth.get_user_model" => return Type::Model(self.world.user_model()),
            "django.contrib.auth.authenticate" | "django.contrib.auth.aauthenticate" => {
                instance(self.world.user_model(), Evidence::Proven)
            }
            "django.contrib.auth.models.AnonymousUser" => Type::Plain,
            "django.db.models.Prefetch"
            | "django.contrib.contenttypes.prefetch.GenericPrefetch" => {
                return self.prefetch_object(arguments);
            }
            "functools.partial" => return self.call_partial(arguments),
            super::paginator::PAGINATOR => return self.paginator_of(arguments),
            // Some storages of messages are in the session, which reading them loads.
            "django.contrib.messages.get_messages" => {
                return Type::SyncIterator(Arc::new(Type::Plain));
            }
            _ if sets_user(name) => {
                self.environment.bind(LOADED_USER, Type::Plain);
                Type::External(path.clone())
            }
            "django.db.transaction.get_connection" => {
                return Type::Path("django.db.connection".into());
            }
            "asgiref.sync.async_to_sync" => {
                if self.function.is_some() {
                    self.site(
                        node,
                        Effect::Lock,
                        Evidence::Proven,
                        SiteKind::SyncOnly {
                            what: SyncOnly::AsyncToSync,
                        },
                    );
                }
                return Type::Unknown;
            }
            "asgiref.sync.sync_to_async" => {
                return self.adapted(node, arguments);
            }
            "asyncio.to_thread" => {
                return match arguments.split_first() {
                    Some((&function, rest)) => self.call_adapted(node, function, None, rest),
                    None => Type::Unknown,
                };
            }
            "asyncio.run" | "asyncio.create_task" | "asyncio.ensure_future" => {
                let function = name.rsplit('.').next().unwrap_or(name).to_owned();
                return self.scheduled(node, &function, arguments);
            }
            // `with contextlib.closing(connect()) as connection`
            "contextlib.closing" | "contextlib.nullcontext" => return argument_type(self),
            _ if unblocked_django::is_given(name) => {
                Type::External(unblocked_django::given(name).into())
            }
            _ => match sent_by(name) {
                Some(library) => Type::HttpResponse(node, library),
                None => Type::External(path.clone()),
            },
        };
        if let Some(class) = self.form_factory(name, arguments) {
            return class;
        }
        if async_function(name).is_some() || blocking(name).is_some() {
            let effect = blocking(name).map_or(Effect::Query, |entry| entry.effect);
            self.site(
                node,
                effect,
                Evidence::Proven,
                SiteKind::Function { path: name.into() },
            );
            return result;
        }
        if is_async_name(name) {
            return Type::coroutine(result);
        }
        if asks_django(name) && self.function.is_some() {
            self.missing_site(node, path);
            return Type::Opaque;
        }
        if matches!(
            name,
            "django.shortcuts.redirect" | "django.shortcuts.resolve_url"
        ) && let Type::Instance(Instance {
            model: Model::Known(class),
            ..
        }) = argument_type(self)
            && let Some(callee) = self.world.method(class, "get_absolute_url")
        {
            // It calls `get_absolute_url()`, which may wait.
            self.result.calls.push(Call {
                node,
                function: self.function,
                callee,
                is_method: true,
            });
        }
        self.evaluate_arguments(name, arguments);
        result
    }
}

/// True for a name that is written like a class's.
pub(super) fn class_like(name: &str) -> bool {
    name.trim_start_matches('_')
        .chars()
        .next()
        .is_some_and(char::is_uppercase)
}

/// True for a class that is not at hand and only holds values, by what it and its module are called.
fn is_inert_class(path: &str) -> bool {
    let mut names = path.rsplit('.');
    let class = names.next().unwrap_or_default();
    let module = names.next().unwrap_or_default();
    ["Error", "Exception", "Warning", "Choices", "Enum"]
        .iter()
        .any(|end| class.ends_with(end))
        || matches!(
            module,
            "choices"
                | "constants"
                | "dataclasses"
                | "dtos"
                | "enums"
                | "errors"
                | "exceptions"
                | "schemas"
                | "types"
        )
}

/// True for functions of libraries that keep what they know in Django's database or session.
fn asks_django(path: &str) -> bool {
    let package = path.split('.').next().unwrap_or_default();
    let is_function = path
        .rsplit('.')
        .next()
        .is_some_and(|name| !class_like(name));
    is_function
        && matches!(
            package,
            "allauth" | "axes" | "django_otp" | "guardian" | "social_core" | "social_django"
        )
}

/// True for the functions that assign `request.user`.
fn sets_user(path: &str) -> bool {
    matches!(
        path,
        "django.contrib.auth.login"
            | "django.contrib.auth.alogin"
            | "django.contrib.auth.logout"
            | "django.contrib.auth.alogout"
    )
}

/// The library whose function, or method of a session, gives a response.
pub(super) fn sent_by(path: &str) -> Option<HttpLibrary> {
    let path = canonical(path);
    match path {
        "urllib.request.urlopen" => return Some(HttpLibrary::Urllib),
        "urllib3.request" | "urllib3.PoolManager.request" => return Some(HttpLibrary::Urllib3),
        _ => {}
    }
    let name = path.strip_prefix("requests.")?;
    matches!(
        name.strip_prefix("Session.").unwrap_or(name),
        "get" | "post" | "put" | "patch" | "delete" | "head" | "options" | "request"
    )
    .then_some(HttpLibrary::Requests)
}

/// Library functions whose call gives a coroutine.
fn is_async_name(path: &str) -> bool {
    matches!(
        path,
        "asyncio.sleep"
            | "asyncio.gather"
            | "asyncio.to_thread"
            | "asyncio.wait_for"
            | "asyncio.wait"
    ) || path.rsplit_once('.').is_some_and(|(module, name)| {
        name.starts_with('a')
            && matches!(
                module,
                "django.shortcuts" | "django.contrib.auth" | "django.db.models"
            )
            && name.strip_prefix('a').is_some_and(|sync| {
                async_function(&format!("{module}.{sync}")).is_some_and(|form| form.name == name)
            })
    })
}
