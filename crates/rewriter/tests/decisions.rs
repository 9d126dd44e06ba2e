//! Decisions about changes and functions.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise ends the test"
)]

mod common;

use unblocked_rewriter::{
    Choice, Decision, FileReport, Finding, FindingState, HttpClient, Options, Report, UserDecision,
    Workspace, migrate,
};

fn paste(decisions: Vec<UserDecision>) -> Options {
    Options {
        decisions,
        ..Options::for_paste()
    }
}

fn run(text: &str, options: &Options) -> FileReport {
    run_all(&[("views.py", text)], options).files.remove(0)
}

fn run_all(files: &[(&str, &str)], options: &Options) -> Report {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text);
    }
    migrate(&workspace, options)
}

/// A decision about one finding, as a page makes it.
fn about(choice: Choice, file: &FileReport, finding: &Finding) -> UserDecision {
    assert!(finding.can_be_rejected, "{finding:?}");
    UserDecision {
        file: Some(file.path.clone()),
        function: finding.function.clone(),
        rule: Some(finding.rule.clone()),
        fingerprint: Some(finding.fingerprint.clone()),
        ..UserDecision::new(choice)
    }
}

fn finding<'a>(file: &'a FileReport, rule: &str, state: FindingState) -> &'a Finding {
    file.findings
        .iter()
        .find(|finding| finding.rule == rule && finding.state == state)
        .unwrap_or_else(|| panic!("no {state:?} {rule} in {:#?}", file.findings))
}

fn of_function(choice: Choice, name: &str) -> UserDecision {
    UserDecision {
        file: Some("views.py".to_owned()),
        function: Some(name.to_owned()),
        ..UserDecision::new(choice)
    }
}

fn of_rule(choice: Choice, rule: &str) -> UserDecision {
    UserDecision {
        rule: Some(rule.to_owned()),
        ..UserDecision::new(choice)
    }
}

/// Rejects the applied changes at a place, one after the other, until none is left; what came out each time.
fn down(text: &str, options: &Options, code: &str) -> (Vec<String>, Vec<UserDecision>) {
    let mut options = options.clone();
    let mut texts = Vec::new();
    loop {
        let file = run(text, &options);
        texts.push(file.after.clone());
        let applied = file.findings.iter().find(|finding| {
            finding.state == FindingState::Applied
                && text[finding.before.start..finding.before.end] == *code
        });
        let Some(applied) = applied else {
            return (texts, options.decisions);
        };
        options
            .decisions
            .push(about(Choice::Reject, &file, applied));
        assert!(texts.len() < 9);
    }
}

const VIEW: &str = "def view(request):\n    n = Product.objects.count()\n    tag = Tag.objects.get(pk=1)\n    return HttpResponse(n)\n";

#[test]
fn a_rejected_change_steps_down_to_a_thread_and_then_the_view_stays_sync() {
    let (texts, decisions) = down(VIEW, &paste(vec![]), "Product.objects.count()");
    assert_eq!(texts.len(), 3);
    assert!(texts[0].contains("await Product.objects.acount()"));
    assert!(texts[1].contains("await sync_to_async(Product.objects.count)()"));
    assert!(texts[1].contains("await Tag.objects.aget(pk=1)"));
    assert_eq!(texts[2], VIEW);
    let file = run(VIEW, &paste(decisions.clone()));
    assert_eq!(file.functions[0].decision, Decision::Leave);
    assert_eq!(
        file.functions[0].reason,
        "It stays synchronous: you rejected the change of `Product.objects.count()`."
    );
    // Both are listed, to be taken back.
    let rejected: Vec<_> = file
        .findings
        .iter()
        .filter(|finding| finding.state == FindingState::Rejected)
        .map(|finding| (&*finding.rule, finding.decision, finding.decided_by))
        .collect();
    assert_eq!(
        rejected,
        [
            ("orm/await-terminal", Some(Choice::Reject), Some(0)),
            ("orm/wrap-method", Some(Choice::Reject), Some(1)),
        ]
    );
    let back = run(VIEW, &paste(decisions[..1].to_vec()));
    assert_eq!(back.after, texts[1]);
}

