//! Reading from one place, on a thread of its own: an answer may take a minute, and the end of the hub
//! does not wait for it.

use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use fedhub::Error;
use fedhub::catch_up::{Batch, Failure, Source};

use super::now;
use crate::hub::consumer::Ending;

/// So many seconds from the present are close enough.
const CLOSE: i64 = 5;
/// The pause after a first failure; it doubles with each further one.
const RETRY: Duration = Duration::from_millis(500);
/// The longest one.
pub(super) const RETRY_MAX: Duration = Duration::from_secs(60);

/// What the reading thread says.
pub(super) enum Fetched {
    Batch(Batch),
    /// It failed for so long.
    GaveUp(Error),
    /// Everything before this second was read.
    Done(i64),
}

/// Reads from a place.
pub(super) struct Reader {
    pub(super) source: Box<dyn Source>,
    pub(super) patience: Duration,
    pub(super) ending: Ending,
    pub(super) sender: SyncSender<Fetched>,
}

impl Reader {
    /// Reads everything from this second on. Gives up after a time in which nothing worked, or at
    /// once if trying again cannot help.
    pub(super) fn run(mut self, mut from: i64) {
        let mut until = now();
        let mut failing: Option<Instant> = None;
        let mut pause = RETRY;
        loop {
            if from >= until {
                if now() - until < CLOSE {
                    let _ = self.sender.send(Fetched::Done(until));
                    return;
                }
                until = now();
            }
            let begun = Instant::now();
            match self.source.read(from, until) {
                Ok(batch) => {
                    from = batch.reached;
                    (failing, pause) = (None, RETRY);
                    if self.sender.send(Fetched::Batch(batch)).is_err() {
                        return;
                    }
                }
                Err(failure) => {
                    let since = *failing.get_or_insert(begun);
                    let wait = with_jitter(pause).max(failure.retry_after.unwrap_or_default());
                    let spent = since.elapsed().saturating_add(wait);
                    if failure.lasting || spent >= self.patience {
                        let _ = self.sender.send(Fetched::GaveUp(failure.error));
                        return;
                    }
                    report(&failure, wait);
                    pause = (pause * 2).min(RETRY_MAX);
                    if self.ending.pause(wait) {
                        return;
                    }
                }
            }
        }
    }
}

fn report(failure: &Failure, wait: Duration) {
    let what = failure.error.explained();
    tracing::warn!("catching up, next attempt in {:.1} s: {what}", wait.as_secs_f64());
}

/// From half the time to one and a half, so that hubs that failed together do not come back together.
fn with_jitter(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use fedhub::Kind;

    use super::*;

    /// Gives these answers, one after the other, and tells from which second it was asked.
    struct Scripted {
        answers: std::vec::IntoIter<Result<Batch, Failure>>,
        asked: SyncSender<i64>,
    }

    impl Source for Scripted {
        fn read(&mut self, from: i64, until: i64) -> Result<Batch, Failure> {
            self.asked.send(from).unwrap();
            let rest = Batch { messages: Vec::new(), reached: until, left: 0 };
            self.answers.next().unwrap_or(Ok(rest))
        }
    }

    fn failure(lasting: bool) -> Result<Batch, Failure> {
        let error = Error::new(Kind::TryAgain, "away").because(std::io::Error::other("cut"));
        Err(Failure { error, retry_after: None, lasting })
    }

    /// What comes of reading from the second 1000 on, and from where it was read.
    fn read(
        answers: Vec<Result<Batch, Failure>>,
        patience: Duration,
        ending: &Ending,
    ) -> (Vec<Fetched>, Vec<i64>) {
        let (asked, requests) = sync_channel(10);
        let (sender, fetched): (_, Receiver<Fetched>) = sync_channel(10);
        let source = Box::new(Scripted { answers: answers.into_iter(), asked });
        Reader { source, patience, ending: ending.clone(), sender }.run(1000);
        (fetched.iter().collect(), requests.iter().collect())
    }

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn what_failed_is_read_again() {
        let some = Batch { messages: Vec::new(), reached: 2000, left: 0 };
        let answers = vec![failure(false), Ok(some), failure(false)];
        let (fetched, asked) = read(answers, HOUR, &Ending::default());
        assert_eq!(asked, [1000, 1000, 2000, 2000]);
        let [Fetched::Batch(_), Fetched::Batch(last), Fetched::Done(second)] = &fetched[..] else {
            panic!("{} are fetched", fetched.len());
        };
        assert!(last.reached == *second && (0..CLOSE).contains(&(now() - second)));
    }

    #[test]
    fn it_gives_up_when_it_is_told_to_or_trying_again_cannot_help() {
        for (lasting, patience) in [(true, HOUR), (false, Duration::ZERO)] {
            let (fetched, asked) = read(vec![failure(lasting)], patience, &Ending::default());
            assert_eq!(asked, [1000]);
            let [Fetched::GaveUp(error)] = &fetched[..] else { panic!() };
            assert_eq!(error.explained(), "away: cut");
        }
        let ending = Ending::default();
        ending.ask();
        let (fetched, asked) = read(vec![failure(false)], HOUR, &ending);
        assert!(
            fetched.is_empty() && asked == [1000],
            "the end does not wait for the next attempt"
        );
    }

    #[test]
    fn pauses_vary_by_half() {
        for seconds in [0.5, 60.0] {
            let pause = with_jitter(Duration::from_secs_f64(seconds)).as_secs_f64();
            assert!((seconds / 2.0..=seconds * 1.5).contains(&pause), "{pause}");
        }
    }
}
