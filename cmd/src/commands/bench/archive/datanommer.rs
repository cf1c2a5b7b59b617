//! The real datanommer: its `add()`, which its consumer calls for each message, in another process.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use fedhub::journal::Record;

use super::Written;
use crate::commands::bench::peers::figures;

/// Stores messages, one on each line, in the tables it makes; says how long that took, and its CPU.
/// Its cache of names it has seen is part of it.
const SCRIPT: &str = r#"
import json, logging, resource, sys, time, warnings
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import fedmsg.config, fedmsg.meta
import datanommer.models
config = {"topic_prefix": "org", "topic_prefix_re": r"org\.[^\W\d_]+"}
fedmsg.meta.make_processors(**config)
datanommer.models.init(sys.argv[1], create=True)
envelopes = [{"body": json.loads(line)} for line in sys.stdin]
def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
used, start = cpu(), time.monotonic()
for envelope in envelopes:
    datanommer.models.add(envelope)
elapsed, used = time.monotonic() - start, cpu() - used
stored = datanommer.models.Message.query.count()
assert stored == len(envelopes), "%d stored" % stored
print(stored / elapsed, used * 1e6 / stored)
"#;

/// Has messages stored in the database that has this address for SQLAlchemy.
pub(super) fn add(python: &Path, database: &str, messages: &[Record]) -> Result<Written> {
    let lines: Vec<_> = messages.iter().map(|one| one.message.body()).collect();
    let mut script = Command::new(python);
    script.args(["-c", SCRIPT, database]);
    let [rate, cpu_us] = figures(&mut script, &lines.join(&b'\n'))?;
    Ok(Written { rate, cpu_us })
}