#[test]
fn every_form_of_a_rule_steps_down() {
    for (options, before, code, forms) in [
        (
            paste(vec![]),
            "from django.shortcuts import get_object_or_404\n\ndef v(request, pk):\n    return HttpResponse(get_object_or_404(Product, pk=pk))\n",
            "get_object_or_404(Product, pk=pk)",
            &[
                "await aget_object",
                "await sync_to_async(get_object_or_404)(",
            ][..],
        ),
        (
            paste(vec![]),
            "def v(request):\n    return HttpResponse(request.user.email)\n",
            "request.user",
            &[
                "request.user = await request.auser()",
                "await sync_to_async(bool)(request.user)",
            ],
        ),
        (
            paste(vec![]),
            "def v(request):\n    return HttpResponse('a' in request.session)\n",
            "'a' in request.session",
            &[
                "await request.session.ahas_key('a')",
                "await sync_to_async(request.session.has_key)('a')",
            ],
        ),
        (
            paste(vec![]),
            "import time\n\ndef v(request):\n    time.sleep(1)\n    return HttpResponse()\n",
            "time.sleep(1)",
            &[
                "await asyncio.sleep(1)",
                "await asyncio.to_thread(time.sleep, 1)",
            ],
        ),
        (
            paste(vec![]),
            "def load():\n    return Product.objects.count()\n\ndef v(request):\n    return HttpResponse(load())\n",
            "load()",
            &[
                "HttpResponse(await aload())",
                "HttpResponse(await sync_to_async(load)())",
            ],
        ),
        (
            paste(vec![]),
            "def v(request):\n    if Product.objects.all():\n        return HttpResponse()\n    return HttpResponse(1)\n",
            "Product.objects.all()",
            &[
                "await Product.objects.all().aexists()",
                "[product async for product in",
                "await sync_to_async(bool)(",
            ],
        ),
        (
            paste(vec![]),
            "import requests\n\ndef v(request):\n    data = requests.get(\"https://api.example.com\").json()\n    return JsonResponse(data)\n",
            "requests.get(\"https://api.example.com\")",
            &[
                "aiohttp.ClientSession()",
                "(await asyncio.to_thread(requests.get, \"https",
            ],
        ),
        (
            Options {
                http_client: HttpClient::Httpx,
                ..paste(vec![])
            },
            "import requests\n\ndef v(request):\n    data = requests.get(\"https://api.example.com\").json()\n    return JsonResponse(data)\n",
            "requests.get(\"https://api.example.com\")",
            &[
                "httpx.AsyncClient(",
                "(await asyncio.to_thread(requests.get, \"https",
            ],
        ),
    ] {
        let (texts, _) = down(before, &options, code);
        assert_eq!(texts.len(), forms.len() + 1, "{texts:#?}");
        for (text, form) in texts.iter().zip(forms) {
            assert!(text.contains(form), "{form} in\n{text}");
        }
        assert_eq!(texts.last().unwrap(), before);
    }
}

#[test]
fn a_rejected_transaction_keeps_its_view_sync() {
    let text = "from django.db import transaction\n\ndef v(request):\n    n = Tag.objects.count()\n    with transaction.atomic():\n        Product.objects.update(n=n)\n    return HttpResponse(n)\n";
    let file = run(text, &paste(vec![]));
    let block = finding(&file, "orm/transaction", FindingState::Applied);
    let decisions = vec![about(Choice::Reject, &file, block)];
    let edited = text.replace(
        "        Product",
        "        Product.objects.all()\n        Product",
    );
    for text in [text, &edited] {
        assert_eq!(run(text, &paste(decisions.clone())).after, text);
    }
}

#[test]
fn a_rejected_variant_of_a_decorator_keeps_its_views_sync() {
    let text = "from functools import wraps\n\ndef logged(view):\n    @wraps(view)\n    def inner(request):\n        Log.objects.create()\n        return view(request)\n    return inner\n\n@logged\ndef v(request):\n    return HttpResponse(Product.objects.count())\n";
    let file = run(text, &paste(vec![]));
    assert!(file.after.contains("async def inner"), "{}", file.after);
    let variant = finding(&file, "plan/decorator", FindingState::Applied);
    let file = run(text, &paste(vec![about(Choice::Reject, &file, variant)]));
    assert_eq!(file.after, text);
    finding(&file, "plan/decorator", FindingState::Rejected);
    let left = run(
        text,
        &paste(vec![of_function(Choice::Leave, "logged.inner")]),
    );
    assert_eq!(left.after, text, "{:#?}", left.functions);
}

