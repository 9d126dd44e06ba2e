//! Everything that can be done, to search and choose from; and the keyboard's shortcuts.

use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use super::dialog::Dialog;

/// Something that can be done.
#[derive(Clone, PartialEq)]
pub(crate) struct Command {
    pub(crate) title: String,
    /// Its shortcut, if it has one.
    pub(crate) keys: String,
    pub(crate) run: Callback<()>,
}

#[derive(Properties, PartialEq)]
pub(crate) struct PaletteProps {
    pub(crate) commands: Vec<Command>,
    pub(crate) close: Callback<()>,
}

/// Whether all words of `query` are in `title`.
fn fits(title: &str, query: &str) -> bool {
    let title = title.to_lowercase();
    query
        .to_lowercase()
        .split_whitespace()
        .all(|word| title.contains(word))
}

/// Everything that can be done, to search and choose from.
#[component]
pub(crate) fn Palette(props: &PaletteProps) -> Html {
    let query = use_state(String::new);
    let at = use_state(|| 0_usize);
    let input = use_node_ref();
    let chosen = use_node_ref();
    use_effect_with(input.clone(), |input| {
        if let Some(input) = input.cast::<HtmlInputElement>() {
            let _ = input.focus();
        }
    });
    use_effect_with((*at, chosen.clone()), |(_, chosen)| {
        if let Some(chosen) = chosen.cast::<Element>() {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            chosen.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    let found: Vec<Command> = props
        .commands
        .iter()
        .filter(|command| fits(&command.title, &query))
        .cloned()
        .collect();
    let last = found.len().saturating_sub(1);
    let run = {
        let close = props.close.clone();
        move |command: Option<&Command>| {
            if let Some(command) = command {
                // First: a command may open another dialog.
                close.emit(());
                command.run.emit(());
            }
        }
    };
    let onkeydown = {
        let (at, found, run) = (at.clone(), found.clone(), run.clone());
        Callback::from(move |event: KeyboardEvent| {
            match &*event.key() {
                "ArrowDown" => at.set(if *at >= last { 0 } else { *at + 1 }),
                "ArrowUp" => at.set(if *at == 0 { last } else { *at - 1 }),
                "Enter" => run(found.get(*at)),
                _ => return,
            }
            event.prevent_default();
        })
    };
    let oninput = {
        let (query, at) = (query.clone(), at.clone());
        Callback::from(move |event: InputEvent| {
            query.set(event.target_unchecked_into::<HtmlInputElement>().value());
            at.set(0);
        })
    };
    html! {
        <Dialog id="commands" title="Commands" close={props.close.clone()}>
            <input
                ref={input}
                id="command-query"
                role="combobox"
                aria-label="Search commands"
                aria-expanded="true"
                aria-controls="command-list"
                aria-activedescendant={(!found.is_empty()).then(|| format!("command-{}", *at))}
                placeholder="What do you want to do?"
                autocomplete="off"
                spellcheck="false"
                {oninput}
                {onkeydown}
            />
            <ul id="command-list" class="commands" role="listbox" aria-label="Commands">
                { for found.iter().enumerate().map(|(index, command)| {
                    let is_chosen = index == *at;
                    let onclick = {
                        let (run, command) = (run.clone(), command.clone());
                        Callback::from(move |_: MouseEvent| run(Some(&command)))
                    };
                    html! {
                        <li
                            key={command.title.clone()}
                            id={format!("command-{index}")}
                            role="option"
                            aria-selected={is_chosen.to_string()}
                            ref={if is_chosen { chosen.clone() } else { NodeRef::default() }}
                            {onclick}
                        >
                            <span class="grow">{ &command.title }</span>
                            if !command.keys.is_empty() {
                                <kbd>{ &command.keys }</kbd>
                            }
                        </li>
                    }
                }) }
            </ul>
            if found.is_empty() {
                <p class="hint" role="status">{ "No command has that in its name." }</p>
            }
        </Dialog>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct KeysProps {
    /// How the control key is called here.
    pub(crate) control: AttrValue,
    pub(crate) close: Callback<()>,
}

/// The keyboard's shortcuts.
#[component]
pub(crate) fn Keys(props: &KeysProps) -> Html {
    let control = &props.control;
    let groups: [(&str, Vec<(String, &str)>); 2] = [
        (
            "Anywhere",
            vec![
                (format!("{control}S"), "Copy a link to this work"),
                (format!("{control}K, F1"), "Commands"),
                (
                    format!("{control}Alt+Z, {control}Alt+Shift+Z"),
                    "Undo or redo what was done to files, options and decisions",
                ),
                ("?".to_owned(), "This list"),
                (
                    "F6, Shift+F6".to_owned(),
                    "Next or previous part of the page",
                ),
            ],
        ),
        (
            "In the code",
            vec![
                (format!("{control}F"), "Search"),
                (format!("{control}Z"), "Undo typing"),
                (
                    format!("F12, {control}Click"),
                    "Go to where a name is defined",
                ),
                (
                    format!("{control}."),
                    "What is here: meaning, finding, what to do about it",
                ),
                ("F8".to_owned(), "Next finding"),
                (format!("{control}Shift+M"), "List the findings"),
                ("Tab, Shift+Tab".to_owned(), "Indent, dedent"),
                (
                    "Escape".to_owned(),
                    "Leave the editor: Tab goes on in the page then",
                ),
            ],
        ),
    ];
    html! {
        <Dialog id="keys" title="Keyboard shortcuts" close={props.close.clone()}>
            { for groups.into_iter().map(|(title, keys)| html! {
                <>
                    <h3>{ title }</h3>
                    <dl class="keys">
                        { for keys.into_iter().map(|(keys, what)| html! {
                            <div>
                                <dt>{ for keys.split(", ").enumerate().map(|(at, key)| html! {
                                    <>{ if at > 0 { " " } else { "" } }<kbd>{ key.to_owned() }</kbd></>
                                }) }</dt>
                                <dd>{ what }</dd>
                            </div>
                        }) }
                    </dl>
                </>
            }) }
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn commands_are_found_by_words_in_any_order() {
        assert!(fits("Copy a link to this work", "LINK copy"));
        assert!(fits("Copy", ""));
        assert!(!fits("Copy", "link"));
    }
}
