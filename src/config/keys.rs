//! Every key with its meaning: for `config explain`, the sample file, the manual, and for finding
//! the right key when a wrong one was written.

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A number.
    Number,
    /// One endpoint or a list of them.
    Addresses,
    /// A table whose keys the operator chooses.
    Table,
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its dotted name.
    pub name: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// An example for a key that has no default, as TOML.
    pub example: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// The headings of the sample file, each before the key it names.
pub const SECTIONS: &[(&str, &str)] = &[
    ("topic_prefix", "Topics"),
    ("endpoints", "Addresses"),
    ("sign_messages", "Signatures"),
    ("certnames", "Names and rights"),
    ("high_water_mark", "Limits"),
    ("io_threads", "Sockets"),
    ("publish_timeout", "Waiting"),
    ("heartbeat_interval", "Completeness"),
    ("rules_dir", "What messages are about"),
    ("consumers", "Consumers of the hub"),
    ("relay.sign", "Relay"),
    ("hook.spool", "Hooks of version control"),
    ("gateway.host", "Gateway"),
    ("hub.journal", "Hub"),
    ("serve.listen", "Pages of the archive"),
    ("archive.url", "Archive"),
    ("busmon.memcached", "Terminal monitor"),
    ("journal.max_age", "Journals"),
];

const fn key(name: &'static str, kind: Kind, example: &'static str, meaning: &'static str) -> Key {
    Key { name, kind, example, meaning }
}