#[test]
fn a_helper_whose_every_await_is_rejected_gets_no_twin() {
    let text = "def load():\n    return Product.objects.count()\n\ndef v(request):\n    return HttpResponse(load())\n\ndef w(request):\n    return JsonResponse(load())\n";
    let file = run(text, &paste(vec![]));
    let calls: Vec<_> = file
        .findings
        .iter()
        .filter(|finding| finding.rule == "plan/call-helper")
        .collect();
    assert_eq!(calls.len(), 2);
    let one = run(text, &paste(vec![about(Choice::Reject, &file, calls[0])]));
    assert!(
        one.after
            .contains("HttpResponse(await sync_to_async(load)())")
    );
    assert!(one.after.contains("JsonResponse(await aload())"));
    let decisions: Vec<_> = calls
        .iter()
        .map(|call| about(Choice::Reject, &file, call))
        .collect();
    let both = run(text, &paste(decisions));
    assert!(!both.after.contains("aload"), "{}", both.after);
    assert!(
        both.after
            .contains("JsonResponse(await sync_to_async(load)())")
    );
    assert_eq!(
        both.findings
            .iter()
            .filter(|finding| finding.state == FindingState::Rejected)
            .count(),
        2
    );
}

#[test]
fn a_helper_that_every_caller_awaits_keeps_its_sync_form_when_one_await_is_rejected() {
    let text = "def _load():\n    return Product.objects.count()\n\ndef v(request):\n    return HttpResponse(_load())\n\ndef w(request):\n    return JsonResponse(_load())\n";
    let file = run(text, &paste(vec![]));
    assert!(file.after.contains("async def _load"));
    let call = finding(&file, "plan/call-helper", FindingState::Applied);
    let file = run(text, &paste(vec![about(Choice::Reject, &file, call)]));
    assert!(
        file.after.contains("\ndef _load")
            || file.after.starts_with("def _load")
            || file.after.contains("async def _aload"),
        "{}",
        file.after
    );
    assert!(
        file.after
            .contains("HttpResponse(await sync_to_async(_load)())")
    );
    assert!(file.after.contains("JsonResponse(await _aload())"));
}

#[test]
fn rejecting_in_a_helper_until_it_stays_sync_wraps_its_calls() {
    let text = "def load():\n    return Product.objects.count()\n\ndef v(request):\n    return HttpResponse(load())\n";
    let (texts, _) = down(text, &paste(vec![]), "Product.objects.count()");
    assert_eq!(texts.len(), 3);
    assert!(
        texts[1].contains(
            "async def aload():\n    return await sync_to_async(Product.objects.count)()"
        )
    );
    assert!(!texts[2].contains("aload"));
    assert!(texts[2].contains("HttpResponse(await sync_to_async(load)())"));
}

#[test]
fn a_rejected_handler_keeps_its_calls_in_threads() {
    let text = "import requests\n\ndef v(request):\n    try:\n        response = requests.get(\"https://api.example.com\")\n    except requests.Timeout:\n        return HttpResponse(status=504)\n    return HttpResponse(response.text)\n";
    let file = run(text, &paste(vec![]));
    let handler = finding(&file, "http/exceptions", FindingState::Applied);
    let decision = about(Choice::Reject, &file, handler);
    let file = run(text, &paste(vec![decision]));
    assert!(file.after.contains("except requests.Timeout:"));
    assert!(file.after.contains("await asyncio.to_thread(requests.get,"));
    finding(&file, "http/exceptions", FindingState::Rejected);
}

#[test]
fn decisions_survive_edits_elsewhere_and_go_stale_with_their_code() {
    let file = run(VIEW, &paste(vec![]));
    let change = finding(&file, "orm/await-terminal", FindingState::Applied);
    let options = paste(vec![about(Choice::Reject, &file, change)]);
    let edited = format!(
        "import os\n\n\ndef other(request):\n    return HttpResponse(Product.objects.count())\n\n\n{}",
        VIEW.replace(
            "    n = Product",
            "    m = 1  # new\n    n = (  # why\n        Product"
        )
        .replace("count()", "count())")
    );
    let report = run_all(&[("views.py", &edited)], &options);
    assert_eq!(report.stale, []);
    let after = &report.files[0].after;
    assert!(
        after.contains("HttpResponse(await Product.objects.acount())"),
        "{after}"
    );
    assert!(
        after.contains("await sync_to_async(Product.objects.count)())"),
        "{after}"
    );
    for (edited, reason) in [
        (
            VIEW.replace("count", "exists"),
            "the code that it is about is not there any more",
        ),
        (VIEW.replace("view", "show"), "there is no function `view`"),
    ] {
        let report = run_all(&[("views.py", &edited)], &options);
        assert_eq!(report.stale.len(), 1);
        assert_eq!(report.stale[0].reason, reason);
        assert_eq!(report.files[0].after, run(&edited, &paste(vec![])).after);
    }
    let report = run_all(&[("other.py", VIEW)], &options);
    assert_eq!(report.stale[0].reason, "`views.py` is not among the files");
}

