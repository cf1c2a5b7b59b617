//! Which process holds a port, for the error of the one that wanted it too.

use std::collections::HashSet;

use procfs::net::{TcpState, tcp, tcp6};
use procfs::process::{FDTarget, all_processes};

/// The process that listens on a TCP port of this host, as far as this user may see it.
pub fn of_port(port: u16) -> Option<String> {
    let entries = tcp().into_iter().flatten().chain(tcp6().into_iter().flatten());
    let sockets: HashSet<u64> = entries
        .filter(|entry| entry.state == TcpState::Listen && entry.local_address.port() == port)
        .map(|entry| entry.inode)
        .collect();
    let holds_one = |process: &procfs::process::Process| {
        process
            .fd()
            .into_iter()
            .flatten()
            .flatten()
            .any(|fd| matches!(fd.target, FDTarget::Socket(inode) if sockets.contains(&inode)))
    };
    let process = all_processes().ok()?.flatten().find(holds_one)?;
    let name = process.stat().ok()?.comm;
    Some(format!("{name} (process {})", process.pid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listener_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let holder = of_port(port).unwrap();
        assert!(holder.contains(&format!("(process {})", std::process::id())), "{holder}");
        drop(listener);
        assert_eq!(of_port(port), None);
    }
}
