//! The top of the page: name, examples, options, colors.

use unblocked_django::DjangoVersion;
use unblocked_rewriter::{HttpClient, HttpClientScope, Options, Tests, World};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::bits::{Icon, icons, pick};
use crate::examples;
use crate::hooks::Dispatch;
use crate::state::{Action, Theme};

#[derive(Properties, PartialEq)]
pub(crate) struct HeaderProps {
    pub(crate) theme: Theme,
    pub(crate) share: Callback<MouseEvent>,
    pub(crate) history: Callback<MouseEvent>,
    pub(crate) commands: Callback<MouseEvent>,
}

const CLIENTS: [(HttpClient, &str, &str); 4] = [
    (HttpClient::Aiohttp, "aiohttp", "aiohttp"),
    (HttpClient::Httpx, "httpx", "httpx"),
    (HttpClient::Httpx2, "httpx2", "httpx2"),
    (HttpClient::Requests, "requests", "requests, in threads"),
];

/// Where a component sends what the user did.
#[hook]
fn use_act() -> Callback<Action> {
    let dispatch = use_context::<Dispatch>();
    use_callback(dispatch, |action: Action, dispatch| {
        if let Some(dispatch) = dispatch {
            dispatch.dispatch(action);
        }
    })
}

/// The top of the page.
#[component]
pub(crate) fn Header(props: &HeaderProps) -> Html {
    let act = use_act();
    html! {
        <header class="top">
            <h1 class="brand">
                <span class="mark" aria-hidden="true"></span>
                { "Django Unblocked" }
            </h1>
            <p class="tagline">{ "Sync views in, async views out. Nothing leaves this page." }</p>
            <div class="options">
                <ExampleChoice act={act.clone()} />
                <ThemeChoice {act} theme={props.theme} />
                <button class="quiet" id="open-history" onclick={props.history.clone()} title="Snapshots of earlier work">
                    { "History" }
                </button>
                <button class="quiet" id="open-commands" onclick={props.commands.clone()} title="Everything that can be done">
                    { "Commands" }
                </button>
                <button class="main" id="open-share" onclick={props.share.clone()} title="Copy a link to this work">
                    <Icon path={icons::SHARE} />
                    { "Share" }
                </button>
            </div>
        </header>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct OptionsProps {
    pub(crate) options: Options,
}

/// What the engine is asked for.
#[component]
pub(crate) fn OptionsBar(props: &OptionsProps) -> Html {
    let act = use_act();
    html! {
        <section class="options" aria-label="Options">
            <VersionChoice act={act.clone()} version={props.options.target_version} />
            <ClientChoice act={act.clone()} client={props.options.http_client} />
            <Check
                id="safe-only"
                label="Safe changes only"
                title="Withhold changes that are right only under an assumption"
                checked={props.options.safe_only}
                onchange={act.reform(Action::SafeOnly)}
            />
            <Check
                id="concurrent"
                label="Concurrent"
                title="Let calls that do not need each other wait at the same time"
                checked={props.options.concurrent}
                onchange={act.reform(Action::Concurrent)}
            />
            <Check
                id="shared-client"
                label="Shared client"
                title="One HTTP client for each event loop, which keeps its connections from one request to the next, instead of one for each function"
                checked={props.options.http_client_scope == HttpClientScope::Application}
                onchange={act.reform(Action::SharedClient)}
            />
            <Check
                id="convert-tests"
                label="Async tests"
                title="Tests that ask views become async too, instead of staying as they are where they go on working"
                checked={props.options.tests == Tests::Convert}
                onchange={act.reform(Action::ConvertTests)}
            />
            <Check
                id="whole"
                label="Whole project"
                title="No other code calls these files: helpers may change together with their callers"
                checked={props.options.world == World::Closed}
                onchange={act.reform(Action::Whole)}
            />
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct CheckProps {
    id: &'static str,
    label: &'static str,
    title: &'static str,
    checked: bool,
    onchange: Callback<bool>,
}

#[component]
fn Check(props: &CheckProps) -> Html {
    let onchange = props.onchange.reform(|event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        input.checked()
    });
    html! {
        <label class="check" title={props.title}>
            <input type="checkbox" id={props.id} checked={props.checked} {onchange} />
            <span>{ props.label }</span>
        </label>
    }
}

#[derive(Properties, PartialEq)]
struct ActProps {
    act: Callback<Action>,
}

#[component]
fn ExampleChoice(props: &ActProps) -> Html {
    let onchange = pick(&props.act, |event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        let chosen = select.value().parse::<usize>().ok();
        // The list is a menu: it shows its title again, so that the same example can be chosen again.
        select.set_value("");
        let index = chosen?;
        let example = examples::all().nth(index)?;
        Some(Action::Open {
            title: format!("the example “{}”", example.title),
            files: example.files(),
            whole: index >= examples::GUIDE.len(),
        })
    });
    let options = |examples: &'static [examples::Example], from: usize| -> Html {
        examples
            .iter()
            .enumerate()
            .map(|(at, example)| {
                html! { <option value={(from + at).to_string()}>{ example.title }</option> }
            })
            .collect()
    };
    html! {
        <label class="field">
            <span>{ "Example" }</span>
            <select id="example" {onchange}>
                <option value="" selected=true disabled=true hidden=true>{ "Choose…" }</option>
                <optgroup label="From the guide">{ options(examples::GUIDE, 0) }</optgroup>
                if !examples::FILES.is_empty() {
                    <optgroup label="Whole files">
                        { options(examples::FILES, examples::GUIDE.len()) }
                    </optgroup>
                }
            </select>
        </label>
    }
}

#[derive(Properties, PartialEq)]
struct VersionProps {
    act: Callback<Action>,
    version: DjangoVersion,
}

#[component]
fn VersionChoice(props: &VersionProps) -> Html {
    let onchange = pick(&props.act, |event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        select.value().parse().ok().map(Action::Version)
    });
    html! {
        <label class="field">
            <span>{ "Django" }</span>
            <select id="version" {onchange}>
                { for DjangoVersion::SUPPORTED.iter().rev().map(|version| {
                    let name = version.to_string();
                    html! {
                        <option value={name.clone()} selected={*version == props.version}>
                            { name }
                        </option>
                    }
                }) }
            </select>
        </label>
    }
}

