//! Handlers of Django's generic views, written out so that they await hooks.

use std::collections::BTreeSet;

use unblocked_analyzer::{Analysis, ClassRef, FunctionRef};
use unblocked_django::Generic;

/// The handlers of a view whose hooks are async.
pub(super) struct WrittenOut<'p> {
    pub(super) analysis: &'p Analysis<'p>,
    /// The hooks that are async.
    pub(super) hooks: &'p BTreeSet<FunctionRef>,
    pub(super) view: ClassRef,
    /// Whether a method of the project waits.
    pub(super) waits: &'p dyn Fn(FunctionRef) -> bool,
}

impl WrittenOut<'_> {
    /// The body of a handler, a line each; `None` when it calls no hook that is async.
    pub(super) fn body(&self, generic: Generic, handler: &str) -> Option<Vec<String>> {
        let called = generic.called_by(handler);
        if !called.iter().any(|hook| self.is_async(hook)) || handler == "put" {
            return None;
        }
        if generic == Generic::Redirect {
            return (handler == "get").then(|| lines(REDIRECT));
        }
        let mut body = Vec::new();
        match generic {
            Generic::Create => body.push("self.object = None".to_owned()),
            Generic::Detail | Generic::Update | Generic::Delete => {
                body.push(format!("self.object = {}", self.object()));
            }
            Generic::List => body.extend(self.rows()),
            Generic::Dates => body.push(format!(
                "self.date_list, self.object_list, extra_context = {}",
                self.call("get_dated_items", "")
            )),
            _ => {}
        }
        match handler {
            "post" => {
                body.push(format!("form = {}", self.form()));
                body.push("if await sync_to_async(form.is_valid)():".to_owned());
                body.extend(self.valid(generic).iter().map(|line| format!("\t{line}")));
                body.extend(self.invalid());
            }
            "delete" => body.extend(self.deletion()),
            _ => {
                let mut arguments = match generic {
                    Generic::Template => "**kwargs",
                    Generic::Detail | Generic::Delete => "object=self.object",
                    Generic::Dates => {
                        "object_list=self.object_list, date_list=self.date_list, **extra_context"
                    }
                    _ => "",
                }
                .to_owned();
                // `get_context_data` makes the form, unless it is given one.
                if called.contains(&"get_form")
                    && (self.is_async("get_form") || self.is_async("get_form_kwargs"))
                {
                    body.push(format!("form = {}", self.form()));
                    arguments.push_str(if arguments.is_empty() { "" } else { ", " });
                    arguments.push_str("form=form");
                }
                body.extend(self.answer(&arguments));
            }
        }
        Some(body)
    }

    fn is_async(&self, hook: &str) -> bool {
        self.own(hook)
            .is_some_and(|method| self.hooks.contains(&method))
    }

    fn own(&self, hook: &str) -> Option<FunctionRef> {
        self.analysis.world.method(self.view, hook)
    }

    fn own_waits(&self, hook: &str) -> bool {
        self.own(hook).is_some_and(|own| (self.waits)(own))
    }

    /// A call of a hook, awaited in its way.
    fn call(&self, hook: &str, arguments: &str) -> String {
        if self.is_async(hook) {
            format!("await self.{hook}({arguments})")
        } else {
            format!("await sync_to_async(self.{hook})({arguments})")
        }
    }

    /// A call of a hook that Django's own code asks nothing in.
    fn call_free(&self, hook: &str) -> String {
        match self.is_async(hook) || self.own_waits(hook) {
            true => self.call(hook, ""),
            false => format!("self.{hook}()"),
        }
    }

    fn object(&self) -> String {
        if self.own("get_object").is_none() && self.is_async("get_queryset") {
            return self.call("get_object", "await self.get_queryset()");
        }
        self.call("get_object", "")
    }

    /// What a list shows.
    fn rows(&self) -> Vec<String> {
        let mut body = vec![format!(
            "self.object_list = {}",
            // Building a queryset asks nothing.
            self.call_free("get_queryset")
        )];
        let is_asked = self
            .analysis
            .world
            .files
            .iter()
            .any(|facts| facts.text().contains("allow_empty"));
        if is_asked {
            let allow = self.call_free("get_allow_empty");
            let allow = match allow.starts_with("await ") {
                true => format!("({allow})"),
                false => allow,
            };
            body.push(format!(
                "if not {allow} and not await sync_to_async(bool)(self.object_list[:1]):"
            ));
            body.push(
                "\traise Http404(f\"Empty list and “{type(self).__name__}.allow_empty” is False.\")"
                    .to_owned(),
            );
        }
        body
    }

    /// The form.
    fn form(&self) -> String {
        if self.own("get_form").is_none() && self.is_async("get_form_kwargs") {
            return format!(
                "await sync_to_async({})(**await self.get_form_kwargs())",
                self.form_class()
            );
        }
        self.call("get_form", "")
    }

    fn form_class(&self) -> String {
        // Django's may call `get_queryset`.
        match self.own_waits("get_form_class") || self.own_waits("get_queryset") {
            true => "await sync_to_async(self.get_form_class)()".to_owned(),
            false => "self.get_form_class()".to_owned(),
        }
    }

    /// What follows a valid form.
    fn valid(&self, generic: Generic) -> Vec<String> {
        if self.own("form_valid").is_some() || !self.is_async("get_success_url") {
            return vec![format!("return {}", self.call("form_valid", "form"))];
        }
        self.djangos_valid(generic, "form")
    }

    /// What Django's `form_valid` does.
    fn djangos_valid(&self, generic: Generic, form: &str) -> Vec<String> {
        let redirect = "return HttpResponseRedirect(await self.get_success_url())".to_owned();
        match generic {
            Generic::Delete => self.deletion(),
            Generic::Form => vec![redirect],
            _ => vec![
                format!("self.object = await sync_to_async({form}.save)()"),
                redirect,
            ],
        }
    }

    fn deletion(&self) -> Vec<String> {
        vec![
            format!("success_url = {}", self.call("get_success_url", "")),
            "await self.object.adelete()".to_owned(),
            "return HttpResponseRedirect(success_url)".to_owned(),
        ]
    }

    /// What follows a form that is not valid.
    fn invalid(&self) -> Vec<String> {
        let answers_itself = self.own("form_invalid").is_none()
            && (self.is_async("get_context_data") || self.is_async("render_to_response"));
        match answers_itself {
            true => self.answer("form=form"),
            false => vec![format!("return {}", self.call("form_invalid", "form"))],
        }
    }

    /// The response.
    fn answer(&self, arguments: &str) -> Vec<String> {
        vec![
            format!("context = {}", self.call("get_context_data", arguments)),
            format!("return {}", self.render("context")),
        ]
    }

    fn render(&self, context: &str) -> String {
        // Django's calls `get_template_names`.
        let is_free =
            self.own("render_to_response").is_none() && !self.own_waits("get_template_names");
        match is_free {
            true => format!("self.render_to_response({context})"),
            false => self.call("render_to_response", context),
        }
    }
}

