//! The examples of publishers in other languages, as administrators run them: under a real Apache, with a real
//! PHP and a real Python.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::harness::{
    DEADLINE, Process, Site, free_endpoint, free_port, host, run, skipped, wait_until,
};
use crate::publish::{self, TOKEN};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/examples").join(name)
}

/// The lines that load a module of Apache, named as Debian names the file with its line, and those it needs; None
/// where it is absent.
fn apache(module: &str) -> Option<String> {
    let told = Command::new("apache2").arg("-V").output().ok()?;
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let (_, root) = told.split_once("HTTPD_ROOT=\"")?;
    let folder = Path::new(root.split_once('"')?.0).join("mods-available");
    let (begin, end) = module.split_once('*').unwrap_or((module, ""));
    let mut files = std::fs::read_dir(&folder).ok()?.flatten().map(|entry| entry.path());
    let file = files.find(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with(begin) && name.ends_with(end)
    })?;
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with("LoadModule"))?;
    let library = Path::new(line.split_whitespace().nth(2)?);
    let mut lines = format!("{line}\n");
    for name in ["mpm_prefork", "authz_core", "env"] {
        let path = library.with_file_name(format!("mod_{name}.so"));
        lines = format!("LoadModule {name}_module {}\n{lines}", path.display());
    }
    Some(lines)
}

/// A running Apache; it is asked to end, since its processes would outlive it otherwise.
struct Apache {
    process: Option<Process>,
    address: String,
}

