use unblocked_analyzer::Workspace;

use crate::{Options, migrate};

/// A class whose method a template may call, and a view that renders one so.
fn weather(rendering: &str, template: Option<&str>) -> String {
    let mut workspace = Workspace::new();
    workspace.set_file("shop/__init__.py", "");
    workspace.set_file(
        "shop/services.py",
        "import time\n\n\nclass Weather:\n    def now(self):\n        time.sleep(1)\n        return 'sun'\n",
    );
    workspace.set_file(
        "shop/views.py",
        &format!("from django.http import HttpResponse\nfrom django.shortcuts import render\nfrom django.template import Template, engines\nfrom .services import Weather\n\n\ndef view(request):\n    return HttpResponse(Weather().now())\n\n\ndef page(request):\n    w = Weather()\n    return {rendering}\n"),
    );
    if let Some(text) = template {
        workspace.set_file("shop/templates/page.html", text);
    }
    let report = migrate(&workspace, &Options::default());
    let file = report
        .files
        .iter()
        .find(|file| file.path == "shop/services.py");
    file.map(|file| file.after.clone()).unwrap_or_default()
}

#[test]
fn a_template_that_is_not_at_hand_may_call_a_method() {
    let page = "render(request, 'page.html', {'w': w})";
    for (rendering, template) in [
        (page, None),
        (page, Some("{{ w.now }}")),
        (
            "HttpResponse(engines['django'].from_string('{{ w.now }}').render({'w': w}))",
            None,
        ),
    ] {
        let after = weather(rendering, template);
        assert!(after.contains("    def now(self):"), "{rendering}\n{after}");
    }
    let after = weather(page, Some("{{ w.later }}"));
    assert!(after.contains("    async def now(self):"), "{after}");
}
