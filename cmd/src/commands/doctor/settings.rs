//! Settings that look wrong.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fedhub::config::Loaded;

use super::{Findings, Severity};
use crate::commands::check::journals;

pub(super) fn look(loaded: &Loaded, findings: &mut Findings) -> anyhow::Result<()> {
    let config = &loaded.config;
    // A misspelt variable; what fedmsg's files have beyond fedhub's needs is normal.
    for note in loaded.notes.iter().filter(|note| note.starts_with('$')) {
        findings.add("FH0501", Severity::Warning, note, "fedhub config check");
    }
    let mut users: BTreeMap<PathBuf, Vec<&str>> = BTreeMap::new();
    for (role, path) in journals(config)? {
        users.entry(std::path::absolute(&path).unwrap_or(path)).or_default().push(role);
    }
    for (path, roles) in users.iter().filter(|(_, roles)| roles.len() > 1) {
        let text = format!(
            "{} share the journal {}: only one can run",
            roles.join(" and "),
            path.display()
        );
        let command = format!("fedhub config explain {}.journal", roles[0]);
        findings.add("FH0502", Severity::Error, text, command);
    }
    if config.relay.spool.is_some() && config.relay.journal.is_none() {
        let text =
            "relay.spool is never emptied: without relay.journal the relay gives no receipts";
        findings.add("FH0503", Severity::Warning, text, "fedhub config explain relay.journal");
    }
    Ok(())
}
