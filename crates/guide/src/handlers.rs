//! Handlers of class-based views: those of a class are of one kind.

use unblocked_analyzer::{Analysis, Base, ClassRef};
use unblocked_django::BaseKind;

/// What Django calls by the method of a request. `options` may be of either kind.
const HANDLERS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "trace"];

/// True for a class-based view of Django's kind, as far as its bases tell.
fn is_view(analysis: &Analysis<'_>, class: ClassRef) -> bool {
    let world = &analysis.world;
    let is_known = world.base_kinds(class).any(|kind| {
        matches!(
            kind,
            BaseKind::View | BaseKind::GenericView(_) | BaseKind::AuthView
        )
    });
    let is_external = |path: &dyn Fn(&str) -> bool| {
        world.ancestors(class).iter().any(|base| match base {
            Base::External(name) => path(name),
            _ => false,
        })
    };
    let is_rest = is_external(&|path| path.starts_with("rest_framework"));
    !is_rest && (is_known || is_external(&|path| path.ends_with("View")))
}

/// The handlers that a class has of Django's generic views.
pub(crate) fn of_django(analysis: &Analysis<'_>, class: ClassRef) -> Vec<&'static str> {
    let of_kind = |kind| match kind {
        BaseKind::GenericView(handlers) => handlers,
        _ => &[],
    };
    let kinds = analysis.world.base_kinds(class);
    kinds.flat_map(of_kind).copied().collect()
}

/// Classes with handlers of both kinds, inherited ones included: `as_view()` refuses them.
pub(crate) fn mixed(analysis: &Analysis<'_>) -> Vec<ClassRef> {
    let world = &analysis.world;
    let mut found = Vec::new();
    for (file, facts) in world.files.iter().enumerate() {
        for index in 0..facts.classes.len() {
            let class = ClassRef { file, index };
            if !is_view(analysis, class) {
                continue;
            }
            let of_django = of_django(analysis, class);
            let mut kinds = HANDLERS.iter().filter_map(|name| {
                match world.method(class, name).and_then(|it| world.function(it)) {
                    Some(own) => Some(own.is_async),
                    None => of_django.contains(name).then_some(false),
                }
            });
            let Some(first) = kinds.next() else {
                continue;
            };
            if kinds.any(|kind| kind != first) {
                found.push(class);
            }
        }
    }
    found
}
