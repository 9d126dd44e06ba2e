//! What a call does that makes its thread wait.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a call does that makes its thread wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Asks the database.
    Query,
    /// Speaks HTTP with another service.
    Http,
    /// Sleeps.
    Sleep,
    /// Sends mail.
    Mail,
    /// Reads, writes, copies or removes files.
    File,
    /// Runs another program and waits for it.
    Process,
    /// Asks the cache.
    Cache,
    /// Loads or saves the session.
    Session,
    /// Waits for another thread: a lock, a future, a join.
    Lock,
    /// Renders a template, which evaluates whatever lazy data it is given.
    Template,
    /// Puts a job on a queue, or waits for its result.
    Queue,
    /// Speaks another protocol over the network.
    Network,
    /// Waits for a person at a terminal.
    Input,
    /// Asks a database through its own driver, not through Django.
    Database,
    /// Waits for nothing, but keeps the processor busy.
    Cpu,
}

impl Effect {
    /// Every effect, in the order of the enum.
    pub const ALL: [Self; 15] = [
        Self::Query,
        Self::Http,
        Self::Sleep,
        Self::Mail,
        Self::File,
        Self::Process,
        Self::Cache,
        Self::Session,
        Self::Lock,
        Self::Template,
        Self::Queue,
        Self::Network,
        Self::Input,
        Self::Database,
        Self::Cpu,
    ];

    /// The name as it stands in reports: `query`, `http`, ….
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Http => "http",
            Self::Sleep => "sleep",
            Self::Mail => "mail",
            Self::File => "file",
            Self::Process => "process",
            Self::Cache => "cache",
            Self::Session => "session",
            Self::Lock => "lock",
            Self::Template => "template",
            Self::Queue => "queue",
            Self::Network => "network",
            Self::Input => "input",
            Self::Database => "database",
            Self::Cpu => "cpu",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_form_is_the_displayed_name() {
        for effect in Effect::ALL {
            let json = serde_json::to_string(&effect).unwrap();
            assert_eq!(json, format!("\"{effect}\""));
            assert_eq!(serde_json::from_str::<Effect>(&json).unwrap(), effect);
        }
    }
}
