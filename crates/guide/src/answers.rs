//! What the guide asks: answered by the code where that is possible, by the reader, or else by a default.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use unblocked_django::Effect;

use crate::data::{Engine, Place, Server};

/// What the reader said. What is left out is read from the code, or has its default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Answers {
    /// The views to migrate (`shop/views.py:detail`); those that pay when empty.
    pub views: BTreeSet<String>,
    /// Milliseconds that one wait takes, by effect (`http`), or by the wait itself (`shop/views.py:12:requests.get`).
    pub latencies: BTreeMap<String, f64>,
    /// The database.
    pub engine: Option<Engine>,
    /// The driver, as pip calls it: `psycopg`.
    pub driver: Option<String>,
    /// What serves the site today.
    pub server: Option<Server>,
    /// What shall serve it.
    pub next_server: Option<Server>,
    /// Requests per second at the busiest time.
    pub traffic: Option<f64>,
    /// Requests that are served at the same time today: processes times threads.
    pub slots: Option<u32>,
    /// Rounds of a loop.
    pub rounds: Option<u32>,
    /// What was ticked by hand, by the names of checklist items.
    pub done: BTreeSet<String>,
}

impl Answers {
    /// Answers a question as a form does; an empty answer leaves it to the code. Returns false when there is no such
    /// question, or the answer is none.
    pub fn set(&mut self, question: &str, answer: &str) -> bool {
        let answer = answer.trim();
        let number = || {
            answer
                .parse::<f64>()
                .ok()
                .filter(|it| it.is_finite() && *it >= 0.0)
        };
        let whole = || {
            answer
                .parse::<u32>()
                .ok()
                .filter(|it| (1..=100_000).contains(it))
        };
        if let Some(wait) = question.strip_prefix("latency:") {
            match number() {
                Some(number) => {
                    self.latencies
                        .insert(wait.to_owned(), number.min(600_000.0));
                }
                None if answer.is_empty() => {
                    self.latencies.remove(wait);
                }
                None => return false,
            }
            return true;
        }
        if let Some(view) = question.strip_prefix("view:") {
            match answer {
                "yes" => self.views.insert(view.to_owned()),
                _ => self.views.remove(view),
            };
            return true;
        }
        if let Some(item) = question.strip_prefix("done:") {
            match answer {
                "yes" => self.done.insert(item.to_owned()),
                _ => self.done.remove(item),
            };
            return true;
        }
        match question {
            "engine" => self.engine = known(&ENGINES, answer),
            "driver" => self.driver = (!answer.is_empty()).then(|| answer.to_owned()),
            "server" => self.server = server(answer),
            "next-server" => self.next_server = server(answer).filter(|it| it.is_asgi()),
            "traffic" => self.traffic = number().map(|it| it.min(1_000_000.0)),
            "slots" => self.slots = whole(),
            "rounds" => self.rounds = whole(),
            _ => return false,
        }
        true
    }
}

const ENGINES: [(&str, Engine); 5] = [
    ("postgre-sql", Engine::PostgreSql),
    ("my-sql", Engine::MySql),
    ("sqlite", Engine::Sqlite),
    ("oracle", Engine::Oracle),
    ("other", Engine::Other),
];

fn known<T: Copy>(table: &[(&str, T)], key: &str) -> Option<T> {
    table
        .iter()
        .find(|(name, _)| *name == key)
        .map(|(_, value)| *value)
}

fn server(key: &str) -> Option<Server> {
    Server::ALL.into_iter().find(|server| server.key() == key)
}

/// Milliseconds that one wait takes, unless the reader knows better.
#[must_use]
pub(crate) fn usual_latency(effect: Effect) -> f64 {
    match effect {
        Effect::Http => 300.0,
        Effect::Mail => 150.0,
        Effect::Process => 200.0,
        Effect::Sleep => 1000.0,
        Effect::Network | Effect::Cpu => 50.0,
        Effect::Lock => 10.0,
        Effect::Queue | Effect::Query | Effect::Database => 5.0,
        Effect::Session => 3.0,
        Effect::Template => 5.0,
        Effect::Cache | Effect::File => 1.0,
        Effect::Input => 1000.0,
    }
}

/// Who gave an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The code at hand.
    Code,
    /// The reader.
    You,
    /// Nobody: a sensible value.
    Default,
}

/// How a question is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "of")]
pub enum Input {
    /// The code alone answers it.
    None,
    /// One of these: keys and labels.
    Choice(Vec<(String, String)>),
    /// Any of these: keys, labels, and whether they are chosen.
    Many(Vec<(String, String, bool)>),
    /// A number of this unit.
    Number(String),
}

/// A question, and its answer so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// Its name, for [`Answers::set`].
    pub id: String,
    /// The question.
    pub text: String,
    /// True for one that the original guide asks, in its words.
    pub from_guide: bool,
    /// The answer in words.
    pub answer: String,
    /// The answer's key, where it is one of several, or its number.
    pub value: String,
    /// Who gave it.
    pub source: Source,
    /// How it is answered.
    pub input: Input,
    /// Where the code says so.
    pub places: Vec<Place>,
}

/// The choices of a database.
pub(crate) fn engine_choices() -> Vec<(String, String)> {
    ENGINES
        .iter()
        .map(|(key, engine)| ((*key).to_owned(), engine.as_str().to_owned()))
        .collect()
}

/// The key of a database.
pub(crate) fn engine_key(engine: Engine) -> &'static str {
    ENGINES
        .iter()
        .find(|(_, one)| *one == engine)
        .map_or("", |(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_as_text_and_an_empty_one_takes_an_answer_back() {
        let mut answers = Answers::default();
        assert!(answers.set("engine", "my-sql"));
        assert!(answers.set("latency:http", "450"));
        assert!(answers.set("view:shop/views.py:detail", "yes"));
        assert!(answers.set("server", "gunicorn-wsgi"));
        assert_eq!(answers.engine, Some(Engine::MySql));
        assert_eq!(answers.latencies.get("http"), Some(&450.0));
        assert_eq!(answers.server, Some(Server::GunicornWsgi));
        for question in ["engine", "latency:http", "server"] {
            assert!(answers.set(question, ""));
        }
        assert!(answers.set("view:shop/views.py:detail", "no"));
        assert_eq!(answers, Answers::default());
    }

    #[test]
    fn what_is_no_answer_changes_nothing() {
        let mut answers = Answers::default();
        for (question, answer) in [
            ("latency:http", "soon"),
            ("latency:http", "-1"),
            ("latency:http", "inf"),
            ("colour", "blue"),
        ] {
            assert!(!answers.set(question, answer), "{question} {answer}");
        }
        answers.set("slots", "0");
        answers.set("next-server", "gunicorn-wsgi");
        assert_eq!(answers, Answers::default());
    }

    #[test]
    fn they_survive_a_round_trip_and_newer_fields() {
        let mut answers = Answers::default();
        answers.set("traffic", "12.5");
        answers.set("done:measure", "yes");
        let json = serde_json::to_string(&answers).unwrap();
        assert_eq!(serde_json::from_str::<Answers>(&json).unwrap(), answers);
        assert_eq!(
            serde_json::from_str::<Answers>(r#"{"newer": 1}"#).unwrap(),
            Answers::default()
        );
    }
}