#[derive(Properties, PartialEq)]
struct ClientProps {
    act: Callback<Action>,
    client: HttpClient,
}

#[component]
fn ClientChoice(props: &ClientProps) -> Html {
    let onchange = pick(&props.act, |event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        let value = select.value();
        CLIENTS
            .iter()
            .find(|(_, name, _)| *name == value)
            .map(|(client, ..)| Action::Client(*client))
    });
    html! {
        <label class="field">
            <span>{ "HTTP client" }</span>
            <select id="client" {onchange}>
                { for CLIENTS.iter().map(|(client, name, label)| html! {
                    <option value={*name} selected={*client == props.client}>{ *label }</option>
                }) }
            </select>
        </label>
    }
}

#[derive(Properties, PartialEq)]
struct ThemeProps {
    act: Callback<Action>,
    theme: Theme,
}

#[component]
fn ThemeChoice(props: &ThemeProps) -> Html {
    let onchange = props.act.reform(|event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        Action::Theme(match &*select.value() {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::Auto,
        })
    });
    html! {
        <label class="field">
            <span>{ "Theme" }</span>
            <select id="theme" {onchange}>
                <option value="auto" selected={props.theme == Theme::Auto}>{ "Auto" }</option>
                <option value="light" selected={props.theme == Theme::Light}>{ "Light" }</option>
                <option value="dark" selected={props.theme == Theme::Dark}>{ "Dark" }</option>
            </select>
        </label>
    }
}