/// All keys, in the order of the sample file.
pub const KEYS: &[Key] = &[
    key("topic_prefix", Kind::Text, "", "The first part of every topic."),
    key("environment", Kind::Text, "", "The part after the prefix: dev, stg or prod."),
    key(
        "endpoints",
        Kind::Table,
        "",
        "Who publishes where: service.host = [addresses]. Subscribers connect to all of them; a \
         publisher binds the first free one of its own name. The default stands only while this \
         table is not set.",
    ),
    key(
        "relay_inbound",
        Kind::Addresses,
        "",
        "Where the relay receives, and where logger and announce send to.",
    ),
    key(
        "relay_outbound",
        Kind::Addresses,
        r#"["tcp://127.0.0.1:4001"]"#,
        "Where the relay publishes. Without it: endpoints.relay_outbound.",
    ),
    key(
        "name",
        Kind::Text,
        r#""service.host""#,
        "The name this publisher has in endpoints and certnames.",
    ),
    key(
        "sign_messages",
        Kind::Flag,
        "true",
        "true: sign, and fail without a usable key. false: never sign. Not set: sign when a \
         certificate is configured, else send unsigned with a warning.",
    ),
    key(
        "validate_signatures",
        Kind::Flag,
        "",
        "Whether readers show only messages with a valid signature.",
    ),
    key("crypto_backend", Kind::Text, "", "How messages are signed; only x509 is supported."),
    key(
        "ssldir",
        Kind::Text,
        "",
        "The directory of the keys and certificates: NAME.key, NAME.crt. A service reads those it was \
         given as credentials from there instead.",
    ),
    key(
        "ca_cert_location",
        Kind::Text,
        r#""/etc/pki/fedmsg/ca.crt""#,
        "The CA certificate: a path or an https address. Without it: ca.crt in ssldir.",
    ),
    key(
        "ca_cert_cache",
        Kind::Text,
        r#""/var/cache/fedhub/ca.crt""#,
        "Where the copy of a CA certificate from an https address is kept.",
    ),
    key("ca_cert_cache_expiry", Kind::Number, "", "Seconds after which it is fetched anew."),
    key(
        "crl_location",
        Kind::Text,
        r#""/etc/pki/fedmsg/crl.pem""#,
        "The revocation list: a path or an https address. Without it nothing counts as revoked.",
    ),
    key(
        "crl_cache",
        Kind::Text,
        r#""/var/cache/fedhub/crl.pem""#,
        "Where the copy of a revocation list from an https address is kept.",
    ),
    key("crl_cache_expiry", Kind::Number, "", "Seconds after which it is fetched anew."),
    key(
        "certnames",
        Kind::Table,
        r#"{ "shell.host" = "shell-host.example.org" }"#,
        "Which key pair signs: prefix.host or name = file name in ssldir without its ending.",
    ),
    key(
        "cert_prefix",
        Kind::Text,
        r#""shell""#,
        "The prefix looked up in certnames. Without it: shell for logger, announce for announce.",
    ),
    key(
        "routing_policy",
        Kind::Table,
        r#"{ "org.fedoraproject.prod.git.receive" = ["git-pkgs01.example.org"] }"#,
        "Who may say what: topic = [common names]. Topics are literal, without patterns.",
    ),
    key("routing_nitpicky", Kind::Flag, "", "Whether a topic without a policy is refused."),
    key(
        "high_water_mark",
        Kind::Number,
        "",
        "How many messages may wait for each peer. When a subscriber has more waiting, ZeroMQ drops \
         its messages. 0: no limit, which lets memory grow without bound. The bound in bytes is this \
         times the size of the messages, for each peer; MemoryMax= of the service is the last resort.",
    ),
    key(
        "max_message_size",
        Kind::Number,
        "",
        "Bytes; a larger message is dropped. A peer that sends one four times larger is disconnected.",
    ),
    key("io_threads", Kind::Number, "", "ZeroMQ's threads."),
    key(
        "zmq_linger",
        Kind::Number,
        "",
        "Milliseconds unsent messages are kept for when a publisher has failed. Otherwise publishers \
         wait publish_timeout, and daemons grace_period, for them to be sent.",
    ),
    key("zmq_reconnect_ivl", Kind::Number, "", "Milliseconds before the first reconnection."),
    key("zmq_reconnect_ivl_max", Kind::Number, "", "Milliseconds the doubling pauses may reach."),
    key("zmq_tcp_keepalive", Kind::Number, "", "1: on, 0: off, -1: as the system has it."),
    key(
        "zmq_tcp_keepalive_cnt",
        Kind::Number,
        "",
        "Unanswered probes before a peer counts as gone.",
    ),
    key("zmq_tcp_keepalive_idle", Kind::Number, "", "Seconds of silence before the first probe."),
    key("zmq_tcp_keepalive_intvl", Kind::Number, "", "Seconds between probes."),
    key(
        "zmq_heartbeat_ivl",
        Kind::Number,
        "",
        "Milliseconds between ZeroMQ's own heartbeats, which peers older than 4.2 ignore. 0: none.",
    ),
    key(
        "zmq_heartbeat_timeout",
        Kind::Number,
        "",
        "Milliseconds without an answer after which the connection is made anew.",
    ),
    key(
        "publish_timeout",
        Kind::Number,
        "",
        "Seconds a publisher waits for somebody to listen, for a message to be taken, and for the last \
         one to be handed over, before it gives up.",
    ),
    key(
        "grace_period",
        Kind::Number,
        "",
        "Seconds a daemon may take to send what it has when it is told to stop.",
    ),
    key(
        "heartbeat_interval",
        Kind::Number,
        "",
        "Seconds between the heartbeats by which relay and gateway let subscribers see what they missed. 0: none.",
    ),
    key(
        "silence_timeout",
        Kind::Number,
        "",
        "Seconds without message or heartbeat after which a subscriber connects anew, and then says it is not ready.",
    ),
    key(
        "silence_armed",
        Kind::Flag,
        "",
        "Whether silence counts before a first heartbeat was seen; on a quiet bus without heartbeats it is no fault.",
    ),
    key(
        "replay_endpoints",
        Kind::Table,
        r#"{ "relay_outbound" = "tcp://127.0.0.1:9911" }"#,
        "Where missed messages are asked for: name in endpoints = address.",
    ),
    key(
        "rules_dir",
        Kind::Text,
        "",
        "A directory of rule files that say what messages are about, beside those of the binary; a file of the \
         same name replaces one of these. It need not be there.",
    ),
    key(
        "accounts",
        Kind::Text,
        "\"/etc/fedhub/accounts.toml\"",
        "A TOML or JSON file of account names by e-mail address or nickname.",
    ),
    key(
        "consumers",
        Kind::Table,
        r#"{ mirror = { type = "exec", command = ["/usr/bin/mirror"] } }"#,
        "What the hub does with messages: name = { type = exec, webhook, relay, archive, colorizer or stuffer, ... }; fedhub hub --help \
         has all settings of a consumer.",
    ),
    key("relay.sign", Kind::Flag, "", "Whether the relay signs what it forwards."),
    key(
        "relay.receipts",
        Kind::Addresses,
        "",
        "Where a relay with a journal gives receipts, and where logger --durable asks for them.",
    ),
    key(
        "relay.spool",
        Kind::Text,
        r#""/var/spool/fedhub""#,
        "The directory from which the relay takes what publishers left while it was away.",
    ),
    key(
        "relay.journal",
        Kind::Text,
        r#""/var/lib/fedhub/relay.db""#,
        "The file in which the relay keeps what it publishes. Without it it keeps nothing.",
    ),
    key(
        "relay.replay",
        Kind::Text,
        r#""tcp://127.0.0.1:9911""#,
        "Where it answers requests for messages of its journal. Without it: nowhere.",
    ),
    key(
        "relay.http",
        Kind::Text,
        r#""127.0.0.1:9921""#,
        "Where it serves /healthz, /readyz and /metrics. Without it: nowhere.",
    ),
    key(
        "relay.publish_tokens",
        Kind::Text,
        r#""/etc/fedhub/publish.tokens""#,
        "The file of those who may send messages to POST /publish there: a name and a token on each line, \
         readable by nobody else. It is read at the start. Without it nobody may.",
    ),
    key(
        "relay.publish_rate",
        Kind::Number,
        "",
        "How many requests to publish one token may send in a second.",
    ),
    key("relay.publish_size", Kind::Number, "", "How many bytes a request to publish may have."),
    key(
        "relay.monitoring",
        Kind::Text,
        r#""tcp://127.0.0.1:9931""#,
        "Where it publishes its state for fedmsg-check. Without it: nowhere.",
    ),
    key(
        "hook.spool",
        Kind::Text,
        r#""/var/spool/fedhub""#,
        "Where hooks keep pushes, and messages while the relay is away. Without it: relay.spool, else a \
         directory of the user.",
    ),
    key(
        "hook.root",
        Kind::Text,
        r#""/srv/git""#,
        "Below it are the repositories; the directories between it and one are its namespace.",
    ),
    key("hook.max_commits", Kind::Number, "", "How many commits of one push are announced."),
    key("hook.max_files", Kind::Number, "", "How many files of one commit are named."),
    key("hook.timeout", Kind::Number, "", "Seconds that reading one push may take."),
    key("gateway.host", Kind::Text, "", "The address the gateway binds; * is every address."),
    key("gateway.port", Kind::Number, "", "The port it binds."),
    key(
        "gateway.high_water_mark",
        Kind::Number,
        "10000",
        "As high_water_mark, for the gateway's subscribers only.",
    ),
    key(
        "gateway.journal",
        Kind::Text,
        r#""/var/lib/fedhub/gateway.db""#,
        "The file in which the gateway keeps what it publishes. Without it it keeps nothing.",
    ),
    key(
        "gateway.replay",
        Kind::Text,
        r#""tcp://127.0.0.1:9912""#,
        "Where it answers requests for messages of its journal. Without it: nowhere.",
    ),
    key(
        "gateway.http",
        Kind::Text,
        r#""127.0.0.1:9922""#,
        "Where it serves /healthz, /readyz and /metrics. Without it: nowhere.",
    ),
    key(
        "gateway.monitoring",
        Kind::Text,
        r#""tcp://127.0.0.1:9932""#,
        "Where it publishes its state for fedmsg-check. Without it: nowhere.",
    ),
    key(
        "hub.journal",
        Kind::Text,
        r#""/var/lib/fedhub/hub.db""#,
        "The file between bus and consumers. Without it: hub.db in the data directory.",
    ),
    key(
        "hub.replay",
        Kind::Text,
        r#""tcp://127.0.0.1:9913""#,
        "Where it answers requests for messages of its journal. Without it: nowhere.",
    ),
    key(
        "hub.http",
        Kind::Text,
        r#""127.0.0.1:9923""#,
        "Where it serves /healthz, /readyz and /metrics. Without it: nowhere.",
    ),
    key(
        "hub.monitoring",
        Kind::Text,
        r#""tcp://127.0.0.1:9933""#,
        "Where it publishes its state for fedmsg-check. Without it: nowhere.",
    ),
    key(
        "hub.from",
        Kind::Text,
        "",
        "Where a consumer that has never run begins, and how far back a hub asks others: now, last, or a time such as -1h.",
    ),
    key(
        "hub.catch_up_rate",
        Kind::Number,
        "",
        "Messages a second while the hub catches up. 0: no limit.",
    ),
    key(
        "hub.datagrepper_url",
        Kind::Text,
        r#""https://apps.fedoraproject.org/datagrepper/raw""#,
        "A datagrepper the hub asks at its start for what it has missed.",
    ),
    key(
        "serve.listen",
        Kind::Text,
        "",
        "Where serve answers, as ADDRESS:PORT, unless the service manager gives it a socket.",
    ),
    key(
        "serve.connections",
        Kind::Number,
        "",
        "How many connections to the archive it uses: so many queries run at once, and others wait.",
    ),
    key("serve.timeout", Kind::Number, "", "Seconds one request may keep the archive busy."),
    key(
        "serve.streams",
        Kind::Number,
        "",
        "How many may follow the archive at /v3/stream at once; others are asked to come again.",
    ),
    key(
        "serve.http",
        Kind::Text,
        r#""127.0.0.1:9924""#,
        "Where it serves /healthz, /readyz and /metrics. Without it: nowhere.",
    ),
    key(
        "archive.url",
        Kind::Text,
        r#""sqlite:/var/lib/fedhub/archive.db""#,
        "Where the archive is: sqlite:FILE, or postgresql://USER@HOST/DATABASE with passfile, sslmode and sslrootcert as libpq has them. Without it: archive.db in the data directory.",
    ),
    key(
        "archive.trigrams",
        Kind::Flag,
        "",
        "Whether nommer keeps an index of the texts of messages, so that contains finds rare ones at once. It makes or removes it while messages come; it takes about as much room as they do.",
    ),
    key(
        "archive.journal",
        Kind::Text,
        r#""/var/lib/fedhub/nommer.db""#,
        "The file between bus and archive. Without it: nommer.db in the data directory.",
    ),
    key(
        "archive.http",
        Kind::Text,
        r#""127.0.0.1:9925""#,
        "Where nommer serves /healthz, /readyz and /metrics. Without it: nowhere.",
    ),
    key(
        "busmon.memcached",
        Kind::Text,
        r#""127.0.0.1:11211""#,
        "The memcached in which a hub's stuffer counts messages, and where busmon finds the numbers for its first \
         graph. Without it: none.",
    ),
    key("journal.max_age", Kind::Number, "", "Seconds a message is kept. 0: no limit."),
    key(
        "journal.max_size",
        Kind::Number,
        "",
        "Bytes; when the journal uses more, its oldest messages are removed. 0: no limit.",
    ),
];

