//! The archive over HTTP.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use fedhub::config::Config;
use fedhub::meta::Meta;
use fedhub::{Error, Kind, Result};
use tokio::sync::watch;

use crate::given;
use crate::monitor::Snapshot;
use crate::server::{self, Limits};
use crate::supervisor::Task;
use crate::web::{self, Site};

/// Connections of clients at once, besides of those who follow the archive.
const CLIENTS: usize = 1024;
/// The threads that pass answers on. What takes time is done on others.
const THREADS: usize = 2;
/// How often the task says that it is alive.
const GLANCE: Duration = Duration::from_secs(1);

/// The archive at `url`, described by these rules. It opens the archive once, to find mistakes.
pub fn build(config: &Config, url: &str, rules: Arc<Meta>) -> Result<Vec<Task>> {
    let (connections, timeout) = (config.serve.connections, config.serve.timeout);
    if connections == 0 {
        return Err(Error::new(Kind::Config, "serve.connections is 0")
            .hint("fedhub config explain serve.connections"));
    }
    let time = Duration::try_from_secs_f64(timeout).ok().filter(|time| !time.is_zero());
    let time = time.ok_or_else(|| {
        Error::new(Kind::Config, format!("serve.timeout cannot be {timeout}"))
            .hint("fedhub config explain serve.timeout")
    })?;
    fedhub::store::open(url)?;
    let listener = listener(&config.serve.listen)?;
    let (end, ended) = watch::channel(());
    let streams = config.serve.streams as usize;
    let may = web::Limits { connections: connections as usize, time, streams };
    let site = Site::new(url, rules, may, ended.clone());
    let limits = Limits {
        // Who follows the archive keeps others from no answer.
        connections: CLIENTS + streams,
        connection_time: None,
        end_time: Duration::from_secs_f64(config.grace_period),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        // Queries are bounded by the pool; each listener with conditions may need one for a moment.
        .max_blocking_threads(connections as usize + 16)
        .thread_name("serve")
        .enable_all()
        .build()
        .map_err(|error| Error::io("cannot start the runtime", error))?;
    let (listener, bound) = {
        let _inside = runtime.enter();
        server::adopt(listener)?
    };
    let probed = site.clone();
    // Dropped when the end is asked for.
    let end = std::sync::Mutex::new(Some(end));
    let task = Task {
        name: "serve",
        pages: None,
        needed: true,
        probe: Some(Arc::new(move || Snapshot {
            metrics: probed.metrics(),
            ..Snapshot::default()
        })),
        stop: Box::new(move || {
            if let Ok(mut end) = end.lock() {
                end.take();
            }
        }),
        work: Box::new(move |heartbeat| {
            tracing::info!(http = %bound, "serve is ready");
            let router = site.router();
            runtime.block_on(async {
                let follower = tokio::spawn(site.clone().follow());
                let mut serving = tokio::spawn(server::run(listener, router, limits, ended));
                loop {
                    heartbeat.beat(site.answers());
                    if tokio::time::timeout(GLANCE, &mut serving).await.is_ok() {
                        break;
                    }
                }
                // It ends with the server, or by a panic that was logged.
                let _ = follower.await;
            });
            let answers = site.answers();
            runtime.shutdown_background();
            Ok(format!("{answers} requests answered"))
        }),
    };
    Ok(vec![task])
}

/// The socket of the service manager if it gave one, else one at the configured address.
fn listener(address: &str) -> Result<TcpListener> {
    if let Some(given) = given::listeners()?.into_iter().next() {
        return Ok(given);
    }
    TcpListener::bind(address).map_err(|error| {
        let (kind, why) = server::bind_error(address, &error);
        Error::new(kind, format!("cannot serve the archive on {address}: {why}"))
            .hint("choose another address with --listen, or set serve.listen")
    })
}
