//! What the API server was asked, by whom, and what it answered.
//!
//! ```ignore
//! let mark = cluster.mark();
//! // what is to be looked at happens
//! let requests = cluster.requests_since(mark)?;
//! let writes = requests.iter().filter(|r| r.by("system:serviceaccount:a:controller") && r.writes());
//! assert_eq!(writes.count(), 1, "{requests:#?}");
//! ```

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// Everything at level Metadata, once a request: when the answer is complete, for watches also when it begins.
pub(crate) const POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
";

/// A place in the audit log.
#[derive(Clone, Copy, Debug)]
pub struct Mark(pub(crate) u64);

/// A request as the API server's audit log has it; no body is in there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// The user that it counted for; of a service account `system:serviceaccount:NAMESPACE:NAME`. Where another was
    /// acted as, that one.
    pub user: String,
    /// The client's own name for itself.
    pub user_agent: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verb: String,
    /// For example `secrets`, `sealedsecrets/status`; empty for paths such as `/readyz`.
    pub resource: String,
    /// Empty for what is in no namespace.
    pub namespace: String,
    /// Empty for collections.
    pub name: String,
    /// The path with its query.
    pub uri: String,
    /// The status code of the answer.
    pub status: u16,
}

impl Request {
    /// Whether it counted for this user.
    pub fn by(&self, user: &str) -> bool {
        self.user == user
    }

    /// Whether it was to change something.
    pub fn writes(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }

    /// Whether the API server refused it for lack of rights (401, 403).
    pub fn refused(&self) -> bool {
        matches!(self.status, 401 | 403)
    }

    fn read(line: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let object = &line["objectRef"];
        let mut resource = text(&object["resource"]);
        if let Some(part) = object["subresource"].as_str() {
            resource = format!("{resource}/{part}");
        }
        let user =
            if line["impersonatedUser"].is_object() { &line["impersonatedUser"] } else { &line["user"] };
        Self {
            user: text(&user["username"]),
            user_agent: text(&line["userAgent"]),
            verb: text(&line["verb"]),
            resource,
            namespace: text(&object["namespace"]),
            name: text(&object["name"]),
            uri: text(&line["requestURI"]),
            status: line["responseStatus"]["code"]
                .as_u64()
                .and_then(|code| code.try_into().ok())
                .unwrap_or(0),
        }
    }
}

/// The requests that stand in the log after `mark`, each once. A line that is still being written is left out.
pub(crate) fn read(log: &Path, mark: Mark) -> Result<Vec<Request>> {
    let mut file = File::open(log).with_context(|| format!("reading {}", log.display()))?;
    file.seek(SeekFrom::Start(mark.0)).context("going to the mark")?;
    let mut requests = Vec::new();
    let mut seen = HashSet::new();
    for line in BufReader::new(file).split(b'\n') {
        let Ok(line) = serde_json::from_slice::<Value>(&line.context("reading the audit log")?) else {
            continue;
        };
        let id = line["auditID"].as_str().unwrap_or_default().to_owned();
        if seen.insert(id) {
            requests.push(Request::read(&line));
        }
    }
    Ok(requests)
}
