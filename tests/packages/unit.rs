//! A unit of systemd, as far as it takes to run its service without systemd.

use std::os::unix::net::UnixDatagram;
use std::path::Path;

use super::tree::Tree;
use crate::harness::{DEADLINE, Process, run};

/// Where systemd puts credentials.
const CREDENTIALS: &str = "/run/credentials";

pub(super) struct Unit {
    name: String,
    /// Key and value of every line, those of the drop-in first.
    settings: Vec<(String, String)>,
}

impl Unit {
    /// Reads the unit of a service with what all of them have in common.
    pub(super) fn read(folder: &Path, service: &str) -> Self {
        let name = format!("fedhub-{service}.service");
        let files = [folder.join("fedhub-.service.d/10-common.conf"), folder.join(&name)];
        let texts = files.map(|path| std::fs::read_to_string(path).unwrap());
        let lines = texts.iter().flat_map(|text| text.lines());
        let pairs =
            lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
        let settings = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Self { name, settings }
    }

    fn get(&self, key: &str) -> &str {
        let found = self.settings.iter().rev().find(|(name, _)| name == key);
        &found.unwrap_or_else(|| panic!("{} has no {key}", self.name)).1
    }

    /// Starts the service as systemd would, and waits until it says that it is ready.
    pub(super) fn start(&self, tree: &Tree) -> Process {
        let user = format!("{}:{}", self.get("User"), self.get("Group"));
        self.hand_over_credentials(tree, &user);
        let command = |line: &str| {
            let mut command = tree.command(&user);
            let expand = |text: &str| text.replace("%S", "/var/lib").replace("%C", "/var/cache");
            let environment = expand(self.get("Environment"));
            command.envs(environment.split(' ').filter_map(|pair| pair.split_once('=')));
            command.env("HOME", "/var/lib/fedhub").env("CREDENTIALS_DIRECTORY", CREDENTIALS);
            command.args(expand(line.trim_start_matches('-')).split(' '));
            command
        };
        run(&mut command(self.get("ExecStartPre"))).expect(0);
        let notify = format!("run/{}.notify", self.name);
        let socket = UnixDatagram::bind(tree.path(&notify)).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        tree.inside(&["chown", &user, &format!("/{notify}")]);
        let mut main = command(self.get("ExecStart"));
        main.env("NOTIFY_SOCKET", format!("/{notify}"));
        let process = Process::spawn(&self.name, &mut main);
        let mut text = [0; 4096];
        loop {
            let length = socket.recv(&mut text).expect("READY=1");
            if String::from_utf8_lossy(&text[..length]).lines().any(|line| line == "READY=1") {
                return process;
            }
        }
    }

    fn hand_over_credentials(&self, tree: &Tree, user: &str) {
        let (id, folder) = self.get("LoadCredential").split_once(':').unwrap();
        let copies = tree.path(&CREDENTIALS[1..]);
        std::fs::create_dir_all(&copies).unwrap();
        for entry in std::fs::read_dir(tree.path(&folder[1..])).unwrap().flatten() {
            let name = format!("{id}_{}", entry.file_name().display());
            if entry.path().is_file() {
                std::fs::copy(entry.path(), copies.join(name)).unwrap();
            }
        }
        tree.inside(&["chown", "--recursive", user, CREDENTIALS]);
    }
}
