//! A latency histogram: fixed memory whatever the count, values within 1.6 percent.

/// Steps per power of two.
const STEPS: u64 = 64;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// Counts of durations in nanoseconds.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

impl Histogram {
    /// An empty histogram.
    pub(super) fn new() -> Self {
        let slots = slot(u64::MAX) + 1;
        Self { counts: vec![0; slots], total: 0, max: 0 }
    }

    /// Counts one duration.
    pub(super) fn record(&mut self, nanos: u64) {
        self.counts[slot(nanos)] += 1;
        self.total += 1;
        self.max = self.max.max(nanos);
    }

    /// Adds the counts of another histogram.
    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
        self.max = self.max.max(other.max);
    }

    /// The duration that `percent` of the counted ones do not exceed; 100 gives the longest.
    /// None when nothing was counted.
    pub(super) fn percentile(&self, percent: f64) -> Option<u64> {
        let rank = (self.total as f64 * percent / 100.0).ceil().max(1.0) as u64;
        let mut seen = 0;
        self.counts.iter().enumerate().find_map(|(slot, count)| {
            seen += count;
            (seen >= rank).then(|| upper(slot).min(self.max))
        })
    }
}

/// Small values have a slot each; above that every power of two has `STEPS` slots.
fn slot(value: u64) -> usize {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(STEP_BITS + 1);
    (u64::from(shift) * STEPS + (value >> shift)) as usize
}

/// The largest value of a slot.
fn upper(slot: usize) -> u64 {
    let slot = slot as u64;
    let shift = (slot / STEPS).saturating_sub(1);
    let floor = (slot - shift * STEPS) << shift;
    floor + ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_a_slot_close_to_it() {
        for exponent in 0..64 {
            for value in [1_u64 << exponent, (1 << exponent) + 1, (1 << exponent) - 1] {
                let upper = upper(slot(value));
                assert!(upper >= value && upper - value <= value / STEPS, "{value} in {upper}");
            }
        }
    }

    #[test]
    fn percentiles_of_a_known_set() {
        let mut even = Histogram::new();
        let mut odd = Histogram::new();
        for value in 1..=1000_u64 {
            if value % 2 == 0 { &mut even } else { &mut odd }.record(value * 1000);
        }
        even.merge(&odd);
        for (percent, right) in [(50.0, 500_000.0), (99.0, 990_000.0), (99.9, 999_000.0)] {
            let found = even.percentile(percent).unwrap() as f64;
            assert!((found / right - 1.0).abs() < 0.02, "p{percent} = {found}");
        }
        assert_eq!(even.percentile(100.0), Some(1_000_000));
        assert_eq!(Histogram::new().percentile(50.0), None);
    }
}
