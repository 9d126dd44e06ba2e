//! The ASGI application.

use super::new;
use crate::context::Context;
use crate::data::GuideFile;

/// `asgi.py`, when there is none that makes Django's application.
pub(crate) fn file(context: &Context<'_>) -> Option<GuideFile> {
    let at_hand = context.project.asgi;
    if at_hand.is_some_and(|entry| entry.is_complete) {
        return None;
    }
    let package = &context.package;
    let path = match (at_hand, context.project.wsgi) {
        (Some(entry), _) => entry.facts.path.clone(),
        (None, Some(wsgi)) => wsgi.facts.path.replace("wsgi.py", "asgi.py"),
        (None, None) => context
            .project
            .home
            .path(&format!("{}/asgi.py", package.replace('.', "/"))),
    };
    let text = format!(
        "\"\"\"The ASGI application of {package}.\"\"\"\n\nimport os\n\nfrom django.core.asgi import get_asgi_application\n\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"{}\")\n\napplication = get_asgi_application()\n",
        context.settings_module
    );
    Some(new(
        &path,
        "python",
        "prerequisites",
        "What an ASGI server loads. `startproject` writes the same since Django 3.0.",
        text,
    ))
}
