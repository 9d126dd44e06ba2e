//! Settings by value: what an expression of a settings file comes to, as far as that can be read without running it.

use std::collections::BTreeMap;

use unblocked_analyzer::FileFacts;
use unblocked_syntax::{Field, Kind, NodeId, Span};

/// How deep values are read. Settings are shallow; what is deeper is not known.
const DEEPEST: u8 = 12;

/// What an expression comes to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A string.
    Text(String),
    /// A number.
    Number(f64),
    /// `True` or `False`.
    Bool(bool),
    /// `None`.
    None,
    /// A list, tuple or set.
    List(Vec<Item>),
    /// A dictionary: keys that are strings, in order.
    Dict(Vec<(String, Item)>),
    /// Read from the environment, with this default.
    Env(Option<Box<Item>>),
    /// A call of something: its dotted name, first argument and keyword arguments.
    Call(String, Vec<Item>, Vec<(String, Item)>),
    /// Not known.
    Unknown,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

impl Item {
    fn unknown(span: Span) -> Self {
        Self {
            value: Value::Unknown,
            span,
        }
    }

    /// The value, an environment's default in its place.
    pub(crate) fn settled(&self) -> &Value {
        match &self.value {
            Value::Env(Some(default)) => &default.value,
            value => value,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self.settled() {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self.settled() {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Item> {
        match self.settled() {
            Value::Dict(pairs) => pairs.iter().rev().find(|(name, _)| name == key),
            Value::Call(_, _, keywords) => keywords.iter().find(|(name, _)| name == key),
            _ => None,
        }
        .map(|(_, item)| item)
    }

    /// The strings of a list.
    pub(crate) fn texts(&self) -> Vec<(&str, Span)> {
        match self.settled() {
            Value::List(items) => items
                .iter()
                .filter_map(|item| Some((item.text()?, item.span)))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Puts `value` at a path of keys, dictionaries made where there are none.
    fn put(&mut self, path: &[String], value: Item) {
        let mut item = self;
        for key in path {
            // What a call gives (`env.db("DATABASE_URL")`) is kept, with the key on top.
            if !matches!(item.value, Value::Dict(_) | Value::Call(..)) {
                item.value = Value::Dict(Vec::new());
            }
            let (Value::Dict(pairs) | Value::Call(_, _, pairs)) = &mut item.value else {
                return;
            };
            let at = match pairs.iter().position(|(name, _)| name == key) {
                Some(at) => at,
                None => {
                    pairs.push((key.clone(), Item::unknown(value.span)));
                    pairs.len() - 1
                }
            };
            let Some((_, next)) = pairs.get_mut(at) else {
                return;
            };
            item = next;
        }
        *item = value;
    }

    fn at(&self, path: &[String]) -> Option<&Item> {
        path.iter().try_fold(self, |item, key| item.get(key))
    }
}

/// The values that a module gives to its names, read from top to bottom.
#[derive(Debug, Default)]
pub(crate) struct Values(BTreeMap<String, Item>);

impl Values {
    /// The values of a module's names.
    pub(crate) fn of(facts: &FileFacts) -> Self {
        let mut values = Self::default();
        let ast = facts.ast();
        for node in ast.ids() {
            if facts.owner(node).is_some()
                || ast.ancestors(node).any(|up| ast.kind(up) == Kind::ClassDef)
            {
                continue;
            }
            match ast.kind(node) {
                Kind::Assignment => values.assign(facts, node),
                Kind::AugmentedAssignment => values.extend_by(facts, node),
                Kind::Call => values.method(facts, node),
                _ => {}
            }
        }
        values
    }

    /// The value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Item> {
        self.0.get(name)
    }

    fn assign(&mut self, facts: &FileFacts, node: NodeId) {
        let ast = facts.ast();
        let (Some(left), Some(right)) =
            (ast.child(node, Field::Left), ast.child(node, Field::Right))
        else {
            return;
        };
        let Some((name, path)) = target(facts, left) else {
            return;
        };
        let value = self.read(facts, right, DEEPEST);
        // What a branch says counts only where nothing else does: which branch is taken is not known.
        let is_branch = ast
            .ancestors(node)
            .any(|up| matches!(ast.kind(up), Kind::If | Kind::Try | Kind::With | Kind::For));
        let known = self.0.get(&name).and_then(|item| item.at(&path)).is_some();
        if is_branch && known {
            return;
        }
        let span = ast.span(node);
        self.0
            .entry(name)
            .or_insert_with(|| Item::unknown(span))
            .put(&path, value);
    }

    /// `NAME += […]`, `NAME |= {…}`
    fn extend_by(&mut self, facts: &FileFacts, node: NodeId) {
        let ast = facts.ast();
        let (Some(left), Some(right)) =
            (ast.child(node, Field::Left), ast.child(node, Field::Right))
        else {
            return;
        };
        let more = self.read(facts, right, DEEPEST);
        if let Some((name, path)) = target(facts, left)
            && path.is_empty()
        {
            self.add(&name, more, None);
        }
    }

    /// `NAME.append("…")`, `NAME.insert(0, "…")`, `NAME.extend([…])`, `NAME["default"].update({…})`
    fn method(&mut self, facts: &FileFacts, node: NodeId) {
        let ast = facts.ast();
        let Some(function) = ast.child(node, Field::Function) else {
            return;
        };
        if ast.kind(function) != Kind::Attribute {
            return;
        }
        let (Some(object), Some(attribute)) = (
            ast.child(function, Field::Object),
            ast.child(function, Field::Attribute),
        ) else {
            return;
        };
        let Some((name, path)) = target(facts, object) else {
            return;
        };
        if !self.0.contains_key(&name) {
            return;
        }
        let Some(arguments) = ast.child(node, Field::Arguments) else {
            return;
        };
        let mut given: Vec<Item> = ast
            .children(arguments)
            .filter(|&child| ast.kind(child) != Kind::Comment)
            .map(|child| self.read(facts, child, DEEPEST))
            .collect();
        let Some(last) = given.pop() else { return };
        match facts.source(attribute) {
            "append" if path.is_empty() => self.add(&name, list_of(last), None),
            "insert" if path.is_empty() => {
                let place = given.first().and_then(Item::number);
                let place = place
                    .filter(|place| *place >= 0.0)
                    .map(|place| place as usize);
                self.add(&name, list_of(last), place);
            }
            "extend" if path.is_empty() => self.add(&name, last, None),
            "update" => {
                if let Value::Dict(pairs) = last.value
                    && let Some(item) = self.0.get_mut(&name)
                {
                    for (key, value) in pairs {
                        let path: Vec<String> = path.iter().cloned().chain([key]).collect();
                        item.put(&path, value);
                    }
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, name: &str, more: Item, place: Option<usize>) {
        let Value::List(more) = more.value else {
            return;
        };
        if let Some(Item {
            value: Value::List(items),
            ..
        }) = self.0.get_mut(name)
        {
            let place = place.unwrap_or(items.len()).min(items.len());
            items.splice(place..place, more);
        }
    }

    fn read(&self, facts: &FileFacts, node: NodeId, depth: u8) -> Item {
        let ast = facts.ast();
        let node = ast.unparenthesized(node);
        let span = ast.span(node);
        let Some(depth) = depth.checked_sub(1) else {
            return Item::unknown(span);
        };
        let value = match ast.kind(node) {
            Kind::String | Kind::ConcatenatedString => text_of(facts, node),
            Kind::Integer | Kind::Float => facts
                .source(node)
                .replace('_', "")
                .parse()
                .map_or(Value::Unknown, Value::Number),
            Kind::True => Value::Bool(true),
            Kind::False => Value::Bool(false),
            Kind::None => Value::None,
            Kind::List | Kind::Tuple | Kind::Set => {
                let mut items = Vec::new();
                for child in ast.children(node) {
                    match ast.kind(child) {
                        Kind::Comment => {}
                        Kind::ListSplat => {
                            let inner = ast
                                .first_child(child)
                                .map(|inner| self.read(facts, inner, depth));
                            if let Some(Value::List(inner)) = inner.map(|item| item.value) {
                                items.extend(inner);
                            }
                        }
                        _ => items.push(self.read(facts, child, depth)),
                    }
                }
                Value::List(items)
            }
            Kind::Dictionary => {
                let mut pairs = Vec::new();
                for child in ast.children(node) {
                    if let (Some(key), Some(value)) =
                        (ast.child(child, Field::Key), ast.child(child, Field::Value))
                        && let Value::Text(key) = text_of(facts, key)
                    {
                        pairs.push((key, self.read(facts, value, depth)));
                    }
                }
                Value::Dict(pairs)
            }
            Kind::Identifier => self
                .0
                .get(facts.source(node))
                .map_or(Value::Unknown, |item| item.value.clone()),
            Kind::BinaryOperator => {
                let part = |field| {
                    ast.child(node, field)
                        .map(|part| self.read(facts, part, depth))
                };
                let (left, right) = (part(Field::Left), part(Field::Right));
                let between = left.as_ref().zip(right.as_ref()).and_then(|(left, right)| {
                    facts
                        .text()
                        .get(left.span.end as usize..right.span.start as usize)
                });
                sum(left, between.unwrap_or_default(), right)
            }
            // `X if DEBUG else Y`: what holds in production comes last, as a rule.
            Kind::Conditional => ast
                .children(node)
                .last()
                .map_or(Value::Unknown, |part| self.read(facts, part, depth).value),
            // `os.environ["NAME"]`
            Kind::Subscript if facts.source(node).starts_with("os.environ") => Value::Env(None),
            Kind::Call => self.call(facts, node, depth),
            _ => Value::Unknown,
        };
        Item { value, span }
    }

    fn call(&self, facts: &FileFacts, node: NodeId, depth: u8) -> Value {
        let ast = facts.ast();
        let name = ast
            .child(node, Field::Function)
            .and_then(|function| facts.dotted(function))
            .unwrap_or_default();
        let mut arguments = Vec::new();
        let mut keywords = Vec::new();
        for child in ast
            .child(node, Field::Arguments)
            .into_iter()
            .flat_map(|arguments| ast.children(arguments))
        {
            match ast.kind(child) {
                Kind::Comment => {}
                Kind::KeywordArgument => {
                    if let (Some(key), Some(value)) = (
                        ast.child(child, Field::Name),
                        ast.child(child, Field::Value),
                    ) {
                        let value = self.read(facts, value, depth);
                        keywords.push((facts.source(key).to_owned(), value));
                    }
                }
                _ => arguments.push(self.read(facts, child, depth)),
            }
        }
        let default = |keywords: Vec<(String, Item)>, arguments: Vec<Item>| {
            keywords
                .into_iter()
                .find(|(key, _)| key == "default")
                .map(|(_, item)| item)
                .or_else(|| arguments.into_iter().nth(1))
                .map(Box::new)
        };
        match &*name {
            "dict" => Value::Dict(keywords),
            // A list of patterns that share a prefix.
            "i18n_patterns" => Value::List(vec![Item {
                value: Value::Call(name, arguments, keywords),
                span: ast.span(node),
            }]),
            "str" | "int" | "float" | "bool" | "list" | "tuple" | "Path" => arguments
                .into_iter()
                .next()
                .map_or(Value::Unknown, |item| item.value),
            "os.environ.get" | "os.getenv" | "environ.get" | "getenv" | "env" | "env.str"
            | "env.int" | "env.bool" | "env.list" | "env.float" | "config" => {
                Value::Env(default(keywords, arguments))
            }
            _ => Value::Call(name, arguments, keywords),
        }
    }
}

fn list_of(item: Item) -> Item {
    Item {
        span: item.span,
        value: Value::List(vec![item]),
    }
}

fn sum(left: Option<Item>, operator: &str, right: Option<Item>) -> Value {
    match (left.map(|item| item.value), right.map(|item| item.value)) {
        (Some(Value::List(mut left)), Some(Value::List(right))) => {
            left.extend(right);
            Value::List(left)
        }
        (Some(Value::Text(left)), Some(Value::Text(right))) => Value::Text(left + &right),
        (Some(Value::Number(left)), Some(Value::Number(right))) => match operator.trim() {
            "*" => Value::Number(left * right),
            "+" => Value::Number(left + right),
            _ => Value::Unknown,
        },
        // `MIDDLEWARE = base.MIDDLEWARE + […]`: the part that is known.
        (Some(Value::List(list)), _) | (_, Some(Value::List(list))) => Value::List(list),
        _ => Value::Unknown,
    }
}

/// A name and the keys after it: `DATABASES["default"]`.
fn target(facts: &FileFacts, node: NodeId) -> Option<(String, Vec<String>)> {
    let ast = facts.ast();
    let mut node = node;
    let mut path = Vec::new();
    while ast.kind(node) == Kind::Subscript {
        let key = ast.child(node, Field::Subscript)?;
        let Value::Text(key) = text_of(facts, key) else {
            return None;
        };
        path.push(key);
        node = ast
            .child(node, Field::Value)
            .or_else(|| ast.first_child(node))?;
    }
    path.reverse();
    (ast.kind(node) == Kind::Identifier).then(|| (facts.source(node).to_owned(), path))
}

/// The text of a string literal; not known when something is put into it.
fn text_of(facts: &FileFacts, node: NodeId) -> Value {
    let ast = facts.ast();
    if !matches!(ast.kind(node), Kind::String | Kind::ConcatenatedString) {
        return Value::Unknown;
    }
    let mut text = String::new();
    for part in ast.subtree(node) {
        match ast.kind(part) {
            Kind::Interpolation => return Value::Unknown,
            Kind::StringContent => text.push_str(facts.source(part)),
            _ => {}
        }
    }
    Value::Text(text)
}