/// The key of this name. A name inside a table of the operator's own, such as
/// `endpoints.relay_outbound`, gives the table's.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| {
        key.name == name
            || key.kind == Kind::Table
                && name.strip_prefix(key.name).is_some_and(|rest| rest.starts_with('.'))
    })
}

/// Whether `name` is a table of fixed keys, such as `gateway`.
pub fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// The key whose name is most like `name`, if any is like it at all.
pub fn nearest(name: &str) -> Option<&'static str> {
    let last_part = |name: &'static str| name.rsplit('.').next().unwrap_or(name);
    // Backwards, because of equals the last is taken, and the first ones are the better known.
    KEYS.iter()
        .rev()
        .map(|key| {
            let whole = strsim::jaro_winkler(name, key.name);
            (whole.max(strsim::jaro_winkler(name, last_part(key.name))), key.name)
        })
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .filter(|(likeness, _)| *likeness > 0.75)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_table_has_each_setting_and_no_other() {
        let mut text = String::new();
        for key in KEYS.iter().filter(|key| !key.example.is_empty()) {
            text += &format!("{} = {}\n", key.name, key.example);
        }
        let config: Config = toml::from_str(&text).unwrap();
        let written = toml::Table::try_from(config).unwrap();
        let mut names = Vec::new();
        for (name, value) in written {
            match value {
                toml::Value::Table(inner) if is_section(&name) => {
                    names.extend(inner.keys().map(|inner| format!("{name}.{inner}")));
                }
                _ => names.push(name),
            }
        }
        let mut expected: Vec<_> = KEYS.iter().map(|key| key.name.to_owned()).collect();
        names.sort();
        expected.sort();
        assert_eq!(names, expected);
    }

    #[test]
    fn wrong_names_lead_to_the_right_ones() {
        assert_eq!(nearest("topic_prefx"), Some("topic_prefix"));
        assert_eq!(nearest("relay_imbound"), Some("relay_inbound"));
        assert_eq!(nearest("prot"), Some("gateway.port"));
        assert_eq!(nearest("high_water"), Some("high_water_mark"));
        assert_eq!(nearest("qqq"), None);
        assert_eq!(find("endpoints.a.b").unwrap().name, "endpoints");
    }
}
