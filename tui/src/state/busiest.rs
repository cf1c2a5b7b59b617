//! The topics with most messages of late. What came counts half after a minute, so that a topic goes
//! down slowly when it falls silent.

use std::collections::HashMap;

use super::about::short_topic;

/// After how many seconds a message counts half.
const HALF_LIFE: f64 = 60.0;
/// What counts less is forgotten.
const LEAST: f64 = 0.001;
/// How many topics are kept; within a second there may be twice as many.
const KEPT: usize = 500;
/// A longer name is not kept.
const LONGEST: usize = 128;

/// Topics with what their messages count.
#[derive(Debug, Default)]
pub struct Busiest {
    scores: HashMap<String, f64>,
    second: i64,
}

/// The first two words after prefix and environment.
fn name(topic: &str) -> &str {
    let short = short_topic(topic);
    let end = short.match_indices('.').nth(1).map_or(short.len(), |(at, _)| at);
    &short[..end]
}

impl Busiest {
    /// It is this second now, in unix time.
    pub fn tick(&mut self, second: i64) {
        let passed = (second - self.second).clamp(0, 3600);
        self.second = second;
        if passed == 0 {
            return;
        }
        let left = 0.5_f64.powf(passed as f64 / HALF_LIFE);
        self.scores.values_mut().for_each(|score| *score *= left);
        self.scores.retain(|_, score| *score >= LEAST);
        if self.scores.len() > KEPT {
            let mut scores: Vec<f64> = self.scores.values().copied().collect();
            let (_, &mut least, _) = scores.select_nth_unstable_by(KEPT, |a, b| b.total_cmp(a));
            self.scores.retain(|_, score| *score > least);
        }
    }

    /// A message came on this topic.
    pub fn count(&mut self, topic: &str) {
        let name = name(topic);
        if let Some(score) = self.scores.get_mut(name) {
            *score += 1.0;
        } else if self.scores.len() < 2 * KEPT && name.len() <= LONGEST {
            self.scores.insert(name.to_owned(), 1.0);
        }
    }

    /// The first so many, each with how many messages of it come in a minute.
    pub fn first(&self, count: usize) -> Vec<(&str, f64)> {
        let mut all: Vec<_> =
            self.scores.iter().map(|(name, score)| (name.as_str(), *score)).collect();
        all.sort_by(|(a, more), (b, less)| less.total_cmp(more).then(a.cmp(b)));
        all.truncate(count);
        // With one message a minute a score comes to this.
        all.into_iter().map(|(name, score)| (name, score * std::f64::consts::LN_2)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_counts_half_after_a_minute() {
        let mut busiest = Busiest::default();
        busiest.tick(1000);
        (0..8).for_each(|_| busiest.count("org.x.prod.bodhi.update.comment"));
        busiest.count("org.x.prod.git.receive");
        let scores = |busiest: &Busiest| {
            let first = busiest.first(9).into_iter();
            first
                .map(|(name, rate)| (name.to_owned(), rate / std::f64::consts::LN_2))
                .collect::<Vec<_>>()
        };
        assert_eq!(scores(&busiest), [("bodhi.update".into(), 8.0), ("git.receive".into(), 1.0)]);
        busiest.tick(1060);
        (0..6).for_each(|_| busiest.count("org.x.prod.git.receive"));
        assert_eq!(scores(&busiest), [("git.receive".into(), 6.5), ("bodhi.update".into(), 4.0)]);
        busiest.tick(1060 + 14 * 60);
        assert_eq!(scores(&busiest), []);
    }

    #[test]
    fn steady_messages_are_told_by_the_minute() {
        let mut busiest = Busiest::default();
        for second in 0..1200 {
            busiest.tick(second);
            busiest.count("a.b.c.d");
        }
        let (name, rate) = busiest.first(1)[0];
        assert!(name == "d" && (rate - 60.0).abs() < 1.0, "{name} {rate}");
    }

    #[test]
    fn a_flood_of_names_takes_no_more_room_and_displaces_nobody() {
        let mut busiest = Busiest::default();
        for second in 0..20 {
            busiest.tick(second);
            (0..10).for_each(|_| busiest.count("org.x.prod.git.receive"));
            (0..5000).for_each(|n| busiest.count(&format!("org.x.prod.flood.{second}-{n}")));
            assert!(busiest.scores.len() <= 2 * KEPT, "{}", busiest.scores.len());
        }
        assert_eq!(busiest.first(1)[0].0, "git.receive");
    }
}