impl Apache {
    fn start(site: &Site, load: &str, settings: &str) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let here = site.path(".");
        let here = here.canonicalize().unwrap();
        // Its processes run as somebody else.
        std::fs::set_permissions(&here, std::fs::Permissions::from_mode(0o755)).unwrap();
        let user =
            if nix::unistd::geteuid().is_root() { "User www-data\nGroup www-data\n" } else { "" };
        let text = format!(
            "ServerRoot {0}\nServerName test\nListen {address}\nPidFile {0}/apache.pid\n\
             DefaultRuntimeDir {0}\nErrorLog {0}/error.log\n{load}{user}KeepAlive Off\n\
             <Directory {0}/htdocs>\nRequire all granted\n</Directory>\nDocumentRoot {0}/htdocs\n{settings}",
            here.display()
        );
        std::fs::write(here.join("apache.conf"), text).unwrap();
        let mut command = Command::new("apache2");
        command.arg("-DFOREGROUND").arg("-f").arg(here.join("apache.conf"));
        // At its end it signals all of its group.
        command.process_group(0);
        let process = Some(Process::spawn("apache2", &mut command));
        let mut apache = Self { process, address };
        wait_until("Apache listens", || {
            let log = || std::fs::read_to_string(here.join("error.log")).unwrap_or_default();
            assert!(apache.process.as_mut().unwrap().is_running(), "{}", log());
            TcpStream::connect(&apache.address).is_ok()
        });
        apache
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer.split_once("\r\n\r\n").unwrap().1.trim().to_owned()
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        process.signal(Signal::SIGTERM);
        let begin = Instant::now();
        while process.is_running() && begin.elapsed() < DEADLINE {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

/// What `tail` has shown so far.
fn shown(tail: &Process) -> Vec<Value> {
    tail.stdout().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn tail(site: &Site, endpoints: &[String]) -> Process {
    let mut command = site.fedhub(&["tail", "-o", "ndjson", "--set"]);
    command
        .arg(format!("endpoints={}", json!({"test": endpoints}).to_string().replacen(':', "=", 1)));
    Process::spawn("tail", &mut command)
}

#[test]
fn an_edit_of_a_wiki_under_mod_php_is_signed_by_the_relay() {
    let Some(modules) = apache("php*.load") else {
        return skipped("mod_php (apt-get install apache2-bin libapache2-mod-php php-zmq)");
    };
    let php = Command::new("php").arg("-m").output();
    if !php.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).contains("zmq")) {
        return skipped("php-zmq (apt-get install php-zmq)");
    }
    let site = Site::new(json!({"certnames": {"signing_relay": "wiki-relay"}}));
    site.issue("pki", &["wiki-relay"]);
    let (inbound, outbound) = (free_endpoint(), free_endpoint());
    let (_relay, _) =
        site.start(&["relay", "--sign", "--inbound", &inbound, "--outbound", &outbound]);
    let tail = tail(&site, &[outbound]);
    std::fs::create_dir(site.path("htdocs")).unwrap();
    std::fs::copy(example("wiki-edit.php"), site.path("htdocs/edit.php")).unwrap();
    let settings = format!(
        "<FilesMatch \\.php$>\nSetHandler application/x-httpd-php\n</FilesMatch>\n\
         SetEnv FEDHUB_RELAY {inbound}\nSetEnv FEDHUB_TOPIC_PREFIX org.fedoraproject.dev\n"
    );
    let apache = Apache::start(&site, &modules, &settings);
    let page = apache.ask("GET /edit.php HTTP/1.0\r\n\r\n");
    assert!(page.contains("<form method=\"post\">"), "{page}");
    let form = "title=Caf%C3%A9+%22x%22&summary=bad+%ff+byte&minor=1";
    let post = format!(
        "POST /edit.php HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    );
    // Until the tail is connected, what the relay publishes does not reach it.
    wait_until("an edit is seen", || {
        let id = apache.ask(&post);
        assert!(id.starts_with("20") && id.len() == 41, "{id}");
        !shown(&tail).is_empty()
    });
    let edit = &shown(&tail)[0];
    let text = edit.to_string();
    assert!(
        text.contains("wiki.article.edit") && text.contains("\"title\":\"Caf\u{e9} \\\"x\\\"\""),
        "{text}"
    );
    assert!(text.contains("\"minor_edit\":true"), "{text}");
}

#[test]
fn processes_under_mod_wsgi_publish_from_an_endpoint_each() {
    let modules = apache("wsgi.load");
    let python = Path::new("/usr/bin").join("python3");
    let libraries = Command::new(python).args(["-c", "import zmq, cryptography"]).status();
    let (Some(modules), true) = (modules, libraries.is_ok_and(|status| status.success())) else {
        return skipped(
            "mod_wsgi (apt-get install apache2-bin libapache2-mod-wsgi-py3 python3-zmq python3-cryptography)",
        );
    };
    let site = Site::new(json!({}));
    let name = format!("app-{}", host());
    site.issue("pki", &[&name]);
    let endpoints: Vec<String> = (0..3).map(|_| free_endpoint()).collect();
    std::fs::create_dir(site.path("htdocs")).unwrap();
    std::fs::copy(example("wsgi_app.py"), site.path("htdocs/app.py")).unwrap();
    // The application reads its own settings, before it is loaded.
    let (key, certificate) =
        (site.path(&format!("pki/{name}.key")), site.path(&format!("pki/{name}.crt")));
    for path in [&key, &certificate] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    std::fs::set_permissions(site.path("pki"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let here = site.path(".").canonicalize().unwrap();
    let loader = format!(
        "import os, sys\nos.environ.update({})\nsys.path.insert(0, {:?})\nfrom app import application\n",
        json!({
            "FEDHUB_ENDPOINTS": endpoints.join(" "), "FEDHUB_TOPIC_PREFIX": "org.fedoraproject.dev",
            "FEDHUB_KEY": key, "FEDHUB_CERT": certificate,
        }),
        here.join("htdocs"),
    );
    std::fs::write(site.path("htdocs/loader.py"), loader).unwrap();
    let settings = format!(
        "WSGISocketPrefix {0}/wsgi\nWSGIDaemonProcess app processes=3 threads=2\n\
         WSGIScriptAlias / {0}/htdocs/loader.py process-group=app application-group=%{{GLOBAL}}\n",
        here.display()
    );
    let apache = Apache::start(&site, &modules, &settings);
    let tail = tail(&site, &endpoints);
    let seen = || {
        let messages = shown(&tail);
        endpoints.iter().filter(|one| messages.iter().any(|m| m.to_string().contains(*one))).count()
    };
    wait_until("a message came from each endpoint", || {
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    assert!(endpoints.contains(&apache.ask("GET /page HTTP/1.0\r\n\r\n")))
                });
            }
        });
        seen() == 3
    });
}