#[test]
fn decisions_by_rule_and_function_and_the_most_specific_one() {
    let file = run(VIEW, &paste(vec![]));
    let count = finding(&file, "orm/await-terminal", FindingState::Applied);
    let by_rule = of_rule(Choice::Reject, "orm/await-terminal");
    let after = run(VIEW, &paste(vec![by_rule.clone()])).after;
    assert!(after.contains("sync_to_async(Product.objects.count)()"));
    assert!(after.contains("sync_to_async(Tag.objects.get)(pk=1)"));
    let but_one = vec![about(Choice::Accept, &file, count), by_rule.clone()];
    let after = run(VIEW, &paste(but_one)).after;
    assert!(after.contains("await Product.objects.acount()"));
    assert!(after.contains("sync_to_async(Tag.objects.get)(pk=1)"));
    let in_function = UserDecision {
        rule: by_rule.rule.clone(),
        ..of_function(Choice::Accept, "view")
    };
    let after = run(VIEW, &paste(vec![in_function, by_rule])).after;
    assert_eq!(after, file.after);
    let everything = of_function(Choice::Reject, "view");
    assert_eq!(run(VIEW, &paste(vec![everything])).after, VIEW);
    let unknown = run_all(
        &[("views.py", VIEW)],
        &paste(vec![
            of_rule(Choice::Reject, "orm/none"),
            UserDecision::new(Choice::Unknown),
        ]),
    );
    assert_eq!(unknown.stale.len(), 2);
    assert_eq!(unknown.files[0].after, file.after);
}

#[test]
fn safe_only_withholds_and_accepting_lets_one_through() {
    let safe = Options {
        safe_only: true,
        ..Options::for_paste()
    };
    let file = run(VIEW, &safe);
    assert!(
        file.after
            .contains("sync_to_async(Product.objects.count)()")
    );
    let withheld = finding(&file, "orm/await-terminal", FindingState::Withheld);
    let decisions = vec![about(Choice::Accept, &file, withheld)];
    let file = run(
        VIEW,
        &Options {
            decisions,
            ..safe.clone()
        },
    );
    assert!(
        file.after.contains("await Product.objects.acount()"),
        "{}",
        file.after
    );
    assert!(file.after.contains("sync_to_async(Tag.objects.get)(pk=1)"));
    let http = "import requests\n\ndef v(request):\n    try:\n        data = requests.get(\"https://api.example.com\").json()\n    except requests.Timeout:\n        data = requests.get(\"https://b.example.com\").json()\n    return JsonResponse(data)\n";
    let file = run(http, &safe);
    assert!(
        file.after
            .contains("asyncio.to_thread(requests.get, \"https://api")
    );
    let withheld = finding(&file, "http/aiohttp", FindingState::Withheld);
    let decisions = vec![about(Choice::Accept, &file, withheld)];
    let file = run(http, &Options { decisions, ..safe });
    assert!(
        file.after.contains("session.get(\"https://api"),
        "{}",
        file.after
    );
    assert!(
        file.after.contains("except asyncio.TimeoutError"),
        "{}",
        file.after
    );
    assert!(
        file.after
            .contains("asyncio.to_thread(requests.get, \"https://b")
    );
}

