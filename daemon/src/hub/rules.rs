//! The rules that say what messages are about, which the filters and consumers of a hub share.

use std::sync::{Arc, OnceLock};

use fedhub::Result;
use fedhub::config::Config;
use fedhub::meta::Meta;

use crate::monitor::{Metric, Snapshot};

/// The rules that the settings have; made once, when somebody first needs them.
#[derive(Debug, Default)]
pub struct Rules(OnceLock<Arc<Meta>>);

impl Rules {
    /// The rules.
    pub fn meta(&self, config: &Config) -> Result<Arc<Meta>> {
        if let Some(meta) = self.0.get() {
            return Ok(Arc::clone(meta));
        }
        let meta = Arc::new(Meta::configured(config)?);
        Ok(Arc::clone(self.0.get_or_init(|| meta)))
    }

    /// Adds what metrics say of them, if somebody needed them.
    pub(super) fn describe(&self, snapshot: &mut Snapshot) {
        snapshot.metrics.extend(self.0.get().map(|meta| Metric::of_rules(meta)));
    }
}