#[test]
fn a_plugin_of_koji_announces_builds_when_they_are_committed() {
    if !Command::new("python3").arg("--version").output().is_ok_and(|told| told.status.success()) {
        return skipped("the plugin for Koji (install python3)");
    }
    let relay = publish::start(json!({}), true);
    // What Koji's own module does: remember who wants to be called, and call.
    let stub = "from collections import defaultdict\ncallbacks = defaultdict(list)\n\
                def callback(*types):\n    def keep(function):\n        for one in types:\n            \
                callbacks[one].append(function)\n        return function\n    return keep\n\
                def run_callbacks(cbtype, *args, **kws):\n    for one in callbacks[cbtype]:\n        \
                one(cbtype, *args, **kws)\n";
    std::fs::create_dir(relay.site.path("koji")).unwrap();
    std::fs::write(relay.site.path("koji/__init__.py"), "").unwrap();
    std::fs::write(relay.site.path("koji/plugin.py"), stub).unwrap();
    std::fs::copy(example("koji_callback.py"), relay.site.path("koji_callback.py")).unwrap();
    let script = "import koji.plugin, koji_callback\n\
        info = {'id': 4711, 'name': 'lanternd', 'version': '2.1', 'release': '3.fc40', 'owner_name': 'mira'}\n\
        run = koji.plugin.run_callbacks\n\
        run('postBuildStateChange', attribute='state', old=0, new=1, info=info)\n\
        print('before the commit')\n\
        run('postCommit')\n\
        run('postCommit')\n";
    let mut hub = Command::new("python3");
    hub.current_dir(relay.site.path(".")).args(["-c", script]).env("FEDHUB_TOKEN", TOKEN);
    hub.env("FEDHUB_URL", format!("http://{}/publish", relay.http));
    let done = run(&mut hub).expect(0);
    assert!(done.stderr.is_empty(), "{done:#?}");
    let kept = kept(&relay);
    assert_eq!(kept.len(), 1);
    assert!(kept[0].contains("\"owner\":\"mira\"") && kept[0].contains("\"new\":1"), "{kept:?}");
    // A relay that is away is logged, and the build goes on.
    let mut hub = Command::new("python3");
    hub.current_dir(relay.site.path(".")).args(["-c", script]).env("FEDHUB_TOKEN", TOKEN);
    hub.env("FEDHUB_URL", format!("http://127.0.0.1:{}/publish", free_port()));
    let done = run(&mut hub).expect(0);
    assert!(done.stderr.iter().any(|line| line.contains("not published")), "{done:#?}");
}

#[test]
fn a_shell_script_publishes_with_curl() {
    if !Command::new("curl").arg("--version").output().is_ok_and(|told| told.status.success()) {
        return skipped("the example for the shell (install curl)");
    }
    let relay = publish::start(json!({}), true);
    let script = |topic: &str, token: &str, input: &str| {
        std::fs::write(relay.site.path("token"), token).unwrap();
        let mut command = Command::new(example("publish.sh"));
        command.arg(topic).env("FEDHUB_TOKEN_FILE", relay.site.path("token"));
        command.env("FEDHUB_URL", format!("http://{}/publish", relay.http));
        Process::spawn_with_input("publish.sh", &mut command, input.as_bytes()).finish()
    };
    let done = script("compose.done", TOKEN, "{\"tree\": \"rawhide\"}\n").expect(0);
    let receipt: Value = serde_json::from_str(&done.stdout.join("\n")).unwrap();
    assert_eq!((&receipt["ok"], &receipt["seq"]), (&json!(true), &json!(1)));
    let refused = script("compose.done", "wrong", "{}");
    assert_eq!(refused.code, Some(22), "{refused:#?}");
    assert!(refused.stdout.join("\n").contains("Bearer TOKEN"), "{refused:#?}");
    script("compose.done", TOKEN, "not json").expect(22);
    assert_eq!(kept(&relay).len(), 1);
}

/// The bodies in the journal of a relay.
fn kept(relay: &publish::Relay) -> Vec<String> {
    let ask = |arguments: &[&str]| {
        let mut command = relay.site.fedhub(&[&["journal"], arguments].concat());
        run(command.args(["-o", "ndjson", "--journal", "relay.db"])).expect(0).stdout
    };
    let count = ask(&["ls"]).len();
    (1..=count).map(|number| ask(&["show", &number.to_string()]).join("\n")).collect()
}
