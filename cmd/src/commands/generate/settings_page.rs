//! fedhub.toml(5): every key with its meaning, from the table that the sample file is made from.

use std::fmt::Write;

use fedhub::config::keys::{KEYS, Kind, SECTIONS};
use fedhub::config::{Config, variable};
use toml::Value;

use crate::commands::config::value;

const HEAD: &str = r#".TH fedhub.toml 5 "" "fedhub" fedhub
.SH NAME
fedhub.toml \- settings of fedhub
.SH DESCRIPTION
Settings are TOML. They come from, the weakest first: built\-in values; fedmsg's own files, those named by
.BR FEDMSG_CONFIG ,
else /etc/fedmsg.d/*.py and ~/.fedmsg.d/*.py, which are read without running Python; /etc/fedhub/*.toml in the
order of their names; ~/.config/fedhub/*.toml, or the one file named by
.B \-\-config
or
.BR FEDHUB_CONFIG ;
variables such as
.BR FEDHUB_RELAY_INBOUND ;
the option
.B \-\-set
and those of each command. Tables such as
.B endpoints
merge entry by entry. An unknown key is a mistake, which is named with its line.
"#;

const TAIL: &str = r#".SH FILES
.TP
.I /etc/fedhub/*.toml
Settings of the host.
.TP
.I /etc/fedhub/keys/
Keys and secrets that only root can read. The services get copies as credentials, which come before
.B ssldir
and
.BR secret_file .
.TP
.I /usr/share/fedhub/fedhub.toml
Every key, commented out.
.SH EXAMPLES
.EX
topic_prefix = "org.example"
environment = "prod"
relay_inbound = "tcp://*:2003"
relay_outbound = "tcp://*:4001"

[endpoints]
"bodhi.app01" = ["tcp://app01.example.org:3000", "tcp://app01.example.org:3001"]

[relay]
journal = "/var/lib/fedhub/relay.db"
.EE
.PP
What is in force, what a key means and where it was set, and what is wrong:
.PP
.EX
$ fedhub config show
$ fedhub config explain relay_inbound
$ fedhub config check
.EE
.SH SEE ALSO
.BR fedhub (1),
.BR fedhub\-config (1),
.BR fedhub\-hub (8)
for the settings of consumers,
.BR fedhub\-filter (7),
.BR fedhub\-rules (5)
"#;

/// The page.
pub(super) fn text() -> anyhow::Result<String> {
    let built_in = Value::try_from(Config::default())?;
    let mut page = HEAD.to_owned();
    for key in KEYS {
        if let Some((_, title)) = SECTIONS.iter().find(|(first, _)| *first == key.name) {
            writeln!(page, ".SH {}", title.to_uppercase())?;
        }
        let kind = match key.kind {
            Kind::Text => "text",
            Kind::Flag => "true or false",
            Kind::Number => "a number",
            Kind::Addresses => "an address or a list",
            Kind::Table => "a table",
        };
        let lead = if key.example.is_empty() { "Built\\-in" } else { "For example" };
        let value = roff(&value(key, &built_in));
        writeln!(page, ".TP\n.BR \"{}\" \" ({kind})\"", roff(key.name))?;
        writeln!(page, "{}\n.br\n{lead}: {value}", roff(key.meaning))?;
        writeln!(page, ".br\nVariable: {}", roff(&variable(key.name)))?;
    }
    Ok(page + TAIL)
}

/// As text that roff takes for nothing else.
fn roff(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-").replace('"', "\\(dq");
    // A long address may be broken behind its parts.
    let breakable = escaped.replace("://", "://\\:").replace(", ", ",\\: ");
    if breakable.starts_with(['.', '\'']) { format!("\\&{breakable}") } else { breakable }
}
