//! Findings as SARIF 2.1.0, the format of code scanning services.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};
use unblocked_rewriter::{Finding, Link, RuleInfo, Severity, rules};

use super::FileFindings;
use crate::engine::UNREADABLE;

/// One run with every finding.
pub(crate) fn sarif(out: &mut impl Write, files: &[FileFindings<'_>]) -> serde_json::Result<()> {
    let known: BTreeMap<String, RuleInfo> = rules()
        .into_iter()
        .map(|rule| (rule.name.clone(), rule))
        .collect();
    let mut used = BTreeMap::new();
    for finding in files.iter().flat_map(|file| &file.findings) {
        used.entry(&*finding.rule)
            .or_insert_with(|| descriptor(finding, known.get(&finding.rule)));
    }
    let results: Vec<Value> = files
        .iter()
        .flat_map(|file| file.findings.iter().map(|finding| result(file, finding)))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "unblocked",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": used.into_values().collect::<Vec<_>>(),
                },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out).map_err(serde_json::Error::io)
}

fn descriptor(finding: &Finding, rule: Option<&RuleInfo>) -> Value {
    let summary = match rule {
        Some(rule) => &rule.summary,
        None if finding.rule == UNREADABLE => "A file that can't be read.",
        None => &finding.rule,
    };
    let mut descriptor = json!({
        "id": finding.rule,
        "shortDescription": { "text": summary },
    });
    if let (Some(rule), Some(fields)) = (rule, descriptor.as_object_mut()) {
        fields.insert(
            "help".to_owned(),
            json!({ "text": rule.docs, "markdown": rule.docs }),
        );
    }
    if let (Some(url), Some(fields)) = (&finding.docs_url, descriptor.as_object_mut()) {
        fields.insert("helpUri".to_owned(), json!(url));
    }
    descriptor
}

fn result(file: &FileFindings<'_>, finding: &Finding) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let start = file.lines.location(finding.before.start);
    let end = file.lines.location(finding.before.end);
    let text = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level,
        "message": { "text": text },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(file.path) },
                "region": {
                    "startLine": start.line,
                    "startColumn": start.column,
                    "endLine": end.line,
                    "endColumn": end.column,
                },
            },
        }],
    });
    if let (Some(way), Some(fields)) = (finding.way(), result.as_object_mut()) {
        let locations: Vec<Value> = finding.chain.iter().map(step).collect();
        fields.insert("relatedLocations".to_owned(), json!(locations));
        let steps: Vec<Value> = locations
            .into_iter()
            .map(|location| json!({ "location": location }))
            .collect();
        fields.insert(
            "codeFlows".to_owned(),
            json!([{ "message": { "text": way }, "threadFlows": [{ "locations": steps }] }]),
        );
    }
    result
}

/// One step of a chain of calls as a location.
fn step(link: &Link) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&link.place.path) },
            "region": { "startLine": link.place.line },
        },
        "message": { "text": link.name },
    })
}

/// A path as a URI reference: relative paths stay relative, absolute ones get their scheme.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    } else if path.get(1..2) == Some(":") {
        uri.push_str("file:///");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use unblocked_rewriter::{Place, Range};

    #[test]
    fn a_step_names_its_file_and_line() {
        let link = Link {
            name: "service.load".to_owned(),
            place: Place {
                path: "my shop/views.py".to_owned(),
                range: Range { start: 40, end: 52 },
                line: 7,
            },
        };
        let location = step(&link);
        let place = &location["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "my%20shop/views.py");
        assert_eq!(place["region"]["startLine"], 7);
        assert_eq!(location["message"]["text"], "service.load");
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("shop/views.py"), "shop/views.py");
        assert_eq!(uri("my shop/é.py"), "my%20shop/%C3%A9.py");
        assert_eq!(uri("/srv/a.py"), "file:///srv/a.py");
    }
}