/// A call of Django's method, written out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// Statements before that of the call, a line each.
    pub(super) before: Vec<String>,
    /// The names that they bind.
    pub(super) names: Vec<&'static str>,
    /// What stands in its place.
    pub(super) value: String,
}

/// What the statements of a handler bind.
const NAMES: &[&str] = &["context", "extra_context", "form", "success_url", "url"];

impl Call {
    fn of(mut body: Vec<String>) -> Option<Self> {
        let value = body.pop()?.strip_prefix("return ")?.to_owned();
        let binds = |name: &str| {
            body.iter().any(|line| {
                line.split(" = ")
                    .next()
                    .is_some_and(|targets| targets.split(", ").any(|target| target == name))
            })
        };
        Some(Self {
            names: NAMES.iter().copied().filter(|name| binds(name)).collect(),
            before: body,
            value,
        })
    }
}

impl WrittenOut<'_> {
    /// A call of Django's method in a method of the project, given an argument or none.
    pub(super) fn call_of(
        &self,
        generic: Generic,
        called: &str,
        argument: Option<&str>,
        is_super: bool,
    ) -> Option<Call> {
        match (called, argument) {
            ("form_invalid", Some(form)) => {
                let context = self.call("get_context_data", &format!("form={form}"));
                Call::of(vec![format!("return {}", self.render(&context))])
            }
            ("form_valid", Some(form)) => Call::of(self.djangos_valid(generic, form)),
            ("get_form", class) => {
                let given = class.map_or_else(String::new, |class| format!("{class} or "));
                Call::of(vec![format!(
                    "return await sync_to_async({given}{})(**await self.get_form_kwargs())",
                    self.form_class()
                )])
            }
            ("get_object", rows) => {
                let given = rows.map_or_else(String::new, |rows| {
                    format!("{rows} if {rows} is not None else ")
                });
                let owner = if is_super { "super()" } else { "self" };
                Call::of(vec![format!(
                    "return await sync_to_async({owner}.get_object)({given}await self.get_queryset())"
                )])
            }
            (handler, None) => Call::of(self.body(generic, handler)?),
            _ => None,
        }
    }
}

const REDIRECT: &str = "url = await self.get_redirect_url(*args, **kwargs)
if not url:
\treturn HttpResponseGone()
if self.permanent:
\treturn HttpResponsePermanentRedirect(url)
return HttpResponseRedirect(url)";

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
