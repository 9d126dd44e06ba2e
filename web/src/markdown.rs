//! Markdown to nodes. Never through HTML text: raw HTML in a document is shown as the text that it is.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag};
use yew::prelude::*;
use yew::virtual_dom::{VNode, VTag, VText};

fn open(name: &'static str) -> VTag {
    VTag::new(name)
}

fn with_class(name: &'static str, class: &'static str) -> VTag {
    let mut tag = open(name);
    tag.add_attribute("class", class);
    tag
}

/// The title of a code block: `python before` is "Before".
fn caption(info: &str) -> Option<&'static str> {
    match info.split_whitespace().nth(1)? {
        "before" => Some("Before"),
        "after" => Some("After"),
        _ => None,
    }
}

/// Headings stand below the panel's own, which is of level 3.
fn heading(level: HeadingLevel) -> &'static str {
    match level {
        HeadingLevel::H1 => "h4",
        HeadingLevel::H2 => "h5",
        _ => "h6",
    }
}

/// `text`, an http address, or nothing.
fn address(text: &str) -> Option<String> {
    (text.starts_with("https://") || text.starts_with("http://")).then(|| text.to_owned())
}

/// The nodes of a Markdown text.
pub(crate) fn render(text: &str) -> Html {
    let mut stack = vec![with_class("div", "prose")];
    let add = |stack: &mut Vec<VTag>, node: VNode| {
        if let Some(last) = stack.last_mut() {
            last.add_child(node);
        }
    };
    for event in Parser::new(text) {
        match event {
            Event::Start(tag) => {
                let next = match tag {
                    Tag::Heading { level, .. } => open(heading(level)),
                    Tag::BlockQuote(_) => open("blockquote"),
                    Tag::CodeBlock(kind) => {
                        if let CodeBlockKind::Fenced(info) = kind
                            && let Some(caption) = caption(&info)
                        {
                            let mut title = with_class("p", "code-title");
                            title.add_child(VText::new(caption).into());
                            add(&mut stack, title.into());
                        }
                        let mut block = open("pre");
                        block.add_attribute("tabindex", "0");
                        block
                    }
                    Tag::List(None) => open("ul"),
                    Tag::List(Some(_)) => open("ol"),
                    Tag::Item => open("li"),
                    Tag::Emphasis => open("em"),
                    Tag::Strong => open("strong"),
                    Tag::Paragraph => open("p"),
                    Tag::Link { dest_url, .. } => match address(&dest_url) {
                        Some(url) => {
                            let mut link = open("a");
                            link.add_attribute("href", url);
                            link.add_attribute("rel", "noopener noreferrer");
                            link.add_attribute("target", "_blank");
                            link
                        }
                        None => open("span"),
                    },
                    _ => open("span"),
                };
                stack.push(next);
            }
            Event::End(_) => {
                if let (Some(done), true) = (stack.pop(), !stack.is_empty()) {
                    add(&mut stack, done.into());
                }
            }
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                add(&mut stack, VText::new(text.into_string()).into());
            }
            Event::Code(text) => {
                let mut code = open("code");
                code.add_child(VText::new(text.into_string()).into());
                add(&mut stack, code.into());
            }
            Event::SoftBreak => add(&mut stack, VText::new(" ").into()),
            Event::HardBreak => add(&mut stack, VTag::new("br").into()),
            Event::Rule => add(&mut stack, VTag::new("hr").into()),
            _ => {}
        }
    }
    stack
        .into_iter()
        .next()
        .map_or_else(Html::default, |root| root.into())
}