#[test]
fn functions_are_what_was_chosen() {
    let text = "def load():\n    return Product.objects.count()\n\ndef v(request):\n    return HttpResponse(load())\n";
    let with = |choice, name| run(text, &paste(vec![of_function(choice, name)]));
    let left = with(Choice::Leave, "v");
    assert_eq!(left.after, text);
    let view = left.functions.iter().find(|f| f.name == "v").unwrap();
    assert_eq!(
        view.reason,
        "It stays synchronous: you chose to leave it as it is."
    );
    assert_eq!(view.chosen, Some(Choice::Leave));
    for choice in [Choice::Leave, Choice::Wrap] {
        let file = with(choice, "load");
        assert!(
            file.after.contains("await sync_to_async(load)()"),
            "{}",
            file.after
        );
        assert!(!file.after.contains("aload"));
        let load = file.functions.iter().find(|f| f.name == "load").unwrap();
        assert_eq!(load.decision, Decision::Wrap);
        assert!(load.reason.contains("you chose to"), "{}", load.reason);
        assert!(load.possibilities.iter().all(|one| one.obstacle.is_none()));
    }
    let file = with(Choice::Convert, "load");
    assert!(
        file.after.starts_with("async def load():"),
        "{}",
        file.after
    );
    assert!(file.after.contains("HttpResponse(await load())"));
    let private = text.replace("load", "_load");
    let file = run(&private, &paste(vec![of_function(Choice::Twin, "_load")]));
    assert!(file.after.contains("async def _aload():"), "{}", file.after);
    let dotted = UserDecision {
        function: Some("views.v".to_owned()),
        ..UserDecision::new(Choice::Leave)
    };
    assert_eq!(run(text, &paste(vec![dotted])).after, text);
}

#[test]
fn what_a_function_cannot_be_is_said() {
    let text = "def load():\n    return Product.objects.count()\n\ndef report():\n    return load()\n\ndef rows():\n    for p in Product.objects.all():\n        yield p\n\ndef v(request):\n    return HttpResponse(load())\n";
    let file = run(
        text,
        &paste(vec![
            of_function(Choice::Convert, "load"),
            of_function(Choice::Twin, "v"),
        ]),
    );
    assert_eq!(file.after, run(text, &paste(vec![])).after);
    let obstacle = |name: &str, choice| {
        let function = file.functions.iter().find(|f| f.name == name).unwrap();
        let one = function
            .possibilities
            .iter()
            .find(|one| one.choice == choice);
        one.unwrap().obstacle.clone()
    };
    assert_eq!(
        obstacle("load", Choice::Convert).as_deref(),
        Some("`report` calls it and has a synchronous form")
    );
    assert_eq!(obstacle("load", Choice::Twin), None);
    assert_eq!(obstacle("load", Choice::Wrap), None);
    assert_eq!(obstacle("v", Choice::Convert), None);
    assert!(obstacle("v", Choice::Twin).is_some());
    assert!(obstacle("v", Choice::Wrap).is_some());
    assert_eq!(obstacle("v", Choice::Leave), None);
    assert_eq!(obstacle("rows", Choice::Convert), None);
    assert_eq!(
        obstacle("rows", Choice::Wrap).as_deref(),
        Some("it gives a generator, which would run on the event loop")
    );
    assert_eq!(
        obstacle("report", Choice::Wrap).as_deref(),
        Some("no async code calls it")
    );
    let load = file.functions.iter().find(|f| f.name == "load").unwrap();
    assert!(
        load.reason
            .starts_with("It can't be converted as you chose: `report` calls it"),
        "{}",
        load.reason
    );
}

#[test]
fn a_view_that_gains_nothing_is_converted_when_that_was_chosen() {
    let text = "from django.shortcuts import render\n\ndef about(request):\n    return render(request, 'about.html')\n";
    assert_eq!(run(text, &paste(vec![])).after, text);
    let file = run(text, &paste(vec![of_function(Choice::Convert, "about")]));
    assert!(file.after.contains("async def about"), "{}", file.after);
}

#[test]
fn async_code_whose_repair_is_rejected_is_reported() {
    let text = "async def v(request):\n    return HttpResponse(Product.objects.count())\n";
    let (texts, decisions) = down(text, &paste(vec![]), "Product.objects.count()");
    assert_eq!(texts.len(), 3);
    assert_eq!(texts[2], text);
    let file = run(text, &paste(decisions));
    let open = finding(&file, "plan/view", FindingState::Open);
    assert!(open.help.as_deref().unwrap().contains("you rejected"));
}

#[test]
fn decisions_are_read_from_what_later_versions_write() {
    let json = r#"{"choice":"postpone","file":"views.py","until":"tomorrow"}"#;
    let decision: UserDecision = serde_json::from_str(json).unwrap();
    assert_eq!(decision.choice, Choice::Unknown);
    let written = serde_json::to_string(&of_rule(Choice::Reject, "http/aiohttp")).unwrap();
    assert_eq!(written, r#"{"choice":"reject","rule":"http/aiohttp"}"#);
}
