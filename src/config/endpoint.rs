//! The form of ZeroMQ addresses, checked before ZeroMQ sees them so that the error can say more.

/// Says what is wrong with an address, if anything is.
pub fn check(address: &str) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("{address:?}: {why}; write tcp://HOST:PORT"));
    if let Some(path) = address.strip_prefix("ipc://") {
        return if path.is_empty() { wrong("there is no path after ipc://") } else { Ok(()) };
    }
    let Some(place) = address.strip_prefix("tcp://") else {
        return wrong("it does not begin with tcp:// (or ipc://)");
    };
    match place.rsplit_once(':') {
        None => wrong("there is no port"),
        Some(("", _)) => wrong("there is no host"),
        Some((_, "*")) => Ok(()),
        Some((_, port)) if port.parse::<u16>().is_ok() => Ok(()),
        Some(_) => wrong("the port is not a number up to 65535"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_scheme_a_host_and_a_port() {
        for good in ["tcp://127.0.0.1:4001", "tcp://*:0", "tcp://*:*", "tcp://[::1]:5", "ipc:///x"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["", "4001", "tcp://h", "tcp://:1", "tcp://h:99999", "udp://h:1", "ipc://"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
