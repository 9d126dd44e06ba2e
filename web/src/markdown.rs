//! Markdown to nodes. Never through HTML text: raw HTML in a document is shown as the text that it is.
//!
//! Reading it takes much code: the page is given nodes that were made before, as data.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag};
use serde::{Deserialize, Serialize};
use yew::prelude::*;
use yew::virtual_dom::{VTag, VText};

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Node {
    /// Plain text.
    Text(String),
    /// A tag.
    Element(Element),
}

/// A tag and what is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Element {
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

impl Element {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            attributes: Vec::new(),
            children: Vec::new(),
        }
    }

    fn with(mut self, attribute: &str, value: &str) -> Self {
        self.attributes
            .push((attribute.to_owned(), value.to_owned()));
        self
    }

    fn text(mut self, text: &str) -> Self {
        self.children.push(Node::Text(text.to_owned()));
        self
    }

    /// It on the page.
    pub(crate) fn show(&self) -> Html {
        let mut tag = VTag::new(self.name.clone());
        for (name, value) in &self.attributes {
            tag.add_attribute(
                match &**name {
                    "class" => "class",
                    "tabindex" => "tabindex",
                    "href" => "href",
                    "rel" => "rel",
                    _ => "target",
                },
                value.clone(),
            );
        }
        for child in &self.children {
            tag.add_child(match child {
                Node::Text(text) => VText::new(text.clone()).into(),
                Node::Element(element) => element.show(),
            });
        }
        tag.into()
    }
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

/// Whether `text` is a web address.
fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// A Markdown text on the page.
pub(crate) fn render(text: &str) -> Html {
    parse(text).show()
}

/// The nodes of a Markdown text.
pub(crate) fn parse(text: &str) -> Element {
    let mut stack = vec![Element::new("div").with("class", "prose")];
    let add = |stack: &mut Vec<Element>, node: Node| {
        if let Some(last) = stack.last_mut() {
            last.children.push(node);
        }
    };
    for event in Parser::new(text) {
        match event {
            Event::Start(tag) => {
                let next = match tag {
                    Tag::Heading { level, .. } => Element::new(heading(level)),
                    Tag::BlockQuote(_) => Element::new("blockquote"),
                    Tag::CodeBlock(kind) => {
                        if let CodeBlockKind::Fenced(info) = kind
                            && let Some(caption) = caption(&info)
                        {
                            let title = Element::new("p").with("class", "code-title");
                            add(&mut stack, Node::Element(title.text(caption)));
                        }
                        Element::new("pre").with("tabindex", "0")
                    }
                    Tag::List(None) => Element::new("ul"),
                    Tag::List(Some(_)) => Element::new("ol"),
                    Tag::Item => Element::new("li"),
                    Tag::Emphasis => Element::new("em"),
                    Tag::Strong => Element::new("strong"),
                    Tag::Paragraph => Element::new("p"),
                    Tag::Link { dest_url, .. } if is_address(&dest_url) => Element::new("a")
                        .with("href", &dest_url)
                        .with("rel", "noopener noreferrer")
                        .with("target", "_blank"),
                    _ => Element::new("span"),
                };
                stack.push(next);
            }
            Event::End(_) => {
                if let (Some(done), true) = (stack.pop(), !stack.is_empty()) {
                    add(&mut stack, Node::Element(done));
                }
            }
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                add(&mut stack, Node::Text(text.into_string()));
            }
            Event::Code(text) => {
                add(&mut stack, Node::Element(Element::new("code").text(&text)));
            }
            Event::SoftBreak => add(&mut stack, Node::Text(" ".to_owned())),
            Event::HardBreak => add(&mut stack, Node::Element(Element::new("br"))),
            Event::Rule => add(&mut stack, Node::Element(Element::new("hr"))),
            _ => {}
        }
    }
    stack.swap_remove(0)
}
