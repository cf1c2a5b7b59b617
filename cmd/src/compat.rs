//! Other names of the program: `busmon`, and `fedmsg-tail` and its siblings with their old options.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

/// The names of links, and what they are.
const NAMES: [(&str, &[&str]); 10] = [
    ("busmon", &["busmon"]),
    ("fedmsg-tail", &["tail"]),
    ("fedmsg-logger", &["logger"]),
    ("fedmsg-announce", &["announce"]),
    ("fedmsg-relay", &["relay"]),
    ("fedmsg-signing-relay", &["relay", "--sign"]),
    ("fedmsg-gateway", &["gateway"]),
    ("fedmsg-hub", &["hub"]),
    ("fedmsg-check", &["check", "consumer"]),
    ("fedmsg-config", &["config", "show"]),
];

/// Old options that are settings now; `None`: nothing needs them any more.
const SETTINGS: [(&str, Option<&str>); 7] = [
    ("--topic-prefix", Some("topic_prefix")),
    ("--environment", Some("environment")),
    ("--io-threads", Some("io_threads")),
    ("--high-water-mark", Some("high_water_mark")),
    ("--linger", Some("zmq_linger")),
    ("--post-init-sleep", None),
    // The time for one operation of ZeroMQ; tail's own option of this name is another.
    ("--timeout", None),
];

/// The arguments as fedhub has them, if the program was called by an old name.
pub(crate) fn translate(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut args = args.peekable();
    let program = args.peek().and_then(|program| Path::new(program).file_name());
    let old = NAMES.iter().find(|(name, _)| program.is_some_and(|program| program == *name));
    let Some((name, now)) = old else { return args.collect() };
    let mut new = vec![OsString::from("fedhub")];
    let rest: Vec<OsString> = args.skip(1).collect();
    if rest.iter().any(|argument| argument == "--print-config") {
        new.extend(["config", "show"].map(OsString::from));
        return new;
    }
    new.extend(now.iter().map(OsString::from));
    new.extend(arguments(now[0], rest.into_iter()));
    // A hint to people about old names; nothing depends on its being read.
    if name.starts_with("fedmsg-") {
        let _ = writeln!(std::io::stderr().lock(), "{name} is now: fedhub {}", now.join(" "));
    }
    new
}

/// Old options in their new form; everything else stays as it is.
fn arguments(command: &str, old: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut new = Vec::new();
    let mut old = old;
    while let Some(argument) = old.next() {
        let text = argument.to_string_lossy();
        let (option, attached) = match text.split_once('=') {
            Some((option, value)) if text.starts_with("--") => {
                (option, Some(OsString::from(value)))
            }
            _ => (&*text, None),
        };
        // Daemons stay in the foreground: the service manager keeps them.
        if matches!(option, "--daemon" | "--disable-defaults") {
            continue;
        }
        if command == "tail" && option == "--cowsay" {
            new.push("--terse".into());
            continue;
        }
        // What is asked about is an argument now. (A producer is unknown to every hub of fedhub.)
        let asks = match command {
            "check" => matches!(option, "--consumer" | "-c" | "--producer" | "-p"),
            "config" => option == "--query",
            // fedmsg-tail's topic is one option; tail's topics are arguments.
            "tail" => option == "--topic",
            _ => false,
        };
        // The time that fedmsg-check waits is no setting.
        let own = command == "check" && option == "--timeout";
        let setting = SETTINGS.iter().find(|(name, _)| *name == option && !own);
        if setting.is_none() && !asks {
            new.push(argument);
            continue;
        }
        let Some(value) = attached.or_else(|| old.next()) else { continue };
        match setting {
            None => new.push(value),
            Some((_, None)) => {}
            Some((_, Some(key))) => {
                let mut pair = OsString::from(format!("{key}="));
                pair.push(value);
                new.extend(["--set".into(), pair]);
            }
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(line: &str) -> String {
        let args = translate(line.split(' ').map(OsString::from));
        args.join(std::ffi::OsStr::new(" ")).to_string_lossy().into_owned()
    }

    #[test]
    fn old_names_and_options_have_new_ones() {
        for (old, new) in [
            ("fedhub tail --topic x", "fedhub tail --topic x"),
            (
                "/usr/bin/fedmsg-tail --topic org.x --really-pretty",
                "fedhub tail org.x --really-pretty",
            ),
            ("fedmsg-tail --topic=org.x", "fedhub tail org.x"),
            ("fedmsg-logger --topic a --message b", "fedhub logger --topic a --message b"),
            ("fedmsg-relay --topic-prefix org.x", "fedhub relay --set topic_prefix=org.x"),
            ("fedmsg-logger --post-init-sleep 1 --message b", "fedhub logger --message b"),
            ("fedmsg-signing-relay", "fedhub relay --sign"),
            ("fedmsg-tail --terse --timeout 2", "fedhub tail --terse"),
            ("fedmsg-tail --cowsay", "fedhub tail --terse"),
            ("fedmsg-tail --users a,b --packages=x", "fedhub tail --users a,b --packages=x"),
            ("fedmsg-relay --daemon", "fedhub relay"),
            ("fedmsg-check --timeout 3 irc", "fedhub check consumer --timeout 3 irc"),
            ("fedmsg-check -c irc --producer=x", "fedhub check consumer irc x"),
            ("fedmsg-config --query endpoints", "fedhub config show endpoints"),
            ("busmon --keys", "fedhub busmon --keys"),
            ("fedmsg-relay --print-config --daemon", "fedhub config show"),
            ("fedhub tail --timeout 2", "fedhub tail --timeout 2"),
        ] {
            assert_eq!(translated(old), new);
        }
    }
}
